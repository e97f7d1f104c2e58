"""What scenarios make orders with: the store, the dice, the clock of the past.

Its one rule: every random choice comes from one seeded source and every moment lies between an order's
creation and the shop's now.
"""

import math
import random
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.changes.cancel import order_cancel
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.model.order import Attribute, Fulfillment, Order
from bulk_orders.devstore.model.shop import Location
from bulk_orders.devstore.money import ZERO
from bulk_orders.devstore.seed import texts
from bulk_orders.devstore.seed.build import Item, Till, new_order, pay, report, ship
from bulk_orders.devstore.seed.buyers import Buyers
from bulk_orders.devstore.seed.catalog import Catalog
from bulk_orders.devstore.state import State
from bulk_orders.devstore.times import DAY

VAT: Final = Decimal("0.20")
JOB_TIME: Final = 30.0  # seconds
_RATES: Final = {"EUR": "1", "USD": "1.0837", "GBP": "0.8521", "JPY": "162.41", "CAD": "1.4712"}
_ABROAD: Final = {"US": "USD", "GB": "GBP", "JP": "JPY"}  # what the shop offers beside its own currency


@dataclass(slots=True)
class Maker:
    """Everything that a scenario needs."""

    store: State
    picks: random.Random
    buyers: Buyers
    catalog: Catalog
    now: float
    created: float = 0.0

    def on_day(self, days: float) -> AbstractContextManager[None]:
        """So many days after the order was created, or less if it is younger than that."""
        return self.store.acting("seed", self.moment(days))

    def moment(self, days: float) -> float:
        """Ever later for more days, but always so long before now that a job can still end."""
        span = max(1.0, self.now - self.created)
        moment = self.created + span * (1 - math.exp(-days * DAY / span))
        return float(int(max(self.created, min(moment, self.now - JOB_TIME))))

    @property
    def age(self) -> float:
        """Days since the order was created."""
        return (self.now - self.created) / DAY

    # -- ordering -----------------------------------------------------------------------------------

    def items(self, count: int | None = None) -> list[Item]:
        """What a customer puts into the cart."""
        count = count or self.picks.choice((1, 1, 1, 2, 2, 3, 4))
        variants = self.picks.sample(self.catalog.variants, count)
        return [Item(variant, self.picks.choice((1, 1, 1, 1, 2, 3))) for variant in variants]

    def order(self, items: Sequence[Item] | None = None, place: Location | None = None, **fields: Any) -> Order:
        """An order of the web shop, unpaid; `customer=None` makes one without a customer."""
        customer = fields["customer"] if "customer" in fields else self.buyers.pick(self.created)
        address = customer.default_address if customer else self.buyers.address("Guest", "Exemple")
        country = address.country_code if address else None
        currency = _ABROAD.get(country or "", self.store.shop.currency_code)
        web = {
            "app": self.catalog.web_app,
            "publication": self.catalog.online,
            "channel_handle": "online_store",
            "customer": customer,
            "email": customer.email if customer else None,
            "phone": customer.phone if customer else None,
            "customer_locale": {"FR": "fr", "BE": "nl", "NL": "nl", "DE": "de"}.get(country or "", "en"),
            "cart_token": self.store.ids.code(32).lower(),
            "checkout_token": self.store.ids.code(32).lower(),
            "client_ip": f"192.0.2.{self.picks.randrange(1, 255)}",
            "landing_page": "/collections/all?utm_source=newsletter&ref=example",
            "referrer": self.picks.choice((None, "https://www.example.com/", "https://search.example.com/?q=linen")),
        }
        with self.store.acting("seed", self.created):
            return new_order(
                self.store,
                items if items is not None else self.items(),
                self.created,
                till=Till(self.store.shop.currency_code, currency, Decimal(_RATES[currency])),
                shipping=fields.pop("shipping", Decimal(self.picks.choice(("4.90", "4.90", "6.90", "0", "12.50")))),
                tax_rate=ZERO if currency != self.store.shop.currency_code else VAT,
                place=place or self.catalog.main,
                method=fields.pop("method", "SHIPPING"),
                address=fields.pop("address", address),
                **(web | fields),
            )

    def paid(self, items: Sequence[Item] | None = None, place: Location | None = None, **fields: Any) -> Order:
        """A paid order of the web shop."""
        gateway = self.picks.choice(("shopify_payments", "shopify_payments", "shopify_payments", "paypal"))
        order = self.order(items, place, **fields)
        with self.store.acting("seed", self.created):
            if payment.total_price(order):
                pay(self.store, order, gateway)
        return order

    # -- what happens to orders ---------------------------------------------------------------------

    def tracking(self, parcels: int = 1) -> dict[str, Any]:
        """Tracking numbers as carriers write them."""
        numbers = []
        for _ in range(parcels):
            number = self.picks.choice(texts.TRACKING_NUMBERS)
            last = str(self.picks.randrange(10))
            numbers.append(number[:-1] + last if number[-1].isdigit() else number)
        return {"company": self.picks.choice(texts.TRACKING_COMPANIES), "numbers": numbers}

    def ship(self, order: Order, days: float = 1.5, **how: Any) -> Fulfillment:
        """A shipment so many days after the order."""
        how.setdefault("tracking", self.tracking())
        with self.on_day(days):
            return ship(self.store, order, **how)

    def delivered(self, shipment: Fulfillment, days: float = 4.0) -> None:
        """The carrier's reports, up to the delivery."""
        for status, day in (("IN_TRANSIT", days - 2), ("OUT_FOR_DELIVERY", days - 0.3), ("DELIVERED", days)):
            with self.on_day(day):
                report(self.store, shipment, status)

    def archive(self, order: Order, days: float = 6.0) -> None:
        """Archives the order, as the shop does by itself with finished ones."""
        with self.on_day(days), self.store.changing(order):
            order.closed_at = self.moment(days)

    def cancel(self, order: Order, days: float = 1.0, **request: Any) -> None:
        """Cancels the order and lets the job finish."""
        asked = {
            "orderId": order.id,
            "reason": self.picks.choice(("CUSTOMER", "FRAUD", "INVENTORY", "OTHER", "STAFF", "DECLINED")),
            "restock": True,
            "refundMethod": None,
            "staffNote": None,
            "notifyCustomer": False,
        }
        with self.on_day(days):
            result, errors = order_cancel(self.store, asked | request)
        assert result is not None, errors
        self.store.advance_until(self.now)
        assert result.status == "SUCCEEDED", result.errors

    def attributes(self, order: Order) -> None:
        """Additional details of the cart."""
        pairs = self.picks.choice(texts.ATTRIBUTES)
        order.custom_attributes = [Attribute(key, value) for key, value in pairs]
