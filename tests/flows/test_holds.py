"""Holds on the store in a box: several fulfillment orders, other apps, and what an unfulfilling opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from picture import picture
from stories import at_rest, waiting
from world import World, read_in_bulk

from bulk_orders.devstore import Faults, Reply
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import Order


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_unfulfilled_and_held_in_one_go(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    plan = world.plan(world.recipe({"ID": order.id, "Action": "unfulfill, hold"}))
    assert [change.action for change in plan.changes] == ["unfulfill", "hold"]
    assert world.apply("recipe.csv").outcomes == {"applied": 2}
    assert [f.status for f in shipping.working_orders(order)] == ["ON_HOLD"]


def test_other_apps_holds_stay_unless_all_are_meant(world: World) -> None:
    (order,) = world.some(waiting, 1)
    world.store.people.hold(order.name, reason="HIGH_RISK_OF_FRAUD", handle="g")
    name = world.recipe({"ID": order.id, "Action": "release"})
    (blocked,) = world.plan(name).blocked
    assert "not held by us" in blocked.reason
    assert "--all-holds" in blocked.fix
    (change,) = world.plan(name, all_holds=True).changes
    assert not change.reversible
    assert world.apply(name).outcomes == {"applied": 1}
    assert [f.status for f in shipping.working_orders(order)] == ["OPEN"]


def test_the_holder_is_named_where_the_token_may_read_it(world: World) -> None:
    world.store.settings.scopes = (*world.store.settings.scopes, "read_apps")
    (order,) = world.some(waiting, 1)
    world.store.people.hold(order.name, handle="g")
    (change,) = world.plan(world.recipe({"ID": order.id, "Action": "release"}), all_holds=True).changes
    assert "Fraud Guard" in change.warnings[0]


def _split(order: Order) -> bool:
    """A part of it is held by us, and the rest is open."""
    work = shipping.working_orders(order)
    held = [f for f in work if f.fulfillment_holds]
    ours = len(held) == 1 and [hold.handle for hold in held[0].fulfillment_holds] == ["bulk-orders"]
    return len(work) == 2 and ours and order.cancelled_at is None


def test_a_part_that_was_held_is_held_again_without_the_rest(world: World) -> None:
    """Shopify splits off what is held, and joins it with the rest on release (shopify-api.md 4.7)."""
    (order,) = world.some(_split, 1)
    before = picture(order)
    name = world.recipe({"ID": order.id, "Action": "release"})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    (whole,) = shipping.working_orders(order)
    joined, units = picture(order), shipping.remaining(whole)
    undo = world.undo(name)
    assert undo.blocked == ()
    (change,) = undo.changes
    assert f"of {units} items" in str(change.after)
    undone = world.undone(name)
    assert world.apply(undone).outcomes == {"applied": 1}
    assert picture(order) == before
    assert [c.action for c in world.undo(undone).changes] == ["release"]
    assert world.apply(world.undone(undone)).outcomes == {"applied": 1}
    assert picture(order) == joined


def test_a_part_of_what_somebody_else_holds_by_now_is_left_to_people(world: World) -> None:
    """Shopify splits nothing that is held."""
    (order,) = world.some(_split, 1)
    name = world.recipe({"ID": order.id, "Action": "release"})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    world.store.people.hold(order.name, handle="g")
    undo = world.undo(name)
    assert undo.changes == ()
    (left,) = undo.blocked
    assert "were held" in left.reason
    assert "in the admin" in left.fix


def test_a_plan_does_without_the_holders_where_only_a_later_order_shows_that_they_are_denied(world: World) -> None:
    """Without read_apps Shopify denies the holder's app, which only an order with a hold can show."""
    first, held = world.some(waiting, 2)
    world.store.people.hold(held.name, handle="g")
    name = world.recipe(*({"ID": order.id, "Action": "release"} for order in (first, held)))
    (change,) = world.plan(name, all_holds=True).changes
    assert (change.order, change.args["holds"] != []) == (held.id, True)
    assert world.apply(name).outcomes == {"applied": 1}


def test_an_order_with_many_lines_is_read_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from bulk_orders.shopify import order_state

    (order,) = world.some(lambda o: waiting(o) and len(o.line_items) > 1, 1)
    monkeypatch.setattr(order_state, "_USUAL", order_state._Pages(10, 1))
    (change,) = world.plan(world.recipe({"ID": order.id, "Action": "hold"})).changes
    assert change.fingerprint["units"] == sum(line.quantity for line in order.line_items)


def test_holds_are_planned_from_a_bulk_read_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_bulk(monkeypatch)
    orders = world.some(waiting, 5)
    world.later(60)
    plan = world.plan(world.recipe(*({"ID": order.id, "Action": "hold"} for order in orders)))
    assert {change.order for change in plan.changes} == {order.id for order in orders}
    units = {o.id: shipping.remaining(shipping.working_orders(o)[0]) for o in orders}
    assert {c.order: c.fingerprint["units"] for c in plan.changes} == units


# --- a hold of ours that somebody else lifts --------------------------------------------------------------------------


def _to_release(world: World) -> tuple[Order, str]:
    """An order that we and another app hold, and a plan that releases ours."""
    (order,) = world.some(waiting, 1)
    world.store.people.hold(order.name, handle="bulk-orders", other_app=False)
    world.store.people.hold(order.name, reason="HIGH_RISK_OF_FRAUD", handle="g")
    name = world.recipe({"ID": order.id, "Action": "release"})
    (change,) = world.plan(name).changes
    assert change.action == "release"
    return order, name


def _lifted_by_hand(world: World, order: Order) -> dict[str, Any]:
    """Somebody lifts every hold, and the other app holds again; what the order is like then."""
    world.store.people.release(order.name)
    world.store.people.hold(order.name, reason="HIGH_RISK_OF_FRAUD", handle="g")
    return picture(order)


def test_a_hold_that_is_gone_before_it_is_released_is_asked_for_no_more(world: World) -> None:
    order, name = _to_release(world)
    after = _lifted_by_hand(world, order)
    assert world.apply(name).outcomes == {"already": 1}
    assert world.effects("fulfillmentOrderReleaseHold") == []
    assert world.mutations() == 0
    assert picture(order) == after, "what the other app holds stays held"
    undo = world.undo(name)
    assert (undo.changes, undo.blocked) == ((), ()), "what somebody else lifted is not ours to place again"


GONE = {"fulfillmentOrder": None, "userErrors": [{"code": None, "field": ["holdIds"], "message": "No such hold."}]}


@pytest.mark.parametrize("refused", [False, True], ids=["passed over", "refused"])
def test_a_hold_that_goes_between_our_last_look_and_the_request_is_no_harm(world: World, refused: bool) -> None:
    """How Shopify answers then is not known (shopify-api.md 4.10): it may pass over it, or say no."""
    order, name = _to_release(world)
    after: list[dict[str, Any]] = []
    asked: list[str] = []

    class Late(Faults):
        def before(self, store: Any, call: Any) -> Reply | None:
            asked.extend(root for root in getattr(call, "roots", ()) if root == "fulfillmentOrderReleaseHold")
            if not asked or after:
                return None
            after.append(_lifted_by_hand(world, order))
            body = json.dumps({"data": {"fulfillmentOrderReleaseHold": GONE}}).encode()
            return Reply(200, {"content-type": "application/json"}, body) if refused else None

    world.store.faults = Late()
    done = world.apply(name)
    assert done.outcomes == {"already" if refused else "applied": 1}, done.changes()
    assert world.effects("fulfillmentOrderReleaseHold") == [], "it was somebody else who lifted it"
    assert picture(order) == after[0], "what the other app holds stays held"
    assert len(asked) == 1, "and nothing is sent again"
