"""Fields of fulfillments, fulfillment orders, holds and returns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.changes.holds import DISPLAY_REASONS
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call, Getter
from bulk_orders.devstore.graph.resolvers.order import LINE_ITEM
from bulk_orders.devstore.model.order import (
    Fulfillment,
    FulfillmentHold,
    FulfillmentLineItem,
    FulfillmentOrder,
)
from bulk_orders.devstore.model.shop import Address, Location


@dataclass(frozen=True, slots=True)
class SupportedAction:
    """One thing that can be done."""

    action: str
    external_url: str | None = None


@dataclass(frozen=True, slots=True)
class AssignedLocation:
    """The place of a fulfillment order, by the name it had then."""

    name: str
    location: Location
    address: Address


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a fulfillment order goes."""

    id: str
    email: str | None
    address: Address


def _actions(fulfillment_order: FulfillmentOrder) -> list[SupportedAction]:
    actions = shipping.supported_actions(fulfillment_order)
    if shipping.remaining(fulfillment_order) < 2:  # one unit cannot be split ([LIVE ...-lifecycle])
        actions = tuple(action for action in actions if action != "SPLIT")
    return [SupportedAction(action) for action in actions]


def _destination(fulfillment_order: FulfillmentOrder) -> Destination | None:
    address = fulfillment_order.order.shipping_address
    if address is None:
        return None
    number = fulfillment_order.id.rsplit("/", 1)[-1]
    return Destination(f"gid://shopify/FulfillmentOrderDestination/{number}", fulfillment_order.order.email, address)


def _shipped_by(fulfillment_order: FulfillmentOrder) -> list[Fulfillment]:
    return [
        f
        for f in fulfillment_order.order.fulfillments
        if any(part.fulfillment_order is fulfillment_order for part, _ in f.parts)
    ]


def _made_from(fulfillment: Fulfillment) -> list[FulfillmentOrder]:
    return list({part.fulfillment_order.id: part.fulfillment_order for part, _ in fulfillment.parts}.values())


@dataclass(frozen=True, slots=True)
class OriginAddress:
    """Where a shipment started, for taxes."""

    address1: str | None
    address2: str | None
    city: str | None
    country_code: str
    province_code: str | None
    zip: str | None


def _origin(fulfillment: Fulfillment) -> OriginAddress | None:
    fields = fulfillment.origin_address
    if not fields:
        return None
    names = ("address1", "address2", "city", "countryCode", "provinceCode", "zip")
    return OriginAddress(*(fields.get(name) for name in names))  # type: ignore[arg-type]


def _units_price(part: FulfillmentLineItem) -> Any:
    return part.line_item.original_unit_price_set * part.quantity


def _units_discounted(part: FulfillmentLineItem) -> Any:
    line = part.line_item
    whole = payment.line_original(line) - line.total_discount_set
    return whole.share(Decimal(part.quantity), Decimal(line.quantity))


def _return_quantity(line: Any, status: str) -> int:
    return int(line.quantity) if status == "processed" else 0


_RETURN_LINE: Final[dict[str, Getter]] = {
    "processableQuantity": lambda line: line.quantity,
    "processedQuantity": lambda line: _return_quantity(line, ""),
    "refundableQuantity": lambda line: line.quantity,
    "refundedQuantity": lambda line: _return_quantity(line, ""),
    "unprocessedQuantity": lambda line: line.quantity,
}
_PLACE: Final[dict[str, Getter]] = {
    "address1": lambda place: place.address.address1,
    "address2": lambda place: place.address.address2,
    "city": lambda place: place.address.city,
    "countryCode": lambda place: place.address.country_code,
    "phone": lambda place: place.address.phone,
    "province": lambda place: place.address.province,
    "zip": lambda place: place.address.zip,
}

GETTERS: Final[dict[str, dict[str, Getter]]] = {
    "Fulfillment": {
        "deliveredAt": lambda f: shipping.event_time(f, "DELIVERED"),
        "displayStatus": shipping.display_status,
        "estimatedDeliveryAt": lambda _: None,
        "fulfillmentLineItems": lambda f: f.line_items,
        "fulfillmentOrders": _made_from,
        "inTransitAt": lambda f: shipping.event_time(f, "IN_TRANSIT"),
        "originAddress": _origin,
        "requiresShipping": lambda f: any(p.line_item.requires_shipping for p in f.line_items),
        "totalQuantity": shipping.total_quantity,
    },
    "FulfillmentLineItem": {
        "discountedTotalSet": _units_discounted,
        "originalTotalSet": _units_price,
    },
    "FulfillmentOrder": {
        "assignedLocation": lambda f: AssignedLocation(f.location_name, f.location, f.location.address),
        "destination": _destination,
        "fulfillments": _shipped_by,
        "merchantRequests": lambda _: [],
        "orderId": lambda f: f.order.id,
        "orderName": lambda f: f.order.name,
        "orderProcessedAt": lambda f: f.order.processed_at,
        "supportedActions": _actions,
    },
    "FulfillmentOrderAssignedLocation": _PLACE,
    "FulfillmentOrderDestination": {
        **_PLACE,
        "company": lambda place: place.address.company,
        "firstName": lambda place: place.address.first_name,
        "lastName": lambda place: place.address.last_name,
    },
    "FulfillmentOrderLineItem": {
        "productTitle": lambda p: p.line_item.title,
        "requiresShipping": lambda p: p.line_item.requires_shipping,
        "sku": lambda p: p.line_item.sku,
        "variant": lambda p: p.line_item.variant,
        "variantTitle": lambda p: p.line_item.variant_title,
        "vendor": lambda p: p.line_item.vendor,
        "weight": lambda p: LINE_ITEM["weight"](p.line_item),
    },
    "FulfillmentHold": {
        "displayReason": lambda hold: DISPLAY_REASONS[hold.reason],
        "heldByApp": lambda hold: hold.app,
    },
    "DeliveryMethod": {
        "maxDeliveryDateTime": lambda _: None,
        "minDeliveryDateTime": lambda _: None,
    },
    "FulfillmentService": {
        "callbackUrl": lambda _: None,
        "inventoryManagement": lambda s: s.type == "THIRD_PARTY",
        "requiresShippingMethod": lambda _: True,
        "trackingSupport": lambda s: s.type == "THIRD_PARTY",
    },
    "Return": {
        "refunds": lambda _: [],
        "requestApprovedAt": lambda r: r.created_at if r.status in {"OPEN", "CLOSED"} else None,
        "returnLineItems": lambda r: r.line_items,
        "totalQuantity": lambda r: sum(line.quantity for line in r.line_items),
    },
    "ReturnLineItem": _RETURN_LINE,
    "UnverifiedReturnLineItem": _RETURN_LINE,
}


def _held_by_us(hold: FulfillmentHold, _arguments: dict[str, Any], context: Context) -> bool:
    return hold.app is context.store.app


def _parcels(fulfillment: Fulfillment, arguments: dict[str, Any], _context: Context) -> list[Any]:
    first = arguments.get("first")
    return fulfillment.tracking_info if first is None else fulfillment.tracking_info[:first]


CALLS: Final[dict[str, dict[str, Call]]] = {
    "FulfillmentHold": {"heldByRequestingApp": _held_by_us},
    "Fulfillment": {"trackingInfo": _parcels},
}
