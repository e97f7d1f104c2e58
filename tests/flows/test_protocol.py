"""The protocol of apply under trouble: nothing lost, nothing doubled, nothing misreported."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from virtual import VirtualClock
from world import Applied, World, open_paid, open_unpaid, shipped

from bulk_orders.core.events import ChangeDone, Waiting
from bulk_orders.devstore import CancelFate, ConnectionDropped, DevStore, Faults, Reply
from bulk_orders.errors import AccessDenied, PlanDamaged, PlanStale, PlanUnfinished, VersionMismatch, WrongShop
from bulk_orders.flows.begin_run import refuse_overwriting
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.stop import Stop
from bulk_orders.tokens import Credentials, Secret

INTERNAL = json.dumps({"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]})


class Trouble(Faults):
    """Does something to the mutations that `chosen` picks: by their number, their root and their body."""

    def __init__(
        self,
        chosen: Callable[[int, str, str], bool],
        *,
        lost: bool = False,
        instead: Reply | None = None,
    ) -> None:
        self._chosen = chosen
        self._lost = lost
        self._instead = instead
        self._number = 0
        self.struck = 0

    def _strikes(self, call: Any) -> bool:
        return bool(call.kind == "mutation" and self._chosen(self._number, " ".join(call.roots), call.body))

    def before(self, store: Any, call: Any) -> Any:
        if call.kind == "mutation":
            self._number += 1
        if self._instead is not None and self._strikes(call):
            self.struck += 1
            return self._instead
        return None

    def after(self, store: Any, call: Any, reply: Any) -> Any:
        if self._lost and self._strikes(call):
            self.struck += 1
            raise ConnectionDropped
        return reply


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _mixed(world: World, each: int = 3) -> int:
    """A plan with every action of the corridor; how many changes it has."""
    world.export()
    unpaid, paid, parcels = (
        world.some(kind, number) for kind, number in ((open_unpaid, each), (open_paid, 3 * each), (shipped, 2 * each))
    )
    world.edit(
        {
            **{o.name: {"Action": "cancel"} for o in unpaid},
            **{o.name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for o in paid[:each]},
            **{o.name: {"Note": "new", "Action": "archive"} for o in paid[each : 2 * each]},
            **{o.name: {"Tags": "only"} for o in paid[2 * each :]},
            **{o.name: {"Action": "unfulfill"} for o in parcels[:each]},
            **{o.name: {"Action": "archive"} for o in parcels[each:]},
        }
    )
    plan = world.plan(allow_delivered=True)
    assert not plan.blocked, plan.blocked
    return len(plan.changes)


def _assert_once(world: World) -> None:
    """No order had the same effect twice."""
    doubled = [
        (order, kind)
        for kind in ("orderCancel", "refund", "orderClose", "email")
        for order, number in Counter(e.order for e in world.effects(kind)).items()
        if number > 1
    ]
    assert doubled == []
    parcels = Counter(str(e.detail.get("fulfillment") or e.detail) for e in world.effects("fulfillmentCancel"))
    assert all(number == 1 for number in parcels.values())


def _agrees(world: World, done: Applied) -> None:
    """What was reported as applied is what the store did."""
    applied = Counter(c.action for c in done.changes() if c.outcome == "applied")
    truth = Counter(e.kind for e in world.effects())
    assert truth["orderCancel"] == applied["cancel"]
    assert truth["fulfillmentCancel"] == applied["unfulfill"]
    assert truth["orderClose"] == applied["archive"]
    assert truth["orderUpdate"] == applied["update"]


# --- answers that do not come -----------------------------------------------------------------------------------------


def test_every_first_answer_lost(world: World) -> None:
    changes = _mixed(world)
    seen: set[str] = set()

    def first(_: int, root: str, body: str) -> bool:
        key = f"{root} {json.loads(body)['variables']}"
        return key not in seen and not seen.add(key)  # type: ignore[func-returns-value]

    world.store.faults = trouble = Trouble(first, lost=True)
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert trouble.struck == changes
    _assert_once(world)
    _agrees(world, done)


@pytest.mark.parametrize(
    "instead",
    [
        Reply(500),
        Reply(502, body=b"<html>bad gateway</html>"),
        Reply(503),
        Reply(504),
        Reply(200, body=INTERNAL.encode()),
        Reply(200, body=b"<html>busy</html>"),
        Reply(200, body=b'{"data": {'),
        Reply(200, body=b""),
        Reply(200, body=b'{"data": null}'),
    ],
    ids=["500", "502", "503", "504", "internal error", "html", "cut json", "empty", "null data"],
)
def test_an_unclear_answer_to_what_was_not_done(world: World, instead: Reply) -> None:
    """What harms nobody is sent again after the settle window; a refund is never sent again on a guess."""
    world.export()
    refunded, plain = world.some(open_paid, 1)[0], world.some(shipped, 1)[0]
    world.edit({refunded.name: {"Action": "cancel", "Cancel: Refund": "TRUE"}, plain.name: {"Action": "archive"}})
    world.plan()
    world.store.faults = Trouble(lambda number, root, body: number <= 2, instead=instead)
    done = world.apply()
    outcomes = {c.name: c.outcome for c in done.changes()}
    assert outcomes == {refunded.name: "unknown", plain.name: "applied"}
    assert done.summary.exit_code == 7
    assert world.effects("orderCancel", "refund") == []
    before = world.mutations()
    again = world.apply()
    assert again.outcomes == {"unknown": 1, "applied": 1}
    assert world.mutations() == before, "a plan with unknown left only reads"


def test_a_settled_change_is_read_no_sooner_than_its_window(world: World) -> None:
    _one_archive(world)
    world.store.faults = Trouble(lambda number, *_: number == 1, lost=True)
    began = world.passed
    assert world.apply().outcomes == {"applied": 1}
    assert world.passed - began >= 15
    assert len(world.effects("orderClose")) == 1


def test_an_unknown_that_turns_out_well_is_settled_by_reading(world: World) -> None:
    world.store.settings.job_seconds = 100_000.0
    world.export()
    (order,) = world.some(open_paid, 1)
    world.edit({order.name: {"Action": "cancel, archive", "Cancel: Refund": "TRUE"}})
    world.plan()
    done = world.apply()
    assert done.outcomes == {"unknown": 1, "not_attempted": 1}
    assert done.summary.exit_code == 7
    world.later(100_000)
    again = world.apply()
    assert again.outcomes == {"applied": 1, "not_attempted": 1}
    assert world.mutations() == 1
    _assert_once(world)


def test_a_cancellation_by_somebody_else_is_not_taken_for_ours(world: World) -> None:
    """The answer is lost, nothing was done, and then a colleague cancels: the marker tells."""
    world.export()
    (order,) = world.some(open_unpaid, 1)
    world.edit({order.name: {"Action": "cancel"}})
    world.plan()

    class Colleague(Trouble):
        def before(self, store: Any, call: Any) -> Any:
            found = super().before(store, call)
            if found is not None:
                store.people.cancel(order.name)
            return found

    world.store.faults = Colleague(lambda number, *_: number == 1, instead=Reply(502))
    done = world.apply()
    assert done.outcomes == {"already": 1}
    assert done.changes()[0].reason == "Somebody else did it in the meantime."


def test_a_job_that_fails_is_refused_with_shopifys_words(world: World) -> None:
    world.store.settings.cancel_fate = lambda order: CancelFate("Cannot restock to a deactivated location")
    world.export()
    (order,) = world.some(open_unpaid, 1)
    world.edit({order.name: {"Action": "cancel"}})
    world.plan()
    done = world.apply()
    assert done.outcomes == {"refused": 1}
    assert "Cannot restock to a deactivated location" in str(done.changes()[0].reason)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 30.0, 120.0])
def test_jobs_take_as_long_as_they_take(world: World, seconds: float) -> None:
    world.store.settings.job_seconds = seconds
    changes = _mixed(world)
    assert world.apply().outcomes == {"applied": changes}
    _assert_once(world)


def test_on_2026_07_the_order_itself_decides(world: World) -> None:
    world.settings = replace(world.settings, api_version="2026-07")
    changes = _mixed(world)
    assert world.apply().outcomes == {"applied": changes}
    _assert_once(world)


def test_a_cancellation_sent_again_while_the_first_is_under_way_is_followed(world: World) -> None:
    """Nothing shows after the settle window, so a harmless one is sent again; Shopify says that it is at it."""
    world.store.settings.job_seconds = 40.0
    world.export()
    (order,) = world.some(open_unpaid, 1)
    world.edit({order.name: {"Action": "cancel"}})
    world.plan()
    world.store.faults = Trouble(lambda number, *_: number == 1, lost=True)
    done = world.apply()
    assert done.outcomes == {"applied": 1}
    assert world.mutations() == 2
    assert [r.outcome for r in world.store.requests if r.root == "orderCancel"] == ["accepted", "refused"]
    _assert_once(world)


# --- answers that say no ----------------------------------------------------------------------------------------------


def _reply(status: int) -> Reply:
    return Reply(status, {"content-type": "application/json"}, b'{"errors": "no"}')


def test_what_keeps_a_run_from_going_on_is_told_by_status(world: World) -> None:
    _mixed(world)
    world.store.faults = Trouble(lambda number, *_: number > 4, instead=_reply(402))
    world.apply()
    world.store.faults = Faults()
    world.settings = replace(world.settings, credentials=Credentials(token=Secret("wrong"), source="the test"))
    with pytest.raises(AccessDenied):
        world.apply()
    assert "access token" in str(run_status(world.plan_path(), world.settings).last_error)


@pytest.mark.parametrize("status", [402, 403, 404, 423, 430])
def test_some_answers_stop_the_run_which_goes_on_later(world: World, status: int) -> None:
    changes = _mixed(world)
    world.store.faults = Trouble(lambda number, *_: number > 4, instead=_reply(status))
    done = world.apply()
    assert done.summary.exit_code == 1
    assert str(status) in str(done.summary.error)
    assert sum(done.summary.outcomes.values()) == changes
    assert done.summary.outcomes["not_attempted"] >= changes - 8
    world.store.faults = Faults()
    began = world.passed
    status_ = run_status(world.plan_path(), world.settings)
    assert status_.state == "interrupted"
    assert status_.outcomes["left"] == changes - done.summary.outcomes["applied"] - done.summary.outcomes["already"]
    again = world.apply()
    assert sum(again.summary.outcomes.values()) == changes
    assert set(again.outcomes) <= {"applied", "already"}
    assert again.summary.exit_code == 0
    assert world.passed - began < 15, "what was surely not executed has nothing to settle"
    _assert_once(world)


def test_a_storm_of_throttling_loses_nothing(world: World) -> None:
    changes = _mixed(world)
    throttled = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
    world.store.faults = trouble = Trouble(
        lambda number, *_: number % 10 < 7, instead=Reply(200, body=json.dumps(throttled).encode())
    )
    assert world.apply().outcomes == {"applied": changes}
    assert trouble.struck > changes
    _assert_once(world)


def test_a_small_bucket_is_waited_for_and_the_wait_is_explained(world: World) -> None:
    world.store.settings.bucket_size = 60.0
    world.store.settings.restore_rate = 4.0
    changes = _mixed(world)
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert any(isinstance(event, Waiting) and event.reason == "rate_limit" for event in done.events)
    throttled = sum(request.outcome == "throttled" for request in world.store.requests)
    assert throttled == 0


def test_a_token_that_expires_in_the_middle_is_renewed(world: World) -> None:
    world.store.settings.token_seconds = 20
    world.store.settings.bucket_size = 60.0
    world.store.settings.restore_rate = 4.0
    from bulk_orders.devstore import CLIENT_ID, CLIENT_SECRET

    app = Credentials(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET), source="an app")
    world.settings = replace(world.settings, credentials=app)
    changes = _mixed(world)
    assert world.apply().outcomes == {"applied": changes}
    assert any(request.outcome == "unauthorized" for request in world.store.requests)
    _assert_once(world)


# --- before anything is sent ------------------------------------------------------------------------------------------


def _one_archive(world: World) -> None:
    world.export()
    world.edit({world.some(shipped, 1)[0].name: {"Action": "archive"}})
    world.plan()


def test_another_version_is_refused_before_the_first_mutation(world: World) -> None:
    _one_archive(world)
    world.store.settings.serve_version = "2027-01"
    with pytest.raises(VersionMismatch):
        world.apply()
    assert world.mutations() == 0


def test_another_shop_at_the_same_address_is_refused(world: World) -> None:
    _one_archive(world)
    world.store.shop.myshopify_domain = "other.myshopify.com"
    with pytest.raises(WrongShop):
        world.apply()
    assert world.mutations() == 0


def test_another_store_in_a_box_is_another_shop_whatever_its_name(world: World) -> None:
    _one_archive(world)
    world.store = DevStore.seeded(20, 8, clock=world.store.clock, settings=world.store.settings)
    with pytest.raises(WrongShop, match="another shop of that name answers"):
        world.apply()
    assert world.mutations() == 0


def test_another_handle_is_refused_without_a_request(world: World) -> None:
    from bulk_orders.settings import ShopAddress

    _one_archive(world)
    world.settings = replace(world.settings, shop=ShopAddress.parse("other.myshopify.com"))
    before = len(world.store.requests)
    with pytest.raises(WrongShop):
        world.apply()
    assert len(world.store.requests) == before


def test_a_port_alone_makes_no_other_shop(world: World) -> None:
    from bulk_orders.settings import ShopAddress

    _one_archive(world)
    world.settings = replace(world.settings, shop=ShopAddress.parse("http://localhost:9999"))
    assert world.apply().outcomes == {"applied": 1}


def test_an_old_plan_is_refused_unless_it_was_begun(world: World) -> None:
    changes = _mixed(world)
    world.later(25 * 3600)
    with pytest.raises(PlanStale):
        world.apply()
    world.plan(allow_delivered=True)
    world.store.faults = Trouble(lambda number, *_: number > 3, instead=_reply(423))
    assert world.apply().summary.exit_code == 1
    world.store.faults = Faults()
    world.later(1000 * 3600)
    assert sum(world.apply().summary.outcomes.values()) == changes


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"action": "archive"', '"action": "cancel"'),
        lambda text: text.replace("orders.csv", "others.csv"),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("{", "[", 1),
        lambda text: "",
        lambda text: "[]",
        lambda text: '{"format_version": "1.0"}',
    ],
)
def test_a_damaged_plan_is_refused(world: World, damage: Callable[[str], str]) -> None:
    _one_archive(world)
    path = world.plan_path()
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(PlanDamaged):
        world.apply()


def test_an_unfinished_plan_is_not_overwritten(world: World) -> None:
    _mixed(world)
    world.store.faults = Trouble(lambda number, *_: number > 3, instead=_reply(423))
    world.apply()
    with pytest.raises(PlanUnfinished):
        refuse_overwriting(world.plan_path(), world.settings)
    world.store.faults = Faults()
    world.apply()
    refuse_overwriting(world.plan_path(), world.settings)


# --- stopping ---------------------------------------------------------------------------------------------------------


def test_the_first_interrupt_finishes_what_is_in_flight(world: World) -> None:
    world.store.settings.bucket_size = 120.0
    changes = _mixed(world)
    stop = Stop()

    class Person(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if call.kind == "mutation" and call.kind_ordinal == 8:
                stop.request(by_person=True)
            return reply

    world.store.faults = Person()
    done = world.apply(stop=stop)
    assert done.summary.exit_code == 130
    assert 0 < done.summary.outcomes["applied"] < changes
    assert sum(done.summary.outcomes.values()) == changes
    assert run_status(world.plan_path(), world.settings).state == "interrupted"
    world.store.faults = Faults()
    again = world.apply()
    assert set(again.outcomes) <= {"applied", "already"}
    _assert_once(world)


def test_the_second_interrupt_stops_at_once_and_is_safe(world: World) -> None:
    world.store.settings.latency_seconds = 1.0
    changes = _mixed(world)

    async def cut_short() -> None:
        from bulk_orders.flows.apply_plan import apply_plan
        from bulk_orders.flows.begin_run import begin_run

        with begin_run(world.plan_path(), world.settings, world.clock) as begun:
            stream = apply_plan(begun, world.settings, world.clock, stop=Stop(), transport=world.wire())

            async def consume() -> None:
                async for _ in stream:
                    pass

            task = asyncio.create_task(consume())
            await asyncio.sleep(4.5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    world.run(cut_short())
    status = run_status(world.plan_path(), world.settings)
    assert status.state == "interrupted"
    assert status.outcomes["left"] > 0
    done = world.apply()
    assert sum(done.summary.outcomes.values()) == changes
    assert set(done.outcomes) <= {"applied", "already"}
    _assert_once(world)


def test_a_clock_that_was_set_wrong_cuts_no_settle_window_short(world: World) -> None:
    """The window is by the shop's clock: a machine that believes it is tomorrow does not resend at once."""
    world.store.settings.latency_seconds = 0.2
    _one_archive(world)

    class Dies(Exception):
        pass

    class Dead(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if call.kind == "mutation":
                raise Dies
            return reply

    world.store.faults = Dead()
    with pytest.raises(Dies):
        world.apply()
    world.store.faults = Faults()
    world.clock = VirtualClock(skew=timedelta(days=1))
    began = world.passed
    assert world.apply().outcomes == {"applied": 1}
    assert world.passed - began > 10
    assert len(world.effects("orderClose")) == 1


# --- the events -------------------------------------------------------------------------------------------------------


def test_every_change_is_told_exactly_once_and_the_counts_add_up(world: World) -> None:
    changes = _mixed(world)
    done = world.apply()
    told = [event.id for event in done.events if isinstance(event, ChangeDone)]
    assert len(told) == len(set(told)) == changes
    assert Counter(e.outcome for e in done.changes()) == Counter(done.outcomes)
    first = done.events[0].as_json()
    assert (first["type"], first["left"]) == ("started", changes)
    assert done.summary.as_json()["type"] == "summary"


def test_a_machine_that_slept_past_the_deadline_looks_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before it fell asleep says nothing of the time since."""
    world.settings = replace(world.settings, job_deadline_seconds=20.0)
    world.store.settings.job_seconds = 10.0
    (order,) = world.some(open_unpaid, 1)
    world.plan(world.recipe({"ID": order.id, "Action": "cancel"}, name="orders.csv"))

    class Asleep(httpx.AsyncBaseTransport):
        """The first answer after the cancellation is heard of 25 seconds later."""

        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self._inner = inner
            self._slept = False

        def done(self) -> bool:
            """A look at the order after its cancellation was taken."""
            roots = [request.root for request in world.store.requests]
            return "orderCancel" in roots and roots[-1] == "nodes"

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self._inner.handle_async_request(request)
            if self.done() and not self._slept:
                self._slept = True
                await asyncio.sleep(25.0)
            return response

    wire = world.wire
    monkeypatch.setattr(world, "wire", lambda: Asleep(wire()))
    assert world.apply().outcomes["applied"] == 1
