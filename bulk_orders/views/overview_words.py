"""The words of an overview: statuses, ages and findings, the same in the text, the page and the JSON's titles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bulk_orders.core.findings import Found
from bulk_orders.language import decimal, label, phrase, phrases, plural, say, told
from bulk_orders.views.words import Said, count

HEADINGS = Said(
    {
        "payment": phrase("Payment"),
        "fulfillment": phrase("Fulfillment"),
        "delivery": phrase("Delivery"),
        "return": phrase("Return"),
        "state": phrase("Open or closed"),
    }
)
_SPECIAL = {
    ("payment", "NONE"): phrase("no payment"),
    ("delivery", "NONE"): phrase("no parcel"),
    ("delivery", "FULFILLED"): phrase("shipped, no carrier news"),
    ("delivery", "MARKED_AS_FULFILLED"): phrase("marked as shipped"),
    ("delivery", "CANCELED"): phrase("shipment cancelled"),
    ("delivery", "CONFIRMED"): phrase("confirmed"),
    ("delivery", "DELAYED"): phrase("delayed"),
    ("delivery", "DELIVERED"): phrase("delivered"),
    ("delivery", "NOT_DELIVERED"): phrase("not delivered"),
    ("delivery", "PICKED_UP"): phrase("picked up"),
    ("delivery", "READY_FOR_PICKUP"): phrase("ready for pickup"),
    ("return", "NONE"): phrase("not said"),
    ("return", "IN_PROGRESS"): phrase("return in progress"),
    ("return", "INSPECTION_COMPLETE"): phrase("return inspected"),
    ("return", "RETURN_REQUESTED"): phrase("return requested"),
}
"""Of an order; what is told by the word alone is of a parcel, which may have another gender."""


def status(dimension: str, word: str) -> str:
    """A status in plain words."""
    if (dimension, word) in _SPECIAL:
        return say(_SPECIAL[dimension, word])
    if word == "NOT_TOLD":
        return say("not in this sheet")
    if word == "UNKNOWN":
        return say("not said")
    return told(word.replace("_", " ").lower())


_STATES = {
    "OPEN": phrases("{count} open", "{count} open"),
    "ARCHIVED": phrases("{count} archived", "{count} archived"),
    "CANCELLED": phrases("{count} cancelled", "{count} cancelled"),
}
"""Each agrees with its number."""


def shown_states(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Open, archived and cancelled, none left out."""
    for word in _STATES:
        yield word, counts.get(word, 0)


def state_label(word: str, many: int) -> str:
    """`open`, below a number."""
    return label(*_STATES[word], many)


def in_state(word: str, many: int) -> str:
    """`90 open`."""
    return plural(*_STATES[word], many)


def title(found: Found) -> str:
    """A finding's title within a sentence or a list."""
    whole = told(found.finding.title)
    return whole[:1].lower() + whole[1:]


def asks(found: Found) -> str:
    """What a finding's sheet asks for; a tag is called what it is."""
    word, _, tag = found.finding.action.partition(" ")
    return say("tag {tag}", tag=tag) if word == "tag" else told(found.finding.action)


def share(part: int, whole: int) -> str:
    """`12.5 %`."""
    return say("{number} %", number=decimal(f"{100 * part / whole:.1f}")) if whole else "–"


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
        return say("oldest {age}", age=age(oldest))
    first = found.orders["since"].drop_nulls().min()
    ended = isinstance(first, datetime) and first <= as_of
    if ended:
        return say("the first ended {age} ago", age=age(oldest))
    return say("the first ends in {age}", age=age(oldest))


def rule(found: Found) -> str:
    """What makes an order one of the finding, in words."""
    if found.finding.ahead:
        return say("within {age}", age=age(found.hours))
    return say("for {age} or more", age=age(found.hours)) if found.hours else say("whatever its age")
