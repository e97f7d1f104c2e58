"""A bulk result to a sheet, our way beside the ways that people write: each in a process of its own, in turn.

Ours makes every column and keeps the base snapshot besides; a checksum of every cell against the slow and obvious way
(bench.reference) is the judge. The peers make twelve columns of the orders alone, as one would first write it: less
work than ours, and no join.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.generate import Made, generate
from bench.reference import checksum, plain_json, rows_of, write_csv

EXPORT_ID = "x-20260101-000000-abcdef-bench"
_FLAT = ("id", "name", "createdAt", "updatedAt", "closedAt", "cancelledAt", "cancelReason", "note", "email", "phone")
_FLAT_MONEY = ("netPaymentSet", "totalPriceSet")


def ours(made: Made, folder: Path) -> Path:
    """As `export` does it, from the file on."""
    from bulk_orders.core.layout import Rows, chosen, sheet_rows
    from bulk_orders.shopify.bulk import BulkResult
    from bulk_orders.shopify.jsonl import read_export
    from bulk_orders.storage.bases import scan_base, write_base
    from bulk_orders.storage.files import write_sheet

    result = BulkResult("gid://b/1", None, made.objects, made.roots, made.size)
    blocks = read_export(made.path, result, lines=False, unavailable=frozenset(), folder=folder)
    frames = (sheet_rows(block.orders, block.lines, Rows.FULFILLMENTS, EXPORT_ID) for block in blocks)
    base = scan_base(write_base(folder, EXPORT_ID, "shop", "now", frames))
    target = folder / "ours.csv"
    write_sheet(target, base.select(chosen(base.collect_schema().names(), None)))
    return target


def obvious(made: Made, folder: Path) -> Path:
    """json + csv, every column: the judge, not a peer."""
    from bulk_orders.core.cells import guard
    from bulk_orders.core.layout import Rows

    target = folder / "obvious.csv"
    write_csv(target, rows_of(made.path, Rows.FULFILLMENTS, EXPORT_ID, plain_json), guard)
    return target


def with_json(made: Made, folder: Path) -> Path:
    """The standard library."""
    return _by_lines(made, folder / "json.csv", json.loads)


def with_orjson(made: Made, folder: Path) -> Path:
    """The fastest parser that PyPI has, with the standard library's csv."""
    import orjson  # type: ignore[import-not-found,unused-ignore]

    return _by_lines(made, folder / "orjson.csv", orjson.loads)


def _by_lines(made: Made, target: Path, loads: Callable[[bytes], dict[str, Any]]) -> Path:
    with made.path.open("rb") as lines, target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_FLAT, *_FLAT_MONEY])
        for line in lines:
            node = loads(line)
            if "__parentId" not in node:
                money = [node[name]["shopMoney"]["amount"] for name in _FLAT_MONEY if node.get(name)]
                writer.writerow([*(node.get(name) for name in _FLAT), *money])
    return target


def with_duckdb(made: Made, folder: Path) -> Path:
    """DuckDB's read_json with explicit columns."""
    import duckdb  # type: ignore[import-not-found,unused-ignore]

    target = folder / "duckdb.csv"
    money = "STRUCT(shopMoney STRUCT(amount VARCHAR, currencyCode VARCHAR))"
    columns = dict.fromkeys(_FLAT, "VARCHAR") | dict.fromkeys(_FLAT_MONEY, money)
    shown = [*_FLAT, *(f"{name}.shopMoney.amount AS {name}" for name in _FLAT_MONEY)]
    with duckdb.connect() as db:
        db.execute(
            f"COPY (SELECT {', '.join(shown)} FROM read_json('{made.path}', format='newline_delimited', "
            f"columns={columns}, maximum_object_size=100000000)) TO '{target}' (HEADER)"
        )
    return target


def with_pandas(made: Made, folder: Path) -> Path:
    """pandas, in pieces that fit."""
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]

    target = folder / "pandas.csv"
    with target.open("w", encoding="utf-8") as file:
        for number, part in enumerate(pd.read_json(made.path, lines=True, dtype=str, chunksize=20_000)):
            flat = part[[name for name in _FLAT if name in part]].copy()
            for name in _FLAT_MONEY:
                flat[name] = [bag["shopMoney"]["amount"] if isinstance(bag, dict) else None for bag in part[name]]
            flat.to_csv(file, index=False, header=number == 0)
    return target


WAYS: dict[str, Callable[[Made, Path], Path]] = {
    "bulk-orders": ours,
    "json + csv, 12 columns": with_json,
    "orjson + csv, 12 columns": with_orjson,
    "DuckDB, 12 columns": with_duckdb,
    "pandas, 12 columns": with_pandas,
}


def _child(way: str, made: Made, folder: Path) -> dict[str, float]:
    """One run in this process, measured whole."""
    began = time.perf_counter()
    WAYS[way](made, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def _run(way: str, made: Made) -> dict[str, float]:
    facts = json.dumps([str(made.path), made.objects, made.roots, made.size])
    with tempfile.TemporaryDirectory(dir=made.path.parent) as folder:
        command = [sys.executable, "-m", "bench.exporting", "--child", way, facts, folder]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        told: dict[str, float] = json.loads(ran.stdout)
        return told


def same_cells(made: Made) -> bool:
    """Whether our sheet is the obvious one, cell by cell."""
    with tempfile.TemporaryDirectory(dir=made.path.parent) as folder:
        return checksum(ours(made, Path(folder))) == checksum(obvious(made, Path(folder)))


_NEEDS = {"orjson + csv, 12 columns": "orjson", "DuckDB, 12 columns": "duckdb", "pandas, 12 columns": "pandas"}


def _there(way: str) -> bool:
    return way not in _NEEDS or importlib.util.find_spec(_NEEDS[way]) is not None


def compare(orders: int, runs: int) -> list[str]:
    """The table, line by line: medians, and their ratio to the obvious way."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder) / "orders.jsonl", orders, lines=False)
        assert same_cells(generate(Path(folder) / "some.jsonl", min(orders, 500), lines=False)), "the sheets differ"
        ways = [way for way in WAYS if _there(way)]
        found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(runs):
            for way in ways:
                found[way].append(_run(way, made))
        median = {
            way: {key: statistics.median(run[key] for run in ran) for key in ran[0]} for way, ran in found.items()
        }
        base = median["json + csv, 12 columns"]["seconds"]
        size = made.size / 1e6
        lines.append(f"| {size:,.0f} MB of JSONL, {orders:,} orders | MB/s | time over json + csv | CPU s | peak MB |")
        lines.append("|---|---|---|---|---|")
        for way, told in median.items():
            speed = f"{size / told['seconds']:.0f} | {told['seconds'] / base:.2f}"
            lines.append(f"| {way} | {speed} | {told['cpu']:.1f} | {told['peak_mb']:,.0f} |")
    return lines


def main() -> None:
    """`python -m bench.exporting [--orders N] [--runs N]`."""
    parser = argparse.ArgumentParser(description="A bulk result to a sheet, beside the ways that people write.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--child", nargs=3)
    chosen = parser.parse_args()
    if chosen.child:
        way, facts, folder = chosen.child
        path, *counts = json.loads(facts)
        print(json.dumps(_child(way, Made(Path(path), *counts), Path(folder))))
        return
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {chosen.runs} runs in turn")
    print("\n".join(compare(chosen.orders, chosen.runs)))


if __name__ == "__main__":
    main()
