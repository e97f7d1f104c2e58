"""orderCancel refused at once, and jobs that fail later."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore import CancelFate
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.model.shop import Company, CompanyLocation, PurchasingCompany
from devstore.box import NOW, Box, bare
from devstore.documents import CANCEL, RESULT

MONEY = {"originalPaymentMethodsRefund": True}


def _cancel(box: Box, order: Order | str, **arguments: Any) -> dict[str, Any]:
    payload: dict[str, Any] = box.one(CANCEL, id=order if isinstance(order, str) else order.id, **arguments)
    return payload


def _refusal(box: Box, order: Order | str, **arguments: Any) -> tuple[Any, str, str]:
    payload = _cancel(box, order, **arguments)
    assert payload["job"] is None
    assert payload["jobResult"] is None
    [error] = payload["orderCancelUserErrors"]
    assert payload["userErrors"] == [{"field": error["field"], "message": error["message"]}]
    assert box.kinds() == []
    return error["field"], error["message"], error["code"]


def _done(box: Box, order: Order, **arguments: Any) -> dict[str, Any]:
    payload = _cancel(box, order, **arguments)
    assert payload["orderCancelUserErrors"] == []
    box.later(5)
    result: dict[str, Any] = box.one(RESULT, id=payload["jobResult"]["id"])
    return result


# -- refusals -----------------------------------------------------------------------------------------


def test_unknown_order(box: Box) -> None:
    assert _refusal(box, "gid://shopify/Order/999") == (["orderId"], "Order does not exist", "NOT_FOUND")


def test_a_second_one_while_the_first_is_on_its_way(box: Box) -> None:
    order = box.order()
    _cancel(box, order)
    assert _refusal(box, order) == (None, "Cancellation is already in progress", "INVALID")


def test_a_second_one_once_it_has_begun(box: Box) -> None:
    order = box.order(gateway="manual")
    _cancel(box, order, method=MONEY)
    box.later(0.6)
    payload = _cancel(box, order, method=MONEY)
    assert payload["orderCancelUserErrors"][0]["message"] == "Cannot cancel an order that has already been canceled"
    box.later(5)
    _cancel(box, order, method=MONEY)
    assert box.kinds().count("refund") == box.kinds().count("orderCancel") == 1


def _returned(box: Box) -> Order:
    order = box.order(shipped=True)
    box.store.people.request_return(order.id)
    box.store.effects.clear()
    return order


def _pending(box: Box) -> Order:
    return box.order(gateway="paypal", status="PENDING")


STATES = [
    (lambda box: box.order(cancelled_at=NOW), "Cannot cancel an order that has already been canceled"),
    (_returned, "Cannot cancel an order that has returns"),
    (lambda box: box.order(shipped=True), "Cannot cancel an order that has outstanding fulfillments"),
    (_pending, "Cannot cancel an order that has pending payment authorizations"),
]


@pytest.mark.parametrize(("make", "message"), STATES, ids=[m for _, m in STATES])
def test_states_that_forbid_it(box: Box, make: Any, message: str) -> None:
    assert _refusal(box, make(box)) == (["orderId"], message, "INVALID")


def test_a_bank_deposit_that_has_not_come_does_not_forbid_it(box: Box) -> None:
    _done(box, box.order(gateway="Bank Deposit", status="PENDING"))
    assert "orderCancel" in box.kinds()


def test_an_old_cancelled_fulfillment_does_not_forbid_it(box: Box) -> None:
    order = box.order(shipped=True)
    box.store.people.unfulfill(order.id)
    assert _done(box, order)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"note": "x" * 256}, (["staffNote"], "Staff note is too long. Maximum length is 255 characters.", "INVALID")),
        (
            {"refund": False, "method": MONEY},
            (["refund"], "Only one of the arguments `refund` or `refund_method` is allowed.", "INVALID"),
        ),
        (
            {"method": {"storeCreditRefund": {}}},
            (
                ["refundMethod", "storeCreditRefund"],
                "Order must have a customer to be refunded to store credit",
                "STORE_CREDIT_REFUND_MISSING_CUSTOMER",
            ),
        ),
    ],
)
def test_arguments_that_are_refused(box: Box, arguments: dict[str, Any], expected: Any) -> None:
    order = box.order(gateway="manual")
    assert _refusal(box, order, **arguments) == expected
    assert _done(box, order, note="x" * 255)["status"] == "SUCCEEDED"


def test_store_credit_that_has_expired_and_for_companies(box: Box) -> None:
    order = box.order(gateway="manual", customer=box.customer())
    past = {"storeCreditRefund": {"expiresAt": "2020-01-01T00:00:00Z"}}
    assert _refusal(box, order, method=past)[2] == "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST"
    company = PurchasingCompany(Company("c", "C"), None, CompanyLocation("l", "L"))
    order = box.order(gateway="manual", purchasing_company=company)
    assert _refusal(box, order, method=past)[2] == "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED"


def test_arguments_come_before_states(box: Box) -> None:
    assert _refusal(box, box.order(shipped=True), note="x" * 256)[0] == ["staffNote"]


def test_the_refund_method_is_one_of() -> None:
    box = bare()
    order = box.order()
    both = {"originalPaymentMethodsRefund": True, "storeCreditRefund": {}}
    [error] = box.ask(CANCEL, id=order.id, method=both)["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert "requires exactly one argument, but 2 were provided." in error["extensions"]["problems"][0]["explanation"]
    assert box.store.effects == []


# -- jobs that fail -----------------------------------------------------------------------------------


def test_shipped_while_it_was_queued(box: Box) -> None:
    order = box.order()
    payload = _cancel(box, order)
    box.store.people.fulfill(order.id)
    box.later(5)
    result = box.one(RESULT, id=payload["jobResult"]["id"])
    assert result["status"] == "FAILED"
    assert result["errors"][0]["message"] == "Cannot cancel an order that has outstanding fulfillments"
    assert (order.cancelled_at, order.cancelling) == (None, False)
    assert box.kinds() == ["fulfillmentCreate"]


def test_deleted_while_it_was_queued(box: Box) -> None:
    order = box.order()
    payload = _cancel(box, order)
    box.store.people.delete(order.id)
    box.later(5)
    box.store.advance()
    result = box.store.records[payload["jobResult"]["id"]]
    assert (result.status, result.errors[0].code) == ("FAILED", "NOT_FOUND")


def test_a_deactivated_place(box: Box) -> None:
    """Paid and to be restocked: the job fails. Unpaid: it is cancelled without restocking ([SCHEMA])."""
    box.store.people.deactivate_location(box.place.id)
    paid, unpaid = box.order(gateway="manual"), box.order()
    failed = _done(box, paid, restock=True)
    assert (failed["status"], failed["errors"][0]["field"]) == ("FAILED", ["restock"])
    assert _done(box, unpaid, restock=True)["status"] == "SUCCEEDED"
    assert "restock" not in box.kinds()
    assert _done(box, paid, restock=False)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("when", ["start", "refund"])
def test_a_job_that_was_made_to_fail(when: str) -> None:
    box = bare(cancel_fate=lambda order: CancelFate("The bank said no", when=when))
    order = box.order(gateway="paypal")
    result = _done(box, order, method=MONEY)
    assert (result["status"], result["errors"][0]["message"]) == ("FAILED", "The bank said no")
    assert (order.cancelled_at is not None) is (when == "refund")
    assert "refund" not in box.kinds()
    assert order.closed_at is None
