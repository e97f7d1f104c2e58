"""One story per action: an order of the store in a box, the cells that ask for it, and what others do meanwhile.

An action of the registry without a story here fails tests/flows/test_every_action.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from world import World, open_paid, open_unpaid, paid_at_home, shipped

from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order

Cells = list[dict[str, str]]


def at_rest(order: Order) -> bool:
    """Shipped in one parcel that has not left yet."""
    return shipped(order) and shipping.display_status(order.fulfillments[0]) == "FULFILLED"


def waiting(order: Order) -> bool:
    """Open, paid, with one open fulfillment order that nothing holds."""
    work = shipping.working_orders(order)
    plain = [f.status for f in work] == ["OPEN"] and work[0].management == "merchant"
    return open_paid(order) and plain and not work[0].fulfillment_holds


def archived(order: Order) -> bool:
    """Archived, not cancelled."""
    return order.closed_at is not None and order.cancelled_at is None


def authorized(order: Order) -> bool:
    """Open, with an authorized payment that nobody has captured."""
    return open_unpaid(order) and bool(payment.capturable(order)) and len(order.transactions) == 1


def deletable(order: Order) -> bool:
    """Open, never paid through a provider."""
    return open_unpaid(order) and payment.can_mark_as_paid(order) and all(map(payment.is_manual, order.transactions))


def tagged(order: Order) -> bool:
    return open_unpaid(order) and len(order.tags) == 1


def _nothing(world: World, order: Order) -> None:
    pass


@dataclass(frozen=True)
class Story:
    """`root` is the mutation that carries it out. `meanwhile` is what somebody else does between plan and apply."""

    kind: Callable[[Order], bool]
    cells: Callable[[Order], Cells]
    root: str
    meanwhile: Callable[[World, Order], None]
    before: Callable[[World, Order], None] = _nothing
    preferences: dict[str, Any] = field(default_factory=dict)
    outcome: str = "drifted"
    """How a change ends after `meanwhile`."""


def asked(**cells: str) -> Callable[[Order], Cells]:
    """One row with the order's id; a header is written with its blanks as `_` and its `: ` as `__`."""
    named = {key.replace("__", ": ").replace("_", " "): text for key, text in cells.items()}
    return lambda order: [{"ID": order.id, **named}]


def _our_hold(world: World, order: Order) -> None:
    world.store.people.hold(order.name, reason="OTHER", handle="bulk-orders", other_app=False)


STORIES: dict[str, Story] = {
    "release": Story(
        waiting,
        asked(Action="release"),
        "fulfillmentOrderReleaseHold",
        lambda world, order: world.store.people.release(order.name),
        before=_our_hold,
        outcome="already",
    ),
    "unarchive": Story(
        archived,
        asked(Action="unarchive"),
        "orderOpen",
        lambda world, order: world.store.people.unarchive(order.name),
        outcome="already",
    ),
    "update": Story(
        open_unpaid,
        asked(Note="Call before delivery"),
        "orderUpdate",
        lambda world, order: world.store.people.edit_order(order.name, note="theirs"),
    ),
    "tag_remove": Story(
        tagged,
        lambda order: [{"ID": order.id, "Tags": order.tags[0], "Tags Command": "DELETE"}],
        "tagsRemove",
        lambda world, order: world.store.people.untag(order.name, *order.tags),
        outcome="already",
    ),
    "tag_add": Story(
        open_unpaid,
        asked(Tags="wholesale"),
        "tagsAdd",
        lambda world, order: world.store.people.tag(order.name, "wholesale"),
        outcome="already",
    ),
    "unfulfill": Story(
        at_rest,
        asked(Action="unfulfill"),
        "fulfillmentCancel",
        lambda world, order: world.store.people.carrier_event(order.name, "DELIVERED"),
    ),
    "hold": Story(
        waiting,
        asked(Action="hold", Hold__Reason="INCORRECT_ADDRESS", Hold__Note="Ask for the house number"),
        "fulfillmentOrderHold",
        lambda world, order: world.store.people.fulfill(order.name),
    ),
    "track": Story(
        at_rest,
        lambda order: [
            {
                "ID": order.id,
                "Fulfillment: ID": order.fulfillments[0].id,
                "Fulfillment: Tracking Company": "ups",
                "Fulfillment: Tracking Number": "1Z999",
            }
        ],
        "fulfillmentTrackingInfoUpdate",
        lambda world, order: world.store.people.unfulfill(order.name),
    ),
    "fulfill": Story(
        waiting,
        asked(
            Line__Type="Fulfillment Line",
            Fulfillment__Status="success",
            Fulfillment__Tracking_Company="UPS",
            Fulfillment__Tracking_Number="1Z999",
        ),
        "fulfillmentCreate",
        lambda world, order: world.store.people.fulfill(order.name),
    ),
    "mark_paid": Story(
        lambda order: open_unpaid(order) and payment.can_mark_as_paid(order),
        asked(Action="mark paid"),
        "orderMarkAsPaid",
        lambda world, order: world.store.people.mark_paid(order.name),
        outcome="already",
    ),
    "capture": Story(
        authorized,
        asked(Action="capture"),
        "orderCapture",
        lambda world, order: world.store.people.mark_paid(order.name),
        outcome="already",
    ),
    "refund": Story(
        paid_at_home,
        asked(Action="refund", Refund__Amount="1.50"),
        "refundCreate",
        lambda world, order: world.store.people.refund(order.name),
    ),
    "delete": Story(
        deletable,
        asked(Command="DELETE"),
        "orderDelete",
        lambda world, order: world.store.people.mark_paid(order.name),
    ),
    "cancel": Story(
        open_paid,
        asked(Action="cancel", Cancel__Refund="TRUE"),
        "orderCancel",
        lambda world, order: world.store.people.fulfill(order.name),
    ),
    "archive": Story(
        shipped,
        asked(Action="archive"),
        "orderClose",
        lambda world, order: world.store.people.archive(order.name),
        outcome="already",
    ),
}
