"""Reading orders with what would only make a plan say more: what is denied of that is left out."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from bulk_orders.core.order import Facet, Order
from bulk_orders.errors import AccessDenied


async def with_hints(
    read: Callable[[frozenset[Facet]], Awaitable[dict[str, Order]]], must: frozenset[Facet], facets: frozenset[Facet]
) -> dict[str, Order]:
    """What `read` finds with these facets, or with fewer of the hints among them where one is denied after all.

    The one order on which hints are tried may have nothing of it: Shopify denies the holder's app (read_apps) only
    where there is a hold.
    """
    for fewer in dict.fromkeys((facets, facets - {Facet.APPS} | must)):
        if fewer != must:
            with contextlib.suppress(AccessDenied):
                return await read(fewer)
    return await read(must)
