"""A Shopify store in a box: the Admin GraphQL API 2026-10 for orders, in memory.

Its one rule: it stands alone, written from facts about Shopify and never from what this package's client
does, so that its log of effects can be the witness in crash tests. Names are loaded when they are asked
for, so that importing the package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bulk_orders.devstore.faults import Call, ConnectionDropped, Faults, Reply, Wait
    from bulk_orders.devstore.http.app import create_app
    from bulk_orders.devstore.log import Effect, Request
    from bulk_orders.devstore.people import Refused
    from bulk_orders.devstore.server import running, serve
    from bulk_orders.devstore.settings import BulkFate, CancelFate, Settings
    from bulk_orders.devstore.store import DevStore
    from bulk_orders.devstore.tokens import CLIENT_ID, CLIENT_SECRET, TOKEN
    from bulk_orders.devstore.troubles import TROUBLES, Deeds, Rule, Script

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "TOKEN",
    "TROUBLES",
    "BulkFate",
    "Call",
    "CancelFate",
    "ConnectionDropped",
    "Deeds",
    "DevStore",
    "Effect",
    "Faults",
    "Refused",
    "Reply",
    "Request",
    "Rule",
    "Script",
    "Settings",
    "Wait",
    "create_app",
    "running",
    "serve",
]

_HOMES = {
    "faults": ("Call", "ConnectionDropped", "Faults", "Reply", "Wait"),
    "http.app": ("create_app",),
    "log": ("Effect", "Request"),
    "people": ("Refused",),
    "server": ("running", "serve"),
    "settings": ("BulkFate", "CancelFate", "Settings"),
    "store": ("DevStore",),
    "tokens": ("CLIENT_ID", "CLIENT_SECRET", "TOKEN"),
    "troubles": ("TROUBLES", "Deeds", "Rule", "Script"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
