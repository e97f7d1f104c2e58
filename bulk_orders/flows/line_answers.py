"""What the result of a bulk operation says of each change in it: joined by the number of its line, and not believed
where it speaks of another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bulk_orders.core.changes import Change
from bulk_orders.errors import BulkOrdersError
from bulk_orders.flows.judging import confirmed, id_in
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.replies import Ambiguous, Reply, UserErrors, payload_of


@dataclass(slots=True)
class Told:
    """The changes of an operation, by what its result says of them."""

    applied: list[Change] = field(default_factory=list)
    """Proven by the line itself."""
    answered: list[tuple[Change, Mapping[str, Any] | UserErrors | BulkOrdersError]] = field(default_factory=list)
    """The line says something: a payload that proves nothing yet, a refusal, a denial."""
    unclear: list[Change] = field(default_factory=list)
    """There is no line that says what became of it."""


def told_of(document: Document, changes: Mapping[int, Change], replies: Mapping[int, Reply], of: int) -> Told:
    """Join the lines of a result with the changes; `of` is how many lines the file had.

    Lines are counted from 0 in every recording (shopify-api.md 2). Should they ever be counted otherwise, a line speaks
    of the order of another: then none of them is believed, and every order is read.
    """
    told = Told()
    believed = all(_is_sound(document, at, changes.get(at), reply, of) for at, reply in replies.items())
    for at, change in changes.items():
        reply = replies.get(at) if believed else None
        if reply is None:
            told.unclear.append(change)
            continue
        try:
            said = payload_of(reply, document)
        except Ambiguous:
            told.unclear.append(change)
        except BulkOrdersError as denied:
            told.answered.append((change, denied))
        else:
            if not isinstance(said, UserErrors) and confirmed(change, said):
                told.applied.append(change)
            else:
                told.answered.append((change, said))
    return told


def _is_sound(document: Document, at: int, change: Change | None, reply: Reply, of: int) -> bool:
    """The line is one of this file, and speaks of the order that was written there."""
    if not 0 <= at < of:
        return False
    payload = reply.data.get(document.root)
    named = (id_in(payload, "order") or id_in(payload, "node")) if isinstance(payload, Mapping) else None
    return change is None or named in (None, change.order)
