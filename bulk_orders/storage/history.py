"""The journals of a state folder as history, and what in that folder is old.

Journals are opened for reading only and never in the way of a run. What a plan was for is noted beside its journal when
it is begun, since a journal knows only its plan's id. Light to import: no polars.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bulk_orders.core.history import Past
from bulk_orders.core.results import OUTCOMES, State
from bulk_orders.core.taken_back import called
from bulk_orders.errors import StorageError
from bulk_orders.storage.atomic import write_text

_OPEN = (State.PENDING, State.SENDING, State.ACCEPTED)


def write_note(journal: Path, *, shop: str, plan: str, sheet: str, undoes: str | None = None) -> None:
    """Note beside a journal what its plan is for. Only history needs it, so a disk that refuses stops nothing here."""
    note = journal.with_suffix(".json")
    if note.exists():
        return
    told = {"shop": shop, "plan": plan, "sheet": sheet} | ({"undoes": undoes} if undoes else {})
    with contextlib.suppress(StorageError):
        write_text(note, json.dumps(told, ensure_ascii=False) + "\n")


def read_history(home: Path) -> list[Past]:
    """Every plan that this state folder has a journal of, newest first. None is `running` here: a lock tells that."""
    found = [_read(path) for path in (home / "journals").glob("*.journal")]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda past: (past.last_touched or oldest, past.plan_id), reverse=True)


def _read(path: Path) -> Past:
    note = note_of(path)
    unknown = Past(
        path.stem, path, "damaged", note.get("shop"), note.get("plan"), note.get("sheet"), undoes=note.get("undoes")
    )
    try:
        with contextlib.closing(_opened(path)) as connection:
            return _past(unknown, connection)
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return unknown


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)


def _past(past: Past, connection: sqlite3.Connection) -> Past:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'changes'").fetchone() is None:
        return replace(past, state="pending")
    states = Counter({State(state): number for state, number in connection.execute(_STATES)})
    sent = connection.execute("SELECT COUNT(*) FROM changes WHERE attempt > 0 OR state <> 'pending'").fetchone()[0]
    runs = connection.execute("SELECT started_at, ended_at, exit_code, error FROM runs ORDER BY number").fetchall()
    last = runs[-1] if runs else (None, None, None, None)
    left = sum(states[state] for state in _OPEN)
    ended = bool(last[1])
    return replace(
        past,
        state="pending" if not sent else "finished" if ended and not left else "interrupted",
        runs=len(runs),
        started_at=_time(runs[0][0]) if runs else None,
        ended_at=_time(last[1]) or _time(last[0]),
        exit_code=last[2],
        error=last[3],
        outcomes={**{outcome.value: states[outcome] for outcome in OUTCOMES}, "left": left},
        undone_by=tuple(_undone_by(connection)),
    )


def _undone_by(connection: sqlite3.Connection) -> Iterator[str]:
    """The undo plans that were applied to it, the first one first."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'traces'").fetchone() is None:
        return
    for plan, name in connection.execute("SELECT plan, MAX(name) FROM traces GROUP BY plan ORDER BY MIN(at)"):
        yield called(plan, name)


_STATES = "SELECT state, COUNT(*) FROM changes GROUP BY state"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def note_of(journal: Path) -> dict[str, str]:
    """What stands beside a journal; nothing where there is no note."""
    try:
        found: Any = json.loads(journal.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: str(value) for key, value in found.items()} if isinstance(found, dict) else {}


# --- files ------------------------------------------------------------------------------------------------------------


def touched(path: Path) -> datetime:
    """When a file or folder was last written."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def size_of(path: Path) -> int:
    """Its bytes; a folder's with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        return sum(size_of(inner) for inner in path.iterdir())
    return path.lstat().st_size


def remove(path: Path) -> None:
    """Remove a file, or a folder with the files in it; no symbolic link is followed. Absent is as good as removed."""
    try:
        if path.is_dir() and not path.is_symlink():
            for inner in list(path.iterdir()):
                remove(inner)
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} cannot be removed: {error.strerror}.", fix="Check its permissions.") from error


def files_of(folder: Path, pattern: str) -> Iterator[Path]:
    """What is in a folder of the state folder; nothing if there is none."""
    yield from sorted(folder.glob(pattern))
