"""CSV in and out: decoded by rule, read as text, numbered as a spreadsheet numbers rows (spreadsheets.md 3)."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl

from bulk_orders.core.columns import canonical_header
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.streams import slices

SEPARATORS = (",", ";", "\t", "|")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_MOST_FIELDS = 4096


def decode(data: bytes) -> tuple[str, list[Notice]]:
    """Bytes to text: by BOM, else strict UTF-8, else UTF-16 by its pattern, else cp1252 with a notice."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", errors="replace"), []
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), []
    head = data[:400]
    if head.count(0) > len(head) // 4:
        return data.decode("utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be", "replace"), []
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    words = list(dict.fromkeys(re.findall(r"\w*[^\x00-\x7f]\w*", text)))[:3]
    shown = ", ".join(repr(word) for word in words)
    return text, [Notice(f"The file is not UTF-8; it was read as Western European (cp1252), which gives {shown}.")]


def separator(text: str) -> tuple[str, str]:
    """The separator and the text after a `sep=` line: the one whose first line parses into known headers."""
    named = _SEP_LINE.match(text)
    if named:
        return named[1], text[named.end() :]
    first = text.split("\n", 1)[0]

    def known(candidate: str) -> tuple[int, int]:
        header = next(csv.reader([first], delimiter=candidate), [])
        return sum(canonical_header(cell) is not None for cell in header), len(header)

    return max(SEPARATORS, key=known), text


def read_csv(path: Path, data: bytes) -> tuple[tuple[str, ...], pl.DataFrame, list[Notice]]:
    """Header, frame of string columns ("0", "1", ...) and notices; SheetInvalid where the lines do not fit."""
    text, notices = decode(data)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    delimiter, text = separator(text)
    if not text.strip():
        return (), pl.DataFrame(), notices
    text, header = _header(text, delimiter)
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            infer_schema=False,
            separator=delimiter,
            new_columns=[str(position) for position in range(len(header))],
            schema={str(position): pl.String for position in range(len(header))},
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError as error:
        problems = _unfitting(text, delimiter, len(header))
        raise SheetInvalid(f"{path.name} cannot be read as a table.", problems, where=str(path)) from error
    blank = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in frame.columns]
    return header, frame.with_columns(blank), notices


def _header(text: str, delimiter: str) -> tuple[str, tuple[str, ...]]:
    """The header's cells, and the text below it (a header cell may hold a line break)."""
    lines = io.StringIO(text, newline="")
    header = tuple(next(csv.reader(lines, delimiter=delimiter), []))
    if len(header) > _MOST_FIELDS:
        raise SheetInvalid(
            f"The sheet has {len(header)} columns.",
            [Problem(1, None, "A1", "Too many columns.", "Delete the extra ones.")],
        )
    return lines.read(), header


def _unfitting(text: str, delimiter: str, width: int) -> list[Problem]:
    """Which rows have cells beyond the header, slowly."""
    problems = []
    row = 1
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 2):
            if len(cells) > width:
                problems.append(
                    Problem(
                        row,
                        None,
                        None,
                        f"The row has {len(cells)} cells under {width} headers: cells have shifted.",
                        "Put quotes around a cell that holds the separator, or save the sheet again.",
                    )
                )
    except csv.Error as error:
        problems.append(
            Problem(row + 1, None, None, f"The row cannot be read: {error}.", "Save the sheet again as CSV.")
        )
    return problems or [Problem(1, None, None, "The file is no table of cells.", "Save the sheet again as CSV.")]


def write_csv(path: Path, frame: pl.LazyFrame) -> None:
    """UTF-8 with BOM and CRLF, the form that spreadsheets read best."""
    with path.open("wb") as file:
        for number, rows in enumerate(slices(frame)):
            rows.write_csv(file, include_header=not number, include_bom=not number, line_terminator="\r\n")
