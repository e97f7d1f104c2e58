"""The journal of one plan: what was about to be sent, what came back, what is final.

SQLite in DELETE mode with synchronous=FULL: WAL has a corruption bug before SQLite 3.51.3, and durability costs nothing
beside Shopify's rate limit (guarantees.md, protocol 1). Every row carries a seal, so that a flipped byte is found where
SQLite's own check would not look.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from bulk_orders.core.results import FINAL, OPEN, Entry, State
from bulk_orders.errors import PlanDamaged, PlanOtherVersion, StorageError
from bulk_orders.storage.atomic import FILE_MODE, make_folder

FORMAT = "1.0"
_COLUMNS = tuple(field.name for field in fields(Entry))
_STATES = ", ".join(f"'{state.value}'" for state in State)
_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, seal TEXT NOT NULL)",
    f"""CREATE TABLE changes (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL CHECK (state IN ({_STATES})),
        attempt INTEGER NOT NULL, sent_at TEXT, settle_until TEXT, job_id TEXT, result_id TEXT, reason TEXT,
        request_id TEXT, seal TEXT NOT NULL)""",
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, exit_code INTEGER,
        error TEXT)""",
)
_UPSERT = (
    f"INSERT INTO changes (position, {', '.join(_COLUMNS)}, seal) VALUES (?{', ?' * (len(_COLUMNS) + 1)}) "  # noqa: S608
    f"ON CONFLICT (position) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in (*_COLUMNS[1:], 'seal'))}"
)
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

    @classmethod
    def open(cls, path: Path, *, plan_id: str, digest: str, change_ids: Iterable[str]) -> Journal:
        """The journal of this plan, begun if there is none yet; PlanDamaged if it cannot be trusted."""
        make_folder(path.parent)
        with _written(path), contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        journal = cls(path, connection)
        try:
            with _written(path):
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("PRAGMA synchronous = FULL")
                if not _tables(connection):
                    journal._begin(plan_id, digest, list(change_ids))
                journal._load(plan_id, digest)
        except BaseException:
            connection.close()
            raise
        return journal

    @classmethod
    def read(cls, path: Path, *, plan_id: str, digest: str) -> Journal | None:
        """The journal as it stands, opened for reading only; None if the plan was never begun."""
        if not path.exists():
            return None
        connection = _read_only(path)
        journal = cls(path, connection)
        try:
            with _written(path):
                if not _tables(connection):
                    return None
                journal._load(plan_id, digest)
        finally:
            connection.close()
        return journal

    def close(self) -> None:
        self._connection.close()

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self, entries: Iterable[Entry]) -> None:
        """Make these entries durable, all in one commit; StorageError if the disk does not take them."""
        changed = list(entries)
        rows = [_row(self._positions[entry.id], entry) for entry in changed]
        with _written(self.path), self._transaction():
            self._connection.executemany(_UPSERT, rows)
        self.entries.update({entry.id: entry for entry in changed})

    def begin_run(self, now: datetime) -> None:
        """Note that a run of this plan begins."""
        with _written(self.path), self._transaction():
            cursor = self._connection.execute(
                "INSERT INTO runs (pid, started_at) VALUES (?, ?)", (os.getpid(), now.isoformat())
            )
            self._run = cursor.lastrowid

    def end_run(self, now: datetime, exit_code: int, error: str | None) -> None:
        """Note how the run ended."""
        with _written(self.path), self._transaction():
            self._connection.execute(
                "UPDATE runs SET ended_at = ?, exit_code = ?, error = ? WHERE number = ?",
                (now.isoformat(), exit_code, error, self._run),
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Some change was once about to be sent."""
        return any(entry.attempt or entry.state is not State.PENDING for entry in self.entries.values())

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

    def _begin(self, plan_id: str, digest: str, change_ids: list[str]) -> None:
        meta = {"format": FORMAT, "plan_id": plan_id, "digest": digest, "changes": str(len(change_ids))}
        with self._transaction():
            for statement in _SCHEMA:
                self._connection.execute(statement)
            self._connection.executemany(
                "INSERT INTO meta VALUES (?, ?, ?)", [(key, value, _seal((key, value))) for key, value in meta.items()]
            )
            self._connection.executemany(
                _UPSERT, [_row(position, Entry(change)) for position, change in enumerate(change_ids)]
            )

    def _load(self, plan_id: str, digest: str) -> None:
        try:
            self._check()
            meta: dict[str, Any] = dict(self._sealed("SELECT key, value, seal FROM meta"))
            self._check_meta(meta, plan_id, digest)
            rows = list(self._sealed(f"SELECT position, {', '.join(_COLUMNS)}, seal FROM changes ORDER BY position"))  # noqa: S608
            last = "SELECT error, CASE WHEN ended_at IS NULL THEN pid END FROM runs ORDER BY number DESC LIMIT 1"
            error, pid = self._connection.execute(last).fetchone() or (None, None)
        except ValueError as error_:
            raise self._damaged(str(error_)) from error_
        if len(rows) != int(meta["changes"]):
            raise self._damaged(f"{len(rows)} of {meta['changes']} changes are there")
        self._positions = {str(row[1]): int(row[0]) for row in rows}
        self.entries = {str(row[1]): Entry(str(row[1]), State(row[2]), *row[3:]) for row in rows}
        self.last_error, self.running_pid = error, pid

    def _check(self) -> None:
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found is None or found[0] != "ok":
            raise ValueError(str(found[0] if found else "unreadable"))

    def _sealed(self, query: str) -> Iterator[tuple[Any, ...]]:
        for *values, seal in self._connection.execute(query):
            if _seal(tuple(values)) != seal:
                raise ValueError("a row is not as it was written")
            yield tuple(values)

    def _check_meta(self, meta: dict[str, Any], plan_id: str, digest: str) -> None:
        if str(meta.get("format", "")).split(".", maxsplit=1)[0] != FORMAT.split(".", maxsplit=1)[0]:
            raise PlanOtherVersion(
                f"The journal is of format {meta.get('format')}; this version knows {FORMAT}.", where=str(self.path)
            )
        if meta.get("plan_id") != plan_id or meta.get("digest") != digest:
            raise self._damaged("it belongs to another plan")

    def _damaged(self, why: str) -> PlanDamaged:
        return PlanDamaged(f"The journal of this plan is damaged: {why}.", where=str(self.path), fix=_DAMAGED_FIX)


def _tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None


def _read_only(path: Path) -> sqlite3.Connection:
    """Open without the right to write; a half-written commit of a dead process has to be rolled back first."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=10.0)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return sqlite3.connect(path, timeout=10.0)
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
    values = (position, *(value.value if isinstance(value, State) else value for value in astuple(entry)))
    return (*values, _seal(values))


def _seal(values: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()
