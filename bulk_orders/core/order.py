"""An order as Shopify has it now: what planning, drift checks and verification look at.

Immutable, so that a plan can predict the state after a step with `dataclasses.replace`. A facet that was not
read is None, and asking for it is an error: "not read" is never taken for "there is none".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from bulk_orders.core.currency import plain_amount


class Facet(Enum):
    """A part of an order that costs rate-limit points to read, so it is read only where an action needs it."""

    FULFILLMENTS = "fulfillments"
    CANCELLATION = "cancellation"
    TRANSACTIONS = "transactions"
    WORK = "work"
    """Its fulfillment orders: what is still to be shipped, where, and what holds it."""
    PLACES = "places"
    """Whether the locations of its fulfillment orders are active, and whose service shipped its fulfillments."""
    APPS = "apps"
    """Which apps hold them; needs the scope read_apps."""
    FACTS = "facts"
    """Where it came from, when, through which gateways it was paid and what it came to."""
    PAYMENTS = "payments"
    """Amounts of its payments and refunds, and whether it can be marked as paid."""
    FEES = "fees"
    """What payment providers kept of its payments."""
    CUSTOMER = "customer"
    """Who bought: a customer, a company."""
    ADDRESS = "address"
    """Where it is shipped to; protected customer data."""
    ATTRIBUTES = "attributes"
    """Its custom attributes (Additional details)."""
    LINES = "lines"
    """Its line items with what they cost."""
    CONTENTS = "contents"
    """What is in each fulfillment; not to be had from a bulk operation."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as Shopify states it; compared as numbers, since `20.0` and `20.00` are the same money."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{plain_amount(self.amount, self.currency)} {self.currency}"


@dataclass(frozen=True, slots=True)
class Tracking:
    company: str | None
    number: str | None
    url: str | None


# Statuses in which a fulfillment ships nothing (any more): shopify-api.md 5, decision hints.
_INACTIVE = frozenset({"CANCELLED", "ERROR", "FAILURE"})


@dataclass(frozen=True, slots=True)
class Fulfillment:
    id: str
    name: str
    status: str
    display_status: str | None
    total_quantity: int
    tracking: tuple[Tracking, ...]
    third_party: bool = False
    contents: tuple[tuple[str, int], ...] | None = None
    """The gids of its line items with the units of each; None where they were not read."""
    location_name: str | None = None

    @property
    def active(self) -> bool:
        return self.status not in _INACTIVE


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a fulfillment order. `ours`: placed by this app; `app` is its holder's name, where it was read."""

    id: str
    reason: str
    note: str | None
    handle: str | None
    ours: bool
    app: str | None = None


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Units of one line item (`line`, a gid) that a fulfillment order still has to ship."""

    id: str
    line: str
    remaining: int
    name: str = ""


# Statuses of a fulfillment order that still has something to ship; closed ones keep their old quantities (4.4).
_WORKING = frozenset({"OPEN", "IN_PROGRESS", "SCHEDULED", "ON_HOLD", "INCOMPLETE"})


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """What one location has to ship. `actions` are Shopify's own words for what can be done with it."""

    id: str
    status: str
    request_status: str
    location_name: str
    actions: frozenset[str]
    holds: tuple[Hold, ...] = ()
    lines: tuple[WorkLine, ...] = ()
    location_id: str | None = None
    location_active: bool | None = None
    """None where it was not read."""
    may_join: bool = False
    """A step before lifts a hold at its location: Shopify may join there what a partial hold had split (4.7)."""

    @property
    def working(self) -> bool:
        return self.status in _WORKING and (self.units > 0 or self.is_new)

    @property
    def units(self) -> int:
        return sum(line.remaining for line in self.lines)

    @property
    def own_holds(self) -> tuple[Hold, ...]:
        return tuple(hold for hold in self.holds if hold.ours)

    @property
    def is_new(self) -> bool:
        """It is not there yet: a step before is going to open it."""
        return self.id.startswith("new:")


@dataclass(frozen=True, slots=True)
class Facts:
    """What never or hardly ever changes about an order. `total` is what it came to when it was placed."""

    created_at: str
    source: str | None
    gateways: tuple[str, ...]
    total: Money
    test: bool


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment, an authorization, a refund. What stands below `manual` needs Facet.PAYMENTS.

    `amount` and `unsettled` (authorized and not captured) are in the customer's currency, `fee` is in the provider's.
    """

    kind: str
    status: str
    manual: bool
    """Paid outside Shopify (cash, bank transfer): pending until somebody marks it as paid."""
    id: str = ""
    gateway: str = ""
    test: bool = False
    amount: Money | None = None
    shop_amount: Money | None = None
    unsettled: Money | None = None
    parent: str | None = None
    fee: Money | None = None

    @property
    def is_new(self) -> bool:
        """It is not there yet: a step before is going to make it."""
        return self.id.startswith("new:")

    @property
    def received(self) -> bool:
        """Money that came in."""
        return self.kind in {"SALE", "CAPTURE"} and self.status == "SUCCESS"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back; `total` in the shop's currency. `created_at` is empty while it is only planned."""

    id: str
    note: str | None
    created_at: str
    total: Money


@dataclass(frozen=True, slots=True)
class LineItem:
    """Units of a product. `price` is that of one after all discounts, with tax, in the customer's currency."""

    id: str
    name: str
    quantity: int
    current: int
    """Units that are still part of the order."""
    price: Money
    gift_card: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The fields that decide. Statuses are Shopify's own words, so that a new one is shown and not a crash."""

    id: str
    name: str
    closed: bool
    cancelled_at: str | None
    cancel_reason: str | None
    financial_status: str | None
    fulfillment_status: str
    return_status: str
    note: str | None
    tags: tuple[str, ...]
    email: str | None
    phone: str | None
    po_number: str | None
    net_payment: Money
    presentment_payment: Money
    capturable: bool
    can_notify: bool
    fulfillments: tuple[Fulfillment, ...] | None = None
    staff_note: str | None = None
    transactions: tuple[Transaction, ...] | None = None
    fulfillment_orders: tuple[FulfillmentOrder, ...] | None = None
    facts: Facts | None = None
    can_mark_paid: bool | None = None
    outstanding: Money | None = None
    """What the customer still owes, in the shop's currency; `presentment_outstanding` in the customer's own."""
    presentment_outstanding: Money | None = None
    refunds: tuple[Refund, ...] | None = None
    has_customer: bool | None = None
    """None where it was not read."""
    company: bool = False
    """Bought by a company (B2B)."""
    lines: tuple[LineItem, ...] | None = None
    address: Mapping[str, str] | None = None
    """The shipping address by the names of MailingAddressInput; empty for an order without one, None where unread."""
    attributes: tuple[tuple[str, str], ...] | None = None
    deleted: bool = False
    created_at: str = ""

    @property
    def cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def active_fulfillments(self) -> tuple[Fulfillment, ...]:
        return tuple(fulfillment for fulfillment in self.known_fulfillments if fulfillment.active)

    @property
    def known_fulfillments(self) -> tuple[Fulfillment, ...]:
        if self.fulfillments is None:
            raise LookupError(f"the fulfillments of {self.id} were not read")
        return self.fulfillments

    @property
    def known_transactions(self) -> tuple[Transaction, ...]:
        if self.transactions is None:
            raise LookupError(f"the transactions of {self.id} were not read")
        return self.transactions

    @property
    def own_currency(self) -> str:
        """The currency that the customer paid in, and in which Shopify refunds."""
        return self.presentment_payment.currency

    def with_payment(self, *payments: Transaction) -> Order:
        """This order once these payments have come in; each has its amounts in both currencies."""
        shop = sum((p.shop_amount.amount for p in payments if p.shop_amount), Decimal(0))
        own = sum((p.amount.amount for p in payments if p.amount), Decimal(0))
        return replace(
            self,
            transactions=(*self.known_transactions, *payments),
            net_payment=replace(self.net_payment, amount=self.net_payment.amount + shop),
            presentment_payment=replace(self.presentment_payment, amount=self.presentment_payment.amount + own),
        )

    def refundable(self, payment: Transaction) -> Decimal:
        """What is left of a payment, in the customer's currency."""
        if not payment.received or payment.amount is None:
            return Decimal(0)
        back = (t for t in self.known_transactions if t.kind == "REFUND" and t.status == "SUCCESS")
        return payment.amount.amount - sum(
            (t.amount.amount for t in back if t.parent == payment.id and t.amount), Decimal(0)
        )

    @property
    def return_under_way(self) -> bool:
        """A return is requested, open or inspected and not closed, so Shopify neither cancels nor unfulfills."""
        return self.return_status in {"RETURN_REQUESTED", "IN_PROGRESS", "INSPECTION_COMPLETE"}

    @property
    def return_unclear(self) -> str | None:
        """What to warn of where the order's one return status may stand before a return that is still open."""
        if self.return_status != "RETURN_FAILED":
            return None
        return "A return of it failed. If another one is still open, Shopify refuses this: close it in the admin first."

    @property
    def payment_pending(self) -> bool:
        """A payment provider has neither taken nor refused a payment yet, so Shopify will not cancel."""
        return any(t.status in {"PENDING", "AWAITING_RESPONSE"} and not t.manual for t in self.known_transactions)

    def fulfillment(self, gid: str) -> Fulfillment | None:
        return next((found for found in self.known_fulfillments if found.id == gid), None)

    @property
    def known_work(self) -> tuple[FulfillmentOrder, ...]:
        """Its fulfillment orders, closed ones too."""
        if self.fulfillment_orders is None:
            raise LookupError(f"the fulfillment orders of {self.id} were not read")
        return self.fulfillment_orders

    @property
    def work(self) -> tuple[FulfillmentOrder, ...]:
        """The fulfillment orders with something left to ship."""
        return tuple(found for found in self.known_work if found.working)

    def fulfillment_order(self, gid: str) -> FulfillmentOrder | None:
        return next((found for found in self.known_work if found.id == gid), None)

    def with_work(self, changed: FulfillmentOrder) -> Order:
        """This order with one of its fulfillment orders replaced."""
        return replace(self, fulfillment_orders=tuple(changed if f.id == changed.id else f for f in self.known_work))

    def with_fulfillment(self, changed: Fulfillment) -> Order:
        """This order with one of its fulfillments replaced."""
        return replace(self, fulfillments=tuple(changed if f.id == changed.id else f for f in self.known_fulfillments))
