"""The values of Shopify's enums that decisions rest on, and what is said of one that is not among them.

A newer API may answer with a value that nobody here has heard of. It is no reason to fail, and none to be silent
either: what Shopify would refuse about such an order cannot be foreseen. A test holds the table against the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bulk_orders.core.changes import Change
from bulk_orders.core.order import Order
from bulk_orders.core.problems import Notice

KNOWN: Mapping[str, frozenset[str]] = {
    "OrderReturnStatus": frozenset(
        ("INSPECTION_COMPLETE", "IN_PROGRESS", "NO_RETURN", "RETURNED", "RETURN_FAILED", "RETURN_REQUESTED")
    ),
    "OrderDisplayFinancialStatus": frozenset(
        ("AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED")
    ),
    "FulfillmentStatus": frozenset(("CANCELLED", "ERROR", "FAILURE", "OPEN", "PENDING", "SUCCESS")),
    "FulfillmentOrderStatus": frozenset(
        ("CANCELLED", "CLOSED", "INCOMPLETE", "IN_PROGRESS", "ON_HOLD", "OPEN", "SCHEDULED")
    ),
    "OrderTransactionKind": frozenset(
        (
            "AUTHORIZATION",
            "CAPTURE",
            "CHANGE",
            "EMV_AUTHORIZATION",
            "REFUND",
            "SALE",
            "SUGGESTED_REFUND",
            "VOID",
        )
    ),
    "OrderTransactionStatus": frozenset(("AWAITING_RESPONSE", "ERROR", "FAILURE", "PENDING", "SUCCESS", "UNKNOWN")),
}
_WORDS = {
    "OrderReturnStatus": "return status",
    "OrderDisplayFinancialStatus": "payment status",
    "FulfillmentStatus": "fulfillment status",
    "FulfillmentOrderStatus": "fulfillment order status",
    "OrderTransactionKind": "kind of transaction",
    "OrderTransactionStatus": "transaction status",
}


def unheard_of(order: Order) -> Iterator[tuple[str, str]]:
    """Enum and value of everything in the order that is none of the known values."""
    said = [("OrderReturnStatus", order.return_status), ("OrderDisplayFinancialStatus", order.financial_status)]
    said += [("FulfillmentStatus", each.status) for each in order.fulfillments or ()]
    said += [("FulfillmentOrderStatus", each.status) for each in order.fulfillment_orders or ()]
    said += [("OrderTransactionKind", each.kind) for each in order.transactions or ()]
    said += [("OrderTransactionStatus", each.status) for each in order.transactions or ()]
    return ((enum, value) for enum, value in said if value is not None and value not in KNOWN[enum])


def unknown_notices(changes: Iterable[Change], orders: Mapping[str, Order]) -> Iterator[Notice]:
    """What a plan says of the orders that it changes although Shopify calls something of theirs by an unknown name."""
    rows: dict[tuple[str, str], dict[int, None]] = {}
    for change in changes:
        order = orders.get(change.order)
        for found in unheard_of(order) if order is not None else ():
            rows.setdefault(found, {})[change.row] = None
    for (enum, value), where in rows.items():
        yield Notice(
            f"Shopify gives the {_WORDS[enum]} {value}, which this version of bulk-orders does not know: look at these "
            "orders before you apply, since what Shopify would refuse about them cannot be foreseen.",
            tuple(where),
        )
