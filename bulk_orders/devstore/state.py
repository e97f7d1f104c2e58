"""The state of a devstore: its records, its clock and its logs.

Its one rule: the state keeps and finds; it decides nothing. Rules live in `changes`, what is shown is
derived in `derive`, and every change goes through `changing`, which stamps it and feeds the search
index.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bulk_orders.devstore.bucket import Buckets
from bulk_orders.devstore.changes.jobs import Jobs
from bulk_orders.devstore.faults import Faults
from bulk_orders.devstore.gids import Ids, gid
from bulk_orders.devstore.log import Effect, EffectLog, Leak, Request
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.model.shop import (
    App,
    Customer,
    FulfillmentService,
    Location,
    Product,
    Publication,
    Shop,
)
from bulk_orders.devstore.search.index import SearchIndex
from bulk_orders.devstore.settings import Settings, seconds
from bulk_orders.devstore.timeline import Timeline
from bulk_orders.devstore.tokens import Tokens

WINDOW_SECONDS = 60 * 86_400.0


class State:
    """One shop in memory. Times are epoch seconds; ids are gids."""

    def __init__(
        self, *, seed: int = 1, clock: Callable[[], float] = time.time, settings: Settings | None = None
    ) -> None:
        self.clock = clock
        self.settings = settings or Settings()
        self.ids = Ids(seed)
        self.timeline = Timeline()
        self._moment: float | None = None
        self._by = "api"
        self.effects = EffectLog()
        self.requests: list[Request] = []
        self.leaks: list[Leak] = []
        self.records: dict[str, Any] = {}
        self.orders: dict[str, Order] = {}
        self.order_of_line: dict[str, Order] = {}
        self.customers: dict[str, Customer] = {}
        self.products: list[Product] = []
        self.locations: list[Location] = []
        self.services: list[FulfillmentService] = []
        self.publications: list[Publication] = []
        self.app = App(gid("App", 91_000_000_001), "bulk-orders", "bulk-orders")
        self.other_app = App(gid("App", 91_000_000_777), "Fraud Guard (fictional)", "fraud-guard")
        self.shop = Shop(
            id=gid("Shop", 61_000_000_000 + seed),
            name="Devstore",
            myshopify_domain="devstore.myshopify.com",
            currency_code="EUR",
            iana_timezone="Europe/Paris",
            timezone_offset="+0100",
            timezone_abbreviation="CET",
            email="shop@example.com",
            created_at=self.clock() - 900 * 86_400.0,
            presentment_currencies=["EUR", "USD", "GBP", "JPY"],
        )
        self.next_order_number = 1001
        self.register(self.shop, self.app, self.other_app)
        self.index = SearchIndex()
        self.jobs = Jobs(self.ids)
        self.buckets = Buckets(self.settings)
        self.tokens = Tokens(self.settings)
        self.faults: Faults = Faults()
        self.upload_keys: set[str] = set()
        self.idempotency: dict[str, tuple[float, Any, Any]] = {}
        self.under_way: dict[str, Any] = {}

    # -- time ---------------------------------------------------------------------------------------

    def now(self) -> float:
        """The time: of the event that is happening, else of the clock."""
        return self.clock() if self._moment is None else self._moment

    def advance_until(self, moment: float) -> None:
        """Lets everything happen that is planned for that moment or before."""
        while (event := self.timeline.next_due(moment)) is not None:
            at, by, happen = event
            with self.acting(by, at):
                happen()

    def advance(self) -> None:
        """Lets everything happen that is due by now."""
        self.advance_until(self.clock())

    def later(self, wait: float, happen: Callable[[], None], by: str | None = None) -> None:
        """Plans something; it counts as done by whoever acts now, unless `by` says otherwise."""
        self.timeline.at(self.now() + wait, by or self._by, happen)

    @contextmanager
    def acting(self, by: str, moment: float | None = None) -> Iterator[None]:
        """Names who acts, for the effect log, and when."""
        before = self._by, self._moment
        self._by, self._moment = by, self._moment if moment is None else moment
        try:
            yield
        finally:
            self._by, self._moment = before

    # -- records ------------------------------------------------------------------------------------

    def register(self, *records: Any) -> None:
        """Makes records findable by their ids."""
        for record in records:
            self.records[record.id] = record

    def add_order(self, order: Order) -> None:
        """Takes in an order with all that hangs on it."""
        self.orders[order.id] = order
        self.next_order_number = max(self.next_order_number, order.number + 1)
        self.register(order, *children(order))
        self.order_of_line.update((line.id, order) for line in order.line_items)
        if order.customer is not None and order.id not in order.customer.order_ids:
            order.customer.order_ids.append(order.id)

    def drop_order(self, order: Order) -> None:
        """Forgets an order and all that hangs on it, from searches too."""
        del self.orders[order.id]
        for record in (order, *children(order)):
            self.records.pop(record.id, None)
        if order.customer is not None:
            order.customer.order_ids.remove(order.id)
        self.index.forget(order.id)

    def visible(self, order: Order) -> bool:
        """Whether the app may see an order: without read_all_orders only those of 60 days."""
        if "read_all_orders" in self.settings.scopes:
            return True
        return order.created_at >= self.now() - WINDOW_SECONDS

    # -- changes ------------------------------------------------------------------------------------

    @contextmanager
    def changing(self, order: Order) -> Iterator[None]:
        """Wraps every change of an order: stamps updatedAt and lets the search index follow later."""
        lag = seconds(self.settings.index_lag_seconds)
        if lag > 0:
            self.index.before(order, self.now())
        yield
        order.updated_at = float(int(self.now()))
        if lag > 0:
            self.index.after(order, self.now() + lag)

    def effect(self, kind: str, order: Order, **detail: Any) -> None:
        """Writes down that something happened."""
        entry = Effect(len(self.effects) + 1, self.now(), kind, order.id, {"by": self._by, **detail})
        self.effects.append(entry)

    def email(self, order: Order, template: str) -> None:
        """Sends an e-mail to the customer: an effect, if there is an address."""
        if order.email:
            self.effect("email", order, template=template, to=order.email)


def children(order: Order) -> Iterator[Any]:
    """Every record that hangs on an order and has an id of its own."""
    yield from order.line_items
    yield from order.shipping_lines
    yield from order.transactions
    yield from order.returns
    yield from order.disputes
    yield from order.metafields
    for address in (order.billing_address, order.shipping_address):
        if address is not None:
            yield address
    for fulfillment in order.fulfillments:
        yield fulfillment
        yield from fulfillment.line_items
        yield from fulfillment.events
    for fulfillment_order in order.fulfillment_orders:
        yield fulfillment_order
        yield from fulfillment_order.line_items
        yield from fulfillment_order.fulfillment_holds
    for refund in order.refunds:
        yield refund
        yield from refund.line_items
    for return_ in order.returns:
        yield from return_.line_items
