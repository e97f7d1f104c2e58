"""Hold and release: per fulfillment order, ours only, never twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import edits, fulfillment, held, order, work

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.order import Hold, Order
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.steps import OrderSteps, steps

HOLD, RELEASE = REGISTRY["hold"], REGISTRY["release"]


def _steps(action: str, live: Order, **preferences: object) -> OrderSteps:
    return steps(edits(Action=action), live, Preferences(**preferences))  # type: ignore[arg-type]


def test_a_hold_carries_its_reason_its_note_and_our_handle() -> None:
    asked = edits(Action="hold", Hold__Reason="inventory out of stock", Hold__Note="Back in May")
    (change,) = steps(asked, order(fulfillment_orders=(work(1),)), Preferences()).changes
    assert HOLD.mutation(change, "").variables == {
        "id": "gid://shopify/FulfillmentOrder/1",
        "hold": {"reason": "INVENTORY_OUT_OF_STOCK", "reasonNotes": "Back in May", "handle": "bulk-orders"},
    }


def test_what_we_hold_already_is_not_held_twice() -> None:
    assert _steps("hold", order(fulfillment_orders=(held(1),))) == OrderSteps()


def test_what_another_app_holds_is_held_by_us_too() -> None:
    (change,) = _steps("hold", order(fulfillment_orders=(held(1, ours=False),))).changes
    assert "not by us" in change.warnings[0]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (work(1, actions=frozenset({"REQUEST_CANCELLATION"}), request_status="SUBMITTED"), "was asked to ship it"),
        (work(1, status="IN_PROGRESS", actions=frozenset({"CREATE_FULFILLMENT"})), "while it is in progress"),
        (
            replace(held(1), holds=tuple(Hold(str(n), "OTHER", None, f"h{n}", ours=True) for n in range(10))),
            "up to 10 holds",
        ),
    ],
    ids=["asked a service", "in progress", "ten holds"],
)
def test_what_shopify_would_not_hold_is_said(found: object, reason: str) -> None:
    taken = _steps("hold", order(fulfillment_orders=(found,)))
    assert [(reason in b.reason, bool(b.fix)) for b in taken.blocked] == [(True, True)]


def test_a_cancelled_order_is_not_held() -> None:
    live = order(fulfillment_orders=(work(1),), cancelled_at="2026-01-01T00:00:00Z")
    assert ["ships nothing" in b.reason for b in _steps("hold", live).blocked] == [True]


def test_a_release_names_its_holds() -> None:
    (change,) = _steps("release", order(fulfillment_orders=(held(1),))).changes
    assert RELEASE.mutation(change, "").variables == {
        "id": "gid://shopify/FulfillmentOrder/1",
        "holds": ["gid://shopify/FulfillmentHold/1"],
    }


def _both() -> Order:
    theirs = Hold("gid://shopify/FulfillmentHold/9", "HIGH_RISK_OF_FRAUD", None, "g", ours=False, app="Fraud Guard")
    found = held(1)
    return order(fulfillment_orders=(replace(found, holds=(*found.holds, theirs)),))


def test_a_release_leaves_other_apps_holds() -> None:
    (change,) = _steps("release", _both()).changes
    assert change.args["holds"] == ["gid://shopify/FulfillmentHold/1"]
    assert change.reversible
    assert change.warnings == ("It stays held by Fraud Guard (high risk of fraud).",)


def test_all_holds_are_lifted_only_when_told_and_for_good() -> None:
    (change,) = _steps("release", _both(), all_holds=True).changes
    assert change.args["holds"] == ["gid://shopify/FulfillmentHold/1", "gid://shopify/FulfillmentHold/9"]
    assert not change.reversible, "another app's hold cannot be put back in its name"
    assert "Fraud Guard (high risk of fraud)" in change.warnings[0]


def test_nothing_held_is_nothing_to_release() -> None:
    assert _steps("release", order(fulfillment_orders=(work(1),))) == OrderSteps()


def test_what_unfulfilling_opens_is_held_by_its_new_id() -> None:
    live = order(fulfillments=(fulfillment(1),), fulfillment_orders=(work(1, status="CLOSED"),))
    unfulfill, hold = _steps("unfulfill, hold", live).changes
    assert (unfulfill.action, hold.action) == ("unfulfill", "hold")
    assert HOLD.unpinned(hold)
    opened = replace(live, fulfillment_orders=(work(1, status="CLOSED"), work(7)))
    assert not HOLD.satisfied_by(hold, opened)
    pinned = HOLD.pinned(hold, opened)
    assert HOLD.mutation(pinned, "").variables["id"] == "gid://shopify/FulfillmentOrder/7"
    assert dict(HOLD.depends_on(pinned, opened)) == dict(hold.fingerprint)
    assert HOLD.satisfied_by(hold, replace(live, fulfillment_orders=(held(7),)))
