"""F15, F26: disks that are full or fail at every write; journals and plans with a flipped byte, or cut off."""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from journals import made_older
from world import World

from bulk_orders import failpoints
from bulk_orders.devstore import Rule, Script
from bulk_orders.errors import BulkOrdersError, PlanDamaged, PlanOtherVersion, PlanRefused, StorageError
from bulk_orders.storage.journal import _seal
from faults.process import Theatre, fair, settled
from faults.stage import finished, holds, journal_of, planned, states

APPLYING = ("lock.before", "folder.make", "run.before-begin", "commit.before", "intent.before", "outcome.before",
            "run.before-end", "file.make", "file.sync", "file.rename")  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Let the disk fail as BULK_ORDERS_FAILPOINTS would; what is passed counts for the whole suite."""
    noted = os.environ.get(failpoints.LOG_VARIABLE, "")

    def at(text: str) -> failpoints.Failpoints:
        made = failpoints.read({failpoints.VARIABLE: text, failpoints.LOG_VARIABLE: noted})
        assert made is not None
        monkeypatch.setattr(failpoints, "watcher", made)
        return made

    yield at
    failpoints.watcher = None


@pytest.mark.parametrize("when", ["1", "2", "5", "1+", "4+"])
@pytest.mark.parametrize("what", ["full", "io"])
@pytest.mark.parametrize("point", APPLYING)
def test_f15_a_disk_that_does_not_take_a_write(world: World, fails: object, point: str, what: str, when: str) -> None:
    """Nothing more is sent; what came in meanwhile is saved elsewhere; the same command goes on later."""
    changes = planned(world)
    made = fails(f"{point}={what}@{when}")  # type: ignore[operator]
    failed: BulkOrdersError | None = None
    try:
        done = world.apply()
    except BulkOrdersError as error:
        failed = error
    if failed is not None:
        assert (failed.exit_code, failed.sent, world.mutations()) == (1, False, 0)
    else:
        assert done.summary.exit_code in (0, 1)
        assert sum(done.summary.outcomes.values()) == changes
        told = sum(e.outcome == "applied" for e in done.changes())
        assert done.summary.outcomes["applied"] >= told
        if point in ("outcome.before", "commit.before") and done.summary.exit_code == 1 and when.endswith("+"):
            assert (world.home / "errored-0000-0001.jsonl").exists() or world.mutations() == 0
    assert made._passed[point] >= 1
    failpoints.watcher = None
    finished(world)


def test_f15_outcomes_that_nothing_takes_go_to_stderr(
    world: World, fails: object, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(world)
    fails("outcome.before=full@1+,rescue=io")  # type: ignore[operator]
    done = world.apply()
    assert done.summary.exit_code == 1
    assert "stderr" in str(done.summary.notices)
    saved = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert saved
    assert {entry["state"] for entry in saved} <= {"applied", "accepted", "already", "pending", "unknown"}
    failpoints.watcher = None
    finished(world)


def test_f15_outcomes_of_two_runs_are_both_kept(world: World, fails: object) -> None:
    planned(world)
    for _ in range(2):
        fails("outcome.before=full@1+")  # type: ignore[operator]
        world.apply()
    path = world.home / "errored-0000-0001.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(kept) >= 2
    failpoints.watcher = None
    finished(world)


@pytest.mark.parametrize("command", ["export", "plan"])
@pytest.mark.parametrize("what", ["full", "io"])
@pytest.mark.parametrize("point", ["folder.make", "file.make", "file.sync", "file.rename", "download.block"])
def test_f15_nothing_half_written(world: World, fails: object, command: str, point: str, what: str) -> None:
    planned(world)
    before = {path: path.read_bytes() for path in world.folder.glob("*.*") if path.is_file()}
    if command == "plan" and point in ("folder.make", "download.block"):
        pytest.skip("a plan makes no folder and, for few orders, downloads nothing")
    fails(f"{point}={what}")  # type: ignore[operator]
    with pytest.raises(StorageError) as failed:
        getattr(world, command)()
    assert not failed.value.sent
    assert {path: path.read_bytes() for path in world.folder.glob("*.*") if path.is_file()} == before


# --- a disk that is really full: files that may not grow --------------------------------------------------------------


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre(tmp_path_factory.mktemp("disks"), 8)


@pytest.mark.parametrize("most", [0, 4096, 16384, 20480, 24576])
def test_f15_files_that_may_not_grow(theatre: Theatre, most: int) -> None:
    """RLIMIT_FSIZE: the operating system itself refuses the bytes, to SQLite too."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    with theatre.case() as case:
        ran = case.apply(preexec_fn=small)
        assert ran.code in (0, 1), ran.out + ran.err
        assert "A bug in" not in ran.out + ran.err
        fair(case)
        for arguments in (("export", "-o", "more.csv"), ("plan", "orders.csv", "-o", "more.plan")):
            other = case.command(*arguments, preexec_fn=small)
            assert "A bug in" not in other.out + other.err, other.err
            assert other.code in (0, 1, 5)
            assert other.code == 0 or not (case.folder / arguments[-1]).exists()
        settled(case)


def test_f15_a_stdout_without_room(theatre: Theatre) -> None:
    """The events go to a full disk: the run stops, safely, and says why."""
    with theatre.case() as case, Path("/dev/full").open("w") as full:
        process = case.start("apply", "orders.plan", "--confirm", "devstore", "--json", stdout=full)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "A bug in" not in err
        settled(case)


# --- damage -----------------------------------------------------------------------------------------------------------


def _begun(world: World) -> Path:
    """A journal in the middle: some applied, one accepted, some pending."""
    planned(world)
    world.store.faults = Script(Rule("423", at=range(5, 99)))
    world.apply()
    world.store.faults = Script()
    return journal_of(world)


def test_f26_a_journal_with_a_flipped_bit_is_refused_or_says_the_same(world: World) -> None:
    path = _begun(world)
    whole, before, sent = path.read_bytes(), states(world), world.mutations()
    chance, refused = random.Random(26), 0
    for _ in range(120):
        at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            assert states(world) == before, f"byte {at}"
        except (PlanDamaged, PlanOtherVersion):
            refused += 1
            with pytest.raises(PlanRefused):
                world.apply()
    assert refused > 3, "the test has to hit something: most of the file is free pages"
    assert world.mutations() == sent
    path.write_bytes(whole)
    finished(world)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_f26_a_journal_that_is_cut_off_is_refused(world: World, share: float) -> None:
    """One cut to nothing too: it is never taken for a plan that was not begun."""
    path = _begun(world)
    whole, sent = path.read_bytes(), world.mutations()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PlanDamaged):
        world.apply()
    with pytest.raises(PlanDamaged):
        states(world)
    assert world.mutations() == sent


def test_f26_a_row_of_the_head_that_is_missing_is_damage(world: World) -> None:
    path = _begun(world)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'changes'")
    connection.close()
    with pytest.raises(PlanDamaged):
        world.apply()


def test_f26_a_journal_of_an_older_minor_version_is_gone_on_with(world: World) -> None:
    made_older(_begun(world))
    finished(world)
    holds(world)


@pytest.mark.parametrize(("version", "error"), [("2.0", PlanOtherVersion), ("0.9", PlanOtherVersion)])
def test_f26_a_journal_of_another_major_version_is_refused(
    world: World, version: str, error: type[PlanRefused]
) -> None:
    path = _begun(world)
    with sqlite3.connect(path) as connection:
        row = (version, _seal(("format", version)))
        connection.execute("UPDATE meta SET value = ?, seal = ? WHERE key = 'format'", row)
    connection.close()
    with pytest.raises(error):
        world.apply()


def test_f26_a_plan_with_a_flipped_bit_is_refused_or_the_same(world: World) -> None:
    planned(world)
    path = world.plan_path()
    whole, chance, refused = path.read_bytes(), random.Random(1), 0
    from bulk_orders.flows.begin_run import load_plan

    sound = load_plan(path)
    for _ in range(200):
        at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            assert load_plan(path) == sound
        except PlanRefused:
            refused += 1
    assert refused > 150
    assert world.mutations() == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "null", '{"plan_id": 1, "format_version": "1.0"}', "\ufeff{}"]
)
def test_f26_what_is_no_plan_is_refused(world: World, text: str) -> None:
    planned(world)
    world.plan_path().write_text(text, encoding="utf-8")
    with pytest.raises(PlanRefused):
        world.apply()


def test_f26_a_journal_is_not_followed_through_a_link(world: World, tmp_path: Path) -> None:
    path = _begun(world)
    elsewhere = tmp_path / "elsewhere.journal"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(PlanDamaged, match="symbolic link"):
        world.apply()
