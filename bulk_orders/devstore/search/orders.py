"""What orders can be searched and sorted by.

Its one rule: every filter that the official schema documents for `orders` is known here, so that none of
them is ignored; those for which the box has no data match nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.search.matching import Field, View


def _enum(values: str) -> Field:
    return Field("enum", frozenset(values.split()))


_EXACT, _WORDS, _TIME, _NUMBER, _ID = (Field(k) for k in ("exact", "words", "time", "number", "id"))

FIELDS: Final[Mapping[str, Field]] = {
    "cart_token": _EXACT,
    "channel": _EXACT,
    "channel_id": _ID,
    "chargeback_status": _enum("accepted charge_refunded lost needs_response under_review won"),
    "checkout_token": _EXACT,
    "confirmation_number": _EXACT,
    "created_at": _TIME,
    "credit_card_last4": _EXACT,
    "current_total_price": _NUMBER,
    "customer_id": _ID,
    "delivery_method": _enum("shipping pick-up retail local pickup-point none"),
    "discount_code": _EXACT,
    "email": _EXACT,
    "financial_status": _enum("paid pending authorized partially_paid partially_refunded refunded voided expired"),
    "fraud_protection_level": _enum(
        "fully_protected partially_protected not_protected pending not_eligible not_available"
    ),
    "fulfillment_location_id": _ID,
    "fulfillment_status": _enum("unshipped shipped fulfilled partial scheduled on_hold unfulfilled request_declined"),
    "gateway": _EXACT,
    "id": _ID,
    "location_id": _ID,
    "metafields": _EXACT,
    "name": _WORDS,
    "payment_id": _EXACT,
    "payment_provider_id": _ID,
    "po_number": _EXACT,
    "processed_at": _TIME,
    "reference_location_id": _ID,
    "return_status": _enum("return_requested in_progress inspection_complete returned return_failed no_return"),
    "risk_level": _enum("high medium low none pending"),
    "sales_channel": _EXACT,
    "sku": _EXACT,
    "source_identifier": _EXACT,
    "source_name": _EXACT,
    "status": _enum("open closed cancelled not_closed"),
    "subtotal_line_items_quantity": _NUMBER,
    "tag": _EXACT,
    "tag_not": _EXACT,
    "test": Field("boolean"),
    "total_weight": _NUMBER,
    "updated_at": _TIME,
}

_FULFILLMENT: Final = {
    "FULFILLED": ("shipped", "fulfilled"),
    "PARTIALLY_FULFILLED": ("partial",),
    "SCHEDULED": ("scheduled", "unshipped"),
    "ON_HOLD": ("on_hold", "unshipped"),
    "REQUEST_DECLINED": ("request_declined", "unshipped"),
    "UNFULFILLED": ("unfulfilled", "unshipped"),
    "IN_PROGRESS": ("unshipped",),
}


def _status(order: Order) -> tuple[str, ...]:
    if order.cancelled_at is not None:
        return ("cancelled", "closed") if order.closed_at is not None else ("cancelled", "not_closed")
    return ("closed",) if order.closed_at is not None else ("open", "not_closed")


def _number(gid: str | None) -> int | None:
    tail = split_gid(gid)[1] if gid else ""
    return int(tail) if tail.isdecimal() else None


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def _locations(order: Order) -> list[int | None]:
    return [_number(f.location.id) for f in order.fulfillment_orders]


def _default_texts(order: Order) -> list[str | None]:
    customer, address = order.customer, order.shipping_address
    names = [customer.first_name, customer.last_name, customer.email] if customer else []
    place = [address.first_name, address.last_name, address.city, address.zip] if address else []
    return [
        order.name, order.email, order.phone, order.po_number, *order.tags, *names, *place,
        *(line.sku for line in order.line_items), *(line.title for line in order.line_items),
    ]  # fmt: skip


_VALUES: Final[Mapping[str, Callable[[Order], Any]]] = {
    "cart_token": lambda o: o.cart_token,
    "channel": lambda o: o.channel_handle,
    "chargeback_status": lambda o: [d.status.lower() for d in o.disputes],
    "checkout_token": lambda o: o.checkout_token,
    "confirmation_number": lambda o: o.confirmation_number,
    "created_at": lambda o: o.created_at,
    "credit_card_last4": lambda o: [t.card[-4:] for t in o.transactions if t.card],
    "current_total_price": lambda o: payment.current_total(o).shop,
    "customer_id": lambda o: _number(o.customer.id if o.customer else None),
    "default": _default_texts,
    "delivery_method": lambda o: [
        f.delivery_method.method_type.lower().replace("_", "-") for f in o.fulfillment_orders if f.delivery_method
    ],
    "discount_code": lambda o: o.discount_codes[:1],
    "email": lambda o: o.email,
    "financial_status": lambda o: _lower(payment.financial_status(o)),
    "fulfillment_location_id": lambda o: [_number(f.location.id) for f in o.fulfillments if f.location],
    "fulfillment_status": lambda o: _FULFILLMENT.get(shipping.fulfillment_status(o), ()),
    "gateway": payment.gateway_names,
    "id": lambda o: o.legacy_resource_id,
    "location_id": lambda o: _number(o.retail_location.id) if o.retail_location else _locations(o),
    "name": lambda o: o.name,
    "payment_id": lambda o: [t.payment_id for t in o.transactions],
    "po_number": lambda o: o.po_number,
    "processed_at": lambda o: o.processed_at,
    "reference_location_id": _locations,
    "return_status": lambda o: flags.return_status(o).lower(),
    "risk_level": lambda o: o.risk_level.lower(),
    "sales_channel": lambda o: o.publication.name if o.publication else None,
    "sku": lambda o: [line.sku for line in o.line_items],
    "source_identifier": lambda o: o.source_identifier,
    "source_name": lambda o: o.source_name,
    "status": _status,
    "subtotal_line_items_quantity": lambda o: sum(line.quantity for line in o.line_items),
    "tag": lambda o: list(o.tags),
    "test": lambda o: o.test,
    "total_weight": flags.weight,
    "updated_at": lambda o: o.updated_at,
}


def live_view(order: Order) -> View:
    """The searchable values of an order as it is."""

    def view(name: str) -> Any:
        if name.startswith("metafields."):
            return [m.value for m in order.metafields if f"metafields.{m.namespace}.{m.key}" == name]
        value = _VALUES.get(name)
        return value(order) if value else None

    return view


def document(order: Order) -> dict[str, Any]:
    """All searchable values at once, to be shown while the index lags behind."""
    values = {name: value(order) for name, value in _VALUES.items()}
    return values | {f"metafields.{m.namespace}.{m.key}": [m.value] for m in order.metafields}


def _customer_name(order: Order) -> str:
    names = (order.customer.last_name, order.customer.first_name) if order.customer else ()
    return ", ".join(name for name in names if name).casefold()


SORT_KEYS: Final[Mapping[str, Callable[[Order], Any]]] = {
    "CREATED_AT": lambda o: o.created_at,
    "CURRENT_TOTAL_PRICE": lambda o: payment.current_total(o).shop,
    "CUSTOMER_NAME": _customer_name,
    "DESTINATION": lambda o: (o.shipping_address.city or "").casefold() if o.shipping_address else "",
    "FINANCIAL_STATUS": lambda o: payment.financial_status(o) or "",
    "FULFILLMENT_STATUS": shipping.fulfillment_status,
    "ID": lambda o: o.legacy_resource_id,
    "ORDER_NUMBER": lambda o: o.number,
    "PO_NUMBER": lambda o: o.po_number or "",
    "PROCESSED_AT": lambda o: o.processed_at,
    "RELEVANCE": lambda o: -o.processed_at,
    "TOTAL_ITEMS_QUANTITY": lambda o: sum(line.quantity for line in o.line_items),
    "TOTAL_PRICE": lambda o: payment.total_price(o).shop,
    "UPDATED_AT": lambda o: o.updated_at,
}
