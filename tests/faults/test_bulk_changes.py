"""Changes in bulk under trouble: killed anywhere, answers lost, operations that fail half-way, results that lie.

Nothing lost, nothing done twice, nothing misreported: held against the store's own log of effects.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from virtual import VirtualClock
from world import Applied, World, open_paid, shipped

from bulk_orders import failpoints
from bulk_orders.core.events import Event
from bulk_orders.devstore import BulkFate, Faults, Rule, Script
from bulk_orders.flows.apply_plan import apply_plan
from bulk_orders.flows.begin_run import begin_run
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.verify_run import Verify, verify_run
from faults.simulation import Death, Died
from faults.stage import finished, holds, states


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A plan of tags, notes and archivings, with several steps of one order and one that does not go in bulk."""
    made = World(tmp_path, orders=60)
    made.settings = replace(made.settings, transport="bulk")
    made.export()
    orders, (parcel,) = made.some(open_paid, 8), made.some(shipped, 1)
    made.edit(
        {
            **{o.name: {"Tags": ", ".join([*o.tags, "bulk"])} for o in orders[:4]},
            **{o.name: {"Note": f"for {o.name}", "Action": "archive"} for o in orders[4:]},
            parcel.name: {"Tags": ", ".join([*parcel.tags, "back"]), "Action": "unfulfill, archive"},
        }
    )
    made.plan(allow_delivered=True)
    return made


def _operations(world: World) -> list[Any]:
    return [operation for operation in world.store.bulk.all if operation.type == "MUTATION"]


def _applied(world: World, done: Applied | None = None) -> None:
    """It came to its end, and everything is done."""
    if done is not None:
        holds(world, done)
    finished(world)
    assert set(states(world).values()) == {"applied"}


# --- killed -----------------------------------------------------------------------------------------------------------

POINTS = ("bulk.upload", "intent.before", "intent.after", "send.before", "response.after", "place.before",
          "place.after", "bulk.ended", "bulk.joined", "outcome.before", "outcome.after")  # fmt: skip


class _DiesAt(Death):
    """Dies at the n-th passing of one point, and at whatever comes then."""

    def __init__(self, point: str, number: int) -> None:
        super().__init__(10**9)
        self._point, self._number = point, number
        self._before = failpoints.watcher

    def __call__(self, point: str) -> None:
        if self._before is not None:
            self._before(point)
        self._number -= int(point == self._point)
        if self._number <= 0:
            self.left = 0
        super().__call__(point)


@pytest.mark.parametrize("later", [0.0, 100.0])
@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("point", POINTS)
def test_f1_killed_at_a_named_point(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str, number: int, later: float
) -> None:
    """While the operation runs or after its end: the next run finds it, by its id or by its mark."""
    world.store.settings.bulk_seconds = 40.0
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "watcher", _DiesAt(point, number))
        with pytest.raises(Died):
            world.apply()
    world.later(later)
    before = len(_operations(world))
    submitted = sum(operation.root_object_count or 1 for operation in _operations(world))
    _applied(world)
    assert submitted <= 14
    assert len(_operations(world)) <= before + 4


def test_f1_killed_again_and_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it gets one failpoint further; it comes to an end all the same."""
    world.store.settings.bulk_seconds = 5.0
    for deaths in range(1, 40, 3):
        with monkeypatch.context() as patched:
            patched.setattr(failpoints, "watcher", Death(deaths))
            try:
                world.apply()
            except Died:
                continue
            break
    _applied(world)


# --- the submission ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.1, 40.0])
@pytest.mark.parametrize("trouble", ["answer lost", "500 after", "hangs after", "internal error after", "html after",
                                     "payload nulled after"])  # fmt: skip
def test_f4_a_lost_answer_to_the_submission_does_not_double_it(world: World, trouble: str, seconds: float) -> None:
    world.store.settings.bulk_seconds = seconds
    world.store.faults = script = Script(Rule(trouble, roots=("bulkOperationRunMutation",), most=2))
    done = world.apply()
    assert script.struck[trouble] == 2
    assert set(done.outcomes) == {"applied"}
    queries = [operation.query for operation in _operations(world)]
    assert len(queries) == len(set(queries))
    _applied(world, done)


@pytest.mark.parametrize(
    "trouble", ["500", "html", "empty", "connection lost before", "internal error", "throttled", "429"]
)
def test_a_submission_that_never_arrived_is_sent_again_after_the_window(world: World, trouble: str) -> None:
    world.store.faults = script = Script(Rule(trouble, roots=("bulkOperationRunMutation",), most=1))
    done = world.apply()
    assert script.struck[trouble] == 1
    assert set(done.outcomes) == {"applied"}
    _applied(world, done)


def test_f12_operations_of_a_dead_process_are_gone_on_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They still run: nothing is sent that is in one of them, however long it takes."""
    world.store.settings.bulk_seconds = 400.0
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "watcher", _DiesAt("place.after", 2))
        with pytest.raises(Died):
            world.apply()
    dead = {operation.id for operation in _operations(world)}
    world.later(60.0)
    done = world.apply()
    assert set(done.outcomes) == {"applied"}
    texts = [bytes(world.store.bulk.uploads[key]) for key in world.store.bulk.uploads]
    assert len(texts) == len(set(texts)), "no file twice"
    assert dead <= {operation.id for operation in _operations(world)}
    _applied(world, done)


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executed", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("partial", [None, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("status", ["FAILED", "CANCELED"])
def test_f11_what_a_failed_operation_has_done_is_found_by_reading(
    world: World, status: str, partial: float | None, executed: float
) -> None:
    """A line that is in no result may have run: its order says, once it must show."""
    fates = iter([BulkFate(status, "INTERNAL_SERVER_ERROR" if status == "FAILED" else None, partial, executed)])
    world.store.settings.bulk_fate = lambda _: next(fates, None)
    done = world.apply()
    assert set(done.outcomes) == {"applied"}
    _applied(world, done)


def test_f11_after_two_that_fail_the_rest_goes_one_by_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The summary says so, once; a warning of the log would stand raw on the stderr of everybody without -v."""
    world.store.settings.bulk_fate = lambda _: BulkFate("FAILED", "TIMEOUT", None, 0.0)
    done = world.apply()
    assert set(done.outcomes) == {"applied"}
    assert 2 <= len(_operations(world)) <= 4
    assert any("went one by one" in notice for notice in done.summary.notices)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    _applied(world, done)


def test_f12_one_that_never_ends_is_cancelled_and_left_to_the_next_run(world: World) -> None:
    world.store.settings.bulk_seconds = math.inf
    done = world.apply()
    assert done.summary.exit_code == 1
    assert "no headway" in str(done.summary.error)
    holds(world, done)
    assert {operation.status for operation in _operations(world)} == {"CANCELING"}
    world.store.settings.bulk_seconds = 2.0
    _applied(world)


TROUBLES_OF_FILES = ["a line missing", "a line twice", "a line twice, one missing", "cut inside a line", "no text",
                     "address expired", "500", "cut at 50 %", "answer lost", "html after", "redirect"]  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES_OF_FILES)
def test_f9_f10_a_result_that_is_not_whole_is_made_up_for_by_reading(world: World, trouble: str) -> None:
    world.store.faults = script = Script(Rule(trouble, kinds=("file",)))
    done = world.apply()
    assert script.struck[trouble] >= 1
    assert set(done.outcomes) == {"applied"}
    assert len({operation.query for operation in _operations(world)}) == len(_operations(world))
    _applied(world, done)


@pytest.mark.parametrize(
    "trouble", ["no address", "a foreign address", "an address that is none", "another size stated"]
)
def test_f9_f11_an_address_that_lies_is_not_followed(world: World, trouble: str) -> None:
    world.store.faults = script = Script(Rule(trouble, kinds=("query",), roots=("bulkOperation",)))
    done = world.apply()
    assert script.struck[trouble] >= 1
    assert set(done.outcomes) == {"applied"}
    _applied(world, done)


class Renumbered(Faults):
    """Results whose lines are numbered otherwise."""

    def __init__(self, number: Callable[[int, int], int]) -> None:
        self._number = number

    def after(self, store: Any, call: Any, reply: Any) -> Any:
        if call.kind != "file" or reply.status != 200:
            return reply
        lines = [json.loads(line) for line in reply.body.splitlines()]
        for line in lines:
            line["__lineNumber"] = self._number(line["__lineNumber"], len(lines))
        body = b"".join(json.dumps(line, separators=(",", ":")).replace("/", "\\/").encode() + b"\n" for line in lines)
        return replace(reply, body=body)


@pytest.mark.parametrize(
    "number", [lambda at, of: at + 1, lambda at, of: of - 1 - at, lambda at, of: 0, lambda at, of: -1],
    ids=["from one", "backwards", "all the same", "negative"],
)  # fmt: skip
def test_lines_that_speak_of_other_orders_are_not_believed(world: World, number: Callable[[int, int], int]) -> None:
    world.store.faults = Renumbered(number)
    done = world.apply()
    assert set(done.outcomes) == {"applied"}
    _applied(world, done)


# --- asked to stop ----------------------------------------------------------------------------------------------------


def _apply_and(world: World, then: Callable[[Stop, Event, asyncio.Task[Any]], None]) -> list[Event]:
    """An apply during which something is done at each event."""
    seen: list[Event] = []

    async def consume() -> None:
        stop, task = Stop(), asyncio.current_task()
        assert task is not None
        with begin_run(world.plan_path(), world.settings, world.clock) as begun:
            async for event in apply_plan(begun, world.settings, world.clock, stop=stop, transport=world.wire()):
                seen.append(event)
                then(stop, event, task)

    world.run(consume())
    return seen


def test_f22_the_first_ctrl_c_waits_for_what_is_under_way(world: World) -> None:
    world.store.settings.bulk_seconds = 40.0

    def stop_once(stop: Stop, event: Event, _: Any) -> None:
        if event.type == "waiting":
            stop.request(by_person=True)

    done = Applied(_apply_and(world, stop_once))
    assert done.summary.exit_code == 130
    assert {operation.status for operation in _operations(world)} == {"COMPLETED"}
    assert set(done.outcomes) == {"applied", "not_attempted"}
    _applied(world)


@pytest.mark.parametrize("keeps", [False, True])
def test_f22_the_second_cancels_it_in_the_shop(world: World, keeps: bool) -> None:
    world.store.settings.bulk_seconds = 40.0
    world.store.settings.canceled_keeps_partial = keeps

    def cut(stop: Stop, event: Event, task: Any) -> None:
        if event.type == "waiting" and not stop.soon:
            stop.request(by_person=True)
            asyncio.get_running_loop().call_later(20.0, task.cancel)

    with pytest.raises(asyncio.CancelledError):
        _apply_and(world, cut)
    assert {operation.status for operation in _operations(world)} == {"CANCELING"}
    world.later(5.0)
    world.store.settings.bulk_seconds = 2.0
    _applied(world)


def test_a_verify_that_settles_leaves_alone_what_may_still_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long after the settle window nothing shows of the lines that the operation has not come to."""
    world.store.settings.bulk_seconds = 400.0
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "watcher", _DiesAt("place.after", 1))
        with pytest.raises(Died):
            world.apply()
    world.later(60.0)
    clock = VirtualClock()
    world.run(verify_run(world.plan_path(), world.settings, clock, Verify(settle=True), transport=world.wire()))
    assert "sending" in states(world).values()
    done = world.apply()
    assert set(done.outcomes) == {"applied"}
    _applied(world, done)
