"""What Shopify would refuse is said while planning, with the fix; and what a change costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import (
    SHEET,
    SHOP,
    differences,
    edits,
    fulfillment,
    known_edits,
    money,
    order,
    paid,
    payment,
    sheet,
    work,
)

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.contradictory import contradictory
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order, Refund
from bulk_orders.core.plan import LiveOrders, Plan, build_plan
from bulk_orders.core.plan_document import from_document, to_document
from bulk_orders.core.preferences import CancelDefaults, Preferences
from bulk_orders.core.results import Entry, State, by_hand, tally, unknown_orders
from bulk_orders.core.steps import OrderSteps, steps
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_text import plan_text


def _cancel(live: Order, **cells: str) -> OrderSteps:
    return steps(edits(Action="cancel", **{"Cancel__Refund": "TRUE", **cells}), live, Preferences())  # type: ignore[arg-type]


def _one(taken: OrderSteps) -> Change:
    assert not taken.blocked, taken.blocked
    (change,) = taken.changes
    return change


CLOSED = work(1, location_name="Lyon", location_active=False)


def test_a_deactivated_location_takes_no_units_of_a_paid_order() -> None:
    live = order(**paid(), fulfillment_orders=(CLOSED,))
    (blocked,) = _cancel(live).blocked
    assert "Lyon is deactivated" in blocked.reason
    assert "Cancel: Restock" in blocked.fix
    assert _one(_cancel(live, Cancel__Restock="FALSE")).args["restock"] is False


def test_of_an_unpaid_order_it_is_only_said() -> None:
    change = _one(_cancel(order(fulfillment_orders=(CLOSED,))))
    assert any("not put back to stock" in warning for warning in change.warnings)
    assert change.consequences["restock"] == {}


def test_a_fulfillment_service_has_to_give_the_order_back_first() -> None:
    asked = work(1, location_name="FulFil", status="IN_PROGRESS", actions=frozenset({"REQUEST_CANCELLATION"}))
    (blocked,) = _cancel(order(**paid(), fulfillment_orders=(asked,))).blocked
    assert "FulFil was asked to ship it" in blocked.reason
    assert "Request the cancellation" in blocked.fix


def test_an_earlier_refund_is_said() -> None:
    given = Refund("r1", None, "2026-11-20T10:00:00Z", money("5.00"))
    change = _one(_cancel(order(**paid(), refunds=(given,))))
    assert any("5.00 EUR was refunded already, on 2026-11-20" in warning for warning in change.warnings)


def test_what_was_not_read_is_not_predicted() -> None:
    """A token that may not read fulfillment orders or customers plans all the same."""
    live = order(**paid(), fulfillment_orders=None, refunds=None, has_customer=None)
    change = _one(_cancel(live))
    assert "restock" not in change.consequences


@pytest.mark.parametrize("status", ["DELIVERED", "IN_TRANSIT", "OUT_FOR_DELIVERY"])
def test_a_parcel_that_left_is_unfulfilled_only_when_told_so(status: str) -> None:
    live = order(fulfillments=(fulfillment(1, display_status=status),))
    (blocked,) = steps(edits(Action="unfulfill"), live, Preferences()).blocked
    assert "--allow-delivered" in blocked.fix
    assert _one(steps(edits(Action="unfulfill"), live, Preferences(allow_delivered=True))).warnings


@pytest.mark.parametrize("action", ["cancel", "unfulfill"])
def test_a_failed_return_may_hide_one_that_is_open(action: str) -> None:
    """An order has one return status for all its returns."""
    parcels = (fulfillment(),) if action == "unfulfill" else ()
    live = order(return_status="RETURN_FAILED", fulfillments=parcels)
    change = _one(steps(edits(Action=action), live, Preferences()))
    assert any("another one is still open" in warning for warning in change.warnings)


def test_a_bought_label_is_to_be_voided_by_hand() -> None:
    live = order(fulfillments=(fulfillment(1, display_status="LABEL_PURCHASED"),))
    change = _one(steps(edits(Action="unfulfill"), live, Preferences()))
    assert change.by_hand == ("Void the shipping label of #1001.1 to get its price back.",)
    done = {change.id: Entry(change.id, State.APPLIED)}
    assert by_hand([change], done) == ("#1001: Void the shipping label of #1001.1 to get its price back.",)
    assert by_hand([change], {change.id: Entry(change.id, State.NOT_ATTEMPTED)}) == (
        "#1001: Unfulfill was not tried, because a step before it failed: see to that first, then plan again.",
    )
    assert by_hand([change], {change.id: Entry(change.id)}) == (), "it is only waiting for its turn"


def test_what_is_in_flight_when_a_run_is_stopped_short_is_named_as_unknown() -> None:
    changes = [replace(_one(_cancel(order())), id=f"c{n}", name=f"#{n}") for n in range(4)]
    states = (State.APPLIED, State.SENDING, State.ACCEPTED, State.UNKNOWN)
    entries = {change.id: Entry(change.id, state) for change, state in zip(changes, states, strict=True)}
    assert unknown_orders(changes, entries) == ("#1", "#2", "#3")
    assert tally(entries.values())["unknown"] == 3


def test_amounts_have_one_spelling_whatever_scale_shopify_wrote() -> None:
    live = order(**(paid("283.9") | {"transactions": (payment(1, "283.9"),)}))
    asked = edits(Action="cancel", Cancel__Refund="TRUE")
    found = LiveOrders({live.id: live}, {})
    rest = {"ignored": 0, "preferences": Preferences(), "plan_id": "7f3a-19c2", "made_at": "2026-11-22T10:00:00+00:00"}
    document = to_document(build_plan([asked], found, shop=SHOP, sheet=SHEET, **rest))  # type: ignore[arg-type]
    assert document["totals"]["refunds"] == [{"amount": "283.90", "currency": "EUR"}]
    assert document["totals"]["refunds_by_method"][0]["amount"] == "283.90"
    assert document["changes"][0]["refund"]["amount"] == "283.90"


def test_tracking_of_a_parcel_that_the_row_unfulfills_is_told_in_the_right_tense() -> None:
    live = order(fulfillments=(fulfillment(1),))
    row = edits(Action="unfulfill", Fulfillment__Tracking_Number="N1").edits
    asked = OrderEdits(live.id, live.name, tuple(replace(e, fulfillment="gid://shopify/Fulfillment/1") for e in row))
    taken = steps(asked, live, Preferences(recipe=True))
    assert [b.reason for b in taken.blocked] == ["Nobody follows the parcel of #1001.1 once it is cancelled."]


@pytest.mark.parametrize(
    ("asked", "fix"),
    [
        ("release, cancel", "Write cancel alone"),
        ("delete, refund", "Write cancel, delete"),
        ("archive, unarchive", "one of the two"),
    ],
)
def test_a_contradiction_says_what_to_write_instead(asked: str, fix: str) -> None:
    problems = contradictory(edits(Action=asked), sheet("Name,Action", "#1001,x"))
    assert [fix in problem.fix for problem in problems][:1] == [True]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [({"Phone": "call me"}, "Phone is invalid"), ({"Email": "ada at example.com"}, "is no e-mail address")],
)
def test_what_shopify_would_not_take_into_a_field(cells: dict[str, str], reason: str) -> None:
    taken = steps(edits(**cells), order(), Preferences(recipe=True))  # type: ignore[arg-type]
    assert taken.changes == ()
    assert [(reason in b.reason, bool(b.fix)) for b in taken.blocked] == [(True, True)]


def test_added_tags_are_shown_beside_those_that_are_there() -> None:
    live = order(tags=("old", "red"))
    taken = steps(edits(Tags="red, xl", Tags_Command="REPLACE"), live, Preferences(recipe=True))
    shown = {change.action: (change.before["Tags"], change.after["Tags"]) for change in taken.changes}
    assert shown == {"tag_remove": ("old, red", "red"), "tag_add": ("old, red", "red, xl")}


def test_a_service_that_shipped_is_to_be_told() -> None:
    live = order(fulfillments=(fulfillment(1, third_party=True),))
    assert _one(steps(edits(Action="unfulfill"), live, Preferences())).by_hand


@pytest.mark.parametrize(
    ("action", "scope"), [("unfulfill", "write_merchant_managed_fulfillment_orders"), ("archive", "write_orders")]
)
def test_a_missing_scope_is_said_before_anything_is_sent(action: str, scope: str) -> None:
    live = order(fulfillments=(fulfillment(1),))
    taken = steps(edits(Action=action), live, Preferences(scopes=frozenset({"read_orders"})))
    assert [scope in b.reason for b in taken.blocked] == [True]
    assert steps(edits(Action=action), live, Preferences(scopes=frozenset({"read_orders", scope}))).changes
    assert steps(edits(Action=action), live, Preferences()).changes, "where nobody knows, nothing is predicted"


# --- consequences -----------------------------------------------------------------------------------------------------


def _plan() -> Plan:
    fee, other = money("1.51"), payment(2, "10.00", gateway="paypal")
    one = order(
        1,
        **paid("94.00"),
        transactions=(payment(1, fee=fee), other),
        fulfillment_orders=(work(1), work(2, location_name="Lyon")),
    )
    two = order(2, **paid("20.00"), transactions=(payment(3, "20.00", fee=fee),))
    gone = order(3)
    asked = [
        edits(Action="cancel", Cancel__Refund="TRUE", Cancel__Send_Receipt="TRUE"),
        edits(two.id, two.name, row=3, Action="cancel", Cancel__Refund="store credit"),
        edits(gone.id, gone.name, row=4, Command="DELETE"),
    ]
    return build_plan(
        asked,
        LiveOrders({o.id: o for o in (one, two, gone)}, {}),
        shop=SHOP,
        sheet=SHEET,
        ignored=0,
        preferences=Preferences(),
        plan_id="7f3a-19c2",
        made_at="2026-11-22T10:00:00+00:00",
    )


def test_consequences_are_added_up() -> None:
    plan = _plan()
    assert [(name, str(amount)) for name, amount in plan.refund_methods()] == [
        ("paypal", "10.00 EUR"),
        ("shopify_payments", "84.00 EUR"),
        ("store credit", "20.00 EUR"),
    ]
    assert [str(fee) for fee in plan.fees()] == ["3.02 EUR"]
    assert plan.restocked() == {"Lyon": 2, "Paris": 2}
    assert (plan.deletions, plan.emails, plan.points) == (1, 1, 30)


def test_consequences_are_told() -> None:
    text = " ".join(plan_text(_plan(), Path("orders.plan"), paint=Paint()).split())
    assert "refunds 114.00 EUR (paypal 10.00 EUR; shopify payments 84.00 EUR; store credit 20.00 EUR)" in text
    assert "payment fees of 3.02 EUR are not given back" in text
    assert "4 units back to stock (Lyon 2, Paris 2)" in text
    assert "1 order leaves your reports for good" in text
    assert "30 points" in text


def test_consequences_are_in_the_plan_file() -> None:
    document = to_document(_plan())
    assert document["totals"]["refunds_by_method"][0] == {"method": "paypal", "amount": "10.00", "currency": "EUR"}
    assert document["totals"]["fees"] == [{"amount": "3.02", "currency": "EUR"}]
    assert document["totals"]["restock"] == [{"location": "Lyon", "units": 2}, {"location": "Paris", "units": 2}]
    assert document["totals"]["deleted"] == 1
    again = from_document(document)
    assert to_document(replace(again, digest="")) == document


def test_what_is_left_for_people_is_told_once_with_its_orders() -> None:
    changes = _plan().changes
    states = dict(zip((c.id for c in changes), (State.REFUSED, State.UNKNOWN, State.DRIFTED), strict=True))
    tasks = by_hand(changes, {gid: Entry(gid, state) for gid, state in states.items()})
    assert ["#1001: Shopify refused to cancel" in tasks[0], "#1002: Whether cancel" in tasks[1]] == [True, True]
    assert "#1003: Delete was left out" in tasks[2]


# --- address and details ----------------------------------------------------------------------------------------------

HOME = {
    "firstName": "Ada",
    "lastName": "Exemple",
    "address1": "1 rue du Port",
    "zip": "44000",
    "city": "Nantes",
    "countryCode": "FR",
}
UPDATE = REGISTRY["update"]


def _update(live: Order, base: dict[str, str] | None = None, **cells: str) -> OrderSteps:
    asked = known_edits(base or {}, known=base is not None, **cells)  # type: ignore[arg-type]
    return steps(asked, live, Preferences(recipe=base is None))


def test_an_address_is_sent_whole() -> None:
    change = _one(_update(order(address=HOME), Shipping__Address_1="2 rue du Port", Shipping__Company="[clear]"))
    sent = UPDATE.mutation(change, "").variables["input"]
    assert sent == {"id": "gid://shopify/Order/1", "shippingAddress": {**HOME, "address1": "2 rue du Port"}}
    assert (change.before, change.after) == (
        {"Shipping: Address 1": "1 rue du Port"},
        {"Shipping: Address 1": "2 rue du Port"},
    )


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Shipping__Last_Name": "[clear]"}, "Enter a last name"),
        ({"Shipping__Zip": "[clear]"}, "Enter a postal code"),
        ({"Shipping__Country_Code": "us"}, "Select a state"),
        ({"Shipping__Country_Code": "France"}, "no country code of two letters"),
        ({"Shipping__Country_Code": "uk"}, "UK is no country code; GB may be meant"),
        ({"Shipping__Country_Code": "XX"}, "XX is no country code"),
    ],
)
def test_an_address_that_shopify_would_refuse_is_said(cells: dict[str, str], says: str) -> None:
    (blocked,) = _update(order(address=HOME), None, **cells).blocked
    assert says in blocked.reason


def test_an_order_without_an_address_needs_a_whole_one() -> None:
    (blocked,) = _update(order(address={}), Shipping__City="Nantes").blocked
    assert "Enter a last name; Enter an address; Select a country; Enter a postal code" in blocked.reason


def test_an_address_that_the_shop_changed_too_is_a_conflict() -> None:
    taken = _update(order(address=HOME), {"Shipping: City": "Rennes"}, Shipping__City="Brest")
    assert [(c.column, c.base, c.sheet, c.live) for c in taken.conflicts] == [
        ("Shipping: City", "Rennes", "Brest", "Nantes")
    ]


def test_without_a_base_a_sheet_of_more_than_edits_changes_no_address() -> None:
    asked = edits(Shipping__City="Brest")
    assert UPDATE.reads(asked, Preferences()) == (frozenset(), frozenset())
    assert steps(asked, order(), Preferences()) == OrderSteps()


def test_additional_details_are_lines_of_names_and_values() -> None:
    live = order(attributes=(("gift", "no"), ("floor", "2")))
    change = _one(_update(live, Additional_Details="gift: yes\nfloor: 2\n"))
    assert change.args["fields"] == {
        "customAttributes": [{"key": "gift", "value": "yes"}, {"key": "floor", "value": "2"}]
    }
    assert _update(live, Additional_Details="gift: no\r\nfloor: 2") == OrderSteps()
    assert _one(_update(live, Additional_Details="[clear]")).args["fields"] == {"customAttributes": []}


@pytest.mark.parametrize(
    ("attributes", "cell", "says"),
    [
        ((("gift", "no"),), "gift", "has no name before a colon"),
        ((("poem", "roses\nviolets"),), "poem: tulips", "cannot hold apart"),
    ],
)
def test_details_that_cannot_be_told_apart(attributes: Any, cell: str, says: str) -> None:
    (blocked,) = _update(order(attributes=attributes), Additional_Details=cell).blocked
    assert says in blocked.reason


def test_fields_address_and_details_are_one_mutation() -> None:
    live = order(address=HOME, attributes=())
    change = _one(_update(live, Note="n", Shipping__Phone="+33612345678", Additional_Details="gift: yes"))
    assert set(change.args["fields"]) == {"note", "shippingAddress", "customAttributes"}
    assert UPDATE.satisfied_by(change, UPDATE.after(change, live))
    assert not UPDATE.confirmed_by(change, {"order": {"id": live.id, "note": "n"}})


# --- what the steps before change -------------------------------------------------------------------------------------


def test_units_that_an_unfulfilling_takes_back_go_to_stock_with_the_cancellation() -> None:
    live = order(**paid(), fulfillments=(fulfillment(1, location_name="Lyon"),), fulfillment_orders=(work(1),))
    taken = steps(edits(Action="unfulfill, cancel", Cancel__Refund="TRUE"), live, Preferences())
    cancel = next(change for change in taken.changes if change.action == "cancel")
    assert cancel.consequences["restock"] == {"Paris": 2, "Lyon": 2}


def test_an_archive_after_a_cancellation_stays_in_the_plan_of_an_archived_order_too() -> None:
    """Unfulfilling opens it, cancelling archives it again: the archive will be so by then, and is shown."""
    for closed, first in ((True, "archived"), (False, "open")):
        live = order(**paid(), closed=closed, fulfillments=(fulfillment(1),))
        assert first == ("archived" if live.closed else "open")
        taken = steps(edits(Action="unfulfill, cancel, archive", Cancel__Refund="TRUE"), live, Preferences())
        assert [change.action for change in taken.changes] == ["unfulfill", "cancel", "archive"]
        assert taken.changes[1].before == {"Status": "open, paid"}
        assert any("nothing will be left to do" in warning for warning in taken.changes[2].warnings)


def test_what_is_so_and_stays_so_is_no_change() -> None:
    assert steps(edits(Action="archive"), order(closed=True), Preferences()) == OrderSteps()


@pytest.mark.parametrize(
    ("action", "cells", "header", "problems"),
    [
        ("cancel", "TRUE", "Cancel: Refund,Cancel: Store Credit Expires At", 1),
        ("cancel", "FALSE", "Cancel: Refund,Cancel: Store Credit Expires At", 1),
        ("cancel", "store credit", "Cancel: Refund,Cancel: Store Credit Expires At", 0),
        ("cancel", "", "Cancel: Refund,Cancel: Store Credit Expires At", 0),
        ("refund", "original", "Refund: To,Refund: Store Credit Expires At", 1),
        ("refund", "", "Refund: To,Refund: Store Credit Expires At", 1),
        ("refund", "store credit", "Refund: To,Refund: Store Credit Expires At", 0),
    ],
)
def test_an_expiry_of_store_credit_that_nobody_gives_names_its_cell(
    action: str, cells: str, header: str, problems: int
) -> None:
    found = differences(sheet(f"ID,Action,{header}", f"1,{action},{cells},2027-12-31")).problems
    assert [problem.cell for problem in found] == ["D2"] * problems


def test_an_expiry_beside_a_default_that_gives_no_credit_is_told_too() -> None:
    cells = {"Cancel__Store_Credit_Expires_At": "2027-12-31"}
    live = order(**paid(), transactions=(payment(1),))
    for default, blocked in (("original", 1), ("none", 1), ("store_credit", 0)):
        preferences = Preferences(CancelDefaults(refund=default))
        taken = steps(edits(Action="cancel", **cells), live, preferences)  # type: ignore[arg-type]
        assert len(taken.blocked) == blocked, default


def test_a_step_is_not_blamed_for_what_the_one_before_it_lacks() -> None:
    """The parcel has arrived: that is all that stands in the way, and "write unfulfill, cancel" would be no help."""
    live = order(**paid(), fulfillments=(fulfillment(1, display_status="DELIVERED"),))
    taken = steps(edits(Action="unfulfill, cancel", Cancel__Refund="TRUE"), live, Preferences())
    assert [blocked.action for blocked in taken.blocked] == ["unfulfill"]
    assert taken.changes == ()
