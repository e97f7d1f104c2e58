"""Damaged sheets against a live shop: nothing damaged reaches a plan, and nothing is asked of the shop (F28)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from world import World, open_unpaid

from bulk_orders.core.guard import Given
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
    name = world.sheet()["Name"][0]
    assert f"It was probably {exported} ({name})." in problem.what
    assert "format the column as text" in problem.fix


def test_one_value_over_a_whole_column_needs_a_flag(world: World) -> None:
    _rewrite(world, lambda frame: frame.with_columns(Email=pl.lit("oops@example.com")))
    before = len(world.store.requests)
    with pytest.raises(OverLimit) as caught:
        world.plan()
    assert "'oops@example.com' for every one of the 60 orders" in caught.value.what
    assert "--allow-fill-down" in str(caught.value.fix)
    assert len(world.store.requests) == before
    world.settings = replace(world.settings, given=Given(allow_fill_down=True))
    assert len(world.plan().changes) > 50


def test_one_value_over_nearly_a_whole_column_too(world: World) -> None:
    """One order was left as it was: that is no less a cell that was dragged down."""
    kept = world.sheet()["Name"][5]
    email = pl.when(pl.col("Name") == kept).then(pl.col("Email")).otherwise(pl.lit("oops@example.com"))
    _rewrite(world, lambda frame: frame.with_columns(email.alias("Email")))
    with pytest.raises(OverLimit, match=r"'oops@example[.]com' for 59 of the 60 orders"):
        world.plan()


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


VALUES = ("Email", "Phone", "Note", "Tags", "Closed At")


@pytest.mark.parametrize("header", VALUES)
@pytest.mark.parametrize("how", ["sorted", "reversed", "shifted"])
def test_a_column_that_moved_apart_from_its_rows_reaches_no_plan(tmp_path: Path, header: str, how: str) -> None:
    """Values that many orders share are no excuse: all of them have gone from where they were."""
    world = World(tmp_path, orders=120)
    world.export(rows="orders")
    frame = pl.read_csv(world.folder / "orders.csv", infer_schema=False)
    cells = frame[header]
    filled = cells.sort(nulls_last=True)
    moved = {"sorted": filled, "reversed": cells.reverse(), "shifted": cells.shift(1)}[how]
    assert not moved.equals(cells)
    _rewrite(world, lambda sheet: sheet.with_columns(moved.alias(header)))
    with pytest.raises(SheetInvalid) as refused:
        world.plan()
    assert any("for other orders" in problem.what for problem in refused.value.problems), refused.value.problems


def test_a_value_that_others_have_as_well_moves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, orders=120)
    world.export(rows="orders")
    frame = pl.read_csv(world.folder / "orders.csv", infer_schema=False)
    common = frame["Tags"].drop_nulls().mode()[0]
    others = frame.filter(pl.col("Tags").ne_missing(common))["Name"].head(8).to_list()
    world.edit({name: {"Tags": common} for name in others})
    assert {change.name for change in world.plan().changes} <= set(others)


@pytest.mark.parametrize("written", ["1,{:03}", "{}.0", "# {}", "0{}", "'#{}"])
def test_a_damaged_name_is_told_the_order_that_it_may_have_been(tmp_path: Path, written: str) -> None:
    world = World(tmp_path)
    (order,) = world.some(open_unpaid, 1)
    number = int(order.name.removeprefix("#"))
    said = written.format(number % 1000 if "," in written else number)
    plan = world.plan(world.recipe({"Name": said, "Action": "archive"}))
    assert plan.changes == ()
    assert [
        f"There is no order {said} in the shop. It may have been {order.name}." == b.reason for b in plan.blocked
    ] == [True]


def test_a_damaged_id_beside_a_name_is_told_the_id_of_that_name(tmp_path: Path) -> None:
    world = World(tmp_path)
    one, other = world.some(open_unpaid, 2)
    digits = one.id.rsplit("/", 1)[-1]
    rows = [
        {"ID": f"{digits[:-3]}000", "Name": one.name, "Action": "archive"},
        {"ID": f"{digits[:-4]}0000", "Name": "", "Action": "archive"},
        {"ID": "6999999999999", "Name": "#99999", "Action": "archive"},
        {"ID": other.id, "Name": other.name, "Action": "archive"},
    ]
    plan = world.plan(world.recipe(*rows))
    assert [(change.name, change.action) for change in plan.changes] == [(other.name, "archive")]
    told = [b.reason for b in plan.blocked]
    assert told[0].endswith(f"in the shop; {one.name} there has the ID {digits}.")
    assert told[1].endswith("Its ID ends in zeros, as a rounded number does.")
    assert told[2] == "There is no such order in the shop."


def test_one_order_under_two_spellings_of_its_name_is_told_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    (order,) = world.some(open_unpaid, 1)
    names = (order.name, order.name.removeprefix("#"))
    plan = world.plan(world.recipe(*({"Name": name, "Action": "archive"} for name in names)))
    assert [change.row for change in plan.changes] == [2]
    assert ["is about the same order" in b.reason for b in plan.blocked] == [True]
