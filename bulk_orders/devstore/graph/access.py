"""Access scopes: which fields the app may not see, in the words of the recorded refusals.

Its one rule: what a field or a type requires comes from the official schema's own data; the few
mutations for which it has nothing are listed here as [INFER].
"""

from collections.abc import Iterable
from typing import Any, Final

from graphql import GraphQLNamedType

from bulk_orders.devstore.changes.errors import TopLevelError
from bulk_orders.devstore.graph.schema import connection_node, required_access

_FULFIL: Final = {
    "requires": (
        "`write_assigned_fulfillment_orders` access scope, `write_merchant_managed_fulfillment_orders` "
        "access scope or `write_third_party_fulfillment_orders` access scope."
    ),
    "any_of": [
        "write_assigned_fulfillment_orders",
        "write_merchant_managed_fulfillment_orders",
        "write_third_party_fulfillment_orders",
    ],
}
_ORDERS: Final = {"requires": "`write_orders` access scope.", "any_of": ["write_orders"]}
_TAGS: Final = {
    "requires": "`write_orders` access scope or `write_customers` access scope.",
    "any_of": ["write_orders", "write_customers"],
}
INFERRED: Final[dict[str, dict[str, Any]]] = {
    "Mutation.fulfillmentCancel": _FULFIL,  # shopify-api.md 4.4: recorded as ACCESS_DENIED
    "Mutation.refundCreate": _ORDERS,
    "Mutation.tagsAdd": _TAGS,
    "Mutation.tagsRemove": _TAGS,
}
DOCUMENTATION: Final = "https://shopify.dev/api/usage/access-scopes"


def has_scope(scope: str, granted: frozenset[str]) -> bool:
    """Whether a scope is granted; writing includes reading."""
    return scope in granted or (scope.startswith("read_") and f"write_{scope[5:]}" in granted)


def _missing(key: str, granted: frozenset[str]) -> str | None:
    rule = required_access().get(key) or INFERRED.get(key)
    if rule is None or any(has_scope(scope, granted) for scope in rule["any_of"]):
        return None
    return str(rule["requires"])


def missing_access(parent: str, field: str, returns: GraphQLNamedType, granted: frozenset[str]) -> str | None:
    """What is required for a field and not granted: by the field itself, or by the type it returns."""
    target = connection_node(returns) or returns.name
    return _missing(f"{parent}.{field}", granted) or _missing(target, granted)


def missing_for_type(name: str, granted: frozenset[str]) -> str | None:
    """What is required for a type and not granted."""
    return _missing(name, granted)


def denied(field: str, requires: str) -> TopLevelError:
    """The recorded error ([LIVE fulfillment-order-hold-multi-line])."""
    message = f"Access denied for {field} field. Required access: {requires}"
    return TopLevelError(message, "ACCESS_DENIED", documentation=DOCUMENTATION, requiredAccess=requires)


def managements(granted: Iterable[str]) -> frozenset[str]:
    """Which fulfillment orders the app sees; the others are silently left out (shopify-api.md 7)."""
    scopes = frozenset(granted)
    seen = set()
    if has_scope("read_merchant_managed_fulfillment_orders", scopes):
        seen.add("merchant")
    if has_scope("read_third_party_fulfillment_orders", scopes):
        seen.add("third_party")
    return frozenset(seen)
