"""The results sheet: the changed rows as they were, and beside each what became of it, in Matrixify's columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from bulk_orders.core.changes import Change
from bulk_orders.core.plan import Plan
from bulk_orders.core.plan_document import from_document
from bulk_orders.core.results import RESULT_COLUMNS, Entry, result_cells
from bulk_orders.errors import BulkOrdersError, StorageError
from bulk_orders.flows.taking_back import told_of, undone
from bulk_orders.storage.files import write_sheet
from bulk_orders.storage.history import read_history
from bulk_orders.storage.journal import Journal, journal_path
from bulk_orders.storage.planfile import read_plan

_PLAN_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Written:
    """Where the results are (None: nowhere), and where those of another plan are kept that lay there before."""

    path: Path | None
    kept: Path | None = None

    def notices(self) -> Iterator[str]:
        """What a person has to know of it."""
        if self.kept is not None and self.path is not None:
            yield f"{self.path.name} had other results in it; they are kept in {self.kept.name}."


def write_results(plan_path: Path, plan: Plan, entries: Mapping[str, Entry]) -> Written:
    """Write it beside the sheet, or beside the plan, if the sheet's folder is gone.

    The name is that of the sheet, so two plans of one sheet share it: it has the results of the run that ended last,
    and what it had of another plan, or of anybody else, is kept beside it under that plan's id.
    """
    if not plan.changes:
        return Written(None)
    frame = _frame(plan, entries)
    sheet = Path(plan.sheet.path)
    stem = plan_path.stem if plan.undoes else sheet.stem
    for folder in (sheet.parent, plan_path.absolute().parent):
        target = folder / f"{stem}.results.csv"
        try:
            kept = _kept(target, plan.plan_id)
            write_sheet(target, frame)
        except (StorageError, OSError):
            continue
        return Written(target, kept)
    return Written(None)


def _kept(target: Path, plan_id: str) -> Path | None:
    """Move aside what is not this plan's; where to."""
    if not target.is_file() or target.is_symlink():
        return None
    owner = _owner(target)
    if owner == plan_id:
        return None
    kept = target.with_name(f"{target.stem}-{owner or _stamp(target)}.csv")
    target.replace(kept)
    return kept


def _owner(path: Path) -> str | None:
    """The plan whose results a file holds; None for one that does not say so."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            said = next(csv.DictReader(file), {}).get(RESULT_COLUMNS[-1]) or ""
    except (csv.Error, UnicodeDecodeError):
        return None
    return said if _PLAN_ID.fullmatch(said) else None


def _stamp(path: Path) -> str:
    """When the file was written, to its last digit: no two files share that."""
    changed = path.stat().st_mtime_ns
    return f"{datetime.fromtimestamp(changed // 10**9, UTC):%Y%m%d-%H%M%S}-{changed % 10**9:09}"


def tell_undone(undo: Plan, home: Path) -> Path | None:
    """Say in the results sheet of the plan that `undo` takes back what was taken back; None if that is left alone.

    Left alone is one whose plan file is gone or another by now, or whose sheet has been applied again since.
    """
    past = {each.plan_id: each for each in read_history(home)}
    first = past.get(undo.undoes or "")
    if first is None or first.plan is None or first.last_touched is None:
        return None
    others = (p for p in past.values() if p.sheet == first.sheet and p.plan_id != first.plan_id and not p.undoes)
    if any(other.last_touched and other.last_touched > first.last_touched for other in others):
        return None
    try:
        plan = from_document(read_plan(Path(first.plan)))
        journal = Journal.read(journal_path(home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    except BulkOrdersError:
        return None
    if plan.plan_id != first.plan_id or journal is None:
        return None
    return write_results(Path(first.plan), plan, told_of(journal.entries, undone(journal, home))).path


def _frame(plan: Plan, entries: Mapping[str, Entry]) -> pl.DataFrame:
    by_row: dict[int, list[Change]] = {}
    for change in plan.changes:
        by_row.setdefault(change.row, []).append(change)
    columns = [name for name in plan.sheet_columns if name not in RESULT_COLUMNS]
    picked = [plan.sheet_columns.index(name) for name in columns]
    rows = []
    for row in sorted(by_row):
        cells = plan.sheet_rows.get(row, ())
        told = (*result_cells((change.action, entries[change.id]) for change in by_row[row]), plan.plan_id)
        rows.append([*(cells[at] if at < len(cells) else None for at in picked), *(cell or None for cell in told)])
    schema = dict.fromkeys([*columns, *RESULT_COLUMNS], pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
