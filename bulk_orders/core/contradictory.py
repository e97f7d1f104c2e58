"""What the edited cells of one order say against each other: problems of the sheet, told without the shop."""

from __future__ import annotations

from collections.abc import Iterator

from bulk_orders.core import cells
from bulk_orders.core.edits import (
    FULFILLED,
    Edit,
    OrderEdits,
    all_and_units,
    contradiction,
    idle_expiries,
    idle_options,
    refunded_twice,
    way_out,
)
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import Sheet


def contradictory(edits: OrderEdits, sheet: Sheet) -> Iterator[Problem]:
    """What one order is asked for that excludes something else it is asked for, or that nothing uses."""
    pair = contradiction(edits)
    if pair:
        one, other, edit = pair
        yield _problem(
            sheet,
            edit,
            f"The order is to be both {_done(one)} and {_done(other)}.",
            way_out(one, other),
        )
    twice = refunded_twice(edits)
    if twice:
        yield _problem(
            sheet,
            twice,
            "The order is to be cancelled with a refund, and refunded besides.",
            "Write FALSE in Cancel: Refund to cancel first and refund a part of it then, or take refund out of Action.",
        )
    part = all_and_units(edits)
    if part:
        yield _problem(
            sheet,
            part,
            "Refund: Amount says all, and Refund: Quantity names some units: the two give back different amounts.",
            "Empty Refund: Quantity to give all back, or Refund: Amount to give back what the units cost.",
        )
    for edit, method in idle_expiries(edits):
        yield _problem(
            sheet,
            edit,
            f"{edit.column} was filled in, but the money does not go back as store credit.",
            f"Write store credit in {method}, or empty this cell.",
        )
    for edit, action in idle_options(edits):
        yield _problem(
            sheet,
            edit,
            f"{edit.column} was filled in, but the row does not {action} the order.",
            f"Write {action} in Action, or empty this cell.",
        )
    for edit in edits.of("Fulfillment: Status"):
        new = edit.fulfillment is None and cells.enum(edit.sheet) in FULFILLED
        if new and "Line: Type" not in sheet.headers:
            yield Problem(
                edit.row,
                "Line: Type",
                sheet.address(edit.column, edit.row),
                "The row asks to fulfill the order, but the sheet has no column Line: Type.",
                "Add Line: Type with Fulfillment Line in these rows.",
            )
        elif edit.known and not new and cells.enum(edit.sheet) not in {"CANCELLED", "CANCELED"}:
            yield _problem(
                sheet,
                edit,
                f"Fulfillment: Status cannot be set to {edit.sheet!r}.",
                f"Write cancelled to unfulfill, or put back {edit.base!r}. To fulfill the order (again), write fulfill "
                "in Action.",
            )


def _problem(sheet: Sheet, edit: Edit, what: str, fix: str) -> Problem:
    return Problem(edit.row, edit.column, sheet.address(edit.column, edit.row), what, fix)


def _done(word: str) -> str:
    odd = {"hold": "held", "mark_paid": "marked as paid", "cancel": "cancelled"}
    return odd.get(word, f"{word}d" if word.endswith("e") else f"{word}ed")
