"""Fulfill: fulfillmentCreate, for the units that a plan names and no others (shopify-api.md 4.5).

One mutation ships from one location, so an order with work in two places becomes two fulfillments. It is not
idempotent; that each unit stands in the plan is what keeps a second send from shipping more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, blocked
from bulk_orders.core.actions.how_much import named_twice
from bulk_orders.core.actions.shipments import Parcel, drawn, left_there, not_shippable, shipments
from bulk_orders.core.actions.track import HEADERS, RECEIPT, Parcels, parcels_of, rows_of, written
from bulk_orders.core.actions.unfulfill import unfulfilling
from bulk_orders.core.changes import Blocked, Change, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, Fulfillment, FulfillmentOrder, Order
from bulk_orders.core.preferences import Preferences

_NO_TRACKING = Parcels(None, (), ())


class Fulfill(Action):
    name: ClassVar[str] = "fulfill"
    reversible: ClassVar[bool] = True
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.WORK, Facet.FULFILLMENTS})
    reversal_facets: ClassVar[frozenset[Facet]] = frozenset({Facet.CONTENTS})
    reversed_by: ClassVar[str | None] = "unfulfill"
    makes: ClassVar[str | None] = "fulfillment"
    after_steps: ClassVar[bool] = True

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        parcels = _parcels(edits, asking, order)
        if isinstance(parcels, Blocked):
            yield parcels
            return
        if not order.work:
            if not order.active_fulfillments:
                reason = "Nothing of it is left to ship."
                yield blocked(order, asking.row, self.name, reason, "Empty the cell.")
            elif any(parcel.tracking.numbers for parcel in parcels) and not _has_all(order, parcels):
                reason = "It is fulfilled already."
                fix = "To change its tracking, write into the row that has its Fulfillment: ID."
                yield blocked(order, asking.row, self.name, reason, fix)
            return
        yield from shipments(order, parcels)

    def unpinned(self, change: Change) -> bool:
        return "joining" in change.args

    def pinned(self, change: Change, order: Order) -> Change:
        """With the fulfillment orders in which its units stand, once the release before it may have joined some."""
        if not self.unpinned(change):
            return change
        lines = drawn(order, change.args["joining"], change.args["contents"])
        return replace(change, args={**change.args, "lines": lines}) if lines else change

    def satisfied_by(self, change: Change, order: Order) -> bool:
        made = any(_made_by(change, fulfillment) for fulfillment in order.active_fulfillments)
        if self.unpinned(change):
            was = change.args["left there"]
            there = left_there(order, change.args["joining"], was)
            return made and all(there[line] == was[line] - units for line, units in change.args["contents"].items())
        left = {line.id: line.remaining for found in order.known_work for line in found.lines}
        shipped = all(
            left.get(line) == change.args["left"][line] - units
            for lines in change.args["lines"].values()
            for line, units in lines.items()
        )
        return shipped and made

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        if order.cancelled:
            return Obstacle("A cancelled order ships nothing.", "Empty the cell.")
        for gid, lines in change.args["lines"].items():
            found = order.fulfillment_order(gid)
            if found is None:
                return Obstacle("Shopify would refuse: Fulfillment order does not exist.", "Plan the sheet again.")
            obstacle = not_shippable(found)
            if obstacle:
                return obstacle
            left = {line.id: line.remaining for line in found.lines}
            if any(left.get(line, 0) < units for line, units in lines.items()):
                return Obstacle(
                    "Shopify would refuse: Invalid fulfillment order line item quantity requested.",
                    "Ask for no more units than are left to ship.",
                )
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        if self.unpinned(change):
            place = change.args["joining"]
            return {
                "to ship": left_there(order, place, change.args["contents"]),
                "status": sorted({found.status for found in order.work if found.location_name == place}),
                "cancelled": order.cancelled,
            }
        left = {line.id: line.remaining for found in order.known_work for line in found.lines}
        wanted = [line for lines in change.args["lines"].values() for line in lines]
        found = [order.fulfillment_order(gid) for gid in change.args["lines"]]
        places = sorted({one.location_name for one in found if one})
        return {
            "to ship": {line: left.get(line) for line in wanted},
            "status": [one.status if one else None for one in found],
            "cancelled": order.cancelled,
        } | ({"from": ", ".join(places)} if "from" in change.args else {})

    def after(self, change: Change, order: Order) -> Order:
        for gid, lines in change.args["lines"].items():
            found = order.fulfillment_order(gid)
            if found is not None:
                order = order.with_work(_shipped(found, lines))
        made = Fulfillment(
            id=f"new:{'+'.join(change.args['lines'])}",
            name="the new fulfillment",
            status="SUCCESS",
            display_status="FULFILLED",
            total_quantity=sum(change.args["contents"].values()),
            tracking=rows_of(change.args["tracking"]),
        )
        return replace(order, fulfillments=(*order.known_fulfillments, made))

    def still_so(self, change: Change, order: Order) -> bool:
        made = change.args.get("made")
        if made is None:
            return any(_made_by(change, fulfillment) for fulfillment in order.active_fulfillments)
        found = order.fulfillment(made)
        return found is not None and found.active

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        """Unfulfilled: the one fulfillment that Shopify's reply named, never one that only looks like it."""
        made = change.args.get("made")
        found = order.fulfillment(made) if made else None
        if found is not None:
            yield unfulfilling(order, found, change.row, preferences)
            return
        alike = [f.name for f in order.active_fulfillments if _made_by(change, f)]
        yield Obstacle(
            "Shopify's answer that named the new fulfillment was lost, so it cannot be told for certain which it is.",
            f"If it is {' or '.join(alike)}, unfulfill that in the admin, or with a sheet."
            if alike
            else "Look at the order in the admin.",
        )

    def mutation(self, change: Change, marker: str) -> Mutation:
        asked: dict[str, Any] = {
            "lineItemsByFulfillmentOrder": [
                {
                    "fulfillmentOrderId": gid,
                    "fulfillmentOrderLineItems": [{"id": line, "quantity": units} for line, units in lines.items()],
                }
                for gid, lines in change.args["lines"].items()
            ],
            "notifyCustomer": change.args["notify"],
        }
        tracking = parcels_of(change.args["tracking"])
        if tracking != _NO_TRACKING:
            asked["trackingInfo"] = tracking.request()
        return Mutation("fulfillmentCreate", {"fulfillment": asked})

    def repeatable(self, change: Change) -> bool:
        """Where it ships all that is left, Shopify refuses a second one; a part could be shipped twice."""
        if self.unpinned(change):
            everything = change.args["left there"] == change.args["contents"]
        else:
            everything = all(
                change.args["left"][line] == units
                for lines in change.args["lines"].values()
                for line, units in lines.items()
            )
        return everything and not change.args["notify"]

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        return (payload.get("fulfillment") or {}).get("status") == "SUCCESS"


def _made_by(change: Change, fulfillment: Fulfillment) -> bool:
    """A fulfillment that was not there before, with the tracking that was asked for."""
    numbers = tuple(change.args["tracking"]["numbers"])
    same = not numbers or Parcels.of(fulfillment.tracking).numbers == numbers
    return fulfillment.id not in change.args["known"] and same


def _has_all(order: Order, parcels: list[Parcel]) -> bool:
    there = {Parcels.of(f.tracking).numbers for f in order.active_fulfillments}
    return all(parcel.tracking.numbers in there for parcel in parcels)


def _shipped(found: FulfillmentOrder, units: Mapping[str, int]) -> FulfillmentOrder:
    lines = tuple(replace(line, remaining=line.remaining - units.get(line.id, 0)) for line in found.lines)
    done = not any(line.remaining for line in lines)
    return replace(found, lines=lines, status="CLOSED" if done else "IN_PROGRESS", actions=found.actions - {"HOLD"})


# --- what the rows ask for --------------------------------------------------------------------------------------------


def _parcels(edits: OrderEdits, asking: Edit, order: Order) -> list[Parcel] | Blocked:
    """The shipments of an order's rows: rows with the same tracking are one."""
    groups: dict[Parcels, list[tuple[int, str | None, str | None]]] = {}
    receipts: dict[Parcels, bool] = {}
    for row in sorted(edits.fulfilling_rows()) or [asking.row]:
        of_row = [edit for edit in edits.edits if edit.row == row]
        tracking = written({edit.column: edit for edit in of_row if edit.column in HEADERS}, _NO_TRACKING)
        if isinstance(tracking, str):
            return blocked(order, row, "fulfill", tracking, "Correct the row's tracking cells.")
        receipt = next((cells.boolean(edit.sheet) for edit in of_row if edit.column == RECEIPT), None)
        receipts[tracking] = receipts.get(tracking, False) or bool(receipt)
        groups.setdefault(tracking, []).append((row, of_row[0].line, of_row[0].quantity))
    found = []
    for tracking, rows in groups.items():
        units = _units(rows, order)
        if isinstance(units, Blocked):
            return units
        found.append(Parcel(rows[0][0], tracking, receipts[tracking], units))
    if len(found) > 1 and any(parcel.units is None for parcel in found):
        fix = "Say what is in each, with Line: ID and Line: Quantity."
        return blocked(order, found[1].row, "fulfill", f"{len(found)} parcels are asked for.", fix)
    return found


def _units(rows: list[tuple[int, str | None, str | None]], order: Order) -> dict[str, int | None] | Blocked | None:
    """Units by line item; None where no row names a line."""
    if not any(line for _, line, _ in rows):
        return None
    units: dict[str, int | None] = {}
    named: dict[str, int] = {}
    for row, line, quantity in rows:
        if line is None:
            fix = "Fill in its Line: ID, or take the Line: ID out of the other rows."
            return blocked(order, row, "fulfill", "The row does not say which line is shipped.", fix)
        if line in named:
            return named_twice(order, row, "fulfill", named[line], "Line: Quantity")
        number = _count(quantity)
        if number is not None and number < 1:
            return blocked(order, row, "fulfill", f"Line: Quantity {quantity!r} is no number of units.", "Correct it.")
        units[line], named[line] = number, row
    return units


def _count(quantity: str | None) -> int | None:
    """A quantity as people write it: `2`, `2.0`; -1 for what is none."""
    if quantity is None or not quantity.strip():
        return None
    try:
        number = float(quantity)
    except ValueError:
        return -1
    return int(number) if number.is_integer() else -1
