"""What is said while nothing moves: how many are waited for, what is known of them, and how long it can take."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from world import Applied, World, open_paid, shipped

from bulk_orders.core.events import ChangeDone, Started, Waiting
from bulk_orders.devstore import Rule, Script
from bulk_orders.views.paint import Paint
from bulk_orders.views.progress import Tally
from bulk_orders.views.text import event_line

MANY = 8


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _cancelled(world: World) -> Applied:
    world.export()
    world.edit({o.name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for o in world.some(open_paid, MANY)})
    world.plan()
    return world.apply()


def _waits(done: Applied, words: str) -> list[Waiting]:
    return [event for event in done.events if isinstance(event, Waiting) and words in event.detail]


def _runs_down(waits: Iterable[Waiting], most: float) -> None:
    seconds = [wait.seconds for wait in waits]
    assert len(seconds) > 1
    assert all(one > other for one, other in pairwise(seconds)), seconds
    assert most * 0.7 < seconds[0] <= most, seconds


def test_what_nobody_knows_to_run_is_not_said_to(world: World) -> None:
    """The answers are lost before anything was done: first the window, then the deadline; nothing is begun."""
    world.store.faults = Script(Rule("500", roots=("orderCancel",)))
    done = _cancelled(world)
    assert done.outcomes == {"unknown": MANY}
    assert not _waits(done, "has begun")
    window, unclear = _waits(done, "read again"), _waits(done, "not to be seen yet")
    _runs_down(window, 15)
    _runs_down(unclear, 180 - 15)
    assert {wait.changes for wait in (*window, *unclear)} == {MANY}
    assert f"{MANY} changes" in unclear[0].detail
    assert f"and {MANY - 3} more" in unclear[0].detail
    assert "at most: " in str(event_line(unclear[0], Paint(False)))


def test_what_shopify_has_begun_is_said_with_its_number(world: World) -> None:
    world.store.settings.job_seconds = 60.0
    done = _cancelled(world)
    assert done.outcomes == {"applied": MANY}
    begun = _waits(done, "has begun")
    assert [wait for wait in done.events if isinstance(wait, Waiting)] == begun
    _runs_down(begun, 180)
    assert {wait.changes for wait in begun} == {MANY}


def test_what_shopify_took_and_does_not_show(world: World) -> None:
    from bulk_orders.flows.waits import Waits, Why

    world.export()
    world.edit({o.name: {"Action": "archive"} for o in world.some(shipped, 1)})
    (change,) = world.plan().changes

    async def told() -> list[str]:
        waits = Waits(world.clock, lambda: True, lambda _: None)
        with waits.waiting(change, Why.TAKEN, world.clock.monotonic() + 3):
            return [waited.detail for waited in waits.told()]

    (detail,) = world.run(told())
    assert detail == f"Shopify took a change, not to be seen on the order yet ({change.name})"


def test_nothing_is_said_of_waiting_while_others_move(world: World) -> None:
    """One answer is lost at the beginning; the others go on for a minute."""
    world.store.settings.bucket_size = 60.0
    world.store.settings.restore_rate = 4.0
    world.store.faults = Script(Rule("500", roots=("orderUpdate",), at=(1,)))
    world.export()
    names = [o.name for kind in (open_paid, shipped) for o in world.some(kind, 12)]
    world.edit({name: {"Note": "new"} for name in names})
    world.plan()
    done = world.apply()
    assert done.outcomes == {"applied": len(names)}
    moving = [event for event in done.events if isinstance(event, Waiting) and event.changes]
    assert moving == [], "it was read again while the others were sent"


def _done(order: int) -> ChangeDone:
    return ChangeDone("", str(order), "", "#1", 2, "archive", "applied")


def test_the_time_left_never_grows_while_nothing_happens() -> None:
    tally = Tally(0.0)
    tally.take(Started("", "p", "s", 100, 100, False), 0.0)
    assert tally.remaining(5) == ""
    for number in range(50):
        tally.take(_done(number), 10.0)
    assert tally.remaining(10) == "about 10 s left"
    assert tally.remaining(14) == "about 6 s left"
    tally.take(Waiting("", "settle", 60.0, "", changes=50), 15.0)
    tally.take(Waiting("", "job", 12.0, "", changes=9), 15.0)
    assert tally.remaining(15) == "about 60 s left at most"
    tally.take(_done(51), 30.0)
    tally.take(Waiting("", "settle", 40.0, "", changes=49), 35.0)
    assert tally.remaining(35) == "about 40 s left at most"
    assert tally.remaining(80) == "", "longer than anybody said: nothing is promised"
