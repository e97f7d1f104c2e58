"""CSV in and out: decoded by rule, read as text, numbered as a spreadsheet numbers rows (spreadsheets.md 3)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import polars as pl

from bulk_orders.core.columns import Kind, column
from bulk_orders.core.numbers import DECIMAL_OF, SEPARATOR_OF
from bulk_orders.core.problems import Notice, Problem, cell_address
from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.decoding import as_utf8
from bulk_orders.storage.streams import slices

SEPARATORS = (",", ";", "\t", "|")
MOST_COLUMNS = 16_384
"""What a spreadsheet has; empty ones at the end are dropped."""
_SEP_LINE = re.compile(rb'"?sep=(.)"?[;,\t ]*(?:\r\n|\r|\n)', re.IGNORECASE)
_RECORD_END = re.compile(rb'[^"\r\n]*(?:"[^"]*"[^"\r\n]*)*(\r\n|\r|\n|$)')
_MOST_HEADER_BYTES = 4_000_000
_SAVE_AGAIN = "Save the sheet again as CSV, or as .xlsx."
csv.field_size_limit(1 << 26)

Table: TypeAlias = tuple[tuple[str, ...], pl.DataFrame, int]
"""Header, rows below it as string columns "0", "1", ..., and the row that the header stands in."""


def separator(data: bytes, known: Callable[[str], bool]) -> tuple[str, bytes]:
    """The separator and what stands after a `sep=` line: the one whose first line parses into known headers."""
    named = _SEP_LINE.match(data)
    if named:
        return named[1].decode(), data[named.end() :]
    first = data[: _end_of_first_record(data)[0]].decode()

    def fits(candidate: str) -> tuple[int, int]:
        header = next(csv.reader([first], delimiter=candidate), [])
        return sum(known(cell) for cell in header), len(header)

    return max(SEPARATORS, key=fits), data


def _end_of_first_record(data: bytes) -> tuple[int, bytes]:
    """Where the first row ends (a cell of it may hold line breaks), and in what."""
    found = _RECORD_END.match(data, 0, _MOST_HEADER_BYTES)
    return (found.start(1), found[1]) if found else (min(len(data), _MOST_HEADER_BYTES), b"")


def read_csv(path: Path, data: bytes, known: Callable[[str], bool], encoding: str | None) -> tuple[Table, list[Notice]]:
    """The table of a CSV; SheetInvalid where the lines do not fit. `known` tells headers by name."""
    data, notices = as_utf8(data, encoding)
    if b"\0" in data:
        row = data.count(b"\n", 0, data.index(b"\0")) + 1
        problem = Problem(row, None, None, "There is a NUL character, which no text has.", _SAVE_AGAIN)
        raise SheetInvalid(f"{path.name} is no text.", [problem], where=str(path))
    data = _one_kind_of_line_end(data)
    delimiter, data = separator(data, known)
    blank = len(data) - len(data.lstrip(b"\n"))
    data = data[blank:]
    if not data.strip():
        return ((), pl.DataFrame(), 1), notices
    end, mark = _end_of_first_record(data)
    header = _header(data[:end].decode(), delimiter)
    return (header, _rows(path, data[end + len(mark) :], delimiter, len(header), blank + 1), blank + 1), notices


def _one_kind_of_line_end(data: bytes) -> bytes:
    """Old Macs end rows with CR alone, and still have LF inside cells: the end of the first row tells."""
    if _end_of_first_record(data.lstrip(b"\r\n"))[1] == b"\r":
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\r\n", b"\n") if data[:1] in (b"\r", b"\n") else data


def _rows(path: Path, data: bytes, delimiter: str, width: int, header_row: int) -> pl.DataFrame:
    names = [str(position) for position in range(width)]
    if not data.strip():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        frame = pl.read_csv(  # under a header of full width, since a first row may have fewer cells than it
            f"{delimiter.join(names)}\n".encode() + data,
            infer_schema=False,
            separator=delimiter,
            schema=dict.fromkeys(names, pl.String),
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError as error:
        problems = _unfitting(data.decode(), delimiter, width, header_row)
        raise SheetInvalid(f"{path.name} cannot be read as a table.", problems, where=str(path)) from error
    return frame.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in frame.columns)


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    header = tuple(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
    if len(header) > MOST_COLUMNS:
        problem = Problem(1, None, "A1", f"The sheet has {len(header):,} columns.", "Delete the extra ones.")
        raise SheetInvalid(f"The sheet has {len(header):,} columns.", [problem])
    return header


def _unfitting(text: str, delimiter: str, width: int, header_row: int) -> list[Problem]:
    """Which rows have cells beyond the header, slowly."""
    problems = []
    row = header_row
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for row, cells in enumerate(reader, header_row + 1):
            if len(cells) > width:
                problems.append(
                    Problem(
                        row,
                        None,
                        cell_address(width, row),
                        f"The row has {len(cells)} cells under {width} headers: cells have shifted.",
                        "Put quotes around a cell that holds the separator, or save the sheet again.",
                    )
                )
    except csv.Error as error:
        problems.append(Problem(row + 1, None, None, f"The row cannot be read: {error}.", _SAVE_AGAIN))
    return problems or [Problem(header_row, None, None, "The file is no table of cells.", _SAVE_AGAIN)]


def write_csv(path: Path, frame: pl.LazyFrame, locale: str = "en") -> None:
    """UTF-8 with BOM and CRLF, the form that spreadsheets read best; separator and decimals as `locale` has them."""
    point = DECIMAL_OF[locale]
    if point != ".":
        numbers = [name for name in frame.collect_schema().names() if column(name).kind is Kind.DECIMAL]
        frame = frame.with_columns(_with_point(pl.col(name), point) for name in numbers)
    options = {"line_terminator": "\r\n", "separator": SEPARATOR_OF[locale]}
    with path.open("wb") as file:
        for number, rows in enumerate(slices(frame)):
            rows.write_csv(file, include_header=not number, include_bom=not number, **options)  # type: ignore[call-overload]


def _with_point(cell: pl.Expr, point: str) -> pl.Expr:
    plain = cell.str.contains(r"^[+-]?[0-9]+\.[0-9]+$")
    return pl.when(plain).then(cell.str.replace(".", point, literal=True)).otherwise(cell).name.keep()
