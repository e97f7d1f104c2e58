"""Children that do not stand in the block of their parent, on their way there.

Shopify's ungrouped results may put a child anywhere after its parent, in the worst case all of them at the end. They
wait in memory while they are few, then on disk, sorted by the block of their parent; each says in which block it
stood, so that the file's order can be restored.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import polars as pl

_HELD_BYTES = 16 << 20
"""Packed: some eight times that when they are sorted."""
PARENT = "_parent"
_FROM = "_from"
_TO = "_to"


class Strays:
    """Takes children as they come, and gives each block those of its own; any number of threads may take."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[bytes] = []
        self._size = 0
        self._waiting: list[Path] = []
        self._table = _Table(())
        self._sent: dict[int, list[pl.DataFrame | Path]] = defaultdict(list)
        self._files = 0

    def add(self, block: int, children: pl.DataFrame, ids: Sequence[pl.Series]) -> None:
        """Take children that stand in this block, with their order's number as PARENT.

        `ids` are the orders of each block so far.
        """
        if not children.height:
            return
        self._held.append(_packed(children.with_columns(pl.lit(block, pl.Int32).alias(_FROM))))
        self._size += len(self._held[-1])
        if self._size > _HELD_BYTES:
            self._wait(self._send(self._held_ones(), ids, keep=False))

    def settle(self, ids: Sequence[pl.Series]) -> int:
        """Send every child that still waits, all orders being known; how many have no parent."""
        orphans = self._send(self._held_ones(), ids, keep=not self._files).height if self._held else 0
        for path in self._waiting:
            orphans += self._send(pl.read_ipc(path), ids, keep=False).height
            path.unlink()
        return orphans

    def take(self, block: int) -> tuple[pl.DataFrame, pl.DataFrame] | None:
        """The children of a block that stood before it and those that stood after it, in the file's order.

        None if there are none.
        """
        parts = self._sent.pop(block, None)
        if parts is None:
            return None
        came = pl.concat([part if isinstance(part, pl.DataFrame) else _read(part) for part in parts])
        came = came.sort(_FROM, maintain_order=True)
        before, after = pl.col(_FROM) < block, pl.col(_FROM) > block
        return came.filter(before).drop(_FROM, PARENT), came.filter(after).drop(_FROM, PARENT)

    def _held_ones(self) -> pl.DataFrame:
        held = pl.concat([pl.read_ipc(packed) for packed in self._held])
        self._held, self._size = [], 0
        return held

    def _send(self, children: pl.DataFrame, ids: Sequence[pl.Series], *, keep: bool) -> pl.DataFrame:
        """Put each child with its parent's block, in memory if it is to `keep`; whose parent is not known come back."""
        if len(self._table.ids) != len(ids):
            self._table = _Table(tuple(ids))
        placed = children.with_columns(self._table.block_of(children[PARENT]).alias(_TO))
        for (block,), part in placed.drop_nulls(_TO).partition_by(_TO, as_dict=True, include_key=False).items():
            self._sent[int(str(block))].append(part if keep else self._written(part))
        return placed.filter(pl.col(_TO).is_null()).drop(_TO)

    def _wait(self, children: pl.DataFrame) -> None:
        if children.height:
            self._waiting.append(self._written(children))

    def _written(self, children: pl.DataFrame) -> Path:
        self._files += 1
        path = self._folder / f"strays-{self._files}.ipc"
        children.write_ipc(path, compression="lz4")
        return path


def _packed(children: pl.DataFrame) -> bytes:
    """As a file would hold them: a few rows out of a frame keep the text of all its rows in memory."""
    file = io.BytesIO()
    children.write_ipc(file, compression="lz4")
    return file.getvalue()


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_ipc(path)
    path.unlink()
    return frame


class _Table:
    """In which block an order stands, by its number."""

    def __init__(self, ids: tuple[pl.Series, ...]) -> None:
        self.ids = ids
        blocks = [pl.select(pl.repeat(at, len(some), dtype=pl.Int32)).to_series() for at, some in enumerate(ids)]
        empty = pl.DataFrame({"order": pl.Series([], dtype=pl.Int64), "block": pl.Series([], dtype=pl.Int32)})
        parts = [pl.DataFrame({"order": some, "block": at}) for some, at in zip(ids, blocks, strict=True)]
        self._orders = pl.concat([empty, *parts]).sort("order")

    def block_of(self, parents: pl.Series) -> pl.Series:
        """The block of each parent, null where it is in none."""
        if not self._orders.height:
            return pl.Series("block", [None] * len(parents), pl.Int32)
        at = self._orders["order"].search_sorted(parents).clip(0, self._orders.height - 1)
        found = self._orders[at]
        return pl.select(pl.when(found["order"] == parents).then(found["block"]).alias("block")).to_series()
