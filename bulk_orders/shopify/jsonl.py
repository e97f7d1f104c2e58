"""The JSONL of a bulk export -> frames, joined by `__parentId` whatever the order of the lines.

Lines are taken as text, told apart by a byte test, and parsed with explicit types (performance.md). Whatever does not
add up with the counts that Shopify states is an error that names the line: a file cut at a line's end looks whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bulk_orders.core.fields import Field
from bulk_orders.core.layout import json_type
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.documents import line_fields, order_fields

_CHILD = r'"__parentId"\s*:'
"""Exact: inside a JSON string the quotes of this text would be escaped."""
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class ExportFrames:
    """`orders`: a struct column `node`. `lines`: `parent` (a gid) and a struct column `node`; None if not asked for."""

    orders: pl.DataFrame
    lines: pl.DataFrame | None


def read_export(path: Path, result: BulkResult, *, lines: bool, unavailable: frozenset[str]) -> ExportFrames:
    """Read a downloaded export; BulkFailed where it is not what `result` states."""
    text = _lines(path)
    child = pl.col("line").str.contains(_CHILD)
    roots, children = text.filter(~child), text.filter(child)
    if (text.height, roots.height) != (result.objects, result.roots):
        raise BulkFailed(
            f"The result has {text.height} lines and {roots.height} orders; Shopify stated {result.objects} and "
            f"{result.roots}.",
            fix=_AGAIN,
        )
    orders = _decoded(roots, order_fields(unavailable))
    _check_unique(orders, "an order")
    if not lines:
        if children.height:
            raise BulkFailed("The result has lines that were not asked for.", fix=_AGAIN)
        return ExportFrames(orders, None)
    items = _decoded(children, line_fields(unavailable) | {"__parentId": Field("__parentId")})
    items = items.select(pl.col("node").struct.field("__parentId").alias("parent"), "node")
    _check_unique(items, "a line item")
    _check_parents(orders, items)
    return ExportFrames(orders, items)


def read_objects(path: Path, result: BulkResult) -> list[dict[str, Any]]:
    """The objects of a downloaded result, one a line; BulkFailed where it is not as stated."""
    lines = _lines(path)["line"]
    if len(lines) != result.objects:
        raise BulkFailed(f"The result has {len(lines)} of {result.objects} lines.", fix=_AGAIN)
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        try:
            node = json.loads(line)
        except ValueError:
            node = None
        if not isinstance(node, dict):
            raise _no_object(number)
        found.append(node)
    return found


def _lines(path: Path) -> pl.DataFrame:
    """The lines of a result that hold anything; blank ones were seen in the wild."""
    try:
        text = pl.scan_lines(path).filter(pl.col("line").str.strip_chars() != "").collect()
    except pl.exceptions.PolarsError as error:
        raise BulkFailed("The result is no text.", fix=_AGAIN) from error
    if text.height and str(text["line"][0]).startswith(_BOM):
        text = text.with_columns(pl.col("line").str.strip_chars_start(_BOM))
    return text


_AGAIN = "Run the same command again."


def _no_object(number: int) -> BulkFailed:
    return BulkFailed(f"Line {number} of its kind in the result is no JSON object.", fix=_AGAIN)


def _decoded(lines: pl.DataFrame, fields: dict[str, Field]) -> pl.DataFrame:
    whole = pl.col("line").str.starts_with("{") & pl.col("line").str.strip_chars_end().str.ends_with("}")
    if not lines.select(whole.all()).item():
        raise _unreadable(lines)
    try:
        return lines.with_columns(pl.col("line").str.json_decode(json_type(fields)).alias("node")).select("node")
    except pl.exceptions.PolarsError as error:
        raise _unreadable(lines) from error


def _unreadable(lines: pl.DataFrame) -> BulkFailed:
    """Find the line that is no JSON object, slowly."""
    for number, line in enumerate(lines["line"], 1):
        try:
            if isinstance(json.loads(line), dict):
                continue
        except ValueError:
            pass
        return _no_object(number)
    return BulkFailed("The result has lines of another form than was asked for.", fix=_AGAIN)


def _check_unique(frame: pl.DataFrame, what: str) -> None:
    """A line twice and another one missing add up as well."""
    ids = frame["node"].struct.field("id")
    if ids.null_count() or ids.is_duplicated().any():
        raise BulkFailed(f"The result has {what} twice, or without its id.", fix=_AGAIN)


def _check_parents(orders: pl.DataFrame, items: pl.DataFrame) -> None:
    ids = orders.select(pl.col("node").struct.field("id").alias("parent"))
    orphans = items.join(ids, on="parent", how="anti")
    if orphans.height:
        raise BulkFailed(f"{orphans.height} line items of the result belong to no order in it.", fix=_AGAIN)


def frames_of(node: Mapping[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One order, read with its lines by an ordinary query, as the frames that an export would have of it."""
    lines = [json.dumps(line) for line in (node.get("lineItems") or {}).get("nodes") or ()]
    orders = _decoded(pl.DataFrame({"line": [json.dumps(node)]}), order_fields())
    items = _decoded(pl.DataFrame({"line": lines}, schema={"line": pl.String}), line_fields())
    return orders, items.select(pl.lit(node["id"]).alias("parent"), "node")
