"""A stream that breaks leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from bulk_orders.storage.streams import sink_parquet


def _broken() -> Iterator[pl.DataFrame]:
    yield pl.DataFrame({"a": ["x"] * 100})
    raise ValueError("the source is not what it was")


def test_a_file_that_was_removed_after_a_failure_does_not_come_back(tmp_path: Path) -> None:
    """One in two hundred did, where the sink opened it by its name."""
    for number in range(1_000):
        path = tmp_path / f"{number}.tmp"
        with pytest.raises(ValueError, match="not what it was"):
            sink_parquet(path, _broken(), {})
        path.unlink(missing_ok=True)
    time.sleep(0.2)
    assert list(tmp_path.iterdir()) == []
