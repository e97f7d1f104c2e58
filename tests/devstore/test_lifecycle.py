"""orderClose, orderOpen, orderDelete, and what the shop archives by itself."""

from __future__ import annotations

import pytest

from devstore.box import NOW, Box, bare
from devstore.documents import CLOSE, DELETE, OPEN

UNKNOWN = "gid://shopify/Order/999"


def test_closing_and_opening(box: Box) -> None:
    order = box.order()
    closed = box.one(CLOSE, id=order.id)["order"]
    assert (closed["closed"], closed["closedAt"], closed["updatedAt"]) == (True, *["2026-09-21T14:13:20Z"] * 2)
    box.later(10)
    assert box.one(CLOSE, id=order.id)["order"] == closed
    assert box.one(OPEN, id=order.id)["order"] == {"id": order.id, "closed": False, "closedAt": None}
    assert box.one(OPEN, id=order.id)["userErrors"] == []
    assert box.kinds() == ["orderClose", "orderOpen"]


@pytest.mark.parametrize("document", [CLOSE, OPEN])
def test_unknown_orders(box: Box, document: str) -> None:
    payload = box.one(document, id=UNKNOWN)
    assert payload == {"order": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}


def test_a_cancelled_order_stays_closed(box: Box) -> None:
    """[INFER]: never recorded."""
    order = box.order(cancelled_at=NOW, closed_at=NOW)
    assert box.one(OPEN, id=order.id)["userErrors"][0]["message"] == "Cannot open a canceled order"
    assert order.closed_at == NOW


def test_deleting(box: Box) -> None:
    customer = box.customer()
    order = box.order(gateway="manual", customer=customer)
    assert box.one(DELETE, id=order.id) == {"deletedId": order.id, "userErrors": []}
    again = box.one(DELETE, id=order.id)
    assert again["userErrors"] == [{"code": "NOT_FOUND", "field": ["orderId"], "message": "Order does not exist"}]
    assert box.one("query($id: ID!) { order(id: $id) { id } }", id=order.id) is None
    assert box.one("query($id: ID!) { node(id: $id) { id } }", id=order.line_items[0].id) is None
    assert box.one("{ ordersCount { count } }") == {"count": 0}
    assert customer.order_ids == []
    assert box.kinds() == ["orderDelete"]


def test_deleting_is_at_once_for_searches_too() -> None:
    box = bare(index_lag_seconds=60)
    order = box.order(tags=["x"])
    box.one(DELETE, id=order.id)
    assert box.one('{ ordersCount(query: "tag:x") { count } }') == {"count": 0}


@pytest.mark.parametrize(
    ("gateway", "test", "deletable"),
    [
        ("shopify_payments", False, False),
        ("shopify_payments", True, True),
        ("manual", False, True),
        (None, False, True),
    ],
)
def test_what_can_be_deleted(box: Box, gateway: str | None, test: bool, deletable: bool) -> None:
    order = box.order(gateway=gateway, test=test)
    payload = box.one(DELETE, id=order.id)
    assert (payload["deletedId"] == order.id) is deletable
    if not deletable:
        assert payload["userErrors"][0]["code"] == "INVALID"
        assert box.kinds() == []


# -- archived by the shop -----------------------------------------------------------------------------


def test_a_paid_and_fulfilled_order_is_archived() -> None:
    box = bare(auto_archive_seconds=1)
    order = box.order(gateway="manual", shipped=True)
    assert box.order_fields(order, "closed") == {"closed": False}
    box.later(1)
    assert box.order_fields(order, "closed closedAt") == {"closed": True, "closedAt": "2026-09-21T14:13:21Z"}
    [effect] = [e for e in box.store.effects if e.kind == "archive"]
    assert effect.detail["by"] == "shopify"


def test_an_unpaid_order_is_archived_once_it_is_paid() -> None:
    box = bare(auto_archive_seconds=1)
    order = box.order(shipped=True)
    box.later(5)
    assert box.order_fields(order, "closed") == {"closed": False}
    box.store.people.mark_paid(order.id)
    box.later(5)
    assert box.order_fields(order, "closed") == {"closed": True}


def test_it_is_not_archived_if_it_was_unfulfilled_meanwhile() -> None:
    box = bare(auto_archive_seconds=1)
    order = box.order(gateway="manual", shipped=True)
    box.store.people.unfulfill(order.id)
    box.later(5)
    assert box.order_fields(order, "closed") == {"closed": False}


def test_a_shop_that_does_not_archive() -> None:
    box = bare(auto_archive_seconds=None)
    order = box.order(gateway="manual", shipped=True)
    box.later(1000)
    assert box.order_fields(order, "closed") == {"closed": False}
