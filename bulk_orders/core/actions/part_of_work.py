"""A part of a fulfillment order: what Shopify splits off to hold it, and joins with the rest once it is released.

[LIVE fulfillment-order-lifecycle, fulfillment-order-hold-multi-line]: the held part keeps the id, the rest gets one of
its own. What of it was held stands in the release, so that its undo holds just that again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bulk_orders.core.changes import Obstacle
from bulk_orders.core.order import FulfillmentOrder

Units = Sequence[Mapping[str, Any]]
"""`[{"id": the line of the fulfillment order, "quantity": units}]`, as Shopify takes it."""


def units_of(lines: Units) -> int:
    """How many units these are."""
    return sum(int(line["quantity"]) for line in lines)


def held_units(found: FulfillmentOrder) -> dict[str, Any]:
    """What a release says of the fulfillment order that was held: its units, in all and of each line item."""
    by_line: dict[str, int] = {}
    for line in found.lines:
        by_line[line.line] = by_line.get(line.line, 0) + line.remaining
    return {"units": found.units, "held": {line: units for line, units in by_line.items() if units}}


def the_part(found: FulfillmentOrder, released: Mapping[str, Any]) -> Units | Obstacle | None:
    """The units that were held before a release and are to be held again; None where that is all there is."""
    were = released.get("units")
    if were is None or found.units <= were:
        return None
    by_hand = Obstacle(
        f"Only {were} of the {found.units} items that are to be shipped together now were held.",
        "Hold those items in the admin.",
    )
    if found.is_new or found.holds:  # its lines are not known yet, or Shopify splits nothing that is held
        return by_hand
    wanted, lines = dict(released.get("held") or {}), []
    for line in found.lines:
        some = min(line.remaining, wanted.get(line.line, 0))
        if some:
            wanted[line.line] -= some
            lines.append({"id": line.id, "quantity": some})
    return lines if units_of(lines) == were else by_hand


def split(found: FulfillmentOrder, lines: Units | None) -> tuple[FulfillmentOrder, FulfillmentOrder | None]:
    """The fulfillment order with these units alone, and the new one with the rest; all of it where none are named."""
    if not lines:
        return found, None
    taken = {line["id"]: int(line["quantity"]) for line in lines}
    part = [replace(line, remaining=taken[line.id]) for line in found.lines if line.id in taken]
    left = [replace(line, remaining=line.remaining - taken.get(line.id, 0)) for line in found.lines]
    rest = replace(found, id=f"new:rest of {found.id}", lines=tuple(line for line in left if line.remaining))
    return replace(found, lines=tuple(part)), rest
