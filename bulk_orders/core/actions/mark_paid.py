"""Mark as paid: orderMarkAsPaid, for money that came another way; not to be taken back (shopify-api.md 4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from bulk_orders.core.actions.base import Action, Wanted
from bulk_orders.core.actions.capture import authorized, captured
from bulk_orders.core.actions.how_much import both
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Facet, Order, Transaction
from bulk_orders.core.preferences import Preferences

MARKED = "new:marked as paid"
"""The id of the payment that this step makes, as long as Shopify has given it none."""
_PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})


class MarkPaid(Action):
    name: ClassVar[str] = "mark_paid"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.PAYMENTS, Facet.TRANSACTIONS})
    noun: ClassVar[str] = "A payment that was marked as paid"
    instead: ClassVar[str] = "If the money never came, refund the payment by hand in the admin."

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        yield Change(
            order=order.id,
            name=order.name,
            row=asking.row,
            action=self.name,
            reversible=False,
            before={"Payment": _words(order)},
            after={"Payment": "paid", "Amount": _owed(order)},
            args={},
            warnings=("The authorized payment is captured first.",) if order.capturable else (),
        )

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return order.financial_status in _PAID and not order.can_mark_paid

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        if order.can_mark_paid:
            return None
        why = "it is cancelled" if order.cancelled else "nothing is owed, or a payment is under way"
        return Obstacle(
            f"Shopify would refuse: Order cannot be marked as paid ({why}).", "Take mark paid out of the cell."
        )

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {
            "payment": order.financial_status,
            "owed": str(order.outstanding),
            "can be marked as paid": order.can_mark_paid,
            "cancelled": order.cancelled,
        }

    def after(self, change: Change, order: Order) -> Order:
        """What is authorized is captured, and the rest of what is owed is a payment by hand (shopify-api.md 4.9)."""
        captures = [captured(authorization) for authorization in authorized(order)]
        owed = _by_hand(order, captures)
        settled = tuple(replace(t, unsettled=None) for t in order.known_transactions)
        paid = replace(order, transactions=settled).with_payment(*captures, *([owed] if owed else []))
        return replace(paid, financial_status="PAID", can_mark_paid=False, capturable=False)

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation("orderMarkAsPaid", {"id": change.order})

    def repeatable(self, change: Change) -> bool:
        return False

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        order = payload.get("order") or {}
        return order.get("id") == change.order and order.get("displayFinancialStatus") == "PAID"


def _owed(order: Order) -> str:
    owed, own = order.outstanding, order.presentment_outstanding
    return both(own, owed) if own and owed else str(owed)


def _by_hand(order: Order, captures: list[Transaction]) -> Transaction | None:
    """The payment that marking as paid records; Shopify gives it its id."""
    owed, own = order.outstanding, order.presentment_outstanding or order.outstanding
    if owed is None or own is None:
        return None
    shop = owed.amount - sum((t.shop_amount.amount for t in captures if t.shop_amount), Decimal(0))
    rest = own.amount - sum((t.amount.amount for t in captures if t.amount), Decimal(0))
    if rest <= 0:
        return None
    return Transaction(
        "SALE",
        "SUCCESS",
        manual=True,
        id=MARKED,
        gateway="manual",
        amount=replace(own, amount=rest),
        shop_amount=replace(owed, amount=shop),
    )


def _words(order: Order) -> str:
    return (order.financial_status or "nothing paid").replace("_", " ").lower()
