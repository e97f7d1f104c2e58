"""Progress as figures and as one line: counts by outcome and the time that is left."""

from __future__ import annotations

from collections import Counter

from bulk_orders.core.events import ChangeDone, Event, Started
from bulk_orders.views.words import OUTCOME_WORDS, duration


class Tally:
    """Counts the outcomes of a run as they come. Times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._began = now
        self.left = 0
        self.done = 0
        self.outcomes: Counter[str] = Counter()

    def take(self, event: Event) -> None:
        """Count an event."""
        if isinstance(event, Started):
            self.left = event.left
        elif isinstance(event, ChangeDone):
            self.done += 1
            self.outcomes[event.outcome] += 1

    def counts(self) -> str:
        """`38 applied, 2 refused`."""
        return ", ".join(f"{number:,} {OUTCOME_WORDS[name]}" for name, number in self.outcomes.items())

    def remaining(self, now: float) -> str:
        """`about 12 s left`, once there is something to tell it by."""
        if not self.done or self.done >= self.left:
            return ""
        return f"{duration((now - self._began) / self.done * (self.left - self.done))} left"

    def line(self, now: float) -> str:
        """`40 of 120: 38 applied, 2 refused; about 12 s left`."""
        told = f"{self.done:,} of {self.left:,}"
        counts, remaining = self.counts(), self.remaining(now)
        return "".join([told, f": {counts}" if counts else "", f"; {remaining}" if remaining else ""])
