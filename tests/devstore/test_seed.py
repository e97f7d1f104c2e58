"""The seeded shop: the same for the same seed, natural to look at, and with every kind of order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from bulk_orders.devstore import DevStore, Settings
from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.graph.schema import schema
from bulk_orders.devstore.seed import shop as seeded_shop
from bulk_orders.devstore.seed import texts
from devstore.box import NOW, Box, Clock, bare, full

DAY = 86_400.0
EXPORT = """{ orders { edges { node { id name note tags createdAt updatedAt displayFinancialStatus closed
  lineItems { edges { node { id sku title } } } fulfillmentOrders { edges { node { id status } } }
  fulfillments { id trackingInfo { number } } transactions { id kind } } } } }"""


@pytest.fixture(scope="module")
def shop() -> Box:
    return full(200)


def test_it_is_the_same_for_the_same_seed() -> None:
    assert full(120).export(EXPORT) == full(120).export(EXPORT)
    other = Box(DevStore.seeded(120, 8, NOW, clock=Clock()), Clock())
    assert [o.id for o in other.store.orders.values()] != list(full(120).store.orders)


def test_settings_make_no_difference() -> None:
    odd = Settings(job_seconds=float("inf"), scopes=("read_orders",), index_lag_seconds=99)
    store = DevStore.seeded(120, 7, NOW, clock=Clock(), settings=odd)
    assert list(store.orders) == list(full(120).store.orders)
    assert store.settings is odd


@pytest.mark.parametrize("count", [0, 1, 2, 10])
def test_shops_of_any_size(count: int) -> None:
    box = full(count)
    assert len(box.store.orders) == count
    assert len(box.export(EXPORT)) >= count


def test_names_and_ids(shop: Box) -> None:
    orders = list(shop.store.orders.values())
    assert [o.number for o in orders] == list(range(1001, 1201))
    odd = [o.name for o in orders if o.name != f"#{o.number}"]
    assert 1 <= len(odd) <= 4
    assert all(re.fullmatch(r"EU-\d{4}-B", name) for name in odd)
    ids = [o.legacy_resource_id for o in orders]
    assert all(len(str(number)) == 13 for number in ids)
    assert all(b - a > 1000 for a, b in pairwise(ids))


def test_times(shop: Box) -> None:
    created = [o.created_at for o in shop.store.orders.values()]
    assert created == sorted(created)
    assert all(NOW - 120 * DAY <= at < NOW for at in created)
    assert sum(at < NOW - 60 * DAY for at in created) > 60
    assert created[-1] > NOW - 3 * DAY
    for order in shop.store.orders.values():
        times = [
            order.updated_at,
            *(f.created_at for f in order.fulfillments),
            *(t.created_at for t in order.transactions),
        ]
        assert all(order.created_at <= at <= NOW for at in times), order.name


def test_nothing_of_it_is_in_the_logs(shop: Box) -> None:
    fresh = full(50).store
    assert (fresh.effects, fresh.requests, fresh.leaks) == ([], [], [])


def test_most_orders_are_ordinary(shop: Box) -> None:
    plain = 0
    for order in shop.store.orders.values():
        paid = payment.financial_status(order) == "PAID"
        usual = shipping.fulfillment_status(order) in {"FULFILLED", "UNFULFILLED"}
        simple = len(order.fulfillments) < 2 and not order.returns and order.cancelled_at is None
        plain += paid and usual and simple and (order.note is None or order.note in texts.PLAIN_NOTES)
    assert 110 <= plain <= 175


def _seen(shop: Box, value: object) -> Counter[object]:
    return Counter(value(o) for o in shop.store.orders.values())  # type: ignore[operator]


def test_every_status_is_there(shop: Box) -> None:
    orders = shop.store.orders.values()
    assert set(_seen(shop, payment.financial_status)) == {
        "AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED", None,
    }  # fmt: skip
    assert {
        "FULFILLED", "UNFULFILLED", "PARTIALLY_FULFILLED", "ON_HOLD", "SCHEDULED", "IN_PROGRESS", "REQUEST_DECLINED",
    } <= set(_seen(shop, shipping.fulfillment_status))  # fmt: skip
    statuses = set(schema().type_map["OrderReturnStatus"].values)  # type: ignore[attr-defined]
    assert set(_seen(shop, flags.return_status)) == statuses
    assert {r.status for o in orders for r in o.returns} == {"REQUESTED", "OPEN", "CLOSED", "DECLINED", "CANCELED"}
    assert {f.status for o in orders for f in o.fulfillments} == {"SUCCESS", "CANCELLED"}
    assert {len(o.fulfillments) for o in orders} >= {0, 1, 2, 4}
    assert {o.presentment_currency for o in orders} == {"EUR", "USD", "GBP", "JPY"}
    reasons = set(schema().type_map["OrderCancelReason"].values)  # type: ignore[attr-defined]
    assert len({o.cancel_reason for o in orders} & reasons) >= 2
    assert {o.risk_level for o in orders} == {"LOW", "MEDIUM", "HIGH", "PENDING"}
    assert {t.gateway for o in orders for t in o.transactions} >= {
        "shopify_payments", "paypal", "manual", "Bank Deposit", "bogus", "cash", "gift_card", "shopify_store_credit",
    }  # fmt: skip


KINDS = {
    "held by us": lambda o, s: any(h.app is s.app for f in o.fulfillment_orders for h in f.fulfillment_holds),
    "held by another": lambda o, s: any(
        h.app is s.other_app for f in o.fulfillment_orders for h in f.fulfillment_holds
    ),
    "two places": lambda o, s: len({f.location.id for f in o.fulfillment_orders}) > 1,
    "a service": lambda o, s: any(f.management == "third_party" for f in o.fulfillment_orders),
    "a closed place": lambda o, s: any(not f.location.is_active for f in o.fulfillment_orders),
    "several parcels": lambda o, s: any(len(f.tracking_info) > 1 for f in o.fulfillments),
    "no tracking": lambda o, s: any(not f.tracking_info for f in o.fulfillments),
    "cancelled and shipped again": lambda o, s: {f.status for f in o.fulfillments} == {"SUCCESS", "CANCELLED"},
    "archived unshipped": lambda o, s: o.closed_at and not o.fulfillments and not o.cancelled_at,
    "test": lambda o, s: o.test,
    "b2b": lambda o, s: o.purchasing_company,
    "gift card": lambda o, s: any(i.is_gift_card for i in o.line_items),
    "no customer": lambda o, s: o.customer is None,
    "point of sale": lambda o, s: o.source_name == "pos",
    "draft": lambda o, s: o.source_name == "shopify_draft_order",
    "download": lambda o, s: not shipping.requires_shipping(o),
    "deleted product": lambda o, s: any(i.variant is None and i.requires_shipping for i in o.line_items),
    "dispute": lambda o, s: o.disputes,
    "metafields": lambda o, s: o.metafields,
    "code discount": lambda o, s: o.discount_codes,
    "discount by hand": lambda o, s: o.discount_title,
    "custom attributes": lambda o, s: o.custom_attributes,
    "pending at a provider": lambda o, s: any(t.status == "PENDING" and t.gateway == "paypal" for t in o.transactions),
    "two payments": lambda o, s: len([t for t in o.transactions if t.kind == "SALE" and t.status == "SUCCESS"]) > 1,
    "kept money": lambda o, s: o.cancelled_at and payment.financial_status(o) == "PAID",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_there(shop: Box, kind: str) -> None:
    assert any(KINDS[kind](order, shop.store) for order in shop.store.orders.values())  # type: ignore[no-untyped-call]


def test_nasty_texts_are_there(shop: Box) -> None:
    orders = shop.store.orders.values()
    notes = {o.note for o in orders}
    assert len(notes & set(texts.NASTY_NOTES)) > 25
    assert max(len(note) for note in notes if note) == 5000
    assert {"Red", "red"} <= {tag for o in orders for tag in o.tags}
    numbers = {row.number for o in orders for f in o.fulfillments for row in f.tracking_info if row.number}
    assert any(len(number) == 20 and number.startswith("00") for number in numbers)
    zips = {o.shipping_address.zip for o in orders if o.shipping_address}
    assert any(code and code.startswith("0") for code in zips)
    assert any(o.phone and o.phone.startswith("+") for o in orders)
    assert {"00123", "1E5", "=BELL-1", None} <= {i.sku for o in orders for i in o.line_items}


def test_orders_of_the_last_minutes_can_be_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large shop some are so young that their stories just fit in before now."""
    monkeypatch.setattr(seeded_shop, "SPAN", 1000.0)
    box = full(200)
    assert {o.created_at >= NOW - 1000 for o in box.store.orders.values()} == {True}
    assert all(o.settled for o in box.store.orders.values() if o.cancelled_at)
    assert box.store.timeline.next_due(NOW + 1e9) is None


def test_all_nasty_notes_come_round() -> None:
    notes = {o.note for o in full(600).store.orders.values()}
    assert set(texts.NASTY_NOTES) <= notes


def test_everybody_is_fictional(shop: Box) -> None:
    for customer in shop.store.customers.values():
        assert (customer.email or "").endswith("@example.com")
    assert {
        o.client_ip for o in shop.store.orders.values() if o.client_ip and not o.client_ip.startswith("192.0.2.")
    } == set()


def test_ordinary_scenarios_and_special_ones_are_as_said() -> None:
    assert len(seeded_shop.SPECIAL) <= 80  # else 200 orders would not show them all
    assert len({getattr(s, "__name__", str(s)) for s in seeded_shop.SPECIAL} - {"<lambda>"}) > 50


def test_units_add_up(shop: Box) -> None:
    """What is shipped, what is left and what is gone make up what was ordered."""
    for order in shop.store.orders.values():
        sent = shipping.shipped(order)
        for line in order.line_items:
            left = sum(
                part.remaining_quantity
                for work in order.fulfillment_orders
                if work.status not in {"CLOSED", "CANCELLED"}
                for part in work.line_items
                if part.line_item is line
            )
            assert left == shipping.unfulfilled_quantity(line, order), order.name
            assert line.quantity == left + sent.get(line.id, 0) + line.removed, order.name


def test_money_adds_up(shop: Box) -> None:
    for order in shop.store.orders.values():
        assert payment.refunded(order).shop <= payment.received(order).shop
        if payment.financial_status(order) == "PAID" and order.cancelled_at is None:
            assert payment.outstanding(order).shop == 0, order.name


def test_a_seeded_shop_is_exported_whole(shop: Box) -> None:
    lines = shop.export(EXPORT)
    assert json.loads(json.dumps(lines)) == lines
    assert {line["note"] for line in lines if "note" in line} == {o.note for o in shop.store.orders.values()}


def test_it_is_made_quickly() -> None:
    """In a process of its own, whose memory is not full of other tests' shops."""
    script = (
        "import time; from bulk_orders.devstore import DevStore; began = time.process_time(); "
        "DevStore.seeded(2000); print(time.process_time() - began)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2.0  # measured: about 0.3 on a quiet machine


def test_a_bare_shop_knows_itself() -> None:
    box = bare()
    assert box.one("query($id: ID!) { node(id: $id) { ... on Shop { name } } }", id=box.store.shop.id) == {
        "name": "Devstore"
    }
