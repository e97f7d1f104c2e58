"""Runs and purge: the journals as history, and what may go without anybody missing it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from nights import Nights
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.history import KEPT_FOR
from bulk_orders.devstore import Faults
from bulk_orders.errors import Misused, PlanStale, PlanUsedUp
from bulk_orders.flows.history import old_things, past_nights, past_runs, purge
from bulk_orders.flows.stop import Stop

DAYS_90 = timedelta(days=90)
LATER = START + timedelta(days=91)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=80)


def applied(world: World, name: str = "one.csv", *, stop: Stop | None = None, at: int = 0) -> None:
    """A sheet that archives two orders, planned and applied."""
    orders = world.some(shipped, at + 2)[at:]
    world.recipe(*({"ID": order.id, "Action": "archive"} for order in orders), name=name)
    world.plan(name)
    world.apply(name, stop=stop)


def stopped() -> Stop:
    stop = Stop()
    stop.request(by_person=True)
    return stop


def aged(paths: Iterable[Path], at: datetime = START) -> None:
    """Files are as old as the story, not as the test."""
    for path in paths:
        os.utime(path, (at.timestamp(), at.timestamp()))


def kept(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and "locks" not in path.parts}


# --- runs -------------------------------------------------------------------------------------------------------------


def test_the_history_tells_what_ran_newest_first(world: World) -> None:
    assert past_runs(world.home) == []
    applied(world, "one.csv")
    world.later(3600)
    applied(world, "two.csv", at=2)
    newer, older = past_runs(world.home)
    assert (older.plan_id, newer.plan_id) == ("0000-0001", "0000-0002")
    assert older.shop == "devstore.myshopify.com"
    assert older.plan == str(world.folder / "one.plan")
    assert older.sheet == str(world.folder / "one.csv")
    assert (older.state, older.runs, older.exit_code) == ("finished", 1, 0)
    assert older.outcomes == {
        "applied": 2,
        "already": 0,
        "drifted": 0,
        "refused": 0,
        "not_attempted": 0,
        "unknown": 0,
        "left": 0,
    }
    assert older.ended_at is not None
    assert newer.ended_at is not None
    assert timedelta(hours=1) <= newer.ended_at - older.ended_at < timedelta(hours=2)
    assert past_runs(world.home, "devstore") == [newer, older]
    assert past_runs(world.home, "other") == []


def test_a_run_that_was_begun_and_not_sent_anything_is_pending(world: World) -> None:
    applied(world, stop=stopped())
    (past,) = past_runs(world.home)
    assert (past.state, past.outcomes["left"], past.exit_code) == ("pending", 2, 130)


def interrupted(world: World) -> None:
    """A run of many small changes that a person stops after a few."""
    world.store.settings.bucket_size = 60.0
    stop = Stop()

    class Person(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if call.kind == "mutation" and call.kind_ordinal == 2:
                stop.request(by_person=True)
            return reply

    world.store.faults = Person()
    orders = world.some(lambda o: o.closed_at is None, 30)
    world.recipe(*({"ID": order.id, "Action": "archive"} for order in orders), name="one.csv")
    world.plan("one.csv")
    world.apply("one.csv", stop=stop)
    world.store.faults = Faults()


def test_a_run_in_the_middle_is_interrupted_and_then_finished(world: World) -> None:
    interrupted(world)
    (past,) = past_runs(world.home)
    assert (past.state, past.runs, past.exit_code, past.needed) == ("interrupted", 1, 130, "is interrupted")
    assert 0 < past.outcomes["left"] < 30
    world.apply("one.csv")
    (past,) = past_runs(world.home)
    assert (past.state, past.runs, past.exit_code, past.needed) == ("finished", 2, 0, None)
    assert past.outcomes["applied"] == 30


def test_a_run_whose_process_lives_is_running(world: World) -> None:
    interrupted(world)
    (path,) = (world.home / "journals").glob("*.journal")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET ended_at = NULL, exit_code = NULL")  # as kill -9 leaves it
    assert past_runs(world.home)[0].state == "interrupted"
    hold = (
        "import sys; from pathlib import Path; from bulk_orders.storage.lock import ShopLock\n"
        "with ShopLock(Path(sys.argv[1]), 'devstore.myshopify.com'): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(world.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        (past,) = past_runs(world.home)
        process.communicate()
    assert (past.state, past.needed) == ("running", "is running")


def test_a_journal_that_cannot_be_read_is_told_and_never_purged(world: World) -> None:
    applied(world)
    (path,) = (world.home / "journals").glob("*.journal")
    path.write_bytes(b"no journal" * 100)
    aged([path])
    (past,) = past_runs(world.home)
    assert (past.state, past.needed) == ("damaged", "cannot be read")
    purge(old_things(world.home, LATER, DAYS_90))
    assert path.exists()


def test_a_journal_without_its_note_is_told_all_the_same(world: World) -> None:
    applied(world)
    for note in (world.home / "journals").glob("*.json"):
        note.unlink()
    (past,) = past_runs(world.home)
    assert (past.shop, past.outcomes["applied"]) == (None, 2)


# --- purge ------------------------------------------------------------------------------------------------------------


def test_what_is_old_goes_and_what_is_young_stays(world: World) -> None:
    world.export()
    applied(world)
    crash = world.home / "crashes" / "20261122-100000-1.txt"
    crash.parent.mkdir()
    crash.write_text("x", encoding="utf-8")
    backup = world.home / "backups" / "0000-0001"
    backup.mkdir(parents=True)
    (backup / "1001-1.json").write_text("{}", encoding="utf-8")
    young = world.home / "bases" / "x-young.parquet"
    young.write_bytes(b"")
    (journal,) = (world.home / "journals").glob("*.journal")
    Path(f"{journal}-journal").write_bytes(b"")  # what a killed process leaves beside it
    killed = journal.with_name(f".{journal.name}.x1.tmp-journal")
    killed.write_bytes(b"")
    aged([*(world.home / "bases").glob("x-2*"), crash, backup, killed])
    aged([young], LATER)
    old = old_things(world.home, LATER, DAYS_90)
    assert {each.kind for each in old} == {"base", "journal", "crash", "backup", "leftover"}
    before = kept(world.home)
    assert old_things(world.home, LATER, DAYS_90) == old, "looking removes nothing"
    assert kept(world.home) == before
    purge(old)
    assert kept(world.home) == {"bases/x-young.parquet"}
    assert old_things(world.home, LATER, DAYS_90) == []


def test_at_the_day_itself_nothing_goes_yet(world: World) -> None:
    applied(world)
    (past,) = past_runs(world.home)
    assert past.ended_at is not None
    assert old_things(world.home, past.ended_at + DAYS_90, DAYS_90) == []
    assert len(old_things(world.home, past.ended_at + DAYS_90 + timedelta(seconds=1), DAYS_90)) == 1


def unknown(world: World) -> None:
    """A cancellation whose job never ends."""
    world.store.settings.job_seconds = 100_000.0
    (order,) = world.some(open_unpaid, 1)
    world.recipe({"ID": order.id, "Action": "cancel"}, name="one.csv")
    world.plan("one.csv")
    assert world.apply("one.csv").outcomes == {"unknown": 1}


@pytest.mark.parametrize("story", [interrupted, unknown])
def test_a_run_that_is_not_done_is_never_purged(world: World, story: Callable[[World], None]) -> None:
    story(world)
    backup = world.home / "backups" / "0000-0001"
    backup.mkdir(parents=True)
    aged([backup])
    (past,) = past_runs(world.home)
    assert past.needed is not None
    old = old_things(world.home, LATER, DAYS_90)
    assert [each.kind for each in old if each.kept == past.needed] == ["backup", "journal"]
    purge(old)
    assert {path.suffix for path in (world.home / "journals").iterdir()} == {".journal", ".json", ".plan"}
    assert backup.exists()


def test_a_purged_plan_is_still_not_applied_twice(world: World) -> None:
    applied(world)
    with pytest.raises(PlanUsedUp):
        world.apply("one.csv")
    world.later(timedelta(days=3).total_seconds())
    now = START + timedelta(seconds=world.passed)
    purge(old_things(world.home, now, timedelta(days=2)))
    assert not list((world.home / "journals").glob("*.journal"))
    before = world.mutations()
    with pytest.raises(PlanStale):
        world.apply("one.csv")
    assert world.mutations() == before


def test_two_days_are_the_least(world: World) -> None:
    with pytest.raises(Misused, match="younger than two days"):
        old_things(world.home, LATER, timedelta(days=1))


def test_a_symbolic_link_is_removed_and_not_followed(world: World, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "orders.csv").write_text("mine", encoding="utf-8")
    backups = world.home / "backups"
    backups.mkdir(parents=True)
    (backups / "0000-0009").mkdir()
    (backups / "0000-0009" / "link").symlink_to(precious)
    aged([backups / "0000-0009"])
    purge(old_things(world.home, LATER, DAYS_90))
    assert not (backups / "0000-0009").exists()
    assert (precious / "orders.csv").exists()


def test_the_documentation_names_every_folder_and_the_default() -> None:
    text = (ROOT / "bulk_orders" / "docs" / "state-folder.md").read_text(encoding="utf-8")
    assert f"older than {KEPT_FOR.days} days" in text
    for folder in ("bases", "journals", "backups", "crashes", "locks"):
        assert f"| `{folder}` |" in text


# --- nights -----------------------------------------------------------------------------------------------------------


def test_old_nights_go_with_the_rest_but_not_one_whose_plan_is_not_done(world: World) -> None:
    nights = Nights(world, '[actions]\narchive = "do"\n')
    orders = world.some(shipped, 4)
    world.recipe({"ID": orders[0].id, "Action": "archive"}, name="one.csv")
    whole = nights("one.csv")
    world.recipe(*({"ID": order.id, "Action": "archive"} for order in orders[1:]), name="two.csv")
    nights.killed("send.before", 2, "two.csv")
    cut = nights.kept()[1].folder
    assert [night.state for night in past_nights(world.home)] == ["interrupted", "done"]
    aged([whole.folder, cut, *(world.home / "journals").iterdir()])
    old = {each.paths[0]: each.kept for each in old_things(world.home, LATER, DAYS_90) if each.kind == "night"}
    assert old == {whole.folder: None, cut: "has a plan that is interrupted"}
    purge(old_things(world.home, LATER, DAYS_90))
    assert not whole.folder.exists()
    assert (cut / "two.plan").is_file()


def test_while_an_old_night_stays_those_after_it_still_tell_which_sheets_were_taken(world: World) -> None:
    nights = Nights(world, '[actions]\ncancel = "do"\narchive = "do"\n[sheet]\ncatch_up_days = 60\n')
    order = world.some(open_paid, 1)[0]
    world.recipe({"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"}, name="orders-2026-11-22.csv")
    world.store.settings.job_seconds = 1e9
    assert nights("orders-{date}.csv").code == 7
    shipped_one = world.some(shipped, 1)[0]
    nights.next_day()
    world.recipe({"ID": shipped_one.id, "Action": "archive"}, name="orders-2026-11-23.csv")
    assert nights("orders-{date}.csv").outcomes["applied"] == 1
    world.store.people.unarchive(shipped_one.name)  # somebody has thought better of it since
    nights.next_day(4)
    aged(path for path in world.home.rglob("*") if path.is_dir() or path.parent.name == "journals")
    held, told = [e for e in old_things(world.home, START + timedelta(days=5), timedelta(days=3)) if e.kind == "night"]
    assert held.kept == "has a plan that has outcomes that need a person"
    assert told.kept == "tells which sheets were taken, and an older night stays"
    purge(old_things(world.home, START + timedelta(days=5), timedelta(days=3)))
    world.recipe({"ID": order.id, "Action": "archive"}, name="orders-2026-11-26.csv")
    nights("orders-{date}.csv")
    assert shipped_one.closed_at is None
    later = {e.paths[0]: e.kept for e in old_things(world.home, LATER, DAYS_90) if e.kind == "night"}
    assert later[told.paths[0]] is None  # nobody catches up with what is so long ago
