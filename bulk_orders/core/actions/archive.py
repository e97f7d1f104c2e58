"""Archive and unarchive: orderClose and orderOpen, synchronous, reversible, repeatable (shopify-api.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core.actions.base import Action, Reversal, Wanted, status_word
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order
from bulk_orders.core.preferences import Preferences


class _Shelf(Action):
    """What the two have in common: they set one flag."""

    reversible: ClassVar[bool] = True
    closed: ClassVar[bool]
    document: ClassVar[str]

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is not None:
            yield self.setting(order, asking.row)

    def setting(self, order: Order, row: int) -> Change:
        """The change that sets the flag."""
        return Change(
            order=order.id,
            name=order.name,
            row=row,
            action=self.name,
            reversible=True,
            before={"Status": self._before(order)},
            after={"Status": "archived" if self.closed else "open"},
            args={"archived": order.closed},
        )

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        if change.args["archived"] is not self.closed:
            other = UNARCHIVE if self.closed else ARCHIVE
            yield other.setting(order, change.row)

    def _before(self, order: Order) -> str:
        """Where the order stands; one that is so already is asked about again because an earlier step moves it."""
        return status_word(order) if order.closed is not self.closed else "open" if self.closed else "archived"

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return order.closed is self.closed

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        if self.awaits(change):
            return {"cancelled": order.cancelled}
        return {"archived": order.closed, "cancelled": order.cancelled}

    def awaits(self, change: Change) -> bool:
        return "after_shop" in change.args

    def in_bulk(self, change: Change) -> bool:
        return not self.awaits(change)

    def after(self, change: Change, order: Order) -> Order:
        return replace(order, closed=self.closed)

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation(self.document, {"id": change.order})

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        order = payload.get("order") or {}
        return order.get("id") == change.order and order.get("closed") is self.closed


class Archive(_Shelf):
    name = "archive"
    reversed_by = "unarchive"
    closed = True
    document = "orderClose"

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        return None  # Shopify archives whatever state an order is in [LIVE orderClose-parity]


class Unarchive(_Shelf):
    name = "unarchive"
    reversed_by = "archive"
    closed = False
    document = "orderOpen"

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        if order.cancelled:
            return Obstacle(
                "A cancelled order stays archived.",
                "Empty the cell: a cancellation cannot be taken back.",
            )
        return None


ARCHIVE, UNARCHIVE = Archive(), Unarchive()


def archived_again(order: Order, row: int) -> Change:
    """The archiving that an unfulfilling undid."""
    return ARCHIVE.setting(order, row)


def opened_again(order: Order, row: int) -> Change:
    """The opening of an order that Shopify may archive by itself, because a fulfilling makes it complete."""
    if order.closed:
        return UNARCHIVE.setting(order, row)
    made = UNARCHIVE.setting(order, row)
    return replace(
        made,
        before={"Status": "archived by Shopify, being paid and shipped"},
        args={**made.args, "after_shop": True},
        warnings=("Only where the shop archives such orders by itself; it is given time to do so first.",),
    )
