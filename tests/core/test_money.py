"""Refunds, captures, payments by hand and deletions: what they ask for, what guards them, what they send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from builders import differences, edits, facts, fulfillment, money, order, paid, payment, sheet

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.actions.mark_paid import MARKED
from bulk_orders.core.changes import Change
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import LineItem, Order, Refund
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.steps import OrderSteps, steps
from bulk_orders.views.words import amount

REFUND = REGISTRY["refund"]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PLAN = Preferences(plan_id="7f3a-19c2", now=NOW)


def _order(**changed: Any) -> Order:
    return order(**({**paid(), "transactions": (payment(1),)} | changed))


def _refund(live: Order, preferences: Preferences = PLAN, **cells: str) -> OrderSteps:
    named = {f"Refund__{key}": text for key, text in cells.items()}
    return steps(edits(Action="refund", **named), live, preferences)  # type: ignore[arg-type]


def _one(taken: OrderSteps) -> Change:
    assert not taken.blocked, taken.blocked
    (change,) = taken.changes
    return change


def _sent(change: Change) -> dict[str, Any]:
    return dict(REFUND.mutation(change, "").variables)


# --- refund -----------------------------------------------------------------------------------------------------------


def test_an_amount_goes_back_to_where_it_came_from() -> None:
    change = _one(_refund(_order(), Amount="10.50", Notify="TRUE", Reason="late"))
    sent = _sent(change)
    assert sent["input"]["transactions"] == [
        {
            "orderId": "gid://shopify/Order/1",
            "kind": "REFUND",
            "parentId": "gid://shopify/OrderTransaction/1",
            "gateway": "shopify_payments",
            "amount": "10.50",
        }
    ]
    assert sent["input"]["note"].startswith("late [bo-")
    assert "refundMethods" not in sent["input"]
    assert (change.emails, str(change.refund)) == (1, "10.50 EUR")
    assert not REFUND.repeatable(change)


def test_what_goes_back_by_each_way_adds_up_to_the_refund_to_the_cent() -> None:
    """Two halves of 101.16 USD are 46.675 EUR each; Shopify booked one as 46.68 and the other as 46.67."""
    payments = (
        replace(payment(1, gateway="gift_card"), amount=money("50.58", "USD"), shop_amount=money("46.68")),
        replace(payment(2), amount=money("50.58", "USD"), shop_amount=money("46.67")),
    )
    live = _order(net_payment=money("93.35"), presentment_payment=money("101.16", "USD"), transactions=payments)
    change = _one(_refund(live, Amount="101.16 USD"))
    ways = {way: some["amount"] for way, some in change.consequences["methods"].items()}
    assert (str(change.refund), ways) == ("93.35 EUR", {"gift_card": "46.68", "shopify_payments": "46.67"})
    half = _one(_refund(live, Amount="60.00 USD"))
    assert half.refund is not None
    assert sum(Decimal(some["amount"]) for some in half.consequences["methods"].values()) == half.refund.amount


def test_its_key_is_in_the_plan_and_the_same_however_often_it_is_made() -> None:
    one, again = (_one(_refund(_order(), Amount="10")) for _ in range(2))
    other = _one(_refund(_order(), replace(PLAN, plan_id="aaaa-bbbb"), Amount="10"))
    assert one.args["key"] == again.args["key"] != other.args["key"]
    assert _sent(one)["key"] == one.args["key"]


def test_it_is_ours_by_the_mark_in_its_note() -> None:
    change = _one(_refund(_order(), Amount="10"))
    theirs = Refund("r1", "late", "2026-11-22T09:00:00Z", money("10"))
    assert not REFUND.satisfied_by(change, _order(refunds=(theirs,)))
    assert REFUND.satisfied_by(change, _order(refunds=(replace(theirs, note=change.args["note"]),)))


def test_several_payments_are_refunded_first_come_first() -> None:
    back = payment(9, "20.00", kind="REFUND", parent="gid://shopify/OrderTransaction/1")
    live = _order(**paid("80.00"), transactions=(payment(1, "50.00"), payment(2, "50.00"), back))
    change = _one(_refund(live, replace(PLAN, allow_second_refund=True), Amount="all"))
    assert [(p["parentId"][-1], p["amount"]) for p in change.args["transactions"]] == [("1", "30.00"), ("2", "50.00")]


def test_store_credit_can_expire_and_never_goes_with_a_payment() -> None:
    change = _one(_refund(_order(), Amount="all", To="store credit", Store_Credit_Expires_At="2027-01-31"))
    sent = _sent(change)["input"]
    assert sent["refundMethods"] == [
        {
            "storeCreditRefund": {
                "amount": {"amount": "84.00", "currencyCode": "EUR"},
                "expiresAt": "2027-01-31T23:59:59Z",
            }
        }
    ]
    assert "transactions" not in sent


@pytest.mark.parametrize("action", ["refund", "cancel"])
@pytest.mark.parametrize(
    ("written", "shown"),
    [("2027-01-31", "2027-01-31 23:59:59 UTC"), ("2027-01-31T08:00:00+01:00", "2027-01-31 08:00:00+01:00")],
)
def test_when_store_credit_ends_is_shown_before_it_is_given(action: str, written: str, shown: str) -> None:
    column, cell = ("Cancel__Refund", {}) if action == "cancel" else ("Refund__To", {"Refund__Amount": "all"})
    ends = f"{action.title()}__Store_Credit_Expires_At"
    for cells, expected in (({ends: written}, shown), ({}, None)):
        asked: dict[str, Any] = {"Action": action, column: "store credit", **cell, **cells}
        change = _one(steps(edits(**asked), _order(), PLAN))
        assert change.after.get("Credit expires") == expected


@pytest.mark.parametrize(
    ("changed", "expires", "reason"),
    [
        ({"company": True}, "2027-01-31", "companies (B2B)"),
        ({"has_customer": False}, "2027-01-31", "needs a customer"),
        ({}, "2026-11-21", "expire in the past"),
    ],
)
@pytest.mark.parametrize("action", ["refund", "cancel"])
def test_the_rules_of_store_credit_are_said(action: str, changed: dict[str, Any], expires: str, reason: str) -> None:
    cells = {
        "refund": {"Refund__Amount": "1", "Refund__To": "store credit", "Refund__Store_Credit_Expires_At": expires},
        "cancel": {"Cancel__Refund": "store credit", "Cancel__Store_Credit_Expires_At": expires},
    }[action]
    taken = steps(edits(Action=action, **cells), _order(**changed), PLAN)  # type: ignore[arg-type]
    assert [(reason in b.reason, bool(b.fix)) for b in taken.blocked] == [(True, True)]
    if changed:
        way_out = {"refund": "Write original", "cancel": "Write TRUE"}[action]
        assert taken.blocked[0].fix.startswith(way_out), "a value that the cell may hold"


def test_money_that_went_back_once_is_guarded() -> None:
    live = _order(refunds=(Refund("r1", None, "2026-11-20T09:00:00Z", money("84.00")),))
    (blocked,) = _refund(live, Amount="10").blocked
    assert blocked.reason == "84.00 EUR was refunded already, on 2026-11-20."
    assert "--allow-second-refund" in blocked.fix
    assert _one(_refund(live, replace(PLAN, allow_second_refund=True), Amount="10")).action == "refund"


def test_money_that_a_step_before_gives_back_has_no_date_yet() -> None:
    live = _order()
    first = _one(_refund(live, Amount="10"))
    (blocked,) = _refund(REFUND.after(first, live), Amount="10").blocked
    assert blocked.reason == "10.00 EUR is refunded already, by a step before it."
    whole = _one(_refund(live, Amount="all"))
    (blocked,) = _refund(REFUND.after(whole, live), replace(PLAN, allow_second_refund=True), Amount="all").blocked
    assert "(84.00 EUR is refunded already, by a step before it)" in blocked.reason


@pytest.mark.parametrize("to", ["original", "store credit"])
def test_the_fees_of_a_payment_are_lost_wherever_its_money_goes(to: str) -> None:
    live = _order(transactions=(replace(payment(1), fee=money("2.00")),))
    half = _one(_refund(live, Amount="42.00", To=to))
    assert half.consequences["fee"] == {"amount": "1.00", "currency": "EUR"}


def test_where_nothing_is_left_nobody_is_told_to_ask_for_less() -> None:
    (blocked,) = _refund(_order(net_payment=money("0"), presentment_payment=money("0")), Amount="10").blocked
    assert "greater than net payment received 0.00" in blocked.reason
    assert blocked.fix == "Take refund out of the cell."


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Amount": "84.01"}, "Refund amount 84.01 is greater than net payment received 84.00"),
        ({}, "does not say how much"),
    ],
)
def test_what_cannot_be_refunded_is_said(cells: dict[str, str], reason: str) -> None:
    assert [reason in b.reason for b in _refund(_order(), PLAN, **cells).blocked] == [True]


def _with_lines(*units: tuple[int, str], **cells: str) -> OrderEdits:
    gid = "gid://shopify/LineItem/{}"
    found = [Edit(2, "Action", None, "refund", None, False)]
    found += [Edit(2, key.replace("__", ": "), None, text, None, False) for key, text in cells.items()]
    found += [Edit(3, "Refund: Quantity", None, text, None, False, gid.format(line)) for line, text in units]
    return OrderEdits("gid://shopify/Order/1", "#1001", tuple(found))


LINES = (
    LineItem("gid://shopify/LineItem/1", "Mug", 3, 3, money("12.345")),
    LineItem("gid://shopify/LineItem/2", "Cap", 1, 1, money("20.00")),
)


def test_chosen_lines_are_refunded_at_what_they_cost() -> None:
    change = _one(steps(_with_lines((1, "2"), (2, "1")), _order(lines=LINES), PLAN))
    assert change.args["amount"] == "44.69"
    assert _sent(change)["input"]["refundLineItems"] == [
        {"lineItemId": "gid://shopify/LineItem/1", "quantity": 2, "restockType": "NO_RESTOCK"},
        {"lineItemId": "gid://shopify/LineItem/2", "quantity": 1, "restockType": "NO_RESTOCK"},
    ]
    assert change.by_hand


def test_after_a_cancellation_only_the_money_is_named() -> None:
    """Its units have left the order by then, so Shopify would not find them."""
    live = _order(lines=LINES, cancelled_at="2026-11-21T10:00:00Z", closed=True)
    assert "refundLineItems" not in _sent(_one(steps(_with_lines((1, "2")), live, PLAN)))["input"]


@pytest.mark.parametrize(
    ("units", "reason"),
    [
        ((1, "4"), "more items than were purchased"),
        ((9, "1"), "has no line 9"),
    ],
)
def test_lines_that_cannot_be_refunded(units: tuple[int, str], reason: str) -> None:
    taken = steps(_with_lines(units), _order(lines=LINES), PLAN)
    assert [reason in b.reason for b in taken.blocked] == [True]


def test_a_line_named_on_two_rows_is_not_guessed_at() -> None:
    taken = steps(_with_lines((1, "1"), (1, "2")), _order(lines=LINES), PLAN)
    assert taken.changes == ()
    assert [("the same line as row 3" in b.reason, "Refund: Quantity" in b.fix) for b in taken.blocked] == [
        (True, True)
    ]


def test_all_of_it_beside_some_units_is_a_problem() -> None:
    header = "ID,Name,Line: ID,Action,Refund: Amount,Refund: Quantity"
    for how_much, problems in (("all", 1), ("All", 1), ("5", 0)):
        found = differences(sheet(header, f"1,#1001,,refund,{how_much},", "1,#1001,7,,,2"))
        assert [(p.row, p.column, "says all" in p.what) for p in found.problems] == [
            (3, "Refund: Quantity", True)
        ] * problems, how_much


OUTSIDE: dict[str, Any] = {"transactions": (payment(1, "60.00", gateway="Bank Deposit", manual=True),)}


@pytest.mark.parametrize(
    "cells",
    [{"Action": "refund", "Refund__Amount": "60"}, {"Action": "cancel", "Cancel__Refund": "TRUE"}],
    ids=["refund", "cancel"],
)
def test_what_was_paid_outside_shopify_is_paid_back_by_people(cells: dict[str, str]) -> None:
    change = _one(steps(edits(**cells), order(**paid("60.00"), **OUTSIDE), PLAN))  # type: ignore[arg-type]
    (told,) = [warning for warning in change.warnings if "outside Shopify" in warning]
    assert told.startswith("60.00 EUR was paid outside Shopify (Bank Deposit): Shopify only writes the refund down")
    (task,) = change.by_hand
    assert task.startswith("Pay 60.00 EUR back to the customer yourself: it was paid outside Shopify (Bank Deposit)")
    assert list(change.consequences["methods"]) == ["Bank Deposit, by hand"]


@pytest.mark.parametrize(
    "cells", [{"Action": "refund", "Refund__Amount": "60"}, {"Action": "cancel", "Cancel__Refund": "TRUE"}]
)
def test_cash_of_a_till_goes_back_by_hand_though_its_gateway_is_no_manual_one(cells: dict[str, str]) -> None:
    till = (payment(1, "60.00", gateway="cash"),)
    change = _one(steps(edits(**cells), order(**paid("60.00"), transactions=till), PLAN))  # type: ignore[arg-type]
    assert ["Pay 60.00 EUR back to the customer yourself" in task for task in change.by_hand] == [True]
    assert list(change.consequences["methods"]) == ["cash, by hand"]


@pytest.mark.parametrize(
    "cells",
    [
        {"Action": "refund", "Refund__Amount": "60", "Refund__To": "store credit"},
        {"Action": "cancel", "Cancel__Refund": "store credit"},
        {"Action": "cancel", "Cancel__Refund": "FALSE"},
    ],
)
def test_nothing_is_to_be_paid_by_hand_where_shopify_gives_it(cells: dict[str, str]) -> None:
    change = _one(steps(edits(**cells), order(**paid("60.00"), **OUTSIDE), PLAN))  # type: ignore[arg-type]
    assert change.by_hand == ()


def test_an_amount_that_was_not_read_is_still_to_be_paid_by_hand() -> None:
    unread = (replace(payment(1, manual=True, gateway=""), amount=None, shop_amount=None),)
    change = _one(steps(edits(Action="cancel", Cancel__Refund="TRUE"), _order(transactions=unread), PLAN))
    assert ["back what was paid by hand" in task for task in change.by_hand] == [True]


def test_cancelled_first_and_refunded_in_part_then() -> None:
    taken = steps(edits(Action="cancel, refund", Refund__Amount="10"), _order(), PLAN)
    assert [change.action for change in taken.changes] == ["cancel", "refund"]
    assert taken.changes[0].args["refund"] == "none"
    assert taken.changes[1].fingerprint["cancelled"] is True


def test_a_refund_beside_a_cancellation_with_one_is_a_problem() -> None:
    header = "Name,Cancelled At,Action,Cancel: Refund,Refund: Amount"
    for refund, problems in (("TRUE", 1), ("FALSE", 0), ("store credit", 1)):
        found = differences(sheet(header, f"#1001,2026-01-01,refund,{refund},5"))
        assert len(found.problems) == problems, refund


# --- mark as paid, capture --------------------------------------------------------------------------------------------


def test_every_authorization_is_captured_whole_in_the_customers_currency() -> None:
    found = tuple(
        payment(n, kind="AUTHORIZATION", unsettled=money(amount, "USD")) for n, amount in ((1, "50.00"), (2, "7.5"))
    )
    changes = steps(edits(Action="capture"), order(capturable=True, transactions=found), PLAN).changes
    sent = [REGISTRY["capture"].mutation(change, "").variables["input"] for change in changes]
    assert [(s["parentTransactionId"][-1], s["amount"], s["currency"]) for s in sent] == [
        ("1", "50.00", "USD"),
        ("2", "7.5", "USD"),
    ]


def test_more_than_is_authorized_by_now_is_not_captured() -> None:
    capture = REGISTRY["capture"]
    live = order(capturable=True, transactions=(payment(1, kind="AUTHORIZATION", unsettled=money("84.00")),))
    change = _one(steps(edits(Action="capture"), live, PLAN))
    part = order(capturable=True, transactions=(payment(1, kind="AUTHORIZATION", unsettled=money("40.00")),))
    assert capture.depends_on(change, part) != change.fingerprint
    obstacle = capture.blocked_by(change, part)
    assert obstacle is not None
    assert "Cannot capture more than the authorized 40.00" in obstacle.reason


def test_what_was_captured_is_nothing_to_capture() -> None:
    live = order(transactions=(payment(1, kind="AUTHORIZATION"), payment(2, kind="CAPTURE")))
    assert steps(edits(Action="capture"), live, PLAN) == OrderSteps()


@pytest.mark.parametrize("name", ["capture", "mark_paid", "refund"])
def test_money_is_never_moved_twice_on_a_guess(name: str) -> None:
    live = {
        "capture": order(transactions=(payment(1, kind="AUTHORIZATION", unsettled=money("1")),)),
        "mark_paid": order(can_mark_paid=True, outstanding=money("1")),
        "refund": _order(),
    }[name]
    more = {"Refund__Amount": "1", "Refund__Notify": "TRUE"} if name == "refund" else {}
    change = _one(steps(edits(Action=name, **more), live, PLAN))  # type: ignore[arg-type]
    assert REGISTRY[name].repeatable(change) is False
    assert change.reversible is False


# --- what the steps before bring in -----------------------------------------------------------------------------------

AUTHORIZED = payment(1, kind="AUTHORIZATION", unsettled=money("84.00"))


def _unpaid(**changed: Any) -> Order:
    owed = money("84.00")
    plain: dict[str, Any] = {"outstanding": owed, "presentment_outstanding": owed, "can_mark_paid": True}
    return order(**(plain | changed))


@pytest.mark.parametrize(
    ("asked", "live", "parent"),
    [
        ("capture, refund", _unpaid(capturable=True, transactions=(AUTHORIZED,)), f"new:{AUTHORIZED.id}"),
        ("mark paid, refund", _unpaid(), MARKED),
        ("mark paid, refund", _unpaid(capturable=True, transactions=(AUTHORIZED,)), f"new:{AUTHORIZED.id}"),
    ],
    ids=["captured", "marked as paid", "captured by marking as paid"],
)
@pytest.mark.parametrize(("amount", "back"), [("all", "84.00"), ("30", "30")])
def test_what_a_step_before_takes_in_can_be_given_back(
    asked: str, live: Order, parent: str, amount: str, back: str
) -> None:
    taken = steps(edits(Action=asked, Refund__Amount=amount), live, PLAN)
    assert not taken.blocked, taken.blocked
    refund = taken.changes[-1]
    assert (refund.action, refund.args["amount"]) == ("refund", back)
    assert refund.args["transactions"][0]["parentId"] == parent
    assert refund.fingerprint["paid"] == "84.00 EUR"


def test_its_payment_is_named_once_shopify_has_given_it_an_id() -> None:
    live = _unpaid(capturable=True, transactions=(AUTHORIZED,))
    refund = steps(edits(Action="capture, refund", Refund__Amount="all"), live, PLAN).changes[-1]
    taken = payment(7, kind="CAPTURE", parent=AUTHORIZED.id)
    now = _order(transactions=(replace(AUTHORIZED, unsettled=None), taken))
    assert REFUND.unpinned(refund)
    sent = _sent(REFUND.pinned(refund, now))["input"]["transactions"]
    assert [(part["parentId"], part["amount"]) for part in sent] == [(taken.id, "84.00")]
    assert REFUND.blocked_by(refund, now) is not None, "without its id it is not sent"


def test_a_payment_by_hand_is_told_from_the_ones_that_were_there() -> None:
    before = payment(1, "20.00", manual=True, gateway="manual")
    live = _unpaid(
        **paid("20.00"), transactions=(before,), outstanding=money("64"), presentment_outstanding=money("64")
    )
    refund = steps(edits(Action="mark paid, refund", Refund__Amount="all"), live, PLAN).changes[-1]
    marked = payment(8, "64.00", manual=True, gateway="Bank Deposit")
    sent = _sent(REFUND.pinned(refund, _order(transactions=(before, marked))))["input"]["transactions"]
    assert [(part["parentId"][-1], part["gateway"], part["amount"]) for part in sent] == [
        ("1", "manual", "20.00"),
        ("8", "Bank Deposit", "64.00"),
    ]


@pytest.mark.parametrize(
    ("live", "cells", "reason"),
    [
        (order(), {"Amount": "all"}, "Nothing of its payment is left (none was received)"),
        (
            _order(**paid("0"), refunds=(Refund("r1", None, "2026-11-20T09:00:00Z", money("84.00")),)),
            {"Amount": "all"},
            "Nothing of its payment is left (84.00 EUR was refunded already, on 2026-11-20)",
        ),
        (_order(), {"Amount": "0.00"}, "Refund: Amount is 0"),
        (_order(), {"Amount": "12.345"}, "EUR has no amount of 12.345"),
        (_order(transactions=(payment(1, "50.00"),)), {"Amount": "all"}, "Only 50.00 EUR of it came through payments"),
    ],
    ids=["nothing came", "all went back", "zero", "too fine", "not all through payments"],
)
def test_there_is_no_refund_of_nothing(live: Order, cells: dict[str, str], reason: str) -> None:
    taken = _refund(live, replace(PLAN, allow_second_refund=True), **cells)
    assert [reason in b.reason for b in taken.blocked] == [True], taken
    assert taken.changes == ()


def test_a_refund_of_nothing_in_a_plan_is_not_sent() -> None:
    """Whatever made the plan: it is held against the order once more right before it would be sent."""
    change = _one(_refund(_order(), Amount="10"))
    empty = replace(change, args={**change.args, "amount": "0.00", "transactions": []})
    assert REFUND.blocked_by(empty, _order()) is not None


# --- in which currency ------------------------------------------------------------------------------------------------

IN_DOLLARS = _order(
    net_payment=money("42.00"),
    presentment_payment=money("84.00", "USD"),
    transactions=(replace(payment(1), amount=money("84.00", "USD"), shop_amount=money("42.00")),),
)


@pytest.mark.parametrize(
    ("amount", "fix"),
    [
        ("10", "Write 10.00 USD or 20.00 USD in Refund: Amount. 20.00 USD is 10.00 EUR at the order's own rate."),
        ("10 EUR", "Write 20.00 USD in Refund: Amount. 20.00 USD is 10.00 EUR at the order's own rate."),
        ("10 CHF", "Write the amount in USD."),
    ],
)
def test_an_amount_that_may_be_meant_in_two_currencies_is_not_guessed(amount: str, fix: str) -> None:
    (blocked,) = _refund(IN_DOLLARS, Amount=amount).blocked
    assert blocked.fix == fix


@pytest.mark.parametrize(("amount", "back"), [("10 usd", "10.00"), ("USD 10.00", "10.00"), ("all", "84.00")])
def test_one_that_names_the_customers_currency_is_shown_in_both(amount: str, back: str) -> None:
    change = _one(_refund(IN_DOLLARS, Amount=amount))
    shop = money(back).amount / 2
    assert change.after["Payment"] == f"{back} USD ({shop:.2f} EUR) given back"
    assert any("given back in USD" in warning for warning in change.warnings)
    assert _sent(change)["input"]["currency"] == "USD"


def test_an_amount_of_another_currency_than_the_only_one_is_refused() -> None:
    (blocked,) = _refund(_order(), Amount="10 USD").blocked
    assert "which is EUR, not USD" in blocked.reason


# --- delete -----------------------------------------------------------------------------------------------------------


def _deletion(**changed: Any) -> OrderSteps:
    return steps(edits(Command="DELETE"), order(**changed), PLAN)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"transactions": (payment(1),)}, "paid online (through shopify_payments)"),
        ({"transactions": (payment(1, kind="AUTHORIZATION"),)}, "paid online"),
        ({"facts": facts(source="pos")}, "of a point of sale"),
        ({"lines": (replace(LINES[0], gift_card=True),)}, "with a gift card in it"),
        ({"fulfillments": (fulfillment(1, display_status="LABEL_PURCHASED"),)}, "a shipping label was bought"),
        ({"transactions": (payment(1, gateway="cash"),)}, "that was paid in cash at a point of sale"),
        ({"transactions": (payment(1, gateway="gift_card"),)}, "that was paid with a gift card"),
    ],
    ids=["payment", "authorization", "pos", "gift card", "label", "cash", "paid with a gift card"],
)
def test_the_advisor_says_why_an_order_stays(changed: dict[str, Any], reason: str) -> None:
    (blocked,) = _deletion(**changed).blocked
    assert reason in blocked.reason
    assert "Archive it" in blocked.fix
    taken = _deletion(**(changed | {"facts": facts(test=True)}))
    assert [change.action for change in taken.changes] == ["delete"], "a test order goes whatever else it is"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "no payment"),
        ({"transactions": (payment(1, manual=True, gateway="manual"),)}, "paid by hand only"),
        ({"transactions": (payment(1, status="FAILURE"),)}, "no payment"),
        ({"facts": facts(test=True)}, "a test order"),
    ],
)
def test_and_why_it_can_go(changed: dict[str, Any], why: str) -> None:
    change = _one(_deletion(**changed))
    assert change.after["Why it can be"] == why
    assert not change.reversible


def test_what_is_lost_with_a_deleted_order_is_said() -> None:
    change = _one(_deletion(**paid(), transactions=(payment(1, manual=True),), closed=True))
    assert any("84.00 EUR was received" in warning for warning in change.warnings)
    assert any("still open" in warning for warning in _one(_deletion()).warnings)
    assert any("could not be read" in warning for warning in _one(_deletion(lines=None)).warnings)
    assert not any("could not be read" in warning for warning in _one(_deletion(lines=())).warnings)


BY_HAND: dict[str, Any] = {**paid(), "transactions": (payment(1, manual=True, gateway="manual"),)}


def test_an_open_order_with_money_in_it_is_not_deleted_as_it_is() -> None:
    (blocked,) = _deletion(**BY_HAND).blocked
    assert blocked.reason == "It is open, and 84.00 EUR was received for it."
    assert "archive, delete" in blocked.fix
    for changed in ({"closed": True}, {"cancelled_at": "2026-11-21T10:00:00Z"}, {"facts": facts(test=True)}):
        assert _one(_deletion(**(BY_HAND | changed))).action == "delete"


@pytest.mark.parametrize("asked", ["archive, delete", "cancel, delete"])
def test_but_once_a_step_before_has_put_it_away(asked: str) -> None:
    cells = {"Cancel__Refund": "FALSE"} if "cancel" in asked else {}
    taken = steps(edits(Action=asked, **cells), order(**BY_HAND), PLAN)  # type: ignore[arg-type]
    assert [change.action for change in taken.changes] == asked.split(", ")
    assert not any("still open" in warning for warning in taken.changes[1].warnings)


def test_the_shops_own_money_is_counted_in_its_own_currency() -> None:
    sale = replace(payment(1), amount=money("84.00", "USD"), shop_amount=money("42.00"))
    live = _order(net_payment=money("42.00"), presentment_payment=money("84.00", "USD"), transactions=(sale,))
    change = _one(_refund(live, Amount="42.00 USD"))
    assert (change.refund, change.presentment_refund) == (money("21.00"), money("42.00", "USD"))
    assert change.refund is not None
    assert change.refund.amount == Decimal("21.00")


# --- currencies without cents -----------------------------------------------------------------------------------------

IN_YEN = _order(
    net_payment=money("10.00"),
    presentment_payment=money("1624.0", "JPY"),
    transactions=(replace(payment(1), amount=money("1624.0", "JPY"), shop_amount=money("10.00")),),
    lines=(LineItem("gid://shopify/LineItem/1", "Mug", 3, 3, money("541.333", "JPY")),),
)


def test_yen_have_no_cents_anywhere() -> None:
    change = _one(_refund(IN_YEN, Amount="all"))
    assert change.before["Payment"] == "1624 JPY (10.00 EUR) paid"
    assert change.after["Payment"] == "1624 JPY (10.00 EUR) given back"
    assert amount(money("1624.0", "JPY")) == "1,624 JPY"
    assert amount(money("1624.5", "EUR")) == "1,624.50 EUR"
    assert amount(money("1.5", "KWD")) == "1.500 KWD"


def test_units_cost_what_can_be_paid_in_their_currency() -> None:
    asked = edits(Action="refund", Refund__Quantity="2")
    of_line = tuple(replace(edit, line="gid://shopify/LineItem/1") for edit in asked.edits)
    change = _one(steps(replace(asked, edits=of_line), IN_YEN, PLAN))
    assert change.args["amount"] == "1083"


def test_a_fix_never_says_to_write_nothing() -> None:
    (blocked,) = _refund(IN_YEN, Amount="0.01").blocked
    assert blocked.fix == "Write 2 JPY in Refund: Amount. 2 JPY is 0.01 EUR at the order's own rate."


def test_more_than_there_is_is_said_in_its_own_decimals() -> None:
    (blocked,) = _refund(IN_YEN, Amount="2000 JPY").blocked
    assert "Refund amount 2000 is greater than net payment received 1624." in blocked.reason
    assert blocked.fix == "Lower Refund: Amount; at most 1624 JPY."


def test_a_shop_that_counts_in_yen_gets_whole_yen() -> None:
    shop = _order(
        net_payment=money("1000", "JPY"),
        presentment_payment=money("3.00", "EUR"),
        transactions=(replace(payment(1, "3.00"), shop_amount=money("1000", "JPY")),),
    )
    change = _one(_refund(shop, Amount="1 EUR"))
    assert change.refund == money("333", "JPY")
