"""Base snapshots: what each export wrote, kept so that later edits can be told from older values.

One Parquet file per export, named by its id; what it was made of stands in the file's own metadata, so that there is
nothing to come apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from bulk_orders.core.diff import Base
from bulk_orders.errors import StorageError
from bulk_orders.storage.atomic import make_folder, replacing
from bulk_orders.storage.streams import sink_parquet

_ID = re.compile(r"x-\d{8}-\d{6}-[0-9a-f]{6}-[a-z0-9-]{1,24}")
_KEY = "bulk_orders"


def new_export_id(now: datetime, random_hex: str, host: str) -> str:
    """`x-`, when, six random hex digits and on which machine: a lost base can be looked for there."""
    place = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:24].strip("-") or "host"
    return f"x-{now:%Y%m%d-%H%M%S}-{random_hex[:6]}-{place}"


def made_where(export_id: str) -> str | None:
    """When and on which machine an export was made, as its id says; None if it is no export id."""
    if not _ID.fullmatch(export_id):
        return None
    _, day, hour, _, place = export_id.split("-", 4)
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {hour[:2]}:{hour[2:4]} UTC on {place}"


def made_when(export_id: str) -> datetime | None:
    """When an export was made, as its id says, in UTC; None if it is no export id."""
    if not _ID.fullmatch(export_id):
        return None
    try:
        return datetime.strptime(export_id[2:17], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _path(home: Path, export_id: str) -> Path:
    return home / "bases" / f"{export_id}.parquet"


def write_base(home: Path, export_id: str, shop: str, made_at: str, frames: Iterable[pl.DataFrame]) -> Path:
    """Keep the snapshot of an export, whose rows come in frames of one schema; only if all of them come."""
    path = _path(home, export_id)
    make_folder(path.parent)
    about = {"export_id": export_id, "shop": shop, "made_at": made_at}
    with replacing(path) as temporary:
        sink_parquet(temporary, frames, {_KEY: json.dumps(about)})
    return path


def scan_base(path: Path) -> pl.LazyFrame:
    """The rows of a snapshot, to be read in blocks."""
    return pl.scan_parquet(path)


def read_base(home: Path, export_id: str, headers: Collection[str] | None = None) -> Base | None:
    """The snapshot of an export; None if this state folder has none of that id.

    With `headers` only those of its columns, besides the names and the keys of its rows.
    """
    if not _ID.fullmatch(export_id):
        return None
    path = _path(home, export_id)
    if not path.exists():
        return None
    try:
        about = json.loads(pl.read_parquet_metadata(path)[_KEY])
        there = pl.read_parquet_schema(path)
        columns = [name for name in there if headers is None or name in {"Name", *headers} or name.startswith("_")]
        return Base(export_id, pl.read_parquet(path, columns=columns), about["shop"], about["made_at"])
    except (pl.exceptions.PolarsError, OSError, KeyError, ValueError) as error:
        raise StorageError(
            f"The base snapshot {path} cannot be read.", fix="Export again, and redo the edits in the new sheet."
        ) from error
