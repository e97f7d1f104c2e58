"""refundCreate, and the refund and restock that a cancellation brings.

Its one rule: every refund of money is one `refund` effect, whoever asked for it, so nobody can pay twice
unnoticed. Words as recorded [LIVE refund-create-user-errors-and-quantities, -transactions-validation].
"""

import json
from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.changes.errors import ORDER_MISSING, GaveUp, TopLevelError, UserError
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.model.order import LineItem, Order, OrderTransaction, Refund, RefundLineItem
from bulk_orders.devstore.money import MoneyBag
from bulk_orders.devstore.settings import REQUEST_SECONDS, seconds
from bulk_orders.devstore.state import State
from bulk_orders.devstore.times import parse_time

KEY_SECONDS: Final = 24 * 3600.0
STORE_CREDIT: Final = "shopify_store_credit"


def restock(store: State, order: Order, units: dict[str, int]) -> None:
    """Puts units back to stock: an effect of its own, and nothing if there are none."""
    if units:
        store.effect("restock", order, units=units)


def _transaction(
    store: State, order: Order, parent: OrderTransaction | None, amount: MoneyBag, gateway: str
) -> OrderTransaction:
    now = store.now()
    refund = OrderTransaction(
        store.ids.new("OrderTransaction"), order, "REFUND", "SUCCESS", gateway, amount, now, now,
        test=parent.test if parent else order.test, parent_transaction=parent,
    )  # fmt: skip
    order.transactions.append(refund)
    return refund


def _book(store: State, order: Order, note: str | None, transactions: list[OrderTransaction]) -> Refund:
    number = store.ids.number("Refund")
    refund = Refund(f"gid://shopify/Refund/{number}", number, order, store.now(), note, transactions)
    order.refunds.append(refund)
    store.register(refund, *transactions)
    for transaction in transactions:
        detail = {"amount": str(transaction.amount_set.shop), "currency": order.shop_currency}
        kind = "storeCredit" if transaction.gateway == STORE_CREDIT else "refund"
        store.effect(kind, order, **detail, refund=refund.id, gateway=transaction.gateway)
    return refund


def refund_everything(store: State, order: Order, *, store_credit: bool) -> Refund | None:
    """Gives back what is left of every payment; no refund row where no money is left [INFER]."""
    payments = [(t, payment.maximum_refundable(t)) for t in order.transactions]
    payments = [(t, amount) for t, amount in payments if amount.shop > 0]
    if not payments:
        return None
    made = [
        _transaction(store, order, parent, amount, STORE_CREDIT if store_credit else parent.gateway)
        for parent, amount in payments
    ]
    return _book(store, order, None, made)


def refund_create(
    store: State, request: dict[str, Any], key: str | None
) -> tuple[Refund | None, Order | None, list[UserError]]:
    """refundCreate; the same key within 24 h answers the first result again (shopify-api.md 4.0)."""
    known = _known_key(store, request, key)
    if known is not None:
        return known
    order = store.orders.get(request["orderId"])
    if order is None or not store.visible(order):
        return None, None, [UserError(("orderId",), ORDER_MISSING)]
    if error := _refusal(store, order, request):
        return None, order, [error]
    wait = seconds(store.settings.refund_seconds)
    if key is not None and wait > REQUEST_SECONDS:
        store.under_way[key] = _fingerprint(request)
        store.later(wait, lambda: _come_through(store, order, request, key))
        raise GaveUp
    return _made(store, order, request, key), order, []


def _come_through(store: State, order: Order, request: dict[str, Any], key: str) -> None:
    """A refund that took longer than its request; it comes to nothing if it can no longer be made."""
    del store.under_way[key]
    if order.id in store.orders and _refusal(store, order, request) is None:
        _made(store, order, request, key)


def _made(store: State, order: Order, request: dict[str, Any], key: str | None) -> Refund:
    with store.changing(order):
        refund = _refund(store, order, request)
    store.effect("refundCreate", order, refund=refund.id)
    if request.get("notify"):
        store.email(order, "refund_notification")
    if key is not None:
        store.idempotency[key] = (store.now(), _fingerprint(request), (refund, order))
    return refund


def _fingerprint(request: dict[str, Any]) -> str:
    return json.dumps(request, sort_keys=True, default=str)


def _known_key(
    store: State, request: dict[str, Any], key: str | None
) -> tuple[Refund | None, Order | None, list[UserError]] | None:
    if key is None:
        message = "The @idempotent directive is required for this mutation but was not provided."
        raise TopLevelError(message, "BAD_REQUEST")
    if not key.strip():
        raise TopLevelError("The idempotency key cannot be empty.", "BAD_REQUEST")  # words [INFER]
    at, fingerprint, result = store.idempotency.get(key, (0.0, store.under_way.get(key), None))
    if fingerprint is None or (result is not None and at < store.now() - KEY_SECONDS):
        return None
    if fingerprint == _fingerprint(request) and result is None:
        # IDEMPOTENCY_CONCURRENT_REQUEST, whose words these are [DOC InventoryCountCancelUserErrorCode]; the plain
        # UserError of refundCreate has no code [SCHEMA]
        return None, None, [UserError(None, "This request is currently in progress, please try again.")]
    if fingerprint != _fingerprint(request):
        message = "The same idempotency key cannot be used with different operation parameters."
        return None, None, [UserError(None, message)]
    refund, order = result
    return refund, order, []


def _refusal(store: State, order: Order, request: dict[str, Any]) -> UserError | None:
    for method in _credits(request):
        path = ("refundMethods", "storeCreditRefund")
        if error := bad_store_credit(store, order, method["storeCreditRefund"], path):
            return error
    for index, item in enumerate(request.get("refundLineItems") or []):
        line = _line(order, item)
        if line is None or not 0 < item["quantity"] <= payment.current_quantity(line):
            message = "Quantity cannot refund more items than were purchased"
            return UserError(("refundLineItems", str(index), "quantity"), message)
    for entry in request.get("transactions") or []:
        if entry["kind"] != "REFUND":
            return UserError(None, f"Kind {entry['kind'].lower()} is not a valid transaction")
        if _parent(order, entry) is None:
            return UserError(("transactions",), "Transactions require a parent_id associated with the order")
    return _too_much(order, request)


def _too_much(order: Order, request: dict[str, Any]) -> UserError | None:
    # allowOverRefunding made no difference in the recording: the same message came.
    asked = sum((Decimal(e["amount"]) for e in request.get("transactions") or []), Decimal(0))
    asked += sum((Decimal(m["storeCreditRefund"]["amount"]["amount"]) for m in _credits(request)), Decimal(0))
    net = payment.net_payment(order).presentment
    if asked <= net:
        return None
    amounts = f"{payment.dollars(asked)} is greater than net payment received {payment.dollars(net)}"
    return UserError(None, f"Refund amount {amounts}")


def _credits(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [m for m in request.get("refundMethods") or [] if m.get("storeCreditRefund")]


def _line(order: Order, item: dict[str, Any]) -> LineItem | None:
    return next((line for line in order.line_items if line.id == item["lineItemId"]), None)


def _parent(order: Order, entry: dict[str, Any]) -> OrderTransaction | None:
    return next((t for t in order.transactions if t.id == entry.get("parentId")), None)


def bad_store_credit(store: State, order: Order, credit: dict[str, Any], path: tuple[str, ...]) -> UserError | None:
    """Why an order cannot be refunded to store credit: for a cancellation the codes are [SCHEMA], their words ours
    [INFER]; that refundCreate has the same rules is [INFER] too."""
    expires = parse_time(credit["expiresAt"]) if credit.get("expiresAt") else None
    if order.purchasing_company is not None:
        message = "Refunding to store credit is not supported for B2B orders"
        return UserError(path, message, "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED")
    if order.customer is None:
        message = "Order must have a customer to be refunded to store credit"
        return UserError(path, message, "STORE_CREDIT_REFUND_MISSING_CUSTOMER")
    if expires is not None and expires <= store.now():
        message = "Store credit expiration date can't be in the past"
        return UserError((*path, "expiresAt"), message, "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST")
    return None


def _refund(store: State, order: Order, request: dict[str, Any]) -> Refund:
    made = []
    for entry in request.get("transactions") or []:
        parent = _parent(order, entry)
        assert parent is not None
        amount = _amount(parent.amount_set, Decimal(entry["amount"]))
        made.append(_transaction(store, order, parent, amount, parent.gateway))
    for method in _credits(request):
        amount = _amount(payment.total_price(order), Decimal(method["storeCreditRefund"]["amount"]["amount"]))
        made.append(_transaction(store, order, None, amount, STORE_CREDIT))
    refund = _book(store, order, request.get("note"), made)
    _refund_lines(store, order, refund, request)
    if shipping := request.get("shipping"):
        whole = payment.total_shipping(order) - payment.refunded_shipping(order)
        full = shipping.get("fullRefund") or not shipping.get("amount")
        refund.shipping_set = whole if full else _amount(whole, Decimal(shipping["amount"]))
    return refund


def _amount(like: MoneyBag, presentment: Decimal) -> MoneyBag:
    return like.like(like.share(presentment, like.presentment).shop, presentment)


def _refund_lines(store: State, order: Order, refund: Refund, request: dict[str, Any]) -> None:
    back: dict[str, int] = {}
    for item in request.get("refundLineItems") or []:
        line, units = _line(order, item), item["quantity"]
        assert line is not None
        kind = item.get("restockType") or "NO_RESTOCK"
        location = store.records.get(item.get("locationId") or "")
        part = RefundLineItem(
            store.ids.new("RefundLineItem"), line, units, kind, location, payment.line_share(line, units)
        )
        refund.line_items.append(part)
        store.register(part)
        take_units(order, line, units, unshipped=kind == "CANCEL")
        if kind != "NO_RESTOCK":
            back[line.id] = back.get(line.id, 0) + units
    restock(store, order, back)


def take_units(order: Order, line: LineItem, units: int, *, unshipped: bool) -> None:
    """Takes refunded units out of a line; unshipped ones leave the fulfillment orders too."""
    if not unshipped:
        line.returned += units
        return
    line.removed += units
    for part in (p for f in order.fulfillment_orders for p in f.line_items if p.line_item is line):
        gone = min(units, part.remaining_quantity)
        part.remaining_quantity -= gone
        part.total_quantity -= gone
        units -= gone
