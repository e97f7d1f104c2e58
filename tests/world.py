"""A merchant's world in one process: a store in a box, a state folder, sheets, and time that nobody waits for.

The real client speaks to the devstore through httpx's ASGI transport; nothing of ours is replaced.
"""

from __future__ import annotations

import asyncio
import csv
import json
import math
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import polars as pl
import pytest
from virtual import START, VirtualClock, VirtualLoop

from bulk_orders.core.events import ChangeDone, Event, Summary
from bulk_orders.core.layout import Rows
from bulk_orders.core.plan import Plan
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.search import Filters
from bulk_orders.devstore import TOKEN, ConnectionDropped, DevStore, Effect, create_app
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.devstore.model.order import Order as StoreOrder
from bulk_orders.flows.apply_plan import apply_plan
from bulk_orders.flows.begin_run import begin_run
from bulk_orders.flows.export_orders import Exported, export_orders
from bulk_orders.flows.find_applied import Applied as Found
from bulk_orders.flows.make_plan import make_plan
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.undo_run import undo_run
from bulk_orders.settings import Settings, ShopAddress
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.bases import new_export_id
from bulk_orders.storage.files import read_sheet, write_sheet
from bulk_orders.storage.planfile import write_plan
from bulk_orders.tokens import Credentials, Secret

T = TypeVar("T")


def read_in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the orders of a plan read by bulk operations, all but the first, however near and cheap the shop is."""
    monkeypatch.setattr("bulk_orders.shopify.shop.NODES_UP_TO", 1)
    monkeypatch.setattr("bulk_orders.shopify.shop.MOST_NODES", 1)
    monkeypatch.setattr("bulk_orders.shopify.reading.seconds_by_nodes", lambda *_: math.inf)


@dataclass(repr=False)
class World:
    """Everything a story needs. `passed` is the virtual time so far, in seconds."""

    folder: Path
    orders: int = 160
    seed: int = 7
    store_settings: StoreSettings = field(default_factory=lambda: StoreSettings(job_seconds=1.0))
    passed: float = 0.0

    def __post_init__(self) -> None:
        self.store = DevStore.seeded(
            self.orders, self.seed, START.timestamp(), clock=self._store_time, settings=self.store_settings
        )
        self.clock = VirtualClock()
        self.home = self.folder / "state"
        self.settings = Settings(
            shop=ShopAddress.parse("http://127.0.0.1:1"),
            credentials=Credentials(token=Secret(TOKEN), source="the test"),
            home=self.home,
            settle_seconds=15.0,
            job_deadline_seconds=180.0,
        )
        self._plans = 0

    def _store_time(self) -> float:
        try:
            return START.timestamp() + asyncio.get_running_loop().time()
        except RuntimeError:
            return START.timestamp() + self.passed

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end in virtual time, going on from where the last run ended."""

        def loop() -> VirtualLoop:
            made = VirtualLoop()
            made.passed = self.passed
            return made

        with asyncio.Runner(loop_factory=loop) as runner:
            try:
                return runner.run(work)
            finally:
                self.passed = runner.get_loop().time()

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds

    def shop(self) -> Shop:
        return Shop(self.settings, self.clock, self.wire())

    def wire(self) -> httpx.AsyncBaseTransport:
        return Wire(httpx.ASGITransport(create_app(self.store)))

    # --- commands -----------------------------------------------------------------------------------------------------

    def export(
        self,
        name: str = "orders.csv",
        *,
        rows: str = "fulfillments",
        query: str | None = None,
        columns: Any = None,
        locale: str = "en",
    ) -> Exported:
        """`bulk-orders export`."""

        async def work() -> Exported:
            async with self.shop() as shop:
                return await export_orders(
                    shop,
                    self.folder / name,
                    filters=Filters(query=query),
                    rows=Rows(rows),
                    columns=columns,
                    home=self.home,
                    clock=self.clock,
                    export_id=new_export_id(self.clock.now(), "abcdef", "vm"),
                    locale=locale,
                    progress=lambda _: None,
                )

        return self.run(work())

    def plan(self, name: str = "orders.csv", reading: Reading = BY_RULE, **preferences: Any) -> Plan:
        """`bulk-orders plan`; the plan file is beside the sheet."""
        self._plans += 1

        async def work() -> Plan:
            async with self.shop() as shop:
                return await make_plan(
                    self.folder / name,
                    shop,
                    home=self.home,
                    preferences=replace(Preferences(), **preferences),
                    clock=self.clock,
                    plan_id=f"0000-{self._plans:04x}",
                    tool="bulk-orders 0",
                    guard=self.settings.guard.over(self.settings.given),
                    reading=reading,
                )

        plan = self.run(work())
        document = write_plan(self.plan_path(name), plan)
        return replace(plan, digest=document["digest"])

    def undo(self, name: str = "orders.csv", *, of: Found | None = None, **preferences: Any) -> Plan:
        """`bulk-orders undo` of the plan of a sheet, or of the one found for it (`of`).

        Its own plan is that of the sheet's name with `.undo` in it.
        """
        self._plans += 1

        async def work() -> Plan:
            async with self.shop() as shop:
                return await undo_run(
                    of.path if of else self.plan_path(name),
                    shop,
                    self.settings,
                    preferences=replace(Preferences(), **preferences),
                    guard=self.settings.guard.over(self.settings.given),
                    clock=self.clock,
                    plan_id=f"0000-{self._plans:04x}",
                    tool="bulk-orders 0",
                    name=of.name if of else "",
                )

        plan = self.run(work())
        document = write_plan(self.plan_path(self.undone(name)), plan)
        return replace(plan, digest=document["digest"])

    @staticmethod
    def undone(name: str) -> str:
        return str(Path(name).with_suffix(".undo.csv"))

    def plan_path(self, name: str = "orders.csv") -> Path:
        return (self.folder / name).with_suffix(".plan")

    def apply(self, name: str = "orders.csv", *, stop: Stop | None = None) -> Applied:
        """`bulk-orders apply`: every event up to the summary."""

        async def work() -> list[Event]:
            with begin_run(self.plan_path(name), self.settings, self.clock) as begun:
                return [
                    event
                    async for event in apply_plan(
                        begun, self.settings, self.clock, stop=stop or Stop(), transport=self.wire()
                    )
                ]

        return Applied(self.run(work()))

    # --- sheets -------------------------------------------------------------------------------------------------------

    def sheet(self, name: str = "orders.csv") -> pl.DataFrame:
        """A sheet's cells under its headers."""
        raw = read_sheet(self.folder / name)
        names = {str(position): header for position, header in enumerate(raw.header)}
        return raw.frame.select(list(names)).rename(names)

    def edit(self, cells: dict[str, dict[str, str]], name: str = "orders.csv") -> None:
        """Write cells into the first rows of orders, by their names; the other cells stay as they stand there."""
        path = self.folder / name
        frame = self._cells(path)
        first = pl.col("Name").is_first_distinct()
        for order, wanted in cells.items():
            here = pl.col("Name").eq(order) & first
            frame = frame.with_columns(
                pl.when(here).then(pl.lit(text)).otherwise(pl.col(header)).alias(header)
                for header, text in wanted.items()
            )
        if path.suffix == ".csv":
            frame.write_csv(path, include_bom=True, line_terminator="\r\n")
        else:
            write_sheet(path, frame)

    def _cells(self, path: Path) -> pl.DataFrame:
        return pl.read_csv(path, infer_schema=False) if path.suffix == ".csv" else self.sheet(path.name)

    def recipe(self, *rows: dict[str, str], name: str = "recipe.csv") -> str:
        """A sheet of one's own, as people make them for Matrixify."""
        headers = list(dict.fromkeys(header for row in rows for header in row))
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, headers)
            writer.writeheader()
            writer.writerows(rows)
        return name

    # --- the truth ----------------------------------------------------------------------------------------------------

    def named(self, name: str) -> StoreOrder:
        """An order of the store, as it is."""
        return self.store.order(name)

    def some(self, kind: Callable[[StoreOrder], bool], number: int) -> list[StoreOrder]:
        """The first orders of a kind."""
        found = [order for order in self.store.orders.values() if kind(order)]
        assert len(found) >= number, f"the store has only {len(found)} such orders"
        return found[:number]

    def effects(self, *kinds: str) -> list[Effect]:
        """What the store did for our app, of these kinds."""
        self.store.advance()
        return [e for e in self.store.effects if e.detail.get("by") != "people" and (not kinds or e.kind in kinds)]

    def all_effects(self) -> list[Effect]:
        """What the store did for anybody."""
        self.store.advance()
        return list(self.store.effects)

    def mutations(self) -> int:
        """Mutation requests that the store has seen, bulk exports apart."""
        return sum(request.mutation and not request.root.startswith("bulk") for request in self.store.requests)


@dataclass(frozen=True)
class Wire(httpx.AsyncBaseTransport):
    """A connection in memory, on which an answer can be lost as on a real one."""

    app: httpx.ASGITransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self.app.handle_async_request(request)
        except ConnectionDropped as error:
            raise httpx.RemoteProtocolError("the connection was lost", request=request) from error


@dataclass(frozen=True)
class Applied:
    """The events of one apply."""

    events: list[Event]

    @property
    def summary(self) -> Summary:
        last = self.events[-1]
        assert isinstance(last, Summary)
        return last

    @property
    def outcomes(self) -> dict[str, int]:
        """The outcomes that are not zero."""
        return {name: number for name, number in self.summary.outcomes.items() if number}

    def changes(self) -> list[ChangeDone]:
        return [event for event in self.events if isinstance(event, ChangeDone)]


def results(path: Path) -> list[dict[str, str]]:
    """The rows of a results sheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def open_unpaid(order: StoreOrder) -> bool:
    """Open, never paid, nothing shipped, nothing pending."""
    return (
        order.cancelled_at is None
        and order.closed_at is None
        and not order.fulfillments
        and not order.returns
        and not any(t.status in {"PENDING", "AWAITING_RESPONSE"} for t in order.transactions)
        and not any(t.kind in {"SALE", "CAPTURE"} and t.status == "SUCCESS" for t in order.transactions)
        and not _given_away(order)
    )


def _given_away(order: StoreOrder) -> bool:
    """Somebody else's warehouse was asked to ship it, and has to be asked to give it back."""
    return any(work.request_status not in ("UNSUBMITTED", "CLOSED") for work in order.fulfillment_orders)


def open_paid(order: StoreOrder) -> bool:
    """Open, paid by one payment, nothing shipped, nothing refunded."""
    return (
        order.cancelled_at is None
        and order.closed_at is None
        and not order.fulfillments
        and not order.returns
        and not order.refunds
        and [t.status for t in order.transactions if t.kind == "SALE"] == ["SUCCESS"]
        and len(order.transactions) == 1
        and not _given_away(order)
    )


def paid_at_home(order: StoreOrder) -> bool:
    """The same, in the shop's own currency: a bare amount is clear there."""
    return open_paid(order) and order.shop_currency == order.presentment_currency


def shipped(order: StoreOrder) -> bool:
    """Open, paid and shipped in one parcel that nobody sends back."""
    return (
        order.cancelled_at is None
        and order.closed_at is None
        and not order.returns
        and not order.refunds
        and [f.status for f in order.fulfillments] == ["SUCCESS"]
        and [t.status for t in order.transactions if t.kind == "SALE"] == ["SUCCESS"]
        and len(order.transactions) == 1
        and not _given_away(order)
    )


def gids(orders: Iterable[StoreOrder]) -> list[str]:
    return [order.id for order in orders]


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
