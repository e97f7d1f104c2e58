"""A copy of each order before it is deleted: all that can be read of it as JSON, and its lines as a sheet.

No copy, no deletion: what cannot be written stops the run before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bulk_orders.core.changes import Change
from bulk_orders.core.layout import Rows, sheet_rows
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER
from bulk_orders.errors import Refused
from bulk_orders.shopify.documents import backup
from bulk_orders.shopify.jsonl import frames_of
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.atomic import make_folder, write_text
from bulk_orders.storage.files import write_sheet
from bulk_orders.storage.lock import slug


class Backups:
    """The backups of one plan, in the state folder: open to its owner alone, since they hold customers' data."""

    def __init__(self, home: Path, plan_id: str, shop: Shop) -> None:
        self.folder = home / "backups" / plan_id
        self._shop = shop
        self._made = 0

    async def keep(self, change: Change) -> None:
        """Write the order of a change to NAME-ID.json and NAME-ID.csv, as it is now."""
        node = await self._read(change)
        make_folder(self.folder)
        stem = f"{slug(change.name)}-{change.order.rsplit('/', 1)[-1]}"
        write_text(self.folder / f"{stem}.json", json.dumps(node, ensure_ascii=False, indent=1) + "\n")
        frames = frames_of(node)
        frame = sheet_rows(frames.orders, frames.lines, Rows.LINES, "")
        write_sheet(self.folder / f"{stem}.csv", frame.drop(ORDER, FULFILLMENT, LINE, "Export: ID"))
        self._made += 1

    async def _read(self, change: Change) -> dict[str, Any]:
        """The order with all that this token can read; a part that is denied is null in it."""
        reply = await self._shop.client.read(backup(), {"ids": [change.order]}, partial=True)
        nodes: Any = reply.data.get("nodes") or [None]
        if not nodes[0]:
            raise Refused(f"{change.name} cannot be read for its backup, so it is not deleted.", fix="Plan again.")
        return dict(nodes[0])

    def notices(self) -> Iterator[str]:
        """Where they are."""
        if self._made:
            yield f"Backups of the deleted orders are in {self.folder}."
