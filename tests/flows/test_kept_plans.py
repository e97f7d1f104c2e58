"""A plan that was applied is kept: a newer plan over its file takes nothing from an undo."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from stories import waiting
from virtual import START
from world import World

from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import Misused
from bulk_orders.flows.begin_run import load_plan, refuse_overwriting
from bulk_orders.flows.find_applied import find_applied
from bulk_orders.flows.history import old_things, purge
from bulk_orders.storage.kept_plans import named


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def applied(world: World, tag: str = "one") -> tuple[Order, Path]:
    """A sheet that tags an order, planned and applied."""
    (order,) = world.some(waiting, 1)
    name = world.recipe({"ID": order.id, "Tags": tag})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    return order, world.plan_path(name)


def test_what_was_applied_is_undone_although_a_newer_plan_is_in_its_file(world: World) -> None:
    order, path = applied(world)
    assert refuse_overwriting(path, world.settings) == "0000-0001"
    name = world.recipe({"ID": order.id, "Note": "two"})
    world.plan(name)
    found = find_applied(path, world.settings)
    assert (found.name, found.beside) == ("0000-0001", path)
    assert found.told.startswith(
        "recipe.plan is a newer plan, which was never applied: this is about the plan that was in it before, "
        "0000-0001, applied 2026-"
    )
    undo = world.undo(name, of=found)
    assert [change.action for change in undo.changes] == ["tag_remove"]
    assert world.apply(world.undone(name)).outcomes == {"applied": 1}
    assert "one" not in order.tags
    assert world.plan_path(name).exists()


def test_the_newest_that_was_applied_from_a_file_is_meant(world: World) -> None:
    _, path = applied(world, "one")
    world.later(60)
    applied(world, "two")
    path.unlink()
    found = find_applied(path, world.settings)
    assert (found.name, "is not there any more" in found.told) == ("0000-0002", True)


def test_a_plan_is_known_by_its_id(world: World) -> None:
    _, path = applied(world)
    path.unlink()
    found = find_applied(Path("0000-0001"), world.settings)
    assert (found.name, found.beside, found.told) == ("0000-0001", path, "")
    assert load_plan(named(Path("0000-0001"), world.home)).plan_id == "0000-0001"
    assert named(Path("0000-0009"), world.home) == Path("0000-0009")


def test_one_that_is_in_its_file_is_taken_from_there(world: World) -> None:
    _, path = applied(world)
    found = find_applied(path, world.settings)
    assert (found.path, found.name, found.told) == (path, "recipe.plan", "")


def test_one_that_was_never_applied_is_not_undone(world: World) -> None:
    (order,) = world.some(waiting, 1)
    name = world.recipe({"ID": order.id, "Tags": "one"})
    world.plan(name)
    assert find_applied(world.plan_path(name), world.settings).told == ""
    with pytest.raises(Misused, match="was not applied from here"):
        world.undo(name)


def test_the_copy_is_private_and_goes_with_its_journal(world: World) -> None:
    _, path = applied(world)
    copy = world.home / "journals" / "0000-0001.plan"
    assert copy.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    purge(old_things(world.home, START + timedelta(days=91), timedelta(days=90)))
    assert not copy.exists()
    with pytest.raises(Misused, match="not applied from here"):  # and without it nothing is undone
        world.undo("recipe.csv")
