"""Undo: back to a state equal to the one before, compared order by order; and what cannot be undone is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from picture import picture
from stories import STORIES, archived, at_rest, waiting
from world import World, open_paid, open_unpaid, results, shipped

from bulk_orders.core.actions import REGISTRY
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import Misused

REVERSIBLE = [name for name, action in REGISTRY.items() if action.reversed_by]
FINAL = [name for name, action in REGISTRY.items() if not action.reversed_by]


@pytest.fixture(params=[None, 1.0], ids=["", "archives-itself"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """A shop that does not archive by itself what is paid and shipped, and one that does."""
    return World(tmp_path, store_settings=StoreSettings(job_seconds=1.0, auto_archive_seconds=request.param))


def settled(world: World) -> dict[str, dict[str, Any]]:
    """Every order, once the shop has done what it does by itself."""
    world.later(60)
    world.store.advance()
    return {order.id: picture(order) for order in world.store.orders.values()}


def _round_trip(world: World, name: str, **preferences: Any) -> None:
    """Apply, undo, and be where it began; undo the undo, and be where the apply led to."""
    before = settled(world)
    plan = world.plan(name, **preferences)
    assert plan.changes
    assert not plan.blocked, plan.blocked
    assert set(world.apply(name).outcomes) <= {"applied", "already"}
    after = settled(world)
    assert after != before
    undo = world.undo(name)
    assert not undo.blocked, undo.blocked
    assert undo.undoes == plan.plan_id
    undone = world.undone(name)
    assert set(world.apply(undone).outcomes) <= {"applied", "already"}
    assert settled(world) == before
    again = world.undo(undone)
    assert not again.blocked, again.blocked
    assert set(world.apply(world.undone(undone)).outcomes) <= {"applied", "already"}
    assert settled(world) == after


def _recipe(world: World, name: str) -> Order:
    story = STORIES[name]
    (order,) = world.some(story.kind, 1)
    story.before(world, order)
    world.recipe(*story.cells(order))
    return order


@pytest.mark.parametrize("name", REVERSIBLE)
def test_there_and_back(world: World, name: str) -> None:
    _recipe(world, name)
    _round_trip(world, "recipe.csv", **STORIES[name].preferences)


def _number(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]


MATRIXIFY: dict[str, tuple[str, Callable[[Order], dict[str, str]]]] = {
    "unfulfill": (
        "unfulfill",
        lambda o: {"Fulfillment: ID": _number(o.fulfillments[0].id), "Fulfillment: Status": "cancelled"},
    ),
    "fulfill": ("fulfill", lambda o: {"Line: Type": "Fulfillment Line", "Fulfillment: Status": "success"}),
    "fulfill a line": (
        "fulfill",
        lambda o: {
            "Line: Type": "Fulfillment Line",
            "Line: ID": _number(o.line_items[0].id),
            "Line: Quantity": "1",
            "Fulfillment: Status": "success",
            "Fulfillment: Tracking Company": "UPS",
            "Fulfillment: Tracking Number": "1Z999",
        },
    ),
    "tracking": (
        "track",
        lambda o: {"Fulfillment: ID": _number(o.fulfillments[0].id), "Fulfillment: Tracking Number": "1Z999"},
    ),
    "archive": ("archive", lambda o: {"Closed At": "2026-01-01 12:00:00 +0100"}),
    "add tags": ("tag_add", lambda o: {"Tags": "wholesale, b2b", "Tags Command": "MERGE"}),
    "delete tags": ("tag_remove", lambda o: {"Tags": o.tags[0], "Tags Command": "DELETE"}),
    "replace tags": ("tag_remove", lambda o: {"Tags": "wholesale", "Tags Command": "REPLACE"}),
    "note": ("update", lambda o: {"Note": "Call before delivery", "Phone": "+33612345678"}),
}
"""Matrixify's recipes (spreadsheets.md 1) that can be taken back: whose story's order, and the row beside its ID."""


@pytest.mark.parametrize("name", MATRIXIFY)
def test_a_matrixify_recipe_there_and_back(world: World, name: str) -> None:
    action, cells = MATRIXIFY[name]
    (order,) = world.some(STORIES[action].kind, 1)
    STORIES[action].before(world, order)
    _round_trip(world, world.recipe({"ID": _number(order.id), "Command": "UPDATE", **cells(order)}))


@pytest.mark.parametrize(
    ("action", "cells"),
    [
        (
            "cancel",
            {"Command": "UPDATE", "Cancelled At": "2026-01-01", "Cancel: Reason": "fraud", "Cancel: Refund": "TRUE"},
        ),
        ("delete", {"Command": "DELETE"}),
    ],
)
def test_a_matrixify_recipe_that_is_for_good(world: World, action: str, cells: dict[str, str]) -> None:
    (order,) = world.some(STORIES[action].kind, 1)
    name = world.recipe({"ID": _number(order.id), **cells})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    assert [effect.order for effect in world.effects(STORIES[action].root)] == [order.id]
    undo = world.undo(name)
    assert undo.changes == ()
    assert [(b.action, bool(b.fix)) for b in undo.blocked] == [(action, True)]


@pytest.mark.parametrize("name", FINAL)
def test_what_cannot_be_undone_is_listed_with_what_can_be_done(world: World, name: str) -> None:
    _recipe(world, name)
    world.plan("recipe.csv", **STORIES[name].preferences)
    world.apply("recipe.csv")
    undo = world.undo("recipe.csv")
    assert undo.changes == ()
    assert [(b.action, bool(b.reason), bool(b.fix)) for b in undo.blocked] == [(name, True, True)]


def test_a_sheet_of_everything_at_once(world: World) -> None:
    """Many orders and several actions on some of them, there and back, compared order by order."""
    world.export()
    packed = world.some(at_rest, 4)
    open_ones = world.some(waiting, 6)
    shelved = world.some(archived, 2)
    world.edit(
        {
            packed[0].name: {"Action": "unfulfill, hold", "Hold: Reason": "INCORRECT_ADDRESS"},
            packed[1].name: {"Action": "unfulfill, archive", "Note": "x"},
            packed[2].name: {"Fulfillment: Tracking Number": "NEW1", "Tags": "one, two"},
            packed[3].name: {"Action": "archive", "Email": "new@example.com"},
            open_ones[0].name: {"Action": "hold", "Hold: Note": "wait"},
            open_ones[1].name: {"Action": "fulfill", "Purchase Order Number": "PO-1"},
            open_ones[2].name: {"Action": "fulfill, archive"},
            open_ones[3].name: {"Tags": "[clear]", "Note": "y"} if open_ones[3].tags else {"Note": "y"},
            shelved[0].name: {"Action": "unarchive", "Tags": "back"},
            shelved[1].name: {"Note": "[clear]"} if shelved[1].note else {"Note": "z"},
        }
    )
    _round_trip(world, "orders.csv")


def test_released_and_fulfilled_is_unfulfilled_and_held_again(world: World) -> None:
    (order,) = world.some(waiting, 1)
    world.store.people.hold(order.name, reason="OTHER", handle="bulk-orders", other_app=False)
    _round_trip(world, world.recipe({"ID": order.id, "Action": "release, fulfill"}))


def test_an_archived_order_that_was_unfulfilled_is_archived_again(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    world.store.people.archive(order.name)
    _round_trip(world, world.recipe({"ID": order.id, "Action": "unfulfill"}))
    assert order.closed_at is None, "the second undo led to where the apply had led"


def test_a_part_that_was_shipped_is_taken_back_as_that_part(world: World) -> None:
    (order,) = world.some(lambda o: waiting(o) and o.line_items[0].quantity > 1, 1)
    row = {"ID": order.id, "Line: Type": "Fulfillment Line", "Fulfillment: Status": "success"}
    _round_trip(world, world.recipe({**row, "Line: ID": order.line_items[0].id, "Line: Quantity": "1"}))


def test_nobody_is_told_when_a_parcel_is_fulfilled_again(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    _round_trip(world, world.recipe({"ID": order.id, "Action": "unfulfill"}))
    assert world.effects("email") == []


@pytest.mark.parametrize(
    ("cells", "meanwhile", "says"),
    [
        ({"Note": "ours"}, lambda w, o: w.store.people.edit_order(o.name, note="theirs"), "changed since"),
        ({"Action": "hold"}, lambda w, o: w.store.people.release(o.name), None),
        ({"Action": "fulfill"}, lambda w, o: w.store.people.unfulfill(o.name), None),
        ({"Action": "fulfill"}, lambda w, o: w.store.people.carrier_event(o.name, "DELIVERED"), "has the parcel"),
        ({"Tags": "ours"}, lambda w, o: w.store.people.untag(o.name, "ours"), None),
        ({"Note": "ours"}, lambda w, o: w.store.people.delete(o.name), "no longer in the shop"),
    ],
    ids=["note", "hold", "fulfill", "delivered", "tag", "deleted"],
)
def test_what_somebody_changed_since_is_left_alone(
    world: World, cells: dict[str, str], meanwhile: Any, says: str
) -> None:
    (order,) = world.some(lambda o: waiting(o) and all(t.gateway != "x" for t in o.transactions), 1)
    if says and "no longer" in says:
        (order,) = world.some(lambda o: open_unpaid(o) and not o.transactions, 1)
    name = world.recipe({"ID": order.id, **cells})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    meanwhile(world, order)
    undo = world.undo(name)
    assert undo.changes == ()
    assert [says in b.reason for b in undo.blocked] == ([True] if says else [])
    assert [b.how for b in undo.back] == ([] if says else ["It is as before already: somebody else has taken it back."])


@pytest.mark.parametrize("by_us", [True, False])
def test_a_backup_is_spoken_of_only_where_there_is_one(world: World, by_us: bool) -> None:
    (order,) = world.some(lambda o: open_unpaid(o) and not o.transactions, 1)
    name = world.recipe({"ID": order.id, "Note": "ours", **({"Command": "DELETE"} if by_us else {})})
    world.plan(name)
    world.apply(name)
    if not by_us:
        world.store.people.delete(order.name)
    undo = world.undo(name)
    assert (len(undo.blocked), {"backup" in left.fix for left in undo.blocked}) == (2 if by_us else 1, {by_us})


def test_what_was_so_before_the_plan_is_nobodys_doing(world: World) -> None:
    """An archived order that is unfulfilled opens, and the archiving after it leaves it as it was."""
    (order,) = world.some(at_rest, 1)
    world.store.people.archive(order.name)
    name = world.recipe({"ID": order.id, "Action": "unfulfill, archive"})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 2}
    undo = world.undo(name)
    assert [(b.action, b.how) for b in undo.back] == [
        ("archive", "It was so before the plan as well: there is nothing to take back.")
    ]


def test_a_cancelled_order_is_not_fulfilled_again(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    cells = {"Action": "unfulfill, cancel", "Cancel: Refund": "FALSE", "Tags": "gone"}
    name = world.recipe({"ID": order.id, **cells})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 3}
    undo = world.undo(name)
    assert [change.action for change in undo.changes] == ["tag_remove"]
    assert {b.action for b in undo.blocked} == {"unfulfill", "cancel"}


def test_an_undo_drifts_like_any_other_plan(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Note": "ours"})
    world.plan(name)
    world.apply(name)
    world.undo(name)
    world.store.people.edit_order(order.name, note="theirs")
    assert world.apply(world.undone(name)).outcomes == {"drifted": 1}
    assert order.note == "theirs"


def test_an_undo_that_was_done_has_nothing_left_to_do(world: World) -> None:
    (order,) = world.some(shipped, 1)
    name = world.recipe({"ID": order.id, "Action": "archive", "Note": "n", "Tags": "t"})
    world.plan(name)
    world.apply(name)
    world.undo(name)
    world.apply(world.undone(name))
    again = world.undo(name)
    assert (again.changes, again.blocked) == ((), ())


def test_the_results_of_an_undo_stand_beside_those_of_its_plan(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    name = world.recipe({"ID": order.id, "Note": "ours"})
    world.plan(name)
    world.apply(name)
    world.undo(name)
    done = world.apply(world.undone(name))
    assert done.summary.results == str(world.folder / "recipe.undo.results.csv")
    assert results(world.folder / "recipe.results.csv")
    assert results(world.folder / "recipe.undo.results.csv")[0]["Import Comment"] == "update: applied"


def test_a_plan_that_was_never_applied_has_nothing_to_undo(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    name = world.recipe({"ID": order.id, "Note": "ours"})
    world.plan(name)
    with pytest.raises(Misused, match="was not applied from here"):
        world.undo(name)


def test_shopifys_own_archiving_is_no_obstacle(tmp_path: Path) -> None:
    world = World(tmp_path)
    (order,) = world.some(waiting, 1)
    name = world.recipe({"ID": order.id, "Action": "fulfill"})
    before = picture(order)
    world.plan(name)
    world.apply(name)
    world.later(10)
    world.store.advance()
    assert order.closed_at is not None
    world.undo(name)
    assert world.apply(world.undone(name)).outcomes == {"applied": 1}
    assert picture(order) == before
    assert shipping.fulfillment_status(order) == "UNFULFILLED"
