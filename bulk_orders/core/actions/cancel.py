"""Cancel an order: orderCancel, irreversible and asynchronous (shopify-api.md 4.1).

Its reply only says that a job has begun, so nothing but the order itself (or the job's own result) proves it. The
staff note carries a marker, by which a cancellation is known as ours. It is never sent again on a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Wanted, blocked, status_word
from bulk_orders.core.actions.how_much import both
from bulk_orders.core.actions.money import all_outside, as_json, credit_obstacle, gateways_of, lost_fees, until
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Facet, FulfillmentOrder, Order, Transaction
from bulk_orders.core.preferences import CancelDefaults, Preferences


@dataclass(frozen=True, slots=True)
class _Terms:
    """How an order is to be cancelled; `defaults` are the shown keys that nobody wrote."""

    reason: str
    refund: str | None
    """`original`, `store_credit`, `none`, or None where the sheet does not say."""
    receipt: bool
    restock: bool
    staff_note: str
    credit_expires: str | None
    defaults: tuple[str, ...]
    refund_follows: bool = False
    """The same row asks for a refund of its own."""


class Cancel(Action):
    name: ClassVar[str] = "cancel"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.FULFILLMENTS, Facet.CANCELLATION, Facet.TRANSACTIONS})
    hints: ClassVar[frozenset[Facet]] = frozenset(
        {Facet.WORK, Facet.PLACES, Facet.CUSTOMER, Facet.PAYMENTS, Facet.FEES}
    )
    asynchronous: ClassVar[bool] = True
    after_steps: ClassVar[bool] = True  # an unfulfilling before it opens what is put back to stock
    noun: ClassVar[str] = "A cancellation"
    instead: ClassVar[str] = (
        "Make a new order in the admin (Duplicate), and send the customer its invoice if money went back."
    )

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        if order.cancelled and asking.column == "Cancel: Reason" and not self._already(asking.sheet, order):
            reason = "The order is cancelled already; Shopify keeps the reason it was cancelled with."
            yield blocked(order, asking.row, self.name, reason, f"Put back {(order.cancel_reason or '').lower()!r}.")
            return
        terms = _terms(edits, preferences.cancel, paid=order.net_payment.amount > 0)
        if edits.text("Cancel: Refund") is None and "refund" in edits.asked():  # whatever the default would be
            terms = replace(terms, refund="none", refund_follows=True)
        if terms.refund is None and not order.cancelled:
            reason = f"{order.net_payment} was paid, and the sheet does not say whether to give it back."
            fix = "Write TRUE (to where it came from), FALSE or store credit in Cancel: Refund."
            yield blocked(order, asking.row, self.name, reason, fix)
            return
        idle = edits.first("Cancel: Store Credit Expires At")
        if idle is not None and terms.refund != "store_credit" and order.net_payment.amount > 0:
            reason = "Cancel: Store Credit Expires At was filled in, but the money does not go back as store credit."
            yield blocked(
                order, idle.row, self.name, reason, "Write store credit in Cancel: Refund, or empty the cell."
            )
            return
        credit = terms.refund == "store_credit" and not order.cancelled
        obstacle = credit_obstacle(order, terms.credit_expires, preferences.now, "Cancel: Refund") if credit else None
        if obstacle:
            yield blocked(order, asking.row, self.name, obstacle.reason, obstacle.fix)
            return
        yield _change(order, asking.row, terms)

    @staticmethod
    def _already(reason: str, order: Order) -> bool:
        return cells.enum(reason) == (order.cancel_reason or "")

    def satisfied_by(self, change: Change, order: Order) -> bool:
        # cancelledAt appears before the job is through: the finished state is also archived (4.1, mid-state), and money
        # that was to go back has gone
        return order.cancelled and order.closed and not (_gives_back(change) and order.net_payment.amount > 0)

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        if order.cancelled and _gives_back(change) and order.net_payment.amount > 0:
            return Obstacle(
                f"The order is cancelled already, and {order.net_payment} is still with the shop: cancelling it again "
                "cannot give that back.",
                "Empty the cells; to give the money back, write refund in Action and all in Refund: Amount.",
            )
        if order.cancelled:
            return Obstacle("The order is cancelled already.", "Empty the cell.")
        if order.return_under_way:
            return Obstacle(
                "Shopify would refuse: Cannot cancel an order that has returns.",
                "Close or cancel the return in the admin first.",
            )
        if order.active_fulfillments:
            shipped = ", ".join(fulfillment.name for fulfillment in order.active_fulfillments)
            return Obstacle(
                f"Shopify would refuse: Cannot cancel an order that has outstanding fulfillments ({shipped}).",
                "Write unfulfill, cancel in Action.",
            )
        if order.payment_pending:
            return Obstacle(
                "A payment is still pending, and Shopify does not cancel before it is through or refused.",
                "Wait for the payment, or void it in the admin.",
            )
        return _held_up(change, order)

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {
            "cancelled": order.cancelled,
            "shipped": sorted(fulfillment.id for fulfillment in order.active_fulfillments),
            "return": order.return_status,
            "paid": str(order.net_payment),
            "authorized": order.capturable,
            "payment pending": order.payment_pending,
        }

    def after(self, change: Change, order: Order) -> Order:
        """Its authorizations are released, nothing of it is left to ship, and what was paid has gone back if asked."""
        paid, presentment = order.net_payment, order.presentment_payment
        moves = [replace(t, unsettled=None) for t in order.known_transactions]
        if _gives_back(change):
            paid, presentment = replace(paid, amount=Decimal(0)), replace(presentment, amount=Decimal(0))
            moves += _given_back(order)
        work = None if order.fulfillment_orders is None else tuple(map(_emptied, order.fulfillment_orders))
        return replace(
            order,
            transactions=tuple(moves),
            capturable=False,
            fulfillment_orders=work,
            cancelled_at=order.cancelled_at or "cancelled",
            cancel_reason=change.args["reason"],
            closed=True,  # Shopify archives what it cancels [LIVE]
            net_payment=paid,
            presentment_payment=presentment,
        )

    def mutation(self, change: Change, marker: str) -> Mutation:
        variables: dict[str, Any] = {
            "id": change.order,
            "reason": change.args["reason"],
            "restock": change.args["restock"],
            "notify": change.args["receipt"],
            "note": f"{change.args['staff_note']} [{marker}]".strip(),
        }
        method = _refund_method(change.args)
        if method:
            variables["rm"] = method
        return Mutation("orderCancel", variables)

    def repeatable(self, change: Change) -> bool:
        # refused once the first is under way [LIVE]; but nobody is refunded or written to on a guess
        return change.args["refund"] == "none" and not change.args["receipt"]

    def ours(self, change: Change, order: Order, marker: str) -> bool | None:
        return f"[{marker}]" in (order.staff_note or "")


def _given_back(order: Order) -> Iterator[Transaction]:
    """The refunds that a cancellation makes, one for what is left of each payment."""
    for payment in order.known_transactions:
        left = order.refundable(payment)
        if left > 0 and payment.amount:
            amount = replace(payment.amount, amount=left)
            yield Transaction("REFUND", "SUCCESS", manual=payment.manual, amount=amount, parent=payment.id)


def _emptied(found: FulfillmentOrder) -> FulfillmentOrder:
    lines = tuple(replace(line, remaining=0) for line in found.lines)
    return replace(found, status="CLOSED", lines=lines, holds=(), actions=frozenset())


def _held_up(change: Change, order: Order) -> Obstacle | None:
    """What its fulfillment orders have against it, where they were read."""
    work = [] if order.fulfillment_orders is None else order.work
    asked = next((found for found in work if "REQUEST_CANCELLATION" in found.actions), None)
    if asked is not None:
        return Obstacle(
            f"{asked.location_name or 'A fulfillment service'} was asked to ship it and has to give it back first.",
            "Request the cancellation of that fulfillment in the admin, and plan again once it is accepted.",
        )
    closed_place = next((found.location_name for found in work if found.location_active is False), None)
    if closed_place is not None and change.args["restock"] and order.net_payment.amount > 0:
        return Obstacle(
            f"The location {closed_place} is deactivated, so Shopify would not put the units of a paid order back "
            "there.",
            "Write FALSE in Cancel: Restock, or activate the location.",
        )
    return None


def _gives_back(change: Change) -> bool:
    return change.args.get("refund") in ("original", "store_credit")


def _refund_method(args: Mapping[str, Any]) -> dict[str, Any] | None:
    if args["refund"] == "original":
        return {"originalPaymentMethodsRefund": True}
    if args["refund"] == "store_credit":
        expires = args.get("credit_expires")
        return {"storeCreditRefund": {"expiresAt": expires} if expires else {}}
    return None


def _terms(edits: OrderEdits, defaults: CancelDefaults, *, paid: bool) -> _Terms:
    reason = edits.text("Cancel: Reason")
    receipt = _boolean(edits, "Cancel: Send Receipt")
    restock = _boolean(edits, "Cancel: Restock")
    written = edits.text("Cancel: Refund")
    expires = edits.text("Cancel: Store Credit Expires At")
    refund = _refund(written) if written else defaults.refund
    unsaid = {
        "Reason": reason is None,
        "Refund": paid and written is None,
        "Restock": restock is None,
        "E-mail": receipt is None,
    }
    return _Terms(
        reason=cells.enum(reason) if reason else defaults.reason,
        refund=refund if paid else "none",
        receipt=defaults.receipt if receipt is None else receipt,
        restock=defaults.restock if restock is None else restock,
        staff_note=edits.text("Cancel: Staff Note") or "",
        credit_expires=cells.end_of(expires) if expires else None,
        defaults=tuple(key for key, nobody_wrote_it in unsaid.items() if nobody_wrote_it),
    )


def _boolean(edits: OrderEdits, header: str) -> bool | None:
    text = edits.text(header)
    return None if text is None else cells.boolean(text)


def _refund(written: str) -> str:
    yes = cells.boolean(written)
    return "store_credit" if yes is None else "original" if yes else "none"


_REFUND_WORDS = {"original": "to where it was paid from", "store_credit": "as store credit", "none": "none"}


def _change(order: Order, row: int, terms: _Terms) -> Change:
    refunded = terms.refund in ("original", "store_credit")
    money = order.net_payment if refunded else None
    back = both(order.presentment_payment, money) if money else ""
    refund = f"{back} {_REFUND_WORDS[str(terms.refund)]}" if money else "none"
    after = {
        "Status": "cancelled",
        "Reason": terms.reason.lower(),
        "Refund": refund,
        **until(terms.credit_expires if terms.refund == "store_credit" else None),
        "Restock": "yes" if terms.restock else "no",
        "E-mail": "yes" if terms.receipt else "no",
    }
    if terms.staff_note:
        after["Staff note"] = terms.staff_note
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="cancel",
        reversible=False,
        before={"Status": _paid_status(order)},
        after=after,
        args={
            "reason": terms.reason,
            "refund": terms.refund,
            "receipt": terms.receipt,
            "restock": terms.restock,
            "staff_note": terms.staff_note,
            "credit_expires": terms.credit_expires,
        },
        warnings=tuple(_warnings(order, terms)),
        defaults=terms.defaults,
        refund=money,
        presentment_refund=order.presentment_payment if refunded else None,
        emails=1 if terms.receipt and order.can_notify else 0,
        consequences=_consequences(order, terms),
        by_hand=tuple(each.task for each in (all_outside(order) if terms.refund == "original" else ())),
    )


def _consequences(order: Order, terms: _Terms) -> dict[str, Any]:
    """Where money and units go, as far as the order was read for it."""
    told: dict[str, Any] = {}
    if terms.refund == "store_credit":
        told["methods"] = {"store credit": as_json(order.net_payment)}
    elif terms.refund == "original":
        methods = gateways_of(order) or {"where it was paid from": order.net_payment}
        told["methods"] = {method: as_json(some) for method, some in methods.items()}
    fee = lost_fees(order) if terms.refund in ("original", "store_credit") else None
    if fee:
        told["fee"] = as_json(fee)
    if terms.restock and order.fulfillment_orders is not None:
        places: dict[str, int] = {}
        for found in order.work:
            if found.location_active is not False:
                place = found.location_name or "a location that was not read"
                places[place] = places.get(place, 0) + found.units
        told["restock"] = places
    return told


def _paid_status(order: Order) -> str:
    paid = (order.financial_status or "").replace("_", " ").lower()
    return ", ".join(filter(None, (status_word(order), paid)))


def _warnings(order: Order, terms: _Terms) -> list[str]:
    warnings = []
    if terms.refund_follows:
        warnings.append("The cancellation itself gives no money back; the refund after it does.")
    elif terms.refund == "none" and order.net_payment.amount > 0:
        warnings.append(f"{order.net_payment} stays with the shop: no refund is asked for.")
    given = [refund for refund in order.refunds or () if refund.total.amount > 0]
    if given and terms.refund in ("original", "store_credit"):
        warnings.append(f"{given[-1].total} was refunded already, on {given[-1].created_at[:10]}; the rest goes back.")
    closed_place = [found.location_name for found in order.fulfillment_orders or () if found.location_active is False]
    if closed_place and terms.restock and order.net_payment.amount == 0:
        warnings.append(f"The location {closed_place[0]} is deactivated: its units are not put back to stock.")
    if order.return_unclear:
        warnings.append(order.return_unclear)
    if order.capturable:
        warnings.append("The authorized payment is released.")
    if terms.refund == "original":
        warnings += [each.warning for each in all_outside(order)]
    if terms.receipt and not order.can_notify:
        warnings.append("Nobody can be told: the order has no e-mail address.")
    return warnings
