"""What a cell may say: the pandera schema of a sheet, made from the table of columns.

Validates strings on an eager frame (a lazy one would pass in silence) and says every problem at once, with the
spreadsheet's own row numbers. What only the shop can know is not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from bulk_orders.core import cells
from bulk_orders.core.columns import ACTION_WORDS, Column, Kind, Role, column
from bulk_orders.core.comparing import comparable
from bulk_orders.core.dates import MONTH_NAMED
from bulk_orders.core.preferences import STAFF_NOTE_MAX
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import ROW, Sheet
from bulk_orders.core.typed import typed

_CASES_OF_PANDERA = 1
"""It only says which rules failed: listing cases itself costs it seconds and gigabytes (performance.md, trap 8)."""

_MONTH, _DAY = "(0?[1-9]|1[0-2])", "(0?[1-9]|[12][0-9]|3[01])"
_ANY_DATE = (
    rf"^\s*([0-9]{{4}}[/.-]{_MONTH}[/.-]{_DAY}([T ].*)?|{_DAY}[./-]{_DAY}[./-][0-9]{{2,4}}([T, ].*)?|"
    r"[0-9]{5}([.,][0-9]+)?)\s*$"
)
NOTE_MAX = 5000  # Order.note, shopify-api.md 4.8


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that the cells of a column must be. `holds` is true (or null) for a good cell."""

    what: str
    fix: str
    holds: Callable[[pl.Expr], pl.Expr]


def _is(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda cell: cell.str.contains(pattern)


def _one_of(choices: tuple[str, ...]) -> Callable[[pl.Expr], pl.Expr]:
    allowed = [cells.enum(choice) for choice in choices]
    return lambda cell: comparable(cell, Kind.ENUM).is_in(allowed)


def _words_of(choices: tuple[str, ...]) -> Callable[[pl.Expr], pl.Expr]:
    each = "|".join(choice.replace("_", "[ _]+(as[ _]+)?") for choice in choices)
    return _is(rf"(?i)^\s*({each})?(\s*,\s*({each})?)*\s*$")


def _boolean() -> Rule:
    return Rule(
        "is neither TRUE nor FALSE",
        "Write TRUE or FALSE.",
        lambda cell: comparable(cell, Kind.BOOLEAN).is_in(["TRUE", "FALSE"]),
    )


def _at_most(length: int) -> Rule:
    return Rule(f"is longer than {length} characters", "Shorten it.", lambda cell: cell.str.len_chars() <= length)


def _a_date_or_clear(cell: pl.Expr) -> pl.Expr:
    clear = cell.str.strip_chars().str.to_lowercase() == cells.CLEAR
    return cell.str.contains(_ANY_DATE) | cell.str.contains(MONTH_NAMED) | clear


_COMMANDS = [
    Rule(
        "is no command",
        "Write UPDATE, DELETE or IGNORE.",
        _one_of(("UPDATE", "DELETE", "IGNORE", "NEW", "MERGE", "REPLACE")),
    ),
    Rule(
        "asks to create orders, which bulk-orders never does",
        "Write UPDATE: the row then changes the order that is there.",
        lambda cell: ~comparable(cell, Kind.ENUM).is_in(["NEW", "MERGE"]),
    ),
    Rule(
        "asks to replace an order, that is to delete it and make a new one; bulk-orders never does that",
        "Write UPDATE, and the wanted values in their cells.",
        lambda cell: comparable(cell, Kind.ENUM) != "REPLACE",
    ),
]

_SPECIAL: dict[str, list[Rule]] = {
    "Command": _COMMANDS,
    "Action": [
        Rule(
            "holds a word that is no action",
            f"Write one or several of {', '.join(ACTION_WORDS)}, with commas between.",
            _words_of(ACTION_WORDS),
        )
    ],
    "Cancelled At": [
        Rule(
            "would take back a cancellation, which Shopify cannot do",
            "Empty the cell.",
            lambda cell: cell.str.strip_chars().str.to_lowercase() != cells.CLEAR,
        ),
        Rule(
            "is no date",
            "Write any date, such as 2026-01-31 (Shopify stamps its own), or empty the cell.",
            _a_date_or_clear,
        ),
    ],
    "Closed At": [
        Rule(
            "is no date",
            f"Write any date to archive the order, {cells.CLEAR} to unarchive it, or empty the cell.",
            _a_date_or_clear,
        )
    ],
    "Cancel: Refund": [
        Rule(
            "is none of TRUE, FALSE, store credit",
            "Write TRUE (refund to where the money came from), FALSE (no refund) or store credit.",
            lambda cell: (
                comparable(cell, Kind.BOOLEAN).is_in(["TRUE", "FALSE"])
                | (comparable(cell, Kind.ENUM) == "STORE_CREDIT")
            ),
        )
    ],
    "Cancel: Staff Note": [_at_most(STAFF_NOTE_MAX)],
    "Note": [_at_most(NOTE_MAX)],
    "Refund: Amount": [
        Rule(
            "is no amount",
            "Write a number such as 12.50, with its currency where a customer paid in another one (12.50 USD), or all.",
            _is(r"(?i)^\s*(all|\d{1,12}(\.\d{1,3})?(\s*[a-z]{3})?)\s*$"),
        ),
        Rule(
            "gives nothing back",
            "Write more than 0, or empty the cell.",
            lambda cell: ~cell.str.contains(r"(?i)^\s*0+(\.0+)?(\s*[a-z]{3})?\s*$"),
        ),
    ],
    "Refund: Reason": [_at_most(STAFF_NOTE_MAX)],
    "Refund: Quantity": [
        Rule("is no number of units", "Write how many units of the line to refund.", _is(r"^\s*\d{1,6}(\.0+)?\s*$"))
    ],
}


_NEARLY_CLEAR = Rule(
    f"is nearly {cells.CLEAR}, and would be written as it stands",
    f"Write {cells.CLEAR} to empty the field.",
    lambda cell: (
        ~cell.str.contains(r"(?i)^\s*\[+\s*clear(ed)?\s*\]+[\s.]*$")
        | (cell.str.strip_chars().str.to_lowercase() == cells.CLEAR)
    ),
)


def rules(col: Column) -> list[Rule]:
    """What the cells of a column must be; read-only columns may hold anything, they are compared instead."""
    special = _SPECIAL.get(col.header, [])
    if col.role is Role.EDIT:
        return [*special, _NEARLY_CLEAR]
    if special:
        return special
    if col.role not in (Role.COMMAND, Role.OPTION):
        return []
    if col.kind is Kind.BOOLEAN:
        return [_boolean()]
    if col.kind is Kind.ENUM and col.choices:
        return [Rule(f"is none of {typed(*col.choices)}", f"Write {typed(*col.choices)}.", _one_of(col.choices))]
    return []


def judged(headers: Iterable[str]) -> frozenset[str]:
    """The columns whose cells may not say everything."""
    return frozenset(header for header in headers if rules(column(header)))


def cell_problems(sheet: Sheet) -> list[Problem]:
    """Every cell that says something it may not, by the schema of its column."""
    by_name: dict[str, tuple[str, Rule]] = {}
    columns: dict[str, pa.Column] = {}
    for header in sheet.headers:
        checks = []
        for number, rule in enumerate(rules(column(header))):
            name = f"{header}#{number}"
            by_name[name] = (header, rule)
            checks.append(pa.Check(_validator(rule), name=name, error=name, n_failure_cases=_CASES_OF_PANDERA))
        columns[header] = pa.Column(pl.String, checks=checks, nullable=True)
    schema = pa.DataFrameSchema(columns, strict=False)
    try:
        schema.validate(sheet.frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        failed = dict.fromkeys(error.failure_cases["check"])
        return [problem for name in failed for problem in _told(name, *by_name[name], sheet)]
    return []


def _validator(rule: Rule) -> Callable[[pa.PolarsData], pl.LazyFrame]:
    return lambda data: data.lazyframe.select(rule.holds(pl.col(data.key)).fill_null(value=True))


def _told(name: str, header: str, rule: Rule, sheet: Sheet) -> Iterator[Problem]:
    """Every cell that breaks a rule."""
    wrong = sheet.frame.filter(~rule.holds(pl.col(header)).fill_null(value=True))
    for row, cell in wrong.select(ROW, header).iter_rows():
        what = f"{header} {_short(str(cell))!r} {rule.what}."
        yield Problem(row, header, sheet.address(header, row), what, rule.fix, name)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
