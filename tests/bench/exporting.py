"""A bulk result to the whole sheet and its base snapshot, as `export` makes them: time and memory by size.

A checksum of every cell against the slow and obvious way (bench.reference) is the judge.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.generate import Made, generate
from bench.measuring import Goal, Run, goals_table, run
from bench.peers import measured
from bench.reference import checksum, rows_of, write_csv

EXPORT_ID = "x-20260101-000000-abcdef-bench"


def ours(made: Made, folder: Path) -> Path:
    """Reader, layout, snapshot, sheet: every column, a row per fulfillment."""
    from bulk_orders.ahead import ahead
    from bulk_orders.core.layout import Rows, chosen, sheet_rows
    from bulk_orders.shopify.bulk import BulkResult
    from bulk_orders.shopify.jsonl import read_export
    from bulk_orders.storage.bases import scan_base, write_base
    from bulk_orders.storage.files import write_sheet

    result = BulkResult("gid://b/1", None, made.objects, made.roots, made.size)
    blocks = read_export(made.path, result, lines=False, unavailable=frozenset(), folder=folder)
    frames = ahead(lambda block: sheet_rows(block.orders, block.lines, Rows.FULFILLMENTS, EXPORT_ID), blocks)
    base = scan_base(write_base(folder, EXPORT_ID, "shop", "now", frames))
    target = folder / "ours.csv"
    write_sheet(target, base.select(chosen(base.collect_schema().names(), None)))
    return target


def obvious(made: Made, folder: Path) -> Path:
    """json + csv, every column: the judge."""
    from bulk_orders.core.cells import guard
    from bulk_orders.core.layout import Rows

    target = folder / "obvious.csv"
    write_csv(target, rows_of(made.path, Rows.FULFILLMENTS, EXPORT_ID), guard)
    return target


def same_cells(orders: int) -> bool:
    """Whether our sheet is the obvious one, cell by cell."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = generate(folder / "some.jsonl", orders, lines=False)
        return checksum(ours(made, folder)) == checksum(obvious(made, folder))


def sized(orders: int) -> tuple[Made, Run]:
    """One export of that many orders in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder) / "orders.jsonl", orders, lines=False)
        facts = json.dumps([str(made.path), made.objects, made.roots, made.size])
        return made, run([sys.executable, "-m", "bench.exporting", "--child", facts, folder])


def measure(sizes: list[int]) -> tuple[str, list[Goal]]:
    """The table by size; the goals on growth and memory."""
    assert same_cells(500), "the sheet is not that of the obvious way"
    ran = [sized(orders) for orders in sizes]
    rows = ["| orders | MB of JSONL | s | MB/s | CPU s | peak MB |", "|---|---|---|---|---|---|"]
    for made, told in ran:
        size = made.size / 1e6
        speed = f"{told.seconds:.1f} | {size / told.seconds:.0f}"
        rows.append(f"| {made.roots:,} | {size:,.0f} | {speed} | {told.cpu:.1f} | {told.peak_mb:,.0f} |")
    return "\n".join(rows), list(_goals(ran))


def _goals(ran: list[tuple[Made, Run]]) -> Iterator[Goal]:
    small, large = ran[0], ran[-1]
    yield Goal(f"export of {large[0].size / 1e9:.1f} GB: peak of the whole process", large[1].peak_mb, 1000, unit=" MB")
    if len(ran) > 1:
        times = large[1].seconds / small[1].seconds / (large[0].roots / small[0].roots)
        yield Goal("export: time per order over that of the smaller file", times, most=1.06)


def main() -> None:
    """`python -m bench.exporting [--orders N ...]`."""
    parser = argparse.ArgumentParser(description="A bulk result to the whole sheet, by size.")
    parser.add_argument("--orders", type=int, nargs="+", default=[140_000, 700_000])
    parser.add_argument("--child", nargs=2)
    chosen = parser.parse_args()
    if chosen.child:
        facts, into = chosen.child
        path, *counts = json.loads(facts)
        made = Made(Path(path), *counts)
        print(measured(lambda _, folder: ours(made, folder), made.path, Path(into)))
        return
    table, reached = measure(chosen.orders)
    print(table, goals_table(reached), sep="\n\n")


if __name__ == "__main__":
    main()
