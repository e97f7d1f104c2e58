"""Whose cells a row of one order holds: the base knows which cells stood beside which parcel or line item.

Within one order neither its ID nor its Name shows that two Fulfillment: IDs changed places. So a row is refused when
all that it says of its parcel is what the export had for another parcel of the same order. Cells that nobody edits
prove that by themselves; those that people edit only where two rows hold each other's, since a person who gives one
parcel another number means it, and two that change places are far oftener a slip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from bulk_orders.core import belonging
from bulk_orders.core.columns import Column, Level, Role, column
from bulk_orders.core.comparing import meaning
from bulk_orders.core.mangling import mangled
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, ROW, Sheet

_KINDS = (
    (Level.FULFILLMENT, FULFILLMENT, "Fulfillment: ID", "fulfillment"),
    (Level.LINE, LINE, "Line: ID", "line item"),
)
_FIX = "Put back the right {header}, or make the edits in a new export."
_FILL_IN = (
    "Put back its {header}, or the whole column if it was deleted; or delete all columns of each {called}. A new "
    "parcel gets a row of its own, beneath those of the export."
)
_ON_PURPOSE = " If their cells are to change places, do it in two sheets, one after the other."


@dataclass(frozen=True, slots=True)
class _Held:
    """A row that holds what the export had with another one of its order."""

    row: int
    key: str
    of: str
    certain: bool


def astray_rows(
    edited: pl.DataFrame, rows: pl.DataFrame, sheet: Sheet, base: pl.DataFrame, locale: str | None
) -> dict[int, Problem]:
    """The rows that hold the cells of another order, or of another parcel or line item of their own."""
    others = belonging.misplaced(edited, rows, sheet, base, locale)
    within = exchanged(edited.filter(~pl.col(ROW).is_in(list(others))), rows, sheet, base, locale)
    return {**lost_parcels(rows, sheet, base), **within, **others}


def lost_parcels(rows: pl.DataFrame, sheet: Sheet, base: pl.DataFrame) -> dict[int, Problem]:
    """Rows that say something of a parcel or line item but not of which, where the sheet has lost one of the order's.

    `success` in a row without one asks to fulfill what is left of the order: here it may only be what was exported.
    """
    told: dict[int, Problem] = {}
    for level, key, header, called in _KINDS:
        there = [each for each in sheet.headers if each in base.columns and each != header]
        there = [each for each in there if column(each).level is level]
        if not there or key not in base.columns:
            continue
        known = [frame.select(ORDER, key).drop_nulls() for frame in (base, rows)]
        lost = known[0].join(known[1], on=[ORDER, key], how="anti").unique(ORDER, keep="first", maintain_order=True)
        says = pl.any_horizontal(pl.col(each).is_not_null() for each in there)
        bare = rows.filter(pl.col(key).is_null(), says).select(ROW, ORDER)
        place = header if header in sheet.headers else there[0]
        for row, _, was in bare.join(lost, on=ORDER, maintain_order="left").iter_rows():
            what = f"The row does not say which {called} it is of; the export had the {called} {was} with this order."
            fix = _FILL_IN.format(header=header, called=called)
            told[row] = Problem(row, place, sheet.address(place, row), what, fix, f"no {header}")
    return told


def exchanged(
    found: pl.DataFrame, rows: pl.DataFrame, sheet: Sheet, base: pl.DataFrame, locale: str | None
) -> dict[int, Problem]:
    """The rows whose parcel or line item is another one of the same order; arguments as `belonging.misplaced`."""
    told: dict[int, Problem] = {}
    for level, key, header, called in _KINDS:
        if header not in sheet.headers or key not in base.columns:
            continue
        columns = [column(each) for each in sheet.headers if each in base.columns]
        columns = [col for col in columns if col.level is level and col.role in (Role.READ, Role.EDIT)]
        for held in _believed(list(_held(found, rows, base, key, columns, locale))):
            of_id = held.of
            what = (
                f"The export had this row's cells with the {called} {of_id} of the same order; the row's {header} is "
                f"{held.key}."
            )
            fix = _FIX.format(header=header) + ("" if held.certain else _ON_PURPOSE)
            told[held.row] = Problem(
                held.row, header, sheet.address(header, held.row), what, fix, f"{header} exchanged {held.certain}"
            )
    return told


def _believed(held: Sequence[_Held]) -> Iterator[_Held]:
    exchanges = {(each.key, each.of) for each in held}
    return (each for each in held if each.certain or (each.of, each.key) in exchanges)


def _held(
    found: pl.DataFrame, rows: pl.DataFrame, base: pl.DataFrame, key: str, columns: list[Column], locale: str | None
) -> Iterator[_Held]:
    headers = [col.header for col in columns]
    edited = found.filter("known", pl.col("column").is_in(headers), pl.col(key).is_not_null())[ROW].unique()
    if not edited.len():
        return
    parcels = base.select(ORDER, key, *headers).drop_nulls(key).unique([ORDER, key], keep="first", maintain_order=True)
    several = parcels.filter(pl.len().over(ORDER) > 1)
    suspects = rows.select(ROW, ORDER, key, *headers).filter(
        pl.col(ROW).is_in(edited.implode()), pl.col(ORDER).is_in(several[ORDER].unique().implode())
    )
    if not suspects.height:
        return
    beside = several.filter(pl.col(ORDER).is_in(suspects[ORDER].unique().implode()))
    by_order: dict[str, list[_Parcel]] = {}
    for parcel in _parcels(beside, key, columns, None):
        by_order.setdefault(parcel.order, []).append(parcel)
    for row, parcel in zip(suspects[ROW], _parcels(suspects, key, columns, locale), strict=True):
        yield from _told(row, parcel, by_order[parcel.order], columns)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What a row says of its parcel: its cells, and what they mean."""

    order: str
    key: str
    cells: Mapping[str, str | None]
    means: Mapping[str, str | None]


def _parcels(frame: pl.DataFrame, key: str, columns: list[Column], locale: str | None) -> Iterator[_Parcel]:
    meant = frame.select(meaning(pl.col(col.header), col.kind, locale).alias(col.header) for col in columns)
    cells = frame.select(col.header for col in columns)
    for order, one, said, means in zip(
        frame[ORDER], frame[key], cells.iter_rows(named=True), meant.iter_rows(named=True), strict=True
    ):
        yield _Parcel(order, one, said, means)


def _told(row: int, says: _Parcel, parcels: Sequence[_Parcel], columns: Sequence[Column]) -> Iterator[_Held]:
    """The only other parcel of the order whose cells these are."""
    mine = next((each for each in parcels if each.key == says.key), None)
    fitting = [each for each in parcels if each.key != says.key and _fits(says, each, columns)]
    if mine is None or len(fitting) != 1:
        return
    apart = [col for col in columns if says.means[col.header] is not None and not _agrees(says, mine, col)]
    certain = any(col.role is Role.READ and col.header != "Line: Quantity" for col in apart)
    if apart:
        yield _Held(row, says.key, fitting[0].key, certain)


def _fits(says: _Parcel, parcel: _Parcel, columns: Sequence[Column]) -> bool:
    return all(_agrees(says, parcel, col) for col in columns if says.means[col.header] is not None)


def _agrees(says: _Parcel, parcel: _Parcel, col: Column) -> bool:
    """A cell is that parcel's, or what a spreadsheet makes of it."""
    if says.means[col.header] == parcel.means[col.header]:
        return True
    was, cell = parcel.cells[col.header], says.cells[col.header]
    return was is not None and cell is not None and mangled(col, was, cell)
