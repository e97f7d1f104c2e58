"""What the state folder keeps: which base snapshots there are, without reading the orders in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

_KEY = "bulk_orders"


@dataclass(frozen=True, slots=True)
class KeptBase:
    """One base snapshot, as its own metadata tell."""

    path: Path
    export_id: str
    shop: str
    made_at: datetime


def kept_bases(home: Path) -> list[KeptBase]:
    """The base snapshots of a state folder, oldest first; a file that tells nothing of itself is passed over."""
    return sorted(_read(home / "bases"), key=lambda base: (base.made_at, base.export_id))


def _read(folder: Path) -> Iterator[KeptBase]:
    for path in folder.glob("x-*.parquet"):
        try:
            about = json.loads(pl.read_parquet_metadata(path)[_KEY])
            yield KeptBase(path, about["export_id"], about["shop"], datetime.fromisoformat(about["made_at"]))
        except (pl.exceptions.PolarsError, OSError, KeyError, ValueError, TypeError):
            continue
