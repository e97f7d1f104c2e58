"""Numbers, amounts and times as a language writes them: babel knows how; English is written here, as it always was.

An amount keeps the code of its currency, since a merchant's dollars may be Canadian ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from bulk_orders.language.choosing import ENGLISH
from bulk_orders.language.speaking import language

_NO_BREAK = "\u00a0"
_TIME = "d MMM y HH:mm"
_DAY = "d MMM y"


def colon() -> str:
    """What stands behind a heading or a name: French has a blank before it."""
    return f"{_NO_BREAK}:" if language() == "fr" else ":"


def clauses(parts: Iterable[str]) -> str:
    """`this; that`: French has a blank before a semicolon."""
    return (f"{_NO_BREAK}; " if language() == "fr" else "; ").join(parts)


def number(value: int) -> str:
    """`1,204`; `1 204`; `1.204`."""
    return decimal(f"{value:,}")


def decimal(written: str) -> str:
    """A number that was written the English way, with just its decimals: `1,204.50`; `1 204,50`; `1.204,50`."""
    if language() == ENGLISH:
        return written
    from babel.numbers import format_decimal

    plain = written.replace(",", "")
    places = len(plain.partition(".")[2])
    grouped = "," in written or places
    pattern = ("#,##0" if grouped else "0") + ("." + "0" * places if places else "")
    return format_decimal(Decimal(plain), format=pattern, locale=language())


def money(written: str, currency: str) -> str:
    """An amount that was written the English way: `1,204.50 EUR`; `1 204,50 EUR`."""
    return f"{decimal(written)}{' ' if language() == ENGLISH else _NO_BREAK}{currency}"


def moment(at: datetime) -> str:
    """`2026-08-21 14:02 UTC`; `21 août 2026 14:02 UTC`."""
    at = at.astimezone(UTC) if at.tzinfo else at
    if language() == ENGLISH:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    from babel.dates import format_datetime

    return f"{format_datetime(at, _TIME, tzinfo=None, locale=language())} UTC"


def day(at: datetime) -> str:
    """`2026-08-21`; `21 août 2026`."""
    if language() == ENGLISH:
        return f"{at:%Y-%m-%d}"
    from babel.dates import format_date

    return format_date(at, _DAY, locale=language())
