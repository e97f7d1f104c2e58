"""What happens later: jobs, auto-archiving, bulk operations.

Its one rule: nothing runs by itself. Whoever touches the store first lets everything happen that is
due by then, each event at its own time, so a virtual clock works and no test has to wait.
"""

import heapq
import itertools
import math
from collections.abc import Callable


class Timeline:
    """Events in the order of their times."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, Callable[[], None]]] = []
        self._count = itertools.count()

    def at(self, time: float, by: str, happen: Callable[[], None]) -> None:
        """Plans an event that somebody causes; one at infinity never happens."""
        if math.isfinite(time):
            heapq.heappush(self._heap, (time, next(self._count), by, happen))

    def next_due(self, now: float) -> tuple[float, str, Callable[[], None]] | None:
        """Takes the earliest event that is due: its time, who causes it, and what happens."""
        if not self._heap or self._heap[0][0] > now:
            return None
        time, _, by, happen = heapq.heappop(self._heap)
        return time, by, happen
