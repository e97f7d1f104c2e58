"""Makes everything in this folder from a seed: an export of a store in a box, sheets people edit, a plan.

    make samples

The same every time, byte for byte: the clock stands still, ids come from the seed. A test runs it and compares.
Customers are made up and have addresses at example.com.
"""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import httpx

from bulk_orders.core.layout import Rows
from bulk_orders.core.plan import Plan
from bulk_orders.core.plan_document import to_document
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.search import Filters
from bulk_orders.demo.edits import edit_copy
from bulk_orders.devstore import TOKEN, DevStore, create_app
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.flows.export_orders import export_orders
from bulk_orders.flows.make_plan import make_plan
from bulk_orders.settings import Settings, ShopAddress
from bulk_orders.shopify.shop import Shop
from bulk_orders.tokens import Credentials, Secret
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ORDERS, SEED = 60, 11


class _StillClock:
    """Always the same moment."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


async def make(folder: Path) -> None:
    """Write every sample into `folder`."""
    with tempfile.TemporaryDirectory() as state:
        store = DevStore.seeded(
            ORDERS, SEED, NOW.timestamp(), clock=NOW.timestamp, settings=StoreSettings(bulk_seconds=0.0)
        )
        settings = Settings(
            shop=ShopAddress.parse("http://127.0.0.1:8765"),
            credentials=Credentials(token=Secret(TOKEN), source="the devstore"),
            home=Path(state),
        )
        transport = httpx.ASGITransport(create_app(store))
        async with Shop(settings, _StillClock(), transport) as shop:
            await _export(shop, folder / "orders.csv", Path(state))
            edit_copy(folder / "orders.csv", folder / "edited.csv")
            plan = await _plan(shop, folder / "edited.csv", Path(state))
        _write_plan(plan, folder)
        _write_recipes(store, folder)
        sheet = Path(state) / "work" / "unfulfill.csv"
        sheet.parent.mkdir()
        sheet.write_bytes((folder / "recipe-unfulfill.csv").read_bytes())
        text = await _recorder().record(sheet, settings, _StillClock(), transport)
        (folder / "transcript.txt").write_text(text, encoding="utf-8")


def _recorder() -> ModuleType:
    """The script beside this one, wherever this one is run from."""
    spec = importlib.util.spec_from_file_location("transcript", Path(__file__).with_name("transcript.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def _export(shop: Shop, target: Path, home: Path) -> None:
    await export_orders(
        shop,
        target,
        filters=Filters(),
        rows=Rows.FULFILLMENTS,
        columns=None,
        home=home,
        clock=_StillClock(),
        export_id=f"x-{NOW:%Y%m%d-%H%M%S}-0b0b0b-sample",
        progress=lambda _: None,
    )


async def _plan(shop: Shop, sheet: Path, home: Path) -> Plan:
    return await make_plan(
        sheet,
        shop,
        home=home,
        preferences=Preferences(),
        clock=_StillClock(),
        plan_id="7f3a-19c2",
        tool="bulk-orders",
    )


def _write_plan(plan: Plan, folder: Path) -> None:
    path = Path("edited.plan")
    plan = replace(plan, sheet=replace(plan.sheet, path="edited.csv"))  # the same digest in whatever folder it is made
    plan = replace(plan, digest=to_document(plan)["digest"])
    (folder / "plan.txt").write_text(f"{plan_text(plan, path, paint=Paint())}\n", encoding="utf-8")
    (folder / "plan.html").write_text(plan_html(plan, path), encoding="utf-8")


def _write_recipes(store: DevStore, folder: Path) -> None:
    """The small sheets that people make by hand, one per job."""
    orders = list(store.orders.values())
    waiting = [o for o in orders if not o.fulfillments and o.cancelled_at is None and o.closed_at is None]
    shipped = [o for o in orders if [f.status for f in o.fulfillments] == ["SUCCESS"] and o.closed_at is None]
    packed = [o for o in shipped if not o.fulfillments[0].events]
    _write(
        folder / "recipe-cancel.csv",
        [
            {"Name": o.name, "Cancel: Reason": "customer", "Cancel: Refund": "TRUE", "Cancelled At": "2026-11-20"}
            for o in waiting[:3]
        ],
    )
    _write(
        folder / "recipe-unfulfill.csv",
        [{"ID": o.id, "Fulfillment: ID": o.fulfillments[0].id, "Fulfillment: Status": "cancelled"} for o in packed[:3]],
    )
    _write(folder / "recipe-archive.csv", [{"ID": o.id, "Closed At": "2026-11-20"} for o in shipped[3:8]])
    _write(
        folder / "recipe-tags-and-notes.csv",
        [
            {"ID": o.id, "Tags": "wholesale", "Tags Command": "MERGE", "Note": "Gift", "Note Command": "APPEND"}
            for o in waiting[3:6]
        ],
    )

    _write(
        folder / "recipe-fulfill.csv",
        [
            {
                "ID": o.id,
                "Line: Type": "Fulfillment Line",
                "Fulfillment: Status": "success",
                "Fulfillment: Tracking Company": "Chronopost",
                "Fulfillment: Tracking Number": f"XY{number:09d}FR",
                "Fulfillment: Send Receipt": "FALSE",
            }
            for number, o in enumerate(waiting[6:9], 1)
        ],
    )
    _write(
        folder / "recipe-hold.csv",
        [
            {"Name": o.name, "Action": "hold", "Hold: Reason": "INCORRECT_ADDRESS", "Hold: Note": "Ask for the floor"}
            for o in waiting[9:11]
        ],
    )
    _write(
        folder / "recipe-cancel-and-refund-a-part.csv",
        [
            {"Name": o.name, "Action": "cancel, refund", "Cancel: Reason": "customer", "Refund: Amount": "5.00"}
            for o in waiting[11:13]
        ],
    )
    _write(folder / "recipe-delete.csv", [{"ID": o.id, "Command": "DELETE"} for o in waiting[13:15]])


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
