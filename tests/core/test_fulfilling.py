"""Fulfil and track: exactly the units and the parcels that the rows name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import differences, edits, fulfillment, held, known_edits, order, sheet, work

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Order, Tracking, WorkLine
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.steps import OrderSteps, steps

FULFILL, TRACK = REGISTRY["fulfill"], REGISTRY["track"]
RECIPE = Preferences(recipe=True)


def _lines(*units: int) -> tuple[WorkLine, ...]:
    return tuple(
        WorkLine(f"gid://shopify/FulfillmentOrderLineItem/{n}", f"gid://shopify/LineItem/{n}", count)
        for n, count in enumerate(units, 1)
    )


def _row(row: int, line: int | None = None, quantity: str | None = None, **cells: str) -> tuple[Edit, ...]:
    gid = f"gid://shopify/LineItem/{line}" if line else None
    texts = {"Fulfillment: Status": "success", **{k.replace("__", ": ").replace("_", " "): v for k, v in cells.items()}}
    return tuple(Edit(row, header, None, text, None, False, gid, quantity) for header, text in texts.items())


def _asked(*rows: tuple[Edit, ...]) -> OrderEdits:
    return OrderEdits("gid://shopify/Order/1", "#1001", tuple(edit for row in rows for edit in row))


def _shipments(live: Order, *rows: tuple[Edit, ...]) -> list[dict[str, int]]:
    taken = steps(_asked(*rows), live, RECIPE)
    assert not taken.blocked, taken.blocked
    return [_units(change) for change in taken.changes]


def _units(change: Change) -> dict[str, int]:
    return {line.rsplit("/", 1)[-1]: units for some in change.args["lines"].values() for line, units in some.items()}


def test_everything_that_is_left_is_named_unit_by_unit() -> None:
    live = order(fulfillment_orders=(work(1, lines=_lines(2, 0, 3)),))
    (change,) = steps(_asked(_row(2)), live, RECIPE).changes
    asked = FULFILL.mutation(change, "").variables["fulfillment"]
    assert asked["lineItemsByFulfillmentOrder"] == [
        {
            "fulfillmentOrderId": "gid://shopify/FulfillmentOrder/1",
            "fulfillmentOrderLineItems": [
                {"id": "gid://shopify/FulfillmentOrderLineItem/1", "quantity": 2},
                {"id": "gid://shopify/FulfillmentOrderLineItem/3", "quantity": 3},
            ],
        }
    ]
    assert asked["notifyCustomer"] is False
    assert "trackingInfo" not in asked


def test_only_the_lines_and_units_that_the_rows_name() -> None:
    live = order(fulfillment_orders=(work(1, lines=_lines(2, 3)),))
    assert _shipments(live, _row(2, 1, "1"), _row(3, 2, "3.0")) == [{"1": 1, "2": 3}]
    assert _shipments(live, _row(2, 2)) == [{"2": 3}], "without a quantity, all that is left of the line"


def test_a_line_named_on_two_rows_of_one_parcel_is_not_guessed_at() -> None:
    taken = steps(_asked(_row(2, 1, "1"), _row(3, 1, "1")), order(fulfillment_orders=(work(1),)), RECIPE)
    assert taken.changes == ()
    assert [("the same line as row 2" in b.reason, "Line: Quantity" in b.fix) for b in taken.blocked] == [(True, True)]


def test_rows_with_different_tracking_are_different_parcels() -> None:
    live = order(fulfillment_orders=(work(1, lines=_lines(2, 3)),))
    one = _row(2, 1, "2", Fulfillment__Tracking_Number="A")
    two = _row(3, 2, "3", Fulfillment__Tracking_Number="B")
    assert _shipments(live, one, two) == [{"1": 2}, {"2": 3}]
    taken = steps(_asked(_row(2, Fulfillment__Tracking_Number="A"), two), live, RECIPE)
    assert ["2 parcels" in blocked.reason for blocked in taken.blocked] == [True]


def test_a_line_in_two_parcels_is_counted_on_from_the_first() -> None:
    live = order(fulfillment_orders=(work(1, lines=_lines(2)),))
    one = _row(2, 1, "1", Fulfillment__Tracking_Number="A")
    two = _row(3, 1, "1", Fulfillment__Tracking_Number="B")
    taken = steps(_asked(one, two), live, RECIPE)
    state = live
    for change in taken.changes:
        state = FULFILL.after(change, state)
        assert FULFILL.satisfied_by(change, state), change.after


def test_two_locations_are_two_shipments() -> None:
    places = (work(1, lines=_lines(2)), work(2, location_name="Lyon"))
    assert [len(units) for units in _shipments(order(fulfillment_orders=places), _row(2))] == [1, 1]


@pytest.mark.parametrize(
    ("row", "found", "reason"),
    [
        (_row(2, 1, "3"), work(1, lines=_lines(2)), "3 of line 1 are asked for, 2 can be shipped"),
        (_row(2, 1, "some"), work(1, lines=_lines(2)), "is no number of units"),
        (_row(2, 9), work(1, lines=_lines(2)), "0 can be shipped"),
        (_row(2), held(1), "on hold"),
        (_row(2), work(1, lines=_lines(*[1] * 513)), "at most 512 lines"),
        (_row(2), work(1, status="CLOSED"), "Nothing of it is left to ship"),
        (_row(2, Fulfillment__Tracking_Company="UPS, DHL"), work(1), "takes one carrier"),
    ],
    ids=["too many", "no number", "another line", "held", "very many lines", "nothing left", "two carriers"],
)
def test_what_shopify_would_not_ship_is_said(row: tuple[Edit, ...], found: Any, reason: str) -> None:
    taken = steps(_asked(row), order(fulfillment_orders=(found,)), RECIPE)
    assert [(reason in b.reason, bool(b.fix)) for b in taken.blocked] == [(True, True)]


def test_released_and_fulfilled_in_one_go() -> None:
    taken = steps(edits(Action="release, fulfill"), order(fulfillment_orders=(held(1),)), RECIPE)
    assert [change.action for change in taken.changes] == ["release", "fulfill"]


def _split_by_a_hold() -> Order:
    """A line of three units, of which one is held: Shopify has split off the others."""
    rest = replace(
        work(2), lines=(WorkLine("gid://shopify/FulfillmentOrderLineItem/2", "gid://shopify/LineItem/1", 2),)
    )
    part = replace(
        held(1), lines=(WorkLine("gid://shopify/FulfillmentOrderLineItem/1", "gid://shopify/LineItem/1", 1),)
    )
    return order(fulfillment_orders=(part, rest))


def _joined(shipped: int = 0) -> Order:
    """The same once the hold was lifted, and so many units have left."""
    line = WorkLine("gid://shopify/FulfillmentOrderLineItem/1", "gid://shopify/LineItem/1", 3 - shipped)
    gone = (WorkLine("gid://shopify/FulfillmentOrderLineItem/2", "gid://shopify/LineItem/1", 0),)
    parcels = (fulfillment(9, tracking=()),) if shipped else ()
    whole = work(1, lines=(line,))
    return order(fulfillment_orders=(whole, work(2, status="CLOSED", lines=gone)), fulfillments=parcels)


@pytest.mark.parametrize(("asked", "units"), [(_row(2), 3), (_row(2, 1, "2"), 2)], ids=["all of it", "a part"])
def test_what_a_release_joins_is_shipped_from_where_it_stands_by_then(asked: tuple[Edit, ...], units: int) -> None:
    release = replace(asked[0], column="Action", sheet="release")
    taken = steps(_asked((release, *asked)), _split_by_a_hold(), RECIPE)
    assert [change.action for change in taken.changes] == ["release", "fulfill"], taken.blocked
    change = taken.changes[1]
    live = _joined()
    assert FULFILL.depends_on(change, live) == change.fingerprint, "joining is no drift"
    pinned = FULFILL.pinned(change, live)
    assert pinned.args["lines"] == {
        "gid://shopify/FulfillmentOrder/1": {"gid://shopify/FulfillmentOrderLineItem/1": units}
    }
    assert FULFILL.blocked_by(pinned, live) is None
    assert not FULFILL.satisfied_by(pinned, live)
    assert FULFILL.repeatable(pinned) is (units == 3)
    done = _joined(shipped=units)
    assert FULFILL.satisfied_by(FULFILL.pinned(change, done), done)
    assert FULFILL.depends_on(change, _joined(shipped=1)) != change.fingerprint, "somebody shipped a unit meanwhile"


def test_what_a_release_does_not_join_is_shipped_all_the_same() -> None:
    taken = steps(edits(Action="release, fulfill"), _split_by_a_hold(), RECIPE)
    apart = REGISTRY["release"].after(taken.changes[0], _split_by_a_hold())
    pinned = FULFILL.pinned(taken.changes[1], apart)
    assert sorted(_units(pinned).values()) == [1, 2]
    assert FULFILL.blocked_by(pinned, apart) is None


@pytest.mark.parametrize(("units", "notify", "again"), [("2", "0", True), ("1", "0", False), ("2", "1", False)])
def test_a_part_or_a_mail_is_never_sent_twice(units: str, notify: str, again: bool) -> None:
    live = order(fulfillment_orders=(work(1, lines=_lines(2)),))
    row = _row(2, 1, units, Fulfillment__Send_Receipt=notify)
    (change,) = steps(_asked(row), live, RECIPE).changes
    assert FULFILL.repeatable(change) is again
    assert change.emails == int(notify)


def test_a_fulfil_file_without_line_type_is_told_so() -> None:
    found = differences(sheet("Name,Fulfillment: ID,Fulfillment: Status", "#1001,,success"))
    assert [problem.column for problem in found.problems] == ["Line: Type"]
    found = differences(sheet("Name,Fulfillment: ID,Fulfillment: Status,Line: Type", "#1001,,success,Fulfillment Line"))
    assert found.problems == ()
    assert [edit.column for edits in found.orders for edit in edits.edits] == ["Fulfillment: Status"]


def test_a_reported_status_is_no_wish() -> None:
    found = differences(sheet("Name,Fulfillment: ID,Fulfillment: Status", "#1001,77,success"))
    assert (found.orders, found.problems) == ((), ())


# --- tracking ---------------------------------------------------------------------------------------------------------

GID = "gid://shopify/Fulfillment/1"


def _track(tracking: tuple[Tracking, ...], base: dict[str, str] | None = None, **cells: str) -> OrderSteps:
    asked = known_edits(base or {}, known=base is not None, fulfillment=GID, **cells)  # type: ignore[arg-type]
    return steps(asked, order(fulfillments=(fulfillment(1, tracking=tracking),)), RECIPE)


def _sent(taken: OrderSteps) -> dict[str, Any]:
    assert not taken.blocked, taken.blocked
    (change,) = taken.changes
    return dict(TRACK.mutation(change, "").variables)


def test_what_was_not_edited_is_sent_along() -> None:
    taken = _track((Tracking("UPS", "1", "https://ups.example/1"),), Fulfillment__Tracking_Number="2")
    assert _sent(taken) == {"id": GID, "tracking": {"company": "UPS", "number": "2"}}


def test_a_link_of_ones_own_is_kept_while_it_is_that_of_the_parcel() -> None:
    own = (Tracking("Ma Poste", "1", "https://poste.example/1"),)
    assert "url" not in _sent(_track(own, Fulfillment__Tracking_Number="2"))["tracking"]
    taken = _track(own, Fulfillment__Tracking_URL="https://poste.example/one")
    assert _sent(taken)["tracking"] == {"company": "Ma Poste", "number": "1", "url": "https://poste.example/one"}


def test_several_numbers_are_never_mixed_with_one() -> None:
    sent = _sent(_track((), Fulfillment__Tracking_Number="1, 2", Fulfillment__Tracking_Company="usps"))["tracking"]
    assert sent == {"company": "USPS", "numbers": ["1", "2"]}


def test_a_carrier_is_spelled_as_shopify_spells_it() -> None:
    sent = _sent(_track((), Fulfillment__Tracking_Company="dhl express", Fulfillment__Tracking_Number="1"))
    assert sent["tracking"]["company"] == "DHL Express"


def test_an_unknown_carrier_is_taken_with_a_word_about_its_link() -> None:
    (change,) = _track((), Fulfillment__Tracking_Company="Vélo Vert", Fulfillment__Tracking_Number="1").changes
    assert "get no link" in change.warnings[0]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Fulfillment__Tracking_URL": "https://x.example"}, "without a tracking number"),
        ({"Fulfillment__Tracking_URL": "x.example", "Fulfillment__Tracking_Number": "1"}, "begin with https"),
    ],
)
def test_what_shopify_would_not_take(cells: dict[str, str], reason: str) -> None:
    assert [reason in b.reason for b in _track((), **cells).blocked] == [True]  # type: ignore[arg-type]


def test_customers_are_told_only_where_the_row_says_so() -> None:
    assert "notify" not in _sent(_track((), Fulfillment__Tracking_Number="1"))
    taken = _track((), Fulfillment__Tracking_Number="1", Fulfillment__Send_Receipt="1")
    assert _sent(taken)["notify"] is True
    (change,) = taken.changes
    assert (change.emails, TRACK.repeatable(change)) == (1, False)


def test_tracking_that_the_shop_changed_too_is_a_conflict() -> None:
    taken = _track(
        (Tracking(None, "theirs", None),), {"Fulfillment: Tracking Number": "old"}, Fulfillment__Tracking_Number="mine"
    )
    assert [(c.base, c.sheet, c.live) for c in taken.conflicts] == [("old", "mine", "theirs")]


def test_tracking_of_nobodys_parcel_is_blocked() -> None:
    taken = steps(edits(Fulfillment__Tracking_Number="1"), order(), RECIPE)
    assert ["whose tracking" in b.reason for b in taken.blocked] == [True]


def test_the_same_tracking_is_no_change() -> None:
    assert _track((Tracking("UPS", "1", "https://u.example"),), Fulfillment__Tracking_Number="1") == OrderSteps()


OLD_NAME = (Tracking("dhl express", "1", None),)
THREE = (Tracking("Chronopost", "1", None), Tracking("Chronopost", "2", None), Tracking("Chronopost", "3", None))


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("more", [{}, {"Fulfillment__Send_Receipt": "TRUE"}])
def test_a_carrier_that_stands_as_it_is_in_the_shop_is_not_respelled(known: bool, more: dict[str, str]) -> None:
    base = {"Fulfillment: Tracking Company": "DHL", "Fulfillment: Tracking Number": "1"} if known else None
    assert _track(OLD_NAME, base, Fulfillment__Tracking_Company="dhl express ", **more) == OrderSteps()
    sent = _sent(_track(OLD_NAME, base, Fulfillment__Tracking_Company="dhl express", Fulfillment__Tracking_Number="2"))
    assert sent["tracking"] == {"company": "dhl express", "number": "2"}


@pytest.mark.parametrize(
    "tracking",
    [OLD_NAME, THREE, (Tracking("La Poste", "1", "https://poste.example/1"),), (Tracking("UPS", "1", None),) * 2],
)
def test_a_whole_sheet_from_elsewhere_that_says_what_the_shop_says_is_no_conflict(
    tracking: tuple[Tracking, ...],
) -> None:
    shown = {
        part: ", ".join(filter(None, (getattr(t, part) for t in tracking))) for part in ("company", "number", "url")
    }
    cells = {
        "Fulfillment__Tracking_Company": shown["company"],
        "Fulfillment__Tracking_Number": shown["number"].replace(", ", "\r\n"),
        "Fulfillment__Tracking_URL": shown["url"],
    }
    filled = {key: text for key, text in cells.items() if text}
    asked = known_edits({}, known=False, fulfillment=GID, **filled)  # type: ignore[arg-type]
    live = order(fulfillments=(fulfillment(1, tracking=tracking),))
    assert steps(asked, live, Preferences()) == OrderSteps()
    new = {**filled, "Fulfillment__Tracking_Number": "new"}
    changed = known_edits({}, known=False, fulfillment=GID, **new)  # type: ignore[arg-type]
    taken = steps(changed, live, Preferences())
    assert [(c.column, c.sheet) for c in taken.conflicts] == [("Fulfillment: Tracking Number", "new")]


def test_tracking_can_be_emptied() -> None:
    taken = _track((Tracking("UPS", "1", None),), Fulfillment__Tracking_Number="[clear]")
    assert _sent(taken)["tracking"] == {"company": "UPS", "number": ""}
    (change,) = taken.changes
    after = TRACK.after(change, order(fulfillments=(replace(fulfillment(1), tracking=()),)))
    assert TRACK.satisfied_by(change, after)
