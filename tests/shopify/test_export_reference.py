"""The block-wise export against the slow and obvious one, cell by cell, on results of every order of lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.generate import generate
from bench.reference import checksum, rows_of, write_csv

from bulk_orders.core.cells import guard
from bulk_orders.core.layout import Rows, chosen, sheet_rows
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.jsonl import read_export
from bulk_orders.storage.bases import scan_base, write_base
from bulk_orders.storage.files import write_sheet


@pytest.mark.parametrize("scattered", [False, True], ids=["grouped", "children last"])
@pytest.mark.parametrize("rows", list(Rows))
def test_every_cell_is_that_of_the_obvious_way(tmp_path: Path, rows: Rows, scattered: bool) -> None:
    lines = rows is Rows.LINES
    made = generate(tmp_path / "x.jsonl", 1_500, lines=lines, scattered=scattered)
    result = BulkResult("gid://b/1", None, made.objects, made.roots, made.size)
    blocks = read_export(made.path, result, lines=lines, unavailable=frozenset(), folder=tmp_path, block_bytes=1 << 20)
    frames = (sheet_rows(block.orders, block.lines, rows, "x-1") for block in blocks)
    base = scan_base(write_base(tmp_path, "x-20260101-000000-abcdef-vm", "shop", "now", frames))
    write_sheet(tmp_path / "ours.csv", base.select(chosen(base.collect_schema().names(), None)))
    write_csv(tmp_path / "obvious.csv", rows_of(made.path, rows, "x-1"), guard)
    count, digest = checksum(tmp_path / "obvious.csv")
    assert count > 1_500 or rows is Rows.ORDERS
    assert checksum(tmp_path / "ours.csv") == (count, digest)
