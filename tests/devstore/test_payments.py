"""orderMarkAsPaid, orderCapture, refundCreate, and the financial statuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.seed.build import Item, Till, new_order, pay
from devstore.box import NOW, Box
from devstore.documents import CAPTURE, MARK_PAID, REFUND

STATUS = "displayFinancialStatus canMarkAsPaid capturable refundable fullyPaid unpaid"


def _status(box: Box, order: Order) -> str | None:
    found: str | None = box.order_fields(order, STATUS)["displayFinancialStatus"]
    return found


# -- statuses -----------------------------------------------------------------------------------------


def _partly(box: Box) -> Order:
    order = box.order(2)
    pay(box.store, order, "manual", amount=order.line_items[0].original_unit_price_set)
    return order


def _expired(box: Box) -> Order:
    order = box.order(gateway="shopify_payments", kind="AUTHORIZATION")
    order.transactions[0].expired = True
    return order


STATUSES: dict[str, tuple[Callable[[Box], Order], str | None]] = {
    "none": (lambda box: box.order(), None),
    "free": (lambda box: box.order(1, prices=("0",)), "PAID"),
    "pending": (lambda box: box.order(gateway="Bank Deposit", status="PENDING"), "PENDING"),
    "failed": (lambda box: box.order(gateway="shopify_payments", status="FAILURE"), "PENDING"),
    "authorized": (lambda box: box.order(gateway="shopify_payments", kind="AUTHORIZATION"), "AUTHORIZED"),
    "expired": (_expired, "EXPIRED"),
    "partly": (_partly, "PARTIALLY_PAID"),
    "paid": (lambda box: box.order(gateway="paypal"), "PAID"),
}


@pytest.mark.parametrize("name", STATUSES)
def test_financial_statuses(box: Box, name: str) -> None:
    make, status = STATUSES[name]
    assert _status(box, make(box)) == status


# -- orderMarkAsPaid ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["none", "pending", "partly", "authorized", "expired"])
def test_marking_as_paid(box: Box, name: str) -> None:
    order = STATUSES[name][0](box)
    box.store.effects.clear()
    shown = box.one(MARK_PAID, id=order.id)
    assert shown["userErrors"] == []
    assert shown["order"] == {
        "displayFinancialStatus": "PAID",
        "canMarkAsPaid": False,
        "totalOutstandingSet": {"shopMoney": {"amount": "0.0"}},
    }
    again = box.one(MARK_PAID, id=order.id)["userErrors"]
    assert again == [{"field": ["id"], "message": "Order cannot be marked as paid."}]
    assert box.kinds() == ["orderMarkAsPaid"]


@pytest.mark.parametrize(
    "make", [lambda box: box.order(cancelled_at=NOW), lambda box: box.order(gateway="paypal", status="PENDING")]
)
def test_what_cannot_be_marked_as_paid(box: Box, make: Any) -> None:
    assert box.one(MARK_PAID, id=make(box).id)["userErrors"][0]["message"] == "Order cannot be marked as paid."
    assert box.one(MARK_PAID, id="gid://shopify/Order/9")["userErrors"][0]["message"] == "Order does not exist"
    assert box.kinds() == []


# -- orderCapture -------------------------------------------------------------------------------------


def _capture(box: Box, order: Order, amount: str = "10.00", **more: Any) -> dict[str, Any]:
    request = {"id": order.id, "parentTransactionId": order.transactions[0].id, "amount": amount}
    payload: dict[str, Any] = box.one(CAPTURE, i=request | more)
    return payload


def test_capturing_in_parts(box: Box) -> None:
    order = box.order(2, gateway="shopify_payments", kind="AUTHORIZATION")
    assert _capture(box, order, "12.50")["transaction"]["amountSet"]["shopMoney"]["amount"] == "12.5"
    assert _status(box, order) == "PARTIALLY_PAID"
    [error] = _capture(box, order, "10.00")["userErrors"]
    assert error["message"] == "Cannot capture more than the authorized 7.50 for this payment."
    assert _capture(box, order, "7.50")["userErrors"] == []
    assert _status(box, order) == "PAID"
    assert box.kinds() == ["orderCapture", "orderCapture"]


@pytest.mark.parametrize(
    ("amount", "more", "message"),
    [
        ("0", {}, "Amount must be greater than zero for capture transactions"),
        ("11", {}, "Cannot capture more than the authorized 10.00 for this payment."),
        ("1", {"parentTransactionId": "gid://shopify/OrderTransaction/9"}, "Unable to find parent transaction"),
        ("1", {"finalCapture": True}, "Setting final capture is not supported"),
    ],
)
def test_captures_that_are_refused(box: Box, amount: str, more: dict[str, Any], message: str) -> None:
    order = box.order(gateway="shopify_payments", kind="AUTHORIZATION")
    assert _capture(box, order, amount, **more)["userErrors"][0]["message"].startswith(message)
    assert box.kinds() == []


def test_captures_of_orders_that_are_not_there(box: Box) -> None:
    request = {"id": "gid://shopify/Order/9", "parentTransactionId": "gid://shopify/OrderTransaction/9", "amount": "1"}
    assert box.one(CAPTURE, i=request)["userErrors"] == [{"field": ["id"], "message": "Order does not exist"}]
    unknown = {"orderId": "gid://shopify/Order/9"}
    shown = box.one(REFUND, i=unknown, k="k")
    assert shown["userErrors"] == [{"field": ["orderId"], "message": "Order does not exist"}]


def test_captures_are_in_the_customers_currency(box: Box) -> None:
    order = new_order(box.store, [Item(quantity=2)], NOW, till=Till("EUR", "USD", Decimal("1.25")), place=box.place)
    pay(box.store, order, "shopify_payments", "AUTHORIZATION")
    [error] = _capture(box, order, "12.50")["userErrors"]
    assert error == {"field": ["currency"], "message": "Currency Currency must match parent transaction USD"}
    amounts = _capture(box, order, "12.50", currency="USD")["transaction"]["amountSet"]
    assert (amounts["shopMoney"]["amount"], amounts["presentmentMoney"]["amount"]) == ("10.0", "12.5")


# -- refundCreate -------------------------------------------------------------------------------------


def _refund(box: Box, order: Order, key: str = "k", **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = box.one(REFUND, i={"orderId": order.id} | fields, k=key)
    return payload


def _money(order: Order, amount: str) -> list[dict[str, Any]]:
    parent = order.transactions[0]
    return [{"kind": "REFUND", "amount": amount, "parentId": parent.id, "gateway": parent.gateway, "orderId": order.id}]


def test_the_same_key_refunds_once(box: Box) -> None:
    order = box.order(2, gateway="paypal")
    first = _refund(box, order, transactions=_money(order, "5.00"))
    again = _refund(box, order, transactions=_money(order, "5.00"))
    assert first == again
    assert first["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "5.0"
    assert box.kinds() == ["refund", "refundCreate"]
    other = _refund(box, order, transactions=_money(order, "6.00"))
    message = "The same idempotency key cannot be used with different operation parameters."
    assert other["userErrors"] == [{"field": None, "message": message}]
    box.later(25 * 3600)
    assert _refund(box, order, transactions=_money(order, "5.00"))["refund"]["id"] != first["refund"]["id"]
    assert _status(box, order) == "PARTIALLY_REFUNDED"


def test_a_key_under_way_is_neither_refused_nor_refunded_twice(box: Box) -> None:
    """What takes longer than a request: no answer, "in progress" to the same key meanwhile, and then its result."""
    order = box.order(2, gateway="paypal")
    asked = {"i": {"orderId": order.id, "transactions": _money(order, "5.00")}, "k": "k"}
    box.store.settings.refund_seconds = 30.0
    assert box.post(REFUND, asked).status_code == 504
    again = _refund(box, order, transactions=_money(order, "5.00"))
    message = "This request is currently in progress, please try again."
    assert (again["refund"], again["userErrors"]) == (None, [{"field": None, "message": message}])
    other = _refund(box, order, transactions=_money(order, "6.00"))
    assert "different operation parameters" in other["userErrors"][0]["message"]
    assert box.kinds() == []
    box.later(31)
    made = _refund(box, order, transactions=_money(order, "5.00"))
    assert made["refund"]["totalRefundedSet"]["shopMoney"]["amount"] == "5.0"
    assert box.kinds() == ["refund", "refundCreate"]


def test_a_refund_that_can_no_longer_be_made_comes_to_nothing(box: Box) -> None:
    order = box.order(2, gateway="paypal")
    whole = str(order.transactions[0].amount_set.presentment)
    box.store.settings.refund_seconds = 30.0
    assert (
        box.post(REFUND, {"i": {"orderId": order.id, "transactions": _money(order, whole)}, "k": "k"}).status_code
        == 504
    )
    box.store.people.refund(order.name)
    box.later(31)
    box.store.settings.refund_seconds = 0.0
    assert (
        "greater than net payment" in _refund(box, order, transactions=_money(order, whole))["userErrors"][0]["message"]
    )
    assert [e.kind for e in box.store.effects if e.detail.get("by") != "people"] == []


def test_the_key_is_required(box: Box) -> None:
    order = box.order(gateway="paypal")
    document = REFUND.replace(" @idempotent(key: $k)", "").replace(", $k: String!", "")
    answer = box.ask(document, i={"orderId": order.id, "transactions": _money(order, "1.00")})
    message = "The @idempotent directive is required for this mutation but was not provided."
    assert [e["message"] for e in answer["errors"]] == [message]
    assert answer["data"] == {"refundCreate": None}
    assert box.kinds() == []


def test_units_go_back_where_they_are_said_to(box: Box) -> None:
    order = box.order(3, gateway="paypal")
    line = {"lineItemId": order.line_items[0].id, "quantity": 2}
    _refund(box, order, "a", refundLineItems=[line | {"restockType": "CANCEL", "locationId": box.place.id}])
    shown = box.order_fields(
        order,
        "lineItems(first: 1) { nodes { currentQuantity unfulfilledQuantity } } refunds { refundLineItems(first: 1) "
        "{ nodes { quantity restockType restocked location { id } } } }",
    )
    assert shown["lineItems"]["nodes"] == [{"currentQuantity": 1, "unfulfilledQuantity": 1}]
    [part] = shown["refunds"][0]["refundLineItems"]["nodes"]
    assert part == {"quantity": 2, "restockType": "CANCEL", "restocked": True, "location": {"id": box.place.id}}
    assert order.fulfillment_orders[0].line_items[0].remaining_quantity == 1
    _refund(box, order, "b", refundLineItems=[line | {"quantity": 1, "restockType": "NO_RESTOCK"}])
    assert box.kinds().count("restock") == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": "999.00"}, "Refund amount $999.00 is greater than net payment received $10.00"),
        ({"units": 4}, "Quantity cannot refund more items than were purchased"),
        ({"units": 0}, "Quantity cannot refund more items than were purchased"),
        ({"kind": "SALE"}, "Kind sale is not a valid transaction"),
        ({"parent": "gid://shopify/OrderTransaction/9"}, "Transactions require a parent_id associated with the order"),
    ],
)
def test_refunds_that_are_refused(box: Box, fields: dict[str, Any], message: str) -> None:
    order = box.order(gateway="paypal")
    money = _money(order, fields.get("amount", "1.00"))[0]
    money |= {"kind": fields.get("kind", "REFUND"), "parentId": fields.get("parent", money["parentId"])}
    request: dict[str, Any] = {"transactions": [money]}
    if "units" in fields:
        request = {"refundLineItems": [{"lineItemId": order.line_items[0].id, "quantity": fields["units"]}]}
    payload = _refund(box, order, **request)
    assert [e["message"] for e in payload["userErrors"]] == [message]
    assert payload["refund"] is None
    assert box.kinds() == []


def test_shipping_and_mail(box: Box) -> None:
    order = box.order(gateway="paypal", email="a@example.com", shipping=Decimal("4.90"))
    _refund(box, order, shipping={"fullRefund": True}, notify=True, transactions=_money(order, "4.90"))
    shown = box.order_fields(order, "totalRefundedShippingSet { shopMoney { amount } }")
    assert shown["totalRefundedShippingSet"]["shopMoney"]["amount"] == "4.9"
    assert "email" in box.kinds()


def test_store_credit(box: Box) -> None:
    order = box.order(gateway="paypal", customer=box.customer())
    credit = {"storeCreditRefund": {"amount": {"amount": "10.00", "currencyCode": "EUR"}}}
    assert _refund(box, order, refundMethods=[credit])["userErrors"] == []
    assert box.kinds() == ["storeCredit", "refundCreate"]


@pytest.mark.parametrize(("document", "cost"), [(CAPTURE, 20), (REFUND, 20), (MARK_PAID, 10)])
def test_costs(box: Box, document: str, cost: int) -> None:
    order = box.order(gateway="shopify_payments", kind="AUTHORIZATION")
    variables: dict[str, Any] = {"id": order.id}
    if document == CAPTURE:
        variables = {"i": {"id": order.id, "parentTransactionId": order.transactions[0].id, "amount": "1"}}
    if document == REFUND:
        variables = {"i": {"orderId": order.id}, "k": "k"}
    assert box.ask(document, **variables)["extensions"]["cost"]["requestedQueryCost"] == cost


def test_store_credit_has_the_same_rules_in_a_refund_as_in_a_cancellation(box: Box) -> None:
    order = box.order(1, gateway="shopify_payments")
    credit = {"amount": {"amount": "10.00", "currencyCode": "EUR"}, "expiresAt": "2020-01-01T00:00:00Z"}
    asked = {"orderId": order.id, "refundMethods": [{"storeCreditRefund": credit}]}
    [missing] = box.one(REFUND, i=asked, k="one")["userErrors"]
    assert missing["message"] == "Order must have a customer to be refunded to store credit"
    order.customer = box.customer()
    [expired] = box.one(REFUND, i=asked, k="two")["userErrors"]
    assert expired["field"] == ["refundMethods", "storeCreditRefund", "expiresAt"]
    assert box.kinds() == []
