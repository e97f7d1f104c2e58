"""How much a row wants given back: an amount, all of it, or what chosen units cost.

Shopify refunds in the currency that the customer paid in (RefundInput.currency: "this must be the presentment
currency"), while a sheet counts in the shop's. So where the two differ a bare number has two meanings and is not
acted on: the row is blocked, and told what to write for either of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bulk_orders.core import cells
from bulk_orders.core.actions.base import blocked
from bulk_orders.core.changes import Blocked
from bulk_orders.core.currency import plain_amount, rounded
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Money, Order, Transaction
from bulk_orders.core.typed import typed


@dataclass(frozen=True, slots=True)
class Wish:
    """What the row asks for: an amount in the customer's currency, and the units of the lines that it is for."""

    amount: Decimal
    units: Mapping[str, int] = field(default_factory=dict)


def wish(edits: OrderEdits, asking: Edit, order: Order) -> Wish | Blocked:
    """What the row asks for, or why that is nothing that could be given back."""
    written = edits.text("Refund: Amount") or ""
    nowhere = next((edit for edit in edits.of("Refund: Quantity") if edit.line is None), None)
    if nowhere is not None:
        return blocked(order, nowhere.row, "refund", "The row does not say which line.", "Fill in its Line: ID.")
    units: dict[str, int] = {}
    rows: dict[str, int] = {}
    for edit in edits.of("Refund: Quantity"):
        assert edit.line is not None
        if edit.line in units:
            return named_twice(order, edit.row, "refund", rows[edit.line], "Refund: Quantity")
        units[edit.line], rows[edit.line] = int(float(edit.sheet)), edit.row
    cost = _cost(order, asking, units)
    if isinstance(cost, Blocked):
        return cost
    if written and written.lower() != "all":
        amount = _amount(order, asking, written)
        return amount if isinstance(amount, Blocked) else Wish(amount, units)
    if units:
        return Wish(cost, units) if cost > 0 else _nothing(order, asking, "These units cost nothing")
    if not written:
        fix = "Write how much in Refund: Amount (or all), or the units of each line in Refund: Quantity."
        return blocked(order, asking.row, "refund", "The sheet does not say how much to give back.", fix)
    left = order.presentment_payment.amount
    return Wish(left) if left > 0 else _nothing(order, asking, f"Nothing of its payment is left{_gone(order)}")


def named_twice(order: Order, row: int, action: str, earlier: int, column: str) -> Blocked:
    """A line whose units stand on two rows: whether they are meant together or are a copy, nobody can tell."""
    reason = f"The row is about the same line as row {earlier}, so how many units are meant is not clear."
    fix = f"Write all its units in {column} of one of the rows, and delete the other row."
    return blocked(order, row, action, reason, fix)


def _nothing(order: Order, asking: Edit, why: str) -> Blocked:
    reason = f"{why}, so there is nothing to give back."
    return blocked(order, asking.row, "refund", reason, "Take refund out of the cell.")


def _gone(order: Order) -> str:
    """Where the money went, if it was ever here."""
    back = [refund for refund in order.refunds or () if refund.total.amount > 0]
    if back and not back[-1].created_at:
        return f" ({back[-1].total} is refunded already, by a step before it)"
    if back:
        return f" ({back[-1].total} was refunded already, on {back[-1].created_at[:10]})"
    return "" if any(t.received for t in order.known_transactions) else " (none was received)"


def _amount(order: Order, asking: Edit, written: str) -> Decimal | Blocked:
    """The amount of a cell in the customer's currency; Blocked where it may be meant in another one."""
    text, named = cells.split_currency(written)
    amount, own, shop = Decimal(text), order.own_currency, order.net_payment.currency
    currency = named or shop
    if amount != rounded(amount, currency):
        reason = f"{currency} has no amount of {text}."
        return blocked(order, asking.row, "refund", reason, "Round it in Refund: Amount.")
    if amount <= 0:
        return _nothing(order, asking, "Refund: Amount is 0")
    if currency == own and (named or own == shop):
        return amount
    same = _in_own(order, amount) if currency == shop else None
    same = same if same and same.amount > 0 else None
    rate = f" {same} is {Money(amount, shop)} at the order's own rate." if same else ""
    if named is None:
        given = plain_amount(amount, shop)
        reason = (
            f"{order.presentment_payment} was paid in the customer's currency, and the sheet counts in {shop}: "
            f"{given} could be meant in either."
        )
        theirs = Money(rounded(amount, own), own)
        choices = [*([theirs] if theirs.amount > 0 else []), *([same] if same else [])]
        fix = f"Write {typed(*choices)} in Refund: Amount." if choices else "Write more in Refund: Amount."
        return blocked(order, asking.row, "refund", reason, f"{fix}{rate}")
    reason = f"Shopify refunds in the currency that the customer paid in, which is {own}, not {named}."
    fix = f"Write {same} in Refund: Amount." if same else f"Write the amount in {own}."
    return blocked(order, asking.row, "refund", reason, f"{fix}{rate}")


def _in_own(order: Order, amount: Decimal) -> Money | None:
    """An amount of the shop's currency in the customer's, in the proportion of what was paid."""
    paid = order.net_payment.amount
    if paid <= 0:
        return None
    return Money(rounded(order.presentment_payment.amount * amount / paid, order.own_currency), order.own_currency)


def in_shop_money(order: Order, amount: Decimal) -> Money:
    """An amount of the customer's currency in the shop's, in the proportion of what was paid."""
    paid, shop = order.presentment_payment.amount, order.net_payment
    share = amount if not paid or paid == shop.amount else rounded(shop.amount * amount / paid, shop.currency)
    return Money(share, shop.currency)


def shop_shares(order: Order, amount: Decimal, through: list[dict[str, str]]) -> Iterator[Money]:
    """What each part of a refund comes to in the shop's currency, at the rate of its payment.

    The last one is the rest, so that they add up to what the whole of it comes to: two halves of an odd cent do not.
    """
    whole = in_shop_money(order, amount)
    payments, left = {payment.id: payment for payment in order.known_transactions}, whole.amount
    for part in through[:-1]:
        share = _at_its_rate(order, payments[part["parentId"]], Decimal(part["amount"]))
        left -= share
        yield replace(whole, amount=share)
    if through:
        yield replace(whole, amount=left)


def _at_its_rate(order: Order, payment: Transaction, part: Decimal) -> Decimal:
    own, shop = payment.amount, payment.shop_amount
    if own is None or shop is None or not own.amount:
        return in_shop_money(order, part).amount
    return rounded(shop.amount * part / own.amount, shop.currency)


def both(money: Money, shop: Money) -> str:
    """An amount as the customer and as the shop see it: `93.10 USD (85.00 EUR)`."""
    return str(money) if money.currency == shop.currency else f"{money} ({shop})"


def _cost(order: Order, asking: Edit, units: Mapping[str, int]) -> Decimal | Blocked:
    """What these units cost, in the customer's currency."""
    by_id = {line.id: line for line in order.lines or ()}
    total = Decimal(0)
    for gid, count in units.items():
        line = by_id.get(gid)
        if line is None:
            reason = f"{order.name} has no line {gid.rsplit('/', 1)[-1]}."
            return blocked(order, asking.row, "refund", reason, "Take the Line: ID from an export.")
        # what a cancellation takes out of an order was of it before
        most = line.current or (line.quantity if order.cancelled else 0)
        if not 0 < count <= most:
            reason = "Shopify would refuse: Quantity cannot refund more items than were purchased."
            return blocked(order, asking.row, "refund", reason, f"{line.name}: at most {most}.")
        total += line.price.amount * count
    return rounded(total, order.own_currency)


def parts(order: Order, amount: Decimal) -> Iterator[dict[str, str]]:
    """Which payments the amount goes back to, the first paid first."""
    for payment in order.known_transactions:
        some = min(amount, order.refundable(payment))
        if some > 0:
            amount -= some
            yield {"parentId": payment.id, "gateway": payment.gateway, "amount": str(some)}
