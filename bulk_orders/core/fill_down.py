"""One command in nearly every order of a sheet: meant, or a cell that was dragged down by mistake?

A sheet that shows what orders are like (an export, with its base or without) was made to be looked at, and a few of
its rows to be acted on. What cannot be undone, asked of nearly all of them, is stopped. What undo can take back is only
said: to archive everything that a filter found is many a shop's daily job, and who has to wave a flag every day no
longer reads what it lifts. A sheet of nothing but identities and commands is a list made for the purpose, and is taken
at its word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

FROM = 20
"""Orders in a sheet from which on "nearly every one of them" is no coincidence."""
SHARE = 90
"""Percent of the orders that are "nearly every one"."""
FOR_GOOD = ("mark_paid", "capture", "cancel", "refund", "delete")
"""What nothing takes back."""

LIFTS = (
    "--allow-fill-down lifts it; a list of only ID or Name and what is to be done, without other columns, needs no flag"
)


def nearly_all(some: int, orders: int) -> bool:
    """Whether these are nearly all of a sheet's orders, and the sheet is long enough for that to mean something."""
    return orders >= FROM and 100 * some >= SHARE * orders


def stopped(asked: Mapping[str, int]) -> Iterator[str]:
    """What is asked of nearly every order and cannot be undone, in a sentence each with its numbers.

    `asked` counts the sheet's `orders`, and how many of them ask for each action; it is empty for a list.
    """
    for action, told in _dragged(asked):
        if action in FOR_GOOD:
            yield f"{told}, which looks like a cell that was filled down by mistake"


def noted(asked: Mapping[str, int]) -> Iterator[str]:
    """What is asked of nearly every order and can be undone."""
    for action, told in _dragged(asked):
        if action not in FOR_GOOD:
            yield f"{told}. If a cell was filled down by mistake, mend the sheet; undo takes it back."


def _dragged(asked: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    orders = asked.get("orders", 0)
    for action, some in asked.items():
        if action != "orders" and nearly_all(some, orders):
            which = f"every one of the {orders:,} orders" if some == orders else f"{some:,} of the {orders:,} orders"
            verb = "asks" if some == orders else "ask"
            yield action, f"{which} of the sheet {verb} for {action.replace('_', ' ')}"
