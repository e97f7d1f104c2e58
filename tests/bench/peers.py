"""Other ways to do what we do, each run by a Python of its own that has only what it needs.

The tables are one row per line item and one per fulfillment, as CSV (lines.csv, fulfillments.csv). This file imports
nothing of ours, so that it runs where only the peer is installed:

    python peers.py WAY RESULT.jsonl FOLDER       from a bulk result to the two tables
    python peers.py WAY SHEET.csv BASE.csv        the edited cells between two files

prints the seconds and the peak of memory as JSON.
"""

from __future__ import annotations

import csv
import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

LINES = (
    "ID", "Name", "Line: ID", "Line: Product ID", "Line: Product Handle", "Line: Title", "Line: Name",
    "Line: Variant ID", "Line: Variant Title", "Line: SKU", "Line: Quantity", "Line: Price", "Line: Discount",
    "Line: Total", "Line: Vendor", "Line: Fulfillable Quantity",
)  # fmt: skip
FULFILLMENTS = (
    "ID", "Name", "Fulfillment: ID", "Fulfillment: Status", "Fulfillment: Created At", "Fulfillment: Updated At",
    "Fulfillment: Tracking Company", "Fulfillment: Tracking Number", "Fulfillment: Location",
)  # fmt: skip
Node = dict[str, Any]


def line_cells(order: Node, line: Node) -> list[Any]:
    """A row of LINES."""
    product = line["product"]
    return [
        order["id"], order["name"], line["id"], product["id"], product["handle"], line["title"], line["name"],
        line["variant"]["id"], line["variantTitle"], line["sku"], line["quantity"],
        line["originalUnitPriceSet"]["shopMoney"]["amount"], line["totalDiscountSet"]["shopMoney"]["amount"],
        line["discountedTotalSet"]["shopMoney"]["amount"], line["vendor"], line["unfulfilledQuantity"],
    ]  # fmt: skip


def parcel_cells(order: Node, parcel: Node) -> list[Any]:
    """A row of FULFILLMENTS."""
    tracking = parcel["trackingInfo"]
    return [
        order["id"], order["name"], parcel["id"], parcel["status"].lower(), parcel["createdAt"], parcel["updatedAt"],
        ", ".join(each["company"] for each in tracking), ", ".join(each["number"] for each in tracking),
        parcel["location"]["name"],
    ]  # fmt: skip


def _write(folder: Path, families: Iterable[tuple[Node, list[Node]]]) -> None:
    with (
        (folder / "lines.csv").open("w", encoding="utf-8", newline="") as first,
        (folder / "fulfillments.csv").open("w", encoding="utf-8", newline="") as second,
    ):
        lines, parcels = csv.writer(first), csv.writer(second)
        lines.writerow(LINES)
        parcels.writerow(FULFILLMENTS)
        for order, children in families:
            lines.writerows([line_cells(order, line) for line in children])
            parcels.writerows([parcel_cells(order, parcel) for parcel in order["fulfillments"]])


def _by_lines(result: Path, folder: Path, loads: Callable[[bytes], Any]) -> None:
    """Right for any order of the lines: everything is read before anything is written."""
    orders: dict[str, Node] = {}
    children: dict[str, list[Node]] = {}
    with result.open("rb") as file:
        for line in file:
            node = loads(line)
            if "__parentId" in node:
                children.setdefault(node["__parentId"], []).append(node)
            else:
                orders[node["id"]] = node
    _write(folder, ((order, children.get(gid, [])) for gid, order in orders.items()))


def with_json(result: Path, folder: Path) -> None:
    """The standard library."""
    _by_lines(result, folder, json.loads)


def with_orjson(result: Path, folder: Path) -> None:
    """The fastest parser that PyPI has, with the standard library's csv."""
    import orjson  # type: ignore[import-not-found,unused-ignore]

    _by_lines(result, folder, orjson.loads)


def with_tap_shopify(result: Path, folder: Path) -> None:
    """tap-shopify's own parser of bulk results; it needs children directly after their order."""
    from tap_shopify.streams import orders  # type: ignore[import-not-found,unused-ignore]

    class Local:
        """What it asks of an HTTP response."""

        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def iter_lines(self) -> Iterator[bytes]:
            with result.open("rb") as file:
                yield from file

    orders.requests = SimpleNamespace(get=Local)
    stream = object.__new__(orders.Orders)
    _write(folder, ((order, order["lineItems"]) for order in stream.parse_bulk_jsonl("")))


def with_airbyte(result: Path, folder: Path) -> None:
    """The parser of Airbyte's source-shopify; it needs grouped children too."""
    from source_shopify.shopify_graphql.bulk.record import (  # type: ignore[import-not-found,unused-ignore]
        ShopifyBulkRecord,
    )

    shape = {"new_record": "Order", "record_components": ["LineItem"]}
    query = SimpleNamespace(record_composition=shape, record_process_components=lambda record: [record])
    records = ShopifyBulkRecord(query).read_file(str(result), remove_file=False)
    _write(folder, ((_named_again(record), record["record_components"]["LineItem"]) for record in records))


def _named_again(record: Node) -> Node:
    return {"id": record["admin_graphql_api_id"], "name": record["name"], "fulfillments": record["fulfillments"]}


def with_duckdb(result: Path, folder: Path) -> None:
    """DuckDB's read_json with explicit columns."""
    import duckdb  # type: ignore[import-not-found,unused-ignore]

    text = "VARCHAR"
    parcel = (
        f"STRUCT(id {text}, status {text}, createdAt {text}, updatedAt {text}, "
        f'trackingInfo STRUCT(company {text}, "number" {text})[], "location" STRUCT("name" {text}))[]'
    )
    money = f"STRUCT(shopMoney STRUCT(amount {text}))"
    columns = {
        "id": text, "name": text, "__parentId": text, "title": text, "sku": text, "variantTitle": text, "vendor": text,
        "quantity": text, "unfulfilledQuantity": text, "originalUnitPriceSet": money, "totalDiscountSet": money,
        "discountedTotalSet": money, "product": f"STRUCT(id {text}, handle {text})", "variant": f"STRUCT(id {text})",
        "fulfillments": parcel,
    }  # fmt: skip
    read = f"read_json('{result}', format='newline_delimited', columns={columns}, maximum_object_size=100000000)"
    line_row = (
        "o.id, o.name, l.id, l.product.id, l.product.handle, l.title, l.name, l.variant.id, l.variantTitle, l.sku, "
        "l.quantity, l.originalUnitPriceSet.shopMoney.amount, l.totalDiscountSet.shopMoney.amount, "
        "l.discountedTotalSet.shopMoney.amount, l.vendor, l.unfulfilledQuantity"
    )
    parcel_row = (
        "id, name, f.id, lower(f.status), f.createdAt, f.updatedAt, "
        "array_to_string(list_transform(f.trackingInfo, lambda t: t.company), ', '), "
        "array_to_string(list_transform(f.trackingInfo, lambda t: t.\"number\"), ', '), f.location.name"
    )
    each_parcel = "SELECT id, name, unnest(fulfillments) AS f FROM nodes WHERE __parentId IS NULL"
    with duckdb.connect() as db:
        db.execute(f"CREATE TEMP TABLE nodes AS SELECT * FROM {read}")
        for name, headers, rows in (
            ("lines", LINES, f"SELECT {line_row} FROM nodes l JOIN nodes o ON l.__parentId = o.id"),
            (
                "fulfillments",
                FULFILLMENTS,
                f"SELECT {parcel_row} FROM ({each_parcel})",
            ),
        ):
            shown = ", ".join(f'"{header}"' for header in headers)
            db.execute(f"COPY (SELECT * FROM ({rows}) AS t({shown})) TO '{folder / name}.csv' (HEADER)")


def with_pandas(result: Path, folder: Path) -> None:
    """pandas, in pieces that fit."""
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]

    def families() -> Iterator[tuple[Node, list[Node]]]:
        orders: dict[str, Node] = {}
        children: dict[str, list[Node]] = {}
        for part in pd.read_json(result, lines=True, dtype=False, convert_dates=False, chunksize=50_000):
            child = part["__parentId"].notna()
            for node in part[~child].to_dict("records"):
                orders[node["id"]] = node
            for node in part[child].to_dict("records"):
                children.setdefault(node["__parentId"], []).append(_whole(node))
        yield from ((order, children.get(gid, [])) for gid, order in orders.items())

    _write(folder, families())


def _whole(node: Node) -> Node:
    """A column that orders have not has become floats."""
    return node | {name: int(node[name]) for name in ("quantity", "unfulfilledQuantity")}


# --- the edited cells between two CSV files ----------------------------------------------------------------------

_KEY = "ID"


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def edits_by_dict(sheet: Path, base: Path) -> int:
    """The standard library: the base in a dict, the sheet row by row."""
    known = _rows(base)
    headers = next(known)
    key = headers.index(_KEY)
    rows = {row[key]: row for row in known}
    coming = _rows(sheet)
    assert next(coming) == headers
    changed = 0
    for row in coming:
        before = rows[row[key]]
        if row != before:
            changed += sum(a != b for a, b in zip(row, before, strict=True))
    return changed


def edits_by_duckdb(sheet: Path, base: Path) -> int:
    """DuckDB: a join on the key."""
    import duckdb  # type: ignore[import-not-found,unused-ignore]

    headers = next(_rows(sheet))
    changed = " + ".join(f'(s."{name}" IS DISTINCT FROM b."{name}")::INT' for name in headers if name != _KEY)
    read = "read_csv('{}', all_varchar=true, header=true, delim=',', quote='\"', escape='\"', null_padding=false)"
    with duckdb.connect() as db:
        found = db.execute(
            f'SELECT sum({changed}) FROM {read.format(sheet)} s JOIN {read.format(base)} b ON s."{_KEY}" = b."{_KEY}"'
        ).fetchone()
    assert found is not None
    return int(found[0])


def edits_by_pandas(sheet: Path, base: Path) -> int:
    """pandas: both in memory, aligned by the key."""
    import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]

    left, right = (pd.read_csv(path, dtype=str, keep_default_na=False).set_index(_KEY) for path in (sheet, base))
    return int((left != right.loc[left.index]).to_numpy().sum())


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "json + csv": with_json,
    "orjson + csv": with_orjson,
    "DuckDB": with_duckdb,
    "tap-shopify": with_tap_shopify,
    "Airbyte": with_airbyte,
    "pandas": with_pandas,
}
COMPARING: dict[str, Callable[[Path, Path], object]] = {
    "dict of rows": edits_by_dict,
    "edits by DuckDB": edits_by_duckdb,
    "edits by pandas": edits_by_pandas,
}
"""A sheet and its base, both CSV, to the number of edited cells."""
NEEDS = {
    "orjson + csv": "orjson",
    "DuckDB": "duckdb",
    "tap-shopify": "tap_shopify.streams.orders",
    "Airbyte": "source_shopify.shopify_graphql.bulk.record",
    "pandas": "pandas",
    "edits by DuckDB": "duckdb",
    "edits by pandas": "pandas",
}
"""What is imported before the clock starts: start-up is another question."""


def peak_mb() -> float:
    """The peak of this process. Not getrusage's: there a process starts with the size of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measured(way: Callable[[Path, Path], object], result: Path, folder: Path) -> str:
    """Run it in this process: its time, and the peak of the whole process; JSON."""
    began = time.perf_counter()
    made = way(result, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": peak_mb(),
        **({"cells": made} if isinstance(made, int) else {}),
    }
    return json.dumps(told)


if __name__ == "__main__":
    _, chosen, source, into = sys.argv
    if chosen in NEEDS:
        importlib.import_module(NEEDS[chosen])
    print(measured((WAYS | COMPARING)[chosen], Path(source), Path(into)))
