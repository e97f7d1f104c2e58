"""orderCancel: accepted at once, carried out later, in two steps that can be seen from outside.

Its one rule: `cancelledAt` is not the end. First the order is cancelled (fulfillment orders CLOSED with
their quantities still there, order not archived), then money, stock and quantities follow and it is
archived (shopify-api.md 4.1; [LIVE fulfillment-create-preconditions, orderCancel-parity]).
"""

from typing import Any, Final

from bulk_orders.devstore.changes.errors import ORDER_MISSING, UserError
from bulk_orders.devstore.changes.jobs import OrderCancelJobResult
from bulk_orders.devstore.changes.refunds import bad_store_credit, refund_everything, restock
from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order, OrderTransaction
from bulk_orders.devstore.settings import seconds
from bulk_orders.devstore.state import State

NOTE_LIMIT: Final = 255
START_SHARE: Final = 0.5  # of the job's time until cancelledAt is set [INFER: only that both steps exist]


def order_cancel(store: State, request: dict[str, Any]) -> tuple[OrderCancelJobResult | None, list[UserError]]:
    """Accepts or refuses a cancellation; `request` holds the mutation's arguments by their API names."""
    order = store.orders.get(request["orderId"])
    if order is None or not store.visible(order):
        return None, [UserError(("orderId",), ORDER_MISSING, "NOT_FOUND")]
    if error := _refusal(store, order, request):
        return None, [error]
    order.cancelling = True
    result = store.jobs.begin(store.now(), order, request)
    store.register(result)
    duration = seconds(store.settings.job_seconds)
    store.later(duration * START_SHARE, lambda: _start(store, result, duration * (1 - START_SHARE)))
    return result, []


def _refusal(store: State, order: Order, request: dict[str, Any]) -> UserError | None:
    return _bad_arguments(store, order, request) or _bad_state(order)


def _bad_arguments(store: State, order: Order, request: dict[str, Any]) -> UserError | None:
    if len(request.get("staffNote") or "") > NOTE_LIMIT:
        message = f"Staff note is too long. Maximum length is {NOTE_LIMIT} characters."
        return UserError(("staffNote",), message, "INVALID")
    method = request.get("refundMethod")
    if request.get("refund") is not None and method is not None:
        message = "Only one of the arguments `refund` or `refund_method` is allowed."
        return UserError(("refund",), message, "INVALID")
    if method and method.get("storeCreditRefund") is not None:
        return bad_store_credit(store, order, method["storeCreditRefund"], ("refundMethod", "storeCreditRefund"))
    return None


def _bad_state(order: Order) -> UserError | None:
    """The state of the order against it, in the recorded precedence: returns before fulfillments."""
    if order.cancelled_at is not None:
        return _refuse("Cannot cancel an order that has already been canceled")
    if order.cancelling:
        return UserError(None, "Cancellation is already in progress", "INVALID")
    if flags.has_active_return(order):
        return _refuse("Cannot cancel an order that has returns")
    if any(f.status not in shipping.GONE for f in order.fulfillments):
        return _refuse("Cannot cancel an order that has outstanding fulfillments")
    if any(_pending(t) for t in order.transactions):
        return _refuse("Cannot cancel an order that has pending payment authorizations")  # words [INFER]
    return None


def _refuse(message: str) -> UserError:
    return UserError(("orderId",), message, "INVALID")


def _pending(transaction: OrderTransaction) -> bool:
    # A manual method (bank deposit, cash on delivery) waits for the merchant, not for a provider [INFER].
    waiting = transaction.status in {"PENDING", "AWAITING_RESPONSE"}
    return waiting and not payment.is_manual(transaction)


def _start(store: State, result: OrderCancelJobResult, rest: float) -> None:
    """The first step: the order is cancelled, its money and stock are still as they were."""
    order, request = result.order, result.request
    if error := _late_refusal(store, order, request):
        result.fail(error)
        return
    with store.changing(order):
        order.cancelled_at = float(int(store.now()))
        order.cancel_reason = request["reason"]
        order.staff_note = request.get("staffNote")
        for fulfillment_order in order.fulfillment_orders:
            if fulfillment_order.status in shipping.WORKING:
                fulfillment_order.status = "CLOSED"
                fulfillment_order.updated_at = order.cancelled_at
                fulfillment_order.fulfillment_holds.clear()
    detail = {k: request.get(k) for k in ("reason", "restock", "refund", "refundMethod", "notifyCustomer")}
    store.effect("orderCancel", order, **detail, staffNote=order.staff_note)
    store.later(rest, lambda: _finish(store, result))


def _late_refusal(store: State, order: Order, request: dict[str, Any]) -> UserError | None:
    """Reasons that only the job finds: somebody shipped meanwhile, or a place is deactivated."""
    if order.id not in store.orders:
        return UserError(("orderId",), ORDER_MISSING, "NOT_FOUND")
    fate = store.settings.cancel_fate(order)
    if fate is not None and fate.when == "start":
        return UserError(fate.field, fate.message, fate.code)
    order.cancelling = False
    error = _bad_state(order)
    order.cancelling = True
    if error is None and request["restock"] and payment.received(order) and _deactivated(order):
        # The rule is [SCHEMA]; the words are ours [INFER].
        message = "Inventory cannot be restocked to a deactivated location"
        error = UserError(("restock",), message, "INVALID")
    return error


def _deactivated(order: Order) -> bool:
    return any(not f.location.is_active for f in shipping.working_orders(order))


def _finish(store: State, result: OrderCancelJobResult) -> None:
    """The second step: money, stock, quantities, archive, e-mail."""
    order, request = result.order, result.request
    fate = store.settings.cancel_fate(order)
    if order.id not in store.orders:
        result.fail(UserError(("orderId",), ORDER_MISSING, "NOT_FOUND"))
        return
    if fate is not None and fate.when == "refund":
        result.fail(UserError(fate.field, fate.message, fate.code))
        return
    with store.changing(order):
        if request["restock"]:
            restock(store, order, _unshipped(order))
        _empty(order)
        _return_money(store, order, request)
        order.settled, order.cancelling = True, False
        if order.closed_at is None:
            order.closed_at = order.cancelled_at
            store.effect("archive", order, cause="orderCancel")
    if request.get("notifyCustomer"):
        store.email(order, "order_cancelled")
    result.status = "SUCCEEDED"


def _unshipped(order: Order) -> dict[str, int]:
    places = {p.line_item.id for f in order.fulfillment_orders if f.location.is_active for p in f.line_items}
    counts = {i.id: shipping.unfulfilled_quantity(i, order) for i in order.line_items if i.id in places}
    return {line_id: units for line_id, units in counts.items() if units}


def _empty(order: Order) -> None:
    for line in order.line_items:
        line.removed += shipping.unfulfilled_quantity(line, order)
    for fulfillment_order in order.fulfillment_orders:
        for part in fulfillment_order.line_items:
            part.total_quantity = part.remaining_quantity = 0


def _return_money(store: State, order: Order, request: dict[str, Any]) -> None:
    void_authorizations(store, order)
    method = request.get("refundMethod") or {}
    if method.get("storeCreditRefund") is not None:
        refund_everything(store, order, store_credit=True)
    elif method.get("originalPaymentMethodsRefund") or request.get("refund"):
        refund_everything(store, order, store_credit=False)


def void_authorizations(store: State, order: Order) -> None:
    """Releases what was authorized and not captured; a cancellation does so whatever it was asked."""
    for parent in [t for t in order.transactions if payment.uncaptured(t)]:
        amount, now = payment.uncaptured(parent), store.now()
        void = OrderTransaction(
            store.ids.new("OrderTransaction"), order, "VOID", "SUCCESS", parent.gateway, amount, now, now,
            test=parent.test, parent_transaction=parent,
        )  # fmt: skip
        order.transactions.append(void)
        store.register(void)
        store.effect("void", order, amount=str(amount.shop), transaction=void.id)
