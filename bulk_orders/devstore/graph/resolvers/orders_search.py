"""Searching, sorting and listing orders.

Its one rule: only orders that the app may see, as the index shows them, in a strict order, so that pages
neither repeat nor skip an order that did not change.
"""

from collections.abc import Iterable
from typing import Any

from bulk_orders.devstore.graph.connections import Listing
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.search.matching import Search, prepare
from bulk_orders.devstore.search.orders import FIELDS, SORT_KEYS


def matching(context: Context, query: str | None, orders: Iterable[Order]) -> tuple[Search, list[Order]]:
    """The visible orders that a query finds."""
    store, now = context.store, context.store.now()
    search = prepare(query, FIELDS, now)
    context.note(search)
    if search.nothing:
        return search, []
    seen = [order for order in orders if store.visible(order)]
    if search.test is None:
        return search, seen
    return search, [order for order in seen if search.test(store.index.view(order, now))]


def search_orders(context: Context, arguments: dict[str, Any], orders: Iterable[Order]) -> Listing:
    """The orders of a list query, sorted."""
    _, found = matching(context, arguments.get("query"), orders)
    key = SORT_KEYS[arguments.get("sortKey") or "PROCESSED_AT"]
    ordered = sorted(
        found, key=lambda order: (key(order), order.legacy_resource_id), reverse=bool(arguments.get("reverse"))
    )
    return Listing(ordered, lambda order: (order.legacy_resource_id, _cursor_value(key(order))), sorted=True)


def _cursor_value(value: Any) -> Any:
    """Times stand in cursors as milliseconds ([LIVE order-catalog-count-read])."""
    return int(value * 1000) if isinstance(value, float) else value if isinstance(value, int) else str(value)
