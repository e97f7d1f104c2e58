"""Every action of the registry, end to end on the store in a box: done once, resumed, and stopped by other people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fitting import EVENTS, PLAN, wrong
from stories import STORIES, Story
from world import Applied, World

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.plan import Plan
from bulk_orders.devstore import ConnectionDropped, Faults
from bulk_orders.devstore.model.order import Order
from bulk_orders.views.machine import event_json

ACTIONS = list(REGISTRY)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_every_action_has_its_story() -> None:
    assert set(STORIES) == set(REGISTRY)


def _begun(world: World, name: str) -> tuple[Story, Order, Plan]:
    story = STORIES[name]
    (order,) = world.some(story.kind, 1)
    story.before(world, order)
    plan = world.plan(world.recipe(*story.cells(order)), **story.preferences)
    assert not plan.blocked, plan.blocked
    assert {change.action for change in plan.changes} == {name}
    assert wrong(PLAN, json.loads(world.plan_path("recipe.csv").read_text(encoding="utf-8"))) == []
    return story, order, plan


def _applied(world: World) -> Applied:
    """What became of it; every event fits its schema."""
    done = world.apply("recipe.csv")
    assert [found for event in done.events for found in wrong(EVENTS, json.loads(event_json(event)))] == []
    return done


@pytest.mark.parametrize("name", ACTIONS)
def test_it_is_done_from_a_sheet(world: World, name: str) -> None:
    story, order, plan = _begun(world, name)
    done = _applied(world)
    assert done.outcomes == {"applied": len(plan.changes)}, done.changes()
    assert [effect.order for effect in world.effects(story.root)] == [order.id] * len(plan.changes)
    world.undo("recipe.csv")
    assert wrong(PLAN, json.loads(world.plan_path(world.undone("recipe.csv")).read_text(encoding="utf-8"))) == []
    assert world.plan("recipe.csv", **story.preferences).changes == (), "planned again, nothing is left to do"


@pytest.mark.parametrize("name", ACTIONS)
def test_it_resumes_when_every_first_answer_is_lost(world: World, name: str) -> None:
    story, order, plan = _begun(world, name)
    seen: set[str] = set()

    class Lost(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if call.kind == "mutation" and call.body not in seen:
                seen.add(call.body)
                raise ConnectionDropped
            return reply

    world.store.faults = Lost()
    done = _applied(world)
    assert done.outcomes == {"applied": len(plan.changes)}, done.changes()
    assert [effect.order for effect in world.effects(story.root)] == [order.id] * len(plan.changes)


@pytest.mark.parametrize("name", ACTIONS)
def test_what_others_do_meanwhile_is_not_overwritten(world: World, name: str) -> None:
    story, order, plan = _begun(world, name)
    story.meanwhile(world, order)
    done = _applied(world)
    assert done.outcomes == {story.outcome: len(plan.changes)}, done.changes()
    assert world.effects(story.root) == []
