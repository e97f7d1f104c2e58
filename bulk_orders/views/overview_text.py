"""An overview as text: how many orders stand where, what needs a look, cancellations, what changed. 88 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from bulk_orders.core.board import DIMENSIONS
from bulk_orders.core.findings import Found
from bulk_orders.core.overview import Cancellations, Changed, Overview
from bulk_orders.language import clauses, colon, phrase, plural, say, told
from bulk_orders.views.lines import painted, titled, to_type
from bulk_orders.views.overview_words import (
    HEADINGS,
    asks,
    how_long,
    in_state,
    rule,
    share,
    shown_states,
    status,
    title,
)
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import note_lines
from bulk_orders.views.words import count, join, moment, numbered, plain, quoted
from bulk_orders.views.wrapping import width, wrap

_SHOWN = 10
_BAR, _SHORT_BAR = 24, 4
_NARROW = 72
"""Cells below which bars are short, so that the words behind them still fit."""


def overview_text(
    overview: Overview, sheets: Mapping[str, Path], report: Path | None, *, paint: Paint, full: bool = False
) -> str:
    """The whole overview for a terminal; `sheets` are those of the findings, by key."""
    parts = [*_head(overview, paint), ""]
    for dimension in DIMENSIONS[:-1]:
        parts += [*_bars(overview, dimension, paint), ""]
    parts += [*_together(overview, paint, full=full), ""]
    parts += [*_findings(overview, paint), ""]
    parts += [*_cancellations(overview.cancellations, paint, full=full), ""]
    if overview.changed is not None:
        parts += [*_changed(overview.changed, paint, full=full), ""]
    for notice in overview.notices:
        parts += note_lines(told(notice))
    if report is not None:
        parts += to_type(say("The page:"), str(report))
    if sheets:
        first = next(iter(sheets.values()))
        parts += to_type(say("To act on a finding:"), f"bulk-orders plan {quoted(first)}")
    return "\n".join(parts).rstrip()


def _head(overview: Overview, paint: Paint) -> list[str]:
    each = join(in_state(word, many) for word, many in shown_states(overview.counts["state"]))
    whose = plain(overview.source.shop or Path(overview.source.path).name)
    at = moment(overview.source.at.isoformat())
    return [
        *titled(say("Overview of {shop}", shop=whose), say("as of {moment}", moment=at), paint),
        *_wrapped(f"{count(overview.total, 'order')}{colon()} {each}", 2, 4),
    ]


def _bars(overview: Overview, dimension: str, paint: Paint) -> Iterator[str]:
    yield paint.bold(HEADINGS[dimension])
    longest, shares = (_BAR, 9) if width() >= _NARROW else (_SHORT_BAR, 7)
    figures = _figures()
    hang = 2 + longest + 1 + figures + 1 + shares + 2
    for word, number in overview.counts[dimension].items():
        bar = "█" * max(1, round(longest * number / overview.total))
        part = share(number, overview.total)
        words = f"{part:>{shares}}  {plain(status(dimension, word))}"
        yield from _wrapped(f"{bar:<{longest}} {numbered(number):>{figures}} {words}", 2, hang)


def _together(overview: Overview, paint: Paint, *, full: bool) -> Iterator[str]:
    table = overview.combinations()
    shown = table if full else table.head(_SHOWN)
    yield from painted(paint.bold, say("Together: payment, fulfillment, delivery, return, open or closed"))
    for *words, number in shown.iter_rows():
        together = " · ".join(plain(status(name, str(word))) for name, word in zip(DIMENSIONS, words, strict=True))
        yield from _times(number, together)
    if table.height > shown.height:
        yield _more(table.height - shown.height)


def _figures() -> int:
    """Cells of a number of orders."""
    return 9 if width() >= _NARROW else 5


def _times(number: int, what: str, sign: str = "") -> list[str]:
    """`  15 × paid · unfulfilled`, its further lines below the words."""
    figures = _figures()
    return _wrapped(f"{sign}{numbered(number):>{figures - len(sign)}} × {what}", 2, 2 + figures + 3)


def _more(number: int) -> str:
    return f"  {plural('... {count} more (--full shows all)', '... {count} more (--full shows all)', number)}"


def _findings(overview: Overview, paint: Paint) -> Iterator[str]:
    yield paint.bold(say("What needs a look"))
    there = [found for found in overview.findings if found.count]
    for found in there:
        what = f"{title(found)} {rule(found)}, {how_long(found, overview.source.at)}"
        head, *rest = _times(found.count, what, sign="! ")
        yield from (head.replace("!", paint.amber("!"), 1), *rest)
        hang = 2 + _figures() + 3
        yield from _wrapped(f"{found.finding.tag}.csv{colon()} {asks(found)}", hang, hang + 2)
    clean = [found for found in overview.findings if found.told and not found.count]
    if clean:
        yield from _wrapped(f"✓ {say('none: {findings}.', findings=_titles(clean))}", 2, 4)
    untold = [found for found in overview.findings if not found.told]
    if untold:
        cannot = say("cannot be told from this sheet: {findings}.", findings=_titles(untold))
        yield from _wrapped(f"? {cannot}", 2, 4)


def _titles(findings: list[Found]) -> str:
    return clauses(title(found) for found in findings)


_BY_REASON = phrase("by reason: {orders}")


def _cancellations(found: Cancellations, paint: Paint, *, full: bool) -> Iterator[str]:
    yield f"{paint.bold(say('Cancelled'))}{colon()} {count(found.total, 'order')}"
    if not found.total:
        return
    groups = [(_BY_REASON, _summed(found.by_channel, "reason"))]
    groups.append((phrase("by month: {orders}"), _summed(found.by_month, "month")))
    groups.append((phrase("by channel: {orders}"), _summed(found.by_channel, "channel")))
    if found.by_product is not None:
        groups.append((phrase("by product: {orders}"), _summed(found.by_product, "product")))
    for words, numbers in groups:
        shown = list(numbers.items()) if full else list(numbers.items())[:_SHOWN]
        parts = [f"{plain(_named(words, name))} {numbered(number)}" for name, number in shown]
        over = len(numbers) - len(shown)
        if over:
            parts.append(plural("{count} more", "{count} more", over))
        yield from _wrapped(say(words, orders=", ".join(parts)), 2, 4)


def _named(words: str, name: str) -> str:
    return status("reason", name) if words == _BY_REASON else name


def _summed(table: pl.DataFrame, by: str) -> dict[str, int]:
    """Orders by one thing alone: months in their order, everything else most first."""
    summed = table.group_by(by).agg(pl.col("orders").sum())
    ordered = summed.sort(by) if by == "month" else summed.sort("orders", by, descending=[True, False])
    return {str(name): int(number) for name, number in ordered.iter_rows()}


def _changed(changed: Changed, paint: Paint, *, full: bool) -> Iterator[str]:
    since = moment(changed.since.at.isoformat())
    moved = changed.orders["order"].n_unique()
    yield paint.bold(say("Changed since {moment}", moment=since))
    gone = plural("{count} gone", "{count} gone", changed.gone.height)
    orders = plural("{count} moved", "{count} moved", moved)
    yield from _wrapped(f"{count(changed.new.height, 'new order')}, {gone}, {orders}", 2, 4)
    shown = changed.moves if full else changed.moves.head(_SHOWN)
    for dimension, was, now, number in shown.iter_rows():
        words = f"{status(dimension, was)} → {status(dimension, now)}"
        yield from _times(number, f"{HEADINGS[dimension].lower()}{colon()} {plain(words)}")
    if changed.moves.height > shown.height:
        yield _more(changed.moves.height - shown.height)


def _wrapped(text: str, indent: int, hang: int) -> list[str]:
    return wrap(text, initial_indent=" " * indent, subsequent_indent=" " * hang, break_on_hyphens=False)
