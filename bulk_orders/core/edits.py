"""The edited cells of one order, and what they ask for.

Made by `core.diff` for the orders that were edited, read by the actions. Everything here can be judged without
the shop, so contradictions are problems of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bulk_orders.core import cells
from bulk_orders.core.columns import Role, column


@dataclass(frozen=True, slots=True)
class Edit:
    """One cell that says something else than the base. `base` is None where the base was empty or there is none."""

    row: int
    column: str
    base: str | None
    sheet: str
    fulfillment: str | None
    """The gid of the fulfillment that the cell's row stands for."""
    known: bool
    """The base knows this cell's order, so the edit is a person's; without that it may only be an old value."""
    line: str | None = None
    """The gid of the line item that the cell's row stands for."""
    quantity: str | None = None
    """What the row says in Line: Quantity."""


@dataclass(frozen=True, slots=True)
class OrderEdits:
    """All edits of one order: `order` is its gid, None while only its name is known."""

    order: str | None
    name: str | None
    edits: tuple[Edit, ...]

    @property
    def row(self) -> int:
        return min(edit.row for edit in self.edits)

    def of(self, header: str) -> tuple[Edit, ...]:
        return tuple(edit for edit in self.edits if edit.column == header)

    def first(self, header: str) -> Edit | None:
        return next((edit for edit in self.edits if edit.column == header), None)

    def text(self, header: str) -> str | None:
        """What the order's cell says (stripped), or None where it was not edited."""
        edit = self.first(header)
        return edit.sheet.strip() if edit else None

    def asked(self) -> dict[str, Edit]:
        """The actions that the command cells ask for, each with the cell that asked."""
        asked: dict[str, Edit] = {}
        action = self.first("Action")
        if action:
            asked |= dict.fromkeys(cells.words(action.sheet), action)
        command = self.first("Command")
        if command and cells.enum(command.sheet) == "DELETE":
            asked.setdefault("delete", command)
        for edit in self.of("Closed At"):
            asked.setdefault("unarchive" if edit.sheet.strip().lower() == cells.CLEAR else "archive", edit)
        for edit in self.of("Cancelled At"):
            asked.setdefault("cancel", edit)
        reason = self.first("Cancel: Reason")
        if reason:
            asked.setdefault("cancel", reason)
        for edit in self.of("Fulfillment: Status"):
            if cells.enum(edit.sheet) in {"CANCELLED", "CANCELED"}:
                asked.setdefault("unfulfill", edit)
            elif edit.fulfillment is None and cells.enum(edit.sheet) in FULFILLED:
                asked.setdefault("fulfill", edit)
        return asked

    def fulfilling_rows(self) -> frozenset[int]:
        """The rows that ask for a new fulfillment, with its tracking and perhaps its line beside."""
        by_status = {
            e.row for e in self.of("Fulfillment: Status") if e.fulfillment is None and cells.enum(e.sheet) in FULFILLED
        }
        action = self.first("Action")
        by_word = {action.row} if action and not by_status and "fulfill" in cells.words(action.sheet) else set()
        return frozenset(by_status | by_word)

    def read_only(self) -> Iterator[Edit]:
        """Edits of cells that nobody can change through a sheet."""
        using = self.fulfilling_rows()
        for edit in self.edits:
            if edit.column == "Line: Quantity" and edit.row in using:
                continue  # it says how many of the line are to be shipped
            if column(edit.column).role in (Role.READ, Role.IDENTITY):
                yield edit


FULFILLED = frozenset({"SUCCESS", "FULFILLED"})
"""What Fulfillment: Status says in a row that asks for a new fulfillment."""


CONTRADICTIONS: Sequence[tuple[str, str]] = (
    ("archive", "unarchive"),
    ("hold", "release"),
    ("cancel", "unarchive"),
    ("cancel", "hold"),
    ("cancel", "release"),
    ("delete", "unarchive"),
    ("delete", "hold"),
    ("delete", "release"),
    ("unfulfill", "fulfill"),
    ("hold", "fulfill"),
    ("cancel", "fulfill"),
    ("delete", "fulfill"),
    ("delete", "refund"),
    ("delete", "capture"),
    ("delete", "mark_paid"),
    ("cancel", "capture"),
    ("cancel", "mark_paid"),
    ("mark_paid", "capture"),
)
"""Pairs that no order of steps could satisfy both of."""


_WAYS_OUT: Mapping[tuple[str, str], str] = {
    ("cancel", "unarchive"): "Write cancel alone: what is cancelled is archived.",
    ("cancel", "hold"): "Write cancel alone: nothing of a cancelled order is shipped.",
    ("cancel", "release"): "Write cancel alone: a cancellation ends the holds too.",
    ("delete", "hold"): "Write delete alone: nothing of a deleted order is shipped.",
    ("delete", "release"): "Write delete alone: its holds go with the order.",
    ("delete", "unarchive"): "Write delete alone: an archived order can be deleted.",
    ("unfulfill", "fulfill"): "Write unfulfill and apply it, then export again and write fulfill.",
    ("hold", "fulfill"): "Ask for one of the two; to lift a hold and ship, write release, fulfill.",
    ("delete", "refund"): "Write cancel, delete in Action, and in Cancel: Refund whether the money goes back.",
    ("mark_paid", "capture"): "Write capture for an authorized payment, mark paid for money that came another way.",
    ("cancel", "capture"): "Write cancel alone to release the payment; or capture, apply, then cancel with a refund.",
}
"""What to write instead, of the contradictions that people mean something by."""


def way_out(one: str, other: str) -> str:
    """The fix of a contradiction."""
    return _WAYS_OUT.get((one, other), "Ask for one of the two.")


def contradiction(edits: OrderEdits) -> tuple[str, str, Edit] | None:
    """The first two actions asked of one order that exclude each other, with the cell of the second."""
    asked = edits.asked()
    for one, other in CONTRADICTIONS:
        if one in asked and other in asked:
            return one, other, asked[other]
    return None


def refunded_twice(edits: OrderEdits) -> Edit | None:
    """The cell by which a cancellation is to give the money back that a refund of the same row gives back too."""
    asked = edits.asked()
    cell = edits.first("Cancel: Refund")
    if cell is None or not {"cancel", "refund"} <= asked.keys() or cells.boolean(cell.sheet) is False:
        return None
    return cell


def all_and_units(edits: OrderEdits) -> Edit | None:
    """The first cell that names units to refund, where another one of the order says to give all back."""
    amount = edits.text("Refund: Amount") or ""
    return edits.first("Refund: Quantity") if amount.lower() == "all" else None


_EXPIRIES = (
    ("cancel", "Cancel: Store Credit Expires At", "Cancel: Refund"),
    ("refund", "Refund: Store Credit Expires At", "Refund: To"),
)


def idle_expiries(edits: OrderEdits) -> Iterator[tuple[Edit, str]]:
    """Cells that say until when store credit is good, beside a cell that gives none; with the header of that cell.

    An empty Cancel: Refund may still mean store credit ([cancel] in bulk_orders.toml says); an empty Refund: To never.
    """
    asked = edits.asked()
    for action, header, method in _EXPIRIES:
        expiry, chosen = edits.first(header), edits.first(method)
        if expiry is None or action not in asked or (chosen is None and action == "cancel"):
            continue
        if chosen is None or cells.enum(chosen.sheet) != "STORE_CREDIT":
            yield expiry, method


def idle_options(edits: OrderEdits) -> Iterator[tuple[Edit, str]]:
    """`Cancel: *` and `Hold: *` cells edited on an order that is not cancelled or held, with the missing action."""
    asked = edits.asked()
    for edit in edits.edits:
        for prefix, action in (("Cancel: ", "cancel"), ("Hold: ", "hold"), ("Refund: ", "refund")):
            option = column(edit.column).role is Role.OPTION
            if option and edit.column.startswith(prefix) and action not in asked:
                yield edit, action
