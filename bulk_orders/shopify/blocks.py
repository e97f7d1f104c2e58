"""A file of lines in blocks of bounded size, each of whole lines."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bulk_orders.shopify.arriving import Arriving
from bulk_orders.shopify.bulk import BulkFailed

BLOCK_BYTES = 16 << 20
"""Large enough to keep both cores busy, small enough that some blocks in memory at once do not matter."""
LINE = "line"


@dataclass(frozen=True, slots=True)
class Block:
    """The bytes from `start` to `end`, whose first line is the file's line number `first` (counted from 1)."""

    start: int
    end: int
    first: int

    def read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            file.seek(self.start)
            data = file.read(self.end - self.start)
        return data.removeprefix(codecs.BOM_UTF8) if self.start == 0 else data

    def lines(self, path: Path) -> pl.DataFrame:
        """LINE: its lines that are not blank."""
        return lines_of(self.read(path))


def lines_of(data: bytes) -> pl.DataFrame:
    """LINE, without blank lines.

    In many chunks, as polars reads them: what is done line by line then runs on every core and stays in its cache.
    """
    if not data:
        return pl.DataFrame(schema={LINE: pl.String})
    try:
        lines = pl.read_lines(io.BytesIO(data), name=LINE)
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
    start, first, wanted = 0, 1, size
    while True:
        whole = arriving is None or arriving.wait(start + wanted)
        data = _read(path, start, wanted)
        last = whole and len(data) < wanted
        end = len(data) if last else data.rfind(b"\n") + 1
        if end:
            yield Block(start, start + end, first)
            first += data.count(b"\n", 0, end)
            start += end
            wanted = size
        else:
            wanted *= 2  # a line longer than that
        if last:
            return


def _read(path: Path, start: int, size: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
