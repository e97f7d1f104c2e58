"""An overview as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bulk_orders.core.board import DIMENSIONS
from bulk_orders.core.findings import Found
from bulk_orders.core.overview import Changed, Overview

FORMAT = "1.0"


def overview_json(overview: Overview, sheets: Mapping[str, Path], report: Path | None) -> dict[str, Any]:
    """Statuses are Shopify's own words; `NONE` is none, `NOT_TOLD` means that the sheet has no column for it."""
    told = overview.cancellations
    return {
        "format_version": FORMAT,
        "shop": overview.source.shop or None,
        "as_of": overview.source.at.isoformat(),
        "source": {"path": overview.source.path, "export_id": overview.source.export_id},
        "report": str(report) if report else None,
        "orders": overview.total,
        "counts": {name: dict(overview.counts[name]) for name in DIMENSIONS},
        "combinations": overview.combinations().to_dicts(),
        "findings": [_finding(found, overview, sheets) for found in overview.findings],
        "cancellations": {
            "orders": told.total,
            "by_month": told.by_month.to_dicts(),
            "by_channel": told.by_channel.to_dicts(),
            "by_product": None if told.by_product is None else told.by_product.to_dicts(),
            "orders_by_channel": dict(told.channels),
        },
        "changed": None if overview.changed is None else _changed(overview.changed),
        "notices": list(overview.notices),
    }


def _finding(found: Found, overview: Overview, sheets: Mapping[str, Path]) -> dict[str, Any]:
    oldest = found.oldest(overview.source.at)
    path = sheets.get(found.finding.key)
    return {
        "finding": found.finding.key,
        "title": found.finding.title,
        "hours": found.hours,
        "told": found.told,
        "orders": found.count,
        "oldest_hours": None if oldest is None else round(oldest, 1),
        "action": found.finding.action,
        "sheet": str(path) if path else None,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    return {
        "since": changed.since.at.isoformat(),
        "source": {"path": changed.since.path, "export_id": changed.since.export_id},
        "new": changed.new.height,
        "gone": changed.gone.height,
        "moved": changed.orders["order"].n_unique(),
        "moves": changed.moves.to_dicts(),
    }
