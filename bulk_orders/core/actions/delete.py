"""Delete: orderDelete, irreversible, synchronous, and only for some orders (shopify-api.md 4.3).

No field of an order says whether Shopify would delete it, so an advisor tells from what can be read. Before anything
is sent the order is written to a backup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core.actions.base import Action, Wanted, status_word
from bulk_orders.core.actions.unfulfill import LABELLED
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.preferences import Preferences

_CAME_TO_NOTHING = frozenset({"FAILURE", "ERROR"})
_WENT_BACK = frozenset({"REFUND", "SUGGESTED_REFUND", "VOID", "CHANGE"})
_FIX = "Archive it instead; Shopify keeps such orders."


class Delete(Action):
    name: ClassVar[str] = "delete"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset(
        {Facet.FACTS, Facet.PAYMENTS, Facet.TRANSACTIONS, Facet.FULFILLMENTS}
    )
    hints: ClassVar[frozenset[Facet]] = frozenset({Facet.LINES})
    after_steps: ClassVar[bool] = True  # cancelled or archived by the step before, it may go
    noun: ClassVar[str] = "A deletion"
    instead: ClassVar[str] = "Make the order anew in the admin (Create order) from its backup."
    gone_is_done: ClassVar[bool] = True
    backed_up: ClassVar[bool] = True

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        payment = (order.financial_status or "no payment").replace("_", " ").lower()
        yield Change(
            order=order.id,
            name=order.name,
            row=asking.row,
            action=self.name,
            reversible=False,
            before={"Status": f"{status_word(order)}, {payment}"},
            after={"Status": "deleted", "Why it can be": _why(order), "Backup": "yes"},
            args={},
            warnings=tuple(_warnings(order)),
        )

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return order.deleted

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        why_not = next(_against(order), None)
        if why_not:
            return Obstacle(f"Shopify deletes no order {why_not}.", _FIX)
        return _unfinished(order)

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        # no status that Shopify derives: a cancellation before it in the same row changes those by itself
        return {
            "paid": str(order.net_payment),
            "shipped": sorted(fulfillment.id for fulfillment in order.active_fulfillments),
            "paid through": _providers(order),
        }

    def after(self, change: Change, order: Order) -> Order:
        return replace(order, deleted=True)

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation("orderDelete", {"id": change.order})

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        return payload.get("deletedId") == change.order


def _providers(order: Order) -> list[str]:
    """The gateways of payments that were made neither by hand nor as a test.

    What went back is no payment: a refund to store credit has a gateway of its own, whatever the order was paid with.
    """
    payments = [t for t in order.known_transactions if t.kind not in _WENT_BACK and t.status not in _CAME_TO_NOTHING]
    found = [t for t in payments if not t.manual and not t.test]
    return list(dict.fromkeys(t.gateway for t in found))


_OFFLINE = {"cash": "that was paid in cash at a point of sale", "gift_card": "that was paid with a gift card"}
"""Gateways of Shopify's own that are no online payment, and are none that may be deleted either."""


def _against(order: Order) -> Iterator[str]:
    """Why Shopify would not delete it: what help.shopify.com says of orders that stay."""
    assert order.facts is not None
    if order.facts.test:
        return  # a test order goes whatever else it is
    providers = _providers(order)
    online = [gateway for gateway in providers if gateway not in _OFFLINE]
    if online:
        named = ", ".join(filter(None, online))
        yield f"that was paid online{f' (through {named})' if named else ''}"
    yield from (_OFFLINE[gateway] for gateway in providers if gateway in _OFFLINE)
    if order.facts.source == "pos":
        yield "of a point of sale"
    if any(line.gift_card for line in order.lines or ()):
        yield "with a gift card in it"
    if any(f.display_status in LABELLED for f in order.known_fulfillments):
        yield "for which a shipping label was bought"


def _unfinished(order: Order) -> Obstacle | None:
    """An open order with money in it is somebody's purchase. The API would delete it (recorded), the admin asks to
    cancel or archive it first, and so do we: both can be asked for in the same row."""
    assert order.facts is not None
    if order.facts.test or order.cancelled or order.closed or order.net_payment.amount <= 0:
        return None
    return Obstacle(
        f"It is open, and {order.net_payment} was received for it.",
        "Write cancel, delete (Cancel: Refund says what becomes of the money) or archive, delete in Action.",
    )


def _why(order: Order) -> str:
    assert order.facts is not None
    if order.facts.test:
        return "a test order"
    return "paid by hand only" if any(t.received for t in order.known_transactions) else "no payment"


def _warnings(order: Order) -> Iterator[str]:
    assert order.facts is not None
    yield "It leaves your reports and exports for good."
    if not order.cancelled and not order.closed:
        yield "It is still open; the admin asks to cancel or archive an order before it is deleted."
    if order.net_payment.amount > 0:
        yield f"{order.net_payment} was received for it and is not given back."
    if order.lines is None and not order.facts.test:
        yield "Whether there is a gift card in it could not be read; Shopify keeps such orders."
