"""The results sheet: one name, and nobody's results overwritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from world import World, open_paid, results, shipped

from bulk_orders.devstore import Faults, Rule, Script
from bulk_orders.flows.verify_run import Verify, verify_run


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


def _again(world: World) -> None:
    """Another plan of the same sheet, whose next order is archived."""
    name = next(o.name for o in world.some(shipped, 1))
    world.edit({name: {"Action": "archive"}})
    world.plan()


def test_a_second_plan_of_a_sheet_keeps_the_results_of_the_first(world: World) -> None:
    world.export()
    _again(world)
    world.apply()
    first = (world.folder / "orders.results.csv").read_bytes()
    _again(world)
    done = world.apply()
    assert done.summary.results == str(world.folder / "orders.results.csv")
    assert {row["Plan"] for row in results(world.folder / "orders.results.csv")} == {"0000-0002"}
    assert (world.folder / "orders.results-0000-0001.csv").read_bytes() == first
    assert "orders.results-0000-0001.csv" in " ".join(done.summary.notices)


def test_the_same_plan_writes_over_its_own(world: World) -> None:
    world.export()
    world.edit({o.name: {"Action": "archive"} for o in world.some(shipped, 6)})
    world.plan()
    world.store.faults = Script(Rule("423", at=range(4, 99)))
    world.apply()
    world.store.faults = Faults()
    done = world.apply()
    assert done.summary.notices == ()
    assert [path.name for path in world.folder.glob("*results*")] == ["orders.results.csv"]


@pytest.mark.parametrize(
    "content",
    [
        b"mine,own\r\n1,2\r\n",
        b"\xff\xfe\x00broken",
        b"",
        b"Plan\r\n../../elsewhere\r\n",
        b"\xef\xbb\xbfID,Outcome,Reason,Request ID\r\n1,applied,,\r\n",
    ],
    ids=["somebody's own", "no text", "empty", "a path for a name", "of an older version"],
)
def test_what_is_nobodys_results_is_kept_too(world: World, content: bytes) -> None:
    world.export()
    (world.folder / "orders.results.csv").write_bytes(content)
    _again(world)
    done = world.apply()
    (kept,) = world.folder.glob("orders.results-*.csv")
    assert re.fullmatch(r"orders\.results-\d{8}-\d{6}-\d{9}\.csv", kept.name)
    assert kept.read_bytes() == content
    assert kept.name in " ".join(done.summary.notices)


def test_verify_says_whose_results_it_moved_aside(world: World) -> None:
    world.export()
    (order,) = world.some(open_paid, 1)
    world.edit({order.name: {"Action": "cancel", "Cancel: Refund": "TRUE"}})
    world.plan()
    world.store.faults = Script(Rule("500"))
    assert world.apply().outcomes == {"unknown": 1}
    world.store.faults = Faults()
    (world.folder / "orders.results.csv").write_text("Plan\r\n0000-00ff\r\n")
    asked = Verify(settle=True)
    verified = world.run(verify_run(world.plan_path(), world.settings, world.clock, asked, world.wire()))
    assert "orders.results-0000-00ff.csv" in " ".join(verified.notices)
