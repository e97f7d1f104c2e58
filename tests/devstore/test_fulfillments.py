"""fulfillmentCreate, fulfillmentCancel and fulfillmentTrackingInfoUpdate."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore.model.order import FulfillmentOrder, Order
from bulk_orders.devstore.seed.build import ship
from devstore.box import NOW, Box
from devstore.documents import FULFIL, TRACK, UNFULFIL

LINES = "lineItems(first: 9) { nodes { totalQuantity remainingQuantity } }"
WORK = f"fulfillmentOrders(first: 9) {{ nodes {{ id status {LINES} }} }}"


def _work(box: Box, order: Order) -> list[tuple[str, list[tuple[int, int]]]]:
    nodes = box.order_fields(order, WORK)["fulfillmentOrders"]["nodes"]
    return [
        (n["status"], [(i["totalQuantity"], i["remainingQuantity"]) for i in n["lineItems"]["nodes"]]) for n in nodes
    ]


def _fulfil(box: Box, work: FulfillmentOrder, *units: int, **more: Any) -> dict[str, Any]:
    lines = [{"id": p.id, "quantity": n} for p, n in zip(work.line_items, units, strict=False) if n]
    entry = {"fulfillmentOrderId": work.id} | ({"fulfillmentOrderLineItems": lines} if units else {})
    payload: dict[str, Any] = box.one(FULFIL, f={"lineItemsByFulfillmentOrder": [entry], **more})
    return payload


# -- cancelling ---------------------------------------------------------------------------------------


def test_a_whole_shipment_makes_a_new_fulfillment_order(box: Box) -> None:
    order = box.order(2, 1, shipped=True)
    old = order.fulfillment_orders[0]
    assert _work(box, order) == [("CLOSED", [(2, 0), (1, 0)])]
    payload = box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert payload["fulfillment"] | {"id": ""} == {"id": "", "status": "CANCELLED", "displayStatus": "CANCELED"}
    assert _work(box, order) == [("CLOSED", [(2, 2), (1, 1)]), ("OPEN", [(2, 2), (1, 1)])]
    assert order.fulfillment_orders[1].id != old.id
    assert box.order_fields(order, "displayFulfillmentStatus fulfillmentsCount { count }") == {
        "displayFulfillmentStatus": "UNFULFILLED",
        "fulfillmentsCount": {"count": 1},
    }


def test_a_partial_shipment_goes_back_into_its_own(box: Box) -> None:
    order = box.order(3)
    ship(box.store, order, units={order.line_items[0].id: 1})
    assert _work(box, order) == [("IN_PROGRESS", [(3, 2)])]
    box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert _work(box, order) == [("OPEN", [(3, 3)])]


def test_one_of_two_shipments(box: Box) -> None:
    order = box.order(2)
    for _ in range(2):
        ship(box.store, order, units={order.line_items[0].id: 1})
    box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert _work(box, order) == [("CLOSED", [(2, 1)]), ("OPEN", [(1, 1)])]
    assert box.order_fields(order, "displayFulfillmentStatus") == {"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}


def test_both_of_two_shipments_leave_no_unit_to_ship_twice(box: Box) -> None:
    order = box.order(2)
    for _ in range(2):
        ship(box.store, order, units={order.line_items[0].id: 1})
    for fulfillment in list(order.fulfillments):
        box.one(UNFULFIL, id=fulfillment.id)
    assert _work(box, order) == [("CLOSED", [(2, 2)]), ("OPEN", [(1, 1)]), ("OPEN", [(1, 1)])]
    assert box.order_fields(order, "displayFulfillmentStatus") == {"displayFulfillmentStatus": "UNFULFILLED"}


def test_it_is_idempotent(box: Box) -> None:
    order = box.order(shipped=True)
    for _ in range(3):
        assert box.one(UNFULFIL, id=order.fulfillments[0].id)["userErrors"] == []
    assert box.kinds() == ["fulfillmentCancel"]
    assert len(order.fulfillment_orders) == 2


def test_an_archived_order_reopens(box: Box) -> None:
    order = box.order(shipped=True)
    box.store.people.archive(order.id)
    box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert box.order_fields(order, "closed closedAt") == {"closed": False, "closedAt": None}
    assert box.kinds() == ["orderClose", "fulfillmentCancel", "reopen"]


def test_delivered_parcels_are_no_obstacle(box: Box) -> None:
    order = box.order(shipped=True)
    box.store.people.carrier_event(order.id, "DELIVERED")
    shown = "fulfillments { displayStatus deliveredAt }"
    assert box.order_fields(order, shown)["fulfillments"][0]["displayStatus"] == "DELIVERED"
    assert box.one(UNFULFIL, id=order.fulfillments[0].id)["userErrors"] == []


def test_a_return_on_its_way_forbids_it(box: Box) -> None:
    """[INFER]: the facts expect a refusal, none was recorded."""
    order = box.order(shipped=True)
    box.store.people.request_return(order.id)
    payload = box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert payload["userErrors"][0]["field"] == ["id"]
    assert order.fulfillments[0].status == "SUCCESS"
    box.store.people.close_return(order.id, status="DECLINED")
    assert box.one(UNFULFIL, id=order.fulfillments[0].id)["userErrors"] == []


def test_fulfillments_that_are_none(box: Box) -> None:
    payload = box.one(UNFULFIL, id="gid://shopify/Fulfillment/999")
    assert payload == {"fulfillment": None, "userErrors": [{"field": ["id"], "message": "Fulfillment not found."}]}
    for wrong in ("gid://shopify/Fulfillment/0", "gid://shopify/Order/1"):
        answer = box.ask(UNFULFIL, id=wrong)
        assert answer["data"] == {"fulfillmentCancel": None}
        assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"
    assert box.ask(UNFULFIL, id="17")["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


# -- creating -----------------------------------------------------------------------------------------


def test_shipping_everything(box: Box) -> None:
    order = box.order(2, 1)
    payload = _fulfil(box, order.fulfillment_orders[0], trackingInfo={"company": "UPS", "number": "00123"})
    shown = payload["fulfillment"]
    assert (shown["status"], shown["name"], shown["totalQuantity"]) == ("SUCCESS", "#1001.1", 3)
    assert shown["trackingInfo"][0]["number"] == "00123"
    assert _work(box, order) == [("CLOSED", [(2, 0), (1, 0)])]
    assert box.kinds() == ["fulfillmentCreate"]


def test_it_is_not_idempotent(box: Box) -> None:
    order = box.order(3)
    for _ in range(3):
        assert _fulfil(box, order.fulfillment_orders[0], 1)["userErrors"] == []
    number = order.fulfillment_orders[0].id.rsplit("/", 1)[-1]
    [error] = _fulfil(box, order.fulfillment_orders[0], 1)["userErrors"]
    assert error["message"] == f"Fulfillment order {number} has an unfulfillable status= closed."
    assert len(order.fulfillments) == 3


def test_it_mails_if_it_is_told(box: Box) -> None:
    order = box.order(email="a@example.com")
    _fulfil(box, order.fulfillment_orders[0], notifyCustomer=True)
    assert box.kinds() == ["fulfillmentCreate", "email"]


@pytest.mark.parametrize("units", [0, 3])
def test_quantities_that_are_not_there(box: Box, units: int) -> None:
    order = box.order(2)
    work = order.fulfillment_orders[0]
    entry = {"fulfillmentOrderId": work.id}
    lines = [{"id": work.line_items[0].id, "quantity": units}]
    payload = box.one(FULFIL, f={"lineItemsByFulfillmentOrder": [entry | {"fulfillmentOrderLineItems": lines}]})
    assert payload["userErrors"][0]["message"] == "Invalid fulfillment order line item quantity requested."


def test_work_of_two_orders_and_none(box: Box) -> None:
    orders = [box.order().fulfillment_orders[0].id for _ in range(2)]
    both = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": i} for i in orders]}
    message = "All fulfillment orders must belong to the same order."
    assert box.one(FULFIL, f=both)["userErrors"][0]["message"] == message
    none = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/999"}]}
    assert box.one(FULFIL, f=none)["userErrors"][0]["message"] == "Fulfillment order does not exist."


def test_held_work_is_not_shipped(box: Box) -> None:
    order = box.order()
    box.store.people.hold(order.id)
    [error] = _fulfil(box, order.fulfillment_orders[0])["userErrors"]
    assert error["message"].endswith("has an unfulfillable status= on_hold.")


# -- tracking -----------------------------------------------------------------------------------------


def _track(box: Box, order: Order, notify: bool | None = None, **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = box.one(TRACK, id=order.fulfillments[0].id, t=fields, n=notify)
    return payload


def test_tracking_is_overwritten(box: Box) -> None:
    order = box.order(shipped=True)
    shown = _track(box, order, company="DHL Express", numbers=["00340434161094042557", "2"])["fulfillment"]
    assert [(row["company"], row["number"]) for row in shown["trackingInfo"]] == [
        ("DHL Express", "00340434161094042557"),
        ("DHL Express", "2"),
    ]
    assert shown["trackingInfo"][0]["url"].endswith("00340434161094042557")
    shown = _track(box, order, company="dhl express", number="1")["fulfillment"]
    assert shown["trackingInfo"] == [{"company": "dhl express", "number": "1", "url": None}]
    assert box.kinds() == ["fulfillmentTrackingInfoUpdate"] * 2


def test_a_url_of_ones_own(box: Box) -> None:
    order = box.order(shipped=True)
    shown = _track(box, order, number="1", url="https://example.com/1")["fulfillment"]
    assert shown["trackingInfo"][0]["url"] == "https://example.com/1"


def test_the_same_tracking_again_is_no_effect_but_mails(box: Box) -> None:
    order = box.order(shipped=True, email="a@example.com")
    for _ in range(2):
        _track(box, order, notify=True, number="7")
    assert box.kinds() == ["fulfillmentTrackingInfoUpdate", "email", "email"]


@pytest.mark.parametrize(("told", "mails"), [([True], 2), ([True, None], 2), ([True, False], 1), ([None], 0)])
def test_being_told_once_means_later_mails_too(box: Box, told: list[bool | None], mails: int) -> None:
    order = box.order(shipped=True, email="a@example.com")
    for number, notify in enumerate(told):
        _track(box, order, notify=notify, number=str(number))
    box.store.people.carrier_event(order.id)
    assert box.kinds().count("email") == mails


def test_a_cancelled_shipment_takes_tracking_too(box: Box) -> None:
    order = box.order(shipped=True)
    box.one(UNFULFIL, id=order.fulfillments[0].id)
    assert _track(box, order, number="7")["userErrors"] == []


def test_tracking_that_is_refused(box: Box) -> None:
    order = box.order(shipped=True)
    assert _track(box, order, number="7", numbers=["8"])["userErrors"] != []
    unknown = box.one(TRACK, id="gid://shopify/Fulfillment/999", t={"number": "1"})
    assert unknown["userErrors"] == [{"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}]
    assert box.kinds() == []


def test_costs_of_tracking(box: Box) -> None:
    order = box.order(shipped=True)
    answer = box.ask(TRACK, id=order.fulfillments[0].id, t={"number": "1"})
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 51


# -- what is shown ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "status"),
    [("IN_TRANSIT", "IN_TRANSIT"), ("OUT_FOR_DELIVERY", "OUT_FOR_DELIVERY"), ("FAILURE", "NOT_DELIVERED")],
)
def test_what_the_carrier_says(box: Box, event: str, status: str) -> None:
    order = box.order(shipped=True)
    assert box.order_fields(order, "fulfillments { displayStatus }")["fulfillments"] == [{"displayStatus": "FULFILLED"}]
    box.later(60)
    box.store.people.carrier_event(order.id, event)
    assert box.order_fields(order, "fulfillments { displayStatus }")["fulfillments"] == [{"displayStatus": status}]


@pytest.mark.parametrize(
    ("status", "shown"), [("ON_HOLD", "ON_HOLD"), ("SCHEDULED", "SCHEDULED"), ("IN_PROGRESS", "IN_PROGRESS")]
)
def test_the_status_of_an_order_follows_its_work(box: Box, status: str, shown: str) -> None:
    order = box.order(created_at=NOW)
    order.fulfillment_orders[0].status = status
    assert box.order_fields(order, "displayFulfillmentStatus") == {"displayFulfillmentStatus": shown}
