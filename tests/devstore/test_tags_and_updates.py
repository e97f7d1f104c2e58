"""tagsAdd, tagsRemove and orderUpdate."""

from __future__ import annotations

from typing import Any

import pytest

from devstore.box import Box
from devstore.documents import TAGS_ADD, TAGS_REMOVE, UPDATE


def _tags(box: Box, document: str, record: str, *tags: str) -> list[str]:
    payload = box.one(document, id=record, tags=list(tags))
    assert payload["userErrors"] == []
    found: list[str] = payload["node"]["tags"]
    return found


@pytest.mark.parametrize(
    ("before", "add", "after"),
    [
        ([], ["b", "A", "c"], ["A", "b", "c"]),
        (["Red"], ["red"], ["Red"]),
        (["a"], ["x, y ,z"], ["a", "x", "y", "z"]),
        (["a"], [" a ", ""], ["a"]),
        ([], ["é", "e", "Z"], ["e", "Z", "é"]),
    ],
)
def test_adding(box: Box, before: list[str], add: list[str], after: list[str]) -> None:
    order = box.order(tags=list(before))
    assert _tags(box, TAGS_ADD, order.id, *add) == after
    assert box.kinds() == (["tagsAdd"] if before != after else [])


@pytest.mark.parametrize(
    ("remove", "after"),
    [(["red"], ["blue", "Red"]), (["Red"], ["blue"]), (["Red,blue"], []), (["none"], ["blue", "Red"])],
)
def test_removing_from_an_order_minds_the_case(box: Box, remove: list[str], after: list[str]) -> None:
    order = box.order(tags=["blue", "Red"])
    assert _tags(box, TAGS_REMOVE, order.id, *remove) == after
    assert box.kinds() == (["tagsRemove"] if len(after) < 2 else [])


def test_a_repeat_changes_nothing(box: Box) -> None:
    order = box.order()
    for _ in range(3):
        _tags(box, TAGS_ADD, order.id, "x")
    assert [(e.kind, e.detail["tags"]) for e in box.store.effects] == [("tagsAdd", ["x"])]


def test_customers_have_tags_too(box: Box) -> None:
    customer = box.customer(tags=["VIP"])
    assert _tags(box, TAGS_ADD, customer.id, "new") == ["new", "VIP"]
    assert _tags(box, TAGS_REMOVE, customer.id, "vip") == ["new"]


def test_ids_that_are_none(box: Box) -> None:
    unknown = box.one(TAGS_ADD, id="gid://shopify/Order/999", tags=["x"])
    assert unknown == {"node": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}
    for wrong in ("gid://shopify/Order/0", "gid://shopify/LineItem/1"):
        answer = box.ask(TAGS_ADD, id=wrong, tags=["x"])
        assert answer["data"] == {"tagsAdd": None}
        assert answer["errors"][0]["message"] == "invalid id"
        assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


# -- orderUpdate --------------------------------------------------------------------------------------


def _update(box: Box, order: Any, **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = box.one(UPDATE, i={"id": order.id, **fields})
    return payload


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"note": "a\n=1+1"}, {"note": "a\n=1+1"}),
        ({"note": "x" * 5000}, {"note": "x" * 5000}),
        ({"note": ""}, {"note": None}),
        ({"note": None}, {"note": None}),
        ({"tags": ["b,a", "A"]}, {"tags": ["a", "b"]}),
        ({"tags": []}, {"tags": []}),
        ({"email": "new@example.com"}, {"email": "new@example.com"}),
        ({"phone": "+33 6 39 98 12 34"}, {"phone": "+33 6 39 98 12 34"}),
        ({"poNumber": "0042"}, {"poNumber": "0042"}),
        ({"customAttributes": [{"key": "k", "value": "v"}]}, {"customAttributes": [{"key": "k", "value": "v"}]}),
    ],
)
def test_updating(box: Box, fields: dict[str, Any], shown: dict[str, Any]) -> None:
    order = box.order(note="old", tags=["old"], email="old@example.com")
    box.later(3)
    payload = _update(box, order, **fields)
    assert payload["userErrors"] == []
    assert {name: payload["order"][name] for name in shown} == shown
    assert payload["order"]["updatedAt"] == "2026-09-21T14:13:23Z"
    assert box.kinds() == ["orderUpdate"]


def test_an_update_that_changes_nothing_is_no_effect(box: Box) -> None:
    order = box.order(note="same", tags=["x"])
    box.later(3)
    assert _update(box, order, note="same", tags=["x"])["order"]["updatedAt"] == "2026-09-21T14:13:20Z"
    assert box.kinds() == []


def test_addresses_and_metafields(box: Box) -> None:
    order = box.order()
    address = {
        "firstName": "A",
        "lastName": "B",
        "address1": "1 rue",
        "city": "Nice",
        "countryCode": "FR",
        "zip": "06000",
    }
    field = {"namespace": "custom", "key": "gift", "type": "boolean", "value": "true"}
    shown = _update(box, order, shippingAddress=address, metafields=[field])["order"]
    assert shown["shippingAddress"] == {
        "firstName": "A", "lastName": "B", "address1": "1 rue", "city": "Nice", "provinceCode": None, "province": None,
        "countryCodeV2": "FR", "country": "France", "zip": "06000",
    }  # fmt: skip
    assert shown["metafields"]["nodes"] == [field]
    again = _update(box, order, metafields=[field | {"value": "false"}])["order"]["metafields"]["nodes"]
    assert again == [field | {"value": "false"}]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({}, None, "No valid update parameters have been provided"),
        ({"phone": "not a phone"}, ["phone"], "Phone is invalid"),
        ({"email": "nobody"}, ["email"], "Email is invalid"),
        ({"note": "x" * 5001}, ["note"], "Note is too long (maximum is 5000 characters)"),
        (
            {"shippingAddress": {"lastName": "B", "city": "Nice", "countryCode": "FR", "zip": "06000"}},
            ["shippingAddress", "address1"],
            "Enter an address",
        ),
    ],
)
def test_refusals_change_nothing(box: Box, fields: dict[str, Any], field: Any, message: str) -> None:
    order = box.order(note="old")
    payload = _update(box, order, **fields)
    assert payload["userErrors"] == [{"field": field, "message": message}]
    assert payload["order"]["note"] == "old"
    if fields:
        assert _update(box, order, **(fields | {"poNumber": "1"}))["order"]["poNumber"] is None
    assert box.kinds() == []


def test_an_unknown_order(box: Box) -> None:
    payload = box.one(UPDATE, i={"id": "gid://shopify/Order/999", "note": "x"})
    assert payload == {"order": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}
