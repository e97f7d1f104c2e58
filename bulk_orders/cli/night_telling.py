"""Whom a night is told to: the policy's notification, heartbeat and textfile. Found before it begins.

None of them changes how the night went or its exit code; what fails is said on stderr.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulk_orders.cli.console import Console
from bulk_orders.cli.night_runner import Job
from bulk_orders.core.policy import Policy
from bulk_orders.errors import BulkOrdersError, ShopLocked, StorageError
from bulk_orders.language import Spoken, say, told
from bulk_orders.storage.nights import read_nights, shelf, write_figures
from bulk_orders.tokens import Secret


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
    to: Listeners, jobs: Sequence[Job], home: Path, console: Console, report: Path | None = None, *, trial: bool
) -> None:
    """Tell of nights that have ended, and of shops that had none; a trial is told to nobody.

    `report` is the combined page of several shops.
    """
    from bulk_orders.telling.heartbeat import beat
    from bulk_orders.telling.notify import notify
    from bulk_orders.views.night_telling import came_through, metrics, notification, worth_telling

    nights = [job.night for job in jobs if job.night is not None]
    without = {job.name or job.address: _code(job.error) for job in jobs if job.night is None and job.error is not None}
    busy = not nights and all(isinstance(job.error, ShopLocked) for job in jobs)  # the night at work tells of itself
    if trial or busy:
        return
    wrong: list[str | None] = []
    if to.textfile is not None:
        history = {job.address: [kept.night for kept in read_nights(shelf(home, job.address))] for job in jobs}
        try:
            write_figures(to.textfile, metrics(history))
        except (StorageError, OSError) as error:
            why = {"file": to.textfile, "why": told(str(getattr(error, "what", error)))}
            wrong.append(Spoken(say("The textfile {file} could not be written ({why})", **why)))
    if to.notifier is not None and (without or worth_telling(nights, to.when)):
        failed = bool(without) or any(night.exit_code for night in nights)
        wrong.append(notify(to.notifier, *notification(nights, without, report), failed=failed))
    if to.heartbeat is not None and not without and came_through(nights):
        wrong.append(beat(to.heartbeat))
    for text in filter(None, wrong):
        console.say(f"{say('Note:')} {told(text)}")


def _code(error: BaseException) -> str:
    return error.code if isinstance(error, BulkOrdersError) else "bug"
