"""Cell texts: what they mean.

Pure functions on strings, without frames, so that a plan can be shown or applied without loading polars.
"""

from __future__ import annotations

import re

CLEAR = "[clear]"
"""A cell that says so empties the field; an empty cell means "no change"."""

TRUE_WORDS = ("TRUE", "1", "YES", "Y", "VRAI", "OUI", "WAAR", "JA", "WAHR")
FALSE_WORDS = ("FALSE", "0", "NO", "N", "FAUX", "NON", "ONWAAR", "NEE", "FALSCH", "NEIN")

GUARDED = "=+-@\t\r\n\0＝＋－＠"


def guard(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula; `unguard` takes exactly this back."""
    return f"'{text}" if text.lstrip("'")[:1] in tuple(GUARDED) else text


def unguard(text: str) -> str:
    if text.startswith("'") and text.lstrip("'")[:1] in tuple(GUARDED):
        return text[1:]
    return text


def boolean(text: str) -> bool | None:
    """TRUE or FALSE in the languages a spreadsheet writes them in; None for anything else, never "false"."""
    word = text.strip().upper()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def tags(text: str) -> tuple[str, ...]:
    """The tags of a cell, in its order, without blanks around them and without empty or repeated ones."""
    return tuple(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip())))


def words(text: str) -> tuple[str, ...]:
    """The lower-case words of a comma-separated command cell."""
    return tuple(_ALSO.get(word, word) for tag in tags(text) if (word := re.sub(r"[\s_]+", "_", tag.casefold())))


_ALSO = {"mark_as_paid": "mark_paid"}


_WITH_CURRENCY = re.compile(r"\s*(?P<before>[A-Za-z]{3}\s*)?(?P<amount>[0-9].*?)\s*(?P<after>[A-Za-z]{3})?\s*")


def split_currency(text: str) -> tuple[str, str | None]:
    """An amount and the currency named with it: `12.50 USD` -> (`12.50`, `USD`); without one the text as it is."""
    found = _WITH_CURRENCY.fullmatch(text)
    if found is None or bool(found["before"]) == bool(found["after"]):
        return text, None
    return found["amount"], (found["before"] or found["after"]).strip().upper()


def end_of(text: str) -> str:
    """A date or a time as Shopify's DateTime: a date alone means its last second, UTC."""
    plain = text.strip().replace(" ", "T", 1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        return f"{plain}T23:59:59Z"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", plain):
        plain = f"{plain}:00"
    return plain if re.search(r"(Z|[+-]\d{2}:?\d{2})$", plain) else f"{plain}Z"


def enum(text: str) -> str:
    """An enum cell as Shopify spells it: `store credit` -> `STORE_CREDIT`."""
    return re.sub(r"[\s_-]+", "_", text.strip()).upper()


def legacy_id(text: str) -> str | None:
    """The digits of a gid or of a plain number; None for anything else."""
    found = re.fullmatch(r"(?:gid://shopify/\w+/)?([0-9]{1,20})", text.strip())
    return found[1] if found else None
