"""What a cell may say: the pandera schema of a sheet, made from the table of columns.

Validates strings on an eager frame (a lazy one would pass in silence) and says every problem at once, with the
spreadsheet's own row numbers. What only the shop can know is not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from bulk_orders.core import cells
from bulk_orders.core.columns import ACTION_WORDS, Column, Kind, Role, column
from bulk_orders.core.comparing import comparable
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import FULFILLMENT, ORDER, ROW, Sheet

MOST_PER_RULE = 10_000
"""pandera spends seconds and gigabytes on more failure cases than anybody reads (performance.md, trap 8)."""

_GID = r"^\s*(?:gid://shopify/{type}/)?\d{{1,20}}\s*$"
_ROUNDED = r"(?i)^\s*\d+([.,]\d+)?e\+?\d+\s*$"
_ANY_DATE = r"^\s*(\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*|\d{5}([.,]\d+)?)\s*$"
_ISO_DATE = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?\s*$"
_ID_TYPES = {
    "ID": "Order",
    "Fulfillment: ID": "Fulfillment",
    "Line: ID": "LineItem",
}
_STAFF_NOTE_MAX = 240  # Shopify takes 255; the marker that proves a cancellation ours needs 15 (guarantees.md 5)
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


def _identity_rules(header: str) -> list[Rule]:
    kind = _ID_TYPES[header]
    return [
        Rule(
            "was rounded by a spreadsheet: its last digits are lost",
            "Take the id from the export again and format the column as text.",
            lambda cell: ~cell.str.contains(_ROUNDED),
        ),
        Rule(
            f"is not the id of {'an order' if kind == 'Order' else 'a ' + kind}",
            f"Write it as gid://shopify/{kind}/1234567890123, or only its digits.",
            lambda cell: cell.str.contains(_GID.format(type=kind)) | cell.str.contains(_ROUNDED),
        ),
    ]


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
            lambda cell: cell.str.contains(_ANY_DATE) | (cell.str.strip_chars().str.to_lowercase() == cells.CLEAR),
        ),
    ],
    "Closed At": [
        Rule(
            "is no date",
            f"Write any date to archive the order, {cells.CLEAR} to unarchive it, or empty the cell.",
            lambda cell: cell.str.contains(_ANY_DATE) | (cell.str.strip_chars().str.to_lowercase() == cells.CLEAR),
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
    "Cancel: Staff Note": [_at_most(_STAFF_NOTE_MAX)],
    "Cancel: Store Credit Expires At": [
        Rule("is no date in the form 2026-12-31", "Write the date as 2026-12-31.", _is(_ISO_DATE))
    ],
    "Note": [_at_most(NOTE_MAX)],
    "Refund: Amount": [
        Rule("is no amount", "Write a number such as 12.50, or all.", _is(r"(?i)^\s*(all|\d{1,12}(\.\d{1,3})?)\s*$"))
    ],
    "Refund: Store Credit Expires At": [
        Rule("is no date in the form 2026-12-31", "Write the date as 2026-12-31.", _is(_ISO_DATE))
    ],
    "Refund: Reason": [_at_most(_STAFF_NOTE_MAX)],
    "Refund: Quantity": [
        Rule("is no number of units", "Write how many units of the line to refund.", _is(r"^\s*\d{1,6}(\.0+)?\s*$"))
    ],
}


def _listed(choices: tuple[str, ...]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def rules(col: Column) -> list[Rule]:
    """What the cells of a column must be; read-only columns may hold anything, they are compared instead."""
    if col.header in _ID_TYPES:
        return _identity_rules(col.header)
    if col.header in _SPECIAL:
        return _SPECIAL[col.header]
    if col.role not in (Role.COMMAND, Role.OPTION):
        return []
    if col.kind is Kind.BOOLEAN:
        return [_boolean()]
    if col.kind is Kind.ENUM and col.choices:
        return [Rule(f"is none of {_listed(col.choices)}", f"Write {_listed(col.choices)}.", _one_of(col.choices))]
    return []


def cell_problems(sheet: Sheet) -> list[Problem]:
    """Every cell that says something it may not, by the schema of its column."""
    by_name: dict[str, tuple[str, Rule]] = {}
    columns: dict[str, pa.Column] = {}
    for header in sheet.headers:
        checks = []
        for number, rule in enumerate(rules(column(header))):
            name = f"{header}#{number}"
            by_name[name] = (header, rule)
            checks.append(pa.Check(_validator(rule), name=name, error=name, n_failure_cases=MOST_PER_RULE))
        columns[header] = pa.Column(pl.String, checks=checks, nullable=True)
    schema = pa.DataFrameSchema(columns, strict=False)
    try:
        schema.validate(sheet.frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        return list(_told(error.failure_cases, by_name, sheet))
    return []


def _validator(rule: Rule) -> Callable[[pa.PolarsData], pl.LazyFrame]:
    return lambda data: data.lazyframe.select(rule.holds(pl.col(data.key)).fill_null(value=True))


def _told(failures: pl.DataFrame, by_name: dict[str, tuple[str, Rule]], sheet: Sheet) -> Iterator[Problem]:
    rows = sheet.frame[ROW]
    for failure in failures.iter_rows(named=True):
        header, rule = by_name[failure["check"]]
        row = int(rows[int(failure["index"])])
        shown = _short(str(failure["failure_case"]))
        yield Problem(row, header, sheet.address(header, row), f"{header} {shown!r} {rule.what}.", rule.fix)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def identity_problems(sheet: Sheet) -> list[Problem]:
    """Rows that say no order, and ids or names that contradict each other within the sheet."""
    problems = list(_nameless(sheet))
    if {"ID", "Name"} <= set(sheet.headers):
        problems += _two_for_one(sheet, ORDER, "Name", "The ID {key} stands beside two names: {first} and {second}.")
        problems += _two_for_one(sheet, "Name", ORDER, "The name {key} stands beside two IDs: {first} and {second}.")
    if {"ID", "Fulfillment: ID"} <= set(sheet.headers):
        problems += _two_for_one(
            sheet, FULFILLMENT, ORDER, "The fulfillment {key} stands with two orders: {first} and {second}."
        )
    return problems


def _nameless(sheet: Sheet) -> Iterator[Problem]:
    identity = [header for header in ("ID", "Name") if header in sheet.headers]
    if not identity:
        return
    empty = sheet.frame.filter(pl.all_horizontal(pl.col(header).is_null() for header in identity))
    for row in empty[ROW]:
        header = identity[0]
        yield Problem(
            int(row),
            header,
            sheet.address(header, int(row)),
            "This row names no order.",
            "Fill in its ID or its Name.",
        )


def _two_for_one(sheet: Sheet, key: str, other: str, what: str) -> list[Problem]:
    header = "Name" if "Name" in (key, other) else "Fulfillment: ID"
    pairs = sheet.frame.select(key, other, ROW).drop_nulls().unique([key, other], keep="first", maintain_order=True)
    double = pairs.filter(pl.len().over(key) > 1)
    problems = []
    for (value,), group in double.group_by(key, maintain_order=True):
        first, second = group[other][0], group[other][1]
        row = int(group[ROW][1])
        problems.append(
            Problem(
                row,
                header,
                sheet.address(header, row),
                what.format(key=value, first=first, second=second),
                "Cells have moved between rows: export again, and do not sort single columns.",
            )
        )
    return problems
