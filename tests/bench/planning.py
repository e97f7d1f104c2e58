"""What check and the comparison with the base cost for a sheet of any size: the offline part of a plan.

Orders of a store in a box are repeated under new ids and names; one row in a thousand is edited. Each size runs in a
process of its own, which is measured whole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from world import World

from bench import peers
from bench.measuring import Goal, Run, goals_table, median, python_with, run
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
OURS = "bulk-orders: check"


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


def check(path: Path) -> dict[str, float]:
    """Check a sheet in this process: seconds, seconds of comparing alone, peak in MB, edits found."""
    flow: Any = importlib.import_module("bulk_orders.flows.check_sheet")

    comparing = [0.0]
    find = flow.find_edits

    def timed(*args: Any) -> Any:
        began = time.perf_counter()
        found = find(*args)
        comparing[0] += time.perf_counter() - began
        return found

    flow.find_edits = timed
    began, cpu = time.perf_counter(), time.process_time()
    checked = flow.check_sheet(path, path.parent / "state")
    return {
        "cells": len(checked.differences.orders),
        "seconds": time.perf_counter() - began,
        "comparing": comparing[0],
        "cpu": time.process_time() - cpu,
        "peak_mb": peers.peak_mb(),
    }


def _as_csv(path: Path) -> Path:
    """The base of a sheet as a CSV of the same columns, which is what the peers compare it with."""
    header = pl.scan_csv(path, infer_schema=False).collect_schema().names()
    (base,) = (path.parent / "state").rglob("*.parquet")
    target = path.with_name("base.csv")
    write_sheet(target, pl.scan_parquet(base).select(header))
    return target


def measure(rows: int, runs: int, folders: list[Path]) -> tuple[str, list[Goal]]:
    """check, in turn with the ways to compare two files; medians."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), rows)
        base = _as_csv(path)
        edited = -(-rows // 1000)
        commands: dict[str, list[object]] = {OURS: [sys.executable, "-m", "bench.planning", "--child", path]}
        for way in peers.COMPARING:
            if (python := python_with(peers.NEEDS.get(way), folders)) is not None:
                commands[way] = [python, peers.__file__, way, path, base]
        ran: dict[str, list[Run]] = {way: [] for way in commands}
        for _ in range(runs):
            for way, command in commands.items():
                ran[way].append(run(command))
        assert all(each.more["cells"] == edited for some in ran.values() for each in some), "other edits were found"
        return _table(path, rows, {way: median(some) for way, some in ran.items()})


def _table(path: Path, rows: int, medians: dict[str, Run]) -> tuple[str, list[Goal]]:
    mine, plain = medians[OURS], medians["dict of rows"]
    lines = [f"| {rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB | s | CPU s | peak MB |", "|---|---|---|---|"]
    lines += [
        f"| {way} | {told.seconds:.1f} | {told.cpu:.1f} | {told.peak_mb:,.0f} |"
        for way, told in sorted(medians.items(), key=lambda pair: pair[1].seconds)
    ]
    lines.append(f"| of ours, comparing alone | {mine.more['comparing']:.1f} | | |")
    most, peak = (15, 2500) if rows > 100_000 else (2, 1000)
    return "\n".join(lines), [
        Goal(f"check of {rows:,} rows", mine.seconds, most=most, unit=" s"),
        Goal(f"check of {rows:,} rows: peak of the whole process", mine.peak_mb, most=peak, unit=" MB"),
        Goal(
            f"finding the edits of {rows:,} rows in memory: time over reading both files into a dict of rows",
            mine.more["comparing"] / plain.seconds,
            most=0.17,
        ),
    ]


def main() -> None:
    """`python -m bench.planning [--rows N ...] [--runs N] [--peers FOLDER ...]`."""
    parser = argparse.ArgumentParser(description="What the offline part of a plan costs.")
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=Path, nargs="*", default=[])
    parser.add_argument("--child", type=Path)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(check(chosen.child)))
        return
    for rows in chosen.rows:
        table, reached = measure(rows, chosen.runs, chosen.peers)
        print(table, goals_table(reached), sep="\n\n", flush=True)


if __name__ == "__main__":
    main()
