"""Putting one order together: lines, taxes, shipping, the work for one place, and its payments.

Its one rule: an order begins as a checkout leaves it, unpaid and unshipped; everything after that is done
by the changes that the API has, so a built order is always consistent. Tests build theirs here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bulk_orders.devstore.changes.fulfilling import fulfillment_create
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.gids import gid
from bulk_orders.devstore.model.order import (
    DeliveryMethod,
    Fulfillment,
    FulfillmentEvent,
    FulfillmentOrder,
    FulfillmentOrderLineItem,
    LineItem,
    Order,
    OrderTransaction,
    ShippingLine,
    TaxLine,
)
from bulk_orders.devstore.model.shop import Address, Location, ProductVariant
from bulk_orders.devstore.money import ZERO, MoneyBag, rounded
from bulk_orders.devstore.state import State

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Till:
    """The currencies of an order: the shop's, the customer's, and the rate between them."""

    shop: str
    presentment: str
    rate: Decimal = Decimal(1)

    def bag(self, amount: Decimal | str | int) -> MoneyBag:
        """An amount of the shop's currency in both."""
        value = rounded(Decimal(amount), self.shop)
        return MoneyBag(value, rounded(value * self.rate, self.presentment), self.shop, self.presentment)


@dataclass(frozen=True, slots=True)
class Item:
    """What a line is made of; `price` and `title` stand in where there is no variant (any more)."""

    variant: ProductVariant | None = None
    quantity: int = 1
    discount: Decimal = ZERO
    code_discount: Decimal = ZERO
    title: str = "Custom item"
    price: Decimal = Decimal(10)
    requires_shipping: bool = True
    sku: str | None = None


def new_order(
    store: State,
    items: Sequence[Item],
    at: float,
    *,
    till: Till | None = None,
    shipping: Decimal | None = None,
    tax_rate: Decimal = ZERO,
    place: Location | None = None,
    method: str = "SHIPPING",
    address: Address | None = None,
    **fields: Any,
) -> Order:
    """A new order, unpaid and unshipped, taken into the store; `fields` are those of the record."""
    number = fields.pop("number", None) or store.next_order_number
    till = till or Till(store.shop.currency_code, store.shop.currency_code)
    order_number = store.ids.number("Order")
    base: dict[str, Any] = {
        "id": gid("Order", order_number),
        "legacy_resource_id": order_number,
        "name": f"{store.shop.prefix}{number}{store.shop.suffix}",
        "number": number,
        "created_at": at,
        "processed_at": at,
        "updated_at": at,
        "shop_currency": till.shop,
        "presentment_currency": till.presentment,
        "zero": till.bag(0),
        "app": store.app,
        "publication": None,
        "source_name": "web",
        "confirmation_number": store.ids.code(),
        "shipping_address": address,
        "billing_address": address,
        "taxes_included": store.shop.taxes_included,
    }
    order = Order(**(base | fields))
    order.line_items = [_line(store, till, item, tax_rate) for item in items]
    if shipping is not None:
        title = "Standard" if shipping else "Free shipping"
        order.shipping_lines.append(ShippingLine(store.ids.new("ShippingLine"), title, title, till.bag(shipping)))
    taxes = [tax.price_set for line in order.line_items for tax in line.tax_lines]
    order.tax_set = payment.add(taxes, order.zero) if taxes else None
    if place is not None:
        add_work(store, order, place, order.line_items, method)
    store.add_order(order)
    return order


def _line(store: State, till: Till, item: Item, tax_rate: Decimal) -> LineItem:
    variant, price = item.variant, item.variant.price if item.variant else item.price
    total = price * item.quantity - item.discount - item.code_discount
    line = LineItem(
        id=store.ids.new("LineItem"),
        title=variant.product.title if variant else item.title,
        variant_title=variant.title if variant and variant.title != "Default Title" else None,
        sku=variant.sku if variant else item.sku,
        vendor=variant.product.vendor if variant else None,
        quantity=item.quantity,
        original_unit_price_set=till.bag(price),
        total_discount_set=till.bag(item.discount),
        code_discount_set=till.bag(item.code_discount),
        product=variant.product if variant else None,
        variant=variant,
        requires_shipping=variant.requires_shipping if variant else item.requires_shipping,
        taxable=variant.taxable if variant else True,
        is_gift_card=bool(variant and variant.product.is_gift_card),
        grams=variant.grams if variant else 0,
    )
    if tax_rate and line.taxable:
        part = tax_rate / (1 + tax_rate) if store.shop.taxes_included else tax_rate
        line.tax_lines.append(TaxLine("VAT", tax_rate, till.bag(total * part)))
    return line


def add_work(
    store: State, order: Order, place: Location, lines: Sequence[LineItem], method: str = "SHIPPING"
) -> FulfillmentOrder:
    """A fulfillment order for some lines at one place."""
    third_party = place.fulfillment_service is not None
    name = order.shipping_lines[0].title if order.shipping_lines else None
    work = FulfillmentOrder(
        id=store.ids.new("FulfillmentOrder"),
        order=order,
        status="OPEN",
        request_status="UNSUBMITTED",
        location=place,
        location_name=place.name,
        created_at=order.created_at,
        updated_at=order.created_at,
        fulfill_at=order.created_at // HOUR * HOUR,  # whole hours, as recorded
        management="third_party" if third_party else "merchant",
        delivery_method=DeliveryMethod(store.ids.new("DeliveryMethod"), method, name),
    )
    work.line_items = [
        FulfillmentOrderLineItem(store.ids.new("FulfillmentOrderLineItem"), work, line, line.quantity, line.quantity)
        for line in lines
    ]
    order.fulfillment_orders.append(work)
    store.register(work, *work.line_items)
    return work


def pay(
    store: State,
    order: Order,
    gateway: str = "shopify_payments",
    kind: str = "SALE",
    *,
    amount: MoneyBag | None = None,
    status: str = "SUCCESS",
    parent: OrderTransaction | None = None,
) -> OrderTransaction:
    """A payment as the checkout or a provider makes it, at the time of the store."""
    now, amount = store.now(), amount or payment.total_price(order)
    by_card = gateway == "shopify_payments"
    settled = by_card and status == "SUCCESS" and kind in payment.RECEIVING
    transaction = OrderTransaction(
        id=store.ids.new("OrderTransaction"),
        order=order,
        kind=kind,
        status=status,
        gateway=gateway,
        amount_set=amount,
        created_at=now,
        processed_at=now if status == "SUCCESS" else None,
        test=order.test,
        parent_transaction=parent,
        error_code="CARD_DECLINED" if status == "FAILURE" else None,
        fee=rounded(amount.shop * Decimal("0.015") + Decimal("0.25"), order.shop_currency) if settled else None,
        card="•••• •••• •••• 4242" if by_card else None,
        payment_id=f"c{store.ids.number('Payment')}.1" if by_card else None,
    )
    order.transactions.append(transaction)
    store.register(transaction)
    return transaction


def ship(
    store: State,
    order: Order,
    tracking: dict[str, Any] | None = None,
    units: dict[str, int] | None = None,
    work: FulfillmentOrder | None = None,
) -> Fulfillment:
    """Ships everything of one fulfillment order, or so many units by line id."""
    work = work or next(f for f in order.fulfillment_orders if f.status in {"OPEN", "IN_PROGRESS"})
    parts = None
    if units is not None:
        parts = [{"id": p.id, "quantity": units[p.line_item.id]} for p in work.line_items if units.get(p.line_item.id)]
    entry = {"fulfillmentOrderId": work.id, "fulfillmentOrderLineItems": parts}
    shipped, errors = fulfillment_create(store, {"lineItemsByFulfillmentOrder": [entry], "trackingInfo": tracking})
    assert shipped is not None, errors
    return shipped


def report(store: State, shipment: Fulfillment, status: str) -> None:
    """The carrier reports something about a shipment, at the time of the store."""
    now = store.now()
    event = FulfillmentEvent(store.ids.new("FulfillmentEvent"), status, now, now)
    shipment.events.append(event)
    shipment.updated_at = now
    store.register(event)
