"""Numbers as people and their spreadsheets write them, by locale; what can be read in two ways is not read.

`1.234,50`, `1 234.50` and `1,234,567` can only be meant in one way. `1,234` is one thousand or one point two: only
`--locale` may say which, never a guess (spreadsheets.md 3, rule 5).
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from enum import Enum

LOCALES = ("en", "fr", "nl", "de")
SEPARATOR_OF = {"en": ",", "fr": ";", "nl": ";", "de": ";"}
"""What a spreadsheet of that locale puts between the cells of a CSV."""
DECIMAL_OF = {"en": ".", "fr": ",", "nl": ",", "de": ","}

BLANKS = " \u00a0\u202f\u2009'\u2019"
"""What stands between thousands where neither point nor comma does."""

AMBIGUOUS = r"^\s*[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}\s*$"
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:[{BLANKS}][0-9]{{3}})+(?=$|[.,])")
_SHAPE = re.compile(r"(?P<sign>[+-]?)(?P<body>[0-9][0-9.,]*)(?P<power>[eE][+-]?[0-9]{1,4})?")


class Unclear(Enum):
    """A number that can be read in two ways."""

    UNCLEAR = "unclear"


UNCLEAR = Unclear.UNCLEAR


def number(text: str, locale: str | None = None) -> Decimal | Unclear | None:
    """The number that a cell says; UNCLEAR where only a locale could tell, None for what is no number."""
    plain = text.strip().strip(BLANKS)
    grouped = _GROUPED.search(plain)
    if grouped and grouped.start() <= 1:
        digits = re.sub(rf"[{BLANKS}]", "", grouped[0])
        plain = f"{plain[: grouped.start()]}{digits}{plain[grouped.end() :]}"
        if locale is None and re.fullmatch(r"[+-]?[0-9]+[.,][0-9]+", plain):
            locale = "en" if "." in plain else "fr"  # the blanks are the thousands, so this is the decimal point
    found = _SHAPE.fullmatch(plain)
    if not found:
        return None
    body = _plain_body(found["body"], locale)
    if not isinstance(body, str):
        return body
    try:
        return Decimal(f"{found['sign']}{body}{found['power'] or ''}")
    except InvalidOperation:
        return None


def _plain_body(body: str, locale: str | None) -> str | Unclear | None:
    """Digits with at most one decimal point, as Python writes them."""
    if body.isascii() and body.isdigit():
        return body
    if locale is not None:
        point = DECIMAL_OF[locale]
        other = "," if point == "." else "."
        whole, _, rest = body.partition(point)
        if other in rest or point in rest or (other in whole and not _thousands(whole, other)):
            return None
        return f"{whole.replace(other, '')}.{rest}" if rest else whole.replace(other, "")
    if "." in body and "," in body:
        return _plain_body(body, "en" if body.rindex(".") > body.rindex(",") else "fr")
    mark = "." if "." in body else ","
    if body.count(mark) > 1:
        return body.replace(mark, "") if _thousands(body, mark) else None
    if re.match(AMBIGUOUS, body):
        return UNCLEAR
    return body.replace(mark, ".")


def _thousands(text: str, mark: str) -> bool:
    first, *rest = text.split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)
