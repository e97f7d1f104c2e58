"""`verify`: the world against the report, what live orders prove, and a person's word for the rest."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from world import World, open_paid, open_unpaid, results, shipped

from bulk_orders.core.verified import Verified
from bulk_orders.devstore import Faults, Rule, Script
from bulk_orders.errors import Misused, PlanUsedUp, ShopLocked
from bulk_orders.flows.begin_run import journal_of, load_plan
from bulk_orders.flows.verify_run import Verify, verify_run, words_of
from bulk_orders.views.paint import Paint
from bulk_orders.views.verify_text import verify_text
from faults.stage import finished, holds, planned, states


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


def _verify(world: World, *accept: str, settle: bool = False) -> Verified:
    asked = Verify(settle, dict(words_of(accept)))
    return world.run(verify_run(world.plan_path(), world.settings, world.clock, asked, world.wire()))


def _one_refund(world: World) -> str:
    """A cancellation with a refund, whose outcome stays unknown: it never left, and is never sent on a guess."""
    world.export()
    (order,) = world.some(open_paid, 1)
    world.edit({order.name: {"Action": "cancel", "Cancel: Refund": "TRUE"}})
    world.plan()
    world.store.faults = Script(Rule("500"))
    assert world.apply().outcomes == {"unknown": 1}
    world.store.faults = Faults()
    return order.name


def test_a_plan_that_was_never_applied_has_nothing_to_verify(world: World) -> None:
    planned(world)
    with pytest.raises(Misused, match="not applied from here"):
        _verify(world)


def test_what_was_applied_is_so_steps_that_follow_one_another_too(world: World) -> None:
    changes = planned(world)
    done = world.apply()
    sent = world.mutations()
    verified = _verify(world)
    assert (verified.differences, verified.unknown, verified.exit_code) == ((), (), 0)
    assert sum(verified.outcomes.values()) == changes
    assert verified.outcomes["left"] == 0
    assert world.mutations() == sent
    holds(world, done)


def test_what_somebody_changed_since_is_told(world: World) -> None:
    world.export()
    archived, kept = world.some(shipped, 2)
    (noted,) = world.some(open_unpaid, 1)
    world.edit({archived.name: {"Action": "archive"}, kept.name: {"Action": "archive"}, noted.name: {"Note": "new"}})
    world.plan()
    world.apply()
    world.store.people.unarchive(archived.name)
    world.store.people.edit_order(noted.name, note="another")
    verified = _verify(world)
    assert {d.change.name for d in verified.differences} == {archived.name, noted.name}
    assert {d.what for d in verified.differences} == {"It is not so (any more): somebody changed it since."}
    assert verified.exit_code == 3


def test_settle_writes_down_what_the_live_order_proves(world: World) -> None:
    world.store.settings.job_seconds = 100_000.0
    world.export()
    (order,) = world.some(open_paid, 1)
    world.edit({order.name: {"Action": "cancel", "Cancel: Refund": "TRUE"}})
    world.plan()
    assert world.apply().outcomes == {"unknown": 1}
    assert _verify(world).exit_code == 7
    world.later(100_000)
    assert _verify(world).unknown, "looking alone writes nothing"
    verified = _verify(world, settle=True)
    assert [(change.name, outcome) for change, outcome in verified.settled] == [(order.name, "applied")]
    assert verified.exit_code == 0
    assert set(states(world).values()) == {"applied"}
    assert world.mutations() == 1
    assert results(world.folder / "orders.results.csv")[0]["Outcome"] == "applied"
    finished(world)


def test_settle_leaves_what_nothing_proves(world: World) -> None:
    _one_refund(world)
    verified = _verify(world, settle=True)
    assert verified.settled == ()
    assert verified.exit_code == 7


@pytest.mark.parametrize("word", ["applied", "refused"])
def test_a_persons_word_is_taken_for_what_stayed_unknown(world: World, word: str) -> None:
    name = _one_refund(world)
    verified = _verify(world, f"{name}={word}")
    assert [(change.name, outcome) for change, outcome in verified.accepted] == [(name, word)]
    assert set(states(world).values()) == {word}
    row = results(world.folder / "orders.results.csv")[0]
    assert row["Outcome"] == word
    assert "A person's word" in row["Reason"]
    with pytest.raises(PlanUsedUp):
        world.apply()


def test_a_word_is_not_taken_against_what_the_order_shows(world: World) -> None:
    name = _one_refund(world)
    world.store.people.cancel(name, refund=True)
    world.later(60)
    with pytest.raises(Misused, match="shows otherwise"):
        _verify(world, f"{name}=refused")
    assert set(states(world).values()) == {"already"}, "a colleague did it: the mark is not ours"


def test_a_word_for_what_is_not_unknown_or_not_there(world: World) -> None:
    planned(world)
    world.apply()
    name = load_plan(world.plan_path()).changes[0].name
    with pytest.raises(Misused, match="is unknown"):
        _verify(world, f"{name}=applied")
    with pytest.raises(Misused, match="no order of this plan"):
        _verify(world, "#99999=applied")
    for pair in ("#1001", "#1001=done", "=applied", "#1001=APPLIED"):
        with pytest.raises(Misused, match="says nothing"):
            list(words_of((pair,)))


def test_writing_needs_the_lock_and_looking_does_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    import sys

    _one_refund(world)
    plan = load_plan(world.plan_path())
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(world.home), plan.shop.domain], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        assert _verify(world).exit_code == 7
        with pytest.raises(ShopLocked):
            _verify(world, settle=True)
    finally:
        holder.communicate(b"\n", timeout=60)
    with journal_of(plan, world.settings):
        pass


_HOLD = (
    "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.lock import ShopLock\n"
    "with ShopLock(Path(sys.argv[1]), sys.argv[2]):\n    print('held', flush=True)\n    sys.stdin.readline()\n"
)


def test_an_interrupted_run_is_verified_as_it_stands(world: World) -> None:
    """What was accepted and is done by now is proven; what is pending stays, and apply goes on with it."""
    world.store.settings.job_seconds = math.inf
    planned(world)
    world.store.faults = Script(Rule("423", at=range(4, 99)))
    world.apply()
    world.store.faults = Faults()
    looked = _verify(world)
    assert looked.in_flight, "sent, and nobody knows yet"
    told = verify_text(looked, Paint(), "my orders.plan")
    assert "not settled" in told
    assert "bulk-orders verify 'my orders.plan' --settle" in told
    assert "each is as reported" not in told
    verified = _verify(world, settle=True)
    assert verified.outcomes["left"] > 0
    world.store.settings.job_seconds = 1.0
    finished(world)
