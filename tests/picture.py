"""An order of the store in a box as a merchant sees it: everything but the ids and times that Shopify makes."""

from __future__ import annotations

from typing import Any

from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Fulfillment, FulfillmentOrder, Order
from bulk_orders.devstore.model.shop import Address


def picture(order: Order) -> dict[str, Any]:
    """What is compared before a change and after its undo."""
    return {
        "name": order.name,
        "archived": order.closed_at is not None,
        "cancelled": order.cancelled_at is not None,
        "note": order.note or None,
        "email": order.email,
        "phone": order.phone,
        "po_number": order.po_number,
        "tags": sorted(order.tags),
        "attributes": [(a.key, a.value) for a in order.custom_attributes],
        "address": _address(order.shipping_address),
        "payment": payment.financial_status(order),
        "received": str(payment.received(order).shop),
        "refunded": str(payment.refunded(order).shop),
        "shipping": shipping.fulfillment_status(order),
        "parcels": sorted(_parcel(f) for f in order.fulfillments if f.status not in shipping.GONE),
        "to ship": sorted(_work(f) for f in shipping.working_orders(order)),
    }


def _address(address: Address | None) -> tuple[Any, ...] | None:
    if address is None:
        return None
    names = ("first_name", "last_name", "company", "address1", "address2", "city", "province_code", "zip")
    return tuple(getattr(address, name) or None for name in (*names, "country_code", "phone"))


def _parcel(found: Fulfillment) -> tuple[Any, ...]:
    tracking = tuple((t.company or "", t.number or "", t.url or "") for t in found.tracking_info)
    lines = tuple(sorted((part.line_item.id, part.quantity) for part in found.line_items))
    return (found.location.name if found.location else "", lines, tracking)


def _work(found: FulfillmentOrder) -> tuple[Any, ...]:
    lines = tuple(sorted((p.line_item.id, p.remaining_quantity) for p in found.line_items if p.remaining_quantity))
    holds = tuple((h.reason, h.reason_notes or "", h.handle or "", h.app.title) for h in found.fulfillment_holds)
    return (found.location_name, found.status, lines, holds)
