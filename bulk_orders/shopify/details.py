"""What an overview wants beside the export: holds and schedules, products of cancelled orders, dates of returns.

Each is a bulk query of its own over just those orders, since fulfillment orders and line items are connections, whose
lines an export of fulfillments does not have. A token that may not read them gets None: the overview says what it
could not tell.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from bulk_orders.core.board import RETURNS, WAITS, moment
from bulk_orders.core.fields import Field, selection
from bulk_orders.core.findings import RETURN_UNDER_WAY
from bulk_orders.core.layout import json_type
from bulk_orders.core.search import Filters
from bulk_orders.errors import AccessDenied
from bulk_orders.shopify.bulk import BulkFailed
from bulk_orders.shopify.documents import Document, literal
from bulk_orders.shopify.replies import UnknownFields, denied_fields
from bulk_orders.shopify.shop import Shop

_FIRST = 5
_PARENT = "__parentId"


def _scalars(*names: str) -> dict[str, Field]:
    return {name: Field(name) for name in names}


_HOLDS = Field("fulfillmentHolds", many=True, children=_scalars("heldByRequestingApp"))


@dataclass(frozen=True, slots=True)
class Detail:
    """One connection of an order, and what is asked of each node of it."""

    connection: str
    fields: dict[str, Field]

    def query(self, search: str | None, first: int | None = None) -> str:
        """As a bulk query, or with `first` as an ordinary one that shows what bulk would refuse."""
        arguments = [f"first: {first}"] if first else []
        inner = f"({arguments[0]})" if arguments else ""
        if search:
            arguments.append(f"query: {literal(search)}")
        outer = f"({', '.join(arguments)})" if arguments else ""
        node = f"{self.connection}{inner} {{ edges {{ node {{ {selection(self.fields)} }} }} }}"
        return f"{{ orders{outer} {{ edges {{ node {{ id {node} }} }} }} }}"


WAITING = Detail("fulfillmentOrders", _scalars("id", "status", "updatedAt", "fulfillAt") | {_HOLDS.name: _HOLDS})
PRODUCTS = Detail("lineItems", _scalars("id", "title"))
RETURNING = Detail("returns", _scalars("id", "status", "createdAt"))
_UNSETTLED = ("OPEN", "REQUESTED")


def detail_documents() -> list[Document]:
    """For the test that holds every document against the schema."""
    return [
        Document(f"{detail.connection} first={first}", detail.query("status:open", first))
        for detail in (WAITING, PRODUCTS, RETURNING)
        for first in (None, _FIRST)
    ]


async def read_waits(shop: Shop, filters: Filters, progress: Callable[[int], None]) -> pl.DataFrame | None:
    """Per order (its digits) `held_since`, `own_hold` and `fulfill_at`, as core.board.WAITS.

    Shopify does not say when a hold was placed; the fulfillment order was last touched then, or later.
    """
    nodes = await _read(shop, WAITING, filters, progress)
    if nodes is None:
        return None
    held, scheduled = pl.col("status") == "ON_HOLD", pl.col("status") == "SCHEDULED"
    own = pl.col("fulfillmentHolds").list.eval(pl.element().struct.field("heldByRequestingApp") == "true").list.any()
    waits = nodes.group_by("order", maintain_order=True).agg(
        moment(pl.col("updatedAt").filter(held)).min().alias("held_since"),
        own.filter(held).any().alias("own_hold"),
        moment(pl.col("fulfillAt").filter(scheduled)).min().alias("fulfill_at"),
    )
    return waits.select(*WAITS)


async def read_products(shop: Shop, filters: Filters, progress: Callable[[int], None]) -> pl.DataFrame | None:
    """`order` (its digits) and `product`, a row per line item."""
    nodes = await _read(shop, PRODUCTS, filters, progress)
    return None if nodes is None else nodes.select("order", pl.col("title").alias("product")).drop_nulls()


async def read_returns(shop: Shop, filters: Filters, progress: Callable[[int], None]) -> pl.DataFrame | None:
    """Per order (its digits) with a return under way, when the oldest that is not settled began: core.board.RETURNS."""
    asked = " OR ".join(f"return_status:{status.lower()}" for status in RETURN_UNDER_WAY)
    query = f"({filters.query.strip()}) AND ({asked})" if filters.query else asked
    nodes = await _read(shop, RETURNING, replace(filters, query=query), progress)
    if nodes is None:
        return None
    waiting = nodes.filter(pl.col("status").is_in(list(_UNSETTLED)))
    began = moment(pl.col("createdAt")).min().alias("return_since")
    return waiting.group_by("order", maintain_order=True).agg(began).select(*RETURNS)


async def _read(shop: Shop, detail: Detail, filters: Filters, progress: Callable[[int], None]) -> pl.DataFrame | None:
    """The nodes of the connection, with `order`; None where the token may not read them."""
    search = filters.search()
    if not await _allowed(shop, detail, search):
        return None
    with tempfile.TemporaryDirectory(prefix="bulk-orders-") as folder:
        path = Path(folder) / "details.jsonl"
        try:
            result = await shop.run_bulk(detail.query(search), progress=progress)
            await shop.download(result, path)
        except AccessDenied:
            return None
        return _nodes(path, detail, result.objects, result.roots)


async def _allowed(shop: Shop, detail: Detail, search: str | None) -> bool:
    text = f"query BulkOrdersDetails {detail.query(search, _FIRST)}"
    try:
        reply = await shop.client.read(Document(f"details_{detail.connection}", text), weight=10, partial=True)
    except (UnknownFields, AccessDenied):
        return False
    return not denied_fields(reply)


def _nodes(path: Path, detail: Detail, objects: int, roots: int) -> pl.DataFrame:
    lines = pl.scan_lines(path).filter(pl.col("line").str.strip_chars() != "").collect()
    children = lines.filter(pl.col("line").str.contains(f'"{_PARENT}":', literal=True))
    if (lines.height, lines.height - children.height) != (objects, roots):
        raise BulkFailed(
            f"The result has {lines.height} lines; Shopify stated {objects}.", fix="Run the same command again."
        )
    fields = detail.fields | _scalars(_PARENT)
    try:
        nodes = children.with_columns(pl.col("line").str.json_decode(json_type(fields)).alias("node"))
    except pl.exceptions.PolarsError as error:
        raise BulkFailed("A line of the result is no JSON object.", fix="Run the same command again.") from error
    found = nodes.select(pl.col("node").struct.unnest())
    return found.with_columns(pl.col(_PARENT).str.extract(r"(\d+)$").alias("order")).drop(_PARENT)
