"""Frames that come one after another -> one Parquet file, and back, without ever being in memory together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from bulk_orders.ahead import ahead

_ROWS_TOGETHER = 20_000
"""Rows that are read back together: with a hundred columns of text, more would not stay small in memory."""


def sink_parquet(path: Path, frames: Iterable[pl.DataFrame], metadata: dict[str, str]) -> None:
    """Write frames of one schema (at least one, if only empty) in their order.

    What `frames` raises comes through as it is: polars would wrap it. The file is opened here: where the sink opens it
    by its name, it may still do so after it has failed, and leave half a file that was removed already.
    """
    coming = iter(frames)
    first = next(coming)
    raised: list[BaseException] = []

    def source(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,  # noqa: ARG001 - polars hands these over; a sink asks for everything
        n_rows: int | None,  # noqa: ARG001
        batch_size: int | None,  # noqa: ARG001
    ) -> Iterator[pl.DataFrame]:
        try:
            for frame in itertools.chain([first], coming):
                yield frame if with_columns is None else frame.select(with_columns)
        except BaseException as error:
            raised.append(error)
            raise

    whole = register_io_source(source, schema=first.schema)
    try:
        with path.open("wb") as file:
            whole.sink_parquet(file, metadata=metadata, maintain_order=True, row_group_size=_ROWS_TOGETHER)
    except pl.exceptions.PolarsError:
        if raised:
            raise raised[0] from None
        raise


def slices(cells: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The rows of a lazy frame some thousands at a time, in their order; at least one frame, if only an empty one.

    A streaming sink would hold ten times as much of a wide sheet in memory.
    """
    height = int(cells.select(pl.len()).collect().item())
    starts = range(0, max(1, height), _ROWS_TOGETHER)
    yield from ahead(lambda start: cells.slice(start, _ROWS_TOGETHER).collect(), starts)
