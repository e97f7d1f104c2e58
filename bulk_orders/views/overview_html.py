"""An overview as one HTML page: counts as pictures, findings, and every order to filter, sort and page through.

Opens offline, however many orders there are: the figures stand in the page as text, the orders as one compressed block
that the page unpacks after it is shown. Without JavaScript everything but the list of orders can be read.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from bulk_orders.core.board import DIMENSIONS
from bulk_orders.core.currency import places
from bulk_orders.core.findings import Found
from bulk_orders.core.overview import Changed, Overview
from bulk_orders.language import clauses, say, told
from bulk_orders.views.overview_words import HEADINGS, asks, how_long, rule, share, shown_states, state_label, status
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.words import count, numbered, plain

_WIDTH = 1000.0
_COLOURS = 8
_MOST_MONTHS = 24
_MOST_MOVED = 200
_CONTROLS = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


@dataclass(frozen=True, slots=True)
class _Part:
    """One status in the picture of a dimension."""

    index: int
    label: str
    orders: int
    share: str
    tone: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class _Box:
    """One block of a stacked column: a month's cancellations for one reason."""

    tone: int
    x: float
    y: float
    width: float
    height: float
    title: str


def overview_html(overview: Overview, sheets: Mapping[str, Path]) -> str:
    """The page; `sheets` are those of the findings, by key."""
    css, script = source("page.css") + source("overview.css"), source("overview.js")
    codes = {name: {word: at for at, word in enumerate(overview.counts[name])} for name in DIMENSIONS}
    coded = _coded(overview, codes)
    data = {
        "words": {name: [plain(status(name, word)) for word in codes[name]] for name in DIMENSIONS},
        "findings": [told(found.finding.title) for found in overview.findings],
        "groups": coded.groups,
        "store": _handle(overview.source.shop),
        "at": int(overview.source.at.timestamp() // 60),
    }
    cancelled = overview.cancellations
    reasons = _reasons(cancelled.by_month)
    return (
        environment()
        .get_template("overview.html.j2")
        .render(
            overview=overview,
            csp=policy(css, script),
            css=Markup(css),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            data=Markup(_json(data)),  # noqa: S704 (escaped for a script element)
            orders=coded.packed,
            title=overview.source.shop or Path(overview.source.path).name,
            at=overview.source.at.isoformat(),
            states=[(number, state_label(word, number)) for word, number in shown_states(overview.counts["state"])],
            pictures=[(name, HEADINGS[name], list(_parts(overview, name))) for name in DIMENSIONS],
            matrix=_matrix(overview),
            findings=[(at, *_finding(overview, found, sheets)) for at, found in enumerate(overview.findings)],
            cancelled=cancelled,
            reasons=[(tone, status("reason", reason), number) for reason, (tone, number) in reasons.items()],
            months=list(_months(cancelled.by_month, reasons)),
            tables=list(_tables(overview)),
            changed=overview.changed,
            moves=_moves(overview.changed),
            moved=_moved(overview.changed),
        )
    )


def _finding(overview: Overview, found: Found, sheets: Mapping[str, Path]) -> tuple[Found, str, str, str, str]:
    """With its rule, how old the oldest is, its sheet and what that asks for."""
    return found, rule(found), how_long(found, overview.source.at), _file(sheets, found.finding.key), asks(found)


def _file(sheets: Mapping[str, Path], key: str) -> str:
    return sheets[key].name if key in sheets else ""


def _json(data: Mapping[str, Any]) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _handle(domain: str) -> str | None:
    """The shop's handle, for links into the admin; None for anything that is not surely one."""
    found = re.fullmatch(r"([a-z0-9][a-z0-9-]*)\.myshopify\.com", domain)
    return found[1] if found else None


# --- the orders -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Coded:
    """`groups`: for each combination the index of each dimension's status, the findings as bits, and the orders.

    `packed`: a line per column, its cells separated by tabs, deflated, in Base64.
    """

    groups: list[list[int]]
    packed: str


def _coded(overview: Overview, codes: Mapping[str, Mapping[str, int]]) -> _Coded:
    frame = overview.board.frame.with_row_index("_at")
    bits = pl.DataFrame({"_at": frame["_at"], "_bits": pl.zeros(frame.height, pl.Int64, eager=True)})
    keyed = frame.select("_at", pl.coalesce("order", "name").alias("_key"))
    for at, found in enumerate(overview.findings):
        there = found.orders.select(pl.coalesce("order", "name").alias("_key")).with_columns(
            pl.lit(1 << at).alias("_bit")
        )
        marked = keyed.join(there, on="_key", how="left", maintain_order="left")["_bit"].fill_null(0)
        bits = bits.with_columns(pl.col("_bits") + marked)
    dimensions = [
        pl.col(name).replace_strict(codes[name], return_dtype=pl.Int64).alias(f"_{name}") for name in DIMENSIONS
    ]
    keys = [*(f"_{name}" for name in DIMENSIONS), "_bits"]
    rows = frame.with_columns(*dimensions, bits["_bits"])
    groups = rows.group_by(keys, maintain_order=True).len("_orders").with_row_index("_group")
    rows = rows.join(groups, on=keys, how="left", maintain_order="left")
    minutes = pl.col("created").dt.epoch("s") // 60
    columns = rows.select(
        pl.col("_group").cast(pl.String),
        _clean("name"),
        pl.col("order").fill_null(""),
        minutes.cast(pl.String).fill_null(""),
        _amount(frame["currency"].drop_nulls().unique().to_list()),
        _clean("currency"),
    )
    text = "\n".join("\t".join(columns[name]) for name in columns.columns)
    packed = base64.b64encode(zlib.compress(text.encode(), 6)).decode()
    return _Coded([list(row) for row in groups.select(*keys, "_orders").iter_rows()], packed)


def _clean(name: str) -> pl.Expr:
    """A text without what would move the cursor or turn the line."""
    return pl.col(name).fill_null("").str.replace_all(_CONTROLS, "")


def _amount(currencies: list[str]) -> pl.Expr:
    """The totals with their currency's decimals, as everywhere else: Shopify writes 129.0 and means 129.00 EUR."""
    text = _clean("amount")
    whole = text.str.extract(r"^(-?\d+)(?:\.\d+)?$", 1)
    digits = text.str.extract(r"\.(\d+)$", 1).fill_null("").str.strip_chars_end("0")
    decimals = pl.col("currency").replace_strict({code: places(code) for code in currencies}, default=2)
    filled = (
        pl.when(decimals == 0)
        .then(digits)
        .otherwise(pl.when(decimals == 2).then(digits.str.pad_end(2, "0")).otherwise(digits.str.pad_end(3, "0")))
    )
    shown = pl.when(filled == "").then(whole).otherwise(pl.concat_str(whole, pl.lit("."), filled))
    return pl.coalesce(shown, text).alias("amount")


# --- pictures ---------------------------------------------------------------------------------------------------------


def _parts(overview: Overview, name: str) -> Iterator[_Part]:
    x, total = 0.0, max(1, overview.total)
    for at, (word, number) in enumerate(overview.counts[name].items()):
        width = _WIDTH * number / total
        yield _Part(
            at, status(name, word), number, share(number, total), min(at, _COLOURS - 1), round(x, 2), round(width, 2)
        )
        x += width


@dataclass(frozen=True, slots=True)
class _Cell:
    payment: int
    fulfillment: int
    orders: int
    heat: int


def _matrix(overview: Overview) -> tuple[list[str], list[tuple[str, list[_Cell]]]]:
    """Payment down, fulfillment across; a cell's heat is its share on a scale of five."""
    across, down = overview.counts["fulfillment"], overview.counts["payment"]
    counted = overview.board.frame.group_by("payment", "fulfillment").len("orders")
    number = {(row[0], row[1]): int(row[2]) for row in counted.iter_rows()}
    most = max(number.values(), default=1)
    rows = [
        (
            status("payment", payment),
            [
                _Cell(y, x, orders, 0 if not orders else 1 + min(4, int(4 * orders / most)))
                for x, fulfillment in enumerate(across)
                for orders in [number.get((payment, fulfillment), 0)]
            ],
        )
        for y, payment in enumerate(down)
    ]
    return [status("fulfillment", word) for word in across], rows


def _reasons(by_month: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """For each reason its colour and its orders, most first."""
    summed = by_month.group_by("reason").agg(pl.col("orders").sum()).sort("orders", "reason", descending=[True, False])
    return {reason: (min(at, _COLOURS - 1), number) for at, (reason, number) in enumerate(summed.iter_rows())}


def _months(by_month: pl.DataFrame, reasons: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, float, list[_Box]]]:
    """The newest months as stacked columns: label, its place, the blocks. The picture is 1000 x 170."""
    months = by_month["month"].drop_nulls().unique().sort().tail(_MOST_MONTHS).to_list()
    sums = by_month.group_by("month").agg(pl.col("orders").sum()).filter(pl.col("month").is_in(months))
    highest = max(sums["orders"].to_list(), default=1)
    step = min(90.0, _WIDTH / max(1, len(months)))
    for at, month in enumerate(months):
        y, boxes = 140.0, []
        for _, reason, orders in by_month.filter(pl.col("month") == month).iter_rows():
            height = 130.0 * orders / highest
            y -= height
            values = {"month": month, "orders": count(orders, "order"), "reason": status("reason", reason)}
            title = say("{month}: {orders}, {reason}", **values)
            tone = reasons[reason][0]
            boxes.append(_Box(tone, round(at * step + 4, 1), round(y, 1), round(step - 8, 1), round(height, 1), title))
        yield month, round(at * step + step / 2, 1), boxes


# --- tables -----------------------------------------------------------------------------------------------------------


def _tables(overview: Overview) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Cancellations by channel and by product: heading, columns, rows."""
    found = overview.cancellations
    cancelled, reasons = say("Cancelled"), say("Reasons")
    rows = [
        [name, numbered(total), why, share(total, found.channels.get(name, 0))]
        for name, total, why in _wide(found.by_channel, "channel")
    ]
    yield say("By channel"), [say("Channel"), cancelled, reasons, say("Of its orders")], rows
    if found.by_product is not None:
        rows = [[name, numbered(total), why] for name, total, why in _wide(found.by_product, "product")]
        yield say("By product"), [say("Product"), cancelled, reasons], rows


def _wide(table: pl.DataFrame, by: str) -> Iterator[tuple[str, int, str]]:
    grouped = table.sort("orders", descending=True, maintain_order=True).group_by(by, maintain_order=True)
    summed = grouped.agg(pl.col("orders").sum().alias("all"), pl.struct("reason", "orders").alias("reasons"))
    for name, total, reasons in summed.sort("all", descending=True, maintain_order=True).iter_rows():
        why = ", ".join(f"{status('reason', each['reason'])} {numbered(each['orders'])}" for each in reasons)
        yield str(name), int(total), why


def _moves(changed: Changed | None) -> list[tuple[str, str, str, int]]:
    if changed is None:
        return []
    return [
        (HEADINGS[name], status(name, was), status(name, now), int(number))
        for name, was, now, number in changed.moves.iter_rows()
    ]


def _moved(changed: Changed | None) -> list[tuple[str, str]]:
    """The first orders that moved, each with everything that moved in it."""
    if changed is None:
        return []
    orders = changed.orders.group_by("order", "name", maintain_order=True).agg(pl.struct("dimension", "was", "now"))
    return [
        (
            str(name),
            clauses(
                f"{HEADINGS[m['dimension']].lower()} {status(m['dimension'], m['was'])} → "
                f"{status(m['dimension'], m['now'])}"
                for m in moves
            ),
        )
        for _, name, moves in orders.head(_MOST_MOVED).iter_rows()
    ]
