"""The journal of one plan: what was about to be sent, what came back, what is final.

SQLite with a rollback journal and synchronous=FULL: WAL has a corruption bug before SQLite 3.51.3, and durability costs
nothing beside Shopify's rate limit (guarantees.md, protocol 1). The rollback journal is kept (PERSIST): removing it, as
DELETE does, is not synced, so that a power cut soon after would bring it back, and with it undo an intent whose request
has left. Every row carries a seal, so that a flipped byte is found where SQLite's own check would not look.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from bulk_orders import failpoints
from bulk_orders.core.results import FINAL, OPEN, Entry, State
from bulk_orders.core.taken_back import Trace
from bulk_orders.errors import PlanDamaged, PlanOtherVersion, StorageError
from bulk_orders.storage.atomic import make_folder, sync

FORMAT = "1.1"
_BEFORE_TRACES = "1.0"
PATIENCE = 10.0
"""Seconds to wait for another process's commit."""
"""The format in which undo plans left no traces, and nobody noted what was made."""
_COLUMNS = tuple(field.name for field in fields(Entry))
_TRACE = ("change", "plan", "undoing", "state", "at", "name")
_STATES = ", ".join(f"'{state.value}'" for state in State)
_TRACES = """CREATE TABLE traces (
    change TEXT NOT NULL, plan TEXT NOT NULL, undoing TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL,
    name TEXT NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (change, plan, undoing)) WITHOUT ROWID"""
_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, seal TEXT NOT NULL)",
    f"""CREATE TABLE changes (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL CHECK (state IN ({_STATES})),
        attempt INTEGER NOT NULL, sent_at TEXT, settle_until TEXT, job_id TEXT, result_id TEXT, reason TEXT,
        request_id TEXT, seal TEXT NOT NULL, made TEXT)""",
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, exit_code INTEGER,
        error TEXT)""",
    _TRACES,
)
_UPSERT = (
    f"INSERT INTO changes (position, {', '.join(_COLUMNS)}, seal) VALUES (?{', ?' * (len(_COLUMNS) + 1)}) "  # noqa: S608
    f"ON CONFLICT (position) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in (*_COLUMNS[1:], 'seal'))}"
)
_TRACE_UPSERT = f"INSERT OR REPLACE INTO traces ({', '.join(_TRACE)}, seal) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_DAMAGED_FIX = (
    "Nothing can be told from it any more. Plan the sheet again: what was done already is then found to be so."
)


def journal_path(home: Path, plan_id: str) -> Path:
    """Where the journal of a plan is kept."""
    if not plan_id.replace("-", "").isalnum() or not plan_id.isascii() or len(plan_id) > 64:
        raise PlanDamaged(f"{plan_id!r} is no plan id.", fix="Plan the sheet again.")
    return home / "journals" / f"{plan_id}.journal"


class Journal:
    """All entries of a plan, mirrored in memory; every write is one durable commit."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._positions: dict[str, int] = {}
        self._run: int | None = None
        self.entries: dict[str, Entry] = {}
        self.traces: tuple[Trace, ...] = ()
        """What undo plans have made of this plan's changes."""

    @classmethod
    def open(cls, path: Path, *, plan_id: str, digest: str, change_ids: Iterable[str]) -> Journal:
        """The journal of this plan, begun if there is none yet; PlanDamaged if it cannot be trusted.

        For one process at a time: the shop's lock is held.
        """
        make_folder(path.parent)
        with _written(path):
            if not path.exists():
                _make(path, plan_id, digest, list(change_ids))
            journal = cls(path, _connect(path))
        try:
            with _written(path):
                journal._load(plan_id, digest)
        except BaseException:
            journal.close()
            raise
        return journal

    @classmethod
    def read(cls, path: Path, *, plan_id: str, digest: str | None, patience: float = PATIENCE) -> Journal | None:
        """The journal as it stands, opened for reading only; None if the plan was never begun.

        `digest` None: the plan is known by its id alone. `patience`: seconds to wait for a commit that is under way.
        """
        if not path.exists():
            return None
        with _written(path):
            connection = _read_only(path, patience)
        journal = cls(path, connection)
        try:
            with _written(path):
                journal._load(plan_id, digest)
        finally:
            connection.close()
        return journal

    @classmethod
    def begun(cls, path: Path, *, plan_id: str) -> Journal | None:
        """The journal of a plan that is known by its id alone, to write into; None if there is none.

        For one process at a time: the shop's lock is held.
        """
        if not path.exists():
            return None
        with _written(path):
            journal = cls(path, _connect(path))
        try:
            with _written(path):
                journal._load(plan_id, None)
        except BaseException:
            journal.close()
            raise
        return journal

    def close(self) -> None:
        _close(self._connection)

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, entries: Iterable[Entry], kind: str | None = None) -> None:
        """Make these entries durable, all in one commit; StorageError if the disk does not take them.

        `kind` names the failpoints: intent or outcome, by what the entries say, or place.
        """
        changed = list(entries)
        rows = [_row(self._positions[entry.id], entry) for entry in changed]
        sending = any(entry.state is State.SENDING for entry in changed)
        kind = kind or ("intent" if sending else "outcome")
        with _written(self.path):
            failpoints.passing(f"{kind}.before")
            with _committing(self._connection):
                self._connection.executemany(_UPSERT, rows)
        self.entries.update({entry.id: entry for entry in changed})
        failpoints.passing(f"{kind}.after")

    def trace(self, traces: Iterable[Trace], entries: Iterable[Entry] = (), *, ended: datetime | None = None) -> None:
        """Note what an undo plan makes of this plan's changes, and with it these entries, all in one commit.

        `ended`: a run that died is over now, since nothing goes on with it any more.
        """
        noted, changed = list(traces), list(entries)
        with _written(self.path), _committing(self._connection):
            self._connection.executemany(_TRACE_UPSERT, [_trace_row(trace) for trace in noted])
            self._connection.executemany(_UPSERT, [_row(self._positions[entry.id], entry) for entry in changed])
            if ended:
                over = "UPDATE runs SET ended_at = ? WHERE ended_at IS NULL"
                self._connection.execute(over, (ended.isoformat(),))
        known = {(trace.change, trace.plan, trace.undoing): trace for trace in (*self.traces, *noted)}
        self.traces = tuple(known.values())
        self.entries.update({entry.id: entry for entry in changed})

    def begin_run(self, now: datetime) -> None:
        """Note that a run of this plan begins."""
        with _written(self.path):
            failpoints.passing("run.before-begin")
        with _written(self.path), _committing(self._connection):
            cursor = self._connection.execute(
                "INSERT INTO runs (pid, started_at) VALUES (?, ?)", (os.getpid(), now.isoformat())
            )
            self._run = cursor.lastrowid

    def end_run(self, now: datetime, exit_code: int, error: str | None) -> None:
        """Note how the run ended."""
        with _written(self.path):
            failpoints.passing("run.before-end")
        with _written(self.path), _committing(self._connection):
            self._connection.execute(
                "UPDATE runs SET ended_at = ?, exit_code = ?, error = ? WHERE number = ?",
                (now.isoformat(), exit_code, error, self._run),
            )

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Some change was once about to be sent."""
        return any(entry.sent_at or entry.state is not State.PENDING for entry in self.entries.values())

    @property
    def finished(self) -> bool:
        """Every change is final: nothing is left to send, to read or to settle."""
        return all(entry.state in FINAL for entry in self.entries.values())

    @property
    def unfinished(self) -> bool:
        """A run was begun and some changes are still to be sent or to be settled."""
        waiting = any(entry.state in OPEN or entry.state is State.PENDING for entry in self.entries.values())
        return self.started and waiting

    last_error: str | None = None
    """What ended the last run, if it did not end well."""
    running_pid: int | None = None
    """The process of the last run, if that has not ended."""
    last_began: datetime | None = None
    """When the last run began."""

    @property
    def retired(self) -> Trace | None:
        """The first trace of an undo: from then on the plan is not gone on with."""
        return min(self.traces, key=lambda trace: trace.at) if self.traces else None

    def _load(self, plan_id: str, digest: str | None) -> None:
        try:
            self._check()
            meta: dict[str, Any] = dict(self._sealed("SELECT key, value, seal FROM meta"))
            self._check_meta(meta, plan_id, digest)
            older = meta["format"] == _BEFORE_TRACES and not self._brought_up_to_date()
            rows = list(self._rows(older=older))
            last = "SELECT error, CASE WHEN ended_at IS NULL THEN pid END, started_at FROM runs ORDER BY number DESC"
            error, pid, began = self._connection.execute(f"{last} LIMIT 1").fetchone() or (None, None, None)
            if len(rows) != int(meta["changes"]):
                raise ValueError(f"{len(rows)} of {meta['changes']} changes are there")
            self._positions = {str(row[1]): int(row[0]) for row in rows}
            self.entries = {str(row[1]): Entry(str(row[1]), State(row[2]), *row[3:]) for row in rows}
            self.traces = () if older else tuple(self._traces())
            self.last_began = datetime.fromisoformat(began) if began else None
        except (ValueError, TypeError, KeyError) as error_:
            raise self._damaged(str(error_)) from error_
        self.last_error, self.running_pid = error, pid

    def _brought_up_to_date(self) -> bool:
        """Give the journal of an older version what it lacks; False where it is only read."""
        if self._connection.execute("PRAGMA query_only").fetchone()[0]:
            return False
        with _committing(self._connection):
            self._connection.execute("ALTER TABLE changes ADD COLUMN made TEXT")
            self._connection.execute(_TRACES)
            now = (FORMAT, _seal(("format", FORMAT)))
            self._connection.execute("UPDATE meta SET value = ?, seal = ? WHERE key = 'format'", now)
        return True

    def _rows(self, *, older: bool) -> Iterator[tuple[Any, ...]]:
        columns = ["NULL" if older and name == "made" else name for name in _COLUMNS]
        query = f"SELECT position, {', '.join(columns)}, seal FROM changes ORDER BY position"  # noqa: S608
        for *values, seal in self._connection.execute(query):
            if _seal(_sealed_part(tuple(values))) != seal:
                raise ValueError("a row is not as it was written")
            yield tuple(values)

    def _traces(self) -> Iterator[Trace]:
        for change, plan, undoing, state, at, name in self._sealed(f"SELECT {', '.join(_TRACE)}, seal FROM traces"):  # noqa: S608
            yield Trace(change, plan, undoing, State(state), at, name)

    def _check(self) -> None:
        page = int(self._connection.execute("PRAGMA page_size").fetchone()[0])
        if self.path.stat().st_size % page:  # SQLite takes the rest of a last page for zeros; whole pages it misses
            raise ValueError("it was cut off")
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found is None or found[0] != "ok":
            raise ValueError(str(found[0] if found else "unreadable"))

    def _sealed(self, query: str) -> Iterator[tuple[Any, ...]]:
        for *values, seal in self._connection.execute(query):
            if _seal(tuple(values)) != seal:
                raise ValueError("a row is not as it was written")
            yield tuple(values)

    def _check_meta(self, meta: dict[str, Any], plan_id: str, digest: str | None) -> None:
        if str(meta.get("format", "")).split(".", maxsplit=1)[0] != FORMAT.split(".", maxsplit=1)[0]:
            raise PlanOtherVersion(
                f"The journal is of format {meta.get('format')}; this version knows {FORMAT}.", where=str(self.path)
            )
        if meta.get("plan_id") != plan_id or digest not in (None, meta.get("digest")):
            raise self._damaged("it belongs to another plan")

    def _damaged(self, why: str) -> PlanDamaged:
        return PlanDamaged(f"The journal of this plan is damaged: {why}.", where=str(self.path), fix=_DAMAGED_FIX)


@contextlib.contextmanager
def _committing(connection: sqlite3.Connection) -> Iterator[None]:
    """One durable commit; whatever fails, the COMMIT too, leaves nothing open."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        failpoints.passing("commit.before")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    failpoints.passing("commit.after")


def _make(path: Path, plan_id: str, digest: str, change_ids: list[str]) -> None:
    """A whole new journal under its name, or none: one that was cut off can then never be taken for a new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)  # 0600
    os.close(handle)
    meta = {"format": FORMAT, "plan_id": plan_id, "digest": digest, "changes": str(len(change_ids))}
    try:
        connection = _connect(Path(name))
        try:
            with _committing(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
                sealed = [(key, value, _seal((key, value))) for key, value in meta.items()]
                connection.executemany("INSERT INTO meta VALUES (?, ?, ?)", sealed)
                rows = [_row(position, Entry(change)) for position, change in enumerate(change_ids)]
                connection.executemany(_UPSERT, rows)
        finally:
            _close(connection)
        failpoints.passing("journal.made")
        Path(name).replace(path)
        sync(path.parent)
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    if path.is_symlink():
        raise PlanDamaged(f"The journal {path} is a symbolic link, which is not followed.", fix="Remove the link.")
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _close(connection: sqlite3.Connection) -> None:
    """Close it, and take the rollback journal away, of which nothing is needed any more."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def _read_only(path: Path, patience: float) -> sqlite3.Connection:
    """Open without the right to write; a half-written commit of a dead process has to be rolled back first."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=patience)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(path, timeout=patience)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # rolls back what was half-written
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


_DISK = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )
)
"""What SQLite says of the disk; everything else that it complains of is in the file."""


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    """Tell a disk that does not take it from a file that is not what it was."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DISK:
            raise _unwritable(path, error) from error
        raise PlanDamaged(
            f"The journal of this plan is damaged: {error}.", where=str(path), fix=_DAMAGED_FIX
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception) -> StorageError:
    return StorageError(
        f"The journal cannot be written: {error}.",
        where=str(path),
        fix="Make room on the disk, then run the same command again.",
    )


def _row(position: int, entry: Entry) -> tuple[object, ...]:
    told = (getattr(entry, name) for name in _COLUMNS)
    values = (position, *(value.value if isinstance(value, State) else value for value in told))
    return (*values, _seal(_sealed_part(values)))


def _sealed_part(values: tuple[object, ...]) -> tuple[object, ...]:
    """What the seal of a change's row covers: `made`, the last, only where there is one, as older journals lack it."""
    return values if values[-1] is not None else values[:-1]


def _trace_row(trace: Trace) -> tuple[object, ...]:
    values = (trace.change, trace.plan, trace.undoing, trace.state.value, trace.at, trace.name)
    return (*values, _seal(values))


def _seal(values: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()
