"""Every action of the registry: plans, is blocked when it must be, is satisfied after, renders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from builders import SHEET, SHOP, edits, fulfillment, known_edits, order, paid
from cases import CANCEL_BLOCKS, CASES

from bulk_orders.core.actions import REGISTRY, STEPS
from bulk_orders.core.changes import Blocked, Change, Conflict
from bulk_orders.core.columns import ACTION_WORDS
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Money, Order, Transaction
from bulk_orders.core.plan import LiveOrders, Plan, build_plan
from bulk_orders.core.preferences import CancelDefaults, Preferences
from bulk_orders.core.steps import OrderSteps, steps
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.words import VERBS

ACTIONS = list(REGISTRY)


def _steps(asked: OrderEdits, live: Order, **preferences: object) -> OrderSteps:
    return steps(asked, live, Preferences(**preferences))  # type: ignore[arg-type]


def _changes(asked: OrderEdits, live: Order, **preferences: object) -> list[Change]:
    taken = _steps(asked, live, **preferences)
    assert not taken.blocked, taken.blocked
    assert not taken.conflicts, taken.conflicts
    return list(taken.changes)


def _plan(asked: OrderEdits, live: Order) -> Plan:
    return build_plan(
        [asked],
        LiveOrders({live.id: live}, {}),
        shop=SHOP,
        sheet=SHEET,
        ignored=0,
        preferences=Preferences(),
        plan_id="7f3a-19c2",
        made_at="2026-11-22T10:00:00+00:00",
    )


def test_every_action_has_its_case_and_its_words() -> None:
    assert set(CASES) == set(REGISTRY)
    assert set(VERBS) == set(STEPS)


@pytest.mark.parametrize("name", ACTIONS)
def test_it_plans(name: str) -> None:
    case = CASES[name]
    changes = _changes(case.edits, case.order)
    assert [change.action for change in changes] == [name] * case.changes
    for change in changes:
        assert change.reversible is REGISTRY[name].reversible
        assert not REGISTRY[name].satisfied_by(change, case.order)


@pytest.mark.parametrize("name", ACTIONS)
def test_it_is_blocked_when_it_must_be(name: str) -> None:
    case = CASES[name]
    if case.blocked is None:
        change = _changes(case.edits, case.order)[0]
        assert REGISTRY[name].blocked_by(change, case.order) is None
        return
    taken = _steps(case.edits, case.blocked)
    assert taken.changes == ()
    assert [(b.action, case.reason in b.reason, bool(b.fix)) for b in taken.blocked] == [(name, True, True)]


@pytest.mark.parametrize("name", ACTIONS)
def test_it_is_satisfied_after(name: str) -> None:
    case = CASES[name]
    state = case.order
    for change in _changes(case.edits, case.order):
        state = REGISTRY[name].after(change, state)
        assert REGISTRY[name].satisfied_by(change, state)
    assert _steps(case.edits, state).changes == (), "planned again, nothing is left to do"


@pytest.mark.parametrize("name", ACTIONS)
def test_its_fingerprint_is_that_of_the_state_it_was_planned_on(name: str) -> None:
    case = CASES[name]
    for change in _changes(case.edits, case.order):
        assert dict(REGISTRY[name].depends_on(change, case.order)) == dict(change.fingerprint)


@pytest.mark.parametrize("name", ACTIONS)
def test_it_renders(name: str) -> None:
    case = CASES[name]
    plan = _plan(case.edits, case.order)
    text = plan_text(plan, Path("orders.plan"), paint=Paint())
    html = plan_html(plan, Path("orders.plan"))
    for words in case.shown:
        assert words in " ".join(text.split())
    assert VERBS[name].title in html
    assert all(len(line) <= 88 for line in text.splitlines())


# --- order of steps ---------------------------------------------------------------------------------------------------


def test_unfulfill_cancel_and_archive_run_in_that_order() -> None:
    live = order(**paid(), fulfillments=(fulfillment(1),))
    changes = _changes(edits(Action="archive, cancel, unfulfill", Cancel__Refund="FALSE"), live)
    assert [change.action for change in changes] == ["unfulfill", "cancel", "archive"]
    assert changes[1].fingerprint["shipped"] == [], "judged after the unfulfilling before it"


def test_an_archive_after_a_cancel_stays_a_change() -> None:
    changes = _changes(edits(Action="cancel, archive"), order())
    assert [change.action for change in changes] == ["cancel", "archive"]


def test_an_archived_order_that_is_unfulfilled_is_archived_again() -> None:
    live = order(closed=True, fulfillments=(fulfillment(1),))
    assert [c.action for c in _changes(edits(Action="unfulfill, archive"), live)] == ["unfulfill", "archive"]


def test_what_is_so_already_is_no_change() -> None:
    assert _changes(edits(Action="archive"), order(closed=True)) == []
    assert _changes(edits(Action="cancel"), order(cancelled_at="2026-01-01T00:00:00Z", closed=True)) == []


def test_an_order_is_done_whole_or_left_alone() -> None:
    live = order(**paid(), fulfillments=(fulfillment(1),))
    taken = _steps(edits(Action="cancel", Note="hi", Cancel__Refund="TRUE"), live, recipe=True)
    assert taken.changes == ()
    assert [blocked.action for blocked in taken.blocked] == ["cancel"]


# --- cancel -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CANCEL_BLOCKS)
def test_shopify_would_refuse_to_cancel(name: str) -> None:
    live, reason = CANCEL_BLOCKS[name]
    change = _changes(edits(Action="cancel"), order())[0]
    obstacle = REGISTRY["cancel"].blocked_by(change, live)
    assert obstacle is not None
    assert reason in obstacle.reason


def test_cash_on_delivery_does_not_keep_an_order_from_being_cancelled() -> None:
    live = order(transactions=(Transaction("SALE", "PENDING", manual=True),))
    assert [change.action for change in _changes(edits(Action="cancel"), live)] == ["cancel"]


def test_the_defaults_of_a_cancellation_are_shown() -> None:
    (change,) = _changes(edits(Action="cancel"), order())
    assert change.args["reason"] == "OTHER"
    assert change.args["receipt"] is False
    assert change.args["restock"] is True
    assert change.defaults == ("Reason", "Restock", "E-mail")


def test_a_paid_order_is_not_cancelled_without_a_word_about_its_money() -> None:
    taken = _steps(edits(Action="cancel"), order(**paid()))
    assert [("84.00 EUR" in b.reason, "Cancel: Refund" in b.fix) for b in taken.blocked] == [(True, True)]


def test_the_defaults_can_be_set() -> None:
    defaults = CancelDefaults(reason="STAFF", refund="original", receipt=True, restock=False)
    (change,) = _changes(edits(Action="cancel"), order(**paid()), cancel=defaults)
    assert (change.args["reason"], change.args["refund"], change.emails) == ("STAFF", "original", 1)
    assert change.refund == Money(Decimal("84.00"), "EUR")


@pytest.mark.parametrize(
    ("refund", "method", "money"),
    [
        ("TRUE", {"originalPaymentMethodsRefund": True}, "84.00 EUR"),
        ("FALSE", None, None),
        ("store credit", {"storeCreditRefund": {}}, "84.00 EUR"),
    ],
)
def test_the_money_goes_where_the_sheet_says(refund: str, method: object, money: str | None) -> None:
    (change,) = _changes(edits(Action="cancel", Cancel__Refund=refund), order(**paid()))
    sent = REGISTRY["cancel"].mutation(change, "bo-12345678").variables
    assert sent.get("rm") == method
    assert (str(change.refund) if change.refund else None) == money
    assert sent["note"] == "[bo-12345678]"


def test_store_credit_can_expire() -> None:
    asked = edits(
        Action="cancel", Cancel__Refund="store credit", Cancel__Store_Credit_Expires_At="2027-01-31T00:00:00Z"
    )
    (change,) = _changes(asked, order(**paid()))
    sent = REGISTRY["cancel"].mutation(change, "bo-12345678").variables
    assert sent["rm"] == {"storeCreditRefund": {"expiresAt": "2027-01-31T00:00:00Z"}}


def test_the_marker_stands_behind_the_merchants_own_note() -> None:
    (change,) = _changes(edits(Action="cancel", Cancel__Staff_Note="x" * 240), order())
    note = REGISTRY["cancel"].mutation(change, "bo-12345678").variables["note"]
    assert len(note) == 254
    assert note.endswith(" [bo-12345678]")


def test_a_cancellation_is_ours_by_its_marker() -> None:
    (change,) = _changes(edits(Action="cancel"), order())
    cancel = REGISTRY["cancel"]
    assert cancel.ours(change, order(staff_note="late [bo-12345678]"), "bo-12345678") is True
    assert cancel.ours(change, order(staff_note="late"), "bo-12345678") is False


def test_only_a_cancellation_that_costs_nobody_anything_may_be_repeated() -> None:
    cancel = REGISTRY["cancel"]
    (plain,) = _changes(edits(Action="cancel"), order())
    (refunding,) = _changes(edits(Action="cancel", Cancel__Refund="TRUE"), order(**paid()))
    (mailing,) = _changes(edits(Action="cancel", Cancel__Send_Receipt="TRUE"), order())
    assert [cancel.repeatable(change) for change in (plain, refunding, mailing)] == [True, False, False]


def test_a_cancellation_is_not_done_before_the_order_is_archived() -> None:
    (change,) = _changes(edits(Action="cancel"), order())
    cancel = REGISTRY["cancel"]
    halfway = order(cancelled_at="2026-01-01T00:00:00Z")
    assert not cancel.satisfied_by(change, halfway)
    assert cancel.satisfied_by(change, replace(halfway, closed=True))


def test_another_reason_for_a_cancelled_order_is_blocked() -> None:
    live = order(cancelled_at="2026-01-01T00:00:00Z", cancel_reason="FRAUD", closed=True)
    taken = _steps(known_edits({"Cancel: Reason": "fraud"}, Cancel__Reason="customer"), live)
    assert ["keeps the reason" in blocked.reason for blocked in taken.blocked] == [True]


# --- unfulfill --------------------------------------------------------------------------------------------------------


def test_one_fulfillment_by_its_row() -> None:
    live = order(fulfillments=(fulfillment(1), fulfillment(2)))
    gid = "gid://shopify/Fulfillment/2"
    asked = known_edits({"Fulfillment: Status": "success"}, row=3, fulfillment=gid, Fulfillment__Status="cancelled")
    (change,) = _changes(asked, live)
    assert (change.row, change.args["fulfillment"]) == (3, gid)


def test_a_fulfillment_of_another_order_is_blocked() -> None:
    asked = known_edits({}, fulfillment="gid://shopify/Fulfillment/9", Fulfillment__Status="cancelled")
    taken = _steps(asked, order(fulfillments=(fulfillment(1),)))
    assert ["has no fulfillment 9" in blocked.reason for blocked in taken.blocked] == [True]


@pytest.mark.parametrize(
    ("status", "says"), [("DELIVERED", "has the parcel"), ("IN_TRANSIT", "on its way"), ("FULFILLED", None)]
)
def test_where_the_parcel_is_is_said(status: str, says: str | None) -> None:
    live = order(fulfillments=(fulfillment(1, display_status=status),))
    (change,) = _changes(edits(Action="unfulfill"), live, allow_delivered=True)
    assert any(says in warning for warning in change.warnings) if says else change.warnings == ()


# --- values -----------------------------------------------------------------------------------------------------------


def test_a_value_that_the_shop_changed_too_is_a_conflict_with_all_three() -> None:
    taken = _steps(known_edits({"Note": "base"}, Note="mine"), order(note="theirs"))
    assert taken.conflicts == (
        Conflict("gid://shopify/Order/1", "#1001", 2, "Note", base="base", sheet="mine", live="theirs"),
    )
    assert taken.changes == ()


@pytest.mark.parametrize(("choice", "notes"), [("sheet", ["mine"]), ("live", [])])
def test_a_conflict_can_be_decided(choice: str, notes: list[str]) -> None:
    asked = known_edits({"Note": "base"}, Note="mine")
    changes = _changes(asked, order(note="theirs"), on_conflict=choice)
    assert [change.args["fields"]["note"] for change in changes] == notes


def test_a_value_that_both_changed_to_the_same_is_none() -> None:
    assert _changes(known_edits({"Note": "base"}, Note="same"), order(note="same")) == []


def test_without_a_base_a_differing_value_is_shown_and_not_taken() -> None:
    taken = _steps(edits(Note="maybe old"), order(note="newer"))
    assert [(c.base, c.sheet, c.live) for c in taken.conflicts] == [(None, "maybe old", "newer")]


@pytest.mark.parametrize("preference", ["recipe", "two_way"])
def test_without_a_base_a_recipe_or_a_word_takes_it(preference: str) -> None:
    (change,) = _changes(edits(Note="mine"), order(note="theirs"), **{preference: True})
    assert change.args == {"fields": {"note": "mine"}}


def test_all_fields_of_an_order_are_one_mutation() -> None:
    asked = edits(Note="n", Email="bea@example.com", Phone="+33612345678", Purchase_Order_Number="PO 1")
    (change,) = _changes(asked, order(), recipe=True)
    sent = REGISTRY["update"].mutation(change, "").variables
    assert sent == {
        "input": {
            "id": "gid://shopify/Order/1",
            "note": "n",
            "email": "bea@example.com",
            "phone": "+33612345678",
            "poNumber": "PO 1",
        }
    }


def test_clear_empties_a_field() -> None:
    (change,) = _changes(known_edits({"Note": "old"}, Note="[clear]"), order(note="old"))
    assert change.args == {"fields": {"note": ""}}
    assert REGISTRY["update"].satisfied_by(change, order(note=None))


def test_a_note_can_be_appended_to() -> None:
    asked = known_edits({"Note": "old"}, Note="more", Note_Command="APPEND")
    (change,) = _changes(asked, order(note="changed since"))
    assert change.args == {"fields": {"note": "changed since\nmore"}}
    assert _changes(asked, order(note="changed since\nmore")) == [], "planned again, nothing is added twice"


def test_a_note_that_would_grow_too_long_is_blocked() -> None:
    taken = _steps(known_edits({}, Note="x" * 100, Note_Command="APPEND"), order(note="y" * 4950))
    assert ["longer than 5000" in blocked.reason for blocked in taken.blocked] == [True]


@pytest.mark.parametrize(("header", "text"), [("Email", "ada at example"), ("Phone", "call me"), ("Phone", "123")])
def test_what_shopify_would_not_take_is_blocked(header: str, text: str) -> None:
    taken = _steps(known_edits({}, **{header: text}), order(email=None))  # type: ignore[arg-type]
    assert len(taken.blocked) == 1


# --- tags -------------------------------------------------------------------------------------------------------------


def _tag_changes(live: tuple[str, ...], cell: str, command: str | None = None, base: str | None = None) -> list[object]:
    extra = {"Tags_Command": command} if command else {}
    known = base is not None
    asked = known_edits({"Tags": base or ""}, known=known, Tags=cell, **extra)  # type: ignore[arg-type]
    return [(c.action, c.args["tags"]) for c in _changes(asked, order(tags=live), recipe=True)]


@pytest.mark.parametrize(
    ("live", "base", "cell", "changes"),
    [
        (("a", "b"), "a, b", "a, c", [("tag_remove", ["b"]), ("tag_add", ["c"])]),
        (("a", "b", "theirs"), "a, b", "a", [("tag_remove", ["b"])]),
        (("a",), "a, b", "a", []),
        (("a", "c"), "a", "a, c", []),
        (("Red",), "Red", "red", [("tag_remove", ["Red"]), ("tag_add", ["red"])]),
        (("RED", "a"), "red, a", "a", [("tag_remove", ["RED"])]),
        (("a", "b"), "a, b", "[clear]", [("tag_remove", ["a", "b"])]),
    ],
)
def test_tags_with_a_base_are_a_delta(live: tuple[str, ...], base: str, cell: str, changes: list[object]) -> None:
    assert _tag_changes(live, cell, base=base) == changes


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        (None, [("tag_add", ["c"])]),
        ("MERGE", [("tag_add", ["c"])]),
        ("DELETE", [("tag_remove", ["A"])]),
        ("REPLACE", [("tag_remove", ["A", "b"]), ("tag_add", ["a", "c"])]),
    ],
)
def test_tags_with_a_command_are_as_in_matrixify(command: str | None, changes: list[object]) -> None:
    assert _tag_changes(("A", "b"), "a, c", command) == changes


def test_tags_without_a_base_in_a_full_sheet_are_shown_and_not_taken() -> None:
    taken = _steps(edits(Tags="old"), order(tags=("new",)))
    assert [c.column for c in taken.conflicts] == ["Tags"]


# --- what a sheet cannot do -------------------------------------------------------------------------------------------


def test_a_read_only_cell_blocks_its_order() -> None:
    asked = known_edits({"Price: Total": "84.0", "Note": ""}, Price__Total="1.0", Note="new")
    taken = _steps(asked, order())
    assert [(b.action, "Price: Total" in b.reason, "84.0" in b.fix) for b in taken.blocked] == [(None, True, True)]
    assert taken.changes == ()


def test_every_word_of_the_action_column_is_an_action() -> None:
    assert set(ACTION_WORDS) <= set(REGISTRY)


# --- the right order --------------------------------------------------------------------------------------------------


def _found(asked: OrderEdits, *live: Order) -> Order | Blocked:
    by_name = {asked.name or "": tuple(o for o in live if o.name == asked.name)}
    return LiveOrders({o.id: o for o in live}, by_name).found(asked)


def test_an_order_that_is_not_there_is_blocked() -> None:
    found = _found(edits(Action="cancel"))
    assert isinstance(found, Blocked)
    assert "no such order" in found.reason


def test_an_id_whose_order_is_called_otherwise_is_blocked() -> None:
    found = _found(edits(Action="cancel", name="#1002"), order(1))
    assert isinstance(found, Blocked)
    assert "ID and Name disagree" in found.reason


def test_a_name_of_two_orders_is_blocked() -> None:
    asked = replace(edits(Action="cancel"), order=None)
    found = _found(asked, order(1), order(2, name="#1001"))
    assert isinstance(found, Blocked)
    assert "2 orders are called #1001" in found.reason


def test_a_name_that_fits_one_order_is_enough() -> None:
    assert _found(replace(edits(Action="cancel"), order=None), order(1)) == order(1)


def test_an_order_that_two_rows_call_differently_is_not_done_twice() -> None:
    by_id = replace(edits(Action="cancel"), name=None)
    by_name = replace(edits(Action="cancel", row=3), order=None)
    plan = build_plan(
        [by_id, by_name],
        LiveOrders({order().id: order()}, {"#1001": (order(),)}),
        shop=SHOP,
        sheet=SHEET,
        ignored=0,
        preferences=Preferences(),
        plan_id="7f3a-19c2",
        made_at="2026-11-22T10:00:00+00:00",
    )
    assert [change.row for change in plan.changes] == [2]
    assert [blocked.row for blocked in plan.blocked] == [3]
    assert plan.rows == {"changed": 1, "blocked": 1, "conflict": 0, "unchanged": 1, "ignored": 0}
