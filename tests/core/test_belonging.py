"""Ids that changed places between rows, in sheets whose names do not tell (F28)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from bulk_orders.core import diff
from bulk_orders.core.diff import Base, Differences, find_edits
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, RawSheet, read_rows

EXPORT = "x-20261101-080000-abcdef-vm"
READ = {"Created At": "2026-01-0{n}T10:00:00Z", "Price: Total": "{n}4.50", "Currency": "EUR"}
EDITED = {"Note": "note {n}", "Phone": "+3361234567{n}", "Tags": "vip"}


def _rows(columns: dict[str, str], many: int = 6) -> list[dict[str, str]]:
    return [
        {"ID": f"610000000000{n}", "Name": f"#100{n}"} | {header: text.format(n=n) for header, text in columns.items()}
        for n in range(1, many + 1)
    ]


def _differences(columns: dict[str, str], rows: list[dict[str, str]], *, name: bool = False) -> Differences:
    base = pl.DataFrame(_rows(columns)).with_columns(pl.col("ID").alias(ORDER))
    nothing = pl.lit(None, pl.String)
    base = base.with_columns(nothing.alias(FULFILLMENT), nothing.alias(LINE), pl.lit(None, pl.String).alias("Action"))
    headers = [header for header in dict.fromkeys(key for row in rows for key in row) if name or header != "Name"]
    frame = pl.DataFrame(
        {str(at): [row.get(header) for row in rows] for at, header in enumerate(headers)}, strict=False
    ).with_row_index("_row", offset=2)
    raw = RawSheet("orders.csv", "", tuple(headers), frame.with_columns(pl.col("_row").cast(pl.Int64)), guarded=True)
    sheet, problems = read_rows(raw)
    assert problems == []
    return find_edits(replace(sheet, export_id=EXPORT), Base(EXPORT, base, "box.myshopify.com", "2026-11-01"))


def _swapped(rows: list[dict[str, str]], *, also: tuple[str, ...] = ()) -> list[dict[str, str]]:
    for header in ("ID", *also):
        rows[0][header], rows[1][header] = rows[1][header], rows[0][header]
    return rows


def _told(differences: Differences) -> list[tuple[str | None, str]]:
    return [(problem.cell, problem.what) for problem in differences.problems]


@pytest.mark.parametrize("columns", [READ, EDITED, READ | EDITED, {"Note": "note {n}"}, {"Price: Total": "{n}4.50"}])
def test_ids_that_changed_places_are_refused_with_the_orders_they_came_from(columns: dict[str, str]) -> None:
    found = _differences(columns, _swapped([row | {"Action": "archive"} for row in _rows(columns)]))
    assert _told(found) == [
        ("A2", "The export had this row's cells with #1001 (ID 6100000000001), but the row's ID is that of #1002."),
        ("A3", "The export had this row's cells with #1002 (ID 6100000000002), but the row's ID is that of #1001."),
    ]


def test_name_and_id_that_moved_together_are_refused() -> None:
    found = _differences(READ | EDITED, _swapped(_rows(READ | EDITED), also=("Name",)), name=True)
    assert [cell for cell, _ in _told(found)] == ["A2", "A3"]


def test_an_id_that_was_overwritten_with_anothers_is_refused() -> None:
    rows = _rows(READ)
    rows[0]["ID"] = rows[3]["ID"]
    ((cell, what),) = _told(_differences(READ, rows))
    assert cell == "A2"
    assert "with #1001 (ID 6100000000001), but the row's ID is that of #1004" in what


def test_an_id_of_nobody_beside_cells_of_the_export_is_refused() -> None:
    rows = _rows(READ)
    rows[2]["ID"] = "6100000009999"
    ((cell, what),) = _told(_differences(READ, rows))
    assert cell == "A4"
    assert "with #1003 (ID 6100000000003), but the export has no ID 6100000009999" in what


def test_ids_sorted_apart_are_each_refused_once() -> None:
    rows = _rows(READ | EDITED)
    for row, number in zip(rows, (6, 5, 4, 3, 2, 1), strict=True):
        row["ID"] = f"610000000000{number}"
    assert [cell for cell, _ in _told(_differences(READ | EDITED, rows))] == ["A2", "A3", "A4", "A5", "A6", "A7"]


def test_edits_beside_a_swap_and_cells_that_a_spreadsheet_rewrote_hide_nothing() -> None:
    columns = READ | {"Shipping: Phone": "+3361234567{n}", "Note": "note {n}"}
    rows = _rows(columns)
    for row in rows:
        row["Shipping: Phone"] = row["Shipping: Phone"].removeprefix("+")
    rows[0]["Note"] = "call before delivery"
    assert [cell for cell, _ in _told(_differences(columns, _swapped(rows)))] == ["A2", "A3"]


@pytest.mark.parametrize(
    "edits",
    [
        {0: {"Tags": "new"}, 1: {"Tags": "vip, new"}},
        {0: {"Note": "note 2"}},  # a note copied from another order
        {0: {"Note": "note 2"}, 4: {"Note": "note 1"}},
        {0: {"Note": "note 2"}, 1: {"Note": "x"}},
    ],
)
def test_what_people_edit_is_no_swap(edits: dict[int, dict[str, Any]]) -> None:
    rows = _rows(READ | EDITED)
    for at, cells in edits.items():
        rows[at] |= cells
    found = _differences(READ | EDITED, rows)
    assert found.problems == ()
    assert sum(len(order.edits) for order in found.orders) == sum(map(len, edits.values()))


def test_a_read_only_cell_that_was_edited_to_what_another_order_has_is_no_swap() -> None:
    columns = {"Order Fulfillment Status": "unfulfilled", "Email": "customer{n}@example.com"} | READ
    rows = _rows(columns)
    rows[0]["Price: Total"] = "24.50"
    found = _differences(columns, rows)
    assert found.problems == ()
    assert [edit.column for edit in found.orders[0].edits] == ["Price: Total"]


@pytest.mark.parametrize("columns", [{}, {"Currency": "EUR"}])
def test_where_nothing_tells_it_is_said(columns: dict[str, str]) -> None:
    found = _differences(columns, _swapped([row | {"Action": "archive"} for row in _rows(columns)]))
    assert found.problems == ()
    notices = [notice.what for notice in found.notices]
    assert any("Without a column Name nothing shows" in what for what in notices)


def test_where_cells_can_tell_nothing_is_said() -> None:
    assert _differences(READ, _rows(READ)).notices == ()


@pytest.mark.parametrize(("headers", "said"), [(("ID", "Action", "Source"), True), (("ID", "Action"), False)])
def test_without_a_base_and_a_name_it_is_said_but_of_a_recipe(headers: tuple[str, ...], *, said: bool) -> None:
    cells = ["6100000000001", "archive", "web"][: len(headers)]
    frame = pl.DataFrame({"_row": [2]} | {str(at): [cell] for at, cell in enumerate(cells)})
    sheet, _ = read_rows(RawSheet("some.csv", "", headers, frame, guarded=True))
    told = [notice.what for notice in find_edits(sheet, None).notices]
    assert any("see in the plan which order each row was taken for" in what for what in told) == said


def test_the_cells_of_a_large_sheet_that_came_apart_are_not_looked_at_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a sheet is refused, and its millions of differing cells are nobody's edits."""
    monkeypatch.setattr(diff, "_MOST_GUESSED", 3)
    rows = _swapped(_rows(READ | EDITED))
    for row in rows[2:]:
        row["Note"] = "edited"
    found = _differences(READ | EDITED, rows)
    assert [cell for cell, _ in _told(found)] == ["A2", "A3"]
    assert found.orders == ()
