"""The words of an overview: statuses, ages and findings, the same in the text, the page and the JSON's titles."""

from __future__ import annotations

from datetime import datetime

from bulk_orders.core.findings import Found
from bulk_orders.views.words import count

HEADINGS = {
    "payment": "Payment",
    "fulfillment": "Fulfillment",
    "delivery": "Delivery",
    "return": "Return",
    "state": "Open or closed",
}
_SPECIAL = {
    ("payment", "NONE"): "no payment",
    ("delivery", "NONE"): "no parcel",
    ("delivery", "FULFILLED"): "shipped, no carrier news",
    ("delivery", "MARKED_AS_FULFILLED"): "marked as shipped",
    ("return", "NONE"): "not said",
    ("return", "IN_PROGRESS"): "return in progress",
    ("return", "INSPECTION_COMPLETE"): "return inspected",
    ("return", "RETURN_REQUESTED"): "return requested",
}


def status(dimension: str, word: str) -> str:
    """A status in plain words."""
    if (dimension, word) in _SPECIAL:
        return _SPECIAL[dimension, word]
    if word == "NOT_TOLD":
        return "not in this sheet"
    if word == "UNKNOWN":
        return "not said"
    return word.replace("_", " ").lower()


def age(hours: float) -> str:
    """`5 hours`, `3 days`: whole days from two on."""
    if hours < 48:
        return count(int(hours), "hour")
    return count(int(hours // 24), "day")


def how_long(found: Found, as_of: datetime) -> str:
    """How old the oldest of a finding is."""
    oldest = found.oldest(as_of)
    if oldest is None:
        return ""
    if not found.finding.ahead:
        return f"oldest {age(oldest)}"
    first = found.orders["since"].drop_nulls().min()
    ended = isinstance(first, datetime) and first <= as_of
    return f"the first ended {age(oldest)} ago" if ended else f"the first ends in {age(oldest)}"


def rule(found: Found) -> str:
    """What makes an order one of the finding, in words."""
    if found.finding.ahead:
        return f"within {age(found.hours)}"
    return f"for {age(found.hours)} or more" if found.hours else "whatever its age"
