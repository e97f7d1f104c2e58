"""The words for actions, outcomes and amounts, so that every view says the same thing the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bulk_orders.core.currency import plain_amount
from bulk_orders.core.order import Money


@dataclass(frozen=True, slots=True)
class Verb:
    """An action in its forms: `12 to cancel`, `11 cancelled`, and its heading."""

    title: str
    to: str
    done: str


VERBS: Mapping[str, Verb] = {
    "tag_add": Verb("Add tags", "to tag", "tagged"),
    "tag_remove": Verb("Remove tags", "to untag", "untagged"),
    "update": Verb("Update", "to update", "updated"),
    "track": Verb("Tracking", "to track", "tracked"),
    "archive": Verb("Archive", "to archive", "archived"),
    "unarchive": Verb("Unarchive", "to unarchive", "unarchived"),
    "hold": Verb("Hold", "to hold", "held"),
    "release": Verb("Release holds", "to release", "released"),
    "unfulfill": Verb("Unfulfill", "to unfulfill", "unfulfilled"),
    "fulfill": Verb("Fulfill", "to fulfill", "fulfilled"),
    "mark_paid": Verb("Mark as paid", "to mark as paid", "marked as paid"),
    "capture": Verb("Capture payment", "to capture", "captured"),
    "cancel": Verb("Cancel", "to cancel", "cancelled"),
    "refund": Verb("Refund", "to refund", "refunded"),
    "delete": Verb("Delete", "to delete", "deleted"),
}
"""From harmless to irreversible: the order in which a plan shows its groups."""

OUTCOME_WORDS = {
    "applied": "applied",
    "already": "so already",
    "drifted": "changed meanwhile",
    "refused": "refused",
    "not_attempted": "not attempted",
    "unknown": "unknown",
    "left": "left",
}
OUTCOME_SIGNS = {
    "applied": "✓",
    "already": "=",
    "drifted": "~",
    "refused": "✗",
    "not_attempted": "-",
    "unknown": "?",
}

# C0 and C1 controls, and the marks that turn the direction of text: a note must not move the cursor or lie.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HARMLESS: dict[int, str | None] = {**dict.fromkeys(_CONTROLS), ord("\n"): " ⏎ ", ord("\t"): " "}


def plain(text: object) -> str:
    """A text of somebody else's on one line, with nothing in it that a terminal would obey."""
    return str(text).translate(_HARMLESS)


def seen(value: object) -> object:
    """What a page may show of a text: as `plain`, but its lines stay lines."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return value.translate({**dict.fromkeys(_CONTROLS), ord("\n"): "\n", ord("\t"): " "})


def added(after: Mapping[str, object], before: Mapping[str, object], defaults: Iterable[str]) -> list[str]:
    """What an action brings beside the changed fields: `restock yes (default)`."""
    chosen = frozenset(defaults)
    return [
        f"{key.lower()} {'(empty)' if value in (None, '') else value}{' (default)' if key in chosen else ''}"
        for key, value in after.items()
        if key not in before
    ]


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 change`, `1,204 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def amount(money: Money) -> str:
    """`1,204.50 EUR`."""
    whole, _, rest = plain_amount(money.amount, money.currency).partition(".")
    return f"{int(Decimal(whole)):,}.{rest} {money.currency}" if rest else f"{int(whole):,} {money.currency}"


def amounts(money: Iterable[Money]) -> str:
    """`1,204.50 EUR, 20.00 USD`."""
    return ", ".join(amount(each) for each in money)


def moment(iso: str | None) -> str:
    """`2026-08-21 14:02 UTC`."""
    if iso is None:
        return "an unknown time"
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """`about 3 s`, `about 4 min`, `about 2.5 h`."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"


def join(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    listed = list(parts)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"
