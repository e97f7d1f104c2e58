"""The search index, which follows writes with a delay.

Its one rule: searches see an order as it was some moments ago, reads by id see it as it is (recorded: a
new tag took several polls to be found, shopify-api.md 6). A deleted order is gone at once ([LIVE
order-delete-snapshot-staging]).
"""

from typing import Any

from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.search.matching import View
from bulk_orders.devstore.search.orders import document, live_view


class SearchIndex:
    """Old documents of orders that changed a moment ago."""

    def __init__(self) -> None:
        self._pending: dict[str, list[tuple[float, dict[str, Any]]]] = {}

    def before(self, order: Order, now: float) -> None:
        """Keeps what searches see now, ahead of a change."""
        if self._current(order.id, now) is None:
            self._pending[order.id] = [(now, document(order))]

    def after(self, order: Order, visible_at: float) -> None:
        """Plans when searches will see the change."""
        self._pending.setdefault(order.id, []).append((visible_at, document(order)))

    def forget(self, order_id: str) -> None:
        """Drops a deleted order."""
        self._pending.pop(order_id, None)

    def _current(self, order_id: str, now: float) -> dict[str, Any] | None:
        versions = self._pending.get(order_id)
        if versions is None:
            return None
        while len(versions) > 1 and versions[1][0] <= now:
            versions.pop(0)
        if len(versions) == 1:
            del self._pending[order_id]
            return None
        return versions[0][1]

    def view(self, order: Order, now: float) -> View:
        """The searchable values of an order as searches see it now."""
        old = self._current(order.id, now) if self._pending else None
        return live_view(order) if old is None else old.get
