"""Whose cells a row holds: the base knows which cells stood beside which id, so ids that changed places show.

The ID and the Name of a row may both be right in themselves and stand in another order's row, above all where a sheet
has only one of the two. A row is refused when what it says of its order (cells that nobody edits, above all) is what
the export had for another one. Cells alone prove nothing where many orders share them: then the row is left to the
comparison, in which every difference shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import polars as pl

from bulk_orders.core.columns import Column, Level, Role, column
from bulk_orders.core.comparing import each_once, meaning
from bulk_orders.core.mangling import mangled
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.sheet import ORDER, ROW, Sheet

_MOST_OWNERS = 8
"""A value that more orders have than these says nothing about whose it is."""
_NEARLY = 0.9
_FIX = "Cells have moved between rows: put the right ID back, or make the edits in a new export."
_KEEP_NAME = " The column Name, if it stays in the sheet, shows such slips at once."


def misplaced(
    found: pl.DataFrame, rows: pl.DataFrame, sheet: Sheet, base: pl.DataFrame, locale: str | None
) -> dict[int, Problem]:
    """The rows whose cells the export had with another order than the one they name.

    `found` has the cells that differ from the base (ROW, ORDER, column, sheet, known), `rows` the sheet's own.
    """
    columns = _telling(sheet, base)
    if not columns:
        return {}
    suspect = pl.concat([_differing(found, columns), _unknown(rows, base, columns)])
    if {"ID", "Name"} <= set(sheet.headers):  # the two vouch for each other: one cell that is another's was moved alone
        read = pl.col("column").is_in([col.header for col in columns if col.role is Role.READ])
        suspect = suspect.filter((pl.len().over(ROW) > 1) | read.any().over(ROW))
    if not suspect.height:
        return {}
    cells = [ORDER, "Name", *(col.header for col in columns)]
    exported = base.select(cells)
    if exported[ORDER].null_count() or exported[ORDER].n_unique() < exported.height:  # else it would only be copied
        exported = exported.drop_nulls(ORDER).unique(ORDER, keep="first", maintain_order=True)
    pairs = _candidates(suspect, exported, columns, locale)
    if not pairs.height:
        return {}
    fitting = _only_fitting(pairs, rows, exported, columns, locale)
    certain = fitting.filter("_by_read")
    swapped = fitting.filter(~pl.col("_by_read"))  # only cells that people edit: believed where two changed places
    swapped = swapped.filter(
        pl.col("_of").is_in(swapped[ORDER].implode()), pl.col(ORDER).is_in(swapped["_of"].implode())
    )
    names = dict(exported.select(ORDER, "Name").iter_rows())
    told = pl.concat([certain, swapped]).sort(ROW)
    return {
        row: _problem(sheet, row, says, owner, names) for row, says, owner in told.select(ROW, ORDER, "_of").iter_rows()
    }


def unsure_notice(sheet: Sheet, base: pl.DataFrame | None) -> Iterator[Notice]:
    """Said where nothing in a sheet could show that an ID stands in another order's row.

    Not of a recipe without a base: its IDs were put there for what stands beside them, and there is no other row that
    they could have come from.
    """
    if "Name" in sheet.headers or "ID" not in sheet.headers or (base is None and sheet.is_recipe):
        return
    if base is None or not any(_different(base[col.header]) for col in _telling(sheet, base)):
        yield Notice(
            "Without a column Name nothing shows whether an ID stands in its own row: see in the plan which order each "
            "row was taken for."
        )


def _different(cells: pl.Series) -> bool:
    """Nearly every order has a value of its own."""
    return cells.drop_nulls().n_unique() >= _NEARLY * (cells.len() - cells.null_count()) > 0


def _telling(sheet: Sheet, base: pl.DataFrame) -> list[Column]:
    """The columns that say something of the order and that the export had too."""
    columns = [column(header) for header in sheet.headers if header in base.columns]
    return [col for col in columns if col.level is Level.ORDER and col.role in (Role.READ, Role.EDIT)]


def _differing(found: pl.DataFrame, columns: list[Column]) -> pl.DataFrame:
    told = found.filter("known", pl.col("column").is_in([col.header for col in columns]))
    return told.select(ROW, ORDER, "column", "sheet")


def _unknown(rows: pl.DataFrame, base: pl.DataFrame, columns: list[Column]) -> pl.DataFrame:
    """The cells of rows whose id the export has not got."""
    headers = [col.header for col in columns if col.role is Role.READ]
    strange = rows[ORDER].is_not_null() & ~rows[ORDER].is_in(base[ORDER].implode())
    if not strange.any() or not headers:
        return _nothing()
    cells = (
        rows.select(ROW, ORDER, *headers)
        .filter(strange)
        .unpivot(headers, index=[ROW, ORDER], variable_name="column", value_name="sheet")
    )
    return cells.drop_nulls("sheet").select(ROW, ORDER, "column", "sheet")


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.Int64, ORDER: pl.String, "column": pl.String, "sheet": pl.String})


def _says(cell: pl.Expr, col: Column, locale: str | None) -> pl.Expr:
    return meaning(cell, col.kind, locale)


def _candidates(
    suspect: pl.DataFrame, exported: pl.DataFrame, columns: list[Column], locale: str | None
) -> pl.DataFrame:
    """ROW, ORDER, `_of`, `_by_read`: each row with the few orders that its most telling cell is of.

    Cells that nobody edits tell before those that people edit, and then the one that the fewest orders have. A row
    for which one order was found so is looked at no further: a sheet that came apart has millions of such cells.
    """
    by_column = suspect.partition_by("column", as_dict=True)
    best = pl.DataFrame(
        schema={ROW: pl.Int64, ORDER: pl.String, "_value": pl.String, "_column": pl.String, "_many": pl.UInt32}
    )
    first_read = sorted(columns, key=lambda col: (col.role is not Role.READ, col.header))
    settled = pl.Series([], dtype=pl.Int64)
    owners: dict[str, pl.DataFrame] = {}
    for col in first_read:
        if (col.header,) not in by_column:
            continue
        if col.role is not Role.READ:
            settled = best[ROW]
        cells = by_column[(col.header,)].filter(~pl.col(ROW).is_in(settled.implode()))
        if not cells.height:
            continue
        says = each_once(cells["sheet"], partial(meaning, kind=col.kind, locale=locale))
        owners[col.header] = _owners(exported, col, says)
        counted = owners[col.header].group_by("_value").len("_many").filter(pl.col("_many") <= _MOST_OWNERS)
        told = cells.select(ROW, ORDER, says.alias("_value")).join(counted, on="_value")
        told = told.with_columns(pl.lit(col.header).alias("_column")).select(best.columns)
        best = pl.concat([best, told]).sort(ROW, "_many", maintain_order=True).unique(ROW, keep="first")
        settled = best.filter(pl.col("_many") == 1)[ROW]
    return _with_owners(best, suspect, owners, columns)


def _owners(exported: pl.DataFrame, col: Column, wanted: pl.Series) -> pl.DataFrame:
    """`_value` and `_of`: the orders that the export had a value with, of the values that are `wanted`."""
    says = each_once(exported[col.header], lambda cell: meaning(cell, col.kind, None))
    pairs = exported.select(says.alias("_value"), pl.col(ORDER).alias("_of")).drop_nulls("_value")
    return pairs.filter(pl.col("_value").is_in(wanted.drop_nulls().unique().implode()))


def _with_owners(
    best: pl.DataFrame, suspect: pl.DataFrame, owners: dict[str, pl.DataFrame], columns: list[Column]
) -> pl.DataFrame:
    """The orders that the best cell of each row is of, other than the row's own."""
    telling = [of.with_columns(pl.lit(header).alias("_column")) for header, of in owners.items()]
    none = pl.DataFrame(schema=dict.fromkeys(("_value", "_of", "_column"), pl.String))
    pairs = best.join(pl.concat([none, *telling]), on=["_column", "_value"], how="inner").sort(ROW, maintain_order=True)
    read = suspect.filter(pl.col("column").is_in([col.header for col in columns if col.role is Role.READ]))
    by_read = pl.col(ROW).is_in(read[ROW].unique().implode()).alias("_by_read")
    return pairs.filter(pl.col("_of") != pl.col(ORDER)).select(ROW, ORDER, "_of", by_read)


def _only_fitting(
    pairs: pl.DataFrame, rows: pl.DataFrame, exported: pl.DataFrame, columns: list[Column], locale: str | None
) -> pl.DataFrame:
    """The pairs in which the row says all that the export had for the order, where only one order fits so."""
    at = pl.DataFrame([pairs[ROW]]).join(rows.with_row_index("_at").select(ROW, "_at"), on=ROW, maintain_order="left")
    of = pairs.select(pl.col("_of").alias(ORDER)).join(
        exported.with_row_index("_at").select(ORDER, "_at"), on=ORDER, maintain_order="left"
    )
    same = pl.Series([0]).new_from_index(0, pairs.height).cast(pl.Int64)
    apart: dict[int, list[tuple[Column, str | None, str]]] = {}
    for col in columns:
        cells = pl.DataFrame(
            [
                exported[col.header].gather(of["_at"]).alias("_was"),
                rows[col.header].gather(at["_at"]).alias("_cell"),
                pairs["_by_read"],
            ]
        )
        if col.role is Role.EDIT:  # what people edit is no proof against a row that its other cells give away
            cells = cells.with_columns(pl.when(~pl.col("_by_read")).then("_cell").alias("_cell"))
        agrees = cells.select(
            _says(pl.col("_cell"), col, locale).eq_missing(_says(pl.col("_was"), col, None))
        ).to_series()
        told = cells["_cell"].is_not_null()
        same += (told & agrees).cast(pl.Int64)
        differing = cells.with_row_index("_pair").filter(told & ~agrees)
        for pair, was, cell in differing.select("_pair", "_was", "_cell").iter_rows():
            apart.setdefault(pair, []).append((col, was, cell))
    fits = [_all_mangled(apart.get(pair, ()), agreeing) for pair, agreeing in enumerate(same)]
    fitting = pairs.filter(pl.Series(fits, dtype=pl.Boolean))
    return fitting.filter(pl.len().over(ROW) == 1)


def _all_mangled(apart: Sequence[tuple[Column, str | None, str]], agreeing: int) -> bool:
    """Whatever does not agree is what a spreadsheet makes of it; most cells must agree as they are."""
    return len(apart) <= agreeing and all(was is not None and mangled(col, was, cell) for col, was, cell in apart)


def _problem(sheet: Sheet, row: int, says: str, owner: str, names: dict[str, str]) -> Problem:
    header = "ID" if "ID" in sheet.headers else "Name"
    mine = f"the row's {header} is that of {names[says]}" if says in names else f"the export has no ID {says}"
    fix = _FIX if "Name" in sheet.headers else f"{_FIX}{_KEEP_NAME}"
    what = f"The export had this row's cells with {names[owner]} (ID {owner}), but {mine}."
    return Problem(row, header, sheet.address(header, row), what, fix, "another order's cells")
