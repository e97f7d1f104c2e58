"""Every pair of actions in one row: what the plan foresees of the second step, after the first, is what happens.

One shop and one sheet for the whole grid. Each pair is asked of orders in which all that can be said of two steps is
different: how it was paid, what was shipped, returned and held. Which orders those are the plan itself tells, so a
pair that can be planned for none of the shop's orders fails too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from stories import at_rest
from virtual import START
from world import World, open_paid, open_unpaid

from bulk_orders.core.actions import STEPS
from bulk_orders.core.changes import Blocked, Change
from bulk_orders.core.edits import CONTRADICTIONS, Edit, OrderEdits
from bulk_orders.core.events import ChangeDone
from bulk_orders.core.order import Facet
from bulk_orders.core.order import Order as Live
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.steps import steps
from bulk_orders.devstore.changes.holds import hold
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order, OrderTransaction

_EXCLUDED = {frozenset(pair) for pair in CONTRADICTIONS}
PAIRS = [pair for pair in combinations(STEPS, 2) if frozenset(pair) not in _EXCLUDED]
"""In the order of the steps; a row that names them the other way round asks for the same."""
EACH = 3
"""Orders that a pair is asked of."""
IMPOSSIBLE = {("track", "cancel"): "outstanding fulfillments"}
"""Pairs of which the second step cannot be had while the first makes sense, with what the plan says."""
Rows = list[dict[str, str]]
ALLOWED: dict[str, Any] = {"allow_delivered": True, "allow_second_refund": True}


def wishes(order: Order, pair: tuple[str, str]) -> Iterator[Rows]:
    """The rows that ask an order for a pair of actions, one set for each way in which they can be done."""
    parcels = [f.id for f in order.fulfillments if f.status not in shipping.GONE]
    plain: dict[str, str] = {"ID": order.id}
    rows: Rows = [plain]
    words = []
    for name in pair:
        if name == "update":
            plain |= {"Note": "Call before delivery"}
        elif name == "track":
            rows += [{"ID": order.id, "Fulfillment: ID": gid, "Fulfillment: Tracking Number": "N1"} for gid in parcels]
            del rows[2:]
        elif pair == ("unfulfill", "track"):  # of one parcel and of the other
            plain |= {"Fulfillment: ID": parcels[-1] if parcels else "", "Fulfillment: Status": "cancelled"}
        elif name.startswith("tag_"):
            plain |= _tags(order, pair)
        else:
            words.append(name.replace("_", " "))
    if words:
        plain["Action"] = ", ".join(words)
    for options in _options(pair):
        yield [plain | options, *rows[1:]]


def _tags(order: Order, pair: tuple[str, str]) -> dict[str, str]:
    if "tag_remove" in pair and "tag_add" in pair:
        return {"Tags": ", ".join([*order.tags[1:], "wholesale"]), "Tags Command": "REPLACE"}
    if "tag_remove" in pair:
        return {"Tags": ", ".join(order.tags[:1]), "Tags Command": "DELETE"}
    return {"Tags": "wholesale", "Tags Command": "MERGE"}


def _options(pair: tuple[str, str]) -> list[dict[str, str]]:
    """The cells that say how a step is done, in each way that they can."""
    credit = {"Refund: Amount": "all", "Refund: To": "store credit"}
    ways = [{"Refund: Amount": "all"}, credit] if "refund" in pair else [{}]
    if "cancel" not in pair:
        return ways
    how = ["FALSE"] if "refund" in pair else ["TRUE", "FALSE", "store credit"]
    return [{**way, "Cancel: Refund": each} for way in ways for each in how]


def _edits(order: Order, rows: Rows) -> OrderEdits:
    found = (
        Edit(number, header, None, text, row.get("Fulfillment: ID"), known=False)
        for number, row in enumerate(rows, 2)
        for header, text in row.items()
        if header not in ("ID", "Fulfillment: ID")
    )
    return OrderEdits(order.id, None, tuple(found))


@dataclass
class Grid:
    """What was planned and done, by order; `asked` says which orders a pair was asked of."""

    asked: dict[tuple[str, str], list[Order]]
    rows: dict[str, Rows]
    planned: dict[str, list[Change]]
    blocked: list[Blocked]
    done: dict[str, list[ChangeDone]]


def _mixed(world: World) -> None:
    """Orders as the seed has few of: held by us, all of it and a part, paid by hand, shipped in part, archived."""
    people = world.store.people
    resting = [o for o in world.store.orders.values() if open_paid(o) or open_unpaid(o)]
    for number, order in enumerate(resting):
        if number % 2:
            order.transactions.clear()  # owed
        if number % 4 == 1:
            _authorize(world, order)
        elif number % 8 == 3 and payment.can_mark_as_paid(order):
            people.mark_paid(order.name)
        if number % 5 < 2 and [found.status for found in shipping.working_orders(order)] == ["OPEN"]:
            if number % 5:
                _hold_a_part(world, order)
            else:
                people.hold(order.name, handle="bulk-orders", other_app=False)
        if number % 3 == 1:
            people.fulfill(order.name, units=None if number % 2 else 1)
            if number % 6 == 4:
                people.fulfill(order.name)
        if number % 7 == 0:
            people.archive(order.name)


def _authorize(world: World, order: Order) -> None:
    made = OrderTransaction(
        world.store.ids.new("OrderTransaction"),
        order,
        "AUTHORIZATION",
        "SUCCESS",
        "shopify_payments",
        payment.total_price(order),
        order.created_at,
        order.created_at,
    )
    order.transactions.append(made)
    world.store.register(made)


def _hold_a_part(world: World, order: Order) -> None:
    (work,) = shipping.working_orders(order)
    part = work.line_items[0]
    if shipping.remaining(work) > 1:
        request = {
            "reason": "OTHER",
            "handle": "bulk-orders",
            "fulfillmentOrderLineItems": [{"id": part.id, "quantity": 1}],
        }
        with world.store.acting("people"):
            hold(world.store, work.id, request)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


_SCARCE = {"capture", "delete", "mark_paid", "track", "release"}
"""What few orders can have: the pairs with these choose theirs first."""


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Grid:
    world = World(tmp_path_factory.mktemp("pairs"), orders=1200)
    _mixed(world)
    world.later(60)
    live = _live(world)
    asked, rows = _chosen(world, live)
    plan = world.plan(world.recipe(*(row for each in rows.values() for row in each)), **ALLOWED)
    planned: dict[str, list[Change]] = {}
    done: dict[str, list[ChangeDone]] = {}
    for change in plan.changes:
        planned.setdefault(change.order, []).append(change)
    by_id = {change.id: change.order for change in plan.changes}
    for event in world.apply("recipe.csv").changes():
        done.setdefault(by_id[event.id], []).append(event)
    return Grid(asked, rows, planned, list(plan.blocked), done)


def _live(world: World) -> dict[str, Live]:
    async def read() -> dict[str, Live]:
        async with world.shop() as shop:
            return await shop.orders(list(world.store.orders), frozenset(Facet) - {Facet.APPS})

    return world.run(read())


def _chosen(world: World, live: dict[str, Live]) -> tuple[dict[tuple[str, str], list[Order]], dict[str, Rows]]:
    """For each pair, orders of several kinds of which the plan says that both steps can be done."""
    kinds: dict[tuple[Any, ...], list[Order]] = {}
    for order in world.store.orders.values():
        kinds.setdefault(_kind(order, live[order.id]), []).append(order)
    preferences = Preferences(now=START, recipe=True, plan_id="0000-0000", **ALLOWED)
    asked: dict[tuple[str, str], list[Order]] = {pair: [] for pair in PAIRS}
    rows: dict[str, Rows] = {}
    scarce_first = sorted(PAIRS, key=lambda pair: -len(_SCARCE & set(pair)))
    for number, pair in enumerate(scarce_first):
        turned = list(kinds)[number % len(kinds) :] + list(kinds)[: number % len(kinds)]
        for at, kind in enumerate(turned):
            if not kinds[kind] or len(asked[pair]) == EACH:
                continue
            order = kinds[kind][0]
            ways = list(wishes(order, pair))
            cells = ways[(at + len(asked[pair])) % len(ways)]
            taken = steps(_edits(order, cells), live[order.id], preferences)
            if set(pair) <= {change.action for change in taken.changes}:
                asked[pair].append(kinds[kind].pop(0))
                rows[order.id] = cells
    return asked, rows


def _kind(order: Order, live: Live) -> tuple[Any, ...]:
    return (
        live.financial_status,
        live.fulfillment_status,
        live.cancelled,
        live.closed,
        live.return_status,
        tuple(sorted((found.status, len(found.own_holds)) for found in live.work)),
        len(live.active_fulfillments),
        tuple(sorted({(t.kind, t.status, t.manual) for t in live.known_transactions})),
        live.own_currency == live.net_payment.currency,
        bool(order.tags),
    )


@pytest.mark.parametrize("pair", IMPOSSIBLE, ids=" then ".join)
def test_what_cannot_be_had_together_is_said(world: World, pair: tuple[str, str]) -> None:
    orders = [order for order in world.store.orders.values() if at_rest(order)]
    plan = world.plan(world.recipe(*(row for order in orders for row in next(wishes(order, pair)))), **ALLOWED)
    assert plan.changes == ()
    assert {(b.order, IMPOSSIBLE[pair] in b.reason, bool(b.fix)) for b in plan.blocked} == {
        (order.id, True, True) for order in orders
    }


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in IMPOSSIBLE], ids=" then ".join)
def test_what_is_foreseen_of_the_second_step_is_what_happens(grid: Grid, pair: tuple[str, str]) -> None:
    assert grid.asked[pair], "no order of the shop can have both"
    for order in grid.asked[pair]:
        cells = grid.rows[order.id]
        planned = grid.planned.get(order.id, [])
        assert set(pair) <= {change.action for change in planned}, (cells, grid.blocked)
        for change, event in zip(planned, grid.done[order.id], strict=True):
            foreseen = any("nothing will be left to do" in warning for warning in change.warnings)
            expected = ("already",) if foreseen else ("applied",)
            assert event.outcome in expected, (order.name, cells, event.reason, event)
