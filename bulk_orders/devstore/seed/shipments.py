"""Scenarios of shipping: parts, parcels, cancelled shipments, holds, services, returns.

Its one rule: each function is one state that an order can be in, under the name that says which.
"""

from typing import Any, Final

from bulk_orders.devstore.changes.fulfilling import fulfillment_cancel
from bulk_orders.devstore.changes.holds import hold
from bulk_orders.devstore.model.order import Fulfillment, FulfillmentOrder, Order, Return, ReturnLineItem
from bulk_orders.devstore.seed.build import Item, add_work
from bulk_orders.devstore.seed.maker import Maker
from bulk_orders.devstore.seed.ordinary import Scenario
from bulk_orders.devstore.times import DAY

# -- several shipments --------------------------------------------------------------------------------


def _many(m: Maker, lines: int = 2, units: int = 2, **fields: Any) -> Order:
    items = [Item(i.variant, units) for i in m.items(lines)]
    return m.paid(items, **fields)


def _ship_line(m: Maker, order: Order, index: int, days: float, units: int | None = None) -> Fulfillment:
    line = order.line_items[index]
    return m.ship(order, days, units={line.id: units or line.quantity})


def partly_shipped(m: Maker) -> Order:
    """One line is out, the other is not."""
    order = _many(m)
    _ship_line(m, order, 0, 1.0)
    return order


def partly_shipped_line(m: Maker) -> Order:
    """One unit of a line is out."""
    order = _many(m, lines=1, units=3)
    _ship_line(m, order, 0, 1.0, units=1)
    return order


def two_shipments(m: Maker) -> Order:
    """Shipped in two."""
    order = _many(m)
    m.delivered(_ship_line(m, order, 0, 1.0))
    _ship_line(m, order, 1, 2.0)
    return order


def four_shipments(m: Maker) -> Order:
    """Shipped in four, archived."""
    order = _many(m, lines=4, units=1)
    for index in range(4):
        m.delivered(_ship_line(m, order, index, 1.0 + index / 2))
    m.archive(order)
    return order


def several_parcels(m: Maker) -> Order:
    """One shipment with three tracking numbers."""
    order = m.paid()
    m.ship(order, 1.0, tracking=m.tracking(3))
    return order


def two_places(m: Maker) -> Order:
    """Half from Lyon, half from Gent; one place is done."""
    order = _many(m)
    first = order.fulfillment_orders[0]
    second = first.line_items.pop()
    add_work(m.store, order, m.catalog.depot, [second.line_item])
    m.ship(order, 1.0, work=first)
    return order


def no_tracking(m: Maker) -> Order:
    """Shipped without a tracking number."""
    order = m.paid()
    m.ship(order, 1.0, tracking=None)
    return order


# -- cancelled shipments -------------------------------------------------------------------------------


def _unfulfil(m: Maker, shipment: Fulfillment, days: float) -> None:
    with m.on_day(days):
        _, errors = fulfillment_cancel(m.store, shipment.id)
    assert not errors


def shipment_cancelled(m: Maker) -> Order:
    """The only shipment was cancelled; its row stays."""
    order = m.paid()
    _unfulfil(m, m.ship(order, 1.0), 2.0)
    return order


def shipped_again(m: Maker) -> Order:
    """Cancelled and shipped again: two rows, one of them CANCELLED."""
    order = m.paid()
    _unfulfil(m, m.ship(order, 1.0), 2.0)
    m.delivered(m.ship(order, 3.0), 6.0)
    return order


def archived_unshipped(m: Maker) -> Order:
    """Archived although nothing was shipped."""
    order = m.paid()
    m.archive(order, 3.0)
    return order


# -- holds and plans -----------------------------------------------------------------------------------


def _hold(m: Maker, order: Order, *, own: bool, lines: list[dict[str, Any]] | None = None, **fields: Any) -> None:
    request = {"reason": "OTHER", "handle": "", "fulfillmentOrderLineItems": lines} | fields
    with m.on_day(0.5):
        _, errors = hold(m.store, order.fulfillment_orders[0].id, request, m.store.app if own else m.store.other_app)
    assert not errors


def held_by_us(m: Maker) -> Order:
    """On hold by this app."""
    order = m.paid()
    _hold(m, order, own=True, reason="INCORRECT_ADDRESS", reasonNotes="zip and city differ", handle="bulk-orders")
    return order


def held_by_other(m: Maker) -> Order:
    """On hold by another app."""
    order = m.paid(risk_level="HIGH", recommendation="INVESTIGATE")
    _hold(m, order, own=False, reason="HIGH_RISK_OF_FRAUD", reasonNotes="=score(0,9)", handle="fraud-guard")
    return order


def held_by_both(m: Maker) -> Order:
    """On hold twice."""
    order = m.paid()
    _hold(m, order, own=False, reason="AWAITING_PAYMENT", handle="fraud-guard")
    _hold(m, order, own=True, reason="OTHER", handle="bulk-orders")
    return order


def partly_held(m: Maker) -> Order:
    """A part is on hold, the rest is open."""
    order = _many(m)
    part = order.fulfillment_orders[0].line_items[0]
    lines = [{"id": part.id, "quantity": 1}]
    _hold(m, order, own=True, lines=lines, reason="INVENTORY_OUT_OF_STOCK", handle="bulk-orders")
    return order


def scheduled(m: Maker) -> Order:
    """To be shipped in ten days."""
    order = m.paid()
    work = order.fulfillment_orders[0]
    work.status, work.fulfill_at, work.fulfill_by = "SCHEDULED", m.now + 10 * DAY, m.now + 12 * DAY
    return order


# -- a fulfillment service -----------------------------------------------------------------------------


def _service(m: Maker, status: str, request: str) -> tuple[Order, FulfillmentOrder]:
    order = m.paid(place=m.catalog.third_party)
    work = order.fulfillment_orders[0]
    work.status, work.request_status = status, request
    return order, work


def service_asked(m: Maker) -> Order:
    """A third party was asked to ship."""
    return _service(m, "OPEN", "SUBMITTED")[0]


def service_works(m: Maker) -> Order:
    """A third party is shipping."""
    return _service(m, "IN_PROGRESS", "ACCEPTED")[0]


def service_declined(m: Maker) -> Order:
    """A third party declined."""
    return _service(m, "OPEN", "REJECTED")[0]


def service_shipped(m: Maker) -> Order:
    """A third party shipped."""
    order, work = _service(m, "IN_PROGRESS", "ACCEPTED")
    m.delivered(m.ship(order, 2.0, work=work), 5.0)
    work.request_status = "CLOSED"
    return order


def closed_place(m: Maker) -> Order:
    """Assigned to a place that was deactivated since."""
    return m.paid(place=m.catalog.closed_place)


# -- returns -------------------------------------------------------------------------------------------


def _returned(m: Maker, status: str, outcome: str | None = None, *, verified: bool = True) -> Order:
    order = m.paid()
    shipment = m.ship(order, 1.0)
    m.delivered(shipment, 3.0)
    at = m.moment(7.0)
    part = shipment.line_items[0] if verified else None
    line = ReturnLineItem(m.store.ids.new("ReturnLineItem"), part, 1, "SIZE_TOO_SMALL", "", "too small; sorry")
    closed = m.moment(9.0) if status in {"CLOSED", "CANCELED", "DECLINED"} else None
    back = Return(m.store.ids.new("Return"), order, f"{order.name}-R1", status, at, closed, outcome, [line])
    with m.on_day(7.0), m.store.changing(order):
        order.returns.append(back)
    m.store.register(back, line)
    return order


RETURNS: Final[tuple[Scenario, ...]] = (
    lambda m: _returned(m, "REQUESTED"),
    lambda m: _returned(m, "OPEN"),
    lambda m: _returned(m, "OPEN", "inspected"),
    lambda m: _returned(m, "CLOSED"),
    lambda m: _returned(m, "CLOSED", "failed"),
    lambda m: _returned(m, "DECLINED"),
    lambda m: _returned(m, "CANCELED"),
    lambda m: _returned(m, "OPEN", verified=False),
)

SHIPMENTS: Final[tuple[Scenario, ...]] = (
    partly_shipped,
    partly_shipped_line,
    two_shipments,
    four_shipments,
    several_parcels,
    two_places,
    no_tracking,
    shipment_cancelled,
    shipped_again,
    archived_unshipped,
    held_by_us,
    held_by_other,
    held_by_both,
    partly_held,
    scheduled,
    service_asked,
    service_works,
    service_declined,
    service_shipped,
    closed_place,
    *RETURNS,
)
