"""What has moved in the shop since a plan, in the words of the admin and of the sheet's columns.

A fingerprint is plain JSON with Shopify's own words in it (core.changes.Change): the people who read a drifted row
know neither `['gid://shopify/Fulfillment/1']` nor `UNFULFILLED` nor `poNumber`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_COLUMNS = {
    "note": "Note",
    "email": "Email",
    "phone": "Phone",
    "poNumber": "Purchase Order Number",
    "shippingAddress": "the shipping address",
    "customAttributes": "Additional Details",
}
"""Fields of an update, as the sheet calls them."""
_STATUS = re.compile(r"[A-Z]+(_[A-Z]+)*")
_GID = re.compile(r"gid://shopify/(\w+)/(\w+)")
_KINDS = {"FulfillmentHold": "hold", "FulfillmentOrder": "fulfillment order", "LineItem": "line"}
_LONGEST = 60


def moved(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Each value that is another one now: `paid was 60.90 EUR, is 0.00 EUR`."""
    return [_told(key, was.get(key), value) for key, value in now.items() if value != was.get(key)]


def _told(key: str, was: Any, now: Any) -> str:
    if isinstance(was, Mapping) and isinstance(now, Mapping) and not _counts(was) and not _counts(now):
        inner = moved(was, {**dict.fromkeys(was), **now})
        return "; ".join(inner)
    what = _COLUMNS.get(key, key)
    before, after = words(was), words(now)
    if before == after:  # as many, and not the same ones
        return f"{what} is not the same any more ({after})"
    return f"{what} was {before}, is {after}"


def words(value: Any) -> str:
    """A value of a fingerprint for people to read."""
    if value is None or value == "" or value == "None":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _units(value) if _counts(value) else ", ".join(f"{key} {words(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return _several(list(value))
    return _text(str(value))


def _counts(value: Mapping[str, Any]) -> bool:
    """Units by line: what is left to ship of each."""
    return bool(value) and all(isinstance(units, int) or units is None for units in value.values())


def _units(value: Mapping[str, Any]) -> str:
    units = sum(count or 0 for count in value.values())
    return f"{units} unit{'' if units == 1 else 's'}"


def _several(values: list[Any]) -> str:
    if not values:
        return "none"
    found = [_GID.fullmatch(str(value)) for value in values]
    kinds = {match[1] for match in found if match}
    if all(found) and len(kinds) == 1:
        kind = kinds.pop()
        noun = _KINDS.get(kind, kind.lower())
        return f"{len(values)} {noun}{'' if len(values) == 1 else 's'}"
    return ", ".join(words(value) for value in values)


def _text(text: str) -> str:
    gid = _GID.fullmatch(text)
    if gid:
        return f"{_KINDS.get(gid[1], gid[1].lower())} {gid[2]}"
    if _STATUS.fullmatch(text) or re.fullmatch(r"[a-z]+(_[a-z]+)+", text):
        return text.replace("_", " ").lower()
    if re.fullmatch(r"-?[\d.]+ [A-Z]{3}", text):
        return text
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[: _LONGEST - 3]}...'"
