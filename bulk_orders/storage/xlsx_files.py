"""XLSX in and out. Out: text stays text, ids and numbers of parcels are never numbers, enums have drop-downs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from bulk_orders.core.cells import boolean
from bulk_orders.core.columns import Column, Kind, Role, column
from bulk_orders.errors import Misused
from bulk_orders.storage.streams import slices

_MOST_ROWS = 1_048_575
_MOST_CHOICES = 255
"""Characters of a drop-down list that XLSX holds in a cell's own rule."""


def read_xlsx(path: Path) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Header and string columns ("0", "1", ...) of the tab `Orders`, or of the first one."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            chosen = next((name for name in names if name.strip().casefold() in {"orders", "order"}), names[0])
            rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise Misused(
            f"{path.name} is no XLSX file that can be read.", where=str(path), fix="Save it again as .xlsx."
        ) from error
    if not rows:
        return (), pl.DataFrame()
    header = tuple(_text(cell) or "" for cell in rows[0])
    cells = [[_text(cell) for cell in row] for row in rows[1:]]
    schema = {str(position): pl.String for position in range(len(header))}
    return header, pl.DataFrame(cells, schema=schema, orient="row")


def _text(cell: Any) -> str | None:
    """A typed cell as the text it stands for."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    text = str(cell)
    return text or None


def write_xlsx(path: Path, frame: pl.LazyFrame) -> None:
    """Write the sheet `Orders`; read-only columns are shaded, a note above each command says what it takes."""
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
            "head": book.add_format({"bold": True, "bg_color": "#e3e5e8", "border": 0}),
            "edit": book.add_format({"bold": True, "bg_color": "#d5efe0"}),
            "text": book.add_format({"num_format": "@"}),
            "read": book.add_format({"num_format": "@", "font_color": "#5c6570", "bg_color": "#f6f6f7"}),
            "money": book.add_format({"num_format": "0.00", "font_color": "#5c6570", "bg_color": "#f6f6f7"}),
        }
        columns = [column(header) for header in headers]
        for position, col in enumerate(columns):
            _prepare(sheet, position, col, formats, height)
        sheet.freeze_panes(1, 2)
        if headers:
            sheet.autofilter(0, 0, height, len(headers) - 1)
        _write_rows(sheet, columns, _rows_of(frame), formats)


def _rows_of(frame: pl.LazyFrame) -> Iterator[tuple[str | None, ...]]:
    for rows in slices(frame):
        yield from rows.iter_rows()


def _editable(col: Column) -> bool:
    return col.role not in (Role.READ, Role.IDENTITY)


def _prepare(sheet: Any, position: int, col: Column, formats: dict[str, Any], height: int) -> None:
    sheet.write_string(0, position, col.header, formats["edit" if _editable(col) else "head"])
    width = 22 if col.kind in (Kind.ID, Kind.TIME) else max(10, min(28, len(col.header) + 2))
    sheet.set_column(position, position, width, _cell_format(col, formats))
    choices = _choices(col)
    if choices and height:
        sheet.data_validation(
            1, position, height, position, {"validate": "list", "source": choices, "error_type": "warning"}
        )


def _cell_format(col: Column, formats: dict[str, Any]) -> Any:
    if _editable(col):
        return formats["text"]
    return formats["money"] if col.kind is Kind.DECIMAL else formats["read"]


def _choices(col: Column) -> list[str]:
    """The values a drop-down offers; of a comma-separated list it would offer only one, so it has none."""
    if not _editable(col) or col.kind is Kind.TAGS:
        return []
    if col.header == "Command":
        return ["UPDATE", "DELETE", "IGNORE"]
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
