"""What a night shows while it runs and when it has ended."""

from __future__ import annotations

import secrets

from bulk_orders import __version__
from bulk_orders.cli.console import Console
from bulk_orders.clock import SystemClock
from bulk_orders.core.events import ChangeDone, Event, NightEnded, Started, Step, Summary, Waiting
from bulk_orders.core.nights import Night
from bulk_orders.core.policy import Policy
from bulk_orders.flows.night_work import Work
from bulk_orders.language import told
from bulk_orders.settings import Settings
from bulk_orders.views.night_text import night_text
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.progress import Tally
from bulk_orders.views.text import event_line

_LINE_EVERY = 10.0


def make_work(settings: Settings, policy: Policy, *, trial: bool) -> Work:
    """A night by this machine's clock."""
    return Work(
        settings,
        policy,
        SystemClock(),
        new_id,
        plan_html,
        f"bulk-orders {__version__}",
        trial=trial,
    )


def new_id() -> str:
    random_hex = secrets.token_hex(4)
    return f"{random_hex[:4]}-{random_hex[4:]}"


class NightOutput:
    """Talk on stderr while it runs; at the end one line, a text or one JSON document on stdout."""

    def __init__(self, console: Console, name: str = "") -> None:
        self._console = console
        self._clock = SystemClock()
        self._tally = Tally(self._clock.monotonic())
        self._said = self._clock.monotonic()
        self._prefix = f"{name}: " if name else ""

    def show(self, event: Event) -> None:
        """What went wrong at once, the rest every ten seconds."""
        if isinstance(event, Step):
            self._say(told(event.what))
            return
        if isinstance(event, Started):
            self._tally = Tally(self._clock.monotonic())
        self._tally.take(event, self._clock.monotonic())
        if isinstance(event, Summary):
            return
        if _worth_a_line(event) or isinstance(event, Started):
            self._say(event_line(event, self._console.talk_paint) or "")
        now = self._clock.monotonic()
        if now - self._said >= _LINE_EVERY:
            self._said = now
            self._say(self._tally.line(now))

    def _say(self, text: str) -> None:
        if text:
            self._console.say(f"{self._prefix}{text}")

    def end(self, ended: NightEnded) -> None:
        """The night, as text or as its JSON."""
        night = Night.of(ended.night)
        if self._console.json:
            self._console.document(ended.night)
        else:
            self._console.result(night_text(night, self._console.paint))


def _worth_a_line(event: Event) -> bool:
    if isinstance(event, ChangeDone):
        return event.outcome not in {"applied", "already"}
    return isinstance(event, Waiting) or event.type == "stopping"
