"""What needs a look: orders that have stood too long where they should not, and what a sheet could do about each.

One table: the condition, since when it counts, how long is too long, and what the finding's sheet asks for. A finding
whose facts a sheet does not have is "not told", never "none".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from bulk_orders.core.ages import DEFAULT_HOURS
from bulk_orders.core.board import ARRIVED, Board
from bulk_orders.core.sheet import ORDER

_TO_SHIP = ("UNFULFILLED", "PARTIALLY_FULFILLED", "OPEN", "IN_PROGRESS", "PENDING_FULFILLMENT", "REQUEST_DECLINED")
RETURN_UNDER_WAY = ("RETURN_REQUESTED", "IN_PROGRESS", "INSPECTION_COMPLETE")
_AUTHORIZATION_DAYS = 7
"""How long a card's authorization holds where the shop does not say when it ends: Shopify Payments' usual period."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble. `since` is the moment that ages count from; `ahead` means that it lies in the future."""

    key: str
    title: str
    why: str
    holds: pl.Expr
    since: pl.Expr
    needs: frozenset[str]
    action: str
    """What the finding's sheet asks for, in words."""
    asks: Mapping[str, pl.Expr]
    """The cells of the sheet that ask for it."""
    ahead: bool = False
    touched: pl.Expr | None = None
    """Where `since` may be the order's last touch, which the finding's own tag moves: what has that tag stays in it."""

    def fits(self, as_of: datetime, hours: float) -> pl.Expr:
        """The orders of the finding at `as_of`, from an age of `hours` on."""
        reach = timedelta(hours=hours if self.ahead else -hours)
        long_enough = self.since <= pl.lit(as_of + reach)
        if self.touched is not None:
            tags = pl.col("tags").fill_null("").str.to_lowercase().str.split(",")
            tagged = tags.list.eval(pl.element().str.strip_chars()).list.contains(self.tag)
            long_enough = long_enough | (self.touched & tagged)
        return self.holds & long_enough

    @property
    def hours(self) -> float:
        """The default age."""
        return DEFAULT_HOURS[self.key]

    @property
    def tag(self) -> str:
        return self.key.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Found:
    """The orders of one finding, oldest first. `told` is False where the facts for it are not there."""

    finding: Finding
    hours: float
    orders: pl.DataFrame
    """The board's columns, and `since`."""
    told: bool

    @property
    def count(self) -> int:
        return self.orders.height

    def oldest(self, as_of: datetime) -> float | None:
        """The greatest age, in hours (for one that lies ahead: the hours that are left for the first)."""
        first = self.orders["since"].drop_nulls().min() if self.count else None
        if not isinstance(first, datetime):
            return None
        return abs((as_of - first).total_seconds()) / 3600


def _is(column: str, *words: str) -> pl.Expr:
    return pl.col(column).is_in(list(words))


def _not_cancelled() -> pl.Expr:
    return pl.col("state") != "CANCELLED"


def _tag(key: str) -> dict[str, pl.Expr]:
    return {"Tags": pl.lit(key.replace("_", "-")), "Tags Command": pl.lit("MERGE")}


def _tagged(key: str, title: str, why: str, **rest: object) -> Finding:
    """A finding that only a person can mend: its sheet tags the orders, so that they can be worked through."""
    return Finding(key, title, why, action=f"tag {key.replace('_', '-')}", asks=_tag(key), **rest)  # type: ignore[arg-type]


_at_rest = ~pl.col("moving").fill_null(value=True)

FINDINGS: tuple[Finding, ...] = (
    _tagged(
        "paid_unfulfilled",
        "Paid and unfulfilled",
        "The money is there and nothing has been shipped, or not everything.",
        holds=_is("state", "OPEN") & _is("payment", "PAID", "PARTIALLY_REFUNDED") & _is("fulfillment", *_TO_SHIP),
        since=pl.coalesce("processed", "created"),
        needs=frozenset({"state", "payment", "fulfillment", "created"}),
    ),
    Finding(
        "on_hold",
        "On hold",
        "Somebody or some app stopped the fulfillment and has not released it.",
        holds=_not_cancelled() & (_is("fulfillment", "ON_HOLD") | pl.col("held_since").is_not_null()),
        since=pl.coalesce("held_since", "updated"),
        needs=frozenset({"state", "fulfillment", "updated"}),
        action="release holds of our own, tag on-hold",
        asks={"Action": pl.when(pl.col("own_hold")).then(pl.lit("release")), **_tag("on_hold")},
        touched=pl.lit(True),
    ),
    _tagged(
        "scheduled_overdue",
        "Scheduled and overdue",
        "The day on which it should have been shipped has passed.",
        holds=_not_cancelled() & pl.col("fulfill_at").is_not_null(),
        since=pl.col("fulfill_at"),
        needs=frozenset({"state", "waits"}),
    ),
    _tagged(
        "no_movement",
        "Label bought, no movement",
        "A label was made and the carrier has not said a word since.",
        holds=_not_cancelled() & pl.col("label_since").is_not_null(),
        since=pl.col("label_since"),
        needs=frozenset({"state", "delivery"}),
    ),
    Finding(
        "delivered_open",
        "Delivered but open",
        "Paid, shipped and delivered, with no return under way: it could be archived.",
        holds=_is("state", "OPEN")
        & _is("payment", "PAID", "PARTIALLY_REFUNDED", "REFUNDED")
        & _is("fulfillment", "FULFILLED")
        & _is("delivery", *ARRIVED)
        & ~_is("return", *RETURN_UNDER_WAY),
        since=pl.coalesce("delivered", "parcel_updated", "updated"),
        needs=frozenset({"state", "payment", "fulfillment", "delivery"}),
        action="archive",
        asks={"Action": pl.lit("archive")},
    ),
    _tagged(
        "cancelled_unrefunded",
        "Cancelled but not refunded",
        "The order is cancelled and the shop still has the customer's money, or a part of it.",
        holds=_is("state", "CANCELLED") & _is("payment", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED"),
        since=pl.col("cancelled"),
        needs=frozenset({"state", "payment"}),
    ),
    Finding(
        "refunded_fulfilled",
        "Refunded but fulfilled",
        "All money went back, the goods are out or on their way, and no return is on record.",
        holds=_not_cancelled()
        & _is("payment", "REFUNDED")
        & ~_is("delivery", "NONE", "NOT_TOLD")
        & ~_is("return", *RETURN_UNDER_WAY, "RETURNED"),
        since=pl.coalesce("shipped", "updated"),
        needs=frozenset({"state", "payment", "delivery"}),
        action="unfulfill what has not moved, tag refunded-fulfilled",
        asks={"Action": pl.when(_at_rest).then(pl.lit("unfulfill")), **_tag("refunded_fulfilled")},
    ),
    _tagged(
        "authorization_expiring",
        "Authorization expired or expiring",
        "The payment is reserved and not captured; when the authorization ends the money cannot be taken any more.",
        holds=_not_cancelled() & _is("payment", "AUTHORIZED"),
        since=pl.coalesce("expires", pl.col("processed") + timedelta(days=_AUTHORIZATION_DAYS)),
        needs=frozenset({"state", "payment"}),
        ahead=True,
    ),
    _tagged(
        "return_waiting",
        "Return waiting",
        "A customer asked to send something back, or has, and the return is not settled.",
        holds=_is("return", *RETURN_UNDER_WAY),
        since=pl.coalesce("return_since", "updated"),
        needs=frozenset({"return", "updated"}),
        touched=pl.col("return_since").is_null(),
    ),
)
"""In the order in which they are shown."""

BY_KEY = {finding.key: finding for finding in FINDINGS}


def find(board: Board, as_of: datetime, ages: Mapping[str, float]) -> tuple[Found, ...]:
    """Every finding with its orders; `ages` are hours by key, over the defaults."""
    return tuple(_find(finding, board, as_of, ages.get(finding.key, finding.hours)) for finding in FINDINGS)


def _find(finding: Finding, board: Board, as_of: datetime, hours: float) -> Found:
    told = finding.needs <= board.known
    orders = board.frame.with_columns(finding.since.alias("since"))
    orders = orders.filter(finding.fits(as_of, hours)) if told else orders.clear()
    return Found(finding, hours, orders.sort("since", maintain_order=True), told)


# --- sheets -----------------------------------------------------------------------------------------------------------

_IDENTITY = ("ID", "Name")
_ASKING = ("Action", "Tags", "Tags Command")
_CONTEXT = (
    "Created At",
    "Price: Total",
    "Currency",
    "Payment: Status",
    "Order Fulfillment Status",
    "Return: Status",
)
"""Cells of the order itself: one of a parcel would need the parcel's id beside it."""


def finding_sheet(found: Found, base: pl.DataFrame | None, export_id: str | None) -> pl.DataFrame:
    """The sheet of a finding, that `plan` takes as it is: a row per order, with what is asked for filled in.

    With the export's own base the sheet shows how the orders stand; without one it has nothing but identity and edits,
    as only such a sheet may change tags without a base.
    """
    orders = found.orders
    used = [header for header in _ASKING if header == "Action" or header in found.finding.asks]
    gid = pl.when(pl.col("order").is_not_null()).then("gid://shopify/Order/" + pl.col("order"))
    asked = orders.select(
        pl.col("order").alias(ORDER),
        gid.alias("ID"),
        pl.col("name").alias("Name"),
        *(found.finding.asks.get(header, pl.lit(None, pl.String)).alias(header) for header in used),
    )
    if base is None or export_id is None:
        return asked.select(*_IDENTITY, *used)
    context = [header for header in _CONTEXT if header in base.columns]
    first = base.select(ORDER, *context).unique(ORDER, keep="first", maintain_order=True)
    shown = asked.join(first, on=ORDER, how="left", maintain_order="left")
    if "Tags" in used:
        shown = shown.with_columns(_with_tags(orders["tags"], shown["Tags"]))
    shown = shown.with_columns(pl.lit(export_id).alias("Export: ID"))
    used = [header for header in used if header != "Tags Command"]
    return shown.select(*_IDENTITY, *used, *context, "Export: ID")


def _with_tags(there: pl.Series, wanted: pl.Series) -> pl.Series:
    """The orders' tags as they were exported, and the wanted one: with a base, what was added to the cell is added.

    One value over all of them, told by a command, would look like a cell that was dragged down.
    """
    both = pl.DataFrame([there.alias("there"), wanted.alias("wanted")])
    return both.select(pl.concat_str("there", "wanted", separator=", ", ignore_nulls=True).alias("Tags")).to_series()
