"""Rows that ask for something in Matrixify and for nothing here: said, so that nobody takes a plan for having done it.

Matrixify refunds and captures by rows of their own (Line: Type Transaction or Refund Line, with no id yet). Here money
moves only by Action, where it is guarded; such rows are passed by.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from bulk_orders.core.problems import Notice
from bulk_orders.core.sheet import ROW, Sheet
from bulk_orders.core.typed import typed

_ROWS = (
    ("TRANSACTION", "Transaction: ID", "Transaction: Kind", ("Transaction: Amount", "Transaction: Kind")),
    ("REFUND LINE", "Refund: ID", None, ("Refund: Created At", "Refund: Note", "Refund: Restock", "Line: Quantity")),
)
"""Of each kind of row: its type, the id that an exported one has, what says which kind of money it moves, and cells of
which one at least is filled in a row that asks."""


def unused_rows(rows: pl.DataFrame, sheet: Sheet) -> Iterator[Notice]:
    """A notice for each kind of row that would act in Matrixify; `rows` are those that are not ignored."""
    if "Line: Type" not in sheet.headers:
        return
    says = pl.col("Line: Type").str.strip_chars().str.to_uppercase()
    for kind, known, moves, filled in _ROWS:
        asking = [pl.col(header).is_not_null() for header in filled if header in sheet.headers]
        if not asking:
            continue
        new = pl.col(known).is_null() if known in sheet.headers else pl.lit(value=True)
        found = rows.filter(says == kind, new, pl.any_horizontal(asking))
        if found.height:
            yield Notice(_told(found, kind.title(), moves if moves in sheet.headers else None), tuple(found[ROW]))


def _told(found: pl.DataFrame, kind: str, moves: str | None) -> str:
    one = found.height == 1
    kinds = found[moves].drop_nulls().str.strip_chars().str.to_lowercase().unique().sort().to_list() if moves else []
    named = f" ({typed(', '.join(kinds))})" if kinds else ""
    rows = f"{found.height:,} {typed(kind)} row{'' if one else 's'}"
    return (
        f"{rows}{named} {'does' if one else 'do'} nothing here: no money moves by {'it' if one else 'them'}. "
        "Write refund in Action with Refund: Amount, or capture in Action."
    )
