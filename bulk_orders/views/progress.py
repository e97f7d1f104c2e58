"""Progress as figures and as one line: counts by outcome and the time that is left."""

from __future__ import annotations

from collections import Counter

from bulk_orders.core.events import ChangeDone, Event, Started, Waiting
from bulk_orders.language import clauses, colon, say
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import OUTCOME_SIGNS, duration, numbered, outcome
from bulk_orders.views.wrapping import cells

LINES, PLAIN_LINES = "━─", "#-"
"""What is done and what is left of a bar; two signs, since a colour alone tells nothing."""
_LONGEST, _SHORTEST = 28, 8


class Tally:
    """Counts the outcomes of a run as they come. Times are monotonic seconds.

    The time left is estimated when something is done and runs down in between; while a wait is told of, it is what
    that may take at most.
    """

    def __init__(self, now: float) -> None:
        self._began = now
        self._end: float | None = None
        self._at_most = False
        self.left = 0
        self.done = 0
        self.outcomes: Counter[str] = Counter()

    def take(self, event: Event, now: float) -> None:
        """Count an event that came at `now`."""
        if isinstance(event, Started):
            self.left = event.left
        elif isinstance(event, ChangeDone):
            self.done += 1
            self.outcomes[event.outcome] += 1
            if not self._at_most or (self._end is not None and now > self._end):
                self._at_most = False
                self._end = now + (now - self._began) / self.done * (self.left - self.done)
        elif isinstance(event, Waiting) and event.changes:
            end = now + event.seconds
            self._end = end if self._end is None or not self._at_most else max(self._end, end)
            self._at_most = True

    def counts(self) -> str:
        """`38 applied, 2 refused`."""
        return ", ".join(outcome(name, number) for name, number in self.outcomes.items())

    def signs(self) -> str:
        """`✓ 38, ✗ 2`: the same where there is little room."""
        return ", ".join(f"{OUTCOME_SIGNS[name]} {numbered(number)}" for name, number in self.outcomes.items())

    def remaining(self, now: float) -> str:
        """`about 12 s left`, once there is something to tell it by; `about 12 s left at most` during a wait."""
        if self._end is None or self.done >= self.left or (self._at_most and now > self._end):
            return ""
        time = duration(max(0.0, self._end - now))
        return say("{time} left at most", time=time) if self._at_most else say("{time} left", time=time)

    def line(self, now: float) -> str:
        """`40 of 120: 38 applied, 2 refused; about 12 s left`."""
        told = say("{done} of {all}", done=numbered(self.done), all=numbered(self.left))
        counts = self.counts()
        return clauses(filter(None, [f"{told}{colon()} {counts}" if counts else told, self.remaining(now)]))


def frame(tally: Tally, now: float, columns: int, paint: Paint, lines: str = LINES) -> str:
    """The bar as it stands, within `columns` cells; what matters least goes first where there is no room.

    `━━━━━━━━━━━━━━──────────────  40/120  38 applied, 2 refused  about 12 s left`
    """
    if not tally.left:
        return say("starting")
    done = f"{numbered(tally.done)}/{numbered(tally.left)}"
    counts, signs, remaining = tally.counts(), tally.signs(), tally.remaining(now)
    for parts in ((done, counts, remaining), (done, signs, remaining), (done, signs), (done,)):
        words = "  ".join(filter(None, parts))
        if cells(words) <= columns:
            break
    length = min(_LONGEST, columns - cells(words) - 2)
    if length < _SHORTEST:
        return words
    full = min(length, length * tally.done // tally.left)
    return f"{paint.green(lines[0] * full)}{paint.soft(lines[1] * (length - full))}  {words}"
