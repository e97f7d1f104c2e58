"""What refunds have in common, whether a cancellation or a refund brings them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bulk_orders.core import cells
from bulk_orders.core.changes import Obstacle
from bulk_orders.core.currency import plain_amount, rounded
from bulk_orders.core.order import Money, Order, Transaction

_INSTEAD = {
    "Cancel: Refund": "Write TRUE (to where the money came from) or FALSE (no refund) in Cancel: Refund.",
    "Refund: To": "Write original (to where the money came from) in Refund: To.",
}


def credit_obstacle(order: Order, expires: str | None, now: datetime, column: str) -> Obstacle | None:
    """Why Shopify would not refund to store credit (shopify-api.md 4.1, codes)."""
    if order.company:
        return Obstacle("Store credit is not given for orders of companies (B2B).", _INSTEAD[column])
    if order.has_customer is False:
        return Obstacle("Store credit needs a customer, and the order has none.", _INSTEAD[column])
    if expires and datetime.fromisoformat(cells.end_of(expires)) <= now:
        return Obstacle(f"The store credit would expire in the past ({expires}).", "Write a later date.")
    return None


def until(expires: str | None) -> dict[str, str]:
    """The field that tells when store credit comes to its end; `expires` is as Shopify gets it."""
    if expires is None:
        return {}
    moment = expires.replace("T", " ")
    return {"Credit expires": f"{moment.removesuffix('Z')} UTC" if moment.endswith("Z") else moment}


def gateways_of(order: Order) -> dict[str, Money]:
    """What is left of the order's payments by the gateway they came through, in the shop's currency."""
    found: dict[str, Money] = {}
    for payment in order.known_transactions:
        left = order.refundable(payment)
        if left > 0 and payment.gateway and payment.amount and payment.shop_amount:
            share, method = payment.shop_amount.amount * left / payment.amount.amount, method_of(payment)
            before = found.get(method, Money(Decimal(0), payment.shop_amount.currency))
            found[method] = Money(rounded(before.amount + share, before.currency), before.currency)
    return found


_TILL = "cash"
"""Shopify's own gateway of a point of sale's till: no manual one, but notes and coins move only by hand."""


def _by_hand(payment: Transaction) -> bool:
    return payment.manual or payment.gateway == _TILL


def method_of(payment: Transaction) -> str:
    """How what goes back of a payment gets there: Shopify moves no money of one that was made outside it."""
    return f"{payment.gateway}, by hand" if _by_hand(payment) else payment.gateway


@dataclass(frozen=True, slots=True)
class Outside:
    """What of a refund people have to pay back themselves, through the gateway of that name. `amount` None: unread."""

    gateway: str
    amount: Money | None

    @property
    def warning(self) -> str:
        paid = f"{self._what} was paid outside Shopify{self._how}"
        return f"{paid}: Shopify only writes the refund down, you pay it back."

    @property
    def task(self) -> str:
        some = f"{self.amount} back" if self.amount else "back what was paid by hand"
        return f"Pay {some} to the customer yourself: it was paid outside Shopify{self._how}, which moves no money."

    @property
    def _what(self) -> str:
        return f"{self.amount}" if self.amount else "A part of it"

    @property
    def _how(self) -> str:
        return f" ({self.gateway})" if self.gateway else ""


def outside(order: Order, back: Mapping[str, Decimal]) -> list[Outside]:
    """What of a refund was paid outside Shopify, by gateway; `back` is what goes back of each payment, by its id."""
    found: dict[str, Money] = {}
    for payment in order.known_transactions:
        some = back.get(payment.id, Decimal(0))
        if _by_hand(payment) and some > 0:
            before = found.get(payment.gateway, Money(Decimal(0), order.own_currency))
            found[payment.gateway] = Money(before.amount + some, before.currency)
    return [Outside(gateway, amount) for gateway, amount in found.items()]


def all_outside(order: Order) -> list[Outside]:
    """The same where everything that is left of its payments goes back."""
    received = [payment for payment in order.known_transactions if payment.received]
    if any(payment.amount is None for payment in received):
        return [Outside("", None)] if any(map(_by_hand, received)) else []
    return outside(order, {payment.id: order.refundable(payment) for payment in received})


def lost_fees(order: Order) -> Money | None:
    """What providers keep of the payments that came in, whatever is given back; None where it was not read."""
    fees = [t.fee for t in order.known_transactions if t.received and t.fee and t.fee.amount > 0]
    return Money(sum((fee.amount for fee in fees), Decimal(0)), fees[0].currency) if fees else None


def as_json(money: Money) -> dict[str, str]:
    """An amount in a plan's JSON: one spelling, whatever scale Shopify wrote it in (`283.9` is `283.90`)."""
    return {"amount": plain_amount(money.amount, money.currency), "currency": money.currency}
