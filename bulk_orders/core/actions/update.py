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
from bulk_orders.core.addresses import ADDRESS, DETAILS, address_faults, details_of, details_text
from bulk_orders.core.changes import Blocked, Change, Conflict, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.preferences import Preferences

NOTE_MAX = 5000

FIELDS: Mapping[str, tuple[str, Callable[[Order], str | None]]] = {
    "Note": ("note", lambda order: order.note),
    "Email": ("email", lambda order: order.email),
    "Phone": ("phone", lambda order: order.phone),
    "Purchase Order Number": ("poNumber", lambda order: order.po_number),
}
"""Sheet header -> the field of OrderInput, and how to read it from an order."""

_ATTRIBUTE = {
    "note": "note",
    "email": "email",
    "phone": "phone",
    "poNumber": "po_number",
    "shippingAddress": "address",
    "customAttributes": "attributes",
}
_FACETS = {"shippingAddress": Facet.ADDRESS, "customAttributes": Facet.ATTRIBUTES}


class Update(Action):
    name: ClassVar[str] = "update"
    reversible: ClassVar[bool] = True
    reversed_by: ClassVar[str | None] = "update"

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        headers = {edit.column for edit in _acting(edits, preferences)}
        facets = {Facet.ADDRESS} if headers & ADDRESS.keys() else set()
        return frozenset(facets | ({Facet.ATTRIBUTES} if DETAILS in headers else set())), frozenset()

    def needs(self, change: Change) -> frozenset[Facet]:
        found = {_FACETS[field] for field in change.args["fields"] if field in _FACETS}
        return frozenset(found)

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
        more = _Wider()
        yield from more.take(_acting(edits, preferences), order, preferences)
        rows = [number for number in (row, more.row) if number is not None]
        if rows:
            yield more.into(_change(order, min(rows), values), order)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return all(_same(value, _live(order, field)) for field, value in change.args["fields"].items())

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        note = change.args["fields"].get("note")
        if note is not None and len(note) > NOTE_MAX:
            return Obstacle(f"The note would be longer than {NOTE_MAX} characters.", "Shorten it.")
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {field: _plain(_live(order, field)) or "" for field in change.args["fields"]}

    def perhaps_written_over(self, change: Change, order: Order) -> bool:
        return self.depends_on(change, order) != change.fingerprint

    def after(self, change: Change, order: Order) -> Order:
        values: dict[str, Any] = {_ATTRIBUTE[field]: value for field, value in change.args["fields"].items()}
        if "attributes" in values:
            values["attributes"] = tuple((pair["key"], pair["value"]) for pair in values["attributes"])
        return replace(order, **values)

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        simple = {header: value or "" for header, value in change.before.items() if header in FIELDS}
        was = change.args.get("was", {})
        if was.get("shippingAddress") == {}:
            yield Obstacle("The order had no shipping address before, and Shopify takes none away.", "Leave it.")
            was = {field: value for field, value in was.items() if field != "shippingAddress"}
        if simple or was:
            yield _put_back(_change(order, change.row, simple), change, was)

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation("orderUpdate", {"input": {"id": change.order, **change.args["fields"]}})

    def in_bulk(self, change: Change) -> bool:
        return set(change.args["fields"]) <= {"note"}

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        order = payload.get("order") or {}
        fields = change.args["fields"]
        if fields.keys() & _FACETS.keys():
            return False  # the reply does not show them, so the order is read
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


def _live(order: Order, field: str) -> Any:
    return getattr(order, _ATTRIBUTE[field])


def _plain(value: Any) -> Any:
    """As JSON has it, so that a fingerprint is the same after its file."""
    if isinstance(value, tuple):
        return [{"key": key, "value": text} for key, text in value]
    return dict(value) if isinstance(value, Mapping) else value


def _same(wanted: Any, live: Any) -> bool:
    live = _plain(live)
    if isinstance(wanted, Mapping):
        there = live or {}
        return all(same_text(wanted.get(key), there.get(key)) for key in {*wanted, *there})
    if isinstance(wanted, list):
        return wanted == (live or [])
    return same_text(wanted, live)


def _acting(edits: OrderEdits, preferences: Preferences) -> list[Edit]:
    """The edited cells of address and details; without a base they act only where every cell was meant."""
    sure = preferences.recipe or preferences.two_way
    return [e for e in edits.edits if (e.column in ADDRESS or e.column == DETAILS) and (e.known or sure)]


class _Wider:
    """Address and custom attributes: each overwritten as a whole, so what was not edited is sent along."""

    def __init__(self) -> None:
        self.row: int | None = None
        self._shown: dict[str, tuple[str, str]] = {}
        self._fields: dict[str, Any] = {}
        self._was: dict[str, Any] = {}

    def take(self, found: list[Edit], order: Order, preferences: Preferences) -> Wanted:
        address = dict(order.address or {})
        for edit in found:
            live = details_text(order.attributes or ()) if edit.column == DETAILS else address_cell(order, edit.column)
            text = _wished_text(edit)
            if same_text(text, live) or (edit.column == DETAILS and details_of(text) == (order.attributes or ())):
                continue
            judged = value_conflict(edit, order, live, preferences)
            if isinstance(judged, Conflict):
                yield judged
            elif judged is None:
                refused = self._set(edit, text, live, address, order)
                if refused:
                    yield refused
        faults = list(address_faults(address)) if "shippingAddress" in self._fields else []
        if faults:
            reason = f"Shopify would refuse the address: {'; '.join(faults)}."
            yield blocked(order, self.row or 0, "update", reason, "Fill in or correct the Shipping cells of the row.")

    def _set(self, edit: Edit, text: str, live: str, address: dict[str, str], order: Order) -> Blocked | None:
        if edit.column == DETAILS:
            pairs = details_of(text)
            if isinstance(pairs, str):
                return blocked(order, edit.row, "update", pairs, "Write one 'name: value' a line.")
            if details_of(live) != order.attributes:
                reason = "Its additional details have lines that a cell cannot hold apart."
                return blocked(order, edit.row, "update", reason, "Change them in the admin.")
            self._fields["customAttributes"] = [{"key": key, "value": value} for key, value in pairs]
            self._was["customAttributes"] = _plain(order.attributes)
        else:
            address[ADDRESS[edit.column]] = text
            self._fields["shippingAddress"] = address
            self._was["shippingAddress"] = dict(order.address or {})
        self._shown[edit.column] = (live, text)
        self.row = edit.row if self.row is None else min(self.row, edit.row)
        return None

    def into(self, change: Change, order: Order) -> Change:
        """The change with these fields in it."""
        if not self._fields:
            return change
        before = {header: was or None for header, (was, _) in self._shown.items()}
        after = {header: becomes or None for header, (_, becomes) in self._shown.items()}
        fields = {**change.args["fields"], **self._fields}
        return replace(
            change,
            before={**change.before, **before},
            after={**change.after, **after},
            args={"fields": fields, "was": self._was},
        )


def _wished_text(edit: Edit) -> str:
    """What a cell of the address or the details asks for, with codes as Shopify writes them."""
    text = edit.sheet.strip()
    if text.lower() == cells.CLEAR:
        return ""
    return text.upper() if ADDRESS.get(edit.column) in ("countryCode", "provinceCode") else text


def address_cell(order: Order, header: str) -> str:
    """What an export would show of the address."""
    return (order.address or {}).get(ADDRESS[header], "")


def _put_back(change: Change, done: Change, was: Mapping[str, Any]) -> Change:
    """With address and attributes as they were before."""
    headers = [header for header in done.before if header not in FIELDS]
    return replace(
        change,
        before={**change.before, **{header: done.after[header] for header in headers}},
        after={**change.after, **{header: done.before[header] for header in headers}},
        args={"fields": {**change.args["fields"], **was}, "was": {f: done.args["fields"][f] for f in was}}
        if was
        else change.args,
    )


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
