"""Export: filter > bulk query > download > frames > sheet and base snapshot.

The filter is tried without bulk first: Shopify ignores a search field that it does not know and then finds everything,
which in bulk nobody would see (shopify-api.md 6).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulk_orders.clock import Clock
from bulk_orders.core.columns import COLUMNS
from bulk_orders.core.diff import Base
from bulk_orders.core.layout import Rows, chosen, refuse_unknown, sheet_rows
from bulk_orders.core.search import Filters
from bulk_orders.errors import AccessDenied, Misused
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.documents import Document, export_query, left_out
from bulk_orders.shopify.jsonl import ExportFrames, read_export
from bulk_orders.shopify.replies import UnknownFields, denied_fields, search_warnings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.bases import write_base
from bulk_orders.storage.files import check_target, write_sheet

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
    frames, result = await _fetch(shop, search, rows, unavailable, progress)
    progress(ExportProgress("writing", frames.orders.height))
    frame = sheet_rows(frames.orders, frames.lines, rows, export_id)
    sheet = chosen(frame, columns)
    base = write_base(home, Base(export_id, frame, facts.domain, clock.now().isoformat(timespec="seconds")))
    write_sheet(target, sheet, locale)
    absent = tuple(c.header for c in COLUMNS if left_out(c, unavailable))
    return Exported(export_id, target, base, result.roots, sheet.height, facts.domain, absent)


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


async def _fetch(
    shop: Shop,
    search: str | None,
    rows: Rows,
    unavailable: frozenset[str],
    progress: Callable[[ExportProgress], None],
) -> tuple[ExportFrames, BulkResult]:
    lines = rows is Rows.LINES
    query = export_query(search, lines=lines, unavailable=unavailable)
    with tempfile.TemporaryDirectory(prefix="bulk-orders-") as folder:
        path = Path(folder) / "orders.jsonl"
        result = await shop.run_bulk(
            query,
            path,
            progress=lambda count: progress(ExportProgress("running", count)),
            downloading=lambda done: progress(ExportProgress("downloading", done)),
        )
        return read_export(path, result, lines=lines, unavailable=unavailable), result
