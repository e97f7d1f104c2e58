"""A month of nights on the store in a box: people edit, nights are missed, killed, refused, out of disk and doubled.

At its end every order stands where the policy wants it, nothing was done that the policy does not allow, every effect
is in a record once, and the history tells it all.
"""

from __future__ import annotations

import contextlib
import csv
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from nights import DAY, Nights
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.nights import DONE, FAILED, INTERRUPTED
from bulk_orders.core.results import FINAL
from bulk_orders.devstore import Refused
from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import ShopLocked
from bulk_orders.flows.history import past_nights, past_runs
from bulk_orders.flows.run_status import run_status
from bulk_orders.tokens import Credentials, Secret
from bulk_orders.views.history_text import nights_text
from bulk_orders.views.paint import Paint

POLICY = """
[actions]
archive = "do"
cancel = "do"
release = "do"
tag_add = "do"
update = "do"
unfulfill = "wait"

[limits]
irreversible = 40
refunds = "2000 EUR"

[protect]
tags = ["vip"]
actions = "all"

[[rules]]
name = "release ours"
do = "release"
when = { hold = "own", held_ago = "3d" }

[[rules]]
name = "archive"
do = "archive"
when = { payment = "paid", fulfillment = "fulfilled", delivery = ["delivered", "picked_up"], delivered_ago = "5d" }
unless = { return = ["return_requested", "in_progress"] }

[[rules]]
name = "cancel unpaid"
do = "cancel"
when = { payment = ["pending", "expired"], fulfillment = "unfulfilled", placed_ago = "14d" }
cancel = { reason = "other", restock = true, refund = false }

[[rules]]
name = "stuck"
do = "tag"
tags = "stuck"
when = { finding = "paid_unfulfilled" }
"""
NIGHTS = 30
MISSED, KILLED, FULL, REVOKED, DOUBLED = (7, 8), 12, 16, 20, 24
OURS = {
    "archive": "orderClose",
    "cancel": "orderCancel",
    "release": "fulfillmentOrderReleaseHold",
    "tag_add": "tagsAdd",
    "update": "orderUpdate",
}
"""What the policy lets run, and the store's word for it."""
SHEET = "in/desired-{date}.csv"


@dataclass
class Wanted:
    """What the sheets of the month asked for, order by order; nobody else touches these orders."""

    archived: list[Order] = field(default_factory=list)
    cancelled: list[Order] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    waiting: list[Order] = field(default_factory=list)
    """To be unfulfilled, which the policy leaves to a person; and to be archived although they are vip."""


@dataclass
class Month:
    nights: Nights
    chance: random.Random
    wanted: Wanted
    reserved: list[Order]
    edited: set[str]

    def erp(self, day: int) -> None:
        """The warehouse writes tonight's sheet: two or three orders, and something that is not for the night."""
        folder = self.nights.world.folder / "in"
        folder.mkdir(exist_ok=True)
        rows = [self._row(self.reserved.pop(), day) for _ in range(min(2, len(self.reserved)))]
        with (folder / f"desired-{self.nights.today}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["ID", "Name", "Action", "Cancel: Refund", "Note"], restval="")
            writer.writeheader()
            writer.writerows(rows)

    def _row(self, order: Order, day: int) -> dict[str, str]:
        named = {"ID": order.id, "Name": order.name}
        if shipped(order) and day % 5 == 0:
            self.wanted.waiting.append(order)
            return {**named, "Action": "unfulfill"}
        if shipped(order):
            self.wanted.archived.append(order)
            return {**named, "Action": "archive"}
        if open_paid(order) and payment.total_price(order).shop < 150:
            self.wanted.cancelled.append(order)
            return {**named, "Action": "cancel", "Cancel: Refund": "TRUE"}
        self.wanted.notes[order.id] = f"Checked on day {day}"
        return {**named, "Note": f"Checked on day {day}"}

    def people(self) -> None:
        """Others work in the shop: they ship, deliver, pay, hold, tag, write and unarchive, as the shop lets them."""
        people, chance = self.nights.world.store.people, self.chance
        free = [o for o in self.nights.world.store.orders.values() if o.id not in self.edited]
        for order in chance.sample(free, 6):
            deeds: list[Any] = [
                lambda o=order: people.fulfill(o.name),
                lambda o=order: people.carrier_event(o.name, "DELIVERED"),
                lambda o=order: people.carrier_event(o.name, "DELIVERED"),
                lambda o=order: people.mark_paid(o.name),
                lambda o=order: people.hold(o.name, handle="bulk-orders", other_app=False),
                lambda o=order: people.tag(o.name, "seen"),
                lambda o=order: people.edit_order(o.name, note="by hand"),
                lambda o=order: people.unarchive(o.name),
                lambda o=order: people.release(o.name),
            ]
            with contextlib.suppress(Refused, IndexError):
                chance.choice(deeds)()


@pytest.fixture
def month(tmp_path: Path) -> Month:
    world = World(tmp_path, orders=140)
    store = world.store
    chance = random.Random(30)
    open_ones = [o for o in store.orders.values() if o.cancelled_at is None and o.closed_at is None]
    for order in chance.sample(open_ones, 8):
        store.people.tag(order.name, "vip")
    plain = [o for o in open_ones if "vip" not in o.tags]
    kinds = [
        [o for o in plain if shipped(o)][:22],
        [o for o in plain if open_paid(o)][:8],
        [o for o in plain if open_unpaid(o) and payment.financial_status(o) == "AUTHORIZED"][:8],
    ]
    reserved = [order for kind in kinds for order in kind]
    chance.shuffle(reserved)
    return Month(Nights(world, POLICY), chance, Wanted(), reserved, {o.id for o in reserved})


def one_night(month: Month, day: int) -> None:
    """The night of a day, with what goes wrong on it."""
    nights, world = month.nights, month.nights.world
    if day in MISSED:
        return
    if day == KILLED:
        nights.killed("send.before", 2, SHEET)
    elif day == FULL:
        nights.without_room("commit.before", 4, SHEET)
    elif day == REVOKED:
        good = world.settings
        nights.with_settings(credentials=Credentials(token=Secret("revoked"), source="the test"))
        assert nights(SHEET).code == 1
        world.settings = good
    elif day == DOUBLED:
        _beside_another(month)
        assert nights(SHEET).code in (0, 3)
    else:
        assert nights(SHEET).code in (0, 3)


def _beside_another(month: Month) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.nights import night_lock\n"
        "with night_lock(Path(sys.argv[1]), sys.argv[2]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    world = month.nights.world
    command = [sys.executable, "-c", script, str(world.home), str(world.settings.shop)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()
        before = len(world.store.requests)
        with pytest.raises(ShopLocked):
            month.nights(SHEET)
        assert len(world.store.requests) == before
        other.kill()


def test_a_month_of_nights(month: Month) -> None:
    nights, world = month.nights, month.nights.world
    for day in range(1, NIGHTS + 1):
        month.people()
        month.erp(day)
        one_night(month, day)
        nights.next_day()
    month.erp(NIGHTS + 1)
    last = nights(SHEET)
    now = START.timestamp() + world.passed

    _stands_as_the_sheets_want_it(month)
    _stands_as_the_rules_want_it(world, now)
    _nothing_outside_the_policy(month)
    _every_effect_is_on_record_once(world)
    _the_history_tells_it(month)
    assert last.code in (0, 3)
    done = len(world.effects(*OURS.values()))
    assert nights(SHEET).outcomes == {}
    assert len(world.effects(*OURS.values())) == done


def _stands_as_the_sheets_want_it(month: Month) -> None:
    wanted = month.wanted
    assert len(wanted.archived) >= 8
    assert len(wanted.cancelled) > 2
    assert len(wanted.notes) > 5
    assert len(wanted.waiting) > 1
    assert [o.name for o in wanted.archived if o.closed_at is None] == []
    assert [o.name for o in wanted.cancelled if o.cancelled_at is None] == []
    orders = month.nights.world.store.orders
    assert {gid: orders[gid].note for gid in wanted.notes} == wanted.notes
    assert all(shipping.fulfillment_status(o) == "FULFILLED" for o in wanted.waiting)


def _stands_as_the_rules_want_it(world: World, now: float) -> None:
    for order in world.store.orders.values():
        if "vip" in order.tags:
            continue
        days = (now - order.created_at) / DAY
        open_still = order.cancelled_at is None and order.closed_at is None
        unpaid = payment.financial_status(order) in ("PENDING", "EXPIRED")
        if order.cancelled_at is None and unpaid and shipping.fulfillment_status(order) == "UNFULFILLED" and days >= 14:
            pending = any(t.status in {"PENDING", "AWAITING_RESPONSE"} for t in order.transactions)
            assert pending, f"{order.name} is unpaid for {days:.0f} days and nothing stands in the way"
        if open_still and _arrived_for(order, now) >= 5 and payment.financial_status(order) == "PAID":
            going_back = flags.return_status(order) in ("RETURN_REQUESTED", "IN_PROGRESS")
            assert going_back or shipping.fulfillment_status(order) != "FULFILLED", f"{order.name} should be archived"
        for work in order.fulfillment_orders:
            for hold in work.fulfillment_holds:
                assert hold.app.handle == "fraud-guard" or (now - work.updated_at) / DAY < 3, f"{order.name} is held"


def _arrived_for(order: Order, now: float) -> float:
    parcels = [f for f in order.fulfillments if f.status not in shipping.GONE]
    if not parcels or any(shipping.display_status(f) not in ("DELIVERED", "PICKED_UP") for f in parcels):
        return -1.0
    return (now - max(e.happened_at for f in parcels for e in f.events if e.status == "DELIVERED")) / DAY


def _nothing_outside_the_policy(month: Month) -> None:
    world = month.nights.world
    consequences = {"refund", "restock", "void", "archive", "storeCredit"}
    ours = [e for e in world.effects() if e.detail.get("by") == "api"]
    assert {e.kind for e in ours} - consequences == set(OURS.values())
    vip = {o.id for o in world.store.orders.values() if "vip" in o.tags}
    assert not [e for e in ours if e.order in vip]
    assert not world.effects("email")
    refunded = Counter(e.order for e in ours if e.kind == "refund")
    assert set(refunded) <= {o.id for o in month.wanted.cancelled}
    assert set(refunded.values()) <= {1}


def _every_effect_is_on_record_once(world: World) -> None:
    """What the nights' records say was applied is what the store did, and every plan came to its end."""
    said: Counter[str] = Counter()
    refunds = Decimal(0)
    for night in past_nights(world.home):
        for part in night.parts:
            if part.plan is None or part.dropped or not part.outcomes:
                continue
            status = run_status(Path(night.folder) / part.plan, world.settings)
            assert {entry.state for entry in status.entries.values()} <= FINAL
            said.update(c.action for c in status.plan.changes if status.entries[c.id].state == "applied")
            refunds += sum((Decimal(money["amount"]) for money in part.refunds), Decimal(0))
    happened = Counter(e.kind for e in world.effects(*OURS.values()))
    assert {OURS[action]: number for action, number in said.items()} == dict(happened)
    assert refunds > 0


def _the_history_tells_it(month: Month) -> None:
    world = month.nights.world
    history = past_nights(world.home)[::-1]
    days = Counter(night.day for night in history)
    assert len(days) == NIGHTS - len(MISSED) + 1
    by_number = {(START.timestamp() + (n - 1) * DAY): n for n in range(1, NIGHTS + 2)}
    states = {}
    for night in history:
        from datetime import datetime

        day = by_number[datetime.fromisoformat(f"{night.day}T10:00:00+00:00").timestamp()]
        states[day] = night.state
    assert states[KILLED] == INTERRUPTED
    assert states[FULL] in (FAILED, INTERRUPTED)
    assert states[REVOKED] == FAILED
    assert {state for day, state in states.items() if day not in (KILLED, FULL, REVOKED)} == {DONE}
    assert all(past.state == "finished" for past in past_runs(world.home) if past.runs)
    caught_up = next(night for night in history if len([p for p in night.parts if p.kind == "sheet"]) == 3)
    assert [part.day for part in caught_up.parts if part.kind == "sheet"][-1] == caught_up.day
    told = nights_text(history[::-1], 0, Paint(False))
    assert "interrupted" in told
    assert "does not take the access token" in told
