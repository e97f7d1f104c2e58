"""Refund: refundCreate for an amount or for chosen lines, also after a cancellation without one (shopify-api.md 4.9).

Money moves, so it is guarded three times: the idempotency key stands in the plan before anything is sent, a mark in the
refund's note proves that it was ours, and an order that was refunded already is left alone unless told otherwise.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Wanted, blocked
from bulk_orders.core.actions.how_much import Wish, both, in_shop_money, parts, shop_shares, wish
from bulk_orders.core.actions.mark_paid import MARKED
from bulk_orders.core.actions.money import as_json, credit_obstacle, lost_fees, method_of, outside, until
from bulk_orders.core.changes import Blocked, Change, Mutation, Obstacle
from bulk_orders.core.currency import plain_amount, rounded
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Facet, Money, Order, Refund, Transaction
from bulk_orders.core.preferences import Preferences

_KEYS = uuid.UUID("5d1f6a1c-6c0e-4a57-9b39-0a6d7c1b8e42")
"""The namespace of our idempotency keys: one for each refund of each plan, the same however often it is tried."""


class GiveBack(Action):
    name: ClassVar[str] = "refund"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.PAYMENTS, Facet.TRANSACTIONS})
    hints: ClassVar[frozenset[Facet]] = frozenset({Facet.CUSTOMER, Facet.FEES})
    noun: ClassVar[str] = "A refund"
    instead: ClassVar[str] = "Ask the customer to pay again: send an invoice from the admin."
    after_steps: ClassVar[bool] = True  # what there is to give back may only come in by the steps before
    points: ClassVar[int] = 20  # recorded (shopify-api.md 3.1)

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        must, may = super().reads(edits, preferences)
        return must | {Facet.LINES} if must and edits.of("Refund: Quantity") else must, may

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        asked = wish(edits, asking, order)
        if isinstance(asked, Blocked):
            yield asked
            return
        credit = cells.enum(edits.text("Refund: To") or "original") == "STORE_CREDIT"
        obstacle = _guarded(order, preferences) or (_no_credit(edits, order, preferences) if credit else None)
        if obstacle:
            yield blocked(order, asking.row, self.name, obstacle.reason, obstacle.fix)
            return
        yield _change(edits, asking, order, asked, preferences, credit=credit)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return any(change.args["mark"] in (refund.note or "") for refund in order.refunds or ())

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        asked, left = Decimal(change.args["amount"]), order.presentment_payment
        if asked <= 0:
            return Obstacle("There is nothing to give back.", "Plan the sheet again.")
        if asked > left.amount:
            fix = f"Lower Refund: Amount; at most {left}." if left.amount > 0 else "Take refund out of the cell."
            return Obstacle(
                f"Shopify would refuse: Refund amount {plain_amount(asked, left.currency)} is greater than net payment "
                f"received {plain_amount(left.amount, left.currency)}.",
                fix,
            )
        through = sum((Decimal(part["amount"]) for part in change.args["transactions"]), Decimal(0))
        if not change.args["credit"] and through != asked:
            most = Money(through, change.args["currency"])
            return Obstacle(
                f"Only {most} of it came through payments that can be refunded.",
                f"Write {most} in Refund: Amount, or store credit in Refund: To."
                if through
                else "Write store credit in Refund: To, or give it back by hand.",
            )
        for part in change.args["transactions"]:
            parent = next((t for t in order.known_transactions if t.id == part["parentId"]), None)
            if parent is None or order.refundable(parent) < Decimal(part["amount"]):
                return Obstacle("The payment that was to be refunded is no longer there to refund.", "Plan again.")
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {
            "paid": str(order.presentment_payment),
            "refunds": sorted(refund.id for refund in order.refunds or ()),
            "cancelled": order.cancelled,
        }

    def after(self, change: Change, order: Order) -> Order:
        shop = change.refund or Money(Decimal(0), order.net_payment.currency)
        back = [
            Transaction("REFUND", "SUCCESS", manual=False, amount=_money(change, part), parent=part["parentId"])
            for part in change.args["transactions"]
        ]
        paid, own = order.net_payment, order.presentment_payment
        return replace(
            order,
            refunds=(*(order.refunds or ()), Refund("new", change.args["note"], "", shop)),
            transactions=(*order.known_transactions, *back),
            net_payment=replace(paid, amount=paid.amount - shop.amount),
            presentment_payment=replace(own, amount=own.amount - Decimal(change.args["amount"])),
        )

    def unpinned(self, change: Change) -> bool:
        return any(part["parentId"].startswith("new:") for part in change.args["transactions"])

    def pinned(self, change: Change, order: Order) -> Change:
        """With the payments that a step before it has made since, by the ids that Shopify gave them."""
        if not self.unpinned(change):
            return change
        found = [_pinned(part, change.args["known"], order) for part in change.args["transactions"]]
        return replace(change, args={**change.args, "transactions": found})

    def mutation(self, change: Change, marker: str) -> Mutation:
        asked: dict[str, Any] = {
            "orderId": change.order,
            "note": change.args["note"],
            "notify": change.args["notify"],
            "currency": change.args["currency"],
        }
        if change.args["credit"]:
            amount = {"amount": change.args["amount"], "currencyCode": change.args["currency"]}
            expires = {"expiresAt": change.args["expires"]} if change.args["expires"] else {}
            asked["refundMethods"] = [{"storeCreditRefund": {"amount": amount, **expires}}]
        else:
            asked["transactions"] = [
                {"orderId": change.order, "kind": "REFUND", **part} for part in change.args["transactions"]
            ]
        if change.args["lines"]:
            asked["refundLineItems"] = [
                {"lineItemId": line, "quantity": units, "restockType": "NO_RESTOCK"}
                for line, units in change.args["lines"].items()
            ]
        return Mutation("refundCreate", {"input": asked, "key": change.args["key"]})

    def repeatable(self, change: Change) -> bool:
        return not change.args["notify"]  # the same key within 24 hours gives the first answer again (4.0)

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        return change.args["mark"] in ((payload.get("refund") or {}).get("note") or "")


def _guarded(order: Order, preferences: Preferences) -> Obstacle | None:
    """The duplicate-refund guard: what was given back once is not given back again unless somebody says so."""
    money = [refund for refund in order.refunds or () if refund.total.amount > 0]
    if not money or preferences.allow_second_refund:
        return None
    last = money[-1]
    fix = "If this one is meant as well, plan with --allow-second-refund."
    if not last.created_at:
        return Obstacle(f"{last.total} is refunded already, by a step before it.", fix)
    return Obstacle(f"{last.total} was refunded already, on {last.created_at[:10]}.", fix)


def _no_credit(edits: OrderEdits, order: Order, preferences: Preferences) -> Obstacle | None:
    return credit_obstacle(order, edits.text("Refund: Store Credit Expires At"), preferences.now, "Refund: To")


def _money(change: Change, part: Mapping[str, str]) -> Money:
    return Money(Decimal(part["amount"]), change.args["currency"])


def _pinned(part: Mapping[str, str], known: list[str], order: Order) -> Mapping[str, str]:
    """A part of a refund with the payment that it was meant for, once that is there."""
    if not part["parentId"].startswith("new:"):
        return part
    authorization = part["parentId"].removeprefix("new:")
    for payment in order.known_transactions:
        marked = part["parentId"] == MARKED and payment.kind == "SALE" and payment.id not in known
        if payment.received and (marked or payment.parent == authorization):
            return {**part, "parentId": payment.id, "gateway": payment.gateway}
    return part


def _change(
    edits: OrderEdits, asking: Edit, order: Order, asked: Wish, preferences: Preferences, *, credit: bool
) -> Change:
    currency = order.presentment_payment.currency
    mark = marker(preferences.plan_id, f"refund {order.id}")
    reason = edits.text("Refund: Reason") or ""
    notify = bool(cells.boolean(edits.text("Refund: Notify") or "FALSE"))
    written = edits.text("Refund: Store Credit Expires At")
    expires = cells.end_of(written) if written and credit else None
    through = [] if credit else list(parts(order, asked.amount))
    by_hand = outside(order, {part["parentId"]: Decimal(part["amount"]) for part in through})
    where = "store credit" if credit else ", ".join(dict.fromkeys(part["gateway"] for part in through)) or "nowhere"
    back, shop = Money(asked.amount, currency), in_shop_money(order, asked.amount)
    # a cancellation has taken every unit out of the order, and decided which of them go back to stock
    units = {} if "cancel" in edits.asked() or order.cancelled else dict(asked.units)
    after = {
        "Payment": f"{both(back, shop)} given back",
        "To": where,
        **until(expires),
        "E-mail": "yes" if notify else "no",
    }
    return Change(
        order=order.id,
        name=order.name,
        row=asking.row,
        action="refund",
        reversible=False,
        before={"Payment": f"{both(order.presentment_payment, order.net_payment)} paid"},
        after=after | ({"Reason": reason} if reason else {}),
        args={
            "amount": str(asked.amount),
            "currency": currency,
            "transactions": through,
            "known": sorted(t.id for t in order.known_transactions if not t.is_new),
            "credit": credit,
            "expires": expires,
            "lines": units,
            "note": f"{reason} [{mark}]".strip(),
            "notify": notify,
            "mark": mark,
            "key": str(uuid.uuid5(_KEYS, f"{preferences.plan_id}/{order.id}")),
        },
        warnings=(*_warnings(order, units, notify=notify), *(each.warning for each in by_hand)),
        by_hand=(*_to_stock(order, units), *(each.task for each in by_hand)),
        refund=shop,
        consequences=_consequences(order, asked, through, credit=credit),
        presentment_refund=back,
        emails=1 if notify and order.can_notify else 0,
    )


def _consequences(order: Order, asked: Wish, through: list[dict[str, str]], *, credit: bool) -> dict[str, Any]:
    """Where the money goes, in the shop's currency, and the fees that stay with the providers."""
    methods: dict[str, Money] = {"store credit": in_shop_money(order, asked.amount)} if credit else {}
    payments = {payment.id: payment for payment in order.known_transactions}
    for part, some in zip(through, shop_shares(order, asked.amount, through), strict=True):
        method = method_of(payments[part["parentId"]])
        before = methods.get(method, Money(Decimal(0), some.currency))
        methods[method] = Money(before.amount + some.amount, some.currency)
    fee, paid = lost_fees(order), order.presentment_payment.amount
    told: dict[str, Any] = {"methods": {gateway: as_json(some) for gateway, some in methods.items()}}
    if fee and paid:
        told["fee"] = as_json(Money(rounded(fee.amount * asked.amount / paid, fee.currency), fee.currency))
    return told


def _to_stock(order: Order, units: Mapping[str, int]) -> Iterator[str]:
    if units:
        yield f"Put the refunded units of {order.name} back to stock, if they are."


def _warnings(order: Order, units: Mapping[str, int], *, notify: bool) -> Iterator[str]:
    if units:
        yield "The units are not put back to stock."
    if order.own_currency != order.net_payment.currency:
        yield f"The customer paid in {order.own_currency}, so this is given back in {order.own_currency}."
    if notify and not order.can_notify:
        yield "Nobody can be told: the order has no e-mail address."
