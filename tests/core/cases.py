"""One case per action: what asks for it, on which order, and on which it must be blocked.

An action without a case here fails the tests of the registry.
"""

from __future__ import annotations

from dataclasses import dataclass

from builders import edits, fulfillment, held, known_edits, money, order, paid, payment, work

from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order, Tracking, Transaction


@dataclass(frozen=True, slots=True)
class Case:
    """`shown` are words that the plan has to show; `blocked` is None for an action that nothing blocks."""

    edits: OrderEdits
    order: Order
    blocked: Order | None
    reason: str
    shown: tuple[str, ...]
    changes: int = 1


CASES: dict[str, Case] = {
    "release": Case(
        edits(Action="release"),
        order(fulfillment_orders=(held(1), work(2), held(3))),
        order(fulfillment_orders=(held(1, ours=False),)),
        "not held by us",
        ("To ship from Paris: on hold, 2 items (other) -> open",),
        changes=2,
    ),
    "hold": Case(
        edits(Action="hold", Hold__Reason="INCORRECT_ADDRESS"),
        order(fulfillment_orders=(work(1), work(2, status="CLOSED"), held(3, ours=False))),
        order(fulfillment_orders=(work(1, status="CLOSED"),)),
        "nothing to hold",
        ("To ship from Paris: open, 2 items -> on hold", "reason incorrect address", "ours comes on top"),
        changes=2,
    ),
    "unarchive": Case(
        edits(Action="unarchive"),
        order(closed=True),
        order(closed=True, cancelled_at="2026-01-01T00:00:00Z"),
        "stays archived",
        ("archived -> open",),
    ),
    "update": Case(
        known_edits({"Note": "old"}, Note="new"),
        order(note="old"),
        None,
        "",
        ("Note: old -> new",),
    ),
    "tag_remove": Case(
        known_edits({"Tags": "vip, red"}, Tags="vip"),
        order(tags=("red", "vip")),
        None,
        "",
        ("Tags: red, vip -> vip",),
    ),
    "tag_add": Case(
        known_edits({"Tags": "vip"}, Tags="vip, wholesale"),
        order(tags=("vip",)),
        None,
        "",
        ("Tags: vip -> vip, wholesale",),
    ),
    "unfulfill": Case(
        edits(Action="unfulfill"),
        order(fulfillments=(fulfillment(1), fulfillment(2, status="CANCELLED"), fulfillment(3))),
        order(fulfillments=(fulfillment(1),), return_status="IN_PROGRESS"),
        "returning items",
        ("#1001.1: fulfilled, 2 items, DHL 0034 -> unfulfilled",),
        changes=2,
    ),
    "track": Case(
        known_edits(
            {"Fulfillment: Tracking Number": "0034"},
            fulfillment="gid://shopify/Fulfillment/1",
            Fulfillment__Tracking_Company="ups",
            Fulfillment__Tracking_Number="1Z999",
        ),
        order(fulfillments=(fulfillment(1, tracking=(Tracking(None, "0034", None),)),)),
        order(fulfillments=(fulfillment(1, status="CANCELLED", tracking=(Tracking(None, "0034", None),)),)),
        "is cancelled",
        ("Fulfillment: Tracking Number: 0034 -> 1Z999", "Fulfillment: Tracking Company: (empty) -> UPS"),
    ),
    "fulfill": Case(
        known_edits({}, Fulfillment__Status="success", Fulfillment__Tracking_Number="1Z999"),
        order(fulfillment_orders=(work(1), work(2, status="CLOSED"))),
        order(fulfillment_orders=(held(1),)),
        "It is on hold",
        ("To ship: 2 items -> fulfilled", "tracking 1Z999"),
    ),
    "mark_paid": Case(
        edits(Action="mark as paid"),
        order(can_mark_paid=True, outstanding=money("84.00")),
        order(can_mark_paid=False, outstanding=money("0")),
        "cannot be marked as paid",
        ("Payment: pending -> paid", "amount 84.00 EUR"),
    ),
    "capture": Case(
        edits(Action="capture"),
        order(
            capturable=True,
            transactions=(payment(1, kind="AUTHORIZATION", unsettled=money("84.00")),),
        ),
        order(transactions=(payment(1, kind="AUTHORIZATION"),)),
        "nothing to capture",
        ("Payment: 84.00 EUR authorized -> captured",),
    ),
    "refund": Case(
        edits(Action="refund", Refund__Amount="10.00", Refund__Reason="late"),
        order(**paid(), transactions=(payment(1),)),
        order(**paid("5.00"), transactions=(payment(1, "5.00"),)),
        "greater than net payment received 5.00",
        ("84.00 EUR paid -> 10.00 EUR given back", "to shopify payments", "reason late"),
    ),
    "delete": Case(
        edits(Command="DELETE"),
        order(),
        order(**paid(), transactions=(payment(1),)),
        "that was paid online (through shopify_payments)",
        ("open, pending -> deleted", "why it can be no payment", "still open"),
    ),
    "cancel": Case(
        edits(Action="cancel", Cancel__Refund="TRUE", Cancel__Reason="fraud"),
        order(**paid()),
        order(**paid(), fulfillments=(fulfillment(1),)),
        "outstanding fulfillments",
        ("open, paid -> cancelled", "reason fraud", "84.00 EUR"),
    ),
    "archive": Case(edits(Action="archive"), order(), None, "", ("open -> archived",)),
}

CANCEL_BLOCKS = {
    "already cancelled": (order(cancelled_at="2026-01-01T00:00:00Z", cancel_reason="FRAUD"), "cancelled already"),
    "a return requested": (order(return_status="RETURN_REQUESTED"), "has returns"),
    "a return under way": (order(return_status="IN_PROGRESS"), "has returns"),
    "a parcel out": (order(fulfillments=(fulfillment(1),)), "outstanding fulfillments (#1001.1)"),
    "a payment pending": (
        order(transactions=(Transaction("SALE", "PENDING", manual=False),)),
        "payment is still pending",
    ),
}
