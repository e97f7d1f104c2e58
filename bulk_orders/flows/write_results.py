"""The results sheet: the changed rows as they were, and beside each what became of it, in Matrixify's columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bulk_orders.core.changes import Change
from bulk_orders.core.plan import Plan
from bulk_orders.core.results import RESULT_COLUMNS, Entry, result_cells
from bulk_orders.errors import StorageError
from bulk_orders.storage.files import write_sheet


def write_results(plan_path: Path, plan: Plan, entries: Mapping[str, Entry]) -> Path | None:
    """Write it beside the sheet (or beside the plan, if the sheet's folder is gone); None if neither can be written."""
    if not plan.changes:
        return None
    frame = _frame(plan, entries)
    sheet = Path(plan.sheet.path)
    stem = plan_path.stem if plan.undoes else sheet.stem
    for folder in (sheet.parent, plan_path.absolute().parent):
        target = folder / f"{stem}.results.csv"
        try:
            write_sheet(target, frame)
        except (StorageError, OSError):
            continue
        return target
    return None


def _frame(plan: Plan, entries: Mapping[str, Entry]) -> pl.DataFrame:
    by_row: dict[int, list[Change]] = {}
    for change in plan.changes:
        by_row.setdefault(change.row, []).append(change)
    columns = [name for name in plan.sheet_columns if name not in RESULT_COLUMNS]
    picked = [plan.sheet_columns.index(name) for name in columns]
    rows = []
    for row in sorted(by_row):
        cells = plan.sheet_rows.get(row, ())
        told = result_cells((change.action, entries[change.id]) for change in by_row[row])
        rows.append([*(cells[at] if at < len(cells) else None for at in picked), *(cell or None for cell in told)])
    schema = dict.fromkeys([*columns, *RESULT_COLUMNS], pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")
