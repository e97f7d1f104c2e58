"""Which cells are edits: the three-way rule, and the two-way one for sheets from elsewhere."""

from __future__ import annotations

import pytest
from builders import base, differences, sheet

from bulk_orders.core.identity import identity_problems
from bulk_orders.core.problems import Problem

_HEADER = "ID,Name,Note,Tags,Closed At,Price: Total,Top Row,Fulfillment: ID,Fulfillment: Status,Action,Cancel: Refund"
_BASE = (
    _HEADER,
    "1,#1001,call first,vip,,84.0,TRUE,11,success,,",
    "1,#1001,,,,,FALSE,12,success,,",
    "2,#1002,,red,2026-01-01T00:00:00Z,20.0,TRUE,,,,",
)


def _edited(*rows: str) -> list[tuple[str | None, int, str, str | None, str]]:
    found = differences(sheet(_HEADER, *rows), base(*_BASE))
    assert not found.problems
    return [(o.order, e.row, e.column, e.base, e.sheet) for o in found.orders for e in o.edits]


def _refused(*rows: str) -> list[Problem]:
    return list(differences(sheet(_HEADER, *rows), base(*_BASE)).problems)


def test_an_untouched_sheet_has_no_edits() -> None:
    assert _edited(*_BASE[1:]) == []


def test_a_respelled_sheet_has_no_edits() -> None:
    assert (
        _edited(
            "1,#1001, call first ,vip,,84,WAAR,11,Success,,",
            "gid://shopify/Order/1,#1001,,,,,FAUX,gid://shopify/Fulfillment/12,success,,",
            "2,#1002,,red,2026-01-01 00:00:00,20.00,1,,,,",
        )
        == []
    )


def test_rows_are_known_by_what_they_say_not_by_where_they_stand() -> None:
    assert _edited(*reversed(_BASE[1:])) == []


def test_an_edit_keeps_its_base_and_its_row() -> None:
    edits = _edited(_BASE[1].replace("call first", "call later"), *_BASE[2:])
    assert edits == [("gid://shopify/Order/1", 2, "Note", "call first", "call later")]


def test_an_order_cell_counts_on_any_row_of_its_order() -> None:
    edits = _edited(_BASE[1], "1,#1001,new note,,,,FALSE,12,success,,", _BASE[3])
    assert edits == [("gid://shopify/Order/1", 3, "Note", "call first", "new note")]


def test_order_cells_that_differ_between_rows_are_a_problem() -> None:
    problems = _refused("1,#1001,one,vip,,84.0,TRUE,11,success,,", "1,#1001,two,,,,FALSE,12,success,,")
    assert [(p.row, p.column) for p in problems] == [(3, "Note")]


def test_a_read_only_cell_that_was_edited_is_an_edit_that_blocks() -> None:
    edits = _edited(_BASE[1].replace("84.0", "12.0"))
    assert edits == [("gid://shopify/Order/1", 2, "Price: Total", "84.0", "12.0")]


def test_an_emptied_cell_is_no_edit_and_is_said_once() -> None:
    found = differences(sheet(_HEADER, _BASE[1].replace("call first", "")), base(*_BASE))
    assert found.orders == ()
    assert ["1 emptied cell means no change" in notice.what for notice in found.notices] == [True]


def test_a_value_that_stands_on_another_row_of_its_order_was_not_emptied() -> None:
    """As when a sheet is sorted: the row that had the order's values comes second."""
    first = _BASE[1].replace("call first", "").replace("vip", "")
    elsewhere = differences(sheet(_HEADER, first, "1,#1001,call first,,,,FALSE,12,success,,"), base(*_BASE))
    assert [(notice.what.split(".")[0], notice.rows) for notice in elsewhere.notices] == [
        ("1 emptied cell means no change in the column Tags", (2,))
    ]


def test_a_row_to_ignore_is_left_out() -> None:
    header = f"{_HEADER},Command"
    found = differences(sheet(header, "1,#1001,new,vip,,84.0,TRUE,11,success,,,IGNORE"), base(*_BASE))
    assert found.orders == ()
    assert found.ignored_rows == {2}


def test_an_id_beside_another_orders_name_is_a_problem() -> None:
    moved = sheet(_HEADER, _BASE[1].replace("#1001", "#1002"))
    assert [(p.cell, p.row) for p in identity_problems(moved, base(*_BASE).frame)] == [("B2", 2)]


def test_a_name_alone_gets_the_id_of_the_base() -> None:
    header = "Name,Note"
    found = differences(sheet(header, "#1001,call later"), base(*_BASE))
    assert [(o.order, e.base) for o in found.orders for e in o.edits] == [("gid://shopify/Order/1", "call first")]


def test_a_name_alone_gets_the_id_that_stands_beside_it_elsewhere() -> None:
    found = differences(sheet("ID,Name,Action,Note", "7,#1007,archive,", ",#1007,,hello"))
    assert [(o.order, len(o.edits)) for o in found.orders] == [("gid://shopify/Order/7", 2)]


def test_options_without_their_command_are_problems() -> None:
    problems = _refused(f"{_BASE[1]}TRUE")
    assert [(p.column, p.fix) for p in problems] == [("Cancel: Refund", "Write cancel in Action, or empty this cell.")]


def test_contradictions_are_problems() -> None:
    problems = _refused("1,#1001,call first,vip,[clear],84.0,TRUE,11,success,archive,")
    assert "both archived and unarchived" in problems[0].what
    (twice,) = differences(sheet("Name,Cancelled At,Action", "#1001,2026-01-01,mark paid")).problems
    assert "marked as paid" in twice.what
    assert "mark_paid" not in twice.what


def test_a_fulfillment_status_may_only_be_set_to_cancelled() -> None:
    assert [p.column for p in _refused(_BASE[1].replace("success", "open"))] == ["Fulfillment: Status"]
    edits = _edited(_BASE[1].replace("success", "cancelled"))
    assert [edit[2] for edit in edits] == ["Fulfillment: Status"]


def test_without_a_base_only_what_could_act_counts() -> None:
    found = differences(
        sheet("ID,Name,Note,Price: Total,Fulfillment: ID,Fulfillment: Status", "1,#1001,hi,84.0,11,success")
    )
    assert [(e.column, e.known) for o in found.orders for e in o.edits] == [("Note", False)]


def test_a_row_that_the_base_does_not_know_is_two_way() -> None:
    found = differences(sheet(_HEADER, "3,#1003,hi,,,,TRUE,,,,"), base(*_BASE))
    assert [(e.column, e.known) for o in found.orders for e in o.edits] == [("Note", False)]


@pytest.mark.parametrize(
    ("header", "rows", "says"),
    [
        (
            "ID,Line: Type,Transaction: Kind,Transaction: Amount",
            ("1,Transaction,refund,10.00", "2,Transaction,Refund,5.00", "3,Line Item,,"),
            "2 Transaction rows (refund) do nothing here: no money moves by them.",
        ),
        ("ID,Line: Type,Refund: Note", ("1,Refund Line,late",), "1 Refund Line row does nothing here"),
        ("ID,Line: Type,Transaction: ID,Transaction: Kind", ("1,Transaction,7,refund",), None),
        ("ID,Command,Line: Type,Transaction: Kind", ("1,IGNORE,Transaction,refund",), None),
    ],
    ids=["refunds", "refund lines", "exported", "ignored"],
)
def test_rows_that_move_money_elsewhere_are_said_to_do_nothing_here(
    header: str, rows: tuple[str, ...], says: str | None
) -> None:
    told = [notice.what for notice in differences(sheet(header, *rows)).notices if "nothing here" in notice.what]
    assert [what.startswith(says or "") for what in told] == ([True] if says else [])
