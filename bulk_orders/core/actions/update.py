"""Update: the fields that orderUpdate can set, all of an order's in one mutation (shopify-api.md 4.8).

Only changed fields are sent, since orderUpdate overwrites and the API has no compare-and-set. A field that the
shop has changed as well is a conflict, shown with all three values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, blocked, same_text, value_conflict
from bulk_orders.core.changes import Blocked, Change, Conflict, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Order
from bulk_orders.core.preferences import Preferences

NOTE_MAX = 5000

FIELDS: Mapping[str, tuple[str, Callable[[Order], str | None]]] = {
    "Note": ("note", lambda order: order.note),
    "Email": ("email", lambda order: order.email),
    "Phone": ("phone", lambda order: order.phone),
    "Purchase Order Number": ("poNumber", lambda order: order.po_number),
}
"""Sheet header -> the field of OrderInput, and how to read it from an order."""

_ATTRIBUTE = {"note": "note", "email": "email", "phone": "phone", "poNumber": "po_number"}


class Update(Action):
    name: ClassVar[str] = "update"
    reversible: ClassVar[bool] = True
    reversed_by: ClassVar[str | None] = "update"

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        values: dict[str, str] = {}
        row = None
        for header in FIELDS:
            edit = edits.first(header)
            if edit is None:
                continue
            value = _value(edit, edits, order)
            live = FIELDS[header][1](order)
            if same_text(value, live):
                continue
            refused = _malformed(edit, order)
            if refused:
                yield refused
                continue
            judged = value_conflict(edit, order, live, preferences) if not _appends(edits, header) else None
            if isinstance(judged, Conflict):
                yield judged
            elif judged is None:
                values[header] = value
                row = edit.row if row is None else min(row, edit.row)
        if row is not None:
            yield _change(order, row, values)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return all(same_text(value, _live(order, field)) for field, value in change.args["fields"].items())

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        note = change.args["fields"].get("note")
        if note is not None and len(note) > NOTE_MAX:
            return Obstacle(f"The note would be longer than {NOTE_MAX} characters.", "Shorten it.")
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {field: _live(order, field) or "" for field in change.args["fields"]}

    def after(self, change: Change, order: Order) -> Order:
        values: dict[str, Any] = {_ATTRIBUTE[field]: value for field, value in change.args["fields"].items()}
        return replace(order, **values)

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        yield _change(order, change.row, {header: value or "" for header, value in change.before.items()})

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation("orderUpdate", {"input": {"id": change.order, **change.args["fields"]}})

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        order = payload.get("order") or {}
        fields = change.args["fields"]
        return order.get("id") == change.order and all(same_text(order.get(f), v) for f, v in fields.items())


def _appends(edits: OrderEdits, header: str) -> bool:
    return header == "Note" and cells.enum(edits.text("Note Command") or "") == "APPEND"


def _value(edit: Edit, edits: OrderEdits, order: Order) -> str:
    if edit.sheet.strip().lower() == cells.CLEAR:
        return ""
    if _appends(edits, edit.column) and order.note:
        ending = f"\n{edit.sheet}"
        return order.note if order.note.endswith(ending) else f"{order.note}{ending}"
    return edit.sheet


def _live(order: Order, field: str) -> str | None:
    value: str | None = getattr(order, _ATTRIBUTE[field])
    return value


def _change(order: Order, row: int, values: dict[str, str]) -> Change:
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="update",
        reversible=True,
        before={header: FIELDS[header][1](order) for header in values},
        after={header: value or None for header, value in values.items()},
        args={"fields": {FIELDS[header][0]: value for header, value in values.items()}},
    )


def _malformed(edit: Edit, order: Order) -> Blocked | None:
    """An e-mail address or phone number that Shopify would not take."""
    text = edit.sheet.strip()
    if text.lower() == cells.CLEAR:
        return None
    if edit.column == "Email" and not _is_email(text):
        return blocked(order, edit.row, "update", f"{text!r} is no e-mail address.", "Correct the cell.")
    if edit.column == "Phone" and not _is_phone(text):
        fix = "Write it with its country code, such as +33612345678."
        return blocked(order, edit.row, "update", "Shopify would refuse: Phone is invalid.", fix)
    return None


def _is_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and "." in host and not any(c.isspace() for c in text))


def _is_phone(text: str) -> bool:
    digits = [c for c in text if c.isdigit()]
    return 5 <= len(digits) <= 15 and all(c.isdigit() or c in "+ ()-./" for c in text)
