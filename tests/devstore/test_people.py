"""Other people in the shop: what they do, and that the logs tell them apart."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore import Refused
from bulk_orders.devstore.people import People
from devstore.box import Box, bare
from devstore.documents import CLOSE


def test_who_did_what(box: Box) -> None:
    one, two = box.order(), box.order()
    box.one(CLOSE, id=one.id)
    box.store.people.archive(two.name)
    assert [(e.order, e.detail["by"]) for e in box.store.effects] == [(one.id, "api"), (two.id, "people")]
    assert box.store.effects.counts("orderClose") == {one.id: 1, two.id: 1}
    assert [e.seq for e in box.store.effects.of(two.id)] == [2]
    assert len(box.store.requests) == 1


DEEDS: list[tuple[str, dict[str, Any], str]] = [
    ("edit_order", {"note": "x"}, "orderUpdate"),
    ("cancel", {"refund": True}, "orderCancel"),
    ("archive", {}, "orderClose"),
    ("delete", {}, "orderDelete"),
    ("fulfill", {}, "fulfillmentCreate"),
    ("hold", {}, "fulfillmentOrderHold"),
    ("refund", {}, "refund"),
]


@pytest.mark.parametrize(("deed", "arguments", "kind"), DEEDS, ids=[d for d, _, _ in DEEDS])
def test_deeds(box: Box, deed: str, arguments: dict[str, Any], kind: str) -> None:
    order = box.order(gateway="manual")
    getattr(box.store.people, deed)(order.id, **arguments)
    box.later(10)
    assert box.kinds()[0] == kind
    assert {e.detail["by"] for e in box.store.effects} == {"people"}


def test_undoing(box: Box) -> None:
    people: People = box.store.people
    order = box.order(2)
    people.archive(order.id)
    people.unarchive(order.id)
    people.hold(order.id)
    people.release(order.id)
    people.fulfill(order.id, {"number": "1"})
    people.unfulfill(order.id)
    people.tag(order.id, "a", "b")
    people.untag(order.id, "a")
    assert order.tags == ["b"]
    assert [f.status for f in order.fulfillment_orders] == ["CLOSED", "OPEN"]
    assert order.closed_at is None


def test_what_is_refused_to_everybody(box: Box) -> None:
    order = box.order(shipped=True)
    with pytest.raises(Refused, match="outstanding fulfillments"):
        box.store.people.cancel(order.id)
    with pytest.raises(Refused, match="no order"):
        box.store.people.archive("#9999")
    assert box.kinds() == []


def test_people_see_what_scopes_hide() -> None:
    box = bare(scopes=("read_orders",))
    order = box.order()
    box.store.people.edit_order(order.id, note="x")
    assert order.note == "x"
    assert box.store.order("#1001") is order
