"""Order names as people and spreadsheets write them, and which one a damaged name may have been.

A name is compared without blanks and marks that nobody sees, and without its `#`, which people leave out. What else
is done to it (`1,001`, `1001.0`, `# 1001`) is never taken back: it only says which order to ask about. Light to import:
every plan is read through here, also before a lock is taken.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
"""Marks that show nowhere, and come along when a cell is copied from a page or a mail."""

_NUMBER = re.compile(r"[+-]?0*([0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?")


def seen(text: str) -> str:
    """A name without what nobody sees of it."""
    return text.strip(f" \t\r\n\u00a0\u202f\u2007\u2009{INVISIBLE}").strip()


def seen_expr(name: pl.Expr) -> pl.Expr:
    """`seen` for a whole column."""
    return name.str.replace_all(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$", "")


def bare_name(name: str) -> str:
    """A name without the # that people leave out."""
    return seen(name).removeprefix("#")


def bare_expr(name: pl.Expr) -> pl.Expr:
    """`bare_name` for a whole column."""
    return seen_expr(name).str.strip_prefix("#")


def likely(name: str) -> str | None:
    """The number, without its #, that a name in this form was probably made of; None where it shows no damage."""
    plain = unicodedata.normalize("NFKC", "".join(letter for letter in name if letter not in INVISIBLE))
    plain = re.sub(r"\s+", "", plain).lstrip("'\u2019").removeprefix("#")
    found = _NUMBER.fullmatch(plain)
    digits = re.sub(r"[.,]", "", found[1]) if found else plain
    return digits if digits and digits != bare_name(name) else None
