"""What refunds have in common, whether a cancellation or a refund brings them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from bulk_orders.core import cells
from bulk_orders.core.changes import Obstacle
from bulk_orders.core.currency import rounded
from bulk_orders.core.order import Money, Order

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


def gateways_of(order: Order) -> dict[str, Money]:
    """What is left of the order's payments by the gateway they came through, in the shop's currency."""
    found: dict[str, Money] = {}
    for payment in order.known_transactions:
        left = order.refundable(payment)
        if left > 0 and payment.gateway and payment.amount and payment.shop_amount:
            share = payment.shop_amount.amount * left / payment.amount.amount
            before = found.get(payment.gateway, Money(Decimal(0), payment.shop_amount.currency))
            found[payment.gateway] = Money(rounded(before.amount + share, before.currency), before.currency)
    return found


def lost_fees(order: Order) -> Money | None:
    """What providers keep of the payments that came in, whatever is given back; None where it was not read."""
    fees = [t.fee for t in order.known_transactions if t.received and t.fee and t.fee.amount > 0]
    return Money(sum((fee.amount for fee in fees), Decimal(0)), fees[0].currency) if fees else None


def as_json(money: Money) -> dict[str, str]:
    """An amount in a plan's JSON."""
    return {"amount": str(money.amount), "currency": money.currency}
