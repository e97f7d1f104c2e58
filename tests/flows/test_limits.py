"""Limits and protection stop real mistakes, when the plan is made and again when it is applied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world import World, open_paid

from bulk_orders.core.guard import Given, Guard
from bulk_orders.core.preferences import CancelDefaults
from bulk_orders.core.reading import Reading
from bulk_orders.core.requests import RequestForm
from bulk_orders.errors import OverLimit
from bulk_orders.flows.begin_run import refuse_over_limit


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _set(world: World, limits: dict[str, object], protect: dict[str, object] | None = None) -> None:
    world.settings = replace(world.settings, guard=Guard.of(limits, protect or {}))


def _lift(world: World, **flags: object) -> None:
    world.settings = replace(world.settings, given=Given(**flags))  # type: ignore[arg-type]


def _fill_down(world: World) -> None:
    """`cancel` dragged down over the whole column."""
    world.export(rows="orders")
    names = [order.name for order in world.store.orders.values()]
    world.edit({name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for name in names})


def test_a_cancel_that_was_filled_down_is_stopped(world: World) -> None:
    _fill_down(world)
    plan = world.plan()
    assert plan.changes, "some of them could be cancelled"
    with pytest.raises(OverLimit, match="every one of the 160 orders of the sheet asks for cancel"):
        refuse_over_limit(plan, world.settings, None)
    with pytest.raises(OverLimit, match="--allow-fill-down"):
        world.apply()
    assert world.mutations() == 0


def test_all_but_one_of_them_is_stopped_too(world: World) -> None:
    world.export(rows="orders")
    names = [order.name for order in world.store.orders.values()]
    world.edit({name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for name in names[1:]})
    with pytest.raises(OverLimit, match="159 of the 160 orders of the sheet ask for cancel"):
        refuse_over_limit(world.plan(), world.settings, None)


def test_an_export_that_lost_its_base_is_no_list(world: World) -> None:
    _fill_down(world)
    sheet = world.sheet().drop("Export: ID")
    sheet.write_csv(world.folder / "orders.csv", include_bom=True)
    plan = world.plan()
    assert plan.sheet.base is None
    with pytest.raises(OverLimit, match="every one of the 160 orders"):
        refuse_over_limit(plan, world.settings, None)


def test_once_it_was_meant_the_plan_says_so_to_apply(world: World) -> None:
    _fill_down(world)
    _lift(world, allow_fill_down=True)
    plan = world.plan()
    _lift(world)
    refuse_over_limit(plan, world.settings, None)
    assert world.apply().summary.outcomes["applied"] > 0


def test_archiving_all_that_was_found_is_a_daily_job_and_only_noted(world: World) -> None:
    world.export(rows="orders")
    names = [order.name for order in world.store.orders.values()]
    world.edit({name: {"Action": "archive"} for name in names})
    plan = world.plan()
    assert any("Every one of the 160 orders of the sheet asks for archive." in n.what for n in plan.notices)
    assert world.apply().summary.exit_code == 0


def test_customers_requests_all_ask_to_cancel(world: World) -> None:
    orders = world.some(lambda o: open_paid(o) and bool(o.email), 20)
    form = RequestForm(order="Order", email="E-mail", time="At")
    at = "2026-11-22T09:00:00"
    name = world.recipe(*({"Order": o.name, "E-mail": o.email or "", "At": at, "Created At": at} for o in orders))
    plan = world.plan(name, Reading(requests=form), cancel=CancelDefaults(refund="original"))
    assert plan.asked == {}
    refuse_over_limit(plan, world.settings, None)


def test_it_can_be_meant(world: World) -> None:
    """A list of orders to cancel, made for nothing else, is no cell that was dragged too far."""
    orders = world.some(open_paid, 22)
    name = world.recipe(*({"ID": o.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for o in orders))
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 22}


def _refunds(world: World, number: int = 3) -> None:
    orders = world.some(open_paid, number)
    world.recipe(
        *({"ID": o.id, "Action": "cancel", "Cancel: Refund": "TRUE", "Cancel: Send Receipt": "TRUE"} for o in orders)
    )


@pytest.mark.parametrize(
    ("limits", "flags"),
    [
        ({"refunds": "1 EUR"}, {"refunds": {"EUR": 100_000}}),
        ({"irreversible": 2}, {"irreversible": 3}),
        ({"emails": 2}, {"emails": 3}),
        ({"share": 50}, {"share": 100}),
    ],
)
def test_over_the_cap_nothing_is_sent_until_somebody_lifts_it(
    world: World, limits: dict[str, object], flags: dict[str, object]
) -> None:
    _refunds(world)
    _set(world, limits)
    world.plan("recipe.csv")
    with pytest.raises(OverLimit) as caught:
        world.apply("recipe.csv")
    assert caught.value.exit_code == 5
    assert world.mutations() == 0
    _lift(world, **flags)
    assert world.apply("recipe.csv").outcomes == {"applied": 3}


def test_a_limit_of_the_plan_holds_where_the_file_is_not(world: World) -> None:
    _refunds(world)
    _set(world, {"irreversible": 2})
    world.plan("recipe.csv")
    _set(world, {})
    with pytest.raises(OverLimit):
        world.apply("recipe.csv")


def test_a_limit_that_was_set_after_planning_holds_too(world: World) -> None:
    _refunds(world)
    world.plan("recipe.csv")
    _set(world, {"irreversible": 2})
    with pytest.raises(OverLimit):
        world.apply("recipe.csv")


def test_nothing_is_applied_in_the_blackout_hours(world: World) -> None:
    """The world begins at 10:00 UTC, which is 11:00 in the shop."""
    _refunds(world)
    _set(world, {"blackout": "11:00-12:00"})
    plan = world.plan("recipe.csv")
    assert sum("it is 11:00 in the shop" in notice.what for notice in plan.notices) == 1
    with pytest.raises(OverLimit, match="--ignore-blackout"):
        world.apply("recipe.csv")
    world.later(3600)
    assert world.apply("recipe.csv").outcomes == {"applied": 3}


def test_a_protected_tag_keeps_its_order(world: World) -> None:
    kept, gone = world.some(open_paid, 2)
    world.store.people.tag(kept.name, "do-not-touch")
    _set(world, {}, {"tags": ["do-not-touch"], "amount": 1_000_000})
    name = world.recipe(*({"ID": o.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for o in (kept, gone)))
    plan = world.plan(name)
    assert [b.name for b in plan.blocked] == [kept.name]
    assert world.apply(name).outcomes == {"applied": 1}
    assert kept.cancelled_at is None


def test_an_order_that_is_protected_after_planning_is_left_alone(world: World) -> None:
    kept, gone = world.some(open_paid, 2)
    _set(world, {}, {"tags": ["do-not-touch"]})
    name = world.recipe(*({"ID": o.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for o in (kept, gone)))
    world.plan(name)
    world.store.people.tag(kept.name, "do-not-touch")
    done = world.apply(name)
    assert {c.name: c.outcome for c in done.changes()} == {kept.name: "drifted", gone.name: "applied"}
    reason = next(c.reason for c in done.changes() if c.name == kept.name)
    assert "it is tagged do-not-touch" in str(reason)
    (task,) = done.summary.by_hand
    assert task.startswith(f"{kept.name}: Cancel was left out because the order is protected")
    assert kept.cancelled_at is None
