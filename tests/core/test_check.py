"""What a sheet may not say, with the cell that says it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from builders import differences, raw, sheet

from bulk_orders.core.check import cell_problems
from bulk_orders.core.identity import identity_problems
from bulk_orders.core.problems import Problem, cell_address, grouped
from bulk_orders.core.reading import BY_RULE
from bulk_orders.core.sheet import read_rows
from bulk_orders.core.wanted_values import with_wanted_values


def _problems(header: str, *rows: str) -> list[Problem]:
    found = sheet(header, *rows)
    unclear = with_wanted_values(found, BY_RULE)[1]
    return [*cell_problems(found), *unclear, *identity_problems(found), *differences(found).problems]


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("Cancel: Reason", "boredom", "none of customer"),
        ("Cancel: Refund", "half", "none of TRUE, FALSE, store credit"),
        ("Cancel: Send Receipt", "maybe", "neither TRUE nor FALSE"),
        ("Cancel: Restock", "2", "neither TRUE nor FALSE"),
        ("Cancel: Staff Note", "x" * 241, "longer than 240"),
        ("Cancel: Store Credit Expires At", "next year", "no date"),
        ("Cancelled At", "yes", "no date"),
        ("Cancelled At", "[clear]", "would take back a cancellation"),
        ("Closed At", "soon", "no date"),
        ("Closed At", "2026-13-45", "no date"),
        ("Closed At", "45/45/2026", "no date"),
        ("Closed At", "31 brumaire 2026", "no date"),
        ("Refund: Amount", "1.5E+01", "rewritten by a spreadsheet"),
        ("Refund: Amount", "2e0", "rewritten by a spreadsheet"),
        ("Refund: Quantity", "1E0", "rewritten by a spreadsheet"),
        ("Refund: Quantity", "1.5", "no number of units"),
        ("Action", "explode", "no action"),
        ("Command", "NEW", "asks to create orders"),
        ("Command", "merge", "asks to create orders"),
        ("Command", "REPLACE", "replace an order"),
        ("Command", "GO", "no command"),
        ("Tags Command", "APPEND", "none of MERGE"),
        ("Note Command", "MERGE", "none of REPLACE or APPEND"),
        ("Note", "x" * 5001, "longer than 5000"),
        ("Hold: Reason", "because", "none of AWAITING_PAYMENT"),
    ],
)
def test_a_wrong_cell_is_named(header: str, cell: str, says: str) -> None:
    problems = _problems(f"ID,{header}", f"1,{cell}")
    assert [problem.cell for problem in problems if says in problem.what] == ["B2"], problems


@pytest.mark.parametrize("written", ["[clear ]", "[ CLEAR]", "[clear].", "[[clear]]", "[cleared]"])
@pytest.mark.parametrize("header", ["Note", "Tags", "Email", "Fulfillment: Tracking Number"])
def test_what_is_nearly_the_word_that_empties_a_field_is_not_written_into_it(header: str, written: str) -> None:
    (problem,) = cell_problems(sheet(f"ID,{header}", f"1,{written}"))
    assert (problem.cell, problem.fix) == ("B2", "Write [clear] to empty the field.")


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Cancel: Reason", "Fraud"),
        ("Cancel: Refund", "store credit"),
        ("Cancel: Refund", "VRAI"),
        ("Cancelled At", "2026-01-31"),
        ("Cancelled At", "45384.347"),
        ("Cancelled At", "3/4/2026 12:00"),
        ("Closed At", "31 janv. 2026"),
        ("Closed At", "31 janvier 2026 14:05"),
        ("Closed At", "1er août 2026"),
        ("Closed At", "31 mrt 2026"),
        ("Closed At", "31-mei-26"),
        ("Closed At", "vendredi 31 juillet 2026"),
        ("Closed At", "Jan 31 2026"),
        ("Closed At", "31. März 2026"),
        ("Closed At", "[clear]"),
        ("Note", " [Clear] "),
        ("Note", "[clear] the table, then serve"),
        ("Tags", "[clear]"),
        ("Action", "Unfulfill, CANCEL"),
        ("Command", "ignore"),
        ("Cancel: Staff Note", "x" * 240),
    ],
)
def test_a_right_cell_is_not(header: str, cell: str) -> None:
    found = sheet(f"ID,{header}", f'1,"{cell}"'.replace('"', "") if "," not in cell else "1,unfulfill")
    assert cell_problems(found) == []


@pytest.mark.parametrize("written", ["6.12346E+12", "6,1E12", "6.1e+12"])
def test_an_id_that_a_spreadsheet_rounded_is_refused(written: str) -> None:
    found, _ = read_rows(raw("ID;Action".replace(";", ","), f"{written.replace(',', '.')},archive"))
    assert [(p.cell, "rounded" in p.what) for p in identity_problems(found)] == [("A2", True)]


@pytest.mark.parametrize("written", ["#1001", "gid://shopify/Fulfillment/1", "12x"])
def test_what_is_no_order_id_is_refused(written: str) -> None:
    assert [p.cell for p in identity_problems(sheet("ID,Action", f"{written},archive"))] == ["A2"]


def test_headers_are_judged_with_a_suggestion() -> None:
    _, problems = read_rows(raw("ID,Cancel Reason,ID,", "1,a,b,c"))
    assert [(p.cell, p.fix) for p in problems] == [
        ("B1", "Did you mean 'Cancel: Reason'?"),
        ("C1", "Delete one of the two."),
        ("D1", "Name it, or delete the column."),
    ]


def test_a_sheet_without_identity_is_refused() -> None:
    _, problems = read_rows(raw("Note,Tags", "a,b"))
    assert "neither an ID nor a Name" in problems[0].what


def test_a_form_s_answers_are_told_how_to_be_read_and_nothing_else() -> None:
    _, problems = read_rows(raw("Timestamp,Email Address,Order number", "8/20/2026 10:00:00,a@example.com,1001"))
    (problem,) = problems
    assert (problem.cell, "answers of a form" in problem.what) == ("A1", True)
    assert "[requests] in bulk_orders.toml" in problem.fix


def test_a_row_that_names_no_order_is_refused() -> None:
    assert [p.row for p in identity_problems(sheet("ID,Name,Note", "1,#1,a", ",,b"))] == [3]


def test_ids_and_names_that_contradict_each_other_are_refused() -> None:
    problems = identity_problems(sheet("ID,Name,Note", "1,#1001,a", "2,#1001,b"))
    assert [(p.row, p.column) for p in problems] == [(3, "Name")]
    problems = identity_problems(sheet("ID,Name,Note", "1,#1001,a", "1,#1002,b"))
    assert [(p.row, p.column) for p in problems] == [(3, "Name")]


def test_a_fulfillment_of_two_orders_is_refused() -> None:
    problems = identity_problems(sheet("ID,Fulfillment: ID,Note", "1,9,a", "2,9,b"))
    assert [p.column for p in problems] == ["Fulfillment: ID"]


def test_two_exports_in_one_sheet_are_refused() -> None:
    _, problems = read_rows(raw("ID,Export: ID", "1,x-1", "2,x-2"))
    assert [(p.row, p.column) for p in problems] == [(3, "Export: ID")]


def test_equal_problems_are_told_once() -> None:
    problems = _problems("ID,Cancel: Send Receipt,Action", "1,maybe,cancel", "2,maybe,cancel")
    groups = grouped(problems)
    assert [(group.cells, group.rows) for group in groups] == [(("B2", "B3"), (2, 3))]


@pytest.mark.parametrize(("column", "address"), [(0, "A2"), (25, "Z2"), (26, "AA2"), (701, "ZZ2"), (702, "AAA2")])
def test_cells_are_addressed_as_a_spreadsheet_does(column: int, address: str) -> None:
    assert cell_address(column, 2) == address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Order ID", "'ID'"),
        ("order number", "'Name'"),
        ("Commande", "'Name'"),
        ("Notes", "'Note'"),
        ("Tracking Number", "'Fulfillment: Tracking Number'"),
        ("Cancel: Reson", "'Cancel: Reason'"),
        ("Naem", "'Name'"),
    ],
)
def test_a_header_is_suggested_by_what_people_mean_with_it(written: str, meant: str) -> None:
    _, problems = read_rows(raw(f"ID,{written}", "1,a"))
    assert [problem.fix for problem in problems] == [f"Did you mean {meant}?"]


def test_a_header_that_is_like_none_is_not_taken_for_another() -> None:
    _, problems = read_rows(raw("ID,Warehouse", "1,a"))
    assert ["Did you mean" in problem.fix for problem in problems] == [False]


def test_units_as_a_spreadsheet_of_another_locale_writes_them() -> None:
    found, unclear = with_wanted_values(sheet("ID;Refund: Quantity".replace(";", ","), "1,x", "2,1"), BY_RULE)
    whole = found.frame.with_columns(pl.Series("Refund: Quantity", ["1,0", "2.0"]))
    read, unclear = with_wanted_values(replace(found, frame=whole), BY_RULE)
    assert (read.frame["Refund: Quantity"].to_list(), unclear, cell_problems(read)) == (["1.0", "2.0"], [], [])
    thousand = found.frame.with_columns(pl.Series("Refund: Quantity", ["1,000", "1"]))
    _, unclear = with_wanted_values(replace(found, frame=thousand), BY_RULE)
    assert [problem.cell for problem in unclear] == ["B2"]


def test_a_title_above_the_headers_is_one_problem_with_the_row_of_the_headers() -> None:
    _, problems = read_rows(raw("Orders of this week,,", ",,", "ID,Name,Action", "1,#1001,archive"))
    (problem,) = problems
    assert problem.what == "The headers are in row 3, and something else stands above them."
    assert "Delete what is above row 3" in problem.fix


def test_an_order_that_is_called_like_a_column_is_no_header() -> None:
    _, problems = read_rows(raw("Name of order,Note", "Name,call first"))
    assert "There is neither an ID nor a Name column." in [problem.what for problem in problems]
