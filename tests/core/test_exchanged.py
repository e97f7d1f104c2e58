"""Ids that changed places within one order: the base knows which cells stood beside which parcel and which line."""

from __future__ import annotations

import pytest
from builders import base, differences, sheet

HEADER = "ID,Name,Fulfillment: ID,Fulfillment: Status,Fulfillment: Created At,Fulfillment: Tracking Number"
PARCELS = (
    "1,#1001,11,success,2026-01-01T10:00:00Z,AAA",
    "1,#1001,12,success,2026-01-02T10:00:00Z,00123",
    "2,#1002,21,success,2026-01-01T10:00:00Z,CCC",
)
BARE = "ID,Fulfillment: ID,Fulfillment: Tracking Number"
NUMBERS = ("1,11,AAA", "1,12,BBB", "1,13,CCC")


def _told(header: str, was: tuple[str, ...], *rows: str) -> list[tuple[str | None, str]]:
    found = differences(sheet(header, *rows), base(header, *was))
    return [(problem.cell, problem.what) for problem in found.problems]


@pytest.mark.parametrize("status", ["success", "cancelled"])
def test_parcels_that_changed_places_are_refused(status: str) -> None:
    found = _told(
        HEADER,
        PARCELS,
        f"1,#1001,12,{status},2026-01-01T10:00:00Z,AAA",
        "1,#1001,11,success,2026-01-02T10:00:00Z,123",
        PARCELS[2],
    )
    says = "The export had this row's cells with the fulfillment {} of the same order; the row's Fulfillment: ID is {}."
    assert found == [("C2", says.format(11, 12)), ("C3", says.format(12, 11))]


def test_one_id_that_was_overwritten_is_refused_too() -> None:
    found = _told(HEADER, PARCELS, "1,#1001,12,cancelled,2026-01-01T10:00:00Z,AAA", *PARCELS[1:])
    assert [cell for cell, _ in found] == ["C2"]


def test_numbers_that_change_places_between_parcels_that_stay_are_an_edit() -> None:
    rows = ("1,#1001,11,success,2026-01-01T10:00:00Z,00123", "1,#1001,12,success,2026-01-02T10:00:00Z,AAA")
    found = differences(sheet(HEADER, *rows), base(HEADER, *PARCELS))
    assert found.problems == ()
    assert [edit.sheet for edit in found.orders[0].edits] == ["00123", "AAA"]


def test_where_nothing_else_tells_two_that_change_places_are_a_slip_and_one_is_an_edit() -> None:
    swapped = differences(sheet(BARE, "1,12,AAA", "1,11,BBB", "1,13,CCC"), base(BARE, *NUMBERS))
    assert [(p.cell, "in two sheets" in p.fix) for p in swapped.problems] == [("B2", True), ("B3", True)]
    assert _told(BARE, NUMBERS, "1,11,BBB", "1,12,DDD", "1,13,CCC") == []


def test_lines_that_changed_places_are_refused() -> None:
    header = "ID,Name,Line: ID,Line: Title,Line: Quantity,Refund: Quantity"
    was = ("1,#1001,31,Mug,1,", "1,#1001,32,Tea,2,")
    assert [cell for cell, _ in _told(header, was, "1,#1001,32,Mug,1,1", was[1])] == ["C2"]


def test_units_as_many_as_another_line_has_are_those_of_the_row() -> None:
    header = "ID,Line: ID,Line: Quantity"
    assert _told(header, ("1,31,1", "1,32,2"), "1,31,2", "1,32,2") == []


SHIPPED = "ID,Name,Line: Type,Fulfillment: ID,Fulfillment: Status"
ONE_OF_TWO = ("1,#1001,Fulfillment Line,11,success", "2,#1002,,,")


def test_a_column_of_ids_that_was_deleted_makes_no_wish_of_what_was_exported() -> None:
    """`success` without an id asks to fulfill what is left of the order, which nobody wrote there."""
    left = sheet("ID,Name,Line: Type,Fulfillment: Status", "1,#1001,Fulfillment Line,success", "2,#1002,,")
    gone = differences(left, base(SHIPPED, *ONE_OF_TWO))
    assert [(problem.cell, "fulfillment 11" in problem.what) for problem in gone.problems] == [("D2", True)]
    assert gone.orders == ()


def test_an_id_that_was_emptied_makes_none_either() -> None:
    assert [cell for cell, _ in _told(SHIPPED, ONE_OF_TWO, "1,#1001,Fulfillment Line,,success", ONE_OF_TWO[1])] == [
        "D2"
    ]


def test_a_new_parcel_in_a_row_of_its_own_is_a_wish() -> None:
    rows = (*ONE_OF_TWO, "1,#1001,Fulfillment Line,,success", "2,#1002,Fulfillment Line,,success")
    found = differences(sheet(SHIPPED, *rows), base(SHIPPED, *ONE_OF_TWO))
    assert found.problems == ()
    assert [edit.row for edits in found.orders for edit in edits.edits] == [4, 5]


def test_a_column_of_line_ids_that_was_deleted_is_told_as_such() -> None:
    """It was told as a column that was sorted, or as cells that cannot be changed."""
    was = base(
        "ID,Name,Line: ID,Line: Title,Line: Quantity", "1,#1001,31,Mug,1", "1,#1001,32,Tea,2", "2,#1002,41,Mug,1"
    )
    left = ("1,#1001,Mug,1", "1,#1001,Tea,2", "2,#1002,Mug,1")
    found = differences(sheet("ID,Name,Line: Title,Line: Quantity", *left), was)
    assert [problem.cell for problem in found.problems] == ["C2", "C3", "C4"]
    assert "the export had the line item 31 with this order" in found.problems[0].what
    assert "Put back its Line: ID" in found.problems[0].fix
