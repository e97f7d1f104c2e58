"""Capture: orderCapture, one mutation per authorized payment, all of it; not to be taken back (shopify-api.md 4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from bulk_orders.core.actions.base import Action, Wanted, blocked
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.currency import plain_amount, rounded
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Facet, Money, Order, Transaction
from bulk_orders.core.preferences import Preferences


class Capture(Action):
    name: ClassVar[str] = "capture"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.PAYMENTS, Facet.TRANSACTIONS})
    noun: ClassVar[str] = "A captured payment"
    instead: ClassVar[str] = "Write refund in Action to give the money back."
    points: ClassVar[int] = 20  # recorded (shopify-api.md 3.1)

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        found = authorized(order)
        for authorization in found:
            yield _change(order, asking.row, authorization)
        if not found and not any(t.kind == "CAPTURE" and t.status == "SUCCESS" for t in order.known_transactions):
            reason = "No payment of it is authorized (any more), so there is nothing to capture."
            yield blocked(order, asking.row, self.name, reason, "Send an invoice from the admin, or empty the cell.")

    def satisfied_by(self, change: Change, order: Order) -> bool:
        taken = any(
            t.kind == "CAPTURE" and t.status == "SUCCESS" and t.parent == change.args["authorization"]
            for t in order.known_transactions
        )
        authorization = _of(change, order)
        return taken and (authorization is None or _left(authorization) is None)

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        authorization = _of(change, order)
        left = _left(authorization) if authorization else None
        if left is None:
            return Obstacle(
                "Shopify would refuse: Unable to find parent transaction; it was voided, captured or has expired.",
                "Plan the sheet again.",
            )
        if left.amount < Decimal(change.args["amount"]):
            return Obstacle(
                "Shopify would refuse: Cannot capture more than the authorized "
                f"{plain_amount(left.amount, left.currency)} for this payment.",
                "Plan the sheet again.",
            )
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        authorization = _of(change, order)
        left = _left(authorization) if authorization else None
        return {"authorized": str(left) if left else None, "cancelled": order.cancelled}

    def after(self, change: Change, order: Order) -> Order:
        authorization = _of(change, order)
        if authorization is None or _left(authorization) is None:
            return order
        left = tuple(replace(t, unsettled=None) if t.id == authorization.id else t for t in order.known_transactions)
        paid = replace(order, transactions=left).with_payment(captured(authorization))
        return replace(paid, financial_status="PAID", capturable=False)

    def mutation(self, change: Change, marker: str) -> Mutation:
        asked = {
            "id": change.order,
            "parentTransactionId": change.args["authorization"],
            "amount": change.args["amount"],
            "currency": change.args["currency"],
        }
        return Mutation("orderCapture", {"input": asked})

    def repeatable(self, change: Change) -> bool:
        return False

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        return (payload.get("transaction") or {}).get("status") == "SUCCESS"


def captured(authorization: Transaction) -> Transaction:
    """The payment that capturing all of an authorization makes; its id is not known before."""
    left = _left(authorization)
    assert left is not None
    whole, shop = authorization.amount, authorization.shop_amount
    if whole and shop and whole.amount:
        shop = replace(shop, amount=rounded(shop.amount * left.amount / whole.amount, shop.currency))
    return replace(
        authorization,
        id=f"new:{authorization.id}",
        kind="CAPTURE",
        parent=authorization.id,
        amount=left,
        shop_amount=shop,
        unsettled=None,
    )


def authorized(order: Order) -> list[Transaction]:
    """The authorizations with something left to capture."""
    return [t for t in order.known_transactions if _left(t) is not None]


def _left(transaction: Transaction) -> Money | None:
    """What is authorized and not captured."""
    open_ = transaction.kind in {"AUTHORIZATION", "EMV_AUTHORIZATION"} and transaction.status == "SUCCESS"
    left = transaction.unsettled
    return left if open_ and left is not None and left.amount > 0 else None


def _of(change: Change, order: Order) -> Transaction | None:
    return next((t for t in order.known_transactions if t.id == change.args["authorization"]), None)


def _change(order: Order, row: int, authorization: Transaction) -> Change:
    left = _left(authorization)
    assert left is not None
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="capture",
        reversible=False,
        before={"Payment": f"{left} authorized"},
        after={"Payment": "captured", "Through": authorization.gateway},
        args={"authorization": authorization.id, "amount": str(left.amount), "currency": left.currency},
    )
