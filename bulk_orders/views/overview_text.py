"""An overview as text: how many orders stand where, what needs a look, cancellations, what changed. 88 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from bulk_orders.core.board import DIMENSIONS
from bulk_orders.core.findings import Found
from bulk_orders.core.overview import Cancellations, Changed, Overview
from bulk_orders.views.overview_words import HEADINGS, how_long, rule, status
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import count, join, moment, plain
from bulk_orders.views.wrapping import WIDTH, wrap

_SHOWN = 10
_BAR = 24


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
        parts += wrap(f"Note: {plain(notice)}", WIDTH, subsequent_indent="      ")
    if report is not None:
        parts.append(f"The page:  {report}")
    if sheets:
        first = next(iter(sheets.values()))
        parts.append(f"To act on a finding:  bulk-orders plan {first}")
    return "\n".join(parts).rstrip()


def _head(overview: Overview, paint: Paint) -> list[str]:
    states = overview.counts["state"]
    told = join(f"{states.get(word, 0):,} {word.lower()}" for word in ("OPEN", "ARCHIVED", "CANCELLED"))
    whose = plain(overview.source.shop or Path(overview.source.path).name)
    at = moment(overview.source.at.isoformat())
    return [
        f"{paint.bold(f'Overview of {whose}')}   {paint.soft(f'as of {at}')}",
        f"  {count(overview.total, 'order')}: {told}",
    ]


def _bars(overview: Overview, dimension: str, paint: Paint) -> Iterator[str]:
    yield paint.bold(HEADINGS[dimension])
    for word, number in overview.counts[dimension].items():
        bar = "█" * max(1, round(_BAR * number / overview.total))
        share = 100 * number / overview.total
        yield f"  {bar:<{_BAR}} {number:>9,} {plain(status(dimension, word))} ({share:.1f} %)"


def _together(overview: Overview, paint: Paint, *, full: bool) -> Iterator[str]:
    table = overview.combinations()
    shown = table if full else table.head(_SHOWN)
    yield paint.bold("Together: payment, fulfillment, delivery, return, open or closed")
    for *words, number in shown.iter_rows():
        told = " · ".join(plain(status(name, str(word))) for name, word in zip(DIMENSIONS, words, strict=True))
        yield from wrap(f"{number:>9,} {told}", WIDTH, initial_indent="  ", subsequent_indent=" " * 12)
    if table.height > shown.height:
        yield f"  ... {table.height - shown.height:,} more (--full shows all)"


def _findings(overview: Overview, paint: Paint) -> Iterator[str]:
    yield paint.bold("What needs a look")
    there = [found for found in overview.findings if found.count]
    for found in there:
        head = f"! {found.count:>7,} {found.finding.title.lower()} {rule(found)}"
        first, *rest = _wrapped(f"{head}, {how_long(found, overview.source.at)}", 2, 12)
        yield from (first.replace("!", paint.amber("!"), 1), *rest)
        yield f"            {found.finding.tag}.csv: {found.finding.action}"
    clean = [found for found in overview.findings if found.told and not found.count]
    if clean:
        yield from _wrapped(f"✓ none: {_titles(clean)}.", 2, 4)
    untold = [found for found in overview.findings if not found.told]
    if untold:
        yield from _wrapped(f"? cannot be told from this sheet: {_titles(untold)}.", 2, 4)


def _titles(findings: list[Found]) -> str:
    return "; ".join(found.finding.title.lower() for found in findings)


def _cancellations(told: Cancellations, paint: Paint, *, full: bool) -> Iterator[str]:
    yield f"{paint.bold('Cancelled')}: {count(told.total, 'order')}"
    if not told.total:
        return
    groups = [("by reason", _summed(told.by_channel, "reason")), ("by month", _summed(told.by_month, "month"))]
    groups.append(("by channel", _summed(told.by_channel, "channel")))
    if told.by_product is not None:
        groups.append(("by product", _summed(told.by_product, "product")))
    for title, numbers in groups:
        shown = list(numbers.items()) if full else list(numbers.items())[:_SHOWN]
        line = ", ".join(f"{plain(_named(title, name))} {number:,}" for name, number in shown)
        rest = f", {len(numbers) - len(shown):,} more" if len(numbers) > len(shown) else ""
        yield from _wrapped(f"{title}: {line}{rest}", 2, 4)


def _named(title: str, name: str) -> str:
    return status("reason", name) if title == "by reason" else name


def _summed(table: pl.DataFrame, by: str) -> dict[str, int]:
    """Orders by one thing alone: months in their order, everything else most first."""
    summed = table.group_by(by).agg(pl.col("orders").sum())
    ordered = summed.sort(by) if by == "month" else summed.sort("orders", by, descending=[True, False])
    return {str(name): int(number) for name, number in ordered.iter_rows()}


def _changed(changed: Changed, paint: Paint, *, full: bool) -> Iterator[str]:
    since = moment(changed.since.at.isoformat())
    moved = changed.orders["order"].n_unique()
    yield paint.bold(f"Changed since {since}")
    yield f"  {count(changed.new.height, 'new order')}, {changed.gone.height:,} gone, {moved:,} moved"
    shown = changed.moves if full else changed.moves.head(_SHOWN)
    for dimension, was, now, number in shown.iter_rows():
        words = f"{status(dimension, was)} → {status(dimension, now)}"
        yield f"  {number:>9,} {HEADINGS[dimension].lower()}: {plain(words)}"
    if changed.moves.height > shown.height:
        yield f"  ... {changed.moves.height - shown.height:,} more (--full shows all)"


def _wrapped(text: str, indent: int, hang: int) -> list[str]:
    return wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hang)
