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


def guard_expr(column: pl.Expr) -> pl.Expr:
    """`guard` for a whole column of strings."""
    return pl.when(column.str.contains(rf"^'*[{re.escape(GUARDED)}]")).then("'" + column).otherwise(column).name.keep()


def unguard_expr(column: pl.Expr) -> pl.Expr:
    """`unguard` for a whole column of strings."""
    return pl.when(column.str.contains(rf"^'+[{re.escape(GUARDED)}]")).then(column.str.slice(1)).otherwise(column)


def _text(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace_all("\r\n?", "\n").str.replace_all("\u00a0", " ", literal=True).str.strip_chars()


def _number(cell: pl.Expr) -> pl.Expr:
    plain = cell.str.strip_chars()
    number = plain.cast(pl.Float64, strict=False)
    return pl.when(number.is_not_null()).then(number.cast(pl.String)).otherwise(plain)


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
