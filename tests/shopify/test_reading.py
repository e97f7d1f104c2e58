"""Many orders are read in the way that is the faster one for this shop, at this distance, for these facets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from world import World

from bulk_orders.shopify.reading import seconds_by_bulk, seconds_by_nodes
from bulk_orders.shopify.throttle import Bucket, ThrottleStatus


def _bucket(available: float, rate: float) -> Bucket:
    bucket = Bucket()
    bucket.learn(0, 0, ThrottleStatus(20 * rate, available, rate), 0.0)
    return bucket


def test_cheap_pages_are_held_by_the_way_to_the_shop() -> None:
    assert seconds_by_nodes(40, 1.0, 1.5, _bucket(2000, 100)) == 15.0


def test_dear_pages_are_held_by_the_rate_limit() -> None:
    assert seconds_by_nodes(40, 500.0, 1.5, _bucket(2000, 100)) == 180.0


def test_bulk_operations_take_their_time_however_few_orders_there_are() -> None:
    assert seconds_by_bulk(600, 1) == 12.0
    assert seconds_by_bulk(30_000, 10) == 40.0


@pytest.mark.parametrize(("latency", "way"), [(0.0, "by requests"), (20.0, "in bulk")])
def test_the_choice_follows_what_was_measured_and_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    latency: float,
    way: str,
) -> None:
    monkeypatch.setattr("bulk_orders.shopify.shop.NODES_UP_TO", 20)
    monkeypatch.setattr("bulk_orders.shopify.shop.MOST_NODES", 10)
    world = World(tmp_path, orders=120)
    name = world.recipe(*({"ID": order.id, "Action": "archive"} for order in world.store.orders.values()))
    world.store.settings.latency_seconds = latency
    with caplog.at_level(logging.INFO, "bulk_orders"):
        world.plan(name)
    (told,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("reading ")]
    assert told.endswith(way)
    assert any(r.root == "bulkOperationRunQuery" for r in world.store.requests) == (way == "in bulk")


def test_pages_are_asked_for_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulk_orders.shopify.shop.MOST_NODES", 10)
    world = World(tmp_path, orders=90)
    name = world.recipe(*({"ID": order.id, "Action": "archive"} for order in world.store.orders.values()))
    world.store.settings.latency_seconds = 1.0
    began = world.passed
    world.plan(name)
    pages = sum(request.root == "nodes" for request in world.store.requests)
    assert pages >= 9
    assert world.passed - began < pages * 0.75
