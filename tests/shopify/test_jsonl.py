"""The JSONL of a bulk export: joined by parent whatever the order, and believed only if it adds up."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bulk_orders.core.layout import Rows, sheet_rows
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.jsonl import ExportFrames, read_export


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


def _read(path: Path, result: BulkResult, *, lines: bool = True) -> ExportFrames:
    return read_export(path, result, lines=lines, unavailable=frozenset())


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
    with pytest.raises(BulkFailed, match=says):
        _read(path, result)


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
