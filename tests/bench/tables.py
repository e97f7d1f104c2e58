"""A bulk result to two tables, ours beside other ways: the same file, the same rows, each run in a process of its own.

One row per line item and one per fulfillment. Every way's rows are compared by a digest with those of plain Python, so
nobody is fast by leaving something out. The ways take turns; medians count, and only their ratios are quoted.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import polars as pl

from bench import peers
from bench.generate import Made, generate
from bench.measuring import Goal, Run, goals_table, median, python_with, run
from bulk_orders.ahead import ahead
from bulk_orders.core.columns import COLUMNS, Level
from bulk_orders.core.fields import steps_of
from bulk_orders.core.layout import Rows, sheet_rows
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.decoded import ExportFrames
from bulk_orders.shopify.jsonl import read_export

OURS = "bulk-orders"
_PEERS = Path(peers.__file__)
_IN_FILE = frozenset((
    "Created At", "Email", "Tags", "Note", "Payment: Status", "Order Fulfillment Status", "Price: Total", "Currency",
    "Shipping: First Name", "Shipping: Last Name", "Shipping: Address 1", "Shipping: Zip", "Shipping: City",
    "Shipping: Country Code", "Fulfillment: Tracking URL",
))  # fmt: skip
"""What somebody who wants these tables would ask for besides."""
AIMS = {"json + csv": 0.30, "tap-shopify": 0.33, "Airbyte": 0.18, "DuckDB": 0.85}
"""Time over that of the peer, at the most."""


def _but(headers: frozenset[str]) -> frozenset[str]:
    """All fields but those of these columns, as the export takes what a shop does not give."""
    kinds = {Level.ORDER: "Order", Level.ROW: "Order", Level.FULFILLMENT: "Fulfillment", Level.LINE: "LineItem"}
    return frozenset(
        ".".join([kinds[column.level], *(step.name for step in steps_of(column.source))])
        for column in COLUMNS
        if column.source and column.header not in headers
    )


_TABLES = frozenset(peers.LINES) | frozenset(peers.FULFILLMENTS)
WITHOUT_IN_FILE = _but(_TABLES | _IN_FILE)
_WITHOUT = _but(_TABLES)


def ours(made: Made, folder: Path) -> None:
    """By the reader and the layout of `export`, asked for these columns."""
    result = BulkResult("gid://b/1", None, made.objects, made.roots, made.size)
    blocks = read_export(made.path, result, lines=True, unavailable=_WITHOUT, folder=folder)
    with (folder / "lines.csv").open("wb") as lines, (folder / "fulfillments.csv").open("wb") as parcels:
        for number, (of_lines, of_parcels) in enumerate(ahead(_tables, blocks)):
            _append(lines, of_lines, first=number == 0)
            _append(parcels, of_parcels, first=number == 0)


def _tables(block: ExportFrames) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        _table(block, Rows.LINES, peers.LINES, "Line: ID"),
        _table(block, Rows.FULFILLMENTS, peers.FULFILLMENTS, "Fulfillment: ID"),
    )


def _table(block: ExportFrames, rows: Rows, headers: tuple[str, ...], key: str) -> pl.DataFrame:
    frame = sheet_rows(block.orders, block.lines, rows, "x")
    return frame.filter(pl.col(key).is_not_null()).select(headers)


def _append(file: IO[bytes], frame: pl.DataFrame, *, first: bool) -> None:
    frame.write_csv(file, include_header=first)


def digest(folder: Path) -> tuple[int, str]:
    """How many rows both tables have, and the sum of the rows' hashes: their order does not count."""
    count, total = 0, 0
    for name in ("lines.csv", "fulfillments.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                total += int.from_bytes(hashlib.blake2b("\x1f".join(row).encode(), digest_size=16).digest())
                count += 1
    return count, f"{total % (1 << 128):032x}"


def once(way: str, python: Path, made: Made) -> Run:
    """One way in a process of its own; what it wrote is digested and thrown away."""
    with tempfile.TemporaryDirectory(dir=made.path.parent) as folder:
        command: list[object] = [python, _PEERS, way, made.path, folder]
        if way == OURS:
            facts = json.dumps([str(made.path), made.objects, made.roots, made.size])
            command = [python, "-m", "bench.tables", "--child", facts, folder]
        ran = run(command)
        ran.more["digest"] = digest(Path(folder))
        return ran


def ways(folders: list[Path]) -> dict[str, Path]:
    """The ways that can run here, and the Python that runs each: a peer's is where its package is installed."""
    found = {OURS: Path(sys.executable)}
    for way in peers.WAYS:
        if (python := python_with(peers.NEEDS.get(way), folders)) is not None:
            found[way] = python
    return found


def compare(made: Made, chosen: dict[str, Path], runs: int) -> dict[str, Run]:
    """Every way in turn, `runs` times; medians. Fails where one's rows are not those of plain Python."""
    found: dict[str, list[Run]] = {way: [] for way in chosen}
    for _ in range(runs):
        for way, python in chosen.items():
            found[way].append(once(way, python, made))
    right = found["json + csv"][0].more
    wrong = [way for way, ran in found.items() if any(each.more != right for each in ran)]
    assert not wrong, f"other rows than those of plain Python: {', '.join(wrong)}"
    return {way: median(ran) for way, ran in found.items()}


def report(made: Made, medians: dict[str, Run]) -> Iterator[str]:
    """The table."""
    size, mine = made.size / 1e6, medians[OURS].seconds
    what = f"{size:,.0f} MB, {made.roots:,} orders, {made.objects:,} lines"
    yield f"| {what} | MB/s | our time over its | CPU s | peak MB |"
    yield "|---|---|---|---|---|"
    for way, told in sorted(medians.items(), key=lambda pair: pair[1].seconds):
        ratio = f"{size / told.seconds:.0f} | {mine / told.seconds:.2f}"
        yield f"| {way} | {ratio} | {told.cpu:.1f} | {told.peak_mb:,.0f} |"


def goals(medians: dict[str, Run]) -> Iterator[Goal]:
    """The ratios that performance has to have."""
    for way, aim in AIMS.items():
        if way in medians:
            ratio = medians[OURS].seconds / medians[way].seconds
            yield Goal(f"JSONL to two tables: time over {way}", ratio, most=aim)


def scattered(folder: Path, orders: int, runs: int) -> Goal:
    """The worst file that Shopify's ungrouped results allow beside the same orders grouped: time and rows."""
    files = [
        generate(folder / f"{name}.jsonl", orders, scattered=name == "scattered", without=WITHOUT_IN_FILE)
        for name in ("grouped", "scattered")
    ]
    ran = [[once(OURS, Path(sys.executable), made) for made in files] for _ in range(runs)]
    assert len({each.more["digest"] for pair in ran for each in pair}) == 1, "other rows where children stand apart"
    ratio = statistics.median(apart.seconds / together.seconds for together, apart in ran)
    return Goal("the same, every line item after the last order: time over grouped", ratio, most=1.25)


def measure(orders: int, runs: int, folders: list[Path]) -> tuple[str, list[Goal]]:
    """The table, and the goals."""
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder) / "orders.jsonl", orders, without=WITHOUT_IN_FILE)
        medians = compare(made, ways(folders), runs)
        made.path.unlink()
        return "\n".join(report(made, medians)), [*goals(medians), scattered(Path(folder), orders, runs)]


def main() -> None:
    """`python -m bench.tables [--orders N] [--runs N] [--peers FOLDER ...]`; the folders are virtual environments."""
    parser = argparse.ArgumentParser(description="A bulk result to two tables, beside other ways.")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=Path, nargs="*", default=[])
    parser.add_argument("--child", nargs=2)
    chosen = parser.parse_args()
    if chosen.child:
        facts, into = chosen.child
        path, *counts = json.loads(facts)
        made = Made(Path(path), *counts)
        print(peers.measured(lambda _, folder: ours(made, folder), made.path, Path(into)))
        return
    table, reached = measure(chosen.orders, chosen.runs, chosen.peers)
    print(table, goals_table(reached), sep="\n\n")


if __name__ == "__main__":
    main()
