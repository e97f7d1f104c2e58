"""The JSONL of a bulk export: joined by parent whatever the order, and believed only if it adds up."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bulk_orders.core.layout import Rows, sheet_rows
from bulk_orders.shopify.arriving import Arriving, Broken, Restarted
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.decoded import ExportFrames
from bulk_orders.shopify.jsonl import read_export
from bulk_orders.shopify.strays import _packed


def _order(at: int, /, **more: Any) -> dict[str, Any]:
    return {
        "__typename": "Order",
        "id": f"gid://shopify/Order/{at}",
        "name": f"#{at}",
        "note": None,
        "tags": [],
        "fulfillments": [],
        **more,
    }


def _line(number: int, parent: int, **more: Any) -> dict[str, Any]:
    return {
        "__typename": "LineItem",
        "id": f"gid://shopify/LineItem/{number}",
        "sku": f"S-{number}",
        "__parentId": f"gid://shopify/Order/{parent}",
        **more,
    }


def _write(path: Path, nodes: list[dict[str, Any]], *, end: str = "\n") -> BulkResult:
    """As Shopify writes it: slashes escaped, one object a line."""
    text = "".join(json.dumps(node).replace("/", "\\/") + end for node in nodes)
    path.write_bytes(text.encode())
    roots = sum("__parentId" not in node for node in nodes)
    return BulkResult("gid://b/1", "http://127.0.0.1/x", len(nodes), roots, path.stat().st_size)


def _blocks(
    path: Path, result: BulkResult, *, lines: bool = True, block: int = 1 << 24, arriving: Arriving | None = None
) -> Iterator[ExportFrames]:
    folder = path.parent / "waiting"
    folder.mkdir(exist_ok=True)
    return read_export(
        path, result, lines=lines, unavailable=frozenset(), folder=folder, arriving=arriving, block_bytes=block
    )


def _read(path: Path, result: BulkResult, *, lines: bool = True) -> ExportFrames:
    (frames,) = _blocks(path, result, lines=lines)
    return frames


def test_children_find_their_parents_wherever_they_stand(tmp_path: Path) -> None:
    nodes = [_order(n) for n in range(50)]
    nodes += [_line(n * 10 + k, n) for n in range(50) for k in range(n % 4)]
    random.Random(3).shuffle(nodes)
    path = tmp_path / "x.jsonl"
    frames = _read(path, _write(path, nodes))
    rows = sheet_rows(frames.orders, frames.lines, Rows.LINES, "x-1")
    found: dict[str, set[str]] = {}
    for name, sku in rows.select("Name", "Line: SKU").iter_rows():
        found.setdefault(name, set()).update({sku} - {None})
    assert found == {f"#{n}": {f"S-{n * 10 + k}" for k in range(n % 4)} for n in range(50)}
    assert rows.height == sum(max(1, n % 4) for n in range(50)), "an order without lines has a row too"


@pytest.mark.parametrize("block", [1, 300, 2_000, 50_000])
@pytest.mark.parametrize("how", ["grouped", "shuffled", "children last", "children first"])
@pytest.mark.parametrize("held", [0, 5_000, 1 << 26])
def test_blocks_of_any_size_give_the_same_sheet(
    tmp_path: Path, how: str, block: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever children stand, and whether what waits does so in memory or on disk."""
    monkeypatch.setattr("bulk_orders.shopify.strays._HELD_BYTES", held)
    monkeypatch.setattr("bulk_orders.shopify.decoded._HELD_BYTES", held)
    nodes = [node for n in range(40) for node in (_order(n), *(_line(n * 10 + k, n) for k in range(n % 4)))]
    if how == "shuffled":
        random.Random(5).shuffle(nodes)
    elif how != "grouped":
        nodes.sort(key=lambda node: ("__parentId" in node) == (how == "children last"))
    path = tmp_path / "x.jsonl"
    result = _write(path, nodes)
    whole = _read(path, result)
    expected = sheet_rows(whole.orders, whole.lines, Rows.LINES, "x-1")
    parts = [sheet_rows(f.orders, f.lines, Rows.LINES, "x-1") for f in _blocks(path, result, block=block)]
    assert len(parts) > 1 or block == 50_000
    assert pl.concat(parts).equals(expected)
    assert expected.select("Name", "Line: SKU").rows() == _by_hand(nodes)
    assert list((tmp_path / "waiting").iterdir()) == [], "what waited on disk is gone"


def _by_hand(nodes: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Slow and obvious: orders in the file's order, the lines of each in the file's order."""
    lines: dict[str, list[str]] = {}
    for node in nodes:
        if "__parentId" in node:
            lines.setdefault(node["__parentId"], []).append(node["sku"])
    orders = [node for node in nodes if "__parentId" not in node]
    return [(order["name"], sku) for order in orders for sku in lines.get(order["id"], [None])]


def test_few_strays_do_not_keep_the_text_of_their_block() -> None:
    many = pl.DataFrame({"item": [{"title": f"a title of some length, {n}"} for n in range(50_000)]})
    assert len(_packed(many.filter(pl.int_range(pl.len()) == 7))) < 5_000


def test_the_lines_of_an_order_keep_their_order(tmp_path: Path) -> None:
    nodes = [_order(1), _line(3, 1), _order(2), _line(9, 2), _line(1, 1), _line(2, 1)]
    path = tmp_path / "x.jsonl"
    frames = _read(path, _write(path, nodes))
    rows = sheet_rows(frames.orders, frames.lines, Rows.LINES, "x-1")
    assert rows["Line: SKU"].to_list() == ["S-3", "S-1", "S-2", "S-9"]
    assert rows["Row #"].to_list() == ["1", "2", "3", "1"]
    assert rows["Top Row"].to_list() == ["TRUE", "FALSE", "FALSE", "TRUE"]


def test_order_values_stand_on_the_first_row_and_identity_on_every_one(tmp_path: Path) -> None:
    parcels = [{"id": f"gid://shopify/Fulfillment/{n}", "status": "SUCCESS"} for n in (7, 8)]
    nodes = [_order(1, note="hi", fulfillments=parcels), _order(2, note="ho")]
    path = tmp_path / "x.jsonl"
    frames = _read(path, _write(path, nodes), lines=False)
    rows = sheet_rows(frames.orders, None, Rows.FULFILLMENTS, "x-1")
    assert rows.select("Name", "Note", "Fulfillment: ID", "Fulfillment: Status").rows() == [
        ("#1", "hi", "gid://shopify/Fulfillment/7", "success"),
        ("#1", None, "gid://shopify/Fulfillment/8", "success"),
        ("#2", "ho", None, None),
    ]


def test_a_note_that_speaks_of_parents_is_only_a_note(tmp_path: Path) -> None:
    hostile = '"__parentId":"gid://shopify/Order/1"} \n {"id": 5'
    path = tmp_path / "x.jsonl"
    frames = _read(path, _write(path, [_order(1, note=hostile), _line(2, 1)]))
    assert frames.orders.height == 1
    assert sheet_rows(frames.orders, frames.lines, Rows.ORDERS, "x-1")["Note"].to_list() == [hostile]


def test_blank_lines_and_crlf_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(1), _line(2, 1)], end="\r\n\r\n")
    frames = _read(path, result)
    assert frames.orders.height == 1


def test_no_orders_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"")
    frames = _read(path, BulkResult("gid://b/1", None, 0, 0, 0))
    assert sheet_rows(frames.orders, frames.lines, Rows.LINES, "x-1").height == 0


def test_numbers_are_kept_as_they_are_written(tmp_path: Path) -> None:
    price = {"shopMoney": {"amount": "84.10"}}
    path = tmp_path / "x.jsonl"
    frames = _read(path, _write(path, [_order(1, number=1001, totalPriceSet=price)]), lines=False)
    rows = sheet_rows(frames.orders, None, Rows.ORDERS, "x-1")
    assert rows.select("Number", "Price: Total").rows() == [("1001", "84.10")]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda lines: lines[:-1], "Shopify stated"),
        (lambda lines: [*lines, lines[-1]], "Shopify stated"),
        (lambda lines: [*lines[:-1], lines[0]], "Shopify stated"),
        (lambda lines: [*lines[:-1], lines[-1][:-9]], "no JSON object"),
        (lambda lines: [*lines[:-1], lines[-1].replace("Order\\/2", "Order\\/77")], "belong to no order"),
        (lambda lines: [lines[0].replace("Order\\/1", "Order\\/2"), *lines[1:]], "an order twice"),
        (lambda lines: [*lines[:-1], "[" + lines[-1] + "]"], "no JSON object"),
    ],
    ids=["cut at a line", "a line too many", "a line twice", "cut in a line", "orphan", "duplicate parent", "a list"],
)
def test_what_does_not_add_up_is_refused(tmp_path: Path, damage: Any, says: str) -> None:
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(1), _order(2), _line(3, 2)])
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(damage(lines)) + "\n", encoding="utf-8")
    for block in (1, 1 << 20):
        with pytest.raises(BulkFailed, match=says):
            list(_blocks(path, result, block=block))


@pytest.mark.parametrize("step", [1, 97, 4_000])
def test_it_is_read_behind_its_download(tmp_path: Path, step: int) -> None:
    """Whatever comes at a time, and the last line may lack its end."""
    nodes = [node for n in range(12) for node in (_order(n), *(_line(n * 10 + k, n) for k in range(n % 4)))]
    path, growing = tmp_path / "x.jsonl", tmp_path / "growing.jsonl"
    result = _write(path, nodes)
    data, arriving = path.read_bytes().rstrip(b"\n"), Arriving()

    def download() -> None:
        with growing.open("wb", buffering=0) as file:
            for at in range(0, len(data), step):
                file.write(data[at : at + step])
                arriving.advance(file.tell())
        arriving.end(whole=True)

    downloading = threading.Thread(target=download)
    downloading.start()
    blocks = _blocks(growing, result, block=500, arriving=arriving)
    parts = [sheet_rows(f.orders, f.lines, Rows.LINES, "x-1") for f in blocks]
    downloading.join()
    assert pl.concat(parts).select("Name", "Line: SKU").rows() == _by_hand(nodes)


def test_a_download_that_begins_anew_or_breaks_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(n) for n in range(1, 9)])
    anew, broken = Arriving(), Arriving()
    anew.advance(500)
    anew.advance(10)
    with pytest.raises(Restarted):
        list(_blocks(path, result, lines=False, block=100, arriving=anew))
    broken.end(whole=False)
    with pytest.raises(Broken):
        list(_blocks(path, result, lines=False, block=100, arriving=broken))


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(n) for n in range(1, 30)])
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[16] = lines[16][:-2]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for block in (1, 200, 1 << 20):
        with pytest.raises(BulkFailed, match="Line 17 of the result"):
            list(_blocks(path, result, lines=False, block=block))


@pytest.mark.parametrize("lines", [True, False])
def test_an_order_twice_and_another_missing_add_up_and_are_found(tmp_path: Path, lines: bool) -> None:
    """The counts are those that Shopify states, in every form of export."""
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(1), _order(2), _order(2)])
    with pytest.raises(BulkFailed, match="twice"):
        _read(path, result, lines=lines)


def test_a_byte_order_mark_and_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    result = _write(path, [_order(1), _order(2)], end="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _read(path, result, lines=False).orders.height == 2
    path.write_bytes(b"\xff\xfe" + path.read_bytes())
    with pytest.raises(BulkFailed):
        _read(path, result, lines=False)
