"""The other flags of an order: returns, editability, weight, risk.

Its one rule: where no fact says how Shopify decides, the function says [INFER] and a test holds it.
"""

from typing import Final

from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import LineItem, Order
from bulk_orders.devstore.model.shop import Address

ACTIVE_RETURNS: Final = frozenset({"OPEN", "REQUESTED"})


def return_status(order: Order) -> str:
    """returnStatus: the most urgent one of all returns [INFER on the priority]."""
    statuses = {r.status for r in order.returns}
    outcomes = {r.outcome for r in order.returns if r.status in {"OPEN", "CLOSED"}}
    if "failed" in outcomes:
        return "RETURN_FAILED"
    if "OPEN" in statuses:
        return "INSPECTION_COMPLETE" if "inspected" in outcomes else "IN_PROGRESS"
    if "REQUESTED" in statuses:
        return "RETURN_REQUESTED"
    return "RETURNED" if "CLOSED" in statuses else "NO_RETURN"


def has_active_return(order: Order) -> bool:
    """Whether a return is open or requested, which forbids cancelling."""
    return any(r.status in ACTIVE_RETURNS for r in order.returns)


def closed(order: Order) -> bool:
    """Whether the order is archived."""
    return order.closed_at is not None


def fulfillable(order: Order) -> bool:
    """Whether anything can be shipped."""
    return order.cancelled_at is None and bool(shipping.working_orders(order))


def line_restockable(line: LineItem) -> bool:
    """Whether units of a line can go back to stock: a product that is still there, and no gift card."""
    return line.variant is not None and not line.is_gift_card and payment.current_quantity(line) > 0


def restockable(order: Order) -> bool:
    """Whether any line can go back to stock."""
    return any(line_restockable(line) for line in order.line_items)


def editable_errors(order: Order) -> list[str]:
    """merchantEditableErrors; the wording is ours [INFER]."""
    errors = []
    if order.cancelled_at is not None:
        errors.append("Canceled orders can't be edited")
    if order.closed_at is not None:
        errors.append("Archived orders can't be edited")
    if shipping.fulfillment_status(order) == "FULFILLED":
        errors.append("Fulfilled orders can't be edited")
    return errors


def weight(order: Order) -> int:
    """Grams, as ordered."""
    return sum(line.grams * line.quantity for line in order.line_items)


def current_weight(order: Order) -> int:
    """Grams that are left."""
    return sum(line.grams * payment.current_quantity(line) for line in order.line_items)


def same_address(one: Address | None, other: Address | None) -> bool:
    """Whether two addresses are there and read the same."""
    if one is None or other is None:
        return False
    names = ("first_name", "last_name", "company", "address1", "address2", "city", "province_code", "zip")
    return all(getattr(one, name) == getattr(other, name) for name in (*names, "country_code"))


def address_name(address: Address) -> str | None:
    """First and last name in one."""
    return " ".join(part for part in (address.first_name, address.last_name) if part) or None


def can_notify(order: Order) -> bool:
    """Whether there is an e-mail address to write to."""
    return order.email is not None and "@" in order.email
