"""Tags: tagsAdd and tagsRemove, as deltas, so that nobody else's tags are touched (shopify-api.md 4.8).

Adding ignores case, removing does not: what is removed is spelled as the shop spells it. The order of tags means
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, value_conflict
from bulk_orders.core.changes import Change, Conflict, Mutation, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order
from bulk_orders.core.preferences import Preferences


@dataclass(frozen=True, slots=True)
class _Delta:
    row: int
    add: tuple[str, ...]
    remove: tuple[str, ...]


class _Tags(Action):
    reversible: ClassVar[bool] = True
    document: ClassVar[str]

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        return {}  # a delta means the same whatever else has been tagged

    def mutation(self, change: Change, marker: str) -> Mutation:
        return Mutation(self.document, {"id": change.order, "tags": list(change.args["tags"])})

    def in_bulk(self, change: Change) -> bool:
        return True

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        node = payload.get("node") or {}
        return node.get("id") == change.order and self._holds(change, tuple(node.get("tags") or ()))

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return self._holds(change, order.tags)

    def still_so(self, change: Change, order: Order) -> bool:
        return True  # a delta is taken back as far as it is still there

    def _holds(self, change: Change, tags: tuple[str, ...]) -> bool:
        raise NotImplementedError

    def setting(self, order: Order, row: int, tags: tuple[str, ...], after: tuple[str, ...]) -> Change:
        """The change of these tags, which leaves the order with `after`."""
        return Change(
            order=order.id,
            name=order.name,
            row=row,
            action=self.name,
            reversible=True,
            before={"Tags": ", ".join(order.tags)},
            after={"Tags": ", ".join(after)},
            args={"tags": list(tags)},
        )


class TagRemove(_Tags):
    name = "tag_remove"
    reversed_by = "tag_add"
    document = "tagsRemove"

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        delta = _delta(edits, order, preferences)
        if isinstance(delta, Conflict):
            yield delta
        elif delta and delta.remove:
            yield self.setting(order, delta.row, delta.remove, _without(order.tags, delta.remove))

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        missing = _missing(tuple(change.args["tags"]), order.tags)
        if missing:
            yield TagAdd().setting(order, change.row, missing, (*order.tags, *missing))

    def _holds(self, change: Change, tags: tuple[str, ...]) -> bool:
        return not set(change.args["tags"]) & set(tags)

    def after(self, change: Change, order: Order) -> Order:
        return replace(order, tags=_without(order.tags, tuple(change.args["tags"])))


class TagAdd(_Tags):
    name = "tag_add"
    reversed_by = "tag_remove"
    document = "tagsAdd"

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        delta = _delta(edits, order, preferences)
        if isinstance(delta, _Delta) and delta.add:
            # shown from the tags as they stand, also where the row removes some first: each group is read by itself
            yield self.setting(order, delta.row, delta.add, (*_without(order.tags, delta.remove), *delta.add))

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        there = tuple(tag for tag in change.args["tags"] if tag in order.tags)
        if there:
            yield TagRemove().setting(order, change.row, there, _without(order.tags, there))

    def _holds(self, change: Change, tags: tuple[str, ...]) -> bool:
        return {tag.casefold() for tag in change.args["tags"]} <= {tag.casefold() for tag in tags}

    def after(self, change: Change, order: Order) -> Order:
        have = {tag.casefold() for tag in order.tags}
        return replace(order, tags=(*order.tags, *(t for t in change.args["tags"] if t.casefold() not in have)))


def _delta(edits: OrderEdits, order: Order, preferences: Preferences) -> _Delta | Conflict | None:
    """What to add and to remove: against the base without a command, as in Matrixify with one or without a base."""
    edit = edits.first("Tags")
    command = cells.enum(edits.text("Tags Command") or "")
    if edit is None:
        return None
    written = () if edit.sheet.strip().lower() == cells.CLEAR else cells.tags(edit.sheet)
    if not edit.known and not command:
        missing = _missing(written, order.tags)
        judged = value_conflict(edit, order, ", ".join(order.tags), preferences) if missing else None
        if isinstance(judged, Conflict):
            return judged
    if edit.sheet.strip().lower() == cells.CLEAR:
        return _Delta(edit.row, (), order.tags)
    if command == "DELETE":
        return _Delta(edit.row, (), _spelled(written, order.tags))
    if command == "REPLACE":
        return _replacing(edit.row, order.tags, written)
    if command == "MERGE" or not edit.known:
        return _Delta(edit.row, _missing(written, order.tags), ())
    return _since(edit.row, cells.tags(edit.base or ""), written, order.tags)


def _replacing(row: int, live: tuple[str, ...], written: tuple[str, ...]) -> _Delta:
    dropped = tuple(tag for tag in live if tag not in written)
    return _Delta(row, tuple(tag for tag in written if tag not in live), dropped)


def _since(row: int, base: tuple[str, ...], written: tuple[str, ...], live: tuple[str, ...]) -> _Delta:
    """What a person added to and took from the cell since the export, as far as the shop has not done it already."""
    taken = tuple(tag for tag in base if tag not in written)
    remove = tuple(tag for tag in _spelled(taken, live) if tag not in written)
    added = tuple(tag for tag in written if tag not in base)
    return _Delta(row, _missing(added, _without(live, remove)), remove)


def _missing(wanted: tuple[str, ...], live: tuple[str, ...]) -> tuple[str, ...]:
    have = {tag.casefold() for tag in live}
    return tuple(tag for tag in wanted if tag.casefold() not in have)


def _spelled(tags: tuple[str, ...], live: tuple[str, ...]) -> tuple[str, ...]:
    """Those tags as the shop spells them: removing is case-sensitive there."""
    meant = {tag.casefold() for tag in tags}
    return tuple(tag for tag in live if tag.casefold() in meant)


def _without(tags: tuple[str, ...], removed: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if tag not in removed)
