"""Fields of orders and their lines.

Its one rule: what an order shows is stored or derived; nothing is decided here.
"""

from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.gids import gid
from bulk_orders.devstore.graph.access import managements
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call, Getter
from bulk_orders.devstore.graph.resolvers.values import (
    Attribution,
    Cancellation,
    Count,
    CustomerVisit,
    DiscountAllocation,
    DiscountCodeApplication,
    Journey,
    ManualDiscountApplication,
    PaymentTerms,
    PricingPercentageValue,
    RiskAssessment,
    RiskFact,
    RiskSummary,
    Weight,
)
from bulk_orders.devstore.model.order import LineItem, Order, ShippingLine, TaxLine
from bulk_orders.devstore.money import MoneyBag
from bulk_orders.devstore.search.matching import Field, prepare


def _journey(order: Order) -> Journey | None:
    if order.landing_page is None and order.referrer is None:
        return None
    number = order.legacy_resource_id
    visit = CustomerVisit(gid("CustomerVisit", number), order.landing_page, order.referrer, "direct", order.created_at)
    return Journey(visit, visit)


def _terms(order: Order) -> PaymentTerms | None:
    if order.payment_terms is None:
        return None
    days = int("".join(c for c in order.payment_terms if c.isdigit()) or 0)
    return PaymentTerms(
        gid("PaymentTerms", order.legacy_resource_id),
        order.payment_terms,
        "NET" if days else "RECEIPT",
        order.payment_terms,
        days or None,
        overdue=False,
    )


def _attribution(order: Order) -> Attribution | None:
    if order.channel_handle is None:
        return None
    return Attribution(order.channel_handle, order.publication.name if order.publication else order.channel_handle)


def _risk(order: Order) -> RiskSummary:
    assessed = order.risk_level not in {"NONE", "PENDING"}
    facts = () if order.risk_level == "LOW" else (RiskFact("The card's country is not the address's", "NEGATIVE"),)
    return RiskSummary(order.recommendation, [RiskAssessment(order.risk_level, facts)] if assessed else [])


def _applications(order: Order) -> list[DiscountCodeApplication | ManualDiscountApplication]:
    """The code's discount first, then what staff took off by hand."""
    found: list[DiscountCodeApplication | ManualDiscountApplication] = []
    for code in order.discount_codes:
        value = _discount_value(order, payment.cart_discounts(order))
        found.append(DiscountCodeApplication(code, len(found), value))
    if by_hand := payment.line_discounts(order):
        title = order.discount_title or "Custom discount"
        found.append(ManualDiscountApplication(title, order.discount_title, len(found), by_hand.presentment_money))
    return found


def _discount_value(order: Order, amount: MoneyBag) -> Any:
    percentage = order.discount_percentage
    return amount.presentment_money if percentage is None else PricingPercentageValue(percentage)


def _tax_lines(order: Order, total: MoneyBag) -> list[TaxLine]:
    if not total:
        return []
    rates = {tax.title: tax.rate for line in order.line_items for tax in line.tax_lines}
    return [TaxLine(title, rate, total) for title, rate in list(rates.items())[:1]]


def _nonfulfillable(order: Order) -> list[LineItem]:
    return [line for line in order.line_items if payment.current_quantity(line) == 0]


def _status_page(order: Order) -> str:
    return f"https://devstore.example.com/orders/{order.legacy_resource_id}/status"


ORDER: Final[dict[str, Getter]] = {
    "attribution": _attribution,
    "billingAddressMatchesShippingAddress": lambda o: flags.same_address(o.billing_address, o.shipping_address),
    "canMarkAsPaid": payment.can_mark_as_paid,
    "canNotifyCustomer": flags.can_notify,
    "cancellation": lambda o: Cancellation(o.staff_note) if o.cancelled_at is not None else None,
    "capturable": lambda o: payment.capturable(o).shop > 0,
    "cartDiscountAmountSet": lambda o: payment.cart_discounts(o) or None,
    "closed": flags.closed,
    "confirmed": lambda _: True,
    "currencyCode": lambda o: o.shop_currency,
    "currentCartDiscountAmountSet": lambda o: o.zero if o.settled else payment.cart_discounts(o),
    "currentShippingPriceSet": payment.current_shipping,
    "currentSubtotalLineItemsQuantity": lambda o: sum(map(payment.current_quantity, o.line_items)),
    "currentSubtotalPriceSet": lambda o: o.zero if o.settled else payment.current_subtotal(o),
    "currentTaxLines": lambda o: _tax_lines(o, payment.current_tax(o)),
    "currentTotalDiscountsSet": lambda o: o.zero if o.settled else payment.total_discounts(o),
    "currentTotalPriceSet": payment.current_total,
    "currentTotalTaxSet": payment.current_tax,
    "currentTotalWeight": flags.current_weight,
    "customerAcceptsMarketing": lambda o: o.accepts_marketing,
    "customerJourneySummary": _journey,
    "discountApplications": _applications,
    "discountCode": lambda o: o.discount_codes[0] if o.discount_codes else None,
    "displayAddress": lambda o: o.shipping_address or o.billing_address,
    "displayFinancialStatus": payment.financial_status,
    "displayFulfillmentStatus": shipping.fulfillment_status,
    "dutiesIncluded": lambda _: False,
    "estimatedTaxes": lambda _: False,
    "fulfillable": flags.fulfillable,
    "fulfillmentsCount": lambda o: Count(len(o.fulfillments)),
    "fullyPaid": payment.fully_paid,
    "hasTimelineComment": lambda _: False,
    "landingPageUrl": lambda o: o.landing_page,
    "merchantEditable": lambda o: not flags.editable_errors(o),
    "merchantEditableErrors": flags.editable_errors,
    "netPaymentSet": payment.net_payment,
    "nonFulfillableLineItems": _nonfulfillable,
    "originalTotalPriceSet": payment.total_price,
    "paymentGatewayNames": payment.gateway_names,
    "paymentTerms": _terms,
    "physicalLocation": lambda o: o.fulfillment_orders[0].location if o.fulfillment_orders else None,
    "presentmentCurrencyCode": lambda o: o.presentment_currency,
    "productNetwork": lambda _: False,
    "purchasingEntity": lambda o: o.purchasing_company or o.customer,
    "referrerUrl": lambda o: o.referrer,
    "refundDiscrepancySet": lambda o: o.zero,
    "refundable": payment.refundable,
    "requiresShipping": shipping.requires_shipping,
    "restockable": flags.restockable,
    "returnStatus": flags.return_status,
    "risk": _risk,
    "riskLevel": lambda o: o.risk_level if o.risk_level in {"HIGH", "MEDIUM"} else "LOW",
    "shippingLine": lambda o: o.shipping_lines[0] if o.shipping_lines else None,
    "staffMember": lambda _: None,
    "subtotalLineItemsQuantity": lambda o: sum(line.quantity for line in o.line_items),
    "subtotalPriceSet": payment.subtotal,
    "taxLines": lambda o: _tax_lines(o, payment.total_tax(o)),
    "totalCapturable": lambda o: payment.capturable(o).shop,
    "totalCapturableSet": payment.capturable,
    "totalDiscountsSet": payment.total_discounts,
    "totalOutstandingSet": payment.outstanding,
    "totalPriceSet": payment.total_price,
    "totalReceivedSet": payment.received,
    "totalRefundedSet": payment.refunded,
    "totalRefundedShippingSet": payment.refunded_shipping,
    "totalShippingPriceSet": payment.total_shipping,
    "totalTaxSet": payment.total_tax,
    "totalTipReceivedSet": lambda o: o.zero,
    "totalWeight": flags.weight,
    "transactionsCount": lambda o: Count(len(o.transactions)),
    "unpaid": lambda o: payment.received(o).shop == 0,
}


def _unit_share(line: LineItem, total: MoneyBag) -> MoneyBag:
    return total.share(Decimal(1), Decimal(line.quantity))


LINE_ITEM: Final[dict[str, Getter]] = {
    "currentQuantity": payment.current_quantity,
    "discountedUnitPriceAfterAllDiscountsSet": lambda i: _unit_share(i, payment.line_discounted(i)),
    "discountedUnitPriceSet": lambda i: _unit_share(i, payment.line_original(i) - i.total_discount_set),
    "fulfillmentService": lambda _: None,
    "merchantEditable": lambda i: payment.current_quantity(i) > 0,
    "name": lambda i: f"{i.title} - {i.variant_title}" if i.variant_title else i.title,
    "originalTotalSet": payment.line_original,
    "priceAfterAllDiscountsBeforeTaxesSet": lambda i: payment.line_share(i, payment.current_quantity(i)),
    "refundableQuantity": payment.current_quantity,
    "restockable": flags.line_restockable,
    "weight": lambda i: Weight(float(i.grams), "GRAMS"),
}

GETTERS: Final[dict[str, dict[str, Getter]]] = {
    "Order": ORDER,
    "LineItem": LINE_ITEM,
    "OrderApp": {"name": lambda app: app.title},
    "ShippingLine": {
        "currentDiscountedPriceSet": lambda s: s.original_price_set,
        "custom": lambda s: s.code is None,
        "deliveryCategory": lambda _: None,
        "discountedPriceSet": lambda s: s.original_price_set,
        "isRemoved": lambda _: False,
        "taxLines": lambda _: [],
    },
    "TaxLine": {
        "channelLiable": lambda _: False,
        "rate": lambda t: float(t.rate),
        "ratePercentage": lambda t: float(t.rate * 100),
    },
    "Metafield": {"ownerType": lambda _: "ORDER"},
    "DiscountAllocation": {},
}


def _order_of(line: LineItem, context: Context) -> Order:
    return context.store.order_of_line[line.id]


def _allocations(line: LineItem, _arguments: dict[str, Any], context: Context) -> list[DiscountAllocation]:
    applications = _applications(_order_of(line, context))
    shares = {
        DiscountCodeApplication: line.code_discount_set,
        ManualDiscountApplication: line.total_discount_set,
    }
    return [DiscountAllocation(share, one) for one in applications if (share := shares[type(one)])]


def _discounted(line: LineItem, arguments: dict[str, Any], _context: Context) -> MoneyBag:
    own = payment.line_original(line) - line.total_discount_set
    return own - line.code_discount_set if arguments["withCodeDiscounts"] else own


def _unfulfilled(line: LineItem, _arguments: dict[str, Any], context: Context) -> int:
    return shipping.unfulfilled_quantity(line, _order_of(line, context))


def _line_status(line: LineItem, _arguments: dict[str, Any], context: Context) -> str:
    left = _unfulfilled(line, {}, context)
    sent = shipping.shipped(_order_of(line, context)).get(line.id, 0)
    return "fulfilled" if sent and not left else "partial" if sent else "unfulfilled"


def _non_fulfillable(line: LineItem, _arguments: dict[str, Any], context: Context) -> int:
    sent = shipping.shipped(_order_of(line, context)).get(line.id, 0)
    return line.quantity - sent - _unfulfilled(line, {}, context)


def _fulfillable(line: LineItem, _arguments: dict[str, Any], context: Context) -> int:
    return shipping.fulfillable_quantity(line, _order_of(line, context))


_FULFILLMENT_ORDER_FIELDS: Final = {
    "assigned_location_id": Field("id"),
    "id": Field("id"),
    "status": Field("exact"),
    "updated_at": Field("time"),
}


def _fulfillment_orders(order: Order, arguments: dict[str, Any], context: Context) -> list[Any]:
    """Those the scopes allow; the others are silently left out (shopify-api.md 7)."""
    seen = managements(context.scopes)
    found = [f for f in order.fulfillment_orders if f.management in seen]
    if arguments.get("displayable"):
        found = [f for f in found if f.status not in {"CLOSED", "CANCELLED"}]
    if not arguments.get("query"):
        return found
    search = prepare(arguments["query"], _FULFILLMENT_ORDER_FIELDS, context.store.now())
    context.note(search)
    return [f for f in found if search.matches(_view(f))]


def _view(fulfillment_order: Any) -> Any:
    values = {
        "assigned_location_id": fulfillment_order.location.legacy_resource_id,
        "id": int(fulfillment_order.id.rsplit("/", 1)[-1]),
        "status": fulfillment_order.status,
        "updated_at": fulfillment_order.updated_at,
    }
    return values.get


def _metafields(order: Order, arguments: dict[str, Any], _context: Context) -> list[Any]:
    found = [m for m in order.metafields if arguments.get("namespace") in (None, m.namespace)]
    keys = arguments.get("keys")
    return [m for m in found if keys is None or f"{m.namespace}.{m.key}" in keys]


def _metafield(order: Order, arguments: dict[str, Any], _context: Context) -> Any:
    wanted = (arguments.get("namespace") or "custom", arguments["key"])
    return next((m for m in order.metafields if (m.namespace, m.key) == wanted), None)


def _first(attribute: str) -> Call:
    def first(record: Any, arguments: dict[str, Any], _context: Context) -> list[Any]:
        values: list[Any] = getattr(record, attribute)
        return values if arguments.get("first") is None else values[: arguments["first"]]

    return first


def _shipping_lines(order: Order, _arguments: dict[str, Any], _context: Context) -> list[ShippingLine]:
    return order.shipping_lines


CALLS: Final[dict[str, dict[str, Call]]] = {
    "Order": {
        "fulfillmentOrders": _fulfillment_orders,
        "fulfillments": _first("fulfillments"),
        "metafield": _metafield,
        "metafields": _metafields,
        "refunds": _first("refunds"),
        "shippingLines": _shipping_lines,
        "statusPageUrl": lambda order, _arguments, _context: _status_page(order),
        "transactions": lambda order, arguments, _context: _transactions(order, arguments),
    },
    "LineItem": {
        "discountAllocations": _allocations,
        "discountedTotalSet": _discounted,
        "fulfillableQuantity": _fulfillable,
        "fulfillmentStatus": _line_status,
        "nonFulfillableQuantity": _non_fulfillable,
        "taxLines": _first("tax_lines"),
        "unfulfilledDiscountedTotalSet": lambda i, a, c: payment.line_share(i, _unfulfilled(i, a, c)),
        "unfulfilledOriginalTotalSet": lambda i, a, c: i.original_unit_price_set * _unfulfilled(i, a, c),
        "unfulfilledQuantity": _unfulfilled,
    },
}


def _transactions(order: Order, arguments: dict[str, Any]) -> list[Any]:
    found = order.transactions
    if arguments.get("capturable") is not None:
        found = [t for t in found if bool(payment.uncaptured(t)) == arguments["capturable"]]
    return found if arguments.get("first") is None else found[: arguments["first"]]
