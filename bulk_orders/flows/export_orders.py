"""Export: filter > bulk query > download > frames > sheet and base snapshot.

The filter is tried without bulk first: Shopify ignores a search field that it does not know and then finds everything,
which in bulk nobody would see (shopify-api.md 6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bulk_orders.ahead import ahead
from bulk_orders.clock import Clock
from bulk_orders.core.columns import COLUMNS
from bulk_orders.core.layout import Rows, chosen, refuse_unknown, sheet_rows
from bulk_orders.core.search import Filters
from bulk_orders.errors import AccessDenied, Misused
from bulk_orders.shopify.arriving import Arriving, Restarted
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.documents import Document, export_query, left_out
from bulk_orders.shopify.jsonl import read_export
from bulk_orders.shopify.replies import UnknownFields, denied_fields, search_warnings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.bases import scan_base, write_base
from bulk_orders.storage.files import check_target, too_large_to_read, write_sheet
from bulk_orders.storage.scratch import scratch

_PREFLIGHT_ORDERS = 10
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """`stage` is one of asking, running, downloading, writing; `done` counts objects or bytes."""

    stage: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export."""

    export_id: str
    target: Path
    base: Path
    orders: int
    rows: int
    shop: str
    left_out: tuple[str, ...]
    """Columns that the token may not read."""
    too_large: str | None = None
    """Why the sheet cannot be read back, where it cannot."""


async def export_orders(
    shop: Shop,
    target: Path,
    *,
    filters: Filters,
    rows: Rows,
    columns: Sequence[str] | None,
    home: Path,
    clock: Clock,
    export_id: str,
    locale: str = "en",
    progress: Callable[[ExportProgress], None],
) -> Exported:
    """Export the orders that `filters` find into `target` (by its ending .csv, .xlsx or .parquet).

    `export_id` names the base snapshot, in the sheet too; storage.bases makes one. `locale` is whose spreadsheets a
    CSV is for.
    """
    check_target(target)
    refuse_unknown(columns)
    progress(ExportProgress("asking"))
    facts = await shop.facts()
    search = filters.search()
    unavailable = await _preflight(shop, search, rows)
    absent = tuple(c.header for c in COLUMNS if left_out(c, unavailable))
    query = export_query(search, lines=rows is Rows.LINES, unavailable=unavailable)
    result = await shop.run_bulk(query, progress=lambda count: progress(ExportProgress("running", count)))
    made_at = clock.now().isoformat(timespec="seconds")
    with scratch(home) as folder:
        path = folder / "orders.jsonl"

        def snapshot(arriving: Arriving | None) -> Path:
            lines = rows is Rows.LINES
            blocks = read_export(path, result, lines=lines, unavailable=unavailable, folder=folder, arriving=arriving)
            frames = ahead(lambda block: sheet_rows(block.orders, block.lines, rows, export_id), blocks)
            return write_base(home, export_id, facts.domain, made_at, frames)

        base = await _downloaded(shop, result, path, snapshot, progress)
    progress(ExportProgress("writing", result.roots))
    written = await asyncio.to_thread(_write_sheet, base, target, columns, locale)
    too_large = too_large_to_read(target, written)
    return Exported(export_id, target, base, result.roots, written, facts.domain, absent, too_large)


async def _downloaded(
    shop: Shop,
    result: BulkResult,
    target: Path,
    snapshot: Callable[[Arriving | None], Path],
    progress: Callable[[ExportProgress], None],
) -> Path:
    """Download, and read behind the download; where that begins anew, what was read is read again."""
    arriving = Arriving()

    def arrived(size: int) -> None:
        arriving.advance(size)
        progress(ExportProgress("downloading", size, result.size))

    reading = asyncio.ensure_future(asyncio.to_thread(snapshot, arriving))
    whole = False
    try:
        await shop.download(result, target, arrived)
        whole = True
    finally:
        arriving.end(whole=whole)
        if not whole:
            await asyncio.gather(reading, return_exceptions=True)
    try:
        return await reading
    except Restarted:
        return await asyncio.to_thread(snapshot, None)


def _write_sheet(base: Path, target: Path, columns: Sequence[str] | None, locale: str) -> int:
    """The sheet, made of the snapshot that its edits will be compared with; how many rows it has."""
    rows = scan_base(base)
    write_sheet(target, rows.select(chosen(rows.collect_schema().names(), columns)), locale)
    return int(rows.select(pl.len()).collect().item())


async def _preflight(shop: Shop, search: str | None, rows: Rows) -> frozenset[str]:
    """Ask for a few orders the ordinary way; the fields that the export has to do without come back.

    Raises Misused where Shopify did not understand the search.
    """
    unavailable: frozenset[str] = frozenset()
    lines = rows is Rows.LINES
    for _ in range(_ROUNDS):
        text = export_query(search, lines=lines, unavailable=unavailable, first=_PREFLIGHT_ORDERS)
        document = Document("export_preflight", f"query BulkOrdersExportPreflight {text}")
        try:
            reply = await shop.client.read(document, weight=20, debug=True, partial=True)
        except UnknownFields as error:
            unavailable |= error.fields
            continue
        warnings = search_warnings(reply)
        if warnings:
            raise Misused(
                f"Shopify did not understand the filter and would ignore it: {'; '.join(warnings)}",
                where=f"filter {search}",
                fix="Correct the filter. Nothing was exported.",
            )
        denied = denied_fields(reply)
        if not denied:
            return unavailable
        if "Order" in denied or not reply.data.get("orders"):
            break
        unavailable |= denied
    raise AccessDenied("The token may not read orders.", fix="bulk-orders doctor says which scopes are missing.")
