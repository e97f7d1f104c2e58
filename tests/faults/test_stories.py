"""The deterministic layer: seeded stories of deaths, lost answers, lagging jobs, other people; F5, F14, F17, F20.

A seed that fails prints its story; `python -m faults.simulation SEED` (in the folder tests) tells it again.
"""

from __future__ import annotations

import math
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from virtual import VirtualClock
from world import World, open_unpaid, shipped

from bulk_orders.devstore import CancelFate, Deeds, Faults, Rule, Script
from faults.simulation import WORLDS, Template, play, template
from faults.stage import finished, holds, planned

_EACH = 8


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


@cache
def _template(number: int) -> Template:
    return template(number)


@pytest.mark.parametrize("first", range(0, 12 * _EACH, _EACH))
def test_stories(first: int) -> None:
    for seed in range(first, first + _EACH):
        told = play(seed, _template(first // _EACH % WORLDS))
        assert told.fine, "\n".join([f"seed {seed}", *told.lines, str(told.verdict), told.trouble or ""])
        assert told.runs > 1


def test_the_same_seed_tells_the_same_story() -> None:
    one, other = (play(7, _template(0)) for _ in range(2))
    assert one.lines == other.lines
    assert one.outcomes == other.outcomes


@pytest.mark.parametrize("seconds", [0.0, 1.0, 30.0, 120.0, math.inf])
def test_f5_jobs_that_lag_or_never_end(world: World, seconds: float) -> None:
    """Never: all unknown, exit 7, nothing sent twice."""
    world.store.settings.job_seconds = seconds
    planned(world)
    done = world.apply()
    holds(world, done)
    cancels = [c for c in done.changes() if c.action == "cancel"]
    assert {c.outcome for c in cancels} == ({"unknown"} if seconds == math.inf else {"applied"})
    assert done.summary.exit_code == (7 if seconds == math.inf else 0)
    sent = [(r.root, r.id) for r in world.store.requests if r.mutation and not r.root.startswith("bulk")]
    assert len(sent) == len(set(sent))
    finished(world)


def test_f5_a_job_that_fails(world: World) -> None:
    planned(world)
    world.store.settings.cancel_fate = lambda order: CancelFate("It cannot be.")
    done = world.apply()
    assert {c.outcome for c in done.changes() if c.action == "cancel"} == {"refused"}
    finished(world)


@pytest.mark.parametrize("skew", [timedelta(minutes=-7), timedelta(minutes=9), timedelta(days=1), timedelta(days=-1)])
def test_f14_a_clock_that_is_off_and_one_that_jumps(world: World, skew: timedelta) -> None:
    """Windows are the shop's, timeouts monotonic: a run that died is gone on with by a machine of another opinion."""
    planned(world)
    world.store.faults = Script(Rule("answer lost", at=range(1, 5)), Rule("423", at=(9,)))
    world.apply()
    world.clock = VirtualClock(skew=skew)
    finished(world)


@pytest.mark.parametrize("kind", ["before the run", "between look and request"])
def test_f17_somebody_else_was_quicker(world: World, kind: str) -> None:
    """A tenth of the orders and more: drifted, and what somebody wrote stays."""
    world.export()
    noted = world.some(open_unpaid, 2)
    parcels = world.some(shipped, 2)
    world.edit({**{o.name: {"Note": "ours"} for o in noted}, **{o.name: {"Action": "unfulfill"} for o in parcels}})
    world.plan(allow_delivered=True)

    def deed(store: Any) -> None:
        store.people.edit_order(noted[0].id, note="somebody's")
        store.people.request_return(parcels[0].id)

    if kind == "before the run":
        deed(world.store)
    else:
        world.store.faults = Deeds({2: deed}, kind="query", inner=Faults())
    done = world.apply()
    outcomes = {c.name: c.outcome for c in done.changes()}
    assert outcomes[noted[0].name] == "drifted"
    assert outcomes[parcels[0].name] == "drifted"
    assert outcomes[noted[1].name] == outcomes[parcels[1].name] == "applied"
    assert world.named(noted[0].name).note == "somebody's"
    holds(world, done)


def test_f17_a_lost_send_that_somebody_wrote_over_is_unknown(world: World) -> None:
    """It came through, and nothing shows it any more: drifted would say that it was not sent."""
    world.export()
    noted, other = world.some(open_unpaid, 2)
    world.edit({noted.name: {"Note": "ours"}, other.name: {"Note": "ours too"}})
    world.plan()

    def deed(store: Any) -> None:
        store.people.edit_order(noted.id, note="somebody's")

    lost = Script(Rule("answer lost", kinds=("mutation",), at=(1,)))
    world.store.faults = Deeds({2: deed}, kind="mutation", inner=lost)
    done = world.apply()
    assert {c.name: c.outcome for c in done.changes()} == {noted.name: "unknown", other.name: "applied"}
    (told,) = [c.reason for c in done.changes() if c.name == noted.name]
    assert told is not None
    assert "is 'somebody's'. It was sent before that, and whether it came through does not show." in told
    assert len(world.effects("orderUpdate")) == 2
    assert world.named(noted.name).note == "somebody's"
    holds(world, done)


@pytest.mark.parametrize("trouble", ["unknown enum", "null where none may be"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_f20_an_order_that_is_not_as_the_schema_says(world: World, trouble: str, command: str) -> None:
    """Told at plan; in the middle of apply it is left alone, and nothing crashes."""
    changes = planned(world)
    world.store.faults = script = Script(Rule(trouble, kinds=("query",), roots=("nodes",)))
    if command == "plan":
        plan = world.plan(allow_delivered=True)
        assert plan.blocked if trouble.startswith("null") else not plan.blocked
        told = [notice for notice in plan.notices if "RETURN_TELEPORTED" in notice.what]
        assert {row for notice in told for row in notice.rows} == {change.row for change in plan.changes}
    else:
        done = world.apply()
        assert sum(done.outcomes.values()) == changes
        assert done.summary.exit_code in (0, 3, 7)
        holds(world, done)
    assert script.struck[trouble] >= 1
