"""Dates as spreadsheets draw them, in every order of day and month: what a text may mean, never which one it is.

For comparing alone. Where a date is wanted and two readings fit, only `--date-format` decides (`one_date`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bulk_orders.core.zones import SHAPE, zone_of

DATE_FORMATS = ("dmy", "mdy", "ymd")
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no zones
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "janv", "janvier", "january", "januari", "januar"),
            ("feb", "fev", "fevr", "fevrier", "february", "februari", "februar"),
            ("mar", "mars", "march", "mrt", "maart", "marz", "mrz"),
            ("apr", "avr", "avril", "april"),
            ("may", "mai", "mei"),
            ("jun", "juin", "june", "juni"),
            ("jul", "juil", "juillet", "july", "juli"),
            ("aug", "aou", "aout", "august", "augustus"),
            ("sep", "sept", "septembre", "september"),
            ("oct", "okt", "octobre", "october", "oktober"),
            ("nov", "novembre", "november"),
            ("dec", "dez", "decembre", "december", "dezember"),
        ),
        1,
    )
    for name in names
}


def _month_pattern() -> str:
    accented = str.maketrans({"e": "[eé]", "u": "[uû]", "a": "[aä]"})
    names = sorted(MONTHS, key=len, reverse=True)
    return "|".join(name.translate(accented) for name in names)


MONTH_NAMED = (
    r"(?i)^\s*(?:\p{L}+\.?,?\s+)?"
    rf"(?:[0-9]{{1,2}}(?:\.|er|st|nd|rd|th)?[\s/-]+(?:{_month_pattern()})\.?[\s/-]+[0-9]{{2,4}}"
    rf"|(?:{_month_pattern()})\.?\s+[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s+[0-9]{{4}})(?:[,\s].*)?$"
)
"""A date whose month is a word, in any of the languages, for whole columns of cells."""
_TIME = re.compile(
    r"(?:^|[t\s])([0-9]{1,2})(?:[:h]([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?|\.([0-9]{2})\.([0-9]{2}))"
    rf"\s*(?:([ap])\.?\s?m\b\.?)?\s*({SHAPE})?$"
)
_DATE = re.compile(r"([0-9]{1,4}|[a-z]+)[\s./-]+([0-9]{1,4}|[a-z]+)\.?(?:[\s./-]+([0-9]{1,4}))?\.?")


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text may mean; what it does not say is None."""

    year: int | None
    month: int | None
    day: int | None
    time: tuple[int, ...] | None
    zone: dt.tzinfo | None = None


def moments(text: str) -> Iterator[Moment]:
    """Every date or time that a text can be read as."""
    plain = _folded(text)
    clock = _TIME.search(plain)
    time = _clock(clock) if clock else None
    zone = zone_of(clock[7]) if clock and clock[7] else None
    if clock and (time is None or (clock[7] and zone is None)):
        return
    rest = plain[: clock.start()].strip() if clock else plain
    if not rest and time is not None:
        yield Moment(None, None, None, time, zone)
    if not rest and clock and clock[4] and not clock[7]:  # `10.10.10` is a day as well
        rest, time = plain, None
    if not rest:
        return
    found = _DATE.fullmatch(rest.rstrip(","))
    if not found:
        return
    parts = [part for part in found.groups() if part is not None]
    for year, month, day in _orders(parts):
        yield Moment(year, month, day, time, zone)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip().casefold()).replace("\u2212", "-")
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _clock(found: re.Match[str]) -> tuple[int, ...] | None:
    hour = int(found[1])
    if found[6]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[6] == "p" else 0)
    seconds = (int(found[3] or found[5]),) if found[3] or found[5] else ()
    return (hour, int(found[2] or found[4]), *seconds)


def _orders(parts: list[str]) -> Iterator[tuple[int | None, int, int | None]]:
    if len(parts) == 3:
        a, b, c = parts
        candidates = [(a, b, c), (c, b, a), (c, a, b)]
        for year, month, day in candidates:
            if _is_year(year) and (number := _month(month)) and _is_day(day):
                yield _year(year), number, int(day)
        return
    a, b = parts
    for month, day in ((a, b), (b, a)):
        number = _month(month)
        if number and _is_day(day):
            yield None, number, int(day)
        if number and day.isdigit() and len(day) in (2, 4):
            yield _year(day), number, None


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text) if len(text) <= 2 and 1 <= int(text) <= 12 else None
    return MONTHS.get(text)


def _is_day(text: str) -> bool:
    return text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 31


def _is_year(text: str) -> bool:
    return text.isdigit() and len(text) in (2, 4)


def _year(text: str) -> int:
    number = int(text)
    return number if len(text) == 4 else 2000 + number if number < 30 else 1900 + number


def serial_fits(moment: Moment, text: str) -> bool:
    """`45384.347` is that moment as a spreadsheet counts days, as exactly as it is written."""
    if not re.fullmatch(r"[0-9]{1,6}(?:[.,][0-9]+)?", text):
        return False
    try:
        shown = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return False
    clock = moment.time or (0,)
    fraction = Decimal(clock[0] * 3600 + sum(a * b for a, b in zip(clock[1:], (60, 1), strict=False))) / 86400
    if moment.month is None:
        return _close(fraction, shown)
    if moment.year is None or moment.day is None:
        return False
    try:
        day = dt.datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    except ValueError:
        return False
    return _close((day - _EPOCH).days + fraction, shown)


def _close(value: Decimal, shown: Decimal) -> bool:
    exponent = shown.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return abs(value - shown) <= Decimal(1).scaleb(-min(places, 6)) / 2 if places else value == shown


def one_date(text: str, date_format: str | None) -> dt.datetime | None:
    """The one date and time that a text says; None where it says none, or two.

    ISO is always one; `03/04/2026` is one only with a `date_format` (dmy, mdy or ymd). No zone is assumed; one that
    is written goes along.
    """
    plain = text.strip()
    try:
        return dt.datetime.fromisoformat(plain)
    except ValueError:
        pass
    if re.fullmatch(r"[0-9]{5}([.,][0-9]+)?", plain):
        return _EPOCH + dt.timedelta(seconds=round(float(plain.replace(",", ".")) * 86400))
    found = list(dict.fromkeys(m for m in moments(plain) if None not in (m.year, m.month, m.day)))
    if date_format is not None:
        found = [moment for moment in found if _in_order(plain, moment, date_format)]
    if len(found) != 1:
        return None
    (moment,) = found
    assert moment.year is not None
    assert moment.month is not None
    assert moment.day is not None
    try:
        hour, minute, second = (*(moment.time or ()), 0, 0, 0)[:3]
        return dt.datetime(moment.year, moment.month, moment.day, hour, minute, second, tzinfo=moment.zone)
    except ValueError:
        return None


def zone_not_known(text: str) -> str | None:
    """The zone that keeps a time from being read: one with several meanings, or none that is known."""
    found = _TIME.search(_folded(text))
    return found[7] if found and found[7] and zone_of(found[7]) is None else None


def _in_order(text: str, moment: Moment, date_format: str) -> bool:
    found = re.match(r"\s*(\d+)[\s./-]+(\d+)[\s./-]+(\d+)", text)
    if found is None or len(found[1]) == 4:
        return True  # a month in words stands where it likes, and what begins with a year goes on with the month
    numbers = [int(part) for part in found.groups()]
    wanted = {"d": moment.day, "m": moment.month, "y": moment.year}
    return all(
        number in (wanted[letter], (wanted[letter] or 0) % 100) if letter == "y" else number == wanted[letter]
        for letter, number in zip(date_format, numbers, strict=True)
    )
