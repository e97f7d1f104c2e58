"""Unfulfill: fulfillmentCancel, one mutation per fulfillment, synchronous and repeatable (shopify-api.md 4.4).

A plan pins the ids of the fulfillments it saw; "whatever fulfillments there are" is never sent. Shopify does not
protect anybody from unfulfilling a delivered parcel, so the plan says where each parcel is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, blocked
from bulk_orders.core.actions.shipments import Parcel, shipments
from bulk_orders.core.actions.track import Parcels
from bulk_orders.core.changes import Blocked, Change, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, Fulfillment, FulfillmentOrder, Order, WorkLine
from bulk_orders.core.preferences import Preferences

ON_ITS_WAY = frozenset({"CARRIER_PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY", "ATTEMPTED_DELIVERY", "DELAYED"})
ARRIVED = frozenset({"DELIVERED", "PICKED_UP"})
LABELLED = frozenset({"LABEL_PURCHASED", "LABEL_PRINTED"})


class Unfulfill(Action):
    name: ClassVar[str] = "unfulfill"
    reversible: ClassVar[bool] = True
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.FULFILLMENTS})
    hints: ClassVar[frozenset[Facet]] = frozenset({Facet.PLACES})
    reversal_facets: ClassVar[frozenset[Facet]] = frozenset({Facet.CONTENTS, Facet.WORK})
    reversed_by: ClassVar[str | None] = "fulfill"

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        action = edits.asked().get(self.name)
        named = list(_named(edits))
        if action is not None and action.column == "Action":
            pinned = {fulfillment.id for _, fulfillment in _found(named, order)}
            for fulfillment in order.active_fulfillments:
                if fulfillment.id not in pinned:
                    yield _change(order, fulfillment, action.row, preferences)
        for edit in named:
            yield _one(edit, order, preferences)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        return fulfillment is not None and fulfillment.status == "CANCELLED"

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None:
            return Obstacle("The order has no such fulfillment (any more).", "Export again.")
        if not fulfillment.active:
            return Obstacle(
                f"The fulfillment is {fulfillment.status.lower()}: there is nothing to take back.",
                "Empty the cell.",
            )
        if order.return_under_way:
            return Obstacle(
                "The customer is returning items of this order.",
                "Close or cancel the return in the admin first.",
            )
        moving = fulfillment.display_status in ARRIVED | ON_ITS_WAY
        if moving and not change.args["allow_delivered"]:
            return Obstacle(
                f"{_where(fulfillment)} Shopify would unfulfill it all the same.",
                "If that is what you want, plan with --allow-delivered.",
            )
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        return {
            "fulfillment": fulfillment.status if fulfillment else None,
            "parcel": fulfillment.display_status if fulfillment else None,
            "return": order.return_status,
            "archived": order.closed,
        }

    def after(self, change: Change, order: Order) -> Order:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None:
            return order
        taken_back = replace(fulfillment, status="CANCELLED", display_status="CANCELED")
        # an archived order is open again afterwards [LIVE fulfillment-cancel-parity]
        left = replace(order.with_fulfillment(taken_back), closed=order.closed and order.cancelled)
        return left if order.fulfillment_orders is None or order.cancelled else _reopened(left, fulfillment)

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        """Fulfilled again: the same lines, tracking and location, and nobody is told."""
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None or not fulfillment.contents:
            yield Obstacle("Shopify no longer says what was in it.", "Fulfill the order in the admin.")
            return
        tracking = Parcels.of(fulfillment.tracking)
        parcel = Parcel(change.row, tracking, notify=False, units=dict(fulfillment.contents))
        told = [f"It becomes a new fulfillment in place of {fulfillment.name}."]
        if fulfillment.location_name is None:
            told.append("Shopify does not say where that was shipped from: look at the place this one leaves from.")
        for made in shipments(order, [replace(parcel, location=fulfillment.location_name)]):
            if isinstance(made, Blocked):
                yield Obstacle(made.reason, made.fix)
                return
            yield replace(made, warnings=(*made.warnings, *told))

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation("fulfillmentCancel", {"id": change.args["fulfillment"]})

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        fulfillment = payload.get("fulfillment") or {}
        return fulfillment.get("id") == change.args["fulfillment"] and fulfillment.get("status") == "CANCELLED"


def _reopened(order: Order, fulfillment: Fulfillment) -> Order:
    """With the fulfillment order that Shopify opens for what was shipped; its id is not known before."""
    actions = frozenset({"CREATE_FULFILLMENT", "HOLD", "MOVE"})
    opened = FulfillmentOrder(f"new:{fulfillment.id}", "OPEN", "UNSUBMITTED", fulfillment.location_name or "", actions)
    contents = fulfillment.contents or (("", fulfillment.total_quantity),)  # which lines they are of was not read
    units = tuple(WorkLine(f"new:{line}", line, count) for line, count in contents)
    return replace(order, fulfillment_orders=(*order.known_work, replace(opened, lines=units)))


def _where(fulfillment: Fulfillment) -> str:
    if fulfillment.display_status in ARRIVED:
        return "The customer has the parcel."
    return "The parcel is on its way; Shopify does not stop it."


def _named(edits: OrderEdits) -> Iterator[Edit]:
    """The rows that ask for one fulfillment."""
    return (e for e in edits.of("Fulfillment: Status") if cells.enum(e.sheet) in {"CANCELLED", "CANCELED"})


def _found(named: list[Edit], order: Order) -> Iterator[tuple[Edit, Fulfillment]]:
    for edit in named:
        fulfillment = order.fulfillment(edit.fulfillment) if edit.fulfillment else None
        if fulfillment is not None:
            yield edit, fulfillment


def _one(edit: Edit, order: Order, preferences: Preferences) -> Change | Blocked:
    if edit.fulfillment is None:
        fix = "Fill in its Fulfillment: ID, or write unfulfill in Action for all of the order."
        return blocked(order, edit.row, "unfulfill", "The row does not say which fulfillment.", fix)
    fulfillment = order.fulfillment(edit.fulfillment)
    if fulfillment is None:
        reason = f"{order.name} has no fulfillment {edit.fulfillment.rsplit('/', 1)[-1]}."
        return blocked(order, edit.row, "unfulfill", reason, "Export again: cells may have moved between rows.")
    return _change(order, fulfillment, edit.row, preferences)


def _change(order: Order, fulfillment: Fulfillment, row: int, preferences: Preferences) -> Change:
    parcels = ", ".join(" ".join(filter(None, (t.company, t.number))) for t in fulfillment.tracking)
    items = f"{fulfillment.total_quantity} item{'' if fulfillment.total_quantity == 1 else 's'}"
    shown = (fulfillment.display_status or fulfillment.status).replace("_", " ").lower()
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="unfulfill",
        reversible=True,
        before={fulfillment.name: ", ".join(filter(None, (shown, items, parcels)))},
        after={fulfillment.name: "unfulfilled"},
        args={
            "fulfillment": fulfillment.id,
            "name": fulfillment.name,
            "archived": order.closed,
            "allow_delivered": preferences.allow_delivered,
        },
        warnings=tuple(_warnings(order, fulfillment)),
        by_hand=tuple(_by_hand(fulfillment)),
    )


def _warnings(order: Order, fulfillment: Fulfillment) -> list[str]:
    warnings = []
    if fulfillment.display_status in ARRIVED | ON_ITS_WAY:
        warnings.append(_where(fulfillment))
    if fulfillment.display_status in LABELLED:
        warnings.append("A shipping label was bought for it; unfulfilling does not void it.")
    if fulfillment.third_party:
        warnings.append("A fulfillment service shipped it: tell them, Shopify does not.")
    if order.return_unclear:
        warnings.append(order.return_unclear)
    if order.closed and not order.cancelled:
        warnings.append("The archived order opens again.")
    return warnings


def _by_hand(fulfillment: Fulfillment) -> list[str]:
    tasks = []
    if fulfillment.display_status in LABELLED:
        tasks.append(f"Void the shipping label of {fulfillment.name} to get its price back.")
    if fulfillment.display_status in ON_ITS_WAY:
        tasks.append(f"Ask the carrier to stop or return the parcel {fulfillment.name}.")
    if fulfillment.third_party:
        tasks.append(f"Tell the fulfillment service that {fulfillment.name} was taken back.")
    return tasks


def unfulfilling(order: Order, fulfillment: Fulfillment, row: int, preferences: Preferences) -> Change:
    """The unfulfilling that takes a fulfilling back."""
    return _change(order, fulfillment, row, preferences)
