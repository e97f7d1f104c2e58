"""Whether a spreadsheet, and not a person, made one cell out of another (spreadsheets.md 2 and 3, rule 7).

Directed: from what was exported to what came back. A spreadsheet loses a leading zero and never adds one, so `123`
for `00123` is its doing and `00123` for `123` is a person's. Only texts and dates can be mangled; an identity, a
command or an amount of money either says the same or was edited. `core.comparing` has dropped equal cells before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal

from bulk_orders.core import cells
from bulk_orders.core.columns import Column, Kind, Role
from bulk_orders.core.dates import Moment, moments, serial_fits
from bulk_orders.core.numbers import number

_STRAIGHT = str.maketrans(
    {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), "\u00a0": " ", "\u202f": " ", "\u2009": " "}
    | dict.fromkeys("\0\ufeff\u200b")
)
_TRUE = frozenset(("TRUE", "VRAI", "WAAR", "WAHR"))
_FALSE = frozenset(("FALSE", "FAUX", "ONWAAR", "FALSCH"))
_CURRENCY = re.compile(r"[€$£¥]|\b(?:EUR|USD|GBP|CHF|CAD)\b", re.IGNORECASE)
_NEAREST = {"Ł": "L", "ł": "l", "ı": "i", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "ĸ": "k"}
_DIGITS_OF_A_SPREADSHEET = 15
_LONGEST_NUMBER = 60


def mangled(col: Column, base: str, sheet: str) -> bool:
    """`sheet` is what a spreadsheet may have made of `base` without anybody editing it."""
    if col.role is Role.IDENTITY and col.kind is not Kind.TIME:
        return False
    if sheet.strip().lower() == cells.CLEAR or not base.strip():
        return False
    if col.kind is Kind.TIME:
        return _redrawn_date(base, sheet)
    if col.kind in (Kind.TEXT, Kind.TAGS) and col.role in (Role.READ, Role.EDIT):
        return any(rule(base, sheet) for rule in _TEXT_RULES)
    return False


def _tidy(text: str) -> str:
    """What is left when blanks, quotes, line ends and accents are all written in one way."""
    composed = unicodedata.normalize("NFC", text.translate(_STRAIGHT))
    return re.sub(r"[ \t]+", " ", re.sub(r"\r\n?", "\n", composed)).strip()


def _retyped(base: str, sheet: str) -> bool:
    return _tidy(base) == _tidy(sheet)


def _unprintable_lost(base: str, sheet: str) -> bool:
    """Tabs and control characters, which some formats and readers drop."""
    return _printable(base) == _printable(sheet)


def _printable(text: str) -> str:
    return _tidy(re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text.replace("\r\n", "\n")))


def _guard_lost(base: str, sheet: str) -> bool:
    """The apostrophe that keeps a text a text was dropped, or put there."""
    one, other = _tidy(base), _tidy(sheet)
    return other in (one.lstrip("'"), one.removeprefix("'"), f"'{one}")


def _renumbered(base: str, sheet: str) -> bool:
    """Taken for a number: leading zeros and + gone, E-notation, 15 digits, decimals and thousands of a locale."""
    says = _tidy(sheet)
    if len(says) > _LONGEST_NUMBER or re.match(r"\+|-?0\d", says):
        return False  # no spreadsheet writes a number so
    return any(_shows(value, says) for value in _values(_tidy(base)))


def _out_of_range(base: str, sheet: str) -> bool:
    """`12E45671`, taken for a number that no spreadsheet can hold: it writes its largest one, or nothing at all."""
    huge = re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?[eE](\+?|-)[0-9]{3,}", base.strip())
    if huge is None:
        return False
    return (
        re.fullmatch(r"0(?:[.,]0*)?|0[.,]?0*E\+?0+" if huge[1] == "-" else r"1[.,]79769[0-9]*E\+308", sheet.strip())
        is not None
    )


def _values(base: str) -> Iterator[Decimal]:
    """The numbers that a spreadsheet may have seen in a text, whatever its locale."""
    text = base.lstrip("'")
    if len(text) > _LONGEST_NUMBER:
        return
    text = _CURRENCY.sub("", text).strip()
    negative = re.fullmatch(r"\((.*)\)|(.*\d)-", text)
    if negative:
        text = f"-{negative[1] or negative[2]}"
    percent = text.endswith("%")
    for locale in ("en", "fr"):
        value = number(text.rstrip("% "), locale)
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 400:
            yield value
            if percent:
                yield value / 100


def _shows(value: Decimal, says: str) -> bool:
    """`says` is the value, or the value as far as a spreadsheet keeps and shows it."""
    for locale in ("en", "fr"):
        shown = number(_CURRENCY.sub("", says).strip().rstrip("% "), locale)
        if isinstance(shown, Decimal) and shown.is_finite() and (shown == value or _rounded(value, shown, says)):
            return True
    return False


def _rounded(value: Decimal, shown: Decimal, says: str) -> bool:
    if not value or not shown or abs(value.adjusted() - shown.adjusted()) > 1:
        return False
    digits = len(value.normalize().as_tuple().digits)
    kept = len(shown.normalize().as_tuple().digits)
    scientific = "E" in says.upper()
    if not scientific and digits <= _DIGITS_OF_A_SPREADSHEET:
        return False
    precision = max(kept, len(re.sub(r"\D", "", re.split("[eE]", says)[0]))) if scientific else kept
    if not scientific and kept < _DIGITS_OF_A_SPREADSHEET - 5:
        return False
    if kept >= _DIGITS_OF_A_SPREADSHEET and float(value) == float(shown):
        return True  # JavaScript's way: as many digits as the binary number needs
    return any(_to_digits(value, many) == shown for many in {kept, precision, _DIGITS_OF_A_SPREADSHEET})


def _to_digits(value: Decimal, many: int) -> Decimal:
    """Rounded half up to so many significant digits."""
    if many < 1:
        return value
    unit = Decimal(1).scaleb(value.adjusted() - many + 1)
    return (value / unit).to_integral_value(rounding="ROUND_HALF_UP") * unit


def _translated(base: str, sheet: str) -> bool:
    """A text such as `true`, taken for a boolean and written in the spreadsheet's language."""
    was, says = base.strip().upper(), sheet.strip().upper()
    return (was in _TRUE and says in _TRUE) or (was in _FALSE and says in _FALSE)


def _redrawn_date(base: str, sheet: str) -> bool:
    """A date or time in another form: `3-4` as `03/04/2026`, `12:30` as `12:30:00`, a date as its serial number."""
    was = _tidy(base).lstrip("'")
    says = _tidy(sheet)
    if len(was) > 40 or len(says) > 40:
        return False
    seen = list(moments(was))
    if not seen:
        return False
    if any(serial_fits(moment, says) for moment in seen):
        return True
    return any(_same_moment(moment, shown) for moment in seen for shown in moments(says))


def _same_moment(was: Moment, shown: Moment) -> bool:
    if was.month != shown.month or not _fits(was.year, shown.year) or not _fits(was.zone, shown.zone):
        return False
    if was.month is not None and shown.day != was.day and (was.day is not None or shown.day != 1):
        return False
    if shown.time is None:
        return was.month is not None and shown.month is not None
    if was.time is None:
        return not any(shown.time)
    shared = min(len(was.time), len(shown.time))
    return was.time[:shared] == shown.time[:shared] and not any(shown.time[shared:])


def _fits(was: object, shown: object) -> bool:
    return was is None or shown is None or was == shown


def _lost_letters(base: str, sheet: str) -> bool:
    """Saved in an encoding that lacks some letters: `?` stands for them, or the nearest letter that it has."""
    if "?" not in sheet and len(base) != len(sheet):
        return False
    if base.isascii():
        return False
    says = _tidy(sheet)
    says = says.removeprefix("'") if _guarded(base) else says
    return any(
        re.fullmatch(r"\s*" + "".join(_survives(letter) for letter in form) + r"\s*", says, re.DOTALL) is not None
        for form in {_line_ends(base), unicodedata.normalize("NFC", _line_ends(base)), _tidy(base)}
    )


def _guarded(base: str) -> bool:
    """It was exported behind an apostrophe, which stays where the letter that asked for it is lost."""
    return cells.guard(base) != base


def _line_ends(text: str) -> str:
    return re.sub(r"\r\n?", "\n", text)


def _survives(letter: str) -> str:
    if letter in "\0\ufeff\u200b":
        return r"\??"
    if letter in " \t\u00a0\u202f\u2009":
        return r"[ ?]*"
    tidied = letter.translate(_STRAIGHT)
    if tidied != letter:
        return rf"(?:\?|{re.escape(tidied)}|{re.escape(letter)})"
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        plain = _NEAREST.get(letter) or unicodedata.normalize("NFKD", letter)[:1]
        nearest = re.escape(plain) if plain.isascii() else r"\?"
        return rf"(?:\?{{1,2}}|{nearest})" if ord(letter) > 0xFFFF else rf"(?:\?|{nearest})"
    return re.escape(letter)


def _mojibake(base: str, sheet: str) -> bool:
    """UTF-8 that was shown, and then saved, as cp1252: `é` as `Ã©`."""
    if base.isascii():
        return False
    raw = base.encode("utf-8", "surrogatepass")
    says = _tidy(sheet)
    says = says.removeprefix("'") if _guarded(base) else says
    for codec in ("cp1252", "latin-1"):
        try:
            if _tidy(raw.decode(codec)) == says:
                return True
        except UnicodeDecodeError:
            continue
    return False


_TEXT_RULES: tuple[Callable[[str, str], bool], ...] = (
    _retyped,
    _unprintable_lost,
    _guard_lost,
    _renumbered,
    _out_of_range,
    _translated,
    _redrawn_date,
    _lost_letters,
    _mojibake,
)
