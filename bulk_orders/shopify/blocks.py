"""A file of lines in blocks of bounded size, each of whole lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

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
            return file.read(self.end - self.start)

    def lines(self, path: Path) -> pl.DataFrame:
        """LINE: its lines that are not blank."""
        return lines_of(self.read(path))


def lines_of(data: bytes) -> pl.DataFrame:
    """LINE, without blank lines.

    In many chunks, as polars reads them: what is done line by line then runs on every core and stays in its cache.
    """
    if not data:
        return pl.DataFrame(schema={LINE: pl.String})
    return pl.read_lines(io.BytesIO(data), name=LINE).filter(pl.col(LINE).str.strip_chars() != "")


def blocks_of(path: Path, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """The file in blocks of about `size` bytes; a longer line makes a longer block."""
    start, first = 0, 1
    with path.open("rb") as file:
        while data := file.read(size):
            end = start + len(data) + len(file.readline())
            yield Block(start, end, first)
            first += data.count(b"\n") + 1
            start = end
