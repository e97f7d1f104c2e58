"""A file of lines in blocks of bounded size, each of whole lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bulk_orders.shopify.arriving import Arriving
from bulk_orders.shopify.bulk import BulkFailed

BLOCK_BYTES = 16 << 20
"""Large enough to keep both cores busy, small enough that some blocks in memory at once do not matter."""
LINE = "line"
_TAIL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Block:
    """The bytes from `start` to `end` of a file: whole lines."""

    start: int
    end: int

    def lines(self, path: Path) -> pl.DataFrame:
        """LINE: its lines that are not blank."""
        data = _read(path, self.start, self.end - self.start)
        return lines_of(data.removeprefix(codecs.BOM_UTF8) if self.start == 0 else data)


def lines_of(data: bytes) -> pl.DataFrame:
    """LINE, without blank lines.

    In many chunks, as polars reads them: what is done line by line then runs on every core and stays in its cache.
    """
    if not data:
        return pl.DataFrame(schema={LINE: pl.String})
    try:
        lines = pl.read_lines(data, name=LINE)
    except pl.exceptions.PolarsError as error:
        raise BulkFailed("The result is no text.", fix="Run the same command again.") from error
    text = pl.col(LINE)
    if lines.select(text.str.starts_with("{").all()).item():
        return lines
    return lines.filter(text.str.strip_chars() != "")


def blocks_of(path: Path, size: int = BLOCK_BYTES, arriving: Arriving | None = None) -> Iterator[Block]:
    """The file in blocks of about `size` bytes; a longer line makes a longer block.

    With `arriving`, the file is read while it is being downloaded.
    """
    start, wanted = 0, size
    while True:
        whole = arriving is None or arriving.wait(start + wanted)
        there = min(path.stat().st_size if path.exists() else 0, start + wanted)
        last = whole and there < start + wanted
        end = there if last else _end_of_lines(path, start, there)
        if end > start:
            yield Block(start, end)
            start, wanted = end, size
        else:
            wanted *= 2  # a line longer than that
        if last:
            return


def _end_of_lines(path: Path, start: int, end: int) -> int:
    """Where the last line ends that ends in these bytes; `start` if none does. Looked for from the end."""
    while end > start:
        begin = max(start, end - _TAIL_BYTES)
        found = _read(path, begin, end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return start


def _read(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
