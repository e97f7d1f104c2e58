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
_ROWS_TOGETHER = 10_000
_NEVER_CLOSED = "A cell of this row begins with a quotation mark that is never closed: all that follows would be in it."
_CLOSE = "Take the quotation mark out or close it, or save the sheet again as CSV, or as .xlsx."
_SAVE_AGAIN = "Save the sheet again as CSV, or as .xlsx."
csv.field_size_limit(1 << 21)

Table: TypeAlias = tuple[tuple[str, ...], pl.DataFrame, int]
"""Header, rows below it as string columns "0", "1", ..., and the row that the header stands in."""


def separator(data: bytes, known: Callable[[str], bool]) -> tuple[str, bytes]:
    """The separator and what stands after a `sep=` line: the one whose first line parses into known headers.

    SheetInvalid where a `sep=` line names one that the sheet has not got: Excel would show all in one column.
    """
    named = _SEP_LINE.match(data)
    rest = data[named.end() :] if named else data
    first = rest[: _end_of_first_record(rest)[0]].decode()

    def fits(candidate: str) -> tuple[int, int]:
        header = next(csv.reader([first], delimiter=candidate), [])
        return sum(known(cell) for cell in set(header[:MOST_COLUMNS]) if cell), len(header)

    best = max(SEPARATORS, key=fits)
    if named is None:
        return best, data
    says = named[1].decode("ascii", "replace")
    if says != best and fits(best)[0] > (fits(says)[0] if says.isascii() and says not in '"\r\n' else 0):
        shown = {"\t": "a tab"}.get(best, repr(best))
        problem = Problem(
            1,
            None,
            "A1",
            f"The first line says that {says!r} separates the cells (sep={says}), but {shown} does.",
            "Delete that line or correct it, and save the sheet again; or save it as .xlsx.",
        )
        raise SheetInvalid("The file cannot be read as a table.", [problem])
    return says, rest


def _end_of_first_record(data: bytes) -> tuple[int, bytes]:
    """Where the first row ends (a cell of it may hold line breaks), and in what."""
    found = _RECORD_END.match(data, 0, _MOST_HEADER_BYTES)
    if found is None:
        row = data.count(b"\n", 0, len(data) - len(data.lstrip(b"\r\n"))) + 1
        problem = Problem(row, None, None, _NEVER_CLOSED, _CLOSE)
        raise SheetInvalid("The file cannot be read as a table.", [problem])
    return found.start(1), found[1]


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
    return (
        header,
        _rows(path, memoryview(data)[end + len(mark) :], delimiter, len(header), blank + 1),
        blank + 1,
    ), notices


def _one_kind_of_line_end(data: bytes) -> bytes:
    """Old Macs end rows with CR alone, and still have LF inside cells: the end of the first row tells."""
    if _end_of_first_record(data.lstrip(b"\r\n"))[1] == b"\r":
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\r\n", b"\n") if data[:1] in (b"\r", b"\n") else data


def _rows(path: Path, data: memoryview, delimiter: str, width: int, header_row: int) -> pl.DataFrame:
    names = [str(position) for position in range(width)]
    if re.fullmatch(rb"\s*", data):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        frame = _parsed(data, delimiter, names) if _well_quoted(data, delimiter) else None
    except pl.exceptions.PolarsError:
        frame = None
    if frame is None:
        frame, problems = _read_slowly(data, delimiter, names, header_row)
        if problems:
            raise SheetInvalid(f"{path.name} cannot be read as a table.", problems, where=str(path))
    return frame


def _well_quoted(data: memoryview, delimiter: str) -> bool:
    """Every quotation mark stands around a cell, or doubled in it; what others mean is guessed by fast readers.

    Some thousands of cells at a time, since a match of all of them would keep its way back through each; a cell with
    hundreds of doubled marks is not worth the room. Without possessive repeats: Python gets those wrong before 3.11.5.
    """
    mark = re.escape(delimiter.encode())
    quoted = rb'(?<![^%b\r\n])(?:"[^"]*"){1,500}(?![^%b\r\n])' % (mark, mark)
    some = re.compile(rb'(?:[^"]+|%b){1,5000}' % quoted)
    at = 0
    while at < len(data):
        found = some.match(data, at)
        if found is None:
            return False
        at = found.end()
    return True


def _parsed(data: memoryview, delimiter: str, names: list[str]) -> pl.DataFrame:
    return pl.read_csv(  # under a header of full width, since a first row may have fewer cells than it
        b"".join((f"{delimiter.join(names)}\n".encode(), data)),
        infer_schema=False,
        separator=delimiter,
        schema=dict.fromkeys(names, pl.String),
        raise_if_empty=False,
    )


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    header = tuple(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
    if len(header) > MOST_COLUMNS:
        problem = Problem(
            1, None, "A1", f"The sheet has {len(header):,} columns.", "Delete those that are not of orders."
        )
        raise SheetInvalid("The file was not read.", [problem])
    return header


def _read_slowly(
    data: memoryview, delimiter: str, names: list[str], header_row: int
) -> tuple[pl.DataFrame, list[Problem]]:
    """The cells row by row, without empty ones beyond the header; and the rows that have others there."""
    width, row = len(names), header_row
    problems: list[Problem] = []
    frames: list[pl.DataFrame] = []
    rows: list[list[str]] = []
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    schema = dict.fromkeys(names, pl.String)
    try:
        for row, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), header_row + 1):
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                problems.append(_shifted(row, len(cells), width))
            rows.append(cells[:width] + [""] * (width - len(cells)))
            if len(rows) == _ROWS_TOGETHER:
                frames.append(pl.DataFrame(rows, schema=schema, orient="row"))
                rows = []
    except csv.Error as error:
        problems.append(Problem(row + 1, None, None, _unquoted(str(error)), _CLOSE))
    return pl.concat([*frames, pl.DataFrame(rows, schema=schema, orient="row")]), problems


def _shifted(row: int, cells: int, width: int) -> Problem:
    what = f"The row has {cells} cells under {width} headers: cells have shifted."
    fix = "Put quotes around a cell that holds the separator, or save the sheet again."
    return Problem(row, None, cell_address(width, row), what, fix, "cells beyond the header")


def _unquoted(error: str) -> str:
    if "expected after" in error:
        return "A cell of this row goes on after its closing quotation mark."
    if "unexpected end" in error or "field limit" in error:
        return _NEVER_CLOSED
    return f"The row cannot be read: {error}."


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
