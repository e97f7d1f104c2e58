"""Rows whose cells stand one or two columns beside where the export had them: a cell was inserted in them, or deleted.

Each such cell looks like an edit, or like a word that its column cannot hold; what happened shows only in the row as
a whole. A row is told so only where nearly all that changed in it is what the export had a step to the side.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from bulk_orders.core.columns import Level, column
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import EXPORT, ROW, Sheet

_STEPS = (1, -1, 2, -2)
_FEWEST = 5
_SHARE = 0.8
_WAYS = {
    1: "one column to the right",
    -1: "one column to the left",
    2: "two columns to the right",
    -2: "two columns to the left",
}
_EXPORT_ID = r"^\s*x-[0-9]{8}-[0-9]{6}-[0-9a-f]{6}-[a-z0-9-]+\s*$"
_FIX = (
    "A cell was inserted or deleted in the row: undo that, or move the row's cells back under their headers; or make "
    "the edits in a new export."
)


def shifted_rows(sheet: Sheet, base: pl.DataFrame, matches: Mapping[Level, pl.Series]) -> dict[int, Problem]:
    """The rows whose cells moved sideways; `matches` has the base row of each row, as `diff.base_rows` tells it."""
    headers = [header for header in sheet.headers if header in base.columns]
    known = matches[Level.ORDER].is_not_null()
    was = {header: base[header].gather(matches[column(header).level]) for header in headers}
    differs = {
        header: known & sheet.frame[header].is_not_null() & sheet.frame[header].ne_missing(was[header])
        for header in headers
    }
    changed = pl.DataFrame(differs).sum_horizontal() if differs else pl.Series([], dtype=pl.UInt32)
    suspects = (changed >= _FEWEST).arg_true()
    told: dict[int, Problem] = {}
    for step in _STEPS if suspects.len() else ():
        moved = {
            header: (differs[header] & (sheet.frame[header] == was[beside])).gather(suspects)
            for header, beside in _beside(sheet, headers, step)
        }
        told = _told(sheet, suspects, changed.gather(suspects), moved, step) | told
    return told


def _beside(sheet: Sheet, headers: list[str], step: int) -> list[tuple[str, str]]:
    """Each header with the one so many columns of the file to its left, where both are the export's; in their order."""
    at = {sheet.positions[header]: header for header in headers}
    return [(at[place], at[place - step]) for place in sorted(at) if place - step in at]


def _told(
    sheet: Sheet, suspects: pl.Series, changed: pl.Series, moved: Mapping[str, pl.Series], step: int
) -> dict[int, Problem]:
    if not moved:
        return {}
    cells = pl.DataFrame(moved).fill_null(value=False)
    many = cells.sum_horizontal()
    first = cells.select(pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in cells.columns)).to_series()
    rows = sheet.frame[ROW].gather(suspects)
    certain = (many >= _FEWEST) & (many >= changed * _SHARE)
    way = _WAYS[step]
    told: dict[int, Problem] = {}
    for row, header in zip(rows.filter(certain), first.filter(certain), strict=True):
        what = f"From {header} on, the cells of this row stand {way} of where the export had them."
        told[row] = Problem(row, header, sheet.address(header, row), what, _FIX, f"shifted {step}")
    return told


def export_id_beside(sheet: Sheet) -> list[Problem]:
    """What is wrong where the export's id is not in its column but in one next to it: every cell is then another's.

    Such a sheet has no base to be compared with, and would be taken for one from elsewhere.
    """
    if sheet.export_id is not None or EXPORT not in sheet.positions:
        return []
    place = sheet.positions[EXPORT]
    near = [header for header, at in sheet.positions.items() if at != place and abs(at - place) <= max(_STEPS)]
    for header in near:
        found = sheet.frame.filter(pl.col(header).str.contains(_EXPORT_ID))
        if found.height:
            row = int(found[ROW][0])
            way = "right" if sheet.positions[header] > place else "left"
            rows = "1 row" if found.height == 1 else f"{found.height:,} rows"
            what = f"The cells of {rows} stand too far to the {way}: this is what Export: ID held."
            return [Problem(row, header, sheet.address(header, row), what, _FIX, "shifted export id")]
    return []
