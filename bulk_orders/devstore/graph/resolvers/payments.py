"""Fields of transactions and refunds."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.graph.registry import Call, Getter
from bulk_orders.devstore.model.order import OrderTransaction, Refund
from bulk_orders.devstore.money import MoneyBag, MoneyV2


@dataclass(frozen=True, slots=True)
class CardPaymentDetails:
    """What is shown of a card."""

    company: str
    number: str
    name: str | None
    bin: str | None = None
    avs_result_code: str | None = None
    cvv_result_code: str | None = None
    expiration_month: int | None = 12
    expiration_year: int | None = 2030


@dataclass(frozen=True, slots=True)
class TransactionFee:
    """What the provider keeps of a payment."""

    id: str
    amount: MoneyV2
    flat_fee: MoneyV2
    tax_amount: MoneyV2
    rate: Decimal = Decimal("0.015")
    rate_name: str | None = None
    flat_fee_name: str | None = None
    type: str = "processing_fee"


@dataclass(frozen=True, slots=True)
class RefundShippingLine:
    """Shipping that was refunded."""

    id: str
    shipping_line: Any
    subtotal_amount_set: MoneyBag
    tax_amount_set: MoneyBag


def _card(transaction: OrderTransaction) -> CardPaymentDetails | None:
    if transaction.card is None:
        return None
    customer = transaction.order.customer
    name = f"{customer.first_name} {customer.last_name}" if customer else None
    return CardPaymentDetails("Visa", transaction.card, name)


def _fees(transaction: OrderTransaction) -> list[TransactionFee]:
    if transaction.fee is None:
        return []
    currency, number = transaction.order.shop_currency, split_gid(transaction.id)[1]
    flat, nothing = MoneyV2(Decimal("0.25"), currency), MoneyV2(Decimal(0), currency)
    fee = MoneyV2(transaction.fee, currency)
    return [TransactionFee(f"gid://shopify/TransactionFee/{number}", fee, flat, nothing)]


def _receipt(transaction: OrderTransaction) -> str | None:
    return json.dumps({"paid_amount": str(transaction.amount_set.presentment)}) if transaction.card else None


def _shipping_lines(refund: Refund) -> list[RefundShippingLine]:
    lines = refund.order.shipping_lines
    if refund.shipping_set is None or not lines:
        return []
    number = split_gid(refund.id)[1]
    line = RefundShippingLine(
        f"gid://shopify/RefundShippingLine/{number}", lines[0], refund.shipping_set, refund.order.zero
    )
    return [line]


_TRANSACTION: Final[dict[str, Getter]] = {
    "accountNumber": lambda t: t.card,
    "authorizationCode": lambda t: t.payment_id,
    "authorizationExpiresAt": lambda t: t.created_at + 7 * 86_400 if t.kind == "AUTHORIZATION" else None,
    "fees": _fees,
    "formattedGateway": lambda t: t.gateway.replace("_", " ").capitalize(),
    "location": lambda t: t.order.retail_location,
    "manualPaymentGateway": payment.is_manual,
    "manuallyCapturable": lambda t: bool(payment.uncaptured(t)),
    "multiCapturable": lambda _: False,
    "paymentDetails": _card,
    "receiptJson": _receipt,
    "settlementCurrency": lambda _: None,
    "settlementCurrencyRate": lambda _: None,
    "totalUnsettledSet": lambda t: payment.uncaptured(t) or None,
}

GETTERS: Final[dict[str, dict[str, Getter]]] = {
    "OrderTransaction": _TRANSACTION,
    "Refund": {
        "processedAt": lambda r: r.created_at,
        "refundLineItems": lambda r: r.line_items,
        "refundShippingLines": _shipping_lines,
        "return": lambda _: None,
        "staffMember": lambda _: None,
        "totalRefundedSet": lambda r: payment.add([t.amount_set for t in r.transactions], r.order.zero),
        "updatedAt": lambda r: r.created_at,
    },
    "RefundLineItem": {
        "priceSet": lambda p: p.line_item.original_unit_price_set,
        "restocked": lambda p: p.restock_type != "NO_RESTOCK",
        "totalTaxSet": lambda p: p.subtotal_set - p.subtotal_set,
    },
}
CALLS: Final[dict[str, dict[str, Call]]] = {}
