"""The same look ahead for OpenDocument: formulas by address, and repeats that would unfold into millions of cells."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from bulk_orders.storage.book_preflight import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_TOLD,
    Hostile,
    Told,
    formula_told,
    inflated,
)

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "


class _Tab:
    """Follows one table of content.xml by its row and column counters."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.here = False
        self.row = self.column = 0
        self.repeat = 1
        self.formulas: list[tuple[int, int]] = []
        self.hidden: list[int] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == f"{_TABLE}table":
            self.here = attributes.get(f"{_TABLE}name") == self.name
            self.row = 0
        elif self.here and tag == f"{_TABLE}table-row":
            self.row += self.repeat
            self.repeat = _count(attributes.get(f"{_TABLE}number-rows-repeated"))
            if self.row == 0:
                self.row = 1
            self.column = 0
            if attributes.get(f"{_TABLE}visibility") in ("collapse", "filter"):
                self.hidden += range(self.row, self.row + min(self.repeat, MOST_ROWS - len(self.hidden)))
        elif self.here and tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            self._cell(attributes)

    def _cell(self, attributes: Mapping[str, str]) -> None:
        wide = _count(attributes.get(f"{_TABLE}number-columns-repeated"))
        formula = attributes.get(f"{_TABLE}formula", "of:=TRUE()").removeprefix("of:=")
        if formula not in ("TRUE()", "FALSE()") and len(self.formulas) < MOST_TOLD:
            self.formulas.append((self.column, self.row))
        filled = f"{_OFFICE}value-type" in attributes
        if filled and (self.column + wide > MOST_COLUMNS or self.row + self.repeat > MOST_ROWS + 2):
            raise Hostile(
                f"There is something beyond {MOST_ROWS:,} rows and {MOST_COLUMNS} columns.",
                "Delete the stray cells, or copy the table into a new workbook.",
            )
        self.column += wide


def _count(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1


def ods_problems(path: Path, tab: str) -> tuple[list[Told], list[int]]:
    """Formula cells of a tab, and its hidden rows; Hostile for content beyond what a sheet may have."""
    follower = _Tab(tab)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = follower.start
    follower.repeat = 1
    with path.open("rb") as file:
        entry = next((e for e in zipfile.ZipFile(file).infolist() if e.filename == "content.xml"), None)
        if entry is None:
            raise Hostile("The file has no table.", "Save it again as .xlsx or .csv.")
        for chunk in inflated(file, entry):
            parser.Parse(chunk)
    return [formula_told(column, row) for column, row in follower.formulas], follower.hidden
