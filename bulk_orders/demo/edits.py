"""What a person might do to an exported sheet, done to a copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bulk_orders.core.sheet import read_rows
from bulk_orders.language import phrase, say
from bulk_orders.storage.files import read_sheet, write_sheet

_PLAIN = pl.col("Top Row").eq("TRUE") & pl.col("Cancelled At").is_null() & pl.col("Closed At").is_null()
_PAID = pl.col("Payment: Status").eq("paid")
_SHIPPED = pl.col("Order Fulfillment Status").eq("fulfilled")
_WAITING = pl.col("Order Fulfillment Status").eq("unfulfilled")
_ON_ITS_WAY = pl.col("Fulfillment: Shipment Status").eq("in_transit")
_PACKED = pl.col("Fulfillment: Shipment Status").eq("fulfilled")


@dataclass(frozen=True, slots=True)
class Wish:
    """So many orders of this kind get these cells."""

    told: str
    kind: pl.Expr
    number: int
    cells: Mapping[str, str]


WISHES = (
    Wish(phrase("tag {orders} with wholesale"), _WAITING & _PAID, 4, {"Tags": "wholesale", "Tags Command": "MERGE"}),
    Wish(phrase("write a note on {orders}"), _WAITING & _PAID, 3, {"Note": phrase("Gift: leave the invoice out")}),
    Wish(phrase("archive {orders}, which are paid and shipped"), _SHIPPED & _PAID, 5, {"Action": "archive"}),
    Wish(
        phrase("cancel {orders}, paid and not shipped, and give the money back"),
        _WAITING & _PAID,
        4,
        {"Action": "cancel", "Cancel: Reason": "inventory", "Cancel: Refund": "TRUE"},
    ),
    Wish(
        phrase("cancel {orders}, never paid"),
        _WAITING & pl.col("Payment: Status").eq("pending"),
        2,
        {"Action": "cancel", "Cancel: Reason": "customer"},
    ),
    Wish(
        phrase("unfulfill, cancel and archive {orders} in one go"),
        _SHIPPED & _PAID & _PACKED,
        1,
        {"Action": "unfulfill, cancel, archive", "Cancel: Reason": "fraud", "Cancel: Refund": "TRUE"},
    ),
    Wish(
        phrase("cancel {orders}, which is shipped: Shopify will not have it"),
        _SHIPPED & _PAID & _ON_ITS_WAY,
        1,
        {"Action": "cancel", "Cancel: Refund": "TRUE"},
    ),
)
CONTESTED = Wish(phrase("write a note on {orders}"), _WAITING & _PAID, 1, {"Note": phrase("Call before delivery")})


@dataclass(frozen=True, slots=True)
class EditedCopy:
    """What was done, in words, and the order that somebody else edits as well."""

    told: tuple[str, ...]
    contested: str


def edit_copy(source: Path, target: Path) -> EditedCopy:
    """Write a copy of the sheet with every wish filled in, each on orders of its own."""
    sheet, _ = read_rows(read_sheet(source))
    frame = sheet.frame.select(sheet.headers)
    taken: list[str] = []
    told = []
    for wish in (*WISHES, CONTESTED):
        chosen = frame.filter(_PLAIN & wish.kind & ~pl.col("Name").is_in(taken)).head(wish.number)["Name"].to_list()
        taken += chosen
        here = pl.col("Name").is_in(chosen) & pl.col("Top Row").eq("TRUE")
        frame = frame.with_columns(
            pl.when(here).then(pl.lit(_written(header, text))).otherwise(pl.col(header)).alias(header)
            for header, text in wish.cells.items()
        )
        told.append(say(wish.told, orders=", ".join(chosen)))
    write_sheet(target, frame)
    return EditedCopy(tuple(told), taken[-1])


def _written(header: str, text: str) -> str:
    """A note in the language of the person at this sheet; the words of a column are the same in all."""
    return say(text) if header == "Note" else text
