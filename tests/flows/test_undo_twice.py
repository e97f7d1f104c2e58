"""Undo knows what was its own: it takes nothing back twice, and nothing that only looks like ours."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from picture import picture
from stories import STORIES, at_rest, waiting
from world import World, open_paid, results

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.events import Event, Summary, Waiting
from bulk_orders.core.results import State
from bulk_orders.devstore import ConnectionDropped, Faults
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import PlanDamaged, PlanRefused, PlanUndone, PlanUsedUp, WrongShop
from bulk_orders.flows.apply_plan import apply_plan
from bulk_orders.flows.begin_run import begin_run
from bulk_orders.flows.history import past_runs
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.verify_run import Verify, verify_run
from bulk_orders.storage.journal import Journal, journal_path
from bulk_orders.views.machine import status_json
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.text import status_text
from bulk_orders.views.verify_text import verify_text

REVERSIBLE = [name for name, action in REGISTRY.items() if action.reversed_by]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, store_settings=StoreSettings(job_seconds=1.0, auto_archive_seconds=None))


def applied(world: World, *rows: dict[str, str], name: str = "recipe.csv") -> str:
    world.recipe(*rows, name=name)
    plan = world.plan(name)
    assert plan.changes
    assert not plan.blocked, plan.blocked
    assert set(world.apply(name).outcomes) == {"applied"}
    return name


def undone(world: World, name: str) -> str:
    undo = world.undo(name)
    assert undo.changes
    made = world.undone(name)
    assert set(world.apply(made).outcomes) <= {"applied", "already"}
    return made


class Lost(Faults):
    """The answer of the n-th mutation is lost, after it was executed."""

    def __init__(self, ordinal: int = 1) -> None:
        self.ordinal = ordinal

    def after(self, store: Any, call: Any, reply: Any) -> Any:
        if call.kind == "mutation" and call.kind_ordinal == self.ordinal:
            raise ConnectionDropped
        return reply


def stopping(world: World, ordinal: int) -> Stop:
    """A person who presses Ctrl-C at the n-th mutation."""
    stop = Stop()
    world.store.settings.bucket_size = 60.0

    class Person(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if call.kind == "mutation" and call.kind_ordinal == ordinal:
                stop.request(by_person=True)
            return reply

    world.store.faults = Person()
    return stop


def begun(world: World, number: int = 30) -> tuple[str, int]:
    """A plan that tags orders, stopped in the middle; how many it had done by then."""
    orders = world.some(open_paid, number)
    name = world.recipe(*({"ID": order.id, "Tags": "ours"} for order in orders))
    world.plan(name)
    outcomes = world.apply(name, stop=stopping(world, 2)).outcomes
    world.store.faults = Faults()
    assert outcomes["not_attempted"]
    return name, outcomes["applied"]


def status(world: World, name: str) -> Any:
    return run_status(world.plan_path(name), world.settings)


def status_of(world: World, name: str) -> str:
    found = status(world, name)
    told = (found.plan.plan_id, found.state, found.outcomes, found.last_error, Path("recipe.plan"))
    return status_text(*told, undone=found.undone, retired=found.retired)


def verified(world: World, name: str, asked: Verify | None = None) -> Any:
    return world.run(verify_run(world.plan_path(name), world.settings, world.clock, asked or Verify(), world.wire()))


# --- a second undo ----------------------------------------------------------------------------------------------------

AGAIN: dict[str, Callable[[World, Order], None]] = {
    "release": lambda w, o: w.store.people.release(o.name),
    "unarchive": lambda w, o: w.store.people.unarchive(o.name),
    "update": lambda w, o: w.store.people.edit_order(o.name, note="Call before delivery"),
    "tag_remove": lambda w, o: w.store.people.untag(o.name, *o.tags),
    "tag_add": lambda w, o: w.store.people.tag(o.name, "wholesale"),
    "unfulfill": lambda w, o: w.store.people.unfulfill(o.name),
    "hold": lambda w, o: w.store.people.hold(o.name, reason="OTHER", handle="bulk-orders", other_app=False),
    "track": lambda w, o: None,
    "fulfill": lambda w, o: w.store.people.fulfill(o.name, {"company": "UPS", "number": "1Z999"}),
    "archive": lambda w, o: w.store.people.archive(o.name),
}
"""What somebody does after the first undo: the same that the plan had done."""


@pytest.mark.parametrize("name", REVERSIBLE)
def test_what_people_did_after_an_undo_is_not_taken_back_by_the_next(world: World, name: str) -> None:
    story = STORIES[name]
    (order,) = world.some(story.kind, 1)
    story.before(world, order)
    sheet = applied(world, *story.cells(order))
    by = undone(world, sheet)
    AGAIN[name](world, order)
    theirs, sent = picture(order), world.mutations()
    again = world.undo(sheet)
    assert again.changes == ()
    assert again.blocked == ()
    (back,) = again.back
    assert back.how.startswith(f"Undone by {Path(by).stem}.plan (0000-0002) at 2026-")
    assert (picture(order), world.mutations()) == (theirs, sent)
    text = plan_text(again, Path("again.plan"), paint=Paint(colour=False))
    assert "Undone already: 1" in text
    assert "Cannot be taken back" not in text
    assert "Undone already: 1" in plan_html(again, Path("again.plan"))


def test_only_what_an_undo_left_is_planned_by_the_next(world: World) -> None:
    one, two = world.some(open_paid, 2)
    sheet = applied(world, {"ID": one.id, "Note": "ours"}, {"ID": two.id, "Note": "ours"})
    world.store.people.edit_order(two.name, note="theirs")
    undone(world, sheet)
    world.store.people.edit_order(two.name, note="ours")
    world.store.people.edit_order(one.name, note="ours")
    again = world.undo(sheet)
    assert [change.name for change in again.changes] == [two.name]
    assert [back.name for back in again.back] == [one.name]


def test_a_fulfillment_that_looks_like_ours_is_not_ours(world: World) -> None:
    (order,) = world.some(waiting, 1)
    sheet = applied(world, {"ID": order.id, "Action": "fulfill"})
    world.store.people.unfulfill(order.name)
    world.store.people.fulfill(order.name)
    undo = world.undo(sheet)
    assert undo.changes == ()
    assert [back.plan for back in undo.back] == [None]


def test_a_hold_of_another_plan_is_not_released(world: World) -> None:
    (order,) = world.some(waiting, 1)
    sheet = applied(world, {"ID": order.id, "Action": "hold"})
    applied(world, {"ID": order.id, "Action": "release"}, name="release.csv")
    applied(world, {"ID": order.id, "Action": "hold"}, name="again.csv")
    assert world.undo(sheet).changes == ()
    assert len(world.undo("again.csv").changes) == 1


@pytest.mark.parametrize(("action", "fix"), [("fulfill", "unfulfill that in the admin"), ("hold", "write release")])
def test_what_no_answer_named_needs_a_person(world: World, action: str, fix: str) -> None:
    (order,) = world.some(waiting, 1)
    world.recipe({"ID": order.id, "Action": action})
    world.plan("recipe.csv")
    world.store.faults = Lost()
    assert world.apply("recipe.csv").outcomes == {"applied": 1}
    undo = world.undo("recipe.csv")
    assert undo.changes == ()
    assert ["answer that named" in b.reason and fix in b.fix for b in undo.blocked] == [True]


def test_what_an_undo_of_the_undo_has_done_again_is_taken_back_by_undoing_that(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    undo = undone(world, sheet)
    again = undone(world, undo)
    plan = world.undo(sheet)
    assert plan.changes == ()
    newest = f"{Path(again).stem}.plan (0000-0003)"
    says = f"{newest} has done it again. To take that back: undo {newest}."
    assert {b.how.partition("; ")[2] for b in plan.back} == {says}
    undone(world, again)
    assert shipping.fulfillment_status(order) == "FULFILLED"


# --- an undo that is not done -----------------------------------------------------------------------------------------


def test_an_undo_that_was_interrupted_is_gone_on_with_and_not_begun_again(world: World) -> None:
    orders = world.some(open_paid, 30)
    sheet = applied(world, *({"ID": order.id, "Tags": "ours"} for order in orders))
    world.undo(sheet)
    first = world.plan_path(world.undone(sheet)).rename(world.folder / "first.plan")
    assert world.apply("first.csv", stop=stopping(world, 2)).outcomes["not_attempted"]
    world.store.faults = Faults()
    again = world.undo(sheet)
    assert again.changes == ()
    assert len(again.blocked) + len(again.back) == 30
    assert {"bulk-orders apply first.plan" in b.fix for b in again.blocked} == {True}
    text = plan_text(again, Path("again.plan"), paint=Paint(colour=False))
    assert text.count("✗") == 1, "one reason, told once"
    assert first.exists()
    world.apply("first.csv")
    assert [(len(p.changes), len(p.blocked), len(p.back)) for p in [world.undo(sheet)]] == [(0, 0, 30)]


def test_of_two_undo_plans_the_second_is_refused_before_anything_is_sent(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    sheet = applied(world, {"ID": order.id, "Tags": "ours"})
    world.undo(sheet)
    world.plan_path(world.undone(sheet)).rename(world.folder / "first.plan")
    world.undo(sheet)
    world.apply("first.csv")
    world.store.people.tag(order.name, "ours")
    sent = world.mutations()
    with pytest.raises(PlanUsedUp, match=r"Undone by first\.plan \(0000-0002\) at 2026"):
        world.apply(world.undone(sheet))
    assert world.mutations() == sent
    assert "ours" in order.tags


def test_an_undo_whose_own_journal_is_gone_needs_a_person(world: World) -> None:
    orders = world.some(open_paid, 30)
    sheet = applied(world, *({"ID": order.id, "Tags": "ours"} for order in orders))
    world.undo(sheet)
    world.apply(world.undone(sheet), stop=stopping(world, 2))
    world.store.faults = Faults()
    journal_path(world.home, "0000-0002").unlink()
    again = world.undo(sheet)
    assert again.changes == ()
    assert {"whether it did is not known" in b.reason for b in again.blocked} == {True}
    assert {back.plan for back in again.back} == {"0000-0002"}, "what was noted when it stopped is known still"


def test_an_undo_is_applied_where_its_plan_was(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    sheet = applied(world, {"ID": order.id, "Note": "ours"})
    world.undo(sheet)
    world.settings = replace(world.settings, home=world.folder / "elsewhere")
    with pytest.raises(PlanRefused, match=r"journal of recipe\.plan \(0000-0001\).*is not in the state folder"):
        world.apply(world.undone(sheet))
    assert order.note == "ours"


def test_without_a_journal_that_can_be_trusted_nothing_is_undone(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    sheet = applied(world, {"ID": order.id, "Note": "ours"})
    world.undo(sheet)
    with closing(sqlite3.connect(journal_path(world.home, "0000-0001"))) as connection, connection:
        connection.execute("UPDATE changes SET made = 'gid://shopify/Fulfillment/1'")
    with pytest.raises(PlanDamaged, match="cannot be told for certain") as told:
        world.undo(sheet)
    assert "results sheet" in str(told.value.fix)
    with pytest.raises(PlanDamaged, match="it could not be noted that it was taken back"):
        world.apply(world.undone(sheet))
    assert order.note == "ours"


# --- a plan that was stopped half-way and undone ----------------------------------------------------------------------


def test_a_plan_that_was_undone_half_way_is_not_gone_on_with(world: World) -> None:
    name, done = begun(world)
    undo = world.undo(name)
    assert len(undo.changes) == done
    (notice,) = undo.notices
    assert f"{30 - done} changes of recipe.plan were never sent" in notice.what
    assert status(world, name).state == "interrupted", "planning an undo changes nothing"
    assert world.apply(world.undone(name)).outcomes == {"applied": done}
    sent = world.mutations()
    with pytest.raises(PlanUndone, match=r"taken back by recipe\.undo\.plan \(0000-0002\).*not applied any more"):
        world.apply(name)
    assert world.mutations() == sent
    found = status(world, name)
    assert found.state == "finished"
    assert (found.outcomes["applied"], found.outcomes["not_attempted"], found.outcomes["left"]) == (done, 30 - done, 0)
    assert f"{done} changes: Undone by recipe.undo.plan" in status_of(world, name)
    assert "To go on" not in status_of(world, name)
    document = status_json(found.plan.plan_id, found.state, found.outcomes, None, found.undone)
    assert {each["standing"] for each in document["undone"].values()} == {"done"}
    told = results(world.folder / "recipe.results.csv")
    undone_rows = [row for row in told if row["Outcome"] == "applied"]
    assert len(undone_rows) == done
    assert all("Undone by recipe.undo.plan" in row["Reason"] for row in undone_rows)
    assert all("Not sent any more" in row["Reason"] for row in told if row["Outcome"] == "not_attempted")
    assert not any("ours" in order.tags for order in world.store.orders.values())
    first = next(past for past in past_runs(world.home) if past.plan_id == "0000-0001")
    assert (first.state, first.needed) == ("finished", None)
    assert first.undone_by == ("recipe.undo.plan (0000-0002)",)


def test_verify_of_an_undone_plan_says_that_it_was_undone(world: World) -> None:
    one, two = world.some(open_paid, 2)
    sheet = applied(world, {"ID": one.id, "Note": "ours"}, {"ID": two.id, "Note": "ours"})
    undone(world, sheet)
    found = verified(world, sheet)
    assert (found.exit_code, found.differences, len(found.undone)) == (0, (), 2)
    text = verify_text(found, Paint(colour=False), "recipe.plan")
    assert "2 changes: Undone by recipe.undo.plan (0000-0002) at 2026" in text
    assert "apart from what was undone" in text


def test_results_of_a_sheet_that_was_applied_again_are_left_alone(world: World) -> None:
    one, two = world.some(open_paid, 2)
    world.plan(world.recipe({"ID": one.id, "Note": "ours"}))
    world.plan_path("recipe.csv").rename(world.folder / "first.plan")
    world.apply("first.csv")
    world.undo("first.csv")
    world.later(60)
    applied(world, {"ID": two.id, "Note": "newer"})
    newer = (world.folder / "recipe.results.csv").read_bytes()
    world.apply("first.undo.csv")
    assert (world.folder / "recipe.results.csv").read_bytes() == newer


def test_what_was_in_flight_is_told_once_and_settled_without_sending(world: World) -> None:
    """Killed right after a send: undo says so once; after its undo, verify --settle brings the plan to its end."""
    name, done = begun(world)
    journal = Journal.begun(journal_path(world.home, "0000-0001"), plan_id="0000-0001")
    assert journal is not None
    with closing(journal):
        left = [entry for entry in journal.entries.values() if entry.state is State.PENDING][:3]
        at = "2026-11-22T10:00:00.000+00:00"
        journal.write([replace(e, state=State.SENDING, attempt=1, sent_at=at, settle_until=at) for e in left])
    undo = world.undo(name)
    assert [b.reason for b in undo.blocked] == ["It was sent, and whether it was done is not known yet."] * 3
    text = " ".join(plan_text(undo, Path("recipe.undo.plan"), paint=Paint(colour=False)).split())
    assert text.count("It was sent, and whether") == 1
    assert "bulk-orders verify recipe.plan --settle" in text
    world.apply(world.undone(name))
    assert "verify recipe.plan --settle" in status_of(world, name)
    with pytest.raises(PlanUndone) as refused:
        world.apply(name)
    assert "--settle" in str(refused.value.fix)
    sent = world.mutations()
    found = verified(world, name, Verify(settle=True))
    assert world.mutations() == sent
    assert (found.outcomes["left"], found.outcomes["not_attempted"]) == (0, 30 - done)
    assert status(world, name).state == "finished"


def test_verify_settles_what_was_surely_not_sent_so_that_apply_may_send_it(world: World) -> None:
    name, done = begun(world)
    journal = Journal.begun(journal_path(world.home, "0000-0001"), plan_id="0000-0001")
    assert journal is not None
    with closing(journal):
        entry = next(entry for entry in journal.entries.values() if entry.state is State.PENDING)
        at = "2026-11-22T10:00:00.000+00:00"
        journal.write([replace(entry, state=State.SENDING, attempt=1, sent_at=at, settle_until=at)])
    verified(world, name, Verify(settle=True))
    assert world.undo(name).blocked == ()
    assert world.apply(name).outcomes == {"applied": 30}
    assert done


def test_an_undo_says_when_its_plan_has_gone_on_since(world: World) -> None:
    name, done = begun(world)
    world.undo(name)
    world.later(60)
    world.apply(name)
    summary = world.apply(world.undone(name)).summary
    assert summary.outcomes["applied"] == done
    assert any("went on after this undo was planned" in notice for notice in summary.notices)
    assert len(world.undo(name).changes) == 30 - done


# --- where it ships from ----------------------------------------------------------------------------------------------


def moved(world: World, order: Order) -> str:
    """Somebody moves the order's open work to another location."""
    (work,) = shipping.working_orders(order)
    other = next(place for place in world.store.locations if place is not work.location)
    was, work.location, work.location_name = work.location_name, other, other.name
    return was


def test_a_parcel_is_not_shipped_again_from_elsewhere(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    was = moved(world, order)
    undo = world.undo(sheet)
    assert undo.changes == ()
    (left,) = undo.blocked
    assert f"left from {was}; none can be shipped from there now." in left.reason
    assert f"Move it back to {was}" in left.fix
    assert order.line_items[0].id.rsplit("/", 1)[-1] not in left.reason
    assert order.line_items[0].title in left.reason


def test_a_parcel_whose_work_was_moved_after_the_undo_was_planned_has_drifted(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    world.undo(sheet)
    moved(world, order)
    assert "drifted" in world.apply(world.undone(sheet)).outcomes
    assert shipping.fulfillment_status(order) == "UNFULFILLED"


# --- archived or open -------------------------------------------------------------------------------------------------


def test_what_somebody_archived_after_the_plan_stays_archived(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    world.store.people.archive(order.name)
    undone(world, sheet)
    assert shipping.fulfillment_status(order) == "FULFILLED"
    assert order.closed_at is not None


def test_an_order_that_was_archived_since_the_plan_is_not_opened_by_an_unfulfilling(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    world.recipe({"ID": order.id, "Action": "unfulfill"})
    world.plan("recipe.csv")
    world.store.people.archive(order.name)
    assert world.apply("recipe.csv").outcomes == {"drifted": 1}
    assert order.closed_at is not None


def test_the_time_that_shopify_is_given_is_explained(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    world.undo(sheet)
    waits = [event.detail for event in world.apply(world.undone(sheet)).events if isinstance(event, Waiting)]
    assert any("given time to archive by itself" in wait and order.name in wait for wait in waits), waits


def test_ctrl_c_while_shopify_is_given_time_ends_the_undo_resumably(world: World) -> None:
    """The order stays as it is by then; the same command goes on."""
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    world.undo(sheet)
    stop = Stop()

    async def work() -> list[Event]:
        asyncio.get_running_loop().call_later(5.0, lambda: stop.request(by_person=True))
        with begin_run(world.plan_path(world.undone(sheet)), world.settings, world.clock) as run:
            return [e async for e in apply_plan(run, world.settings, world.clock, stop=stop, transport=world.wire())]

    events = world.run(work())
    (summary,) = (event for event in events if isinstance(event, Summary))
    assert any(isinstance(e, Waiting) and "given time to archive by itself" in e.detail for e in events)
    assert (summary.exit_code, summary.outcomes["applied"], summary.outcomes["not_attempted"]) == (130, 1, 1)
    sent = world.mutations()
    world.later(30)
    assert world.apply(world.undone(sheet)).outcomes == {"applied": 1, "already": 1}
    assert world.mutations() == sent
    assert order.closed_at is None


def test_an_undo_is_of_its_own_shop(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Tags": "ours"})
    world.store.shop.id = "gid://shopify/Shop/1"
    with pytest.raises(WrongShop, match="The plan is for devstore"):
        world.undo(sheet)


def test_an_undo_stopped_before_shopify_archives_still_opens_the_order_when_it_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path)
    (order,) = world.some(at_rest, 1)
    sheet = applied(world, {"ID": order.id, "Action": "unfulfill"})
    world.undo(sheet)
    stop = stopping(world, 1)
    world.store.settings.bucket_size = 2000.0
    assert world.apply(world.undone(sheet), stop=stop).outcomes == {"applied": 1, "not_attempted": 1}
    world.store.faults = Faults()
    world.later(10)
    assert world.apply(world.undone(sheet)).outcomes == {"applied": 2}
    assert order.closed_at is None
