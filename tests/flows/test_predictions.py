"""Predictions against the store in a box: said while planning; where the store moves afterwards, no harm is done.

Each case is a refusal of Shopify's (shopify-api.md 4): `now` makes the state before planning, and once more after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from picture import picture
from stories import STORIES, at_rest, authorized, deletable, waiting
from world import World, open_paid, open_unpaid, paid_at_home, read_in_bulk

from bulk_orders.core.actions import REGISTRY
from bulk_orders.devstore import Faults
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@dataclass(frozen=True)
class Refusal:
    """`says` is in the plan's reason. `outcomes` are those that may come of the change where `now` comes too late."""

    kind: Callable[[Order], bool]
    cells: dict[str, str]
    now: Callable[[World, Order], None]
    says: str
    outcomes: tuple[str, ...] = ("drifted",)


def _people(act: str, *arguments: Any, **named: Any) -> Callable[[World, Order], None]:
    def done(world: World, order: Order) -> None:
        getattr(world.store.people, act)(order.name, *arguments, **named)
        world.later(5)
        world.store.advance()

    return done


def _pending(world: World, order: Order) -> None:
    order.transactions[0].status = "PENDING"


def _inspected(world: World, order: Order) -> None:
    world.store.people.request_return(order.name, status="OPEN")
    order.returns[-1].outcome = "inspected"


def _deactivated(world: World, order: Order) -> None:
    for found in shipping.working_orders(order):
        world.store.people.deactivate_location(found.location.id)


def _asked_of_a_service(world: World, order: Order) -> None:
    for found in shipping.working_orders(order):
        found.management, found.status, found.request_status = "third_party", "IN_PROGRESS", "ACCEPTED"


def _expired(world: World, order: Order) -> None:
    order.transactions[0].expired = True


def _no_customer(world: World, order: Order) -> None:
    order.customer = None


def _company(world: World, order: Order) -> None:
    order.purchasing_company = next(
        o.purchasing_company for o in world.store.orders.values() if o.purchasing_company is not None
    )


def _two_hours(world: World, order: Order) -> None:
    world.later(2 * 3600)


def _our_holds(world: World, order: Order) -> None:
    for number in range(10):
        world.store.people.hold(order.name, handle=f"h{number}", other_app=False)


def _provider(world: World, order: Order) -> None:
    world.store.people.mark_paid(order.name)
    order.transactions[-1].gateway = "shopify_payments"


def _sent_back(world: World, order: Order) -> None:
    """Shipped, asked to be sent back, and unfulfilled by somebody: only the return is left."""
    people = world.store.people
    people.fulfill(order.name)
    people.request_return(order.name)
    order.returns[-1].status = "CLOSED"
    people.unfulfill(order.name)
    order.returns[-1].status = "OPEN"


def _units_refunded(world: World, order: Order) -> None:
    order.line_items[0].returned = order.line_items[0].quantity


def _unknown_parcel(world: World, order: Order) -> None:
    for found in order.fulfillments:
        world.store.records.pop(found.id, None)
    order.fulfillments.clear()


def _moved_away(world: World, order: Order) -> None:
    for found in shipping.working_orders(order):
        found.status = "CLOSED"


CANCEL = {"Action": "cancel", "Cancel: Refund": "TRUE"}
FULFIL = {"Action": "fulfill"}
REFUSALS: dict[str, Refusal] = {
    "cancel: already cancelled": Refusal(
        open_paid,
        {"Cancel: Reason": "fraud", "Cancel: Refund": "TRUE"},
        _people("cancel"),
        "keeps the reason",
    ),
    "cancel: outstanding fulfillments": Refusal(open_paid, CANCEL, _people("fulfill"), "outstanding fulfillments"),
    "cancel: a return": Refusal(waiting, CANCEL, _sent_back, "has returns"),
    "cancel: a pending payment": Refusal(open_paid, CANCEL, _pending, "payment is still pending"),
    "cancel: a deactivated location": Refusal(waiting, CANCEL, _deactivated, "is deactivated", ("refused",)),
    "cancel: store credit without a customer": Refusal(
        lambda o: open_paid(o) and o.customer is not None and o.purchasing_company is None,
        {"Action": "cancel", "Cancel: Refund": "store credit"},
        _no_customer,
        "needs a customer",
        ("refused",),
    ),
    "cancel: store credit for a company": Refusal(
        lambda o: open_paid(o) and o.customer is not None and o.purchasing_company is None,
        {"Action": "cancel", "Cancel: Refund": "store credit"},
        _company,
        "companies (B2B)",
        ("refused",),
    ),
    "cancel: store credit that has expired": Refusal(
        lambda o: open_paid(o) and o.customer is not None and o.purchasing_company is None,
        {
            "Action": "cancel",
            "Cancel: Refund": "store credit",
            "Cancel: Store Credit Expires At": "2026-11-22T11:30:00Z",
        },
        _two_hours,
        "expire in the past",
        ("refused",),
    ),
    "refund: store credit that has expired": Refusal(
        lambda o: paid_at_home(o) and o.customer is not None and o.purchasing_company is None,
        {
            "Action": "refund",
            "Refund: Amount": "1.00",
            "Refund: To": "store credit",
            "Refund: Store Credit Expires At": "2026-11-22T11:30:00Z",
        },
        _two_hours,
        "expire in the past",
        ("refused",),
    ),
    "hold: ten holds already": Refusal(waiting, {"Action": "hold"}, _our_holds, "up to 10 holds"),
    "unarchive: cancelled": Refusal(
        lambda o: o.closed_at is not None and o.cancelled_at is None and not o.fulfillments,
        {"Action": "unarchive"},
        _people("cancel"),
        "stays archived",
    ),
    "unfulfill: a return": Refusal(at_rest, {"Action": "unfulfill"}, _people("request_return"), "returning items"),
    "unfulfill: an inspected return": Refusal(at_rest, {"Action": "unfulfill"}, _inspected, "returning items"),
    "unfulfill: delivered": Refusal(
        at_rest, {"Action": "unfulfill"}, _people("carrier_event", "DELIVERED"), "has the parcel"
    ),
    "fulfill: on hold": Refusal(waiting, FULFIL, _people("hold"), "on hold"),
    "fulfill: cancelled": Refusal(waiting, FULFIL, _people("cancel"), "left to ship"),
    "fulfill: too many units": Refusal(
        lambda o: waiting(o) and len(o.line_items) == 1 and o.line_items[0].quantity > 1,
        {"Line: Type": "Fulfillment Line", "Fulfillment: Status": "success", "Line: ID": "?", "Line: Quantity": "?"},
        _people("fulfill", units=1),
        "can be shipped now",
    ),
    "track: unfulfilled": Refusal(
        at_rest, {"Fulfillment: ID": "?", "Fulfillment: Tracking Number": "N1"}, _people("unfulfill"), "is cancelled"
    ),
    "hold: shipped": Refusal(waiting, {"Action": "hold"}, _people("fulfill"), "nothing to hold"),
    "hold: at a service": Refusal(waiting, {"Action": "hold"}, _asked_of_a_service, "was asked to ship it"),
    "mark as paid: cancelled": Refusal(
        lambda o: open_unpaid(o) and payment.can_mark_as_paid(o),
        {"Action": "mark paid"},
        _people("cancel"),
        "cannot be marked as paid",
    ),
    "capture: expired": Refusal(authorized, {"Action": "capture"}, _expired, "nothing to capture"),
    "refund: more than there is": Refusal(
        paid_at_home, {"Action": "refund", "Refund: Amount": "?"}, _people("refund"), "refunded already"
    ),
    "refund: more units than were purchased": Refusal(
        paid_at_home,
        {"Action": "refund", "Line: ID": "?", "Refund: Quantity": "1"},
        _units_refunded,
        "more items than were purchased",
        ("drifted", "refused"),
    ),
    "refund: nothing was paid": Refusal(
        paid_at_home, {"Action": "refund", "Refund: Amount": "1.00"}, _pending, "greater than net payment"
    ),
    "fulfill: its fulfillment order is closed": Refusal(waiting, FULFIL, _moved_away, "left to ship"),
    "hold: its fulfillment order is closed": Refusal(waiting, {"Action": "hold"}, _moved_away, "nothing to hold"),
    "unfulfill: no such fulfillment": Refusal(
        at_rest, {"Fulfillment: ID": "?", "Fulfillment: Status": "cancelled"}, _unknown_parcel, "has no fulfillment"
    ),
    "track: no such fulfillment": Refusal(
        at_rest, {"Fulfillment: ID": "?", "Fulfillment: Tracking Number": "N1"}, _unknown_parcel, "has no fulfillment"
    ),
    "an order that is gone": Refusal(deletable, {"Note": "Call first"}, _people("delete"), "no such order"),
    "cancel: an order that is gone": Refusal(deletable, CANCEL, _people("delete"), "no such order"),
    "delete: paid online": Refusal(deletable, {"Command": "DELETE"}, _provider, "was paid online"),
}


def _recipe(world: World, refusal: Refusal) -> tuple[Order, str]:
    (order,) = world.some(refusal.kind, 1)
    known = {
        "Line: ID": lambda: order.line_items[0].id,
        "Line: Quantity": lambda: str(order.line_items[0].quantity),
        "Fulfillment: ID": lambda: order.fulfillments[0].id,
        "Refund: Amount": lambda: str(payment.net_payment(order).presentment),
    }
    cells = {header: known[header]() if text == "?" else text for header, text in refusal.cells.items()}
    return order, world.recipe({"ID": order.id, **cells})


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_said_while_planning(world: World, name: str) -> None:
    refusal = REFUSALS[name]
    order, sheet = _recipe(world, refusal)
    refusal.now(world, order)
    plan = world.plan(sheet)
    assert plan.changes == ()
    assert [(refusal.says in b.reason, bool(b.fix)) for b in plan.blocked] == [(True, True)], plan.blocked


@pytest.mark.parametrize("name", REFUSALS)
def test_where_it_becomes_so_afterwards_no_harm_is_done(world: World, name: str) -> None:
    refusal = REFUSALS[name]
    order, sheet = _recipe(world, refusal)
    plan = world.plan(sheet)
    assert plan.changes, plan.blocked
    refusal.now(world, order)
    before = picture(order)
    done = world.apply(sheet)
    first = done.changes()[0]
    assert first.outcome in refusal.outcomes, first
    assert first.reason
    assert picture(order) == before, "nothing of ours happened"
    assert world.effects("refund", "email", "orderCancel", "orderDelete") == []


ALLOWED = {"unfulfill: delivered", "track: unfulfilled"}
"""What Shopify lets happen [LIVE] and only we do not: between our last look and the request it is done."""
JOBS = {"cancel: already cancelled", "unarchive: cancelled", "fulfill: cancelled", "mark as paid: cancelled"}
"""A cancellation by somebody else is a job, which comes to its end after our request."""


@pytest.mark.parametrize("name", [name for name in REFUSALS if name not in ALLOWED | JOBS and "expired" not in name])
def test_where_it_becomes_so_between_our_last_look_and_the_request_shopify_decides(world: World, name: str) -> None:
    refusal = REFUSALS[name]
    order, sheet = _recipe(world, refusal)
    plan = world.plan(sheet)
    root = REGISTRY[plan.changes[0].action].mutation(plan.changes[0], "").document
    states: list[dict[str, Any]] = []

    class Late(Faults):
        def before(self, store: Any, call: Any) -> None:
            if root in getattr(call, "roots", ()) and not states:
                refusal.now(world, order)
                states.append(picture(order))

    world.store.faults = Late()
    done = world.apply(sheet)
    assert states, "the request was sent"
    first = done.changes()[0]
    assert first.outcome in ("drifted", "refused", "already"), first
    assert picture(order) == states[0], "nothing of ours happened"
    assert world.effects("refund", "email", "orderCancel", "orderDelete") == []


def test_a_missing_scope_blocks_what_needs_it(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    world.store.settings.scopes = tuple(
        scope for scope in world.store.settings.scopes if not scope.startswith("write_") or scope == "write_orders"
    )
    plan = world.plan(world.recipe({"ID": order.id, "Action": "unfulfill"}))
    assert ["lacks the scope write_merchant_managed_fulfillment_orders" in b.reason for b in plan.blocked] == [True]


@pytest.mark.parametrize("name", REGISTRY)
def test_a_scope_that_is_taken_away_after_our_last_look_stops_the_run_without_harm(world: World, name: str) -> None:
    story = STORIES[name]
    (order,) = world.some(story.kind, 1)
    story.before(world, order)
    sheet = world.recipe(*story.cells(order))
    plan = world.plan(sheet, **story.preferences)
    before, granted = picture(order), world.store.settings.scopes

    class Withdrawn(Faults):
        def before(self, store: Any, call: Any) -> None:
            if story.root in getattr(call, "roots", ()):
                store.settings.scopes = tuple(scope for scope in granted if not scope.startswith("write_"))

    world.store.faults = Withdrawn()
    done = world.apply(sheet)
    assert (done.outcomes, done.summary.exit_code) == ({"not_attempted": len(plan.changes)}, 1)
    told = done.summary.error or {}
    assert told["code"] == "access_denied"
    assert "scope" in told["fix"]
    assert [request.outcome for request in world.store.requests if request.root == story.root] == ["denied"]
    assert picture(order) == before
    assert world.effects("refund", "email", story.root) == []
    world.store.faults, world.store.settings.scopes = Faults(), granted
    assert world.apply(sheet).outcomes == {"applied": len(plan.changes)}, "given back, it goes on"


def test_a_token_that_may_not_read_customers_plans_all_the_same(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    world.store.settings.scopes = ("read_orders", "write_orders", "read_all_orders")
    name = world.recipe({"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"})
    assert [change.action for change in world.plan(name).changes] == ["cancel"]
    assert world.apply(name).outcomes == {"applied": 1}


def test_a_refusal_that_nobody_foresaw_is_told_as_such(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (order,) = world.some(deletable, 1)
    name = world.recipe({"ID": order.id, "Command": "DELETE"})
    world.plan(name)
    monkeypatch.setattr("bulk_orders.devstore.changes.lifecycle.deletable", lambda order: False)
    done = world.apply(name)
    assert done.outcomes == {"refused": 1}
    assert "The plan did not foresee that." in str(done.changes()[0].reason)
    assert any("Shopify refused to delete" in task for task in done.summary.by_hand)


def test_address_and_details_from_a_sheet(world: World) -> None:
    (order,) = world.some(lambda o: open_unpaid(o) and o.shipping_address is not None, 1)
    world.export()
    world.edit({order.name: {"Shipping: Address 1": "9 quai Neuf", "Additional Details": "gift: yes"}})
    before = picture(order)
    (change,) = world.plan().changes
    assert change.action == "update"
    assert world.apply().outcomes == {"applied": 1}
    assert order.shipping_address is not None
    assert order.shipping_address.address1 == "9 quai Neuf"
    assert [(a.key, a.value) for a in order.custom_attributes] == [("gift", "yes")]
    undo = world.undo()
    assert not undo.blocked
    assert world.apply(world.undone("orders.csv")).outcomes == {"applied": 1}
    assert picture(order) == before


def test_a_bulk_read_predicts_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order of the shop, asked to do everything at once: read by nodes and by a bulk operation."""
    cells = {"Action": "cancel, archive", "Cancel: Refund": "store credit"}
    orders = [o for o in world.store.orders.values() if o.cancelled_at is None]
    name = world.recipe(
        *(
            {"ID": o.id, **(cells if n % 2 else {"Action": "hold, refund", "Refund: Amount": "all"})}
            for n, o in enumerate(orders)
        )
    )
    world.later(60)
    by_nodes = world.plan(name)
    read_in_bulk(monkeypatch)
    in_bulk = world.plan(name)
    assert any(request.root == "bulkOperationRunQuery" for request in world.store.requests)
    assert [(c.order, c.action, c.fingerprint) for c in in_bulk.changes] == [
        (c.order, c.action, c.fingerprint) for c in by_nodes.changes
    ]
    assert in_bulk.blocked == by_nodes.blocked
    assert in_bulk.restocked() == by_nodes.restocked()


def test_an_id_that_is_none_does_not_cost_the_other_rows_their_predictions(world: World) -> None:
    (order,) = world.some(waiting, 1)
    cells = {"Action": "cancel", "Cancel: Refund": "TRUE"}
    plan = world.plan(world.recipe({"ID": "0", **cells}, {"ID": "424242", **cells}, {"ID": order.id, **cells}))
    assert [change.order for change in plan.changes] == [order.id]
    assert plan.restocked()
