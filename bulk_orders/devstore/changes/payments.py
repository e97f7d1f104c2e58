"""orderMarkAsPaid and orderCapture.

Its one rule: neither is idempotent. A repeat is refused by the state of the payments, or takes more money,
as Shopify does ([LIVE orderMarkAsPaid-state-and-money, order-capture-validation]).
"""

from decimal import Decimal
from typing import Any

from bulk_orders.devstore.changes.errors import ORDER_MISSING, UserError
from bulk_orders.devstore.changes.lifecycle import plan_archiving
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.model.order import Order, OrderTransaction
from bulk_orders.devstore.money import MoneyBag
from bulk_orders.devstore.state import State


def _take(store: State, order: Order, kind: str, amount: MoneyBag, parent: OrderTransaction | None) -> OrderTransaction:
    now = store.now()
    taken = OrderTransaction(
        store.ids.new("OrderTransaction"), order, kind, "SUCCESS", parent.gateway if parent else "manual",
        amount, now, now, test=parent.test if parent else order.test, parent_transaction=parent,
    )  # fmt: skip
    order.transactions.append(taken)
    store.register(taken)
    return taken


def mark_as_paid(store: State, order_id: str) -> tuple[Order | None, list[UserError]]:
    """Captures what is authorized and records a manual sale for the rest."""
    order = store.orders.get(order_id)
    if order is None or not store.visible(order):
        return None, [UserError(("id",), ORDER_MISSING)]
    if not payment.can_mark_as_paid(order):
        return order, [UserError(("id",), "Order cannot be marked as paid.")]
    owed = payment.outstanding(order)
    with store.changing(order):
        for parent in [t for t in order.transactions if payment.uncaptured(t)]:
            _take(store, order, "CAPTURE", payment.uncaptured(parent), parent)
        if owed.shop > 0:
            _take(store, order, "SALE", owed, None)
    store.effect("orderMarkAsPaid", order, amount=str(owed.shop))
    plan_archiving(store, order)
    return order, []


def order_capture(store: State, request: dict[str, Any]) -> tuple[OrderTransaction | None, list[UserError]]:
    """Takes a part or all of an authorized payment; the amount is in the customer's currency."""
    order = store.orders.get(request["id"])
    if order is None or not store.visible(order):
        return None, [UserError(("id",), ORDER_MISSING)]
    parent = next((t for t in order.transactions if t.id == request["parentTransactionId"]), None)
    if parent is None or parent.kind != "AUTHORIZATION":
        return None, [UserError(None, "Unable to find parent transaction")]
    if error := _refusal(order, parent, request):
        return None, [error]
    presentment = Decimal(request["amount"])
    shop = parent.amount_set.share(presentment, parent.amount_set.presentment).shop
    with store.changing(order):
        taken = _take(store, order, "CAPTURE", parent.amount_set.like(shop, presentment), parent)
    store.effect("orderCapture", order, amount=str(shop), transaction=taken.id, authorization=parent.id)
    plan_archiving(store, order)
    return taken, []


def _refusal(order: Order, parent: OrderTransaction, request: dict[str, Any]) -> UserError | None:
    currency = order.presentment_currency
    if order.shop_currency != currency and request.get("currency") != currency:
        # The doubled word is Shopify's.
        return UserError(("currency",), f"Currency Currency must match parent transaction {currency}")
    amount, left = Decimal(request["amount"]), payment.uncaptured(parent).presentment
    if amount <= 0:
        return UserError(None, "Amount must be greater than zero for capture transactions")
    if amount > left:
        words = f"Cannot capture more than the authorized {payment.plain(left)} for this payment."
        return UserError(None, words)
    if request.get("finalCapture") is not None:
        words = (
            "Setting final capture is not supported for this transaction's payment gateway. "
            "Please remove the parameter or set it to null, then try again."
        )
        return UserError(None, words)
    return None
