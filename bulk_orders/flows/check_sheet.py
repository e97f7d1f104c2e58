"""Check: sheet > decode > header > cells > edits against the base, offline, every problem at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bulk_orders.core.check import cell_problems, identity_problems
from bulk_orders.core.diff import Base, Differences, find_edits, without_exported
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.sheet import ROW, Sheet, read_rows
from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.bases import made_where, read_base
from bulk_orders.storage.files import read_sheet


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet without problems, and what was edited in it. `base` is None for a sheet from elsewhere."""

    sheet: Sheet
    base: Base | None
    differences: Differences

    @property
    def notices(self) -> tuple[Notice, ...]:
        return (*self.sheet.notices, *self.differences.notices)


def check_sheet(path: Path, home: Path) -> Checked:
    """Read and judge a sheet; SheetInvalid has every problem that the file alone (with its base) shows."""
    raw = read_sheet(path)
    sheet, problems = read_rows(raw)
    base, missing = _base(sheet, home)
    problems += missing
    problems += cell_problems(without_exported(sheet, base) if base else sheet)
    problems += identity_problems(sheet)
    if any(problem.row == 1 for problem in problems):
        raise _invalid(path, problems)  # without a sound header more would only be guessed
    differences = find_edits(sheet, base)
    problems += differences.problems
    if problems:
        raise _invalid(path, problems)
    return Checked(replace(sheet, frame=sheet.frame), base, differences)


def _invalid(path: Path, problems: list[Problem]) -> SheetInvalid:
    ordered = sorted(set(problems), key=lambda problem: (problem.row, problem.cell or ""))
    count = f"{len(ordered)} problem{'' if len(ordered) == 1 else 's'}"
    return SheetInvalid(f"{path.name} has {count}.", ordered, where=str(path))


def _base(sheet: Sheet, home: Path) -> tuple[Base | None, list[Problem]]:
    if sheet.export_id is None:
        return None, []
    base = read_base(home, sheet.export_id)
    if base is not None:
        return base, []
    where = made_where(sheet.export_id)
    row = int(sheet.frame[ROW][0])
    made = f"it was made {where}" if where else "it is no export id of ours"
    return None, [
        Problem(
            row,
            "Export: ID",
            sheet.address("Export: ID", row),
            f"The base of this sheet, export {sheet.export_id}, is not in the state folder {home}: {made}.",
            "Plan it there, or set BULK_ORDERS_HOME to that state folder, or export again here; "
            "or delete the column Export: ID to compare with the shop alone.",
        )
    ]
