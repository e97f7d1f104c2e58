"""Workbooks (XLSX, ODS) through a child process: this side starts it, waits, and takes its plain cells.

The child has a memory and a time limit and no environment; whatever a file does to it, this process only hears
that it cannot be read.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bulk_orders.core.problems import Notice, Problem, cell_address
from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.csv_files import Table

_SECONDS = 400
_ROOT = Path(__file__).resolve().parents[2]
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from bulk_orders.storage.book_reader import main; main()"


def read_book(path: Path, tab: str | None) -> tuple[Table, list[Notice]]:
    """The table of a workbook's tab; SheetInvalid for what is hostile, damaged or holds formulas."""
    with tempfile.TemporaryDirectory(prefix="bulk-orders-") as folder:
        target = Path(folder) / "cells.csv"
        said = _ask(path, target, tab)
        if said.get("problems"):
            raise SheetInvalid(f"{path.name} was not read.", _problems(said["problems"]), where=str(path))
        table = _table(target)
    return table, list(_notices(said, table))


def _notices(said: dict[str, Any], table: Table) -> Iterator[Notice]:
    """What was not read, and what was although nobody sees it."""
    unread = [str(name) for name in said["unread"]]
    if unread:
        others = ", ".join(repr(name) for name in unread[:6])
        yield Notice(f"Only the tab {said['tab']!r} was read; not read: {others}. --tab names another.")
    if said["unseen"]:
        yield Notice(f"The tab {said['tab']!r} is hidden in the file; it was read all the same.")
    merged, number = said["merged"]
    if merged:
        named = [f"{cell_address(a, top + 1)}:{cell_address(z, bottom + 1)}" for top, bottom, a, z in merged]
        addresses = ", ".join([*named, "..."] if number > len(named) else named)
        yield Notice(
            f"Cells are merged over several rows ({addresses}): what they show was read for the first of these alone. "
            "Unmerge them and fill in each row, if it is meant for all."
        )
    _, frame, header_row = table
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if frame.width else pl.Series([])
    hidden = set(said["hidden"])
    rows = tuple(row for row, has in enumerate(filled, header_row + 1) if has and row in hidden)
    if rows:
        yield Notice(
            f"{len(rows):,} row{' is' if len(rows) == 1 else 's are'} hidden in the file (a filter does that) and read "
            "as all others are. Delete what is not meant.",
            rows,
        )


def _ask(path: Path, target: Path, tab: str | None) -> dict[str, Any]:
    command = [sys.executable, "-I", "-c", _BOOT, str(_ROOT), str(path.absolute()), str(target), tab or ""]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, env=child_environment(), check=False)
        said: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"problems": [(0, None, None, _BEYOND_READING, _SAVE_AGAIN)]}
    return said


def child_environment() -> dict[str, str]:
    """What a Python needs to start, and no token."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH") if name in os.environ}


_BEYOND_READING = "The file cannot be read: opening it needs more memory or time than a sheet of orders does."
_SAVE_AGAIN = (
    "There may be a stray cell far from the table (Ctrl+End leads to it): delete it, or copy the table into a new "
    "workbook, or save the sheet as .csv."
)


def _problems(told: list[tuple[int, str | None, str | None, str, str]]) -> list[Problem]:
    return [Problem(row, column, cell, what, fix) for row, column, cell, what, fix in told]


def _table(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        filled = ((row, cells) for row, cells in enumerate(csv.reader(file), 1) if any(cell.strip() for cell in cells))
        header_row, header = next(filled, (0, []))
    names = [str(position) for position in range(len(header))]
    if not header:
        return (), pl.DataFrame(), 1
    frame = pl.read_csv(
        path, has_header=False, infer_schema=False, schema=dict.fromkeys(names, pl.String), raise_if_empty=False
    ).slice(header_row)
    return tuple(header), frame, header_row
