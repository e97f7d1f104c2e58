"""Requests of customers to cancel, from a form: whose they are, when they came, and why one is not followed.

The rule: a request acts only for the person who placed the order and only within the shop's own window. The reason
it is refused with is written to the customer, and says nothing that the customer did not write.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bulk_orders.core.changes import Blocked
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order

EMAIL = "Request: Email"
AT = "Request: At"


@dataclass(frozen=True, slots=True)
class RequestForm:
    """`[requests]` of bulk_orders.toml: which columns of the form say what, and how long a customer may ask."""

    order: str
    email: str
    time: str
    reason: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Words in a customer's reason -> the cancel reason that they mean; without a match it is `customer`."""
    window_hours: float | None = None
    date_format: str | None = None
    timezone: str | None = None
    """Of the form's times; None: the shop's own."""

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.order, self.email, self.time, self.reason)))

    def meant(self, words: str) -> str:
        """The cancel reason that a customer's own words stand for."""
        said = folded(words)
        return next((reason for word, reason in self.reasons.items() if folded(word) in said), "customer")


NOBODY = "(no order number)"
"""What stands for the order of an answer that names none."""


def folded(text: str) -> str:
    """Without case, accents and repeated blanks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What a request is judged by: the window after the order was placed, and the zone of the form's times."""

    window_hours: float | None = None
    timezone: str = "UTC"


def refused(edits: OrderEdits, order: Order, rules: RequestRules) -> Blocked | None:
    """Why a customer's request is not followed, in words that can be sent to them; None for one that is."""
    email, at = edits.first(EMAIL), edits.first(AT)
    asking = email or at
    if asking is None:
        return None
    reason = (
        _not_theirs(email.sheet, order) if email else "The request says no e-mail address, so it cannot be followed."
    ) or (_not_in_time(at.sheet, order, rules) if at else None)
    if reason is None:
        return None
    return Blocked(order.id, order.name, asking.row, "cancel", reason, _FIX)


_FIX = "Send this sentence to the customer; or, if you want to cancel all the same, write cancel in Action of a sheet."


def _not_theirs(email: str, order: Order) -> str | None:
    if order.email and email.strip().casefold() == order.email.strip().casefold():
        return None
    return (
        f"Order {order.name} was not placed with this e-mail address, so the request was not followed. "
        "Please write from the address that the order was placed with."
    )


def _not_in_time(at: str, order: Order, rules: RequestRules) -> str | None:
    if rules.window_hours is None:
        return None
    asked = datetime.fromisoformat(at.strip())
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=ZoneInfo(rules.timezone))
    placed = datetime.fromisoformat(order.created_at)
    if asked < placed - timedelta(minutes=5):
        return (
            f"The request was made before order {order.name} was placed; please check the order number and ask again."
        )
    window = timedelta(hours=rules.window_hours)
    if asked - placed <= window:
        return None
    allowed, taken = spans_apart(window, asked - placed)
    return (
        f"Order {order.name} was placed on {placed.astimezone(UTC):%Y-%m-%d %H:%M} UTC and could be cancelled for "
        f"{allowed}; the request came {taken} after it."
    )


_UNITS = ((60 * 24, "day"), (60, "hour"), (1, "minute"))


def spans_apart(window: timedelta, longer: timedelta) -> tuple[str, str]:
    """Both in words that differ: 2 hours and 2 hours 1 minute are `120 minutes` and `121 minutes`."""
    longer = timedelta(minutes=math.ceil(longer / timedelta(minutes=1)))
    said = [(span(window, coarsest), span(longer, coarsest)) for coarsest in range(len(_UNITS))]
    return next((pair for pair in said if pair[0] != pair[1]), said[-1])


def span(length: timedelta, coarsest: int = 0) -> str:
    """`45 minutes`, `3 hours`, `2 days`; `coarsest` is the place in days, hours, minutes of the largest unit."""
    minutes = int(length.total_seconds() // 60)
    for size, word in _UNITS[coarsest:]:
        if minutes >= size * (2 if size > 60 else 1) or size == 1:
            number = minutes // size
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "no time"
