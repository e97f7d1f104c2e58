"""Which access scopes each action needs (shopify-api.md 4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable

_ORDERS = ("write_orders",)
_FULFILLMENTS = (
    "write_merchant_managed_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
_NEEDED = {
    **dict.fromkeys(
        (
            "cancel",
            "archive",
            "unarchive",
            "update",
            "tag_add",
            "tag_remove",
            "delete",
            "mark_paid",
            "capture",
            "refund",
        ),
        _ORDERS,
    ),
    **dict.fromkeys(("unfulfill", "fulfill", "track", "hold", "release"), _FULFILLMENTS),
}
"""Of each action's scopes at least one."""


def scopes_of(action: str) -> tuple[str, ...]:
    """The scopes of which an action needs one."""
    return _NEEDED[action]


def missing(action: str, granted: Iterable[str]) -> str | None:
    """The scope to ask for before the action can be done; None where the app has one, or where nobody knows."""
    needed, have = _NEEDED.get(action, ()), frozenset(granted)
    if not have or not needed or have & set(needed):
        return None
    return needed[0]
