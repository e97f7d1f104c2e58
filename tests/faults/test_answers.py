"""F4, F6, F7, F8: answers that are lost, throttle, refuse, or say what nobody can use; on reads and on mutations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world import World

from bulk_orders.devstore import TROUBLES, Rule, Script
from bulk_orders.errors import BulkOrdersError
from bulk_orders.tokens import Credentials, Secret
from faults.stage import finished, holds, planned

NOT_DONE = ["500", "502", "503", "504", "408", "internal error", "html", "empty", "null data", "connection lost before"]
DONE = [
    "answer lost", "500 after", "502 after", "503 after", "504 after", "408 after", "internal error after",
    "html after", "json cut after", "empty after", "null data after", "a list after", "broken gzip after",
    "payload nulled after", "hangs after", "drips",
]  # fmt: skip
STOPPING = ["400", "401", "402", "403", "404", "405", "413", "423", "430", "redirect", "429 3600", "429 1e999",
            "access denied"]  # fmt: skip
AGAIN = ["429", "429 0", "429 1", "429 -5", "429 soon", "429 nan", "429 ", "429 date", "throttled"]
HARMLESS = ["errors beside data", "throttled beside data", "figures 20 % high", "figures 20 % low", "figures absurd",
            "figures no numbers"]  # fmt: skip
FIRST_LATER_LAST = [(1,), (5,), (9,), (1, 2, 3, 4)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


@pytest.fixture
def large(tmp_path: Path) -> World:
    return World(tmp_path, orders=160)


@pytest.mark.parametrize("at", FIRST_LATER_LAST, ids=str)
@pytest.mark.parametrize("trouble", [*DONE, *NOT_DONE])
def test_a_mutation_whose_answer_says_nothing(world: World, trouble: str, at: tuple[int, ...]) -> None:
    """Read after the settle window, never guessed; what was done is known as done, a refund is not sent again."""
    changes = planned(world)
    world.store.faults = script = Script(Rule(trouble, at=at))
    done = world.apply()
    assert script.struck[trouble] == len(at)
    holds(world, done)
    assert done.summary.exit_code in ((0,) if trouble in DONE else (0, 3, 7))
    if trouble in DONE:
        assert done.outcomes == {"applied": changes} or set(done.outcomes) == {"applied", "already"}
    finished(world)


@pytest.mark.parametrize("trouble", [*DONE, *NOT_DONE])
def test_every_answer_to_a_mutation_says_nothing(world: World, trouble: str) -> None:
    planned(world)
    world.store.faults = Script(Rule(trouble))
    done = world.apply()
    holds(world, done)
    assert done.summary.exit_code in (0, 1, 7)
    finished(world)


@pytest.mark.parametrize("at", FIRST_LATER_LAST, ids=str)
@pytest.mark.parametrize("trouble", STOPPING)
def test_answers_that_stop_the_run(world: World, trouble: str, at: tuple[int, ...]) -> None:
    """Surely not executed, and no use to go on: exit 1, and the same command goes on later."""
    changes = planned(world)
    world.store.faults = Script(Rule(trouble, at=range(at[0], 1000)))
    done = world.apply()
    assert done.summary.exit_code == 1
    assert done.summary.error is not None
    holds(world, done)
    again = finished(world)
    assert again is not None
    assert sum(again.outcomes.get(name, 0) for name in ("applied", "already")) == changes


@pytest.mark.parametrize("trouble", [*AGAIN, *HARMLESS])
def test_answers_that_only_slow_the_run(world: World, trouble: str) -> None:
    changes = planned(world)
    kinds = ("mutation",) if trouble == "errors beside data" else ("mutation", "query")
    world.store.faults = script = Script(Rule(trouble, kinds=kinds, share=0.5), seed=3)
    done = world.apply()
    assert script.struck[trouble] > 3
    assert sum(done.outcomes.get(name, 0) for name in ("applied", "already")) == changes
    if trouble not in AGAIN:
        sent = [(r.root, r.id) for r in world.store.requests if r.mutation and not r.root.startswith("bulk")]
        assert len(sent) == len(set(sent)), "what was executed is not sent again"
    finished(world)


@pytest.mark.parametrize("share", [0.01, 0.15, 1.0])
def test_f4_answers_are_lost(large: World, share: float) -> None:
    """1 %, 15 %, and every first try of each order."""
    changes = planned(large, each=2)
    rules = (
        [Rule("answer lost", share=share)]
        if share < 1
        else [Rule("answer lost", most=1, about=o) for o in large.store.orders]
    )
    large.store.faults = Script(*rules, seed=5)
    done = large.apply()
    assert sum(done.outcomes.get(name, 0) for name in ("applied", "already")) == changes
    finished(large)


@pytest.mark.parametrize(
    "trouble",
    [*NOT_DONE, *AGAIN, *(each for each in DONE if each not in ("payload nulled after", "hangs after", "drips"))],
)
def test_a_question_is_asked_again(world: World, trouble: str) -> None:
    """Every second answer to a question is of no use: in the export, the plan and the run."""
    world.store.faults = Script(Rule(trouble, kinds=("query",), share=0.4), seed=11)
    planned(world)
    done = world.apply()
    holds(world, done)
    assert done.summary.exit_code == 0
    finished(world)


@pytest.mark.parametrize(
    "trouble", ["hangs before", "hangs after", "drips", "500", "throttled", "429 0", "empty", "html"]
)
@pytest.mark.parametrize("command", ["export", "plan", "apply"])
def test_a_shop_that_never_gives_a_usable_answer_is_given_up(world: World, trouble: str, command: str) -> None:
    """No hang beyond a deadline, no busy loop, nothing sent; and an error that says so."""
    planned(world)
    began, asked = world.passed, 0
    world.store.faults = script = Script(Rule(trouble, kinds=("query",)))
    with pytest.raises(BulkOrdersError) as failed:
        getattr(world, command)()
    asked = script.struck[trouble]
    assert failed.value.exit_code == 1
    assert world.passed - began < (700 if trouble in ("throttled", "429 0") else 200)
    assert asked < 60, "a busy loop"
    assert world.mutations() == 0


@pytest.mark.parametrize("trouble", STOPPING)
@pytest.mark.parametrize("command", ["export", "plan", "apply"])
def test_answers_that_stop_a_question(world: World, trouble: str, command: str) -> None:
    planned(world)
    world.store.faults = Script(Rule(trouble, kinds=("query",)))
    with pytest.raises(BulkOrdersError) as failed:
        getattr(world, command)()
    assert failed.value.exit_code == 1
    assert world.mutations() == 0


def test_f6_throttled_for_a_whole_minute(world: World) -> None:
    changes = planned(world)
    until = world.store.clock() + 60

    class Minute(Script):
        def before(self, store: Any, call: Any) -> Any:
            return super().before(store, call) if store.clock() < until else None

    world.store.faults = minute = Minute(Rule("throttled", kinds=("mutation", "query")))
    done = world.apply()
    assert world.store.clock() >= until
    assert minute.struck["throttled"] < 200, "a busy loop"
    assert sum(done.outcomes.get(name, 0) for name in ("applied", "already")) == changes
    finished(world)


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_f6_a_storm_of_throttling(large: World, share: float) -> None:
    changes = planned(large, each=2)
    large.store.faults = Script(Rule("throttled", kinds=("mutation", "query"), share=share), seed=2)
    done = large.apply()
    assert sum(done.outcomes.get(name, 0) for name in ("applied", "already")) == changes
    finished(large)


def test_f6_the_bucket_is_reduced_in_the_middle(large: World) -> None:
    large.store.settings.bucket_size, large.store.settings.restore_rate = 1000.0, 50.0
    changes = planned(large, each=2)

    class Shrinks(Script):
        def before(self, store: object, call: object) -> None:
            if getattr(call, "kind", "") == "mutation" and getattr(call, "kind_ordinal", 0) > 6:
                large.store.settings.bucket_size, large.store.settings.restore_rate = 60.0, 3.0

    large.store.faults = Shrinks()
    done = large.apply()
    assert sum(done.outcomes.get(name, 0) for name in ("applied", "already")) == changes
    throttled = sum(request.outcome == "throttled" for request in large.store.requests)
    assert throttled < 2 * changes
    finished(large)


def test_f18_a_token_that_is_refused_again_is_got_once(large: World) -> None:
    """One refresh for the whole run, then a clean stop; with a good token it goes on."""
    from bulk_orders.devstore import CLIENT_ID, CLIENT_SECRET

    large.settings = replace(
        large.settings,
        credentials=Credentials(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET), source="an app"),
    )
    changes = planned(large, each=2)
    large.store.faults = Script(Rule("401", at=range(6, 1000)))
    grants = large.store.tokens
    before = next(grants._count)
    done = large.apply()
    assert done.summary.exit_code == 1
    assert next(grants._count) - before - 1 <= 2, "the first token and one refresh"
    holds(large, done)
    again = finished(large)
    assert again is not None
    assert sum(again.outcomes.get(name, 0) for name in ("applied", "already")) == changes


def test_one_poisoned_change_does_not_stop_the_others(world: World) -> None:
    """Shopify chokes on one order every time: that one needs a person, the others are done."""
    changes = planned(world)
    poisoned = world.named(next(c["name"] for c in _plan(world)["changes"] if c["action"] == "archive"))
    world.store.faults = Script(Rule("500", about=poisoned.id))
    done = world.apply()
    assert done.outcomes.get("unknown") == 1
    assert done.summary.exit_code == 7
    assert sum(done.outcomes.values()) == changes
    assert done.outcomes["applied"] >= changes - 3
    holds(world, done)


def _plan(world: World) -> dict[str, list[dict[str, str]]]:
    from bulk_orders.storage.planfile import read_plan

    return read_plan(world.plan_path())


def test_every_answer_has_its_test() -> None:
    """What the store can do to an answer is done to it here, in a name."""
    tried = {*DONE, *NOT_DONE, *STOPPING, *AGAIN, *HARMLESS, "hangs before"}
    elsewhere = {"unknown enum", "null where none may be"}
    bulk = {
        name
        for name in TROUBLES
        if name.startswith(
            (
                "more",
                "fewer",
                "another",
                "counts",
                "no ",
                "a foreign",
                "an address",
                "cut",
                "ends",
                "range",
                "address",
                "a line",
            )
        )
    }
    assert set(TROUBLES) - tried - elsewhere - bulk == set()
