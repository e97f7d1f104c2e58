"""Refund: refundCreate for an amount or for chosen lines, also after a cancellation without one (shopify-api.md 4.9).

Money moves, so it is guarded three times: the idempotency key stands in the plan before anything is sent, a mark in the
refund's note proves that it was ours, and an order that was refunded already is left alone unless told otherwise.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Wanted, blocked
from bulk_orders.core.actions.money import as_json, credit_obstacle, lost_fees
from bulk_orders.core.changes import Blocked, Change, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Facet, Money, Order, Refund, plain_amount
from bulk_orders.core.preferences import Preferences

_KEYS = uuid.UUID("5d1f6a1c-6c0e-4a57-9b39-0a6d7c1b8e42")
"""The namespace of our idempotency keys: one for each refund of each plan, the same however often it is tried."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the row asks for: an amount in the customer's currency, and the lines that it is for."""

    amount: Decimal
    units: Mapping[str, int]


class GiveBack(Action):
    name: ClassVar[str] = "refund"
    reversible: ClassVar[bool] = False
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.PAYMENTS, Facet.TRANSACTIONS})
    hints: ClassVar[frozenset[Facet]] = frozenset({Facet.CUSTOMER, Facet.FEES})
    noun: ClassVar[str] = "A refund"
    instead: ClassVar[str] = "Ask the customer to pay again: send an invoice from the admin."
    points: ClassVar[int] = 20  # recorded (shopify-api.md 3.1)

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        must, may = super().reads(edits, preferences)
        return must | {Facet.LINES} if must and edits.of("Refund: Quantity") else must, may

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        wish = _wish(edits, asking, order)
        if isinstance(wish, Blocked):
            yield wish
            return
        credit = cells.enum(edits.text("Refund: To") or "original") == "STORE_CREDIT"
        obstacle = _guarded(order, preferences) or (_no_credit(edits, order, preferences) if credit else None)
        if obstacle:
            yield blocked(order, asking.row, self.name, obstacle.reason, obstacle.fix)
            return
        yield _change(edits, asking, order, wish, preferences, credit=credit)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return any(change.args["mark"] in (refund.note or "") for refund in order.refunds or ())

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        asked, left = Decimal(change.args["amount"]), order.presentment_payment.amount
        if asked > left:
            return Obstacle(
                f"Shopify would refuse: Refund amount {plain_amount(asked)} is greater than net payment received "
                f"{plain_amount(left)}.",
                "Lower Refund: Amount.",
            )
        for part in change.args["transactions"]:
            parent = next((t for t in order.known_transactions if t.id == part["parentId"]), None)
            if parent is None or order.refundable(parent) < Decimal(part["amount"]):
                return Obstacle("The payment that was to be refunded is no longer there to refund.", "Plan again.")
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {
            "paid": str(order.net_payment),
            "refunds": sorted(refund.id for refund in order.refunds or ()),
            "cancelled": order.cancelled,
        }

    def after(self, change: Change, order: Order) -> Order:
        done = Refund("new", change.args["note"], "", order.net_payment)
        return replace(order, refunds=(*(order.refunds or ()), done))

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
    return Obstacle(
        f"{last.total} was refunded already, on {last.created_at[:10]}.",
        "If this one is meant as well, plan with --allow-second-refund.",
    )


def _no_credit(edits: OrderEdits, order: Order, preferences: Preferences) -> Obstacle | None:
    return credit_obstacle(order, edits.text("Refund: Store Credit Expires At"), preferences.now, "Refund: To")


# --- how much ---------------------------------------------------------------------------------------------------------


def _wish(edits: OrderEdits, asking: Edit, order: Order) -> _Wish | Blocked:
    written = (edits.text("Refund: Amount") or "").lower()
    units = {edit.line: int(float(edit.sheet)) for edit in edits.of("Refund: Quantity") if edit.line}
    nowhere = next((edit for edit in edits.of("Refund: Quantity") if edit.line is None), None)
    if nowhere is not None:
        return blocked(order, nowhere.row, "refund", "The row does not say which line.", "Fill in its Line: ID.")
    lines = _lines(order, asking, units)
    if isinstance(lines, Blocked):
        return lines
    if written and written != "all":
        return _Wish(Decimal(written), units)
    if units:
        return _Wish(lines, units)
    if written == "all":
        return _Wish(order.presentment_payment.amount, {})
    fix = "Write how much in Refund: Amount (or all), or the units of each line in Refund: Quantity."
    return blocked(order, asking.row, "refund", "The sheet does not say how much to give back.", fix)


def _lines(order: Order, asking: Edit, units: Mapping[str, int]) -> Decimal | Blocked:
    """What these units cost."""
    by_id = {line.id: line for line in order.lines or ()}
    total = Decimal(0)
    for gid, count in units.items():
        line = by_id.get(gid)
        if line is None:
            reason = f"{order.name} has no line {gid.rsplit('/', 1)[-1]}."
            return blocked(order, asking.row, "refund", reason, "Take the Line: ID from an export.")
        if not 0 < count <= (line.quantity if order.cancelled else line.current):
            reason = "Shopify would refuse: Quantity cannot refund more items than were purchased."
            return blocked(order, asking.row, "refund", reason, f"{line.name}: at most {line.current}.")
        total += line.price.amount * count
    return total.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _parts(order: Order, amount: Decimal) -> Iterator[dict[str, str]]:
    """Which payments the amount goes back to, the first paid first."""
    for payment in order.known_transactions:
        some = min(amount, order.refundable(payment))
        if some > 0:
            amount -= some
            yield {"parentId": payment.id, "gateway": payment.gateway, "amount": str(some)}


def _change(
    edits: OrderEdits, asking: Edit, order: Order, wish: _Wish, preferences: Preferences, *, credit: bool
) -> Change:
    currency = order.presentment_payment.currency
    mark = marker(preferences.plan_id, f"refund {order.id}")
    reason = edits.text("Refund: Reason") or ""
    notify = bool(cells.boolean(edits.text("Refund: Notify") or "FALSE"))
    expires = edits.text("Refund: Store Credit Expires At")
    parts = [] if credit else list(_parts(order, wish.amount))
    where = "store credit" if credit else ", ".join(dict.fromkeys(part["gateway"] for part in parts)) or "nowhere"
    back = Money(wish.amount, currency)
    cancelling = "cancel" in edits.asked() or order.cancelled
    after = {"Payment": f"{back} given back", "To": where, "E-mail": "yes" if notify else "no"}
    return Change(
        order=order.id,
        name=order.name,
        row=asking.row,
        action="refund",
        reversible=False,
        before={"Payment": f"{order.presentment_payment} paid"},
        after=after | ({"Reason": reason} if reason else {}),
        args={
            "amount": str(wish.amount),
            "currency": currency,
            "transactions": parts,
            "credit": credit,
            "expires": cells.end_of(expires) if expires and credit else None,
            "lines": {} if cancelling else dict(wish.units),
            "note": f"{reason} [{mark}]".strip(),
            "notify": notify,
            "mark": mark,
            "key": str(uuid.uuid5(_KEYS, f"{preferences.plan_id}/{order.id}")),
        },
        warnings=tuple(_warnings(order, wish, notify=notify)),
        by_hand=(f"Put the refunded units of {order.name} back to stock, if they are.",) if wish.units else (),
        refund=_in_shop_money(order, wish.amount),
        consequences=_consequences(order, wish, parts, credit=credit),
        presentment_refund=back,
        emails=1 if notify and order.can_notify else 0,
    )


def _consequences(order: Order, wish: _Wish, parts: list[dict[str, str]], *, credit: bool) -> dict[str, Any]:
    """Where the money goes, in the shop's currency, and the fees that stay with the providers."""
    if credit:
        return {"methods": {"store credit": as_json(_in_shop_money(order, wish.amount))}}
    methods: dict[str, Money] = {}
    for part in parts:
        some = _in_shop_money(order, Decimal(part["amount"]))
        before = methods.get(part["gateway"], Money(Decimal(0), some.currency))
        methods[part["gateway"]] = Money(before.amount + some.amount, some.currency)
    fee, paid = lost_fees(order), order.presentment_payment.amount
    told: dict[str, Any] = {"methods": {gateway: as_json(some) for gateway, some in methods.items()}}
    if fee and paid:
        told["fee"] = as_json(Money((fee.amount * wish.amount / paid).quantize(Decimal("0.01")), fee.currency))
    return told


def _in_shop_money(order: Order, amount: Decimal) -> Money:
    """The same in the shop's currency, in the proportion of what was paid."""
    paid, shop = order.presentment_payment.amount, order.net_payment
    share = amount if not paid or paid == shop.amount else (shop.amount * amount / paid).quantize(Decimal("0.01"))
    return Money(share, shop.currency)


def _warnings(order: Order, wish: _Wish, *, notify: bool) -> Iterator[str]:
    if wish.units:
        yield "The units are not put back to stock."
    if notify and not order.can_notify:
        yield "Nobody can be told: the order has no e-mail address."
