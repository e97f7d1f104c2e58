"""fulfillmentOrderHold and fulfillmentOrderReleaseHold.

Its one rule: a hold belongs to one app, one fulfillment order and one handle. A partial hold splits the
order; releasing the last hold merges what was split ([LIVE fulfillment-order-hold-multi-line, -validation,
-lifecycle, -release-hold-selective]).
"""

from typing import Any, Final

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.changes.fulfilling import copy_fulfillment_order
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import FulfillmentHold, FulfillmentOrder, FulfillmentOrderLineItem
from bulk_orders.devstore.model.shop import App
from bulk_orders.devstore.state import State

HOLDS_PER_APP: Final = 10
HANDLE_LIMIT: Final = 64
DISPLAY_REASONS: Final = {  # [LIVE] for OTHER and AWAITING_RETURN_ITEMS; the others [INFER]
    "AWAITING_PAYMENT": "Awaiting payment",
    "AWAITING_RETURN_ITEMS": "Exchange items awaiting return delivery",
    "HIGH_RISK_OF_FRAUD": "High risk of fraud",
    "INCORRECT_ADDRESS": "Incorrect address",
    "INVENTORY_OUT_OF_STOCK": "Inventory out of stock",
    "ONLINE_STORE_POST_PURCHASE_CROSS_SELL": "Upsell offer",
    "OTHER": "Other",
    "UNKNOWN_DELIVERY_DATE": "Unknown delivery date",
}
Held = tuple[FulfillmentHold, FulfillmentOrder, FulfillmentOrder | None]


def hold(
    store: State, fulfillment_order_id: str, request: dict[str, Any], app: App | None = None
) -> tuple[Held | None, list[UserError]]:
    """Holds all or a part of a fulfillment order, in the name of our app unless told otherwise."""
    fulfillment_order = store.records.get(fulfillment_order_id)
    if not isinstance(fulfillment_order, FulfillmentOrder) or not store.visible(fulfillment_order.order):
        message = "Fulfillment order does not exist."
        return None, [UserError(("id",), message, "FULFILLMENT_ORDER_NOT_FOUND")]
    holder = app or store.app
    if error := _refusal(fulfillment_order, request, holder):
        return None, [error]
    with store.changing(fulfillment_order.order):
        rest = _split(store, fulfillment_order, request.get("fulfillmentOrderLineItems") or [])
        placed = FulfillmentHold(
            id=store.ids.new("FulfillmentHold"),
            reason=request["reason"],
            reason_notes=request.get("reasonNotes"),
            handle=request.get("handle") or "",
            app=holder,
            external_id=request.get("externalId"),
            split_from=rest,
        )
        fulfillment_order.fulfillment_holds.append(placed)
        fulfillment_order.status = "ON_HOLD"
        fulfillment_order.updated_at = float(int(store.now()))
    store.register(placed)
    detail = {"fulfillmentOrder": fulfillment_order.id, "hold": placed.id, "handle": placed.handle}
    store.effect("fulfillmentOrderHold", fulfillment_order.order, **detail)
    if request.get("notifyMerchant"):
        store.effect("email", fulfillment_order.order, template="fulfillment_hold", to=store.shop.email)
    return (placed, fulfillment_order, rest), []


def _refusal(fulfillment_order: FulfillmentOrder, request: dict[str, Any], app: App) -> UserError | None:
    lines = request.get("fulfillmentOrderLineItems") or []
    return (
        _bad_handle(request)
        or _bad_lines(fulfillment_order, lines)
        or _bad_status(fulfillment_order)
        or _too_many(fulfillment_order, request, app)
        or _unsplittable(fulfillment_order, lines)
    )


def _bad_handle(request: dict[str, Any]) -> UserError | None:
    if len(request.get("handle") or "") <= HANDLE_LIMIT:
        return None
    message = f"Handle is too long (maximum is {HANDLE_LIMIT} characters)"
    return UserError(("fulfillmentHold", "handle"), message)


def _bad_lines(fulfillment_order: FulfillmentOrder, lines: list[dict[str, Any]]) -> UserError | None:
    path = ("fulfillmentHold", "fulfillmentOrderLineItems")
    if len({item["id"] for item in lines}) < len(lines):
        code = "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS"
        return UserError(path, "must contain unique line item ids", code)
    known = {part.id: part for part in fulfillment_order.line_items}
    for index, item in enumerate(lines):
        field = (*path, str(index), "quantity")
        if item["quantity"] <= 0:
            message = "You must select at least one item to place on partial hold."
            return UserError(field, message, "GREATER_THAN_ZERO")
        part = known.get(item["id"])
        if part is None or item["quantity"] > part.remaining_quantity:
            return UserError(field, "The line item quantity is invalid.", "INVALID_LINE_ITEM_QUANTITY")
    return None


def _bad_status(fulfillment_order: FulfillmentOrder) -> UserError | None:
    if fulfillment_order.status in {"OPEN", "ON_HOLD", "SCHEDULED"}:
        return None
    message = "The fulfillment order is not in a state that can be put on hold."  # words [INFER]
    return UserError(("id",), message)


def _too_many(fulfillment_order: FulfillmentOrder, request: dict[str, Any], app: App) -> UserError | None:
    own = [h for h in fulfillment_order.fulfillment_holds if h.app is app]
    if (request.get("handle") or "") in {h.handle for h in own}:
        message = (
            "The handle provided for the fulfillment hold is already in use by this app for another hold "
            "on this fulfillment order."
        )
        return UserError(("fulfillmentHold", "handle"), message, "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
    if len(own) >= HOLDS_PER_APP:
        message = (
            "The maximum number of fulfillment holds for this fulfillment order has been reached for this "
            "app. An app can only have up to 10 holds on a single fulfillment order at any one time."
        )
        return UserError(("id",), message, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
    return None


def _unsplittable(fulfillment_order: FulfillmentOrder, lines: list[dict[str, Any]]) -> UserError | None:
    if not lines or fulfillment_order.status != "ON_HOLD":
        return None
    path = ("fulfillmentHold", "fulfillmentOrderLineItems")
    message = "The fulfillment order is not in a splittable state."
    return UserError(path, message, "FULFILLMENT_ORDER_NOT_SPLITTABLE")


def _split(store: State, fulfillment_order: FulfillmentOrder, lines: list[dict[str, Any]]) -> FulfillmentOrder | None:
    """Moves what is not held into a new fulfillment order; None if everything is held."""
    wanted = {item["id"]: item["quantity"] for item in lines}
    left = [(p, p.remaining_quantity - wanted.get(p.id, 0)) for p in fulfillment_order.line_items]
    if not wanted or not any(units for _, units in left):
        return None
    rest = copy_fulfillment_order(store, fulfillment_order, float(int(store.now())))
    for part, units in left:
        if units:
            moved = FulfillmentOrderLineItem(
                store.ids.new("FulfillmentOrderLineItem"), rest, part.line_item, units, units
            )
            rest.line_items.append(moved)
            part.total_quantity -= units
            part.remaining_quantity -= units
    fulfillment_order.line_items = [p for p in fulfillment_order.line_items if p.total_quantity]
    fulfillment_order.order.fulfillment_orders.append(rest)
    store.register(rest, *rest.line_items)
    return rest


def release(
    store: State, fulfillment_order_id: str, hold_ids: list[str] | None
) -> tuple[FulfillmentOrder | None, list[UserError]]:
    """Releases the named holds, or every hold, also other apps', if none is named ([SCHEMA]).

    A hold that is not there is passed over [INFER].
    """
    fulfillment_order = store.records.get(fulfillment_order_id)
    if not isinstance(fulfillment_order, FulfillmentOrder) or not store.visible(fulfillment_order.order):
        message = "Fulfillment order does not exist."
        return None, [UserError(("id",), message, "FULFILLMENT_ORDER_NOT_FOUND")]
    holds = fulfillment_order.fulfillment_holds
    freed = [h for h in holds if hold_ids is None or h.id in hold_ids]
    if not freed:
        return fulfillment_order, []
    with store.changing(fulfillment_order.order):
        fulfillment_order.fulfillment_holds = [h for h in holds if h not in freed]
        if not fulfillment_order.fulfillment_holds:
            fulfillment_order.status = "OPEN"
            for rest in (h.split_from for h in freed):
                _merge(store, fulfillment_order, rest)
        fulfillment_order.updated_at = float(int(store.now()))
    for gone in freed:
        store.records.pop(gone.id, None)
    detail = {"fulfillmentOrder": fulfillment_order.id, "holds": [h.id for h in freed]}
    store.effect("fulfillmentOrderReleaseHold", fulfillment_order.order, **detail)
    return fulfillment_order, []


def _merge(store: State, into: FulfillmentOrder, rest: FulfillmentOrder | None) -> None:
    """Takes back what a partial hold had split off, if nobody has touched it since."""
    if rest is None or rest.status != "OPEN" or rest.location is not into.location:
        return
    own = {part.line_item.id: part for part in into.line_items}
    for part in rest.line_items:
        units = part.remaining_quantity
        if part.line_item.id in own:
            own[part.line_item.id].total_quantity += units
            own[part.line_item.id].remaining_quantity += units
        else:
            moved = FulfillmentOrderLineItem(
                store.ids.new("FulfillmentOrderLineItem"), into, part.line_item, units, units
            )
            into.line_items.append(moved)
            store.register(moved)
        part.total_quantity -= units
        part.remaining_quantity = 0
    rest.status = "CLOSED"
    assert shipping.remaining(rest) == 0
