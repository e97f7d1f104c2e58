"""How many orders are worked on at a time: those whose points are there, apart from those that wait for Shopify.

Its one rule: an order that waits gives up its place, so that a thousand slow cancellations hold up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from bulk_orders.clock import Clock
from bulk_orders.flows.stop import Stop
from bulk_orders.shopify.throttle import Bucket

MOST_AT_ONCE = 50
"""Orders in a batch."""
_FEWEST = 5
_FRESH_SECONDS = 2.0
"""How long an order may wait for its points after it was read: then what was seen of it is old."""
_USUAL_COST = 10.0
"""Points of a mutation (shopify-api.md 2)."""
_MOST_ACTIVE = 400
"""Orders that are read or written at one time: what a shop's rate limit takes at the latency of a bad day, and what
one process can serve."""


class Room:
    """The orders of one run that are being read or written. `left` is called whenever one has given up its place."""

    def __init__(self, bucket: Bucket, clock: Clock, stop: Stop, left: Callable[[], None]) -> None:
        self._bucket = bucket
        self._clock = clock
        self._stop = stop
        self._left = left
        self._active = 0
        self._coming = 0
        """Orders that are being read again, to go on at once."""
        self._places = asyncio.Condition()
        self.all_begun = False
        """Every order of the plan has had its place once."""

    def batch_size(self) -> int:
        """Orders whose mutations the restored points of two seconds pay for: read fresh, used fresh."""
        rate = self._bucket.restore_rate
        return max(_FEWEST, min(MOST_AT_ONCE, int(rate * _FRESH_SECONDS / _USUAL_COST)))

    def _most_active(self) -> int:
        """Orders to be at work on: those whose points are there, and those whose points come before they are stale."""
        points = self._bucket.level(self._clock.monotonic()) + self._bucket.restore_rate * _FRESH_SECONDS
        return max(_FEWEST, min(_MOST_ACTIVE, int(points / _USUAL_COST)))

    async def wait(self, size: int, also: Callable[[int], bool] = lambda _: True) -> None:
        """Wait until there is room for so many more, and `also` has it too; or until the run is to stop."""

        def is_there() -> bool:
            room = self._active + size <= max(size, self._most_active())
            return (room and also(size)) or self._stop.soon

        async with self._places:
            await self._places.wait_for(is_there)

    def enter(self, many: int = 1) -> None:
        """So many take a place."""
        self._active += many

    async def leave(self, many: int = 1) -> None:
        """So many give up theirs."""
        async with self._places:
            self._active -= many
            self._places.notify_all()
        self._left()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """The place of an order that waits for Shopify goes to others meanwhile."""
        await self.leave()
        try:
            yield
        finally:
            self.enter()

    @contextmanager
    def coming(self, *, soon: bool) -> Iterator[None]:
        """An order that is read again and, if `soon`, gone on with at once."""
        self._coming += int(soon)
        try:
            yield
        finally:
            self._coming -= int(soon)

    def idle(self) -> bool:
        """Nothing is left to send or to read: whoever is not done waits."""
        return self.all_begun and self._active <= 0

    def nobody_comes(self) -> bool:
        """Nothing is left to read or to decide: whoever is not done waits for Shopify."""
        return self.idle() and self._coming == 0
