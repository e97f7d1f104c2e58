"""The devstore itself: the state, with bulk operations and the people who work in the shop.

Its one rule: whoever reads or changes it lets the past happen first (`advance`), in the order of time.
"""

import time
from collections.abc import Callable, Iterator
from typing import Self

from bulk_orders.devstore.bulk.operations import BulkOperations
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.people import People
from bulk_orders.devstore.settings import Settings
from bulk_orders.devstore.state import State


class DevStore(State):
    """One shop in memory. Times are epoch seconds; ids are gids."""

    def __init__(
        self, *, seed: int = 1, clock: Callable[[], float] = time.time, settings: Settings | None = None
    ) -> None:
        super().__init__(seed=seed, clock=clock, settings=settings)
        self.bulk = BulkOperations(self)
        self.people = People(self)

    @classmethod
    def seeded(
        cls,
        orders: int = 200,
        seed: int = 7,
        now: float | None = None,
        *,
        clock: Callable[[], float] = time.time,
        settings: Settings | None = None,
    ) -> Self:
        """A shop with that many orders of the last 120 days before `now`; the same for the same seed."""
        from bulk_orders.devstore.seed.shop import fill

        store = cls(seed=seed, clock=clock, settings=settings)
        fill(store, orders, seed, float(int(clock() if now is None else now)))
        return store

    def advancing(self) -> Iterator[None]:
        """Lets the past happen bit by bit, so that a server can answer others in between.

        A bulk operation that is due reads the orders before anything that is planned for later.
        """
        for operation in self.bulk.due(self.clock()):
            self.advance_until(operation.finish_at)
            while self.bulk.work(operation):
                yield
        self.advance_until(self.clock())
        for operation in self.bulk.active():
            while self.bulk.work(operation):
                yield

    def advance(self) -> None:
        """Lets everything happen that is due by now."""
        for _ in self.advancing():
            pass

    def order(self, gid_or_name: str) -> Order:
        """An order by gid or by name, as it is now; for tests and people, so it must exist."""
        self.advance()
        found = self.orders.get(gid_or_name)
        return found or next(order for order in self.orders.values() if order.name == gid_or_name)
