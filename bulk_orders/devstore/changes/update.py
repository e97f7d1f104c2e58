"""orderUpdate: note, tags, e-mail, phone, PO number, attributes, metafields, shipping address.

Its one rule: all or nothing per order. One invalid field and nothing of that input is applied, while
another alias of the same request still is ([LIVE orderUpdate-input-validation]).
"""

import re
from typing import Any, Final

from bulk_orders.devstore.changes.addresses import address_errors, new_address
from bulk_orders.devstore.changes.errors import ORDER_MISSING, UserError
from bulk_orders.devstore.changes.tags import sorted_tags, split_tags
from bulk_orders.devstore.model.order import Attribute, Metafield, Order
from bulk_orders.devstore.state import State

NOTE_LIMIT: Final = 5000
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ().\-]{5,24}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PLAIN: Final = {"email": "email", "note": "note", "phone": "phone", "poNumber": "po_number"}


def order_update(store: State, request: dict[str, Any]) -> tuple[Order | None, list[UserError]]:
    """Overwrites what the input names; unchanged values are no effect."""
    order = store.orders.get(request["id"])
    if order is None or not store.visible(order):
        return None, [UserError(("id",), ORDER_MISSING)]
    fields = {name: value for name, value in request.items() if name != "id"}
    if not fields:
        return order, [UserError(None, "No valid update parameters have been provided")]
    if errors := _errors(fields):
        return order, errors
    changes = _changes(store, order, fields)
    if changes:
        with store.changing(order):
            for attribute, value in changes.items():
                setattr(order, attribute, value)
        store.effect("orderUpdate", order, fields=sorted(changes))
    return order, []


def _errors(fields: dict[str, Any]) -> list[UserError]:
    errors = []
    if fields.get("phone") and not _PHONE.fullmatch(fields["phone"]):
        errors.append(UserError(("phone",), "Phone is invalid"))
    if fields.get("email") and not _EMAIL.fullmatch(fields["email"]):
        errors.append(UserError(("email",), "Email is invalid"))  # words [INFER]
    if len(fields.get("note") or "") > NOTE_LIMIT:
        message = f"Note is too long (maximum is {NOTE_LIMIT} characters)"  # the limit [SCHEMA], words [INFER]
        errors.append(UserError(("note",), message))
    if fields.get("shippingAddress") is not None:
        errors += address_errors(fields["shippingAddress"], ("shippingAddress",))
    return errors


def _changes(store: State, order: Order, fields: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {a: fields[name] or None for name, a in _PLAIN.items() if name in fields}
    if "tags" in fields:
        wanted["tags"] = sorted_tags(split_tags(fields["tags"] or []))
    if "customAttributes" in fields:
        pairs = fields["customAttributes"] or []
        wanted["custom_attributes"] = [Attribute(pair["key"], pair["value"]) for pair in pairs]
    changes = {name: value for name, value in wanted.items() if getattr(order, name) != value}
    if fields.get("shippingAddress") is not None:
        changes["shipping_address"] = new_address(store, fields["shippingAddress"])
    if fields.get("metafields"):
        changes["metafields"] = _metafields(store, order, fields["metafields"])
    return changes


def _metafields(store: State, order: Order, inputs: list[dict[str, Any]]) -> list[Metafield]:
    kept = {(m.namespace, m.key): m for m in order.metafields}
    for entry in inputs:
        place = entry.get("namespace") or "custom", entry.get("key") or ""
        old, number, now = kept.get(place), store.ids.number("Metafield"), store.now()
        kept[place] = Metafield(
            old.id if old else f"gid://shopify/Metafield/{number}",
            old.legacy_resource_id if old else number,
            *place,
            entry.get("type") or (old.type if old else "single_line_text_field"),
            entry.get("value") or "",
            old.created_at if old else now,
            now,
        )
    store.register(*kept.values())
    return list(kept.values())
