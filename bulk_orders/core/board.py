"""Where every order stands, one row per order: payment, fulfillment, delivery, return, open or not, and since when.

Made from the cells of an export (a sheet or a base snapshot), whatever its rows are. The rule: what a sheet does not
have is NOT_TOLD and counts as that; it is never taken for "there is none".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from bulk_orders.core.columns import Kind
from bulk_orders.core.comparing import comparable
from bulk_orders.core.sheet import FULFILLMENT, ORDER

NONE = "NONE"
"""The order has none: no payment yet, no parcel."""
NOT_TOLD = "NOT_TOLD"
"""The sheet has no column for it."""
UNKNOWN = "UNKNOWN"
"""Shopify does not say."""

DIMENSIONS = ("payment", "fulfillment", "delivery", "return", "state")

_STATUS = {
    "payment": "Payment: Status",
    "fulfillment": "Order Fulfillment Status",
    "return": "Return: Status",
    "reason": "Cancel: Reason",
}
_TEXT = {"channel": "Source", "amount": "Price: Total", "currency": "Currency", "tags": "Tags"}
_TIMES = {
    "created": "Created At",
    "processed": "Processed At",
    "updated": "Updated At",
    "closed": "Closed At",
    "cancelled": "Cancelled At",
}
_EXPIRES = "Payment: Authorization Expires At"
_PARCEL = "Fulfillment: Status"
_SHIPMENT = "Fulfillment: Shipment Status"

NO_PARCEL = frozenset({"CANCELLED", "CANCELED", "ERROR", "FAILURE"})
"""Statuses of a fulfillment that ships nothing (any more): shopify-api.md 5, decision hints."""

AT_REST = ("LABEL_VOIDED", "SUBMITTED", "CONFIRMED", "LABEL_PURCHASED", "LABEL_PRINTED")
"""Words of the carrier before anything has moved."""
LABELS = ("CONFIRMED", "LABEL_PURCHASED", "LABEL_PRINTED")
ARRIVED = ("DELIVERED", "PICKED_UP")
_FROM_TROUBLE_TO_DONE = (
    "FAILURE",
    "NOT_DELIVERED",
    "ATTEMPTED_DELIVERY",
    "DELAYED",
    *AT_REST,
    "MARKED_AS_FULFILLED",
    "FULFILLED",
    "CARRIER_PICKED_UP",
    "IN_TRANSIT",
    "OUT_FOR_DELIVERY",
    "READY_FOR_PICKUP",
    *ARRIVED,
)
"""Of an order's parcels, the one that is least far speaks for the order; a word that is new to us comes first."""


@dataclass(frozen=True, slots=True)
class Details:
    """What an export does not hold.

    `waits`: per order (its digits) `held_since`, `own_hold`, `fulfill_at`; None where it was not read.
    `products`: `order` and `product`, a row per line of a cancelled order; None where it was not read.
    `returns`: `order` and `return_since`, when its oldest unsettled return began; None where not read.
    """

    waits: pl.DataFrame | None = None
    products: pl.DataFrame | None = None
    returns: pl.DataFrame | None = None


WAITS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "order": pl.String,
    "held_since": pl.Datetime("us", "UTC"),
    "own_hold": pl.Boolean,
    "fulfill_at": pl.Datetime("us", "UTC"),
}
RETURNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "order": pl.String,
    "return_since": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Board:
    """`frame` has a row per order with the columns of `_SHAPE`; `known` names the facts that were told."""

    frame: pl.DataFrame
    known: frozenset[str]
    products: pl.DataFrame | None
    """`order` and `product`, for cancelled orders at least; None where nobody said."""


def make_board(cells: pl.DataFrame, details: Details | None = None) -> Board:
    """One row per order of `cells`: string columns under canonical headers, with ORDER and FULFILLMENT as keys."""
    details = details or Details()
    named = cells if "Name" in cells.columns else cells.with_columns(pl.lit(None, pl.String).alias("Name"))
    named = named.with_columns(pl.coalesce(ORDER, "Name").alias("_identity")).filter(pl.col("_identity").is_not_null())
    orders = _orders(named)
    parcels = _parcels(named)
    if parcels is not None:
        orders = orders.join(parcels, on="_identity", how="left", maintain_order="left")
    if details.waits is not None:
        orders = orders.join(details.waits, on="order", how="left", maintain_order="left")
    if details.returns is not None:
        orders = orders.join(details.returns, on="order", how="left", maintain_order="left")
    frame = _whole(orders).with_columns(_state(), delivery=_delivery(told=parcels is not None)).select(*_SHAPE)
    known = set(_known(cells.columns))
    if details.waits is not None:
        known.add("waits")
    return Board(frame, frozenset(known), _products(named, details))


_MOMENT = pl.Datetime("us", "UTC")
_SHAPE: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "order": pl.String,
    "name": pl.String,
    **dict.fromkeys(DIMENSIONS, pl.String),
    **dict.fromkeys(("reason", "channel", "amount", "currency", "tags"), pl.String),
    **dict.fromkeys((*_TIMES, "expires"), _MOMENT),
    "shipped": _MOMENT,
    "label_since": _MOMENT,
    "delivered": _MOMENT,
    "parcel_updated": _MOMENT,
    "moving": pl.Boolean,
    "held_since": _MOMENT,
    "own_hold": pl.Boolean,
    "fulfill_at": _MOMENT,
    "return_since": _MOMENT,
}


def _known(headers: Iterable[str]) -> Iterable[str]:
    there = set(headers)
    yield from (fact for fact, header in {**_STATUS, **_TIMES, **_TEXT}.items() if header in there)
    if {"Cancelled At", "Closed At"} <= there:
        yield "state"
    if {_PARCEL, _SHIPMENT} <= there:
        yield "delivery"
    if _EXPIRES in there:
        yield "expires"


def _orders(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells that speak of the order, wherever among its rows they stand."""
    wanted = {**_STATUS, **_TEXT, **_TIMES, "expires": _EXPIRES, "order": ORDER, "name": "Name"}
    there = {name: header for name, header in wanted.items() if header in cells.columns}
    first = (pl.col(header).drop_nulls().first().alias(name) for name, header in there.items())
    found = cells.group_by("_identity", maintain_order=True).agg(first)
    enums = [comparable(pl.col(name), Kind.ENUM).fill_null(NONE) for name in ("payment", "return") if name in there]
    if "fulfillment" in there:
        enums.append(comparable(pl.col("fulfillment"), Kind.ENUM).fill_null(UNKNOWN))
    if "reason" in there:
        enums.append(comparable(pl.col("reason"), Kind.ENUM))
    times = [moment(pl.col(name)) for name in _TIMES if name in there]
    if "expires" in there:
        times.append(pl.col("expires").str.split(", ").list.eval(moment(pl.element())).list.max().alias("expires"))
    return found.with_columns(*enums, *times)


def moment(cell: pl.Expr) -> pl.Expr:
    """A date and time as it stands in a cell, in UTC; null for one that a spreadsheet wrote its own way."""
    plain = comparable(cell, Kind.TIME)
    whole = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us")
    day = plain.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us", exact=True)
    return pl.coalesce(whole, day).dt.replace_time_zone("UTC")


def _parcels(cells: pl.DataFrame) -> pl.DataFrame | None:
    """What the parcels of each order say together; None where the sheet has none of that."""
    if not {FULFILLMENT, _PARCEL, _SHIPMENT} <= set(cells.columns):
        return None
    active = ~comparable(pl.col(_PARCEL), Kind.ENUM).is_in(list(NO_PARCEL)).fill_null(value=False)
    parcels = cells.filter(pl.col(FULFILLMENT).is_not_null() & active).unique(
        ["_identity", FULFILLMENT], keep="first", maintain_order=True
    )
    says = comparable(pl.col(_SHIPMENT), Kind.ENUM).fill_null(UNKNOWN)
    rank = {word: place for place, word in enumerate(_FROM_TROUBLE_TO_DONE)}
    told = parcels.select(
        "_identity",
        says.alias("says"),
        says.replace_strict(rank, default=-1, return_dtype=pl.Int32).alias("rank"),
        _time_or_null(parcels, "Fulfillment: Created At", "shipped"),
        _time_or_null(parcels, "Fulfillment: Updated At", "parcel_updated"),
        _time_or_null(parcels, "Fulfillment: Delivered At", "delivered"),
    )
    label = pl.col("says").is_in(list(LABELS))
    return (
        told.sort("rank", maintain_order=True)
        .group_by("_identity", maintain_order=True)
        .agg(
            pl.col("says").first().alias("delivery"),
            pl.col("shipped").min(),
            pl.col("parcel_updated").max(),
            pl.col("delivered").max(),
            pl.col("shipped").filter(label).min().alias("label_since"),
            (~pl.col("says").is_in(list(AT_REST))).any().alias("moving"),
        )
    )


def _time_or_null(frame: pl.DataFrame, header: str, name: str) -> pl.Expr:
    return (moment(pl.col(header)) if header in frame.columns else pl.lit(None, _MOMENT)).alias(name)


def _whole(orders: pl.DataFrame) -> pl.DataFrame:
    """Every column of the shape: a status that the sheet has not is NOT_TOLD, anything else null."""
    absent = [name for name in _SHAPE if name not in orders.columns]
    blank = [
        pl.lit(NOT_TOLD if name in DIMENSIONS and name not in ("delivery", "state") else None, kind).alias(name)
        for name in absent
        for kind in [_SHAPE[name]]
    ]
    return orders.with_columns(blank)


def _state() -> pl.Expr:
    return (
        pl.when(pl.col("cancelled").is_not_null())
        .then(pl.lit("CANCELLED"))
        .when(pl.col("closed").is_not_null())
        .then(pl.lit("ARCHIVED"))
        .otherwise(pl.lit("OPEN"))
        .alias("state")
    )


def _delivery(*, told: bool) -> pl.Expr:
    return pl.col("delivery").fill_null(NONE) if told else pl.lit(NOT_TOLD)


def _products(cells: pl.DataFrame, details: Details) -> pl.DataFrame | None:
    """Which products stand in which orders: as was read beside the export, or the lines of the sheet itself."""
    if details.products is not None:
        return details.products
    if "Line: Title" not in cells.columns:
        return None
    return cells.select(pl.col(ORDER).alias("order"), pl.col("Line: Title").alias("product")).drop_nulls().unique()
