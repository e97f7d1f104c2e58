"""Other people who work in the shop at the same time: the merchant, other apps, the carrier, customers.

Its one rule: they use the same changes as the API, without its limits, and their effects say `people`,
so that a judge can tell who did what.
"""

from collections.abc import Callable
from typing import Any

from bulk_orders.devstore.changes.cancel import order_cancel
from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.changes.fulfilling import fulfillment_cancel, fulfillment_create
from bulk_orders.devstore.changes.holds import hold, release
from bulk_orders.devstore.changes.lifecycle import order_close, order_delete, order_open
from bulk_orders.devstore.changes.payments import mark_as_paid
from bulk_orders.devstore.changes.refunds import refund_everything
from bulk_orders.devstore.changes.tags import sorted_tags, tags_add, tags_remove
from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import FulfillmentEvent, Order, Return, ReturnLineItem
from bulk_orders.devstore.state import State


class Refused(Exception):
    """Even people cannot do what the order's state forbids."""


class People:
    """What they do, by order: a gid or a name like `#1001`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def _order(self, order: str) -> Order:
        self._state.advance()
        found = self._state.orders.get(order)
        found = found or next((o for o in self._state.orders.values() if o.name == order), None)
        if found is None:
            raise Refused(f"there is no order {order}")
        return found

    def _do(self, act: Callable[..., Any], *arguments: Any) -> None:
        with self._state.acting("people"):
            outcome = act(self._state, *arguments)
        errors: list[UserError] = outcome[-1] if isinstance(outcome, tuple) else []
        if errors:
            raise Refused(errors[0].message)

    def edit_order(self, order: str, **fields: Any) -> None:
        """Overwrites fields of the record: note, tags, email, phone, po_number, ..."""
        found = self._order(order)
        if "tags" in fields:
            fields["tags"] = sorted_tags(fields["tags"])
        with self._state.acting("people"):
            with self._state.changing(found):
                for name, value in fields.items():
                    setattr(found, name, value)
            self._state.effect("orderUpdate", found, fields=sorted(fields))

    def tag(self, order: str, *tags: str) -> None:
        """Adds tags."""
        self._do(tags_add, self._order(order).id, list(tags))

    def untag(self, order: str, *tags: str) -> None:
        """Removes tags."""
        self._do(tags_remove, self._order(order).id, list(tags))

    def cancel(self, order: str, *, refund: bool = False, restock: bool = True) -> None:
        """Cancels in the admin: the same job as the API's."""
        method = {"originalPaymentMethodsRefund": True} if refund else None
        request = {
            "orderId": self._order(order).id,
            "reason": "OTHER",
            "restock": restock,
            "refundMethod": method,
            "staffNote": None,
            "notifyCustomer": False,
        }
        self._do(order_cancel, request)

    def archive(self, order: str) -> None:
        """Archives."""
        self._do(order_close, self._order(order).id)

    def unarchive(self, order: str) -> None:
        """Unarchives."""
        self._do(order_open, self._order(order).id)

    def delete(self, order: str) -> None:
        """Deletes."""
        self._do(order_delete, self._order(order).id)

    def fulfill(self, order: str, tracking: dict[str, Any] | None = None, *, units: int | None = None) -> None:
        """Ships everything that is open, or so many units of the first open line."""
        for open_order in shipping.working_orders(self._order(order)):
            if open_order.status not in {"OPEN", "IN_PROGRESS"}:
                continue
            lines = None
            if units is not None:
                part = next(p for p in open_order.line_items if p.remaining_quantity)
                lines = [{"id": part.id, "quantity": min(units, part.remaining_quantity)}]
            entry = {"fulfillmentOrderId": open_order.id, "fulfillmentOrderLineItems": lines}
            request = {"lineItemsByFulfillmentOrder": [entry], "trackingInfo": tracking}
            self._do(fulfillment_create, request)
            if units is not None:
                return

    def unfulfill(self, order: str) -> None:
        """Cancels every fulfillment that shipped something."""
        for fulfillment in list(self._order(order).fulfillments):
            if fulfillment.status not in shipping.GONE:
                self._do(fulfillment_cancel, fulfillment.id)

    def carrier_event(self, order: str, status: str = "DELIVERED", *, fulfillment: int = -1) -> None:
        """The carrier reports something about a fulfillment, the last one unless told otherwise."""
        found, now = self._order(order), self._state.now()
        shipment = found.fulfillments[fulfillment]
        event = FulfillmentEvent(self._state.ids.new("FulfillmentEvent"), status, now, now)
        with self._state.acting("people"), self._state.changing(found):
            shipment.events.append(event)
            shipment.updated_at = float(int(now))
            if shipment.notify_customer:
                self._state.email(found, "shipping_update")
        self._state.register(event)

    def hold(self, order: str, *, reason: str = "OTHER", handle: str = "", other_app: bool = True) -> None:
        """Another app (or ours) holds every open fulfillment order."""
        app = self._state.other_app if other_app else self._state.app
        for open_order in shipping.working_orders(self._order(order)):
            request = {"reason": reason, "handle": handle}
            self._do(hold, open_order.id, request, app)

    def release(self, order: str) -> None:
        """Releases every hold."""
        for held in self._order(order).fulfillment_orders:
            if held.fulfillment_holds:
                self._do(release, held.id, None)

    def mark_paid(self, order: str) -> None:
        """Records a payment that came by another way."""
        self._do(mark_as_paid, self._order(order).id)

    def refund(self, order: str) -> None:
        """Gives all money back."""
        found = self._order(order)
        with self._state.acting("people"), self._state.changing(found):
            refund_everything(self._state, found, store_credit=False)

    def request_return(self, order: str, *, status: str = "REQUESTED") -> None:
        """A customer wants to send back the first shipped line."""
        found, state = self._order(order), self._state
        shipped = [p for f in found.fulfillments if f.status not in shipping.GONE for p in f.line_items]
        if not shipped:
            raise Refused("nothing was shipped that could come back")
        with state.acting("people"), state.changing(found):
            line = ReturnLineItem(state.ids.new("ReturnLineItem"), shipped[0], 1)
            name = f"{found.name}-R{len(found.returns) + 1}"
            found.returns.append(Return(state.ids.new("Return"), found, name, status, state.now(), line_items=[line]))
        state.register(line, found.returns[-1])

    def close_return(self, order: str, *, status: str = "CLOSED") -> None:
        """Ends every return that is open or requested."""
        found = self._order(order)
        with self._state.acting("people"), self._state.changing(found):
            for one in found.returns:
                if one.status in {"OPEN", "REQUESTED"}:
                    one.status, one.closed_at = status, self._state.now()

    def deactivate_location(self, location_id: str) -> None:
        """Closes a place that orders may still be assigned to."""
        place = next(place for place in self._state.locations if place.id == location_id)
        place.is_active, place.deactivated_at = False, self._state.now()
