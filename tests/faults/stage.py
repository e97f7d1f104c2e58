"""A world with a plan of every action, and what has to hold of it whatever went wrong; all in virtual time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from world import Applied, World, open_paid, open_unpaid, shipped

from bulk_orders.core.results import FINAL, State
from bulk_orders.devstore import TOKEN, Faults
from bulk_orders.errors import PlanUsedUp
from bulk_orders.storage.journal import Journal, journal_path
from bulk_orders.storage.planfile import read_plan
from faults.judge import Verdict, judge

MOST_RUNS = 60


def planned(world: World, each: int = 1) -> int:
    """Export, edit, plan: every action of the corridor, steps that depend on one another among them."""
    world.export()
    unpaid, paid, parcels = (
        world.some(kind, number)
        for kind, number in ((open_unpaid, 2 * each), (open_paid, 3 * each), (shipped, 3 * each))
    )
    world.edit(
        {
            **{o.name: {"Action": "cancel"} for o in unpaid[:each]},
            **{o.name: {"Action": "cancel, archive", "Cancel: Send Receipt": "TRUE"} for o in unpaid[each:]},
            **{o.name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for o in paid[:each]},
            **{o.name: {"Note": "new", "Action": "archive"} for o in paid[each : 2 * each]},
            **{o.name: {"Tags": "only"} for o in paid[2 * each :]},
            **{o.name: {"Action": "unfulfill"} for o in parcels[:each]},
            **{o.name: {"Action": "unfulfill, cancel", "Cancel: Refund": "FALSE"} for o in parcels[each : 2 * each]},
            **{o.name: {"Action": "archive"} for o in parcels[2 * each :]},
        }
    )
    plan = world.plan(allow_delivered=True)
    assert not plan.blocked, plan.blocked
    return len(plan.changes)


def states(world: World, name: str = "orders.csv") -> dict[str, str]:
    """Where every change stands in the journal, by its id; all pending without one."""
    document = read_plan(world.plan_path(name))
    path = journal_path(world.home, document["plan_id"])
    journal = Journal.read(path, plan_id=document["plan_id"], digest=document["digest"])
    if journal is None:
        return {change["id"]: State.PENDING.value for change in document["changes"]}
    return {gid: entry.state.value for gid, entry in journal.entries.items()}


def verdict(world: World, name: str = "orders.csv") -> Verdict:
    """The journal against the store's own log."""
    return judge(read_plan(world.plan_path(name))["changes"], states(world, name), world.all_effects())


def holds(world: World, *runs: Applied, name: str = "orders.csv") -> None:
    """The invariants after every case (guarantees.md)."""
    document = read_plan(world.plan_path(name))
    found = verdict(world, name)
    assert found.fine, str(found)
    for run in runs:
        assert sum(run.summary.outcomes.values()) == len(document["changes"]), "the six add up"
    path = journal_path(world.home, document["plan_id"])
    if path.exists():
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    told = [each for each in world.folder.rglob("*") if each.is_file() and TOKEN.encode() in each.read_bytes()]
    assert told == [], "a token in a file"
    assert world.store.leaks == []


def finished(world: World, name: str = "orders.csv") -> Applied | None:
    """The same command without troubles until it has nothing to do; then once more, which sends nothing."""
    world.store.faults = Faults()
    done = None
    for _ in range(MOST_RUNS):
        try:
            done = world.apply(name)
        except PlanUsedUp:
            break
        if all(state in {*(s.value for s in FINAL), "unknown"} for state in states(world, name).values()):
            break
    holds(world, *([done] if done else []), name=name)
    _nothing_more(world, name)
    return done


def _nothing_more(world: World, name: str) -> None:
    sent, was = world.mutations(), states(world, name)
    try:
        world.apply(name)
    except PlanUsedUp:
        assert "unknown" not in was.values()
    assert world.mutations() == sent, "running again sends nothing"


def journal_of(world: World, name: str = "orders.csv") -> Path:
    return journal_path(world.home, read_plan(world.plan_path(name))["plan_id"])


def struck(world: World) -> Callable[[], Any]:
    return lambda: getattr(world.store.faults, "struck", None)
