"""The overview: how many orders stand where, what needs a look, why orders were cancelled, what changed since.

Frames in, figures out. Every figure counts orders, each order once, so that every table adds up to the same total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from bulk_orders.core.board import DIMENSIONS, Board
from bulk_orders.core.findings import Found, find

_MOST_PRODUCTS = 20
_WATCHED = ("payment", "fulfillment", "delivery", "return", "state")


@dataclass(frozen=True, slots=True)
class Source:
    """What the overview was made of. `at` is the moment that it speaks of, and that ages count to."""

    shop: str
    path: str
    export_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Cancellations:
    """Cancelled orders by reason: each a frame with what it goes by, `reason` and `orders`.

    `by_month` has `month` (2026-11), `by_channel` `channel`, `by_product` `product` (an order counts once for each
    product in it; None where the products were not read). `channels` has all orders by `channel`, for shares.
    """

    total: int
    by_month: pl.DataFrame
    by_channel: pl.DataFrame
    by_product: pl.DataFrame | None
    channels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since another export: orders that came, that went, and moves with `dimension`, `was`, `now`."""

    since: Source
    new: pl.DataFrame
    """`order` and `name`"""
    gone: pl.DataFrame
    """Orders of the older one that the newer does not have: deleted, or outside its filter."""
    moves: pl.DataFrame
    """`dimension`, `was`, `now`, `orders`"""
    orders: pl.DataFrame
    """Every move of every order: `order`, `name`, `dimension`, `was`, `now`"""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the views show."""

    source: Source
    board: Board
    counts: Mapping[str, Mapping[str, int]]
    """For each of DIMENSIONS, the orders by status, most first."""
    findings: tuple[Found, ...]
    cancellations: Cancellations
    changed: Changed | None
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.board.frame.height

    def combinations(self) -> pl.DataFrame:
        """The orders by all DIMENSIONS at once: a column each, and `orders`, most first."""
        grouped = self.board.frame.group_by(DIMENSIONS).len("orders")
        return grouped.sort("orders", *DIMENSIONS, descending=[True, *(False for _ in DIMENSIONS)])


def make_overview(
    board: Board,
    source: Source,
    *,
    ages: Mapping[str, float],
    before: tuple[Board, Source] | None = None,
    notices: tuple[str, ...] = (),
) -> Overview:
    """Count the board; `before` is an older one to compare with, `ages` are hours by finding."""
    counts = {name: _counts(board.frame[name]) for name in DIMENSIONS}
    return Overview(
        source=source,
        board=board,
        counts=counts,
        findings=find(board, source.at, ages),
        cancellations=_cancellations(board),
        changed=_changed(board, *before) if before else None,
        notices=(*notices, *_undated(board)),
    )


def _counts(values: pl.Series) -> dict[str, int]:
    counted = values.value_counts().sort("count", values.name, descending=[True, False])
    return {str(word): int(number) for word, number in counted.iter_rows()}


def _undated(board: Board) -> list[str]:
    """Dates that a spreadsheet wrote its own way have no age; that must not look like "nothing is old"."""
    lacking = board.frame["created"].null_count() if "created" in board.known else 0
    if not lacking:
        return []
    whose = "1 order has" if lacking == 1 else f"{lacking:,} orders have"
    return [f"{whose} no Created At that can be read, so no age: a spreadsheet has rewritten the date."]


# --- cancellations ----------------------------------------------------------------------------------------------------


def _cancellations(board: Board) -> Cancellations:
    reason = pl.col("reason").fill_null("UNKNOWN")
    channel = pl.col("channel").fill_null("unknown")
    orders = board.frame.with_columns(reason, channel)
    cancelled = orders.filter(pl.col("state") == "CANCELLED")
    month = pl.col("cancelled").dt.strftime("%Y-%m").alias("month")
    return Cancellations(
        total=cancelled.height,
        by_month=cancelled.group_by(month, "reason").len("orders").sort("month", "reason"),
        by_channel=cancelled.group_by("channel", "reason").len("orders").sort("channel", "reason"),
        by_product=_by_product(cancelled, board.products),
        channels=_counts(orders["channel"]),
    )


def _by_product(cancelled: pl.DataFrame, products: pl.DataFrame | None) -> pl.DataFrame | None:
    """The products that stand in most cancelled orders, most first."""
    if products is None:
        return None
    lines = products.unique(["order", "product"]).join(cancelled.select("order", "reason"), on="order", how="inner")
    counted = lines.group_by("product", "reason").len("orders")
    most = counted.group_by("product").agg(pl.col("orders").sum().alias("all"))
    most = most.sort("all", "product", descending=[True, False]).head(_MOST_PRODUCTS)
    joined = counted.join(most, on="product", how="inner")
    return joined.sort("all", "product", "reason", descending=[True, False, False]).drop("all")


# --- what changed -----------------------------------------------------------------------------------------------------


def _changed(now: Board, before: Board, since: Source) -> Changed:
    """Compare order by order, by id; a status that one of the two was not told is not compared."""
    keys = ["order", "name"]
    older = before.frame.filter(pl.col("order").is_not_null())
    newer = now.frame.filter(pl.col("order").is_not_null())
    both = newer.join(older, on="order", how="inner", suffix="_was", maintain_order="left")
    moves = [_moves_of(both, name) for name in _WATCHED if {name} <= (now.known & before.known)]
    empty = pl.DataFrame(schema=dict.fromkeys((*keys, "dimension", "was", "now"), pl.String))
    orders = pl.concat([empty, *moves])
    counted = orders.group_by("dimension", "was", "now", maintain_order=True).len("orders")
    return Changed(
        since=since,
        new=newer.join(older, on="order", how="anti", maintain_order="left").select(keys),
        gone=older.join(newer, on="order", how="anti", maintain_order="left").select(keys),
        moves=counted.sort("orders", descending=True, maintain_order=True),
        orders=orders,
    )


def _moves_of(both: pl.DataFrame, name: str) -> pl.DataFrame:
    moved = both.filter(pl.col(name) != pl.col(f"{name}_was"))
    return moved.select(
        "order",
        "name",
        pl.lit(name).alias("dimension"),
        pl.col(f"{name}_was").alias("was"),
        pl.col(name).alias("now"),
    )
