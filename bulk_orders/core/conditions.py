"""What a rule can ask of an order: every condition in one table, read and checked before any order is looked at.

The rule: a condition is a word of this table with values that an order can have, or the policy file is refused; and
what cannot be told of an order never fits. Light to import: how a condition is judged stands in core.judging.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bulk_orders.core.ages import DEFAULT_HOURS, BadAge, read_hours
from bulk_orders.core.typed import typed
from bulk_orders.errors import Misused

PAYMENT = (
    "none",
    "authorized",
    "expired",
    "paid",
    "partially_paid",
    "partially_refunded",
    "pending",
    "refunded",
    "voided",
)
FULFILLMENT = (
    "fulfilled",
    "fulfillment_not_required",
    "in_progress",
    "on_hold",
    "open",
    "partially_fulfilled",
    "pending_fulfillment",
    "request_declined",
    "restocked",
    "scheduled",
    "unfulfilled",
)
DELIVERY = (
    "none",
    "attempted_delivery",
    "carrier_picked_up",
    "confirmed",
    "delayed",
    "delivered",
    "failure",
    "fulfilled",
    "in_transit",
    "label_printed",
    "label_purchased",
    "label_voided",
    "marked_as_fulfilled",
    "not_delivered",
    "out_for_delivery",
    "picked_up",
    "ready_for_pickup",
    "submitted",
)
RETURN = ("inspection_complete", "in_progress", "no_return", "returned", "return_failed", "return_requested")
STATE = ("open", "archived", "cancelled")
HOLD = ("none", "own", "other")


@dataclass(frozen=True, slots=True)
class Kind:
    """One condition: `how` its values are compared, with which `fact` of an order, and what it means in words.

    `how` is word (one of `choices`), text (whatever the case), listed (the fact is a list), all (all of them), ago (at
    least so long ago), within (at most so long ago), passed (so long past a date that was set), ahead (a date that is
    at most so far off), over, under (an amount of money), hold, finding.
    """

    how: str
    fact: str
    means: str
    choices: tuple[str, ...] = ()


def _times() -> Iterator[tuple[str, Kind]]:
    for word, fact, event in (
        ("placed", "created", "it was placed"),
        ("processed", "processed", "it was processed (its Processed At)"),
        ("updated", "updated", "anything about it last changed"),
        ("shipped", "shipped", "its first parcel was made"),
        ("delivered", "delivered", "every parcel has arrived, the last"),
        ("held", "held_since", "its held fulfillment order was last touched"),
        ("archived", "closed", "it was archived"),
        ("cancelled", "cancelled", "it was cancelled"),
        ("label", "label_since", "a label was made, and no carrier has said a word since,"),
    ):
        yield f"{word}_ago", Kind("ago", fact, f"{event} at least that long ago")
        yield f"{word}_within", Kind("within", fact, f"{event} at most that long ago")


CONDITIONS: Mapping[str, Kind] = {
    "state": Kind("word", "state", "open, archived or cancelled", STATE),
    "payment": Kind("word", "payment", "the payment's status; `none` where there is none", PAYMENT),
    "fulfillment": Kind("word", "fulfillment", "the order's fulfillment status", FULFILLMENT),
    "delivery": Kind(
        "word", "delivery", "the carrier's word for the parcel that is least far; `none`: no parcel", DELIVERY
    ),
    "return": Kind("word", "return", "the return's status", RETURN),
    "hold": Kind("hold", "held_since", "held by this app, by others or in the admin, or not at all", HOLD),
    "tags": Kind("listed", "tags", "any of these tags"),
    "all_tags": Kind("all", "tags", "all of these tags"),
    "channel": Kind("text", "channel", "where it came from, as in the column Source"),
    "gateway": Kind("listed", "gateways", "any of these gateways, as in the column Payment: Processing Method"),
    "total_over": Kind("over", "amount", "its total is more, in that currency"),
    "total_under": Kind("under", "amount", "its total is less, in that currency"),
    "ship_date_passed": Kind(
        "passed", "fulfill_at", "the day on which it should have been shipped passed that long ago"
    ),
    "authorization_ends_within": Kind("ahead", "expires", "its payment's authorization ends that soon, or has ended"),
    "finding": Kind("finding", "", "it is in that finding of the overview, with its age", tuple(DEFAULT_HOURS)),
    **dict(_times()),
}
"""In the order of the documentation."""

WAITS = frozenset({"hold", "held_ago", "held_within", "ship_date_passed"})
"""Conditions whose facts stand in fulfillment orders, which an export does not hold."""

_MONEY = re.compile(r"\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<currency>[A-Za-z]{3})\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with what was written. `words` are in capitals for statuses, as written for texts and tags."""

    key: str
    words: tuple[str, ...] = ()
    hours: float = 0.0
    amount: Decimal = Decimal(0)
    currency: str = ""

    @property
    def kind(self) -> Kind:
        return CONDITIONS[self.key]

    def said(self) -> str:
        """As a person would say it."""
        if self.kind.how in ("ago", "within", "passed", "ahead"):
            days = self.hours / 24
            return f"{self.key} {days:g}d" if days == int(days) and days else f"{self.key} {self.hours:g}h"
        if self.kind.how in ("over", "under"):
            return f"{self.key} {self.amount} {self.currency}"
        lower = self.kind.how in ("word", "hold", "finding")
        return f"{self.key} {' or '.join(word.lower() if lower else word for word in self.words)}"


def read_conditions(values: Mapping[str, Any], where: str) -> tuple[Condition, ...]:
    """The conditions of a table; Misused where one is not known, or its value is none that an order can have."""
    return tuple(_read(key, value, where) for key, value in values.items())


def contradiction(conditions: Sequence[Condition]) -> str | None:
    """Two of these that no order can meet together, in words; None where there are none such."""
    by_key = {condition.key: condition for condition in conditions}
    for key, least in by_key.items():
        most = by_key.get(key.replace("_ago", "_within").replace("_over", "_under"))
        if most is None or most is least:
            continue
        if least.kind.how == "ago" and least.hours > most.hours:
            return f"nothing is {typed(least.said())} and {typed(most.said())}"
        if least.kind.how == "over" and least.currency == most.currency and least.amount >= most.amount:
            return f"nothing is {typed(least.said())} and {typed(most.said())}"
    return None


def _read(key: str, value: Any, where: str) -> Condition:
    kind = CONDITIONS.get(key)
    if kind is None:
        near = difflib.get_close_matches(key, CONDITIONS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"They are: {', '.join(CONDITIONS)}."
        raise Misused(f"{where} has a condition that nobody knows: {key}.", fix=hint)
    if kind.how in ("ago", "within", "passed", "ahead"):
        try:
            return Condition(key, hours=read_hours(key, value))
        except BadAge as error:
            raise Misused(f"{where}: {error.what}", fix=error.fix) from None
    if kind.how in ("over", "under"):
        money = _MONEY.fullmatch(value) if isinstance(value, str) else None
        if money is None:
            raise Misused(f"{where}: {key} = {value!r} is no amount.", fix='Write it with its currency: "500 EUR".')
        return Condition(key, amount=Decimal(money["amount"]), currency=money["currency"].upper())
    return Condition(key, _words(key, kind, value, where))


def _words(key: str, kind: Kind, value: Any, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(w, str) and w.strip() for w in listed):
        raise Misused(f"{where}: {key} = {value!r} is of the wrong kind.", fix="Write a text, or a list of texts.")
    words = [word.strip() for word in listed]
    if not kind.choices:
        return tuple(words)
    folded = [word.lower().replace(" ", "_") for word in words]
    for word in folded:
        if word not in kind.choices:
            near = difflib.get_close_matches(word, kind.choices, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"One of: {', '.join(kind.choices)}."
            raise Misused(f"{where}: {key} can never be {word!r}.", fix=hint)
    return tuple(folded if kind.how in ("hold", "finding") else (word.upper() for word in folded))
