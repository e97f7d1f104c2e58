"""Frames of an export from when they are decoded until their turn comes: in memory while they are few, then on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

_HELD_BYTES = 64 << 20
"""By the estimate of polars: what is really held is up to twice that."""


@dataclass(frozen=True, slots=True)
class ExportFrames:
    """Orders that stand together in the file: a column for each field that was asked for.

    `lines` are the line items of these orders alone, with `__parentId`; None if not asked for.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame | None


class Decoded:
    """Takes the frames of each block as they come, and gives each back once. Any number of threads may take."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[ExportFrames | None] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._held)

    def add(self, frames: ExportFrames) -> None:
        """Those of the next block."""
        parts = _parts(frames)
        size = sum(int(part.estimated_size()) for part in parts)
        if self._size + size <= _HELD_BYTES:
            self._size += size
            self._held.append(frames)
            return
        for number, part in enumerate(parts):
            part.write_ipc(self._path(len(self._held), number), compression="lz4")
        self._held.append(None)

    def take(self, at: int) -> ExportFrames:
        """Those of the block numbered `at`."""
        frames = self._held[at]
        if frames is not None:
            self._held[at] = None
            return frames
        orders, *lines = (self._read(at, number) for number in range(2) if self._path(at, number).exists())
        return ExportFrames(orders, lines[0] if lines else None)

    def _read(self, at: int, number: int) -> pl.DataFrame:
        path = self._path(at, number)
        frame = pl.read_ipc(path)
        path.unlink()
        return frame

    def _path(self, at: int, number: int) -> Path:
        return self._folder / f"decoded-{at}-{number}.ipc"


def _parts(frames: ExportFrames) -> list[pl.DataFrame]:
    return [frames.orders] if frames.lines is None else [frames.orders, frames.lines]
