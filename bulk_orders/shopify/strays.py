"""Children that do not stand in the block of their parent, on their way there.

Shopify's ungrouped results may put a child anywhere after its parent, in the worst case all of them at the end. They
wait on disk, a file for each block, each line with the block in which it stood, so that the order can be restored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bulk_orders.shopify.blocks import LINE

_HELD_BYTES = 64 << 20
_DIGITS = 9
PARENT = "parent"
_FROM = "from"
_TO = "to"


class Strays:
    """Takes children as they come, and gives each block those of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[pl.DataFrame] = []
        self._size = 0
        self._waiting: list[Path] = []
        self._table = _Table(())

    def add(self, block: int, children: pl.DataFrame, ids: Sequence[pl.Series]) -> None:
        """Take children (LINE and PARENT) that stand in this block; `ids` are the orders of each block so far."""
        if not children.height:
            return
        self._held.append(children.with_columns(pl.lit(block, pl.Int32).alias(_FROM)))
        self._size += int(children[LINE].str.len_bytes().sum())
        if self._size > _HELD_BYTES:
            self._wait(self._send(self._held_ones(), ids))

    def settle(self, ids: Sequence[pl.Series]) -> int:
        """Send every child that still waits, all orders being known; how many have no parent."""
        orphans = self._send(self._held_ones(), ids).height if self._held else 0
        for path in self._waiting:
            orphans += self._send(pl.read_ipc(path), ids).height
            path.unlink()
        return orphans

    def joined(self, block: int, children: pl.DataFrame) -> pl.DataFrame:
        """The children of a block: those that stand in it and those that came from elsewhere, in the file's order."""
        path = self._path(block)
        if not path.exists():
            return children
        came = pl.read_lines(path, name=LINE)
        path.unlink()
        came = came.select(pl.col(LINE).str.head(_DIGITS).cast(pl.Int32).alias(_FROM), pl.col(LINE).str.slice(_DIGITS))
        came = came.sort(_FROM, maintain_order=True)
        before, after = came.filter(pl.col(_FROM) < block), came.filter(pl.col(_FROM) > block)
        return pl.concat([before.select(LINE), children, after.select(LINE)], rechunk=False)

    def _held_ones(self) -> pl.DataFrame:
        held = pl.concat(self._held)
        self._held, self._size = [], 0
        return held

    def _send(self, children: pl.DataFrame, ids: Sequence[pl.Series]) -> pl.DataFrame:
        """Append each child to its parent's block; those whose parent is not known come back."""
        if len(self._table.ids) != len(ids):
            self._table = _Table(tuple(ids))
        placed = children.with_columns(self._table.block_of(children[PARENT]).alias(_TO))
        marked = pl.concat_str(pl.col(_FROM).cast(pl.String).str.zfill(_DIGITS), LINE).alias(LINE)
        known = placed.drop_nulls(_TO).select(_TO, marked)
        for (block,), lines in known.partition_by(_TO, as_dict=True).items():
            with self._path(int(str(block))).open("ab") as file:
                lines.select(LINE).write_csv(file, include_header=False, quote_style="never")
        return placed.filter(pl.col(_TO).is_null()).drop(_TO)

    def _wait(self, children: pl.DataFrame) -> None:
        if children.height:
            path = self._folder / f"waiting-{len(self._waiting)}.ipc"
            children.write_ipc(path)
            self._waiting.append(path)

    def _path(self, block: int) -> Path:
        return self._folder / f"strays-{block}.txt"


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
