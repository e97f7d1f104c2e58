"""The first look at a sheet: whether it has plainly come apart, before every cell of it is compared.

A sheet in which every row moved has millions of cells that differ; comparing them all costs minutes and gigabytes,
and names a hundred thousand rows for one slip. Of a large sheet some rows are judged as all others would be, the
first ones and others spread evenly. Where many of them are refused, what they show is told for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import polars as pl

from bulk_orders.core import damage
from bulk_orders.core.columns import Role, column
from bulk_orders.core.diff import Base, base_rows, identified, others_rows
from bulk_orders.core.problems import Problem
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.sheet import ROW, Sheet
from bulk_orders.core.shifted import shifted_rows

_LARGE = 10_000
"""Rows; what has fewer is compared whole in a second."""
_FIRST = 200
_SPREAD = 1_800
_MANY = 20
"""Rows of those that were looked at, one in a hundred. Where fewer are refused, all are compared and each is named."""
_MOST_READ_ONLY = 1_000_000
_UNDO = (
    "Undo what moved the cells (columns have to be sorted all together, and cells deleted or inserted in whole rows), "
    "or make the edits in a new export."
)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Rows that are not worth comparing, each with what is wrong with it; `apart`: the whole sheet is not."""

    problems: tuple[Problem, ...] = ()
    apart: bool = False


def first_look(sheet: Sheet, base: Base, reading: Reading = BY_RULE) -> FirstLook:
    """Judge some rows of a large sheet, and whether cells stand beside their columns; offline."""
    sheet = identified(sheet, base)
    some = _some(sheet)
    beside = shifted_rows(some, base.frame, base_rows(some.frame, base))
    if some is sheet:
        return FirstLook(tuple(beside.values()))
    if _many(beside):
        return _apart(beside.values(), len(beside), some, sheet)
    rest = replace(some, frame=some.frame.filter(~pl.col(ROW).is_in(list(beside))))
    astray, found = others_rows(rest, base, reading)
    if _many(astray):
        return _apart(astray.values(), len(astray), some, sheet)
    nobodys = found.filter("known", pl.col("column").is_in(_read_only(sheet)))
    if nobodys.height * sheet.frame.height > _MOST_READ_ONLY * some.frame.height:
        moved = damage.moved_columns(found, base.frame, sheet)
        return _apart([*astray.values(), *moved], nobodys[ROW].n_unique(), some, sheet)
    return FirstLook()


def _read_only(sheet: Sheet) -> list[str]:
    return [header for header in sheet.headers if column(header).role is Role.READ]


def _some(sheet: Sheet) -> Sheet:
    many = sheet.frame.height
    if many <= _LARGE:
        return sheet
    spread = range(_FIRST, many, max(1, (many - _FIRST) // _SPREAD))
    return replace(sheet, frame=sheet.frame[[*range(_FIRST), *spread]])


def _many(rows: Collection[int]) -> bool:
    return len(rows) >= _MANY


def _apart(problems: Iterable[Problem], rows: int, some: Sheet, sheet: Sheet) -> FirstLook:
    looked, many = some.frame.height, sheet.frame.height
    what = (
        f"The sheet has come apart: of {looked:,} rows that were looked at, {rows:,} hold cells that the export "
        f"had elsewhere. The other {many - looked:,} were not compared."
    )
    return FirstLook((Problem(0, None, None, what, _UNDO), *problems), apart=True)
