"""Reads orders again, many at a time, for those who wait to learn what became of a change.

Each waiter says when to look; looks that fall together become one request, so that a thousand cancellations under way
cost a handful of reads.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bulk_orders.clock import Clock
from bulk_orders.core.order import Facet, Order
from bulk_orders.shopify.cancel_results import CancelResult, cancel_results
from bulk_orders.shopify.shop import Shop

_TOGETHER = 0.3
"""Seconds within which looks are taken together."""
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the order (None if it is not there) and how its cancellation job stands, if asked.

    `unreadable` says why an order that is there could not be understood.
    """

    order: Order | None
    result: CancelResult | None
    unreadable: str | None = None

    @property
    def gone(self) -> bool:
        """The shop has no such order (any more)."""
        return self.order is None and self.unreadable is None


@dataclass(eq=False, slots=True)
class _Waiter:
    due: float
    gid: str
    facets: frozenset[Facet]
    result_id: str | None
    seen: asyncio.Future[Look]


class Watch:
    """One reader for all waiters of a run; `hurry` makes every waiter look at once."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self._shop = shop
        self._clock = clock
        self._waiters: list[_Waiter] = []
        self._changed = asyncio.Event()

    async def look(self, gid: str, facets: frozenset[Facet], *, at: float, result_id: str | None = None) -> Look:
        """See the order as it is at the monotonic time `at`, or a little later."""
        future: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
        self._waiters.append(_Waiter(at, gid, facets, result_id, future))
        self._changed.set()
        return await future

    def hurry(self) -> None:
        """Let everybody look now."""
        now = self._clock.monotonic()
        for waiter in self._waiters:
            waiter.due = min(waiter.due, now)
        self._changed.set()

    async def run(self) -> None:
        """Serve the waiters until cancelled."""
        while True:
            due = self._due()
            if due:
                await self._read(due)
                continue
            self._changed.clear()
            pause = self._pause()
            waiting = asyncio.create_task(self._changed.wait())
            sleeping = asyncio.create_task(self._clock.sleep(pause))
            try:
                await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                sleeping.cancel()

    def _pause(self) -> float:
        if not self._waiters:
            return 3600.0
        soonest = min(waiter.due for waiter in self._waiters)
        return max(0.0, soonest - self._clock.monotonic()) + 0.01

    def _due(self) -> list[_Waiter]:
        """The waiters whose time has come, with those that would come right after."""
        now = self._clock.monotonic()
        if not any(waiter.due <= now for waiter in self._waiters):
            return []
        soon = [waiter for waiter in self._waiters if waiter.due <= now + _TOGETHER]
        due = sorted(soon, key=lambda waiter: waiter.due)[:_AT_ONCE]
        self._waiters = [waiter for waiter in self._waiters if waiter not in due]
        return due

    async def _read(self, due: list[_Waiter]) -> None:
        facets = frozenset().union(*(waiter.facets for waiter in due))
        try:
            results = await self._results([waiter.result_id for waiter in due if waiter.result_id])
            orders = await self._shop.orders([waiter.gid for waiter in due], facets)
        except Exception as error:
            for waiter in _waiting(due):
                waiter.seen.set_exception(error)
            return
        for waiter in _waiting(due):
            order, why = orders.get(waiter.gid), self._shop.unreadable.get(waiter.gid)
            waiter.seen.set_result(Look(order, results.get(waiter.result_id or ""), None if order else why))

    async def _results(self, ids: list[str]) -> dict[str, CancelResult]:
        return await cancel_results(self._shop.client, ids) if ids else {}


def _waiting(waiters: list[_Waiter]) -> list[_Waiter]:
    return [waiter for waiter in waiters if not waiter.seen.done()]
