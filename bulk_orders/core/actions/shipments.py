"""Which units of which fulfillment orders a shipment takes: to fulfill, and to fulfill again what was undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bulk_orders.core.actions.base import blocked
from bulk_orders.core.actions.hold import words
from bulk_orders.core.actions.track import Parcels, as_args
from bulk_orders.core.changes import Blocked, Change, Obstacle
from bulk_orders.core.order import FulfillmentOrder, Order, WorkLine

MOST_LINES = 512  # of one fulfillment order in one fulfillmentCreate [SCHEMA]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment that is asked for. `units` by the gid of the line item (None: all that is left of it); None as a
    whole means everything that is left of the order. `location` is the one place that it may leave from: that of a
    parcel that is shipped again. Else it leaves from wherever its units are."""

    row: int
    tracking: Parcels
    notify: bool
    units: Mapping[str, int | None] | None
    location: str | None = None


def not_shippable(found: FulfillmentOrder) -> Obstacle | None:
    """Why Shopify would not ship from this fulfillment order."""
    if "CREATE_FULFILLMENT" in found.actions:
        return None
    if found.status == "ON_HOLD":
        return Obstacle(
            "It is on hold: Shopify would refuse, as its fulfillment order has an unfulfillable status= on_hold.",
            "Write release, fulfill in Action, or have the hold lifted first.",
        )
    return Obstacle(
        f"Shopify would refuse: what is to ship{f' from {found.location_name}' if found.location_name else ''} has an "
        f"unfulfillable status= {found.status.lower()}.",
        "Look at the order in the admin: another service may have to ship it.",
    )


def shipments(order: Order, parcels: list[Parcel]) -> Iterator[Change | Blocked]:
    """One Change per parcel and location; or why the order cannot be shipped so."""
    free = {line.id: line.remaining for found in order.work for line in found.lines}
    for parcel in parcels:
        left = dict(free)  # what the parcels before it leave
        taken = _taken(order, parcel, free)
        if isinstance(taken, Blocked):
            yield taken
            return
        places: dict[str, dict[str, dict[str, int]]] = {}
        for found, line, units in taken:
            place = found.location_id or found.location_name
            places.setdefault(place, {}).setdefault(found.id, {})[line.id] = units
            free[line.id] -= units
        for lines in places.values():
            if any(len(some) > MOST_LINES for some in lines.values()):
                reason = f"Shopify takes at most {MOST_LINES} lines of one location at once."
                yield blocked(order, parcel.row, "fulfill", reason, "Name the lines by Line: ID, in several parcels.")
                return
            yield _change(order, parcel, lines, left)


def left_there(order: Order, place: str, lines: Iterable[str]) -> dict[str, int]:
    """Units that one location still has to ship of these line items, whichever fulfillment order they are in."""
    left = {part.id: part.remaining for work in order.work for part in work.lines}
    return _left_there(order, place, lines, left)


def _left_there(order: Order, place: str, lines: Iterable[str], left: Mapping[str, int]) -> dict[str, int]:
    found = dict.fromkeys(lines, 0)
    for work in order.work:
        for part in work.lines if work.location_name == place else ():
            if part.line in found:
                found[part.line] += left[part.id]
    return found


def drawn(order: Order, place: str, contents: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The units of these line items by fulfillment order and its lines, as they stand at one location."""
    wanted, taken = dict(contents), dict[str, dict[str, int]]()
    for work in order.work:
        for line in work.lines if work.location_name == place and not not_shippable(work) else ():
            some = min(wanted.get(line.line, 0), line.remaining)
            if some:
                wanted[line.line] -= some
                taken.setdefault(work.id, {})[line.id] = some
    return taken


def _taken(
    order: Order, parcel: Parcel, free: Mapping[str, int]
) -> list[tuple[FulfillmentOrder, WorkLine, int]] | Blocked:
    """Which units of which fulfillment orders the parcel takes."""
    work = [found for found in order.work if parcel.location in (None, found.location_name)]
    places = [(found, line) for found in work for line in found.lines if free[line.id] > 0]
    if parcel.units is None:
        for found in work:
            obstacle = not_shippable(found)
            if obstacle:
                return blocked(order, parcel.row, "fulfill", obstacle.reason, obstacle.fix)
        return [(found, line, free[line.id]) for found, line in places]
    taken: list[tuple[FulfillmentOrder, WorkLine, int]] = []
    for gid, wanted in parcel.units.items():
        here = [(found, line) for found, line in places if line.line == gid and not not_shippable(found)]
        there = sum(free[line.id] for _, line in here)
        units = there if wanted is None else wanted
        if not there or units > there:
            return _too_many(order, parcel, gid, units, there)
        for found, line in here:
            some = min(units, free[line.id])
            units -= some
            taken += [(found, line, some)] if some else []
    return taken


def _too_many(order: Order, parcel: Parcel, gid: str, units: int, there: int) -> Blocked:
    held = ", ".join(sorted({words(found.status) for found in order.work if not_shippable(found)}))
    if parcel.location is not None:
        return _not_from_there(order, parcel, gid, units, there, held)
    reason = f"{units or 'Some'} of {_title(order, gid)} are asked for, {there} can be shipped now."
    fix = f"Lower Line: Quantity{f'; a part of the order is {held}' if held else ''}."
    return blocked(order, parcel.row, "fulfill", reason, fix)


def _not_from_there(order: Order, parcel: Parcel, gid: str, units: int, there: int, held: str) -> Blocked:
    """What left one place is not shipped again from another one: stock and carrier would be the wrong ones."""
    name = _title(order, gid)
    reason = f"{units} of {name} left from {parcel.location}; {there or 'none'} can be shipped from there now."
    others = {
        found.location_name for found in order.work for line in found.lines if line.line == gid and line.remaining
    }
    elsewhere = ", ".join(sorted(place for place in others if place and place != parcel.location))
    if elsewhere:
        reason = f"{reason} It is to be shipped from {elsewhere}."
        fix = f"Move it back to {parcel.location} in the admin, then plan again; or fulfill it by hand."
    elif held:
        fix = f"A part of the order is {held}: mend that, then plan again."
    else:
        fix = "Look at the order in the admin, and fulfill by hand what is to be shipped."
    return blocked(order, parcel.row, "fulfill", reason, fix)


def _title(order: Order, gid: str) -> str:
    """A line item as people know it."""
    names = (line.name for found in order.known_work for line in found.lines if line.line == gid)
    return next(filter(None, names), f"line {gid.rsplit('/', 1)[-1]}")


def _change(order: Order, parcel: Parcel, lines: Mapping[str, Mapping[str, int]], left: Mapping[str, int]) -> Change:
    names = {line.id: line.line for found in order.work for line in found.lines}
    contents: dict[str, int] = {}
    for some in lines.values():
        for line, units in some.items():
            contents[names[line]] = contents.get(names[line], 0) + units
    count = sum(contents.values())
    whole = count == sum(left.values())
    items = f"{count} item{'' if count == 1 else 's'}"
    sources = [found for found in order.work if found.id in lines]
    place = next((found.location_name for found in sources), "")
    joining = next((found.location_name for found in sources if found.may_join), None)
    after: dict[str, Any] = {"To ship": "fulfilled" if whole else f"{items} fulfilled"}
    tracked = " ".join(filter(None, (parcel.tracking.company, ", ".join(parcel.tracking.numbers))))
    extra = {"From": place, "Tracking": tracked, "E-mail": "yes" if parcel.notify else "no"}
    return Change(
        order=order.id,
        name=order.name,
        row=parcel.row,
        action="fulfill",
        reversible=True,
        before={"To ship": f"{sum(left.values())} item{'' if sum(left.values()) == 1 else 's'}"},
        after=after | {key: value for key, value in extra.items() if value},
        args={
            "lines": {gid: dict(some) for gid, some in lines.items()},
            "left": {line: left[line] for some in lines.values() for line in some},
            "contents": contents,
            "tracking": as_args(parcel.tracking),
            "notify": parcel.notify,
            "known": sorted(fulfillment.id for fulfillment in order.known_fulfillments),
            "from": place,
            "archived": order.closed,
        }
        | ({} if joining is None else {"joining": joining, "left there": _left_there(order, joining, contents, left)}),
        emails=1 if parcel.notify and order.can_notify else 0,
    )
