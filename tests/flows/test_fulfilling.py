"""Fulfilling and tracking as Matrixify's users write it, on the store in a box."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import at_rest, waiting
from world import World

from bulk_orders.devstore.derive import shipping


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_part_of_an_order_by_its_lines(world: World) -> None:
    (order,) = world.some(lambda o: waiting(o) and len(o.line_items) > 1 and o.line_items[0].quantity > 1, 1)
    line = order.line_items[0]
    name = world.recipe(
        {
            "ID": order.id,
            "Line: Type": "Fulfillment Line",
            "Line: ID": line.id,
            "Line: Quantity": "1",
            "Fulfillment: Status": "success",
            "Fulfillment: Tracking Number": "A1",
            "Fulfillment: Send Receipt": "TRUE",
        }
    )
    plan = world.plan(name)
    assert (len(plan.changes), plan.emails) == (1, 1)
    assert world.apply(name).outcomes == {"applied": 1}
    (made,) = order.fulfillments
    assert [(part.line_item.id, part.quantity) for part in made.line_items] == [(line.id, 1)]
    assert [t.number for t in made.tracking_info] == ["A1"]
    assert shipping.fulfillment_status(order) == "PARTIALLY_FULFILLED"
    assert len(world.effects("email")) == 1


def test_an_exported_row_without_a_fulfillment_is_where_one_is_written(world: World) -> None:
    (order,) = world.some(waiting, 1)
    world.export()
    cells = {"Fulfillment: Status": "success", "Fulfillment: Tracking Number": "A1"}
    world.edit({order.name: cells})
    assert [change.action for change in world.plan().changes] == ["fulfill"]
    assert world.apply().outcomes == {"applied": 1}
    assert shipping.fulfillment_status(order) == "FULFILLED"


def test_tracking_is_edited_in_an_export(world: World) -> None:
    (order,) = world.some(at_rest, 1)
    world.export()
    world.edit({order.name: {"Fulfillment: Tracking Company": "UPS", "Fulfillment: Tracking Number": "1Z1, 1Z2"}})
    (change,) = world.plan().changes
    assert (change.action, change.points) == ("track", 50)
    assert world.apply().outcomes == {"applied": 1}
    assert [(t.company, t.number) for t in order.fulfillments[0].tracking_info] == [("UPS", "1Z1"), ("UPS", "1Z2")]
    world.export("again.csv")
    assert world.plan("again.csv").changes == ()
