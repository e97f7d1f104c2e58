"""A large sheet that has plainly come apart is told by some of its rows, and no more of it is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import polars as pl
import pytest

from bulk_orders.core import first_look as module
from bulk_orders.core.diff import Base
from bulk_orders.core.first_look import FirstLook, first_look
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, RawSheet, Sheet, read_rows

EXPORT = "x-20261101-080000-abcdef-vm"
MANY = 400
Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_LARGE", 100), ("_FIRST", 5), ("_SPREAD", 45), ("_MANY", 10), ("_MOST_READ_ONLY", 1000)):
        monkeypatch.setattr(module, name, value)


def _exported() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "ID": str(6_100_000_000_001 + n),
                "Name": f"#{1001 + n}",
                "Created At": f"2026-01-01T10:{n // 60:02}:{n % 60:02}Z",
                "Note": f"note {n}",
                "Price: Total": f"{n}.50",
                "Payment: Status": "paid",
                "Browser: IP": f"192.0.2.{n % 250}",
                "Shipping: Last Name": f"Ada {n}",
                "Shipping: Zip": f"{n:05}",
            }
            for n in range(MANY)
        ]
    )


def _look(change: Change) -> FirstLook:
    exported = _exported()
    nothing = pl.lit(None, pl.String)
    keys = exported.with_columns(pl.col("ID").alias(ORDER), nothing.alias(FULFILLMENT), nothing.alias(LINE))
    return first_look(_sheet(change(exported)), Base(EXPORT, keys, "box.myshopify.com", "2026-11-01"))


def _sheet(cells: pl.DataFrame) -> Sheet:
    frame = pl.DataFrame({str(at): cells[header] for at, header in enumerate(cells.columns)})
    numbered = frame.with_row_index("_row", offset=2).with_columns(pl.col("_row").cast(pl.Int64))
    sheet, problems = read_rows(RawSheet("orders.csv", "", tuple(cells.columns), numbered, guarded=True))
    assert problems == []
    return replace(sheet, export_id=EXPORT)


def _apart(cells: pl.DataFrame) -> pl.DataFrame:
    """Every column but ID and Name, one row down."""
    rest = [pl.col(name).shift(1).fill_null(pl.col(name).last()) for name in cells.columns[2:]]
    return cells.with_columns(rest)


def _to_the_right(cells: pl.DataFrame) -> pl.DataFrame:
    names = cells.columns
    moved = {to: cells[of] for of, to in pairwise(names[2:])}
    return pl.DataFrame({name: moved.get(name, cells[name]) for name in names}).with_columns(
        pl.lit(None, pl.String).alias(names[2])
    )


def _in_some(change: Change, rows: int) -> Change:
    return lambda cells: pl.concat([change(cells)[:rows], cells[rows:]])


def _overtyped(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells of nobody, in columns that nobody edits."""
    return cells.with_columns(pl.col("^(Created|Price|Payment|Browser|Shipping).*$") + " of another shop")


def test_rows_that_came_apart_are_told_by_some_of_them() -> None:
    look = _look(_apart)
    whole, first, *_ = look.problems
    assert look.apart
    assert whole.what == (
        "The sheet has come apart: of 55 rows that were looked at, 55 hold cells that the export had elsewhere. The "
        "other 345 were not compared."
    )
    assert (first.cell, first.what) == (
        "A2",
        "The export had this row's cells with #1400 (ID 6100000000400), but the row's ID is that of #1001.",
    )


def test_cells_a_column_to_the_right_are_told_as_such() -> None:
    look = _look(_to_the_right)
    assert look.apart
    assert {problem.what for problem in look.problems[1:]} == {
        "From Note on, the cells of this row stand one column to the right of where the export had them."
    }


def test_cells_of_nobody_in_every_row_end_the_comparison() -> None:
    look = _look(_overtyped)
    assert look.apart
    assert [problem.row for problem in look.problems] == [0]


@pytest.mark.parametrize("change", [_apart, _to_the_right, _overtyped])
def test_a_few_rows_that_moved_are_left_to_the_comparison_which_names_each(change: Change) -> None:
    assert _look(_in_some(change, 2)) == FirstLook()


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells,
        lambda cells: cells.with_columns(pl.lit("the same for all").alias("Note")),
        lambda cells: cells.with_columns(pl.col("Note") + ", edited"),
        lambda cells: cells.with_columns(pl.col("Shipping: Zip").str.strip_chars_start("0")),
        lambda cells: cells.reverse(),
        lambda cells: cells.sample(fraction=1, shuffle=True, seed=1),
    ],
)
def test_edits_of_every_row_cells_that_a_spreadsheet_rewrote_and_sorted_rows_are_no_sign(change: Change) -> None:
    assert _look(change) == FirstLook()


def test_a_small_sheet_is_looked_at_whole_and_each_of_its_rows_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGE", 1000)
    look = _look(_in_some(_to_the_right, 7))
    assert not look.apart
    assert [problem.row for problem in look.problems] == [2, 3, 4, 5, 6, 7, 8]
