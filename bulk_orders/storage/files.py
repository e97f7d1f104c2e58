"""Sheets on disk, by the ending of their name: CSV, XLSX, Parquet."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from bulk_orders.core.columns import column
from bulk_orders.core.comparing import guard_expr
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.sheet import ROW, RawSheet
from bulk_orders.errors import Misused, SheetInvalid
from bulk_orders.storage.atomic import replacing
from bulk_orders.storage.csv_files import read_csv, write_csv
from bulk_orders.storage.streams import sink_parquet, slices
from bulk_orders.storage.xlsx_files import read_xlsx, write_xlsx

ENDINGS = (".csv", ".xlsx", ".parquet")
_OLD_BOOKS = {".xls", ".xlsm", ".xlsb"}


def read_sheet(path: Path) -> RawSheet:
    """The cells of a sheet; Misused if there is no such file, SheetInvalid if it is no table or empty."""
    ending = path.suffix.lower()
    if ending in _OLD_BOOKS:
        raise Misused(f"{ending} files are not read: they can hold macros, or cannot be read safely.", fix=_SAVE_AS)
    if ending not in {*ENDINGS, ".txt", ".tsv"}:
        raise Misused(f"{path.name} is no sheet: its name ends in none of {', '.join(ENDINGS)}.", fix=_SAVE_AS)
    data = _bytes(path)
    notices: list[Notice] = []
    if ending == ".xlsx":
        header, frame = read_xlsx(path)
    elif ending == ".parquet":
        header, frame = _read_parquet(path)
    else:
        header, frame, notices = read_csv(path, data)
    header, frame = _without_empty_columns(header, frame)
    frame, blank = _without_blank_rows(frame)
    if not header or not frame.height:
        problem = Problem(1, None, "A1", "The sheet is empty.", "Export one: bulk-orders export -o orders.xlsx")
        raise SheetInvalid(f"{path.name} has no rows.", [problem], where=str(path))
    if blank:
        notices.append(Notice("Blank rows inside the sheet are passed over.", tuple(blank)))
    return RawSheet(
        path=str(path),
        sha256=hashlib.sha256(data).hexdigest(),
        header=header,
        frame=frame,
        guarded=ending not in (".xlsx", ".parquet"),
        notices=tuple(notices),
    )


_SAVE_AS = "Save it as .xlsx or .csv."


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Misused(
            f"There is no file {path}.", fix="Check the name; the sheet is written by: bulk-orders export"
        ) from error
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from error


def _read_parquet(path: Path) -> tuple[tuple[str, ...], pl.DataFrame]:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Misused(f"{path.name} is no Parquet file that can be read.", where=str(path)) from error
    header = tuple(frame.columns)
    return header, frame.select(
        pl.col(name).cast(pl.String).alias(str(position)) for position, name in enumerate(header)
    )


def _without_empty_columns(header: tuple[str, ...], frame: pl.DataFrame) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Columns at the end that have neither a header nor a cell are not there."""
    width = len(header)
    while width and not header[width - 1].strip() and frame[str(width - 1)].is_null().all():
        width -= 1
    return header[:width], frame.select(str(position) for position in range(width))


def _without_blank_rows(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """Number the rows as the spreadsheet does, drop the blank ones, and say which stood between others."""
    if not frame.width:
        return frame, []
    numbered = frame.with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int64))
    filled = numbered.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
    if not filled.height:
        return filled, []
    inside = numbered.filter(pl.col(ROW) < filled[ROW][-1]).filter(~pl.col(ROW).is_in(filled[ROW].implode()))
    return filled, inside[ROW].to_list()


def check_target(path: Path) -> None:
    """Refuse early what `write_sheet` could not write."""
    if path.suffix.lower() not in ENDINGS:
        raise Misused(f"{path} does not say what to write: its name ends in none of {', '.join(ENDINGS)}.")
    if not path.parent.is_dir():
        raise Misused(f"There is no folder {path.parent}.", fix="Make it, or write elsewhere.")


def write_sheet(path: Path, cells: pl.DataFrame | pl.LazyFrame) -> None:
    """Write cells under canonical headers, in the format that the name's ending says; a lazy frame block by block."""
    ending = path.suffix.lower()
    frame = cells.lazy()
    headers = frame.collect_schema().names()
    with replacing(path) as temporary:
        if ending == ".xlsx":
            write_xlsx(temporary, frame)
        elif ending == ".parquet":
            sink_parquet(temporary, slices(frame), {})
        else:
            guarded = [name for name in headers if column(name).guarded]
            write_csv(temporary, frame.with_columns(guard_expr(pl.col(name)) for name in guarded))
