"""The words for actions, outcomes and amounts, so that every view says the same thing the same way.

Each is said in the language that is spoken when it is asked for (`bulk_orders.language`).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from bulk_orders import language
from bulk_orders.core.currency import plain_amount
from bulk_orders.core.order import Money
from bulk_orders.language import decimal, label, number, phrase, phrases, plural, say
from bulk_orders.views.wrapping import isolated


class Verb:
    """An action in its forms: `12 to cancel`, `11 cancelled`, and its heading."""

    def __init__(self, title: str, to: tuple[str, str], done: tuple[str, str]) -> None:
        self._title, self._to, self._done = title, to, done

    @property
    def title(self) -> str:
        return say(self._title)

    def to(self, many: int) -> str:
        """`12 to cancel`."""
        return plural(*self._to, many)

    def done(self, many: int) -> str:
        """`11 cancelled`."""
        return plural(*self._done, many)


class Said(Mapping[str, str]):
    """A table of phrases, each said when it is looked up."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._phrases = phrases

    def __getitem__(self, key: str) -> str:
        return say(self._phrases[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._phrases)

    def __len__(self) -> int:
        return len(self._phrases)


VERBS: Mapping[str, Verb] = {
    "tag_add": Verb(
        phrase("Add tags"), phrases("{count} to tag", "{count} to tag"), phrases("{count} tagged", "{count} tagged")
    ),
    "tag_remove": Verb(
        phrase("Remove tags"),
        phrases("{count} to untag", "{count} to untag"),
        phrases("{count} untagged", "{count} untagged"),
    ),
    "update": Verb(
        phrase("Update"),
        phrases("{count} to update", "{count} to update"),
        phrases("{count} updated", "{count} updated"),
    ),
    "track": Verb(
        phrase("Tracking"),
        phrases("{count} to track", "{count} to track"),
        phrases("{count} tracked", "{count} tracked"),
    ),
    "archive": Verb(
        phrase("Archive"),
        phrases("{count} to archive", "{count} to archive"),
        phrases("{count} archived", "{count} archived"),
    ),
    "unarchive": Verb(
        phrase("Unarchive"),
        phrases("{count} to unarchive", "{count} to unarchive"),
        phrases("{count} unarchived", "{count} unarchived"),
    ),
    "hold": Verb(
        phrase("Hold"), phrases("{count} to hold", "{count} to hold"), phrases("{count} held", "{count} held")
    ),
    "release": Verb(
        phrase("Release holds"),
        phrases("{count} to release", "{count} to release"),
        phrases("{count} released", "{count} released"),
    ),
    "unfulfill": Verb(
        phrase("Unfulfill"),
        phrases("{count} to unfulfill", "{count} to unfulfill"),
        phrases("{count} unfulfilled", "{count} unfulfilled"),
    ),
    "fulfill": Verb(
        phrase("Fulfill"),
        phrases("{count} to fulfill", "{count} to fulfill"),
        phrases("{count} fulfilled", "{count} fulfilled"),
    ),
    "mark_paid": Verb(
        phrase("Mark as paid"),
        phrases("{count} to mark as paid", "{count} to mark as paid"),
        phrases("{count} marked as paid", "{count} marked as paid"),
    ),
    "capture": Verb(
        phrase("Capture payment"),
        phrases("{count} to capture", "{count} to capture"),
        phrases("{count} captured", "{count} captured"),
    ),
    "cancel": Verb(
        phrase("Cancel"),
        phrases("{count} to cancel", "{count} to cancel"),
        phrases("{count} cancelled", "{count} cancelled"),
    ),
    "refund": Verb(
        phrase("Refund"),
        phrases("{count} to refund", "{count} to refund"),
        phrases("{count} refunded", "{count} refunded"),
    ),
    "delete": Verb(
        phrase("Delete"),
        phrases("{count} to delete", "{count} to delete"),
        phrases("{count} deleted", "{count} deleted"),
    ),
}
"""From harmless to irreversible: the order in which a plan shows its groups."""

OUTCOME_WORDS = Said(
    {
        "applied": phrase("applied"),
        "already": phrase("so already"),
        "drifted": phrase("changed meanwhile"),
        "refused": phrase("refused"),
        "not_attempted": phrase("not attempted"),
        "unknown": phrase("unknown"),
    }
)
_OUTCOMES = {
    "applied": phrases("{count} applied", "{count} applied"),
    "already": phrases("{count} so already", "{count} so already"),
    "drifted": phrases("{count} changed meanwhile", "{count} changed meanwhile"),
    "refused": phrases("{count} refused", "{count} refused"),
    "not_attempted": phrases("{count} not attempted", "{count} not attempted"),
    "unknown": phrases("{count} unknown", "{count} unknown"),
    "left": phrases("{count} left", "{count} left"),
}
RUN_STATES = Said(
    {
        "pending": phrase("pending"),
        "running": phrase("running"),
        "interrupted": phrase("interrupted"),
        "finished": phrase("finished"),
        "done": phrase("done"),
        "failed": phrase("failed"),
        "trial": phrase("trial"),
        "unreadable": phrase("unreadable"),
    }
)
"""Of plans and of nights."""
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
    """A text of somebody else's on one line, with nothing in it that a terminal would obey, or that turns its line."""
    return isolated(bare(text))


def bare(text: object) -> str:
    """As `plain`, for what is to be typed or copied: without the marks around what runs from right to left."""
    return str(text).translate(_HARMLESS)


def quoted(path: object) -> str:
    """A path or a name as a shell takes it."""
    return shlex.quote(bare(path))


def seen(value: object) -> object:
    """What a page may show of a text: as `plain`, but its lines stay lines."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return value.translate({**dict.fromkeys(_CONTROLS), ord("\n"): "\n", ord("\t"): " "})


def outcome(name: str, many: int) -> str:
    """`11 applied`."""
    return plural(*_OUTCOMES[name], many)


def outcome_label(name: str, many: int) -> str:
    """`applied`, beside its number."""
    return label(*_OUTCOMES[name], many)


def count(many: int, one: str, several: str | None = None) -> str:
    """`1 change`, `1,204 rows`: the noun stands in the catalogue with its `{count}`."""
    return plural(f"{{count}} {one}", f"{{count}} {several or one + 's'}", many)


def numbered(many: int) -> str:
    """`1,204`."""
    return number(many)


def amount(money: Money) -> str:
    """`1,204.50 EUR`."""
    whole, _, rest = plain_amount(money.amount, money.currency).partition(".")
    written = f"{int(Decimal(whole)):,}.{rest}" if rest else f"{int(whole):,}"
    return language.money(written, money.currency)


def amounts(money: Iterable[Money]) -> str:
    """`1,204.50 EUR, 20.00 USD`."""
    return ", ".join(amount(each) for each in money)


def moment(iso: str | None) -> str:
    """`2026-08-21 14:02 UTC`."""
    return say("an unknown time") if iso is None else language.moment(datetime.fromisoformat(iso))


def duration(seconds: float) -> str:
    """`about 3 s`, `about 4 min`, `about 2.5 h`."""
    if seconds < 1:
        return say("under a second")
    if seconds < 90:
        return say("about {number} s", number=f"{seconds:.0f}")
    if seconds < 90 * 60:
        return say("about {number} min", number=f"{seconds / 60:.0f}")
    return say("about {number} h", number=decimal(f"{seconds / 3600:.1f}"))


def join(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    listed = list(parts)
    if len(listed) < 2:
        return "".join(listed)
    return say("{several} and {last}", several=", ".join(listed[:-1]), last=listed[-1])
