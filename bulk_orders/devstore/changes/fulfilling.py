"""fulfillmentCreate, fulfillmentCancel and fulfillmentTrackingInfoUpdate.

Its one rule: cancelling never undoes, it adds. The fulfillment stays as a CANCELLED row; a fulfillment
order that was entirely fulfilled stays CLOSED with its quantities back in it, and a new one with a new
id takes the work ([LIVE fulfillment-cancel-parity]; shopify-api.md 4.4).
"""

from typing import Any

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.changes.lifecycle import plan_archiving
from bulk_orders.devstore.changes.tracking import tracking_rows
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.model.order import (
    Fulfillment,
    FulfillmentLineItem,
    FulfillmentOrder,
    FulfillmentOrderLineItem,
)
from bulk_orders.devstore.state import State

Part = tuple[FulfillmentOrderLineItem, int]


def fulfillment_cancel(store: State, fulfillment_id: str) -> tuple[Fulfillment | None, list[UserError]]:
    """Unfulfils. Repeating it is a no-op; delivered parcels are no obstacle (shopify-api.md 4.4)."""
    fulfillment = _find(store, fulfillment_id)
    if fulfillment is None:
        return None, [UserError(("id",), "Fulfillment not found.")]
    if fulfillment.status == "CANCELLED":
        return fulfillment, []
    if _has_active_return(fulfillment):
        # Not recorded; the facts expect a refusal [INFER], the words are ours.
        return fulfillment, [UserError(("id",), "Cannot cancel a fulfillment that has an active return")]
    order = fulfillment.order
    with store.changing(order):
        was_shipped = fulfillment.status not in shipping.GONE
        fulfillment.status, fulfillment.updated_at = "CANCELLED", float(int(store.now()))
        if was_shipped:
            _give_back(store, fulfillment)
        reopened = order.closed_at is not None and order.cancelled_at is None
        if reopened:
            order.closed_at = None
    store.effect("fulfillmentCancel", order, fulfillment=fulfillment.id)
    if reopened:
        store.effect("reopen", order, cause="fulfillmentCancel")
    return fulfillment, []


def _find(store: State, fulfillment_id: str) -> Fulfillment | None:
    record = store.records.get(fulfillment_id)
    return record if isinstance(record, Fulfillment) and store.visible(record.order) else None


def _has_active_return(fulfillment: Fulfillment) -> bool:
    parts = set(map(id, fulfillment.line_items))
    active = (r for r in fulfillment.order.returns if r.status in {"OPEN", "REQUESTED"})
    return any(id(line.fulfillment_line_item) in parts for r in active for line in r.line_items)


def _give_back(store: State, fulfillment: Fulfillment) -> None:
    by_order: dict[str, list[Part]] = {}
    for part, units in fulfillment.parts:
        by_order.setdefault(part.fulfillment_order.id, []).append((part, units))
    for parts in by_order.values():
        fulfillment_order = parts[0][0].fulfillment_order
        # a closed one stays closed, also when a second parcel of it comes back [INFER; LIVE for the first]
        entirely = shipping.remaining(fulfillment_order) == 0 or fulfillment_order.status == "CLOSED"
        for part, units in parts:
            part.remaining_quantity += units
        fulfillment_order.updated_at = float(int(store.now()))
        if entirely:
            _replace(store, fulfillment_order, parts)
        elif shipping.remaining(fulfillment_order) == sum(p.total_quantity for p in fulfillment_order.line_items):
            fulfillment_order.status = "OPEN"


def _replace(store: State, old: FulfillmentOrder, parts: list[Part]) -> None:
    old.status = "CLOSED"
    now = float(int(store.now()))
    new = copy_fulfillment_order(store, old, now)
    new.line_items = [
        FulfillmentOrderLineItem(store.ids.new("FulfillmentOrderLineItem"), new, part.line_item, units, units)
        for part, units in parts
    ]
    old.order.fulfillment_orders.append(new)
    store.register(new, *new.line_items)


def copy_fulfillment_order(store: State, old: FulfillmentOrder, now: float) -> FulfillmentOrder:
    """A new OPEN fulfillment order at the same place, still without lines."""
    return FulfillmentOrder(
        id=store.ids.new("FulfillmentOrder"),
        order=old.order,
        status="OPEN",
        request_status="UNSUBMITTED",
        location=old.location,
        location_name=old.location_name,
        created_at=now,
        updated_at=now,
        fulfill_at=old.fulfill_at,
        fulfill_by=old.fulfill_by,
        management=old.management,
        delivery_method=old.delivery_method,
    )


def fulfillment_create(store: State, request: dict[str, Any]) -> tuple[Fulfillment | None, list[UserError]]:
    """Ships what is asked, or everything that is left; not idempotent."""
    parts: list[Part] = []
    for entry in request["lineItemsByFulfillmentOrder"]:
        found = _parts(store, entry)
        if isinstance(found, UserError):
            return None, [found]
        parts += found
    if error := _mixed(parts):
        return None, [error]
    order = parts[0][0].fulfillment_order.order
    with store.changing(order):
        fulfillment = _ship(store, parts, request)
    store.effect("fulfillmentCreate", order, fulfillment=fulfillment.id, units=sum(n for _, n in parts))
    if request.get("notifyCustomer"):
        store.email(order, "shipping_confirmation")
    plan_archiving(store, order)
    return fulfillment, []


def _refuse(message: str) -> UserError:
    return UserError(("fulfillment",), message)


def _parts(store: State, entry: dict[str, Any]) -> list[Part] | UserError:
    fulfillment_order = store.records.get(entry["fulfillmentOrderId"])
    if not isinstance(fulfillment_order, FulfillmentOrder) or not store.visible(fulfillment_order.order):
        return _refuse("Fulfillment order does not exist.")
    if fulfillment_order.status not in {"OPEN", "IN_PROGRESS"}:
        number, status = split_gid(fulfillment_order.id)[1], fulfillment_order.status.lower()
        return _refuse(f"Fulfillment order {number} has an unfulfillable status= {status}.")
    asked = entry.get("fulfillmentOrderLineItems")
    if not asked:
        return [(p, p.remaining_quantity) for p in fulfillment_order.line_items if p.remaining_quantity]
    lines = {part.id: part for part in fulfillment_order.line_items}
    parts = [(lines.get(item["id"]), item["quantity"]) for item in asked]
    if any(part is None or not 0 < units <= part.remaining_quantity for part, units in parts):
        return _refuse("Invalid fulfillment order line item quantity requested.")
    return [(part, units) for part, units in parts if part is not None]


def _mixed(parts: list[Part]) -> UserError | None:
    if not parts:
        return _refuse("Fulfillment order has no line items to fulfill.")  # words [INFER]
    if len({part.fulfillment_order.order.id for part, _ in parts}) > 1:
        return _refuse("All fulfillment orders must belong to the same order.")
    if len({part.fulfillment_order.location.id for part, _ in parts}) > 1:
        return _refuse("All fulfillment orders must be assigned to the same location.")  # words [INFER]
    return None


def _ship(store: State, parts: list[Part], request: dict[str, Any]) -> Fulfillment:
    first = parts[0][0].fulfillment_order
    order, now = first.order, float(int(store.now()))
    number = store.ids.number("Fulfillment")
    fulfillment = Fulfillment(
        id=f"gid://shopify/Fulfillment/{number}",
        legacy_resource_id=number,
        order=order,
        name=f"{order.name}.{len(order.fulfillments) + 1}",
        status="SUCCESS",
        created_at=now,
        updated_at=now,
        location=first.location,
        service=first.location.fulfillment_service or manual_service(store),
        tracking_info=tracking_rows(request.get("trackingInfo") or {}),
        line_items=_merged_lines(store, parts),
        parts=parts,
        origin_address=request.get("originAddress"),
        notify_customer=bool(request.get("notifyCustomer")),
    )
    for part, units in parts:
        part.remaining_quantity -= units
    for fulfillment_order in {part.fulfillment_order for part, _ in parts}:
        done = shipping.remaining(fulfillment_order) == 0
        fulfillment_order.status = "CLOSED" if done else "IN_PROGRESS"  # partly shipped: [INFER]
        fulfillment_order.updated_at = now
    order.fulfillments.append(fulfillment)
    store.register(fulfillment, *fulfillment.line_items)
    return fulfillment


def _merged_lines(store: State, parts: list[Part]) -> list[FulfillmentLineItem]:
    units: dict[str, int] = {}
    lines = {part.line_item.id: part.line_item for part, _ in parts}
    for part, count in parts:
        units[part.line_item.id] = units.get(part.line_item.id, 0) + count
    return [
        FulfillmentLineItem(store.ids.new("FulfillmentLineItem"), lines[line_id], count)
        for line_id, count in units.items()
    ]


def manual_service(store: State) -> Any:
    """The merchant's own fulfillment service, if the shop has any service at all."""
    return next((service for service in store.services if service.type == "MANUAL"), None)
