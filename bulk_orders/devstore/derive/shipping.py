"""Shipping of an order: units per line, the statuses of orders, fulfillments and fulfillment orders.

Its one rule: what was shipped is what the fulfillments that are not cancelled say.
"""

from typing import Final

from bulk_orders.devstore.model.order import Fulfillment, FulfillmentOrder, LineItem, Order

GONE: Final = frozenset({"CANCELLED", "ERROR", "FAILURE"})  # fulfillments that shipped nothing
WORKING: Final = frozenset({"OPEN", "IN_PROGRESS", "SCHEDULED", "ON_HOLD", "INCOMPLETE"})

_EVENT_STATUS: Final = {
    "ATTEMPTED_DELIVERY": "ATTEMPTED_DELIVERY",
    "CARRIER_PICKED_UP": "CARRIER_PICKED_UP",
    "CONFIRMED": "CONFIRMED",
    "DELAYED": "DELAYED",
    "DELIVERED": "DELIVERED",
    "FAILURE": "NOT_DELIVERED",
    "IN_TRANSIT": "IN_TRANSIT",
    "LABEL_PRINTED": "LABEL_PRINTED",
    "LABEL_PURCHASED": "LABEL_PURCHASED",
    "OUT_FOR_DELIVERY": "OUT_FOR_DELIVERY",
    "PICKED_UP": "PICKED_UP",
    "READY_FOR_PICKUP": "READY_FOR_PICKUP",
}

_ACTIONS: Final = {  # [LIVE fulfillment-order-hold-multi-line] for OPEN and ON_HOLD; the others [INFER]
    "OPEN": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"),
    "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
    "IN_PROGRESS": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MARK_AS_OPEN"),
    "SCHEDULED": ("MARK_AS_OPEN", "MOVE"),
}
_THIRD_PARTY_ACTIONS: Final = {  # [INFER]
    "OPEN": ("REQUEST_FULFILLMENT", "CREATE_FULFILLMENT", "MOVE", "HOLD"),
    "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
    "IN_PROGRESS": ("REQUEST_CANCELLATION", "CREATE_FULFILLMENT"),
}


def shipped(order: Order) -> dict[str, int]:
    """Units shipped, by line id."""
    units: dict[str, int] = {}
    for fulfillment in order.fulfillments:
        if fulfillment.status not in GONE:
            for part in fulfillment.line_items:
                units[part.line_item.id] = units.get(part.line_item.id, 0) + part.quantity
    return units


def unfulfilled_quantity(line: LineItem, order: Order) -> int:
    """Units of a line that still have to be shipped."""
    return max(0, line.quantity - line.removed - shipped(order).get(line.id, 0))


def fulfillable_quantity(line: LineItem, order: Order) -> int:
    """Units that can be shipped now: not those on hold ([LIVE fulfillment-order-hold-multi-line]).

    While a cancellation runs they are still counted ([LIVE fulfillment-create-preconditions]).
    """
    held = sum(
        part.remaining_quantity
        for fulfillment_order in order.fulfillment_orders
        if fulfillment_order.status == "ON_HOLD"
        for part in fulfillment_order.line_items
        if part.line_item is line
    )
    return max(0, unfulfilled_quantity(line, order) - held)


def working_orders(order: Order) -> list[FulfillmentOrder]:
    """Fulfillment orders with something left to ship."""
    return [f for f in order.fulfillment_orders if f.status in WORKING and remaining(f) > 0]


def remaining(fulfillment_order: FulfillmentOrder) -> int:
    """Units that a fulfillment order still has to ship."""
    return sum(line.remaining_quantity for line in fulfillment_order.line_items)


def fulfillment_status(order: Order) -> str:
    """displayFulfillmentStatus, by the descriptions of its values."""
    units = shipped(order)
    left = sum(max(0, i.quantity - i.removed - units.get(i.id, 0)) for i in order.line_items)
    sent = sum(units.values())
    if left == 0:
        if sent:
            return "FULFILLED"
        return "UNFULFILLED" if order.cancelled_at else "FULFILLMENT_NOT_REQUIRED"
    working = working_orders(order)
    statuses = {f.status for f in working}
    if statuses == {"ON_HOLD"}:
        return "ON_HOLD"
    if statuses == {"SCHEDULED"}:
        return "SCHEDULED"
    if sent:
        return "PARTIALLY_FULFILLED"
    if any(f.request_status == "REJECTED" for f in working):
        return "REQUEST_DECLINED"
    return "IN_PROGRESS" if statuses == {"IN_PROGRESS"} else "UNFULFILLED"


def display_status(fulfillment: Fulfillment) -> str:
    """displayStatus of a fulfillment: the last event, unless it was cancelled."""
    if fulfillment.status == "CANCELLED":
        return "CANCELED"
    if fulfillment.status in {"FAILURE", "ERROR"}:
        return "FAILURE"
    if fulfillment.events:
        last = max(fulfillment.events, key=lambda event: event.happened_at)
        return _EVENT_STATUS.get(last.status, "FULFILLED")
    return "FULFILLED"


def event_time(fulfillment: Fulfillment, status: str) -> float | None:
    """When a fulfillment first had an event of that status."""
    times = [event.happened_at for event in fulfillment.events if event.status == status]
    return min(times) if times else None


def supported_actions(fulfillment_order: FulfillmentOrder) -> tuple[str, ...]:
    """What can be done with a fulfillment order."""
    if fulfillment_order.request_status in {"SUBMITTED", "CANCELLATION_REQUESTED"}:
        return ("REQUEST_CANCELLATION",) if fulfillment_order.request_status == "SUBMITTED" else ()
    table = _THIRD_PARTY_ACTIONS if fulfillment_order.management == "third_party" else _ACTIONS
    return table.get(fulfillment_order.status, ())


def total_quantity(fulfillment: Fulfillment) -> int:
    """Units in a fulfillment."""
    return sum(part.quantity for part in fulfillment.line_items)


def requires_shipping(order: Order) -> bool:
    """Whether any line has to be shipped."""
    return any(line.requires_shipping for line in order.line_items)
