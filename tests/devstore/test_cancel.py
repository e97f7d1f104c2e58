"""orderCancel: the job and its two steps, money, stock, e-mail; every effect exactly once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bulk_orders.devstore.model.order import Order, OrderTransaction
from bulk_orders.devstore.seed.build import Item, Till, new_order, pay
from devstore.box import NOW, Box, bare
from devstore.documents import CANCEL, JOB, RESULT

MONEY = {"originalPaymentMethodsRefund": True}


def _cancel(box: Box, order: Order | str, **arguments: Any) -> dict[str, Any]:
    payload: dict[str, Any] = box.one(CANCEL, id=order if isinstance(order, str) else order.id, **arguments)
    return payload


def _done(box: Box, order: Order, **arguments: Any) -> dict[str, Any]:
    payload = _cancel(box, order, **arguments)
    assert payload["orderCancelUserErrors"] == []
    box.later(5)
    result: dict[str, Any] = box.one(RESULT, id=payload["jobResult"]["id"])
    return result


# -- accepted -----------------------------------------------------------------------------------------


def test_it_is_accepted_first_and_done_later(box: Box) -> None:
    order = box.order(gateway="manual")
    payload = _cancel(box, order)
    assert payload["job"]["done"] is False
    assert payload["jobResult"] == {"id": payload["jobResult"]["id"], "done": False, "status": "STARTED", "errors": []}
    assert order.cancelled_at is None
    assert box.one(JOB, id=payload["job"]["id"])["done"] is False
    box.later(5)
    assert box.one(RESULT, id=payload["jobResult"]["id"]) == {
        "id": payload["jobResult"]["id"],
        "done": True,
        "status": "SUCCEEDED",
        "errors": [],
        "order": {"id": order.id, "cancelledAt": "2026-09-21T14:13:20Z", "closed": True},
    }
    assert box.one(JOB, id=payload["job"]["id"])["done"] is True


def test_the_middle_can_be_seen(box: Box) -> None:
    order = box.order(2, gateway="manual")
    lines = "lineItems(first: 1) { nodes { remainingQuantity totalQuantity } }"
    fields = f"cancelledAt closed fulfillmentOrders(first: 1) {{ nodes {{ status {lines} }} }}"
    _cancel(box, order, method=MONEY)
    box.later(0.6)
    middle = box.order_fields(order, fields)
    assert (middle["cancelledAt"] is None, middle["closed"]) == (False, False)
    assert middle["fulfillmentOrders"]["nodes"][0] == {
        "status": "CLOSED",
        "lineItems": {"nodes": [{"remainingQuantity": 2, "totalQuantity": 2}]},
    }
    assert box.kinds() == ["orderCancel"]
    box.later(0.6)
    end = box.order_fields(order, fields)
    assert end["closed"] is True
    assert end["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"] == [{"remainingQuantity": 0, "totalQuantity": 0}]
    assert box.kinds() == ["orderCancel", "restock", "refund", "archive"]


def test_jobs_of_one_second_share_their_gid_and_no_result(box: Box) -> None:
    first, second = box.order(), box.order()
    one, two = _cancel(box, first), _cancel(box, second)
    assert one["job"]["id"] == two["job"]["id"]
    assert one["jobResult"]["id"] != two["jobResult"]["id"]
    box.later(1)
    third = _cancel(box, box.order())
    assert third["job"]["id"] != one["job"]["id"]


def test_a_shared_job_is_done_when_all_of_it_is() -> None:
    waits = iter([1.0, 50.0])
    box = bare(job_seconds=lambda: next(waits))
    job = _cancel(box, box.order())["job"]["id"]
    _cancel(box, box.order())
    box.later(2)
    assert box.one(JOB, id=job)["done"] is False
    box.later(50)
    assert box.one(JOB, id=job)["done"] is True


def test_a_job_that_never_ends() -> None:
    box = bare(job_seconds=float("inf"))
    payload = _cancel(box, box.order())
    box.later(1e9)
    assert box.one(RESULT, id=payload["jobResult"]["id"])["status"] == "STARTED"


def test_a_job_that_takes_no_time() -> None:
    box = bare(job_seconds=0)
    order = box.order()
    assert _cancel(box, order)["job"]["done"] is False
    assert box.order_fields(order, "closed")["closed"] is True


def test_what_a_cancelled_order_shows(box: Box) -> None:
    order = box.order(2, 1, gateway="manual")
    _done(box, order, reason="FRAUD", note="asked by phone [x]")
    fields = (
        "closed cancelReason cancellation { staffNote } displayFulfillmentStatus displayFinancialStatus "
        "currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } } "
        "totalPriceSet { shopMoney { amount } } lineItems(first: 2) { nodes { currentQuantity } } refunds { id }"
    )
    shown = box.order_fields(order, fields)
    assert shown["cancelReason"] == "FRAUD"
    assert shown["cancellation"] == {"staffNote": "asked by phone [x]"}
    assert shown["displayFulfillmentStatus"] == "UNFULFILLED"
    assert shown["displayFinancialStatus"] == "PAID"  # no refund was asked for: the money stays
    assert shown["refunds"] == []
    assert shown["currentTotalPriceSet"]["shopMoney"]["amount"] == "0.0"
    assert shown["totalPriceSet"]["shopMoney"]["amount"] == "30.0"
    assert [n["currentQuantity"] for n in shown["lineItems"]["nodes"]] == [0, 0]


# -- money, stock, e-mail -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"method": MONEY}, "refund"),
        ({"refund": True}, "refund"),
        ({"method": {"storeCreditRefund": {}}}, "storeCredit"),
        ({}, None),
        ({"refund": False}, None),
        ({"method": {"originalPaymentMethodsRefund": False}}, None),
    ],
)
def test_where_the_money_goes(box: Box, arguments: dict[str, Any], kind: str | None) -> None:
    order = box.order(2, gateway="paypal", customer=box.customer())
    _done(box, order, **arguments)
    kinds = [k for k in box.kinds() if k in {"refund", "storeCredit"}]
    assert kinds == ([kind] if kind else [])
    fields = "displayFinancialStatus totalRefundedSet { shopMoney { amount } }"
    fields += " transactions { kind gateway parentTransaction { id } }"
    shown = box.order_fields(order, fields)
    assert shown["displayFinancialStatus"] == ("REFUNDED" if kind else "PAID")
    assert shown["totalRefundedSet"]["shopMoney"]["amount"] == ("20.0" if kind else "0.0")
    if kind:
        back = shown["transactions"][1]
        assert (back["kind"], back["parentTransaction"]["id"]) == ("REFUND", order.transactions[0].id)
        assert back["gateway"] == ("paypal" if kind == "refund" else "shopify_store_credit")


def test_every_payment_is_refunded_by_its_own(box: Box) -> None:
    order = box.order(2, gateway="gift_card")
    whole = order.transactions[0]
    whole.amount_set = whole.amount_set.like(whole.amount_set.shop / 4, whole.amount_set.presentment / 4)
    pay(box.store, order, "paypal", amount=whole.amount_set * 3)
    _done(box, order, method=MONEY)
    assert [(e.detail["gateway"], e.detail["amount"]) for e in box.store.effects if e.kind == "refund"] == [
        ("gift_card", "5.00"),
        ("paypal", "15.00"),
    ]


def test_authorizations_are_voided_whatever_was_asked(box: Box) -> None:
    order = box.order(gateway="shopify_payments", kind="AUTHORIZATION")
    _done(box, order)
    assert "void" in box.kinds()
    assert box.order_fields(order, "displayFinancialStatus capturable")["displayFinancialStatus"] == "VOIDED"


def test_restocking_is_an_effect_of_its_own(box: Box) -> None:
    order = box.order(2, 3)
    _done(box, order, restock=True)
    [restock] = [e for e in box.store.effects if e.kind == "restock"]
    assert list(restock.detail["units"].values()) == [2, 3]
    other = box.order(2)
    _done(box, other, restock=False)
    assert [e for e in box.store.effects if e.kind == "restock"] == []


@pytest.mark.parametrize(
    ("notify", "email", "mails"), [(True, "a@example.com", 1), (True, None, 0), (None, "a@b.cd", 0)]
)
def test_mail(box: Box, notify: bool | None, email: str | None, mails: int) -> None:
    order = box.order(email=email)
    _done(box, order, notify=notify)
    assert box.kinds().count("email") == mails


# -- two currencies -----------------------------------------------------------------------------------


def test_refunds_in_two_currencies(box: Box) -> None:
    till = Till("EUR", "JPY", Decimal(160))
    order = new_order(box.store, [Item(quantity=1)], NOW, till=till, place=box.place)
    pay(box.store, order, "paypal")
    _done(box, order, method=MONEY)
    back: OrderTransaction = order.transactions[1]
    assert (back.amount_set.shop, back.amount_set.presentment) == (Decimal("10.00"), Decimal(1600))
