"""fulfillmentOrderHold and fulfillmentOrderReleaseHold."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore.model.order import FulfillmentOrder
from devstore.box import Box
from devstore.documents import FULFIL, HOLD, RELEASE


def _hold(box: Box, work: FulfillmentOrder, *units: int, **fields: Any) -> dict[str, Any]:
    lines = [{"id": p.id, "quantity": n} for p, n in zip(work.line_items, units, strict=False)]
    request = {"reason": "OTHER", "handle": "h"} | fields | ({"fulfillmentOrderLineItems": lines} if lines else {})
    payload: dict[str, Any] = box.one(HOLD, id=work.id, h=request)
    return payload


def _quantities(payload: dict[str, Any], name: str) -> list[int]:
    return [line["remainingQuantity"] for line in payload[name]["lineItems"]["nodes"]]


def test_holding_all(box: Box) -> None:
    order = box.order(2)
    payload = _hold(box, order.fulfillment_orders[0])
    assert payload["fulfillmentOrder"]["status"] == "ON_HOLD"
    assert payload["remainingFulfillmentOrder"] is None
    assert payload["fulfillmentHold"]["heldByRequestingApp"] is True
    assert box.order_fields(order, "displayFulfillmentStatus") == {"displayFulfillmentStatus": "ON_HOLD"}
    assert box.kinds() == ["fulfillmentOrderHold"]


def test_the_handle_protects_from_a_second_one(box: Box) -> None:
    work = box.order().fulfillment_orders[0]
    _hold(box, work)
    [error] = _hold(box, work)["userErrors"]
    assert error["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
    assert error["field"] == ["fulfillmentHold", "handle"]
    assert _hold(box, work, handle="other")["userErrors"] == []
    assert len(work.fulfillment_holds) == 2


def test_other_apps_have_handles_of_their_own(box: Box) -> None:
    order = box.order()
    box.store.people.hold(order.id, handle="h")
    assert _hold(box, order.fulfillment_orders[0])["userErrors"] == []
    shown = box.order_fields(
        order, "fulfillmentOrders(first: 1) { nodes { fulfillmentHolds { heldByRequestingApp } } }"
    )
    holds = shown["fulfillmentOrders"]["nodes"][0]["fulfillmentHolds"]
    assert [h["heldByRequestingApp"] for h in holds] == [False, True]


def test_a_part_is_split_off_and_merged_again(box: Box) -> None:
    order = box.order(2, 3)
    work = order.fulfillment_orders[0]
    payload = _hold(box, work, 2, 1)
    assert _quantities(payload, "fulfillmentOrder") == [2, 1]
    assert _quantities(payload, "remainingFulfillmentOrder") == [2]
    assert payload["remainingFulfillmentOrder"]["status"] == "OPEN"
    released = box.one(RELEASE, id=work.id, holds=[payload["fulfillmentHold"]["id"]])["fulfillmentOrder"]
    assert [n["remainingQuantity"] for n in released["lineItems"]["nodes"]] == [2, 3]
    assert order.fulfillment_orders[1].status == "CLOSED"
    assert sum(p.total_quantity for f in order.fulfillment_orders for p in f.line_items) == 5


def test_what_was_shipped_meanwhile_is_not_merged(box: Box) -> None:
    order = box.order(3)
    payload = _hold(box, order.fulfillment_orders[0], 1)
    rest = {"fulfillmentOrderId": payload["remainingFulfillmentOrder"]["id"]}
    box.one(FULFIL, f={"lineItemsByFulfillmentOrder": [rest]})
    released = box.one(RELEASE, id=order.fulfillment_orders[0].id)["fulfillmentOrder"]
    assert [n["remainingQuantity"] for n in released["lineItems"]["nodes"]] == [1]


def test_releasing_without_ids_frees_other_apps_too(box: Box) -> None:
    order = box.order()
    work = order.fulfillment_orders[0]
    box.store.people.hold(order.id)
    own = _hold(box, work)["fulfillmentHold"]["id"]
    released = box.one(RELEASE, id=work.id, holds=[own])["fulfillmentOrder"]
    assert (released["status"], len(released["fulfillmentHolds"])) == ("ON_HOLD", 1)
    released = box.one(RELEASE, id=work.id)["fulfillmentOrder"]
    assert (released["status"], released["fulfillmentHolds"]) == ("OPEN", [])
    assert box.one("query($id: ID!) { node(id: $id) { id } }", id=own) is None


def test_releasing_what_is_not_held_is_no_effect(box: Box) -> None:
    work = box.order().fulfillment_orders[0]
    payload = box.one(RELEASE, id=work.id, holds=["gid://shopify/FulfillmentHold/1"])
    assert payload["userErrors"] == []
    assert box.kinds() == []


def test_merchants_can_be_told(box: Box) -> None:
    _hold(box, box.order().fulfillment_orders[0], notifyMerchant=True)
    assert box.kinds() == ["fulfillmentOrderHold", "email"]


LINES = ["fulfillmentHold", "fulfillmentOrderLineItems"]
REFUSALS = [
    ((0,), {}, [*LINES, "0", "quantity"], "GREATER_THAN_ZERO"),
    ((3,), {}, [*LINES, "0", "quantity"], "INVALID_LINE_ITEM_QUANTITY"),
    ((), {"handle": "x" * 65}, ["fulfillmentHold", "handle"], None),
]


@pytest.mark.parametrize(("units", "fields", "path", "code"), REFUSALS, ids=["zero", "too many", "long handle"])
def test_refusals(box: Box, units: tuple[int, ...], fields: dict[str, Any], path: list[str], code: str | None) -> None:
    work = box.order(2).fulfillment_orders[0]
    payload = _hold(box, work, *units, **fields)
    assert [(e["field"], e["code"]) for e in payload["userErrors"]] == [(path, code)]
    assert payload["fulfillmentHold"] is None
    assert box.kinds() == []


def test_the_same_line_twice(box: Box) -> None:
    work = box.order(2).fulfillment_orders[0]
    lines = [{"id": work.line_items[0].id, "quantity": 1}] * 2
    [error] = _hold(box, work, fulfillmentOrderLineItems=lines)["userErrors"]
    assert error["code"] == "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS"


def test_a_part_of_what_is_held_already(box: Box) -> None:
    work = box.order(2).fulfillment_orders[0]
    _hold(box, work)
    assert _hold(box, work, 1, handle="b")["userErrors"][0]["code"] == "FULFILLMENT_ORDER_NOT_SPLITTABLE"


def test_at_most_ten(box: Box) -> None:
    work = box.order().fulfillment_orders[0]
    for number in range(10):
        assert _hold(box, work, handle=f"h{number}")["userErrors"] == []
    assert _hold(box, work, handle="h10")["userErrors"][0]["code"] == "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"


def test_closed_work_cannot_be_held(box: Box) -> None:
    order = box.order(shipped=True)
    assert _hold(box, order.fulfillment_orders[0])["userErrors"][0]["field"] == ["id"]


@pytest.mark.parametrize("document", [HOLD, RELEASE])
def test_work_that_is_not_there(box: Box, document: str) -> None:
    variables: dict[str, Any] = {"h": {"reason": "OTHER"}} if document == HOLD else {}
    [error] = box.one(document, id="gid://shopify/FulfillmentOrder/999", **variables)["userErrors"]
    assert (error["code"], error["message"]) == ("FULFILLMENT_ORDER_NOT_FOUND", "Fulfillment order does not exist.")
    [top] = box.ask(document, id="gid://shopify/FulfillmentOrder/0", **variables)["errors"]
    assert top["message"] == "Invalid id: gid://shopify/FulfillmentOrder/0"


@pytest.mark.parametrize(
    ("units", "status", "actions"),
    [
        (2, "OPEN", ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"]),
        (1, "OPEN", ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"]),
        (2, "ON_HOLD", ["RELEASE_HOLD", "HOLD", "MOVE"]),
        (2, "CLOSED", []),
    ],
)
def test_supported_actions(box: Box, units: int, status: str, actions: list[str]) -> None:
    order = box.order(units)
    order.fulfillment_orders[0].status = status
    shown = box.order_fields(order, "fulfillmentOrders(first: 1) { nodes { supportedActions { action } } }")
    assert [a["action"] for a in shown["fulfillmentOrders"]["nodes"][0]["supportedActions"]] == actions
