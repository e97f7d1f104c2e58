"""Which function answers which field of the schema: one table per subject, joined into the registry.

Its one rule: a table entry only reads; what changes anything is in `mutations`.
"""

import functools

from bulk_orders.devstore.graph.registry import Call, Getter, Registry
from bulk_orders.devstore.graph.resolvers import (
    bulk,
    mutations,
    order,
    payments,
    queries,
    shipping,
    shop,
)
from bulk_orders.devstore.graph.resolvers.names import type_name

MODULES = (bulk, mutations, order, payments, queries, shipping, shop)


@functools.cache
def registry() -> Registry:
    """All resolvers."""
    getters: dict[str, dict[str, Getter]] = {}
    calls: dict[str, dict[str, Call]] = {}
    for module in MODULES:
        for name, table in getattr(module, "GETTERS", {}).items():
            getters.setdefault(name, {}).update(table)
        for name, table in getattr(module, "CALLS", {}).items():
            calls.setdefault(name, {}).update(table)
    return Registry(getters, calls, type_name)
