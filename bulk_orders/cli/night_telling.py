"""Whom a night is told to: the policy's notification, heartbeat and textfile. Found before it begins.

None of them changes how the night went or its exit code; what fails is said on stderr.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulk_orders.cli.console import Console
from bulk_orders.core.nights import TRIAL, Night
from bulk_orders.core.policy import Policy
from bulk_orders.errors import StorageError
from bulk_orders.settings import Secret
from bulk_orders.storage.nights import read_nights, shelf, write_figures


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears of the night."""

    notifier: Any = None
    when: str = "always"
    heartbeat: Secret | None = None
    textfile: Path | None = None


def find_listeners(policy: Policy, environ: Mapping[str, str]) -> Listeners:
    """Those of the policy; Misused where one of them could not be told."""
    from bulk_orders.telling.heartbeat import check_url
    from bulk_orders.telling.notify import make_notifier
    from bulk_orders.telling.places import read_place

    notifier = make_notifier(read_place(policy.notify, "notify", environ)) if policy.notify else None
    heartbeat = read_place(policy.heartbeat, "heartbeat", environ) if policy.heartbeat else None
    if heartbeat is not None:
        check_url(heartbeat)
    textfile = Path(policy.textfile).expanduser() if policy.textfile else None
    return Listeners(notifier, policy.notify_when, heartbeat, textfile)


def tell(
    to: Listeners,
    nights: Sequence[Night],
    home: Path,
    shops: Sequence[str],
    console: Console,
    report: Path | None = None,
) -> None:
    """Tell of nights that have ended; a trial is told to nobody. The textfile has the figures of all `shops`."""
    from bulk_orders.telling.heartbeat import beat
    from bulk_orders.telling.notify import notify
    from bulk_orders.views.night_telling import came_through, metrics, notification, worth_telling

    if not nights or any(night.state == TRIAL for night in nights):
        return
    wrong: list[str | None] = []
    if to.textfile is not None:
        history = {shop: [kept.night for kept in read_nights(shelf(home, shop))] for shop in shops}
        try:
            write_figures(to.textfile, metrics(history))
        except (StorageError, OSError) as error:
            wrong.append(f"The textfile {to.textfile} could not be written ({getattr(error, 'what', error)})")
    if to.notifier is not None and worth_telling(nights, to.when):
        failed = any(night.exit_code for night in nights)
        wrong.append(notify(to.notifier, *notification(nights, report), failed=failed))
    if to.heartbeat is not None and came_through(nights):
        wrong.append(beat(to.heartbeat))
    for text in filter(None, wrong):
        console.say(f"Note: {text}")
