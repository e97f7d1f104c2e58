"""The kinds of sheet that are understood, each a small adapter onto the one table of columns.

An adapter knows a sheet by its headers alone, says why, and gives its cells the table's headers; it judges nothing.
Asked from the most particular to the plainest, since every one of them has an ID or a Name.
"""

from __future__ import annotations

from bulk_orders.core.dialects.altera import Altera
from bulk_orders.core.dialects.base import Adapted, Adapter, own_header
from bulk_orders.core.dialects.matrixify import Matrixify
from bulk_orders.core.dialects.own import Own
from bulk_orders.core.dialects.requests import Requests
from bulk_orders.core.dialects.shopify_admin import ShopifyAdmin
from bulk_orders.core.dialects.storerobo import StoreRobo
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.sheet import RawSheet

ADAPTERS: tuple[Adapter, ...] = (Own(), Requests(), ShopifyAdmin(), StoreRobo(), Altera(), Matrixify())


def knows(header: str, reading: Reading) -> bool:
    """Whether any kind of sheet has such a column."""
    return own_header(header) is not None or any(adapter.knows(header, reading) for adapter in ADAPTERS)


def whose(header: str) -> str | None:
    """The kind of sheet that has such a column, where the table has none."""
    return next((each.name for each in ADAPTERS if each.knows(header, BY_RULE)), None)


def adapted(raw: RawSheet, reading: Reading) -> Adapted:
    """The sheet under the table's own headers, which kind it was taken for and why, and what is wrong with it."""
    for adapter in ADAPTERS:
        why = adapter.why(raw.header, reading)
        if why is not None:
            return adapter.adapt(raw, reading, why)
    raise AssertionError("the last adapter takes every sheet")


__all__ = ["ADAPTERS", "Adapted", "Adapter", "adapted", "knows", "whose"]
