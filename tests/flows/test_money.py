"""Money on the store in a box: refunds with a key, partial refunds after a cancellation, store credit, deletions."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stories import authorized, deletable, waiting
from world import World, open_paid, open_unpaid, paid_at_home, results

from bulk_orders.core.preferences import CancelDefaults
from bulk_orders.devstore import ConnectionDropped, Faults, Reply
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import StorageError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _foreign(order: Order) -> bool:
    return open_paid(order) and order.shop_currency != order.presentment_currency


def test_a_part_after_the_cancellation(world: World) -> None:
    """What the admin allows only then: cancelled without a refund, then a part of the money given back."""
    (order,) = world.some(paid_at_home, 1)
    name = world.recipe({"ID": order.id, "Action": "cancel, refund", "Refund: Amount": "2.00"})
    plan = world.plan(name)
    assert [str(m.amount) for m in plan.presentment_refunds()] == ["2.00"]
    assert world.apply(name).outcomes == {"applied": 2}
    assert order.cancelled_at is not None
    assert payment.refunded(order).presentment == 2
    (effect,) = world.effects("refund")
    assert effect.order == order.id


def test_chosen_lines_after_the_cancellation(world: World) -> None:
    (order,) = world.some(lambda o: open_paid(o) and not o.discount_codes, 1)
    line = order.line_items[0]
    rows = ({"ID": order.id, "Action": "cancel, refund", "Line: ID": line.id, "Refund: Quantity": "1"},)
    name = world.recipe(*rows)
    (_, refund) = world.plan(name).changes
    assert world.apply(name).outcomes == {"applied": 2}
    assert str(payment.refunded(order).presentment) == refund.args["amount"]


def test_units_that_the_cancellation_puts_back_to_stock_are_not_put_there_by_hand_too(world: World) -> None:
    (order,) = world.some(lambda o: paid_at_home(o) and waiting(o), 1)
    cells = {"Action": "cancel, refund", "Line: ID": order.line_items[0].id, "Refund: Quantity": "1"}
    plan = world.plan(world.recipe({"ID": order.id, **cells}))
    units = sum(line.quantity for line in order.line_items)
    assert sum(plan.restocked().values()) == units
    (_, refund) = plan.changes
    assert not any("stock" in said for said in (*refund.warnings, *refund.by_hand))
    done = world.apply("recipe.csv")
    assert done.outcomes == {"applied": 2}
    (effect,) = world.effects("restock")
    assert sum(effect.detail["units"].values()) == units
    assert not any("stock" in task for task in done.summary.by_hand)


def test_money_in_the_customers_own_currency(world: World) -> None:
    (order,) = world.some(_foreign, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "all"})
    plan = world.plan(name)
    assert [m.currency for m in plan.presentment_refunds()] == [order.presentment_currency]
    assert [m.currency for m in plan.refunds()] == [order.shop_currency]
    assert world.apply(name).outcomes == {"applied": 1}
    assert payment.financial_status(order) == "REFUNDED"


def _authorized(order: Order) -> bool:
    return (
        authorized(order)
        and order.shop_currency == order.presentment_currency
        and not order.fulfillments
        and len(order.transactions) == 1
    )


@pytest.mark.parametrize(
    ("asked", "kind"),
    [("capture, refund", _authorized), ("mark paid, refund", open_unpaid)],
    ids=["captured", "marked as paid"],
)
@pytest.mark.parametrize("amount", ["all", "2.00"])
def test_what_was_just_taken_in_is_given_back(
    world: World, asked: str, kind: Callable[[Order], bool], amount: str
) -> None:
    (order,) = world.some(lambda o: kind(o) and o.shop_currency == o.presentment_currency, 1)
    name = world.recipe({"ID": order.id, "Action": asked, "Refund: Amount": amount})
    plan = world.plan(name)
    assert not plan.blocked, plan.blocked
    assert all(money.amount > 0 for money in plan.refunds())
    assert world.apply(name).outcomes == {"applied": 2}
    received = payment.received(order).presentment
    assert received > 0
    assert payment.refunded(order).presentment == (received if amount == "all" else 2)


def test_a_bare_number_is_no_amount_of_a_foreign_order(world: World) -> None:
    (order,) = world.some(_foreign, 1)
    plan = world.plan(world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "2.00"}))
    (left,) = plan.blocked
    assert order.presentment_currency in left.fix
    assert order.shop_currency in left.reason
    named = f"2.00 {order.presentment_currency}"
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": named})
    assert named in str(world.plan(name).changes[0].after["Payment"])
    assert world.apply(name).outcomes == {"applied": 1}
    assert payment.refunded(order).presentment == 2


def test_store_credit(world: World) -> None:
    (order,) = world.some(lambda o: paid_at_home(o) and o.customer is not None and o.purchasing_company is None, 1)
    cells = {"Refund: Amount": "1.00", "Refund: To": "store credit", "Refund: Store Credit Expires At": "2027-06-30"}
    name = world.recipe({"ID": order.id, "Action": "refund", **cells})
    world.plan(name)
    assert world.apply(name).outcomes == {"applied": 1}
    assert [effect.order for effect in world.effects("storeCredit")] == [order.id]


class _Instead(Faults):
    """The first answers to a mutation are lost, after or before it was executed."""

    def __init__(self, times: int, *, executed: bool) -> None:
        self.times, self.executed = times, executed
        self.keys: list[str] = []

    def _strikes(self, call: Any) -> bool:
        if call.kind != "mutation":
            return False
        self.keys.append(json.loads(call.body)["variables"]["key"])
        self.times -= 1
        return self.times >= 0

    def before(self, store: Any, call: Any) -> Any:
        return Reply(502) if not self.executed and self._strikes(call) else None

    def after(self, store: Any, call: Any, reply: Any) -> Any:
        if self.executed and self._strikes(call):
            raise ConnectionDropped
        return reply


@pytest.mark.parametrize("executed", [True, False])
def test_a_refund_whose_answer_was_lost_is_made_once_and_with_one_key(world: World, executed: bool) -> None:
    (order,) = world.some(paid_at_home, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "1.00"})
    world.plan(name)
    world.store.faults = faults = _Instead(1, executed=executed)
    assert world.apply(name).outcomes == {"applied": 1}
    assert len(world.effects("refund")) == 1
    assert len(set(faults.keys)) == 1
    assert len(faults.keys) == (1 if executed else 2)


def test_a_refund_with_a_mail_is_not_sent_again_on_a_guess(world: World) -> None:
    (order,) = world.some(paid_at_home, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "1.00", "Refund: Notify": "TRUE"})
    world.plan(name)
    world.store.faults = _Instead(1, executed=False)
    done = world.apply(name)
    assert done.outcomes == {"unknown": 1}
    assert done.summary.exit_code == 7
    assert world.effects("refund") == []


def test_a_colleagues_refund_is_not_taken_for_ours(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "all"})
    world.plan(name)
    world.store.people.refund(order.name)
    assert world.apply(name).outcomes == {"drifted": 1}
    (blocked,) = world.plan(name).blocked
    assert "was refunded already" in blocked.reason


def test_a_refund_over_what_is_left_is_refused_without_harm(world: World) -> None:
    """The order changes between our last look and our request: Shopify decides."""
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "all"})
    world.plan(name)

    class Late(Faults):
        def before(self, store: Any, call: Any) -> None:
            if "refundCreate" in getattr(call, "roots", ()):
                store.people.refund(order.name)

    world.store.faults = Late()
    done = world.apply(name)
    assert done.outcomes == {"drifted": 1}  # with what Shopify said
    assert "greater than net payment" in str(done.changes()[0].reason)
    assert world.effects("refund") == []


def test_what_somebody_has_captured_a_part_of_is_not_captured_whole(world: World) -> None:
    (order,) = world.some(_authorized, 1)
    name = world.recipe({"ID": order.id, "Action": "capture"})
    world.plan(name)
    (authorization,) = order.transactions
    half = authorization.amount_set.share(Decimal(1), Decimal(2))
    order.transactions.append(replace(authorization, kind="CAPTURE", amount_set=half, parent_transaction=authorization))
    done = world.apply(name)
    assert done.outcomes == {"drifted": 1}
    assert world.effects() == []


# --- deletions --------------------------------------------------------------------------------------------------------


def _deletion(world: World) -> tuple[Order, str]:
    (order,) = world.some(deletable, 1)
    return order, world.recipe({"ID": order.id, "Command": "DELETE"})


def test_an_order_is_backed_up_before_it_is_deleted(world: World) -> None:
    order, name = _deletion(world)
    plan = world.plan(name)
    done = world.apply(name)
    assert done.outcomes == {"applied": 1}
    folder = world.home / "backups" / plan.plan_id
    assert any(str(folder) in notice for notice in done.summary.notices)
    (kept,) = folder.glob("*.json")
    told = json.loads(kept.read_text(encoding="utf-8"))
    assert told["id"] == order.id
    assert len(told["lineItems"]["nodes"]) == len(order.line_items)
    (rows,) = folder.glob("*.csv")
    assert [row["Line: ID"] for row in results(rows)] == [line.id for line in order.line_items]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_a_backup_nothing_is_deleted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, name = _deletion(world)
    world.plan(name)
    world.home.mkdir(parents=True, exist_ok=True)
    (world.home / "backups").write_text("in the way", encoding="utf-8")
    done = world.apply(name)
    assert done.summary.exit_code == 1
    assert StorageError.code in str(done.summary.error)
    assert world.mutations() == 0


def test_an_order_that_is_gone_already_is_as_wanted(world: World) -> None:
    order, name = _deletion(world)
    world.plan(name)
    world.store.people.delete(order.name)
    assert world.apply(name).outcomes == {"already": 1}


def test_an_order_that_shopify_would_not_delete_is_left_alone(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    plan = world.plan(world.recipe({"ID": order.id, "Command": "DELETE"}))
    assert plan.changes == ()
    assert ["that was paid online" in b.reason for b in plan.blocked] == [True]


def test_cancelled_and_deleted_in_one_go(world: World) -> None:
    order, _ = _deletion(world)
    name = world.recipe({"ID": order.id, "Action": "cancel, delete"})
    assert [change.action for change in world.plan(name).changes] == ["cancel", "delete"]
    assert world.apply(name).outcomes == {"applied": 2}
    assert order.id not in world.store.orders


def test_cancelled_with_its_money_given_back_and_deleted_in_one_go(world: World) -> None:
    """Cancelling changes statuses that Shopify derives (payment, shipping): the deletion after it is no drift."""
    (order,) = world.some(deletable, 1)
    world.store.people.mark_paid(order.name)
    world.store.people.hold(order.name, handle="bulk-orders", other_app=False)
    name = world.recipe({"ID": order.id, "Action": "cancel, delete", "Cancel: Refund": "TRUE"})
    assert [change.action for change in world.plan(name).changes] == ["cancel", "delete"]
    assert world.apply(name).outcomes == {"applied": 2}
    assert order.id not in world.store.orders


def test_what_was_shipped_since_the_plan_is_not_deleted(world: World) -> None:
    order, name = _deletion(world)
    world.plan(name)
    world.store.people.fulfill(order.name)
    assert world.apply(name).outcomes == {"drifted": 1}
    assert order.id in world.store.orders


@pytest.mark.parametrize("late", [lambda w, o: w.store.people.mark_paid(o.name)])
def test_what_was_decided_on_another_order_is_not_deleted(world: World, late: Callable[[World, Order], None]) -> None:
    order, name = _deletion(world)
    world.plan(name)
    late(world, order)
    assert world.apply(name).outcomes == {"drifted": 1}
    assert order.id in world.store.orders


def test_a_refund_named_apart_wins_over_the_default_of_cancel(world: World) -> None:
    """With `[cancel] refund = true` the cancellation would otherwise give everything back, and the refund some more."""
    (order,) = world.some(paid_at_home, 1)
    name = world.recipe({"ID": order.id, "Action": "cancel, refund", "Refund: Amount": "1.00"})
    plan = world.plan(name, cancel=CancelDefaults(refund="original"))
    cancel, refund = plan.changes
    assert (cancel.action, cancel.refund, refund.action) == ("cancel", None, "refund")
    assert refund.refund is not None
    assert Decimal(0) < refund.refund.amount < Decimal(2), "one of the customer's own currency"


def test_a_cancellation_that_gave_no_money_back_is_not_one_that_does(world: World) -> None:
    """Somebody cancels without a refund: the money is still with the shop, and the sheet is told so."""
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"})
    world.plan(name)
    world.store.people.cancel(order.name)
    world.later(30.0)
    done = world.apply(name)
    assert done.outcomes == {"drifted": 1}
    (left,) = world.plan(name).blocked
    assert "still with the shop" in left.reason
    assert "refund" in left.fix


@pytest.mark.parametrize(
    ("takes", "sends"),
    [(12.0, 1), (20.0, 2), (40.0, 3)],
    ids=["there by the time it is read again", "asked again while under way", "asked twice again"],
)
def test_a_refund_that_shopify_is_still_at_is_waited_for_and_sent_again_under_its_key(
    world: World, takes: float, sends: int
) -> None:
    """The error of a concurrent request with the same idempotency key is no refusal (shopify-api.md 4.0)."""
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "all"})
    world.plan(name)
    world.store.settings.refund_seconds = takes
    world.store.faults = faults = _Instead(0, executed=False)
    done = world.apply(name)
    assert done.outcomes == {"applied": 1}
    assert len(faults.keys) == sends
    assert len(set(faults.keys)) == 1
    assert len(world.effects("refund")) == 1


def test_a_refund_that_takes_for_ever_needs_a_person_and_is_only_read_from_then_on(world: World) -> None:
    (order,) = world.some(open_paid, 1)
    name = world.recipe({"ID": order.id, "Action": "refund", "Refund: Amount": "all"})
    world.plan(name)
    world.store.settings.refund_seconds = 300.0
    done = world.apply(name)
    assert (done.outcomes, done.summary.exit_code) == ({"unknown": 1}, 7)
    sent = world.mutations()
    world.later(300.0)
    assert world.apply(name).outcomes == {"applied": 1}
    assert (world.mutations(), len(world.effects("refund"))) == (sent, 1)
