"""Money of an order: totals, what was received and refunded, and the financial status.

Its one rule: the transactions are the truth; a status or a total is never stored beside them.
"""

from decimal import Decimal
from typing import Final

from bulk_orders.devstore.model.order import LineItem, Order, OrderTransaction
from bulk_orders.devstore.money import MoneyBag, decimal_text

RECEIVING: Final = frozenset({"SALE", "CAPTURE"})
MANUAL_GATEWAYS: Final = frozenset({"manual", "Bank Deposit", "Cash on Delivery (COD)", "Money Order"})


def is_manual(transaction: OrderTransaction) -> bool:
    """Whether a transaction is of a manual payment method."""
    return transaction.gateway in MANUAL_GATEWAYS


def add(amounts: list[MoneyBag], zero: MoneyBag) -> MoneyBag:
    """The sum of amounts; `zero` says in which currencies."""
    total = zero
    for amount in amounts:
        total += amount
    return total


def line_original(line: LineItem) -> MoneyBag:
    """The price of a line before discounts."""
    return line.original_unit_price_set * line.quantity


def line_discounted(line: LineItem) -> MoneyBag:
    """The price of a line after all discounts, its own and its share of the order's."""
    return line_original(line) - line.total_discount_set - line.code_discount_set


def line_share(line: LineItem, units: int) -> MoneyBag:
    """The discounted price of some units of a line."""
    return line_discounted(line).share(Decimal(units), Decimal(line.quantity))


def subtotal(order: Order) -> MoneyBag:
    """Lines after discounts, as ordered."""
    return add([line_discounted(line) for line in order.line_items], order.zero)


def line_discounts(order: Order) -> MoneyBag:
    """Discounts on single lines, as ordered."""
    return add([line.total_discount_set for line in order.line_items], order.zero)


def cart_discounts(order: Order) -> MoneyBag:
    """Discounts on the whole order, as ordered."""
    return add([line.code_discount_set for line in order.line_items], order.zero)


def total_discounts(order: Order) -> MoneyBag:
    """All discounts, as ordered."""
    return line_discounts(order) + cart_discounts(order)


def total_shipping(order: Order) -> MoneyBag:
    """Shipping, as ordered."""
    return add([line.original_price_set for line in order.shipping_lines], order.zero)


def total_tax(order: Order) -> MoneyBag:
    """Taxes, as ordered, whether or not prices include them."""
    return order.tax_set or order.zero


def total_price(order: Order) -> MoneyBag:
    """What the order cost when it was placed."""
    total = subtotal(order) + total_shipping(order)
    return total if order.taxes_included else total + total_tax(order)


def current_quantity(line: LineItem) -> int:
    """Units that are still part of the order."""
    return line.quantity - line.removed - line.returned


def current_subtotal(order: Order) -> MoneyBag:
    """Lines after discounts, refunds and removals."""
    return add([line_share(line, current_quantity(line)) for line in order.line_items], order.zero)


def refunded_shipping(order: Order) -> MoneyBag:
    """Shipping that was refunded."""
    return add([r.shipping_set for r in order.refunds if r.shipping_set], order.zero)


def current_shipping(order: Order) -> MoneyBag:
    """Shipping that is left; none on a cancelled order."""
    return order.zero if order.settled else total_shipping(order) - refunded_shipping(order)


def current_tax(order: Order) -> MoneyBag:
    """Taxes on what is left of the order."""
    if order.settled or not order.tax_set:
        return order.zero
    return order.tax_set.share(current_subtotal(order).shop, subtotal(order).shop)


def current_total(order: Order) -> MoneyBag:
    """What the order costs now; zero once its cancellation has finished ([LIVE orderCancel-parity])."""
    if order.settled:
        return order.zero
    total = current_subtotal(order) + current_shipping(order)
    return total if order.taxes_included else total + current_tax(order)


def _sum(order: Order, kinds: frozenset[str], status: str = "SUCCESS") -> MoneyBag:
    return add([t.amount_set for t in order.transactions if t.kind in kinds and t.status == status], order.zero)


def received(order: Order) -> MoneyBag:
    """Money that came in."""
    return _sum(order, RECEIVING)


def refunded(order: Order) -> MoneyBag:
    """Money that went back."""
    return _sum(order, frozenset({"REFUND"}))


def net_payment(order: Order) -> MoneyBag:
    """Money that is still here."""
    return received(order) - refunded(order)


def uncaptured(transaction: OrderTransaction) -> MoneyBag:
    """What is left to capture of one authorization; nothing once it is voided or has expired."""
    order = transaction.order
    if transaction.kind != "AUTHORIZATION" or transaction.status != "SUCCESS" or transaction.expired:
        return order.zero
    children = [t for t in order.transactions if t.parent_transaction is transaction and t.status == "SUCCESS"]
    if any(t.kind == "VOID" for t in children):
        return order.zero
    return transaction.amount_set - add([t.amount_set for t in children if t.kind == "CAPTURE"], order.zero)


def capturable(order: Order) -> MoneyBag:
    """What is authorized and not captured."""
    return add([uncaptured(t) for t in order.transactions if t.kind == "AUTHORIZATION"], order.zero)


def outstanding(order: Order) -> MoneyBag:
    """What is still owed; an authorized amount counts as not owed ([LIVE order-capture-validation])."""
    return current_total(order) - net_payment(order) - capturable(order)


def maximum_refundable(transaction: OrderTransaction) -> MoneyBag:
    """What can still be refunded of one payment."""
    if transaction.kind not in RECEIVING or transaction.status != "SUCCESS":
        return transaction.order.zero
    children = [t for t in transaction.order.transactions if t.parent_transaction is transaction]
    gone = [t.amount_set for t in children if t.kind == "REFUND" and t.status == "SUCCESS"]
    return transaction.amount_set - add(gone, transaction.order.zero)


def financial_status(order: Order) -> str | None:
    """displayFinancialStatus; null where there is no transaction ([LIVE orderCancel-parity]), but PAID for
    an order that costs nothing [INFER]. A paid order that was cancelled without a refund stays PAID, as
    recorded.
    """
    if not order.transactions:
        return None if total_price(order) else "PAID"
    came, went = received(order).shop, refunded(order).shop
    if went > 0:
        return "REFUNDED" if went >= came else "PARTIALLY_REFUNDED"
    if came > 0:
        return "PAID" if came >= min(total_price(order).shop, _current(order)) else "PARTIALLY_PAID"
    return _unpaid_status(order)


def _current(order: Order) -> Decimal:
    # A cancelled order costs nothing any more, which must not turn a partial payment into a full one.
    return total_price(order).shop if order.cancelled_at else current_total(order).shop


def _unpaid_status(order: Order) -> str:
    authorizations = [t for t in order.transactions if t.kind == "AUTHORIZATION" and t.status == "SUCCESS"]
    if capturable(order):
        return "AUTHORIZED"
    if any(t.expired for t in authorizations):
        return "EXPIRED"
    if any(t.kind == "VOID" and t.status == "SUCCESS" for t in order.transactions):
        return "VOIDED"
    return "PENDING"


def fully_paid(order: Order) -> bool:
    """Whether as much came in as the order costs."""
    return received(order).shop >= total_price(order).shop


def can_mark_as_paid(order: Order) -> bool:
    """canMarkAsPaid as its description has it: a positive amount to pay, not cancelled, nothing pending."""
    pending = any(t.status in {"PENDING", "AWAITING_RESPONSE"} and not is_manual(t) for t in order.transactions)
    owed = (outstanding(order) + capturable(order)).shop
    return owed > 0 and not pending and order.cancelled_at is None and financial_status(order) != "PAID"


def refundable(order: Order) -> bool:
    """Whether any payment can still be refunded."""
    return any(maximum_refundable(t) for t in order.transactions)


def gateway_names(order: Order) -> list[str]:
    """paymentGatewayNames: each gateway once, in the order of use."""
    return list(dict.fromkeys(t.gateway for t in order.transactions))


def dollars(amount: Decimal) -> str:
    """An amount as Shopify's refund messages write it ("$999.00") [INFER beyond dollars]."""
    return f"${amount:,.2f}"


def plain(amount: Decimal) -> str:
    """An amount with two decimals, as the capture messages write it ("12.50")."""
    return f"{amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else decimal_text(amount)
