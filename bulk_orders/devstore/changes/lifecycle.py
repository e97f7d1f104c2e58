"""orderClose, orderOpen and orderDelete, and the archiving that the shop does by itself.

Its one rule: archiving needs nothing (an unpaid, unfulfilled order closes too, [LIVE orderClose-parity])
and a repeat is a silent no-op without an effect.
"""

from bulk_orders.devstore.changes.errors import ORDER_MISSING, UserError
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.settings import seconds
from bulk_orders.devstore.state import State


def _found(store: State, order_id: str) -> Order | None:
    order = store.orders.get(order_id)
    return order if order is not None and store.visible(order) else None


def order_close(store: State, order_id: str) -> tuple[Order | None, list[UserError]]:
    """Archives an order."""
    order = _found(store, order_id)
    if order is None:
        return None, [UserError(("id",), ORDER_MISSING)]
    if order.closed_at is None:
        with store.changing(order):
            order.closed_at = float(int(store.now()))
        store.effect("orderClose", order)
    return order, []


def order_open(store: State, order_id: str) -> tuple[Order | None, list[UserError]]:
    """Unarchives an order; a cancelled one is refused [INFER: never recorded]."""
    order = _found(store, order_id)
    if order is None:
        return None, [UserError(("id",), ORDER_MISSING)]
    if order.cancelled_at is not None:
        return order, [UserError(("id",), "Cannot open a canceled order")]
    if order.closed_at is not None:
        with store.changing(order):
            order.closed_at = None
        store.effect("orderOpen", order)
    return order, []


def order_delete(store: State, order_id: str) -> tuple[str | None, list[UserError]]:
    """Deletes an order for good, if it is of a kind that can be deleted."""
    order = _found(store, order_id)
    if order is None:
        return None, [UserError(("orderId",), ORDER_MISSING, "NOT_FOUND")]
    if not deletable(order):
        # That such orders are refused is the help page's rule; the words are ours [INFER].
        message = "Order cannot be deleted because it has payments from a payment provider"
        return None, [UserError(("orderId",), message, "INVALID")]
    store.effect("orderDelete", order, name=order.name)
    store.drop_order(order)
    return order.id, []


def deletable(order: Order) -> bool:
    """Test orders, and orders without a payment that a real provider made (shopify-api.md 4.3).

    That a refund to store credit is no such payment is [INFER]: the rule speaks of how an order was paid.
    """
    payments = [t for t in order.transactions if t.kind not in {"REFUND", "VOID"}]
    return order.test or all(payment.is_manual(t) or t.test for t in payments)


def plan_archiving(store: State, order: Order) -> None:
    """Lets the shop archive a paid and fulfilled order by itself, a little later ([LIVE
    fulfillment-cancel-parity])."""
    wait = store.settings.auto_archive_seconds
    if wait is not None and archivable(order):
        store.later(seconds(wait), lambda: _archive(store, order), by="shopify")


def archivable(order: Order) -> bool:
    """Whether the shop would archive the order now."""
    done = shipping.fulfillment_status(order) == "FULFILLED" and payment.financial_status(order) == "PAID"
    return done and order.closed_at is None and order.cancelled_at is None


def _archive(store: State, order: Order) -> None:
    if order.id in store.orders and archivable(order):
        with store.changing(order):
            order.closed_at = float(int(store.now()))
        store.effect("archive", order, cause="fulfilled and paid")
