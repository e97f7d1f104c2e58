"""A devstore for a test: a clock that stands still unless told, and a client without a wire.

Its one rule: a test waits for nothing; time passes by `later`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from bulk_orders.devstore import TOKEN, DevStore, Settings, create_app
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.model.shop import Address, Customer, Location
from bulk_orders.devstore.seed.build import Item, new_order, pay, ship

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
VERSION = "2026-10"


@dataclass
class Clock:
    """A time that only tests move."""

    time: float = NOW

    def __call__(self) -> float:
        return self.time


@dataclass
class Box:
    """A store, its clock, and a way to ask it."""

    store: DevStore
    clock: Clock
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.clock.time += seconds

        self.app = create_app(self.store, sleep=sleep)

    def later(self, seconds: float) -> None:
        """Lets time pass."""
        self.clock.time += seconds

    # -- asking -------------------------------------------------------------------------------------

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One HTTP request."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **how)

        return asyncio.run(go())

    def post(
        self, document: str, variables: dict[str, Any] | None = None, *, version: str = VERSION, **headers: str
    ) -> httpx.Response:
        """One GraphQL request with the token; names in `headers` have underscores for dashes."""
        sent = {"X-Shopify-Access-Token": TOKEN} | {name.replace("_", "-"): v for name, v in headers.items()}
        body = {"query": document, "variables": variables or {}}
        return self.request("POST", f"/admin/api/{version}/graphql.json", json=body, headers=sent)

    def ask(self, document: str, *, version: str = VERSION, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        answer: dict[str, Any] = self.post(document, variables, version=version).json()
        return answer

    def data(self, document: str, *, version: str = VERSION, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = self.ask(document, version=version, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def one(self, document: str, **variables: Any) -> Any:
        """The only root field of an answer without errors."""
        return next(iter(self.data(document, **variables).values()))

    def errors(self, document: str, **variables: Any) -> list[dict[str, Any]]:
        """The top-level errors."""
        found: list[dict[str, Any]] = self.ask(document, **variables)["errors"]
        return found

    def order_fields(self, order: Order, fields: str) -> dict[str, Any]:
        """Some fields of an order, as the API shows them."""
        found: dict[str, Any] = self.one(f"query($id: ID!) {{ order(id: $id) {{ {fields} }} }}", id=order.id)
        return found

    # -- making orders ------------------------------------------------------------------------------

    @property
    def place(self) -> Location:
        """Where orders are shipped from."""
        return self.store.locations[0]

    def order(
        self,
        *quantities: int,
        prices: tuple[str, ...] = (),
        gateway: str | None = None,
        kind: str = "SALE",
        status: str = "SUCCESS",
        shipped: bool = False,
        **fields: Any,
    ) -> Order:
        """An order with one line per quantity at 10.00 each, unpaid unless a gateway is given."""
        quantities = quantities or (1,)
        amounts = [*prices, *["10.00"] * len(quantities)]
        items = [
            Item(title=f"Thing {n}", quantity=q, price=Decimal(amounts[n]), sku=f"THING-{n}")
            for n, q in enumerate(quantities)
        ]
        fields.setdefault("place", self.place)
        order = new_order(self.store, items, self.clock.time, **fields)
        if gateway:
            pay(self.store, order, gateway, kind, status=status)
        if shipped:
            ship(self.store, order, {"company": "UPS", "number": "00123"})
        self.store.effects.clear()
        return order

    def customer(self, name: str = "Ada", **fields: Any) -> Customer:
        """A customer."""
        number = self.store.ids.number("Customer")
        customer = Customer(
            f"gid://shopify/Customer/{number}", number, name, "Exemple", f"{name.lower()}@example.com", None, NOW
        )
        for key, value in fields.items():
            setattr(customer, key, value)
        self.store.customers[customer.id] = customer
        self.store.register(customer)
        return customer

    # -- what happened ------------------------------------------------------------------------------

    def kinds(self, order: Order | None = None) -> list[str]:
        """The kinds of effects so far, in their order."""
        self.store.advance()
        return [e.kind for e in self.store.effects if order is None or e.order == order.id]

    # -- bulk ---------------------------------------------------------------------------------------

    def export(self, query: str, *, grouped: bool = False) -> list[dict[str, Any]]:
        """The lines of a bulk query, started and waited for."""
        document = (
            "mutation($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) "
            "{ bulkOperation { id } userErrors { field message } } }"
        )
        payload = self.one(document, q=query, g=grouped)
        assert payload["userErrors"] == []
        self.later(10)
        found = self.one(
            "query($id: ID!) { bulkOperation(id: $id) { status url errorCode } }", id=payload["bulkOperation"]["id"]
        )
        assert found["status"] == "COMPLETED", found
        if found["url"] is None:
            return []
        return [json.loads(line) for line in self.request("GET", found["url"]).text.splitlines()]


Make = Callable[..., Box]


def bare(**settings: Any) -> Box:
    """A shop with one place and no orders; searches and archives follow at once unless told otherwise."""
    settings = {"index_lag_seconds": 0, "auto_archive_seconds": None} | settings
    clock = Clock()
    store = DevStore(seed=3, clock=clock, settings=Settings(**settings))
    number = store.ids.number("Location")
    place = Location(f"gid://shopify/Location/{number}", number, "Main", Address(country_code="FR"), NOW)
    store.locations.append(place)
    store.register(place)
    return Box(store, clock)


def full(orders: int = 200, **settings: Any) -> Box:
    """A seeded shop."""
    clock = Clock()
    return Box(DevStore.seeded(orders, 7, NOW, clock=clock, settings=Settings(**settings)), clock)
