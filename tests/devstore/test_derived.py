"""What is shown of an order beyond what is stored: flags, totals, discounts, weights; and the rules that
nobody has recorded, each held in place here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bulk_orders.devstore.model.order import Order, Return
from bulk_orders.devstore.model.shop import Address, FulfillmentService, Location, Product, ProductVariant
from bulk_orders.devstore.money import MoneyBag
from bulk_orders.devstore.seed.build import Item, add_work, new_order
from devstore.box import NOW, Box, bare
from devstore.documents import CANCEL, FULFIL, REFUND, RELEASE, TAGS_ADD, UNFULFIL

RETURNS = [
    ([], "NO_RETURN"),
    ([("REQUESTED", None)], "RETURN_REQUESTED"),
    ([("OPEN", None)], "IN_PROGRESS"),
    ([("OPEN", "inspected")], "INSPECTION_COMPLETE"),
    ([("CLOSED", None)], "RETURNED"),
    ([("CLOSED", "failed")], "RETURN_FAILED"),
    ([("DECLINED", None)], "NO_RETURN"),
    ([("CANCELED", "failed")], "NO_RETURN"),
    ([("CLOSED", None), ("REQUESTED", None)], "RETURN_REQUESTED"),
    ([("REQUESTED", None), ("OPEN", None)], "IN_PROGRESS"),
]


@pytest.mark.parametrize(("returns", "status"), RETURNS)
def test_return_statuses(box: Box, returns: list[tuple[str, str | None]], status: str) -> None:
    order = box.order(shipped=True)
    for state, outcome in returns:
        order.returns.append(Return(box.store.ids.new("Return"), order, "R", state, NOW, outcome=outcome))
    assert box.order_fields(order, "returnStatus") == {"returnStatus": status}


@pytest.mark.parametrize(
    ("make", "errors"),
    [
        (lambda box: box.order(), []),
        (lambda box: box.order(cancelled_at=NOW), ["Canceled orders can't be edited"]),
        (lambda box: box.order(closed_at=NOW), ["Archived orders can't be edited"]),
        (lambda box: box.order(shipped=True), ["Fulfilled orders can't be edited"]),
    ],
)
def test_what_can_be_edited(box: Box, make: Any, errors: list[str]) -> None:
    shown = box.order_fields(make(box), "merchantEditable merchantEditableErrors")
    assert shown == {"merchantEditable": not errors, "merchantEditableErrors": errors}


def test_flags(box: Box) -> None:
    fields = (
        "fullyPaid unpaid capturable refundable restockable fulfillable canMarkAsPaid canNotifyCustomer "
        "requiresShipping billingAddressMatchesShippingAddress"
    )
    number, address = 1, Address("a", "A", "B", address1="1 rue", zip="06000")
    product = Product("gid://shopify/Product/1", number, "P", "p", "V")
    variant = ProductVariant("gid://shopify/ProductVariant/1", number, product, "Default Title", "S", Decimal(5), 100)
    order = new_order(box.store, [Item(variant, 2)], NOW, place=box.place, address=address, email="a@example.com")
    assert box.order_fields(order, fields) == {
        "fullyPaid": False, "unpaid": True, "capturable": False, "refundable": False, "restockable": True,
        "fulfillable": True, "canMarkAsPaid": True, "canNotifyCustomer": True, "requiresShipping": True,
        "billingAddressMatchesShippingAddress": True,
    }  # fmt: skip
    order.shipping_address = Address("b", "A", "C")
    order.email = None
    box.store.people.fulfill(order.id)
    box.store.people.mark_paid(order.id)
    assert box.order_fields(order, fields) == {
        "fullyPaid": True, "unpaid": False, "capturable": False, "refundable": True, "restockable": True,
        "fulfillable": False, "canMarkAsPaid": False, "canNotifyCustomer": False, "requiresShipping": True,
        "billingAddressMatchesShippingAddress": False,
    }  # fmt: skip
    weights = box.order_fields(order, "totalWeight currentTotalWeight")
    assert weights == {"totalWeight": "200", "currentTotalWeight": "200"}


TOTALS = """subtotalPriceSet { shopMoney { amount } } totalPriceSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
  totalDiscountsSet { shopMoney { amount } } cartDiscountAmountSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } netPaymentSet { shopMoney { amount } }"""


def _totals(box: Box, order: Order) -> dict[str, str]:
    return {k: v["shopMoney"]["amount"] for k, v in box.order_fields(order, TOTALS).items()}


@pytest.mark.parametrize(("included", "total"), [(True, "31.9"), (False, "36.9")])
def test_totals(box: Box, included: bool, total: str) -> None:
    box.store.shop.taxes_included = included
    items = [Item(quantity=3, price=Decimal(10), discount=Decimal(2), code_discount=Decimal(3))]
    order = new_order(box.store, items, NOW, shipping=Decimal("6.90"), tax_rate=Decimal("0.2"), place=box.place)
    tax = Decimal(25) * Decimal("0.2") / (Decimal("1.2") if included else 1)
    assert _totals(box, order) == {
        "subtotalPriceSet": "25.0",
        "totalPriceSet": total,
        "totalShippingPriceSet": "6.9",
        "totalTaxSet": f"{tax:.2f}".rstrip("0") if included else "5.0",
        "totalDiscountsSet": "5.0",
        "cartDiscountAmountSet": "3.0",
        "totalOutstandingSet": total,
        "netPaymentSet": "0.0",
    }


def test_discounts_on_lines(box: Box) -> None:
    items = [Item(quantity=3, price=Decimal(10), discount=Decimal(3), code_discount=Decimal(6))]
    order = new_order(
        box.store,
        items,
        NOW,
        discount_codes=["TWENTY"],
        discount_percentage=20.0,
        discount_title="Friend",
        place=box.place,
    )
    money = "{ shopMoney { amount } }"
    fields = (
        f"lineItems(first: 1) {{ nodes {{ originalTotalSet {money} totalDiscountSet {money} discountedTotalSet {money} "
        f"all: discountedTotalSet(withCodeDiscounts: true) {money} discountedUnitPriceSet {money} "
        f"discountedUnitPriceAfterAllDiscountsSet {money} "
        f"discountAllocations {{ allocatedAmountSet {money} discountApplication {{ __typename index "
        "value { __typename ... on PricingPercentageValue { percentage } } } } } }"
    )
    [line] = box.order_fields(order, fields)["lineItems"]["nodes"]
    allocations = line.pop("discountAllocations")
    assert {k: v["shopMoney"]["amount"] for k, v in line.items()} == {
        "originalTotalSet": "30.0", "totalDiscountSet": "3.0", "discountedTotalSet": "27.0", "all": "21.0",
        "discountedUnitPriceSet": "9.0", "discountedUnitPriceAfterAllDiscountsSet": "7.0",
    }  # fmt: skip
    box.store.people.fulfill(order.id, units=2)
    part = f"nodes {{ discountedTotalSet {money} originalTotalSet {money} }}"
    part = f"fulfillments {{ fulfillmentLineItems(first: 1) {{ {part} }} }}"
    [sent] = box.order_fields(order, part)["fulfillments"][0]["fulfillmentLineItems"]["nodes"]
    assert [v["shopMoney"]["amount"] for v in sent.values()] == ["18.0", "20.0"]
    assert [(a["allocatedAmountSet"]["shopMoney"]["amount"], a["discountApplication"]) for a in allocations] == [
        (
            "6.0",
            {
                "__typename": "DiscountCodeApplication",
                "index": 0,
                "value": {"__typename": "PricingPercentageValue", "percentage": 20.0},
            },
        ),
        ("3.0", {"__typename": "ManualDiscountApplication", "index": 1, "value": {"__typename": "MoneyV2"}}),
    ]


def test_money_has_no_fixed_scale() -> None:
    bag = MoneyBag(Decimal("16.990"), Decimal(20), "EUR", "USD")
    box = bare()
    order = new_order(box.store, [Item(price=Decimal("16.99"))], NOW)
    assert bag.shop_money.amount == bag.shop
    assert box.order_fields(order, "totalPriceSet { shopMoney { amount } }")["totalPriceSet"] == {
        "shopMoney": {"amount": "16.99"}
    }


# -- rules that were not recorded ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "variables", "scope"),
    [
        (UNFULFIL, {"id": "gid://shopify/Fulfillment/1"}, "write_assigned_fulfillment_orders"),
        (TAGS_ADD, {"id": "gid://shopify/Order/1", "tags": []}, "write_orders"),
        (REFUND, {"i": {"orderId": "gid://shopify/Order/1"}, "k": "k"}, "write_orders"),
        (CANCEL, {"id": "gid://shopify/Order/1"}, "write_orders"),
        (FULFIL, {"f": {"lineItemsByFulfillmentOrder": []}}, "write_assigned_fulfillment_orders"),
        (RELEASE, {"id": "gid://shopify/FulfillmentOrder/1"}, "write_merchant_managed_fulfillment_orders"),
    ],
)
def test_scopes_that_mutations_need(document: str, variables: dict[str, Any], scope: str) -> None:
    answer = bare(scopes=("read_orders",)).ask(document, **variables)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert f"`{scope}` access scope" in error["extensions"]["requiredAccess"]


def test_an_empty_key(box: Box) -> None:
    order = box.order(gateway="paypal")
    [error] = box.errors(REFUND, i={"orderId": order.id}, k=" ")
    assert error["message"] == "The idempotency key cannot be empty."


def test_a_cancellation_of_an_unpaid_order_makes_no_refund(box: Box) -> None:
    order = box.order()
    box.one(CANCEL, id=order.id, method={"originalPaymentMethodsRefund": True})
    box.later(5)
    assert box.order_fields(order, "refunds { id }") == {"refunds": []}
    assert box.kinds() == ["orderCancel", "restock", "archive"]


def _second_place(box: Box) -> Location:
    place = Location("gid://shopify/Location/2", 2, "Second", Address(), NOW)
    box.store.locations.append(place)
    return place


def test_shipping_from_two_places_at_once(box: Box) -> None:
    order = box.order(1, 1)
    first = order.fulfillment_orders[0]
    second = add_work(box.store, order, _second_place(box), [first.line_items.pop().line_item])
    both = [{"fulfillmentOrderId": work.id} for work in (first, second)]
    [error] = box.one(FULFIL, f={"lineItemsByFulfillmentOrder": both})["userErrors"]
    assert error["message"] == "All fulfillment orders must be assigned to the same location."
    [error] = box.one(FULFIL, f={"lineItemsByFulfillmentOrder": []})["userErrors"]
    assert error["message"] == "Fulfillment order has no line items to fulfill."


@pytest.mark.parametrize(
    ("status", "request_status", "actions"),
    [
        ("OPEN", "UNSUBMITTED", ["REQUEST_FULFILLMENT", "CREATE_FULFILLMENT", "MOVE", "HOLD"]),
        ("OPEN", "SUBMITTED", ["REQUEST_CANCELLATION"]),
        ("IN_PROGRESS", "ACCEPTED", ["REQUEST_CANCELLATION", "CREATE_FULFILLMENT"]),
        ("IN_PROGRESS", "CANCELLATION_REQUESTED", []),
    ],
)
def test_what_a_service_can_be_asked(box: Box, status: str, request_status: str, actions: list[str]) -> None:
    place = _second_place(box)
    place.fulfillment_service = FulfillmentService("gid://shopify/FulfillmentService/1", "S", "s", "THIRD_PARTY")
    order = box.order(2, place=place)
    order.fulfillment_orders[0].status, order.fulfillment_orders[0].request_status = status, request_status
    shown = box.order_fields(order, "fulfillmentOrders(first: 1) { nodes { supportedActions { action } } }")
    assert [a["action"] for a in shown["fulfillmentOrders"]["nodes"][0]["supportedActions"]] == actions


def test_a_shipment_knows_its_service_and_place(box: Box) -> None:
    service = FulfillmentService("gid://shopify/FulfillmentService/1", "Manual", "manual", "MANUAL")
    box.store.services.append(service)
    order = box.order(shipped=True)
    shown = box.order_fields(order, "fulfillments { service { handle type } location { name } }")
    assert shown["fulfillments"] == [{"service": {"handle": "manual", "type": "MANUAL"}, "location": {"name": "Main"}}]


def test_a_search_among_fulfillment_orders(box: Box) -> None:
    order = box.order(2)
    box.store.people.fulfill(order.id)
    box.store.people.unfulfill(order.id)
    fields = 'a: fulfillmentOrders(first: 9, query: "status:OPEN") { nodes { status } } '
    fields += "b: fulfillmentOrders(first: 9, displayable: true) { nodes { status } }"
    shown = box.order_fields(order, fields)
    assert shown == {"a": {"nodes": [{"status": "OPEN"}]}, "b": {"nodes": [{"status": "OPEN"}]}}
