"""What check and the comparison with the base cost for a sheet of any size: the offline part of a plan.

Orders of a store in a box are repeated under new ids and names; one row in a thousand is edited. Each size runs in a
process of its own, which is measured whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from world import World

from bulk_orders.storage.bases import read_base, write_base
from bulk_orders.storage.files import write_sheet

_FEW = [
    "ID",
    "Name",
    "Export: ID",
    "Row #",
    "Top Row",
    "Action",
    "Tags",
    "Note",
    "Email",
    "Phone",
    "Closed At",
    "Payment: Status",
    "Order Fulfillment Status",
    "Price: Total",
    "Currency",
    "Created At",
]
"""What somebody exports who has a million orders."""
_AT_ONCE = 100_000


def make(folder: Path, rows: int, *, every_column: bool = False) -> Path:
    """A sheet of `rows` orders with its base in `folder`/state; every thousandth has a new tag."""
    world = World(folder, orders=1000)
    exported = world.export("seed.csv", rows="orders")
    base = read_base(world.home, exported.export_id)
    assert base is not None
    times = -(-rows // base.frame.height)
    parts = [_renamed(base.frame, number) for number in range(times)]
    whole = pl.concat(parts).head(rows)
    write_base(
        world.home,
        exported.export_id,
        base.shop,
        base.made_at,
        (whole[at : at + _AT_ONCE] for at in range(0, rows, _AT_ONCE)),
    )
    shown = [header for header in whole.columns if not header.startswith("_")]
    few = shown if every_column else [header for header in _FEW if header in shown]
    edited = whole.select(few).with_columns(
        pl.when(pl.int_range(pl.len()) % 1000 == 0)
        .then(pl.concat_str(pl.col("Tags").fill_null("bench"), pl.lit(", edited")))
        .otherwise("Tags")
        .alias("Tags")
    )
    path = folder / "orders.csv"
    write_sheet(path, edited)
    return path


def _renamed(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    """The same orders, as others."""
    return frame.with_columns(
        (pl.col("_order").cast(pl.Int64) + 40_000_000 * number).cast(pl.String).alias("_order"),
        pl.concat_str(pl.col("Name"), pl.lit(f"-{number}")).alias("Name"),
    ).with_columns(pl.concat_str(pl.lit("gid://shopify/Order/"), pl.col("_order")).alias("ID"))


def measure(path: Path) -> dict[str, float]:
    """Check a sheet in this process: seconds of the wall and of the processors, peak in MB, edits found."""
    from bulk_orders.flows.check_sheet import check_sheet

    began, cpu = time.perf_counter(), time.process_time()
    checked = check_sheet(path, path.parent / "state")
    return {
        "orders": len(checked.differences.orders),
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """`python -m bench.planning [--rows N] [--every-column]`."""
    parser = argparse.ArgumentParser(description="What the offline part of a plan costs.")
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--every-column", action="store_true")
    parser.add_argument("--measure", type=Path)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return
    for rows in chosen.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = make(Path(folder), rows, every_column=chosen.every_column)
            command = [sys.executable, "-m", "bench.planning", "--measure", str(path)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            assert told["orders"] == -(-rows // 1000), told
            print(
                f"{rows:9,} rows, {path.stat().st_size / 1e6:5.0f} MB: {told['seconds']:5.1f} s "
                f"({told['cpu']:5.1f} s of the processors), {told['peak_mb']:5.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
