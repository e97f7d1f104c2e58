"""Damaged sheets against a live shop: nothing damaged reaches a plan, and nothing is asked of the shop (F28)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from world import World, open_unpaid

from bulk_orders.errors import OverLimit, SheetInvalid


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, orders=60)
    made.export(columns=["Note", "Email", "Action"])
    return made


def _rewrite(world: World, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = world.folder / "orders.csv"
    change(pl.read_csv(path, infer_schema=False)).write_csv(path, include_bom=True, line_terminator="\r\n")


def _digits(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("ID").str.extract(r"(\d+)$"), Action=pl.lit("archive"))


def _first(frame: pl.DataFrame, header: str, text: str) -> pl.DataFrame:
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(pl.when(first).then(pl.lit(text)).otherwise(header).alias(header))


def _swapped(frame: pl.DataFrame) -> pl.DataFrame:
    ids = frame["ID"].to_list()
    ids[0], ids[1] = ids[1], ids[0]
    return frame.with_columns(pl.Series("ID", ids))


def _sorted_apart(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("ID").reverse())


def _zeros(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((pl.col("ID").str.slice(0, 6) + "0000000").alias("ID"))


DAMAGE: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "one id in E-notation": lambda frame: _first(frame, "ID", "6.10052E+12"),
    "the same with a comma": lambda frame: _first(frame, "ID", "6,10052E+12"),
    "every id rounded": _zeros,
    "ids swapped": _swapped,
    "ids sorted apart": _sorted_apart,
    "an id of nobody": lambda frame: _first(frame, "ID", "6100521960001"),
    "another order's name": lambda frame: _first(frame, "Name", "#1044"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_no_damaged_identity_reaches_a_plan(world: World, name: str) -> None:
    _rewrite(world, lambda frame: DAMAGE[name](_digits(frame)))
    before = len(world.store.requests)
    with pytest.raises(SheetInvalid) as caught:
        world.plan()
    assert len(world.store.requests) == before, "nothing is asked of the shop"
    assert {problem.column for problem in caught.value.problems} <= {"ID", "Name", "Fulfillment: ID"}
    assert all(problem.cell for problem in caught.value.problems)
    assert caught.value.problems[0].row == 2


def test_what_a_rounded_id_probably_was_is_told(world: World) -> None:
    exported = world.sheet()["ID"][0].rsplit("/", 1)[-1]
    _rewrite(world, lambda frame: _first(_digits(frame), "ID", f"{int(exported):.5E}"))
    with pytest.raises(SheetInvalid) as caught:
        world.plan()
    (problem,) = caught.value.problems
    assert f"It was probably {exported}." in problem.what
    assert "format the column as text" in problem.fix


def test_one_value_over_a_whole_column_needs_a_flag(world: World) -> None:
    _rewrite(world, lambda frame: frame.with_columns(Email=pl.lit("oops@example.com")))
    before = len(world.store.requests)
    with pytest.raises(OverLimit) as caught:
        world.plan()
    assert "'oops@example.com' for every one of the 60 orders" in caught.value.what
    assert "--allow-fill-down" in str(caught.value.fix)
    assert len(world.store.requests) == before
    assert len(world.plan(fill_down=True).changes) > 50


def test_edits_of_many_cells_are_no_fill_down(world: World) -> None:
    numbered = pl.format("note {}", pl.int_range(pl.len()))
    _rewrite(world, lambda frame: frame.with_columns(Note=numbered))
    assert len(world.plan().changes) == 60


def test_a_mangled_and_an_edited_cell_side_by_side(tmp_path: Path) -> None:
    world = World(tmp_path, orders=60)
    first, second = world.some(open_unpaid, 2)
    for order in (first, second):
        world.store.people.edit_order(order.name, note="00123", phone="+33612345678", po_number="1E5")
    world.export()
    world.edit(
        {
            first.name: {"Note": "123", "Phone": "33612345678", "Purchase Order Number": "100000"},
            second.name: {"Note": "124", "Phone": "33612345678"},
        }
    )
    plan = world.plan()
    assert [(c.name, c.after) for c in plan.changes] == [(second.name, {"Note": "124"})]
    assert ["4 cells were rewritten by a spreadsheet" in notice.what for notice in plan.notices] == [True]
