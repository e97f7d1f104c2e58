"""Hold and release: one mutation per fulfillment order, since Shopify holds those and not orders (shopify-api.md 4.7).

Our holds carry one handle that never changes, which makes a second one impossible; a release names the holds that it
lifts, because without names Shopify lifts every app's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, blocked
from bulk_orders.core.actions.part_of_work import Units, held_units, split, the_part, units_of
from bulk_orders.core.changes import Change, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, FulfillmentOrder, Hold, Order
from bulk_orders.core.preferences import Preferences

HANDLE = "bulk-orders"
"""The handle of every hold of ours: Shopify refuses a second one with it on the same fulfillment order."""
MOST_HOLDS = 10  # per app and fulfillment order [LIVE fulfillment-order-hold-validation]


def place(found: FulfillmentOrder) -> str:
    """What a plan calls a fulfillment order."""
    return f"To ship from {found.location_name}" if found.location_name else "To ship"


def stands(found: FulfillmentOrder) -> str:
    """`open, 3 items`, `on hold, 1 item`."""
    units = f"{found.units} item{'' if found.units == 1 else 's'}"
    if found.is_new:
        return f"{units}, opened by the step before" if found.units else "opened by the step before"
    return f"{words(found.status)}, {units}"


def words(text: str) -> str:
    """`INVENTORY_OUT_OF_STOCK` -> `inventory out of stock`."""
    return text.replace("_", " ").lower()


class PlaceHold(Action):
    name: ClassVar[str] = "hold"
    reversible: ClassVar[bool] = True
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.WORK})
    reversed_by: ClassVar[str | None] = "release"
    makes: ClassVar[str | None] = "fulfillmentHold"
    after_steps: ClassVar[bool] = True

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        if not order.work:
            reason = "Nothing of it is left to ship, so there is nothing to hold."
            yield blocked(order, asking.row, self.name, reason, "Take hold out of the cell.")
            return
        known = [found.id for found in order.known_work if not found.is_new]
        for found in order.work:
            yield _hold_change(edits, asking, order, found, known)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        if change.args["fulfillment_order"] is None:
            return next(_newly_opened(change, order), None) is None
        found = _target(change, order)
        return found is not None and _held_by_us(found, change)

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        found = _target(change, order)
        if found is None or not found.working:
            return Obstacle("What was to be held has been shipped, moved or closed.", "Plan the sheet again.")
        if order.cancelled:
            return Obstacle("A cancelled order ships nothing.", "Take hold out of the cell.")
        if "HOLD" not in found.actions:
            return _not_holdable(found)
        if len(found.own_holds) >= MOST_HOLDS:
            return Obstacle(
                "Shopify would refuse: an app can have up to 10 holds on a fulfillment order.",
                "Write release in Action, apply, then hold again.",
            )
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        if self.unpinned(change):
            return {"cancelled": order.cancelled}
        found = order.fulfillment_order(change.args["fulfillment_order"])
        return {
            "status": found.status if found else None,
            "units": found.units if found else 0,
            "cancelled": order.cancelled,
        }

    def after(self, change: Change, order: Order) -> Order:
        found = _target(change, order)
        if found is None:
            return order
        hold = Hold("new", change.args["reason"], change.args["note"], change.args["handle"], ours=True)
        actions = frozenset({"RELEASE_HOLD", "HOLD", "MOVE"})
        part, rest = split(found, change.args.get("lines"))
        held = order.with_work(replace(part, status="ON_HOLD", holds=(*found.holds, hold), actions=actions))
        return held if rest is None else replace(held, fulfillment_orders=(*held.known_work, rest))

    def still_so(self, change: Change, order: Order) -> bool:
        return any(_placed(change, order))

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        """Released: the one hold that Shopify's reply named; a later one of ours has the same handle."""
        for found, holds in _placed(change, order):
            if "made" in change.args:
                yield _release_change(change.row, order, found, holds)
                continue
            reason = "Shopify's answer that named the hold was lost, so it cannot be told for certain which it is."
            yield Obstacle(reason, "If the order is still to be released, write release in Action.")

    def mutation(self, change: Change, marker: str) -> Mutation:
        hold = {"reason": change.args["reason"], "reasonNotes": change.args["note"], "handle": change.args["handle"]}
        if change.args.get("lines"):
            hold["fulfillmentOrderLineItems"] = change.args["lines"]
        return Mutation("fulfillmentOrderHold", {"id": change.args["fulfillment_order"], "hold": hold})

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        hold, found = payload.get("fulfillmentHold") or {}, payload.get("fulfillmentOrder") or {}
        return hold.get("handle") == change.args["handle"] and found.get("status") == "ON_HOLD"

    def unpinned(self, change: Change) -> bool:
        return "opened_since" in change.args

    def pinned(self, change: Change, order: Order) -> Change:
        if change.args["fulfillment_order"] is not None:
            return change
        found = next(_newly_opened(change, order), None)
        return replace(change, args={**change.args, "fulfillment_order": found.id}) if found else change


def _placed(change: Change, order: Order) -> Iterator[tuple[FulfillmentOrder, tuple[Hold, ...]]]:
    """Where the hold of a change stands; without its id, where one stands that looks like it."""
    known, made = change.args.get("opened_since"), change.args.get("made")
    for found in order.work:
        if made is not None:
            holds = tuple(hold for hold in found.own_holds if hold.id == made)
            if holds:
                yield found, holds
            continue
        here = found.id == change.args["fulfillment_order"] if known is None else found.id not in known
        holds = tuple(hold for hold in found.own_holds if hold.handle == change.args["handle"])
        if here and holds:
            yield found, holds


def _hold_change(edits: OrderEdits, asking: Edit, order: Order, found: FulfillmentOrder, known: list[str]) -> Change:
    reason = cells.enum(edits.text("Hold: Reason") or "OTHER")
    defaults = () if edits.text("Hold: Reason") else ("Reason",)
    made = _placing(order, asking.row, found, known, reason, edits.text("Hold: Note"))
    return replace(made, defaults=defaults)


def _placing(
    order: Order,
    row: int,
    found: FulfillmentOrder,
    known: list[str],
    reason: str,
    note: str | None,
    handle: str = HANDLE,
    lines: Units | None = None,
) -> Change:
    """`lines` are the units to hold where that is a part of it."""
    args: dict[str, Any] = {"reason": reason, "note": note, "handle": handle, **({"lines": lines} if lines else {})}
    if found.is_new:
        args |= {"fulfillment_order": None, "opened_since": known}
    else:
        args |= {"fulfillment_order": found.id}
    some = f"on hold, {units_of(lines)} of {found.units} items" if lines else "on hold"
    after: dict[str, Any] = {place(found): some, "Reason": words(reason)}
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="hold",
        reversible=True,
        before={place(found): stands(found)},
        after=after | ({"Note": note} if note else {}),
        args=args,
        warnings=tuple(_held_already(found)),
    )


def _held_already(found: FulfillmentOrder) -> Iterator[str]:
    others = [hold for hold in found.holds if not hold.ours]
    if others:
        yield f"It is held already, not by us ({', '.join(words(h.reason) for h in others)}); ours comes on top."


def _not_holdable(found: FulfillmentOrder) -> Obstacle:
    if found.request_status in {"SUBMITTED", "ACCEPTED", "CANCELLATION_REQUESTED"}:
        return Obstacle(
            f"{found.location_name or 'The fulfillment service'} was asked to ship it (request "
            f"{words(found.request_status)}), so it cannot be held.",
            "Request the cancellation of that fulfillment in the admin first.",
        )
    return Obstacle(
        f"Shopify does not let it be held while it is {words(found.status)}.", "Look at the order in the admin."
    )


def _held_by_us(found: FulfillmentOrder, change: Change) -> bool:
    return any(hold.handle == change.args["handle"] for hold in found.own_holds)


def _newly_opened(change: Change, order: Order) -> Iterator[FulfillmentOrder]:
    """What was opened since the plan was made, and is not held by us yet."""
    known = change.args["opened_since"]
    return (found for found in order.work if found.id not in known and not _held_by_us(found, change))


def _target(change: Change, order: Order) -> FulfillmentOrder | None:
    gid = change.args["fulfillment_order"]
    return order.fulfillment_order(gid) if gid is not None else next(_newly_opened(change, order), None)


# --- release ----------------------------------------------------------------------------------------------------------


class Release(Action):
    name: ClassVar[str] = "release"
    reversed_by: ClassVar[str | None] = "hold"
    reversible: ClassVar[bool] = True
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.WORK})

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        must, may = super().reads(edits, preferences)
        return must, may | {Facet.APPS} if must and preferences.all_holds else may

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        asking = edits.asked().get(self.name)
        if asking is None:
            return
        foreign = [hold for found in order.work for hold in found.holds if not hold.ours]
        own = [hold for found in order.work for hold in found.own_holds]
        if foreign and not own and not preferences.all_holds:
            reason = f"It is not held by us, but {_by_whom(foreign)}."
            fix = "Release it in the admin, or plan with --all-holds to lift other apps' holds too."
            yield blocked(order, asking.row, self.name, reason, fix)
            return
        for found in order.work:
            holds = found.holds if preferences.all_holds else found.own_holds
            if holds:
                yield _release_change(asking.row, order, found, holds)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        return not any(hold.id in change.args["holds"] for found in order.known_work for hold in found.holds)

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        found = order.fulfillment_order(change.args["fulfillment_order"])
        if found is None or "RELEASE_HOLD" not in found.actions:
            return Obstacle("What was held has been moved or closed.", "Plan the sheet again.")
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        found = order.fulfillment_order(change.args["fulfillment_order"])
        present = [hold.id for hold in found.holds] if found else []
        return {"holds": sorted(set(present) & set(change.args["holds"]))}

    def after(self, change: Change, order: Order) -> Order:
        found = order.fulfillment_order(change.args["fulfillment_order"])
        if found is None:
            return order
        left = tuple(hold for hold in found.holds if hold.id not in change.args["holds"])
        if left:
            return order.with_work(replace(found, holds=left))
        actions = frozenset({"CREATE_FULFILLMENT", "HOLD", "MOVE"})
        return _joining(order.with_work(replace(found, holds=(), status="OPEN", actions=actions)), found)

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        """Held again, where it was or where a step before has just put it."""
        found = order.fulfillment_order(change.args["fulfillment_order"])
        if found is None or not found.working:
            found = next((one for one in order.work if one.is_new), None)
        if found is None:
            yield Obstacle("What was released has been shipped, moved or closed.", "Hold the order in the admin.")
            return
        # Shopify joins a part that was held with the rest, once it is released
        lines = the_part(found, change.args)
        if isinstance(lines, Obstacle):
            yield lines
            return
        known = [one.id for one in order.known_work if not one.is_new]
        for hold in change.args["were"]:
            if hold["ours"]:
                named = hold["handle"] or HANDLE
                yield _placing(order, change.row, found, known, hold["reason"], hold["note"], named, lines)
                lines = None  # that has split it off, and a second hold of ours is on the same part
            else:
                reason = f"A hold of another app ({words(hold['reason'])}) cannot be put back in its name."
                yield Obstacle(reason, "Write hold in Action to hold it in ours.")

    def mutation(self, change: Change, marker: str) -> Mutation:
        variables = {"id": change.args["fulfillment_order"], "holds": list(change.args["holds"])}
        return Mutation("fulfillmentOrderReleaseHold", variables)

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        found = payload.get("fulfillmentOrder") or {}
        left = {hold.get("id") for hold in found.get("fulfillmentHolds") or ()}
        return found.get("id") == change.args["fulfillment_order"] and not left & set(change.args["holds"])


def _joining(order: Order, released: FulfillmentOrder) -> Order:
    """With the mark on what Shopify may join: the released part, and what else is open at its location."""
    here = [found for found in order.work if found.status == "OPEN" and found.location_name == released.location_name]
    for found in here if len(here) > 1 else ():
        order = order.with_work(replace(found, may_join=True))
    return order


def _release_change(row: int, order: Order, found: FulfillmentOrder, holds: tuple[Hold, ...]) -> Change:
    gone = {hold.id for hold in holds}
    left = [hold for hold in found.holds if hold.id not in gone]
    kept = [{"reason": h.reason, "note": h.note, "handle": h.handle, "ours": h.ours} for h in holds]
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="release",
        reversible=all(hold.ours for hold in holds),
        before={place(found): f"{stands(found)} ({', '.join(words(hold.reason) for hold in found.holds)})"},
        after={place(found): f"on hold ({', '.join(words(hold.reason) for hold in left)})" if left else "open"},
        args={"fulfillment_order": found.id, "holds": sorted(gone), "were": kept, **held_units(found)},
        warnings=tuple(_release_warnings(holds, left)),
    )


def _release_warnings(lifted: tuple[Hold, ...], left: list[Hold]) -> Iterator[str]:
    foreign = [hold for hold in lifted if not hold.ours]
    if foreign:
        yield f"Lifts holds that are not ours: {_by_whom(foreign)}. They cannot be put back in that name."
    if left:
        yield f"It stays held {_by_whom(left)}."


def _by_whom(holds: list[Hold]) -> str:
    return ", ".join(
        f"by {hold.app} ({words(hold.reason)})" if hold.app else f"by another app or a person ({words(hold.reason)})"
        for hold in holds
    )
