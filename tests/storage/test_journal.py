"""The journal: durable, whole, and never believed when it was tampered with."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from journals import made_older

from bulk_orders import failpoints
from bulk_orders.core.results import Entry, State
from bulk_orders.core.taken_back import Trace
from bulk_orders.errors import PlanDamaged, PlanOtherVersion, StorageError
from bulk_orders.storage.journal import Journal, journal_path

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def _open(path: Path, changes: int = 3, digest: str = "sha256:a") -> Journal:
    return Journal.open(path, plan_id="7f3a-19c2", digest=digest, change_ids=[f"c{n}" for n in range(1, changes + 1)])


def _read(path: Path) -> Journal | None:
    return Journal.read(path, plan_id="7f3a-19c2", digest="sha256:a")


def test_it_begins_with_everything_pending(tmp_path: Path) -> None:
    journal = _open(tmp_path / "j" / "a.journal")
    assert list(journal.entries) == ["c1", "c2", "c3"]
    assert {entry.state for entry in journal.entries.values()} == {State.PENDING}
    assert not journal.started
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_whoever_has_no_patience_is_told_at_once_that_a_commit_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo looks at a run that it holds still: waiting for its commit would be waiting for itself."""
    path = _open(tmp_path / "a.journal").path
    waits: list[float] = []
    connect = sqlite3.connect

    def told(*arguments: Any, **named: Any) -> sqlite3.Connection:
        waits.append(named["timeout"])
        found: sqlite3.Connection = connect(*arguments, **{**named, "timeout": 0})
        return found

    with closing(connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr("bulk_orders.storage.journal.sqlite3.connect", told)
        with pytest.raises(StorageError):
            Journal.read(path, plan_id="7f3a-19c2", digest="sha256:a", patience=0)
    assert set(waits) == {0}


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = _open(path)
    sent = Entry("c2", State.ACCEPTED, 1, "2026-11-22T10:00:00+00:00", None, "gid://shopify/Job/1", "gid://r/1", "why")
    journal.write([sent, replace(journal.entries["c1"], state=State.APPLIED, attempt=1)])
    journal.close()
    again = _open(path)
    assert again.entries["c2"] == sent
    assert again.entries["c1"].state is State.APPLIED
    assert again.started
    assert again.unfinished
    assert not again.finished


def test_a_status_reads_while_a_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = _open(path)
    journal.begin_run(NOW)
    journal.write([replace(journal.entries["c1"], state=State.SENDING, attempt=1)])
    seen = _read(path)
    assert seen is not None
    assert seen.entries["c1"].state is State.SENDING
    assert seen.running_pid is not None
    journal.write([replace(journal.entries["c1"], state=State.APPLIED)])
    journal.end_run(NOW, 1, "the shop is locked")
    seen = _read(path)
    assert seen is not None
    assert (seen.running_pid, seen.last_error) == (None, "the shop is locked")


def test_a_plan_that_was_never_begun_has_none(tmp_path: Path) -> None:
    assert _read(tmp_path / "a.journal") is None


def test_one_write_is_one_commit(tmp_path: Path) -> None:
    """A kill in the middle of a commit leaves all of it or nothing."""
    path = tmp_path / "a.journal"
    _open(path).close()
    script = (
        "import os, sys, sqlite3\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from bulk_orders.core.results import State\n"
        "from bulk_orders.storage.journal import Journal\n"
        "j = Journal.open(Path(sys.argv[1]), plan_id='7f3a-19c2', digest='sha256:a', change_ids=['c1', 'c2', 'c3'])\n"
        "entries = [replace(e, state=State.APPLIED) for e in j.entries.values()]\n"
        "j._connection.execute('PRAGMA cache_size = 1')\n"
        "j._connection.execute('BEGIN IMMEDIATE')\n"
        "j._connection.execute(\"UPDATE changes SET state = 'applied' WHERE id = 'c1'\")\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -9
    seen = _read(path)
    assert seen is not None
    assert {entry.state for entry in seen.entries.values()} == {State.PENDING}


def test_a_power_cut_takes_no_commit_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is removed without a sync of its folder is there again after a power cut: the rollback journal, too."""
    path = tmp_path / "a.journal"
    rollback, kept = Path(f"{path}-journal"), tmp_path / "kept"
    journal = _open(path)

    def keep(point: str) -> None:
        if point == "commit.before":
            kept.hardlink_to(rollback)  # the same bytes under another name: they stay when the name goes

    monkeypatch.setattr(failpoints, "watcher", keep)
    journal.write([replace(journal.entries["c1"], state=State.SENDING, attempt=1)])
    monkeypatch.setattr(failpoints, "watcher", None)
    rollback.unlink(missing_ok=True)
    kept.rename(rollback)  # the power is cut: that the name went had not reached the disk
    seen = _read(path)
    assert seen is not None
    assert seen.entries["c1"].state is State.SENDING


def test_a_closed_journal_is_one_file(tmp_path: Path) -> None:
    journal = _open(tmp_path / "a.journal")
    journal.write([replace(journal.entries["c1"], state=State.SENDING, attempt=1)])
    journal.close()
    assert [each.name for each in tmp_path.iterdir()] == ["a.journal"]


def test_a_journal_of_another_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    _open(path).close()
    with pytest.raises(PlanDamaged, match="another plan"):
        _open(path, digest="sha256:b")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    from bulk_orders.storage.journal import _seal

    path = tmp_path / "a.journal"
    _open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '2.0', seal = ? WHERE key = 'format'", (_seal(("format", "2.0")),))
    connection.close()
    with pytest.raises(PlanOtherVersion):
        _open(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET state = 'pending' WHERE id = 'c1'",
        "UPDATE changes SET settle_until = '2020-01-01T00:00:00+00:00' WHERE id = 'c1'",
        "UPDATE changes SET attempt = 0 WHERE id = 'c1'",
        "DELETE FROM changes WHERE id = 'c3'",
        "UPDATE meta SET value = '2' WHERE key = 'changes'",
    ],
)
def test_an_edited_row_is_found(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "a.journal"
    journal = _open(path)
    journal.write([replace(journal.entries["c1"], state=State.SENDING, attempt=1, settle_until="2026-11-22T10:00:15Z")])
    journal.close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(PlanDamaged):
        _open(path)


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    """Wherever a bit flips: the journal is refused, or says exactly what it said before."""
    path = tmp_path / "a.journal"
    journal = _open(path, 40)
    journal.write(
        [replace(e, state=State.APPLIED, attempt=1, reason="ok") for e in list(journal.entries.values())[:20]]
    )
    then = "2026-11-22T10:00:00.000+00:00"
    journal.trace([Trace(f"c{n}", "0000-0002", f"c{n}", State.PENDING, then, "a.undo.plan") for n in range(1, 21)])
    said, traced = dict(journal.entries), set(journal.traces)
    journal.close()
    whole = path.read_bytes()
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        try:
            again = _open(path, 40)
        except (PlanDamaged, PlanOtherVersion):
            refused += 1
            continue
        assert again.entries == said, f"byte {place}"
        assert set(again.traces) == traced, f"byte {place}"
        again.close()
    assert refused > 20, "the test has to hit something"


def test_a_cut_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    _open(path, 200).close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PlanDamaged):
        _open(path, 200)


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(b"something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(PlanDamaged):
        _open(path)


def test_a_plan_id_makes_no_path() -> None:
    assert journal_path(Path("/home"), "7f3a-19c2") == Path("/home/journals/7f3a-19c2.journal")
    for bad in ("../../etc/passwd", "", "a/b", "ü", "x" * 65):
        with pytest.raises(PlanDamaged):
            journal_path(Path("/home"), bad)


def test_a_journal_from_before_undo_left_traces_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = _open(path, 3)
    journal.write([replace(journal.entries["c1"], state=State.APPLIED, attempt=1)])
    journal.close()
    made_older(path)
    before = path.read_bytes()
    read = _read(path)
    assert read is not None
    assert (read.entries["c1"].state, read.entries["c1"].made, read.traces) == (State.APPLIED, None, ())
    assert path.read_bytes() == before, "looking changes nothing"
    journal = _open(path, 3)
    journal.write([replace(journal.entries["c2"], state=State.APPLIED, attempt=1, made="gid://shopify/Fulfillment/7")])
    journal.trace([Trace("c2", "u", "c1", State.PENDING, "2026-11-22T10:00:00+00:00")])
    journal.close()
    read = _read(path)
    assert read is not None
    assert read.entries["c2"].made == "gid://shopify/Fulfillment/7"
    assert read.retired is not None


@pytest.mark.parametrize("change", ["made = NULL", "made = 'gid://shopify/Fulfillment/8'"])
def test_what_was_made_cannot_be_altered_unseen(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.journal"
    journal = _open(path, 1)
    journal.write([replace(journal.entries["c1"], state=State.APPLIED, made="gid://shopify/Fulfillment/7")])
    journal.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE changes SET {change}")
    with pytest.raises(PlanDamaged):
        _open(path, 1)
