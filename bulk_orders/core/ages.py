"""How long is too long: the age from which on an order counts for each finding of the overview.

Apart from the findings themselves, so that the settings can be read without loading polars.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

_DAY = 24.0

DEFAULT_HOURS: Mapping[str, float] = {
    "paid_unfulfilled": 2 * _DAY,
    "on_hold": 7 * _DAY,
    "scheduled_overdue": 0.0,
    "no_movement": 3 * _DAY,
    "delivered_open": 14 * _DAY,
    "cancelled_unrefunded": 1 * _DAY,
    "refunded_fulfilled": 0.0,
    "authorization_expiring": 2 * _DAY,
    "return_waiting": 7 * _DAY,
}
"""By finding, in hours. For authorization_expiring: how long before its end."""

_AGE = re.compile(r"(?P<number>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>h|d)")


class BadAge(ValueError):
    """An age that cannot be read: `what` is wrong, and the `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def read_age(key: str, text: object) -> float:
    """`48h`, `7d` -> hours, for the finding `key`; BadAge where there is no such finding or it is no age."""
    if key not in DEFAULT_HOURS:
        near = difflib.get_close_matches(key, DEFAULT_HOURS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"They are: {', '.join(DEFAULT_HOURS)}."
        raise BadAge(f"There is no finding {key!r}.", hint)
    return read_hours(key, text)


def read_hours(key: str, text: object) -> float:
    """`48h`, `7d` -> hours; BadAge, which names `key`, where it is no age."""
    found = _AGE.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if found is None:
        raise BadAge(f"{key} = {text!r} is no age.", 'Write hours or days: "48h" or "7d".')
    return float(found["number"]) * (_DAY if found["unit"] == "d" else 1.0)


def read_ages(pairs: Iterable[tuple[str, object]]) -> dict[str, float]:
    """Ages by finding, in hours."""
    return {key: read_age(key, text) for key, text in pairs}
