"""XLSX out: text stays text, ids and numbers of parcels are never numbers, enums have drop-downs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from bulk_orders.core.cells import boolean
from bulk_orders.core.columns import Column, Kind, column
from bulk_orders.core.reference import editable
from bulk_orders.errors import Misused
from bulk_orders.storage.streams import slices

_MOST_ROWS = 1_048_575
_MOST_CHOICES = 255
"""Characters of a drop-down list that XLSX holds in a cell's own rule."""


def write_xlsx(path: Path, frame: pl.LazyFrame) -> None:
    """Write the tab `Orders`, in which only what may be edited can be written in.

    Read-only columns are shaded and locked (without a password: Review, Unprotect Sheet), columns with fixed values
    have drop-downs, and whatever a spreadsheet could take for a number or a date is text.
    """
    headers = frame.collect_schema().names()
    height = int(frame.select(pl.len()).collect().item())
    if height > _MOST_ROWS:
        raise Misused(
            f"{height} rows do not fit into an XLSX file.",
            fix="Export to .csv or .parquet, or narrow the filter.",
        )
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), {**options, "constant_memory": True}) as book:
        sheet = book.add_worksheet("Orders")
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#e3e5e8", "border": 0, "num_format": "@"}),
            "edit": book.add_format({"bold": True, "bg_color": "#d5efe0", "num_format": "@"}),
            "text": book.add_format({"num_format": "@", "locked": False}),
            "flag": book.add_format({"locked": False}),
            "told": book.add_format({"font_color": "#5c6570", "bg_color": "#f6f6f7"}),
            "read": book.add_format({"num_format": "@", "font_color": "#5c6570", "bg_color": "#f6f6f7"}),
            "money": book.add_format({"num_format": "0.00", "font_color": "#5c6570", "bg_color": "#f6f6f7"}),
            "count": book.add_format({"num_format": "0", "font_color": "#5c6570", "bg_color": "#f6f6f7"}),
        }
        columns = [column(header) for header in headers]
        for position, col in enumerate(columns):
            _prepare(sheet, position, col, formats, height)
        sheet.freeze_panes(1, 2)
        if headers:
            sheet.autofilter(0, 0, height, len(headers) - 1)
        sheet.protect("", _ALLOWED)
        _write_rows(sheet, columns, _rows_of(frame), formats)


def _rows_of(frame: pl.LazyFrame) -> Iterator[tuple[str | None, ...]]:
    for rows in slices(frame):
        yield from rows.iter_rows()


_ALLOWED = {
    "autofilter": True,
    "sort": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "delete_rows": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}
"""What a person may still do to the locked part."""


def _prepare(sheet: Any, position: int, col: Column, formats: dict[str, Any], height: int) -> None:
    sheet.write_string(0, position, col.header, formats["edit" if editable(col) else "head"])
    width = 22 if col.kind in (Kind.ID, Kind.TIME) else max(10, min(28, len(col.header) + 2))
    sheet.set_column(position, position, width, _cell_format(col, formats))
    choices = _choices(col)
    if choices and height:
        rule = {"validate": "list", "source": choices, "error_type": "warning", "show_error": not _several(col)}
        sheet.data_validation(1, position, height, position, rule)


def _cell_format(col: Column, formats: dict[str, Any]) -> Any:
    if editable(col):
        return formats["flag" if col.kind is Kind.BOOLEAN else "text"]
    return formats[{Kind.DECIMAL: "money", Kind.INTEGER: "count", Kind.BOOLEAN: "told"}.get(col.kind, "read")]


def _several(col: Column) -> bool:
    """Several of the choices may stand in a cell, so the drop-down only helps and never objects."""
    return col.kind is Kind.TAGS


def _choices(col: Column) -> list[str]:
    """The values that a drop-down offers."""
    if not editable(col):
        return []
    if col.header == "Command":
        return ["UPDATE", "DELETE", "IGNORE"]
    if col.header == "Fulfillment: Status":
        return ["cancelled"]
    choices = ["TRUE", "FALSE"] if col.kind is Kind.BOOLEAN else list(col.choices)
    return choices if len(",".join(choices)) <= _MOST_CHOICES else []


def _write_rows(
    sheet: Any, columns: Sequence[Column], rows: Iterable[tuple[str | None, ...]], formats: dict[str, Any]
) -> None:
    styles = [_cell_format(col, formats) for col in columns]
    for number, row in enumerate(rows, 1):
        for position, (col, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is not None:
                _write_cell(sheet, number, position, col, cell, styles[position])


def _write_cell(sheet: Any, row: int, position: int, col: Column, cell: str, style: Any) -> None:
    if col.kind in (Kind.DECIMAL, Kind.INTEGER) and _is_number(cell):
        sheet.write_number(row, position, float(cell), style)
    elif col.kind is Kind.BOOLEAN and boolean(cell) is not None:
        sheet.write_boolean(row, position, boolean(cell), style)
    else:
        sheet.write_string(row, position, cell, style)


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e15
    except ValueError:
        return False
