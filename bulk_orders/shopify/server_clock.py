"""The shop's clock, as its replies tell it: this machine's may be off, or be set while it runs."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from bulk_orders.clock import Clock

_LATE = 2.0


class ServerClock:
    """The time of day in the shop; by ours before the shop has said anything. What outlives the process is dated so."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stated: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """The time of day, UTC."""
        if self._stated is None:
            return self._clock.now()
        date, at = self._stated
        return date + timedelta(seconds=self._clock.monotonic() - at)

    def learn(self, stated: datetime) -> None:
        """A Date has whole seconds and is late at best: the latest that any reply implies is the nearest."""
        date = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
        behind = (self.now() - date).total_seconds() if self._stated is not None else math.inf
        if not 0 <= behind < _LATE:
            self._stated = (date, self._clock.monotonic())
