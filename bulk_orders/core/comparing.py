"""Whole columns of cells: the formula guard, and when two cells say the same.

The rule: a cell is an edit only if what it *says* differs from the base. How a spreadsheet writes it (blanks
around it, 84 for 84.0, WAHR for TRUE, another order of tags) is no edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from bulk_orders.core.cells import FALSE_WORDS, GUARDED, TRUE_WORDS
from bulk_orders.core.columns import Kind
from bulk_orders.core.numbers import AMBIGUOUS, BLANKS, DECIMAL_OF


def guard_expr(column: pl.Expr) -> pl.Expr:
    """`guard` for a whole column of strings."""
    return pl.when(column.str.contains(rf"^'*[{re.escape(GUARDED)}]")).then("'" + column).otherwise(column).name.keep()


def unguard_expr(column: pl.Expr) -> pl.Expr:
    """`unguard` for a whole column of strings."""
    return pl.when(column.str.contains(rf"^'+[{re.escape(GUARDED)}]")).then(column.str.slice(1)).otherwise(column)


def _text(cell: pl.Expr) -> pl.Expr:
    return (
        cell.str.replace_all("\0", "", literal=True)
        .str.replace_all("\r\n?", "\n")
        .str.replace_all("\u00a0", " ", literal=True)
        .str.strip_chars()
    )


_NUMBER = r"^[+-]?\d+(\.\d+)?$"
_GROUPS_APART = rf"^[+-]?\d{{1,3}}([{BLANKS}]\d{{3}})+([.,]\d+)?$"


def localised(cell: pl.Expr, locale: str | None = None) -> pl.Expr:
    """Numbers as `numbers.number` reads them, written plainly; what is no number, or not only one, stays as it is."""
    plain = cell.str.strip_chars(f"{BLANKS}\t\r\n")
    apart = pl.when(plain.str.contains(_GROUPS_APART)).then(plain.str.replace_all(rf"[{BLANKS}]", "")).otherwise(plain)
    if locale is not None:
        point = DECIMAL_OF[locale]
        between = "," if point == "." else "."
        grouped = rf"^[+-]?\d{{1,3}}(\{between}\d{{3}})+(\{point}\d+)?$"
        joined = (
            pl.when(apart.str.contains(grouped)).then(apart.str.replace_all(between, "", literal=True)).otherwise(apart)
        )
        known = joined.str.contains(rf"^[+-]?\d+(\{point}\d+)?$")
        return pl.when(known).then(joined.str.replace(point, ".", literal=True)).otherwise(plain)
    english = apart.str.contains(r"^[+-]?\d{1,3}(,\d{3})+\.\d+$") | apart.str.contains(r"^[+-]?\d{1,3}(,\d{3}){2,}$")
    other = apart.str.contains(r"^[+-]?\d{1,3}(\.\d{3})+,\d+$") | apart.str.contains(r"^[+-]?\d{1,3}(\.\d{3}){2,}$")
    comma = apart.str.contains(r"^[+-]?\d+,\d+$") & (~apart.str.contains(AMBIGUOUS) | (apart != plain))
    return (
        pl.when(english)
        .then(apart.str.replace_all(",", "", literal=True))
        .when(other)
        .then(apart.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(comma)
        .then(apart.str.replace(",", ".", literal=True))
        .otherwise(apart)
    )


def _number(cell: pl.Expr) -> pl.Expr:
    """Equal numbers as equal strings, exactly: never through a float, which has fewer digits than a cell."""
    plain = cell.str.strip_chars()
    bare = plain.str.replace(r"^([+-]?)0+(\d)", "${1}${2}").str.strip_prefix("+")
    bare = pl.when(bare.str.contains(".", literal=True)).then(bare.str.strip_chars_end("0")).otherwise(bare)
    bare = bare.str.strip_suffix(".").str.replace(r"^-0$", "0")
    return pl.when(plain.str.contains(_NUMBER)).then(bare).otherwise(plain)


def _boolean(cell: pl.Expr) -> pl.Expr:
    word = cell.str.strip_chars().str.to_uppercase()
    return (
        pl.when(word.is_in(TRUE_WORDS))
        .then(pl.lit("TRUE"))
        .when(word.is_in(FALSE_WORDS))
        .then(pl.lit("FALSE"))
        .otherwise(word)
    )


def _enum(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars().str.replace_all(r"[\s_-]+", "_").str.to_uppercase()


def _time(cell: pl.Expr) -> pl.Expr:
    plain = cell.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})[ T]", "${1}T").str.replace(r"\.0+(Z?)$", "${1}")
    return plain.str.strip_suffix("Z").str.strip_suffix("+00:00")


def _tags(cell: pl.Expr) -> pl.Expr:
    each = cell.str.split(",").list.eval(pl.element().str.strip_chars())
    return each.list.eval(pl.element().filter(pl.element() != "")).list.unique().list.sort().list.join(",")


def _id(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars().str.replace(r"^gid://shopify/\w+/", "")


_COMPARABLE: dict[Kind, Callable[[pl.Expr], pl.Expr]] = {
    Kind.TEXT: _text,
    Kind.ID: _id,
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _time,
    Kind.ENUM: _enum,
    Kind.TAGS: _tags,
}


def comparable(cell: pl.Expr, kind: Kind) -> pl.Expr:
    """A column of cells in the form in which equal meanings are equal strings."""
    return _COMPARABLE[kind](cell)


def meaning(cell: pl.Expr, kind: Kind, locale: str | None) -> pl.Expr:
    """`comparable`, with numbers read as the locale writes them."""
    return comparable(localised(cell, locale) if kind in (Kind.DECIMAL, Kind.INTEGER) else cell, kind)


def each_once(cells: pl.Series, read: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """What `read` makes of a column of cells; each value is read once, however many cells bear it."""
    values = cells.unique().to_frame("_cell").with_columns(read(pl.col("_cell")).alias("_read"))
    return cells.to_frame("_cell").join(values, on="_cell", how="left", maintain_order="left")["_read"]
