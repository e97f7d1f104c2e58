"""Records of one order: lines, shipments, payments, refunds and returns."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bulk_orders.devstore.model.shop import (
    Address,
    App,
    Customer,
    FulfillmentService,
    Location,
    Product,
    ProductVariant,
    Publication,
    PurchasingCompany,
)
from bulk_orders.devstore.money import MoneyBag


@dataclass(frozen=True, slots=True)
class Attribute:
    """A custom attribute of an order or a line."""

    key: str
    value: str | None


@dataclass(slots=True, eq=False)
class TaxLine:
    """A tax and its amount."""

    title: str
    rate: Decimal
    price_set: MoneyBag


@dataclass(slots=True, eq=False)
class LineItem:
    """A line of an order. `removed` units left it unshipped (cancelled), `returned` ones were refunded.
    `total_discount_set` is the line's own discount, `code_discount_set` its share of the order's."""

    id: str
    title: str
    variant_title: str | None
    sku: str | None
    vendor: str | None
    quantity: int
    original_unit_price_set: MoneyBag
    total_discount_set: MoneyBag
    code_discount_set: MoneyBag
    product: Product | None = None
    variant: ProductVariant | None = None
    requires_shipping: bool = True
    taxable: bool = True
    is_gift_card: bool = False
    grams: int = 0
    custom_attributes: list[Attribute] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)
    removed: int = 0
    returned: int = 0


@dataclass(slots=True, eq=False)
class ShippingLine:
    """How the order travels, and what that cost."""

    id: str
    title: str
    code: str | None
    original_price_set: MoneyBag
    source: str | None = "shopify"
    carrier_identifier: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class TrackingInfo:
    """One parcel of a fulfillment."""

    company: str | None
    number: str | None
    url: str | None


@dataclass(slots=True, eq=False)
class FulfillmentEvent:
    """What the carrier reported."""

    id: str
    status: str
    happened_at: float
    created_at: float
    message: str | None = None


@dataclass(slots=True, eq=False)
class FulfillmentLineItem:
    """Units of one line in one fulfillment."""

    id: str
    line_item: LineItem
    quantity: int


@dataclass(slots=True, eq=False)
class Fulfillment:
    """A shipment. Cancelled ones stay as rows; `parts` says which fulfillment orders it was made from."""

    id: str
    legacy_resource_id: int
    order: "Order"
    name: str
    status: str
    created_at: float
    updated_at: float
    location: Location | None
    service: FulfillmentService | None
    tracking_info: list[TrackingInfo]
    line_items: list[FulfillmentLineItem]
    parts: list[tuple["FulfillmentOrderLineItem", int]]
    events: list[FulfillmentEvent] = field(default_factory=list)
    origin_address: dict[str, Any] | None = None
    notify_customer: bool = False


@dataclass(slots=True, eq=False)
class FulfillmentHold:
    """A hold on a fulfillment order, of our app or another one."""

    id: str
    reason: str
    reason_notes: str | None
    handle: str | None
    app: App
    external_id: str | None = None
    split_from: "FulfillmentOrder | None" = None


@dataclass(slots=True, eq=False)
class FulfillmentOrderLineItem:
    """Units of one line that one place has to ship."""

    id: str
    fulfillment_order: "FulfillmentOrder"
    line_item: LineItem
    total_quantity: int
    remaining_quantity: int


@dataclass(slots=True, eq=False)
class DeliveryMethod:
    """How a fulfillment order reaches the customer."""

    id: str
    method_type: str
    presented_name: str | None = None
    service_code: str | None = None


@dataclass(slots=True, eq=False)
class FulfillmentOrder:
    """Work for one place. `management` decides which access scopes see it: merchant or third_party."""

    id: str
    order: "Order"
    status: str
    request_status: str
    location: Location
    location_name: str
    created_at: float
    updated_at: float
    fulfill_at: float | None
    fulfill_by: float | None = None
    management: str = "merchant"
    delivery_method: DeliveryMethod | None = None
    line_items: list[FulfillmentOrderLineItem] = field(default_factory=list)
    fulfillment_holds: list[FulfillmentHold] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class OrderTransaction:
    """A payment, authorization, refund or void."""

    id: str
    order: "Order"
    kind: str
    status: str
    gateway: str
    amount_set: MoneyBag
    created_at: float
    processed_at: float | None
    test: bool = False
    parent_transaction: "OrderTransaction | None" = None
    error_code: str | None = None
    expired: bool = False
    fee: Decimal | None = None
    card: str | None = None
    payment_id: str | None = None


@dataclass(slots=True, eq=False)
class RefundLineItem:
    """Units of a line that were refunded, and where they went."""

    id: str
    line_item: LineItem
    quantity: int
    restock_type: str
    location: Location | None
    subtotal_set: MoneyBag


@dataclass(slots=True, eq=False)
class Refund:
    """Money that went back, with the lines it was for."""

    id: str
    legacy_resource_id: int
    order: "Order"
    created_at: float
    note: str | None
    transactions: list[OrderTransaction]
    line_items: list[RefundLineItem] = field(default_factory=list)
    shipping_set: MoneyBag | None = None


@dataclass(slots=True, eq=False)
class ReturnLineItem:
    """Units that come back; without a fulfillment line it is unverified."""

    id: str
    fulfillment_line_item: FulfillmentLineItem | None
    quantity: int
    return_reason: str = "UNKNOWN"
    return_reason_note: str = ""
    customer_note: str | None = None


@dataclass(slots=True, eq=False)
class Return:
    """A return; `outcome` tells inspected or failed ones apart, which its status does not."""

    id: str
    order: "Order"
    name: str
    status: str
    created_at: float
    closed_at: float | None = None
    outcome: str | None = None
    line_items: list[ReturnLineItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A chargeback or an inquiry."""

    id: str
    status: str
    initiated_as: str


@dataclass(slots=True, eq=False)
class Metafield:
    """A metafield of an order."""

    id: str
    legacy_resource_id: int
    namespace: str
    key: str
    type: str
    value: str
    created_at: float
    updated_at: float


@dataclass(slots=True, eq=False)
class Order:
    """An order, with everything that hangs on it."""

    id: str
    legacy_resource_id: int
    name: str
    number: int
    created_at: float
    processed_at: float
    updated_at: float
    shop_currency: str
    presentment_currency: str
    zero: MoneyBag
    app: App | None
    publication: Publication | None
    source_name: str | None
    confirmation_number: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    po_number: str | None = None
    tags: list[str] = field(default_factory=list)
    custom_attributes: list[Attribute] = field(default_factory=list)
    metafields: list[Metafield] = field(default_factory=list)
    customer: Customer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    purchasing_company: PurchasingCompany | None = None
    closed_at: float | None = None
    cancelled_at: float | None = None
    cancel_reason: str | None = None
    staff_note: str | None = None
    cancelling: bool = False
    settled: bool = False
    test: bool = False
    edited: bool = False
    taxes_included: bool = True
    tax_exempt: bool = False
    accepts_marketing: bool = False
    notify_updates: bool = False
    source_identifier: str | None = None
    registered_source_url: str | None = None
    cart_token: str | None = None
    checkout_token: str | None = None
    client_ip: str | None = None
    customer_locale: str | None = "en"
    landing_page: str | None = None
    referrer: str | None = None
    discount_codes: list[str] = field(default_factory=list)
    discount_percentage: float | None = None
    discount_title: str | None = None
    risk_level: str = "LOW"
    recommendation: str = "ACCEPT"
    payment_terms: str | None = None
    retail_location: Location | None = None
    channel_handle: str | None = None
    line_items: list[LineItem] = field(default_factory=list)
    shipping_lines: list[ShippingLine] = field(default_factory=list)
    tax_set: MoneyBag | None = None
    fulfillments: list[Fulfillment] = field(default_factory=list)
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    transactions: list[OrderTransaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
