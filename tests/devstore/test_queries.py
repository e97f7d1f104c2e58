"""order, orders, node, nodes, counts, pages, places, versions, scopes and the 60-day window."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore.settings import ALL_SCOPES
from devstore.box import NOW, Box, bare, full

DAY = 86_400.0
PAGE = """query($first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean) {
  orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse) {
    nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


def _ids(page: dict[str, Any]) -> list[str]:
    return [node["id"] for node in page["nodes"]]


@pytest.mark.parametrize("size", [1, 7, 50, 250])
def test_walking_through_all_pages(size: int) -> None:
    box = full(60)
    found: list[str] = []
    after = None
    while True:
        page = box.one(PAGE, first=size, after=after)
        found += _ids(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(found) == len(set(found)) == 60
    backwards: list[str] = []
    before = None
    while True:
        page = box.one(PAGE, last=size, before=before)
        backwards = _ids(page) + backwards
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == found
    assert _ids(box.one(PAGE, first=250, reverse=True)) == found[::-1]


def test_a_page_goes_on_where_a_deleted_order_stood() -> None:
    box = full(20)
    everything = _ids(box.one(PAGE, first=20))
    page = box.one(PAGE, first=5)
    box.store.drop_order(box.store.orders[everything[4]])
    box.store.drop_order(box.store.orders[everything[5]])
    assert _ids(box.one(PAGE, first=5, after=page["pageInfo"]["endCursor"])) == everything[6:11]


def test_cursors(box: Box) -> None:
    box.order()
    page = box.one(PAGE, first=1)
    assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"] == page["pageInfo"]["endCursor"]
    assert page["pageInfo"]["hasNextPage"] is False
    empty = box.one('{ orders(first: 1, query: "id:1") { pageInfo { startCursor endCursor hasNextPage } } }')
    assert empty["pageInfo"] == {"startCursor": None, "endCursor": None, "hasNextPage": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "you must provide one of first or last"),
        ({"first": 1, "last": 1}, "providing both first and last is not supported"),
        ({"first": 251}, "first cannot exceed 250"),
        ({"first": -1}, "first cannot be negative"),
        ({"first": 1, "after": "nonsense"}, "Invalid cursor for current pagination sort: nonsense"),
    ],
)
def test_wrong_pages(box: Box, arguments: dict[str, Any], message: str) -> None:
    answer = box.ask(PAGE, **arguments)
    assert answer["errors"][0]["message"] == message
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    assert answer["errors"][0]["path"] == ["orders"]
    assert answer["data"] is None


# -- single records -----------------------------------------------------------------------------------


def test_order_and_node(box: Box) -> None:
    order = box.order()
    assert box.one("query($id: ID!) { order(id: $id) { name } }", id=order.id) == {"name": "#1001"}
    both = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { name } } }"
    ids = [order.id, "gid://shopify/Order/9", order.line_items[0].id, order.fulfillment_orders[0].id, order.id]
    nodes = box.one(both, ids=ids)
    assert [node and node["__typename"] for node in nodes] == ["Order", None, "LineItem", "FulfillmentOrder", "Order"]
    assert box.one("query($id: ID!) { order(id: $id) { name } }", id="gid://shopify/Order/9") is None


@pytest.mark.parametrize("root", ["fulfillment", "fulfillmentOrder", "customer", "location", "order", "job"])
def test_single_records(box: Box, root: str) -> None:
    order = box.order(shipped=True, customer=box.customer())
    payload = box.store.jobs.begin(0, order, {})
    ids = {
        "fulfillment": order.fulfillments[0].id,
        "fulfillmentOrder": order.fulfillment_orders[0].id,
        "customer": order.customer.id if order.customer else "",
        "location": box.place.id,
        "order": order.id,
        "job": payload.job.id,
    }
    document = f"query($id: ID!) {{ {root}(id: $id) {{ id }} }}"
    assert box.one(document, id=ids[root]) == {"id": ids[root]}
    unknown = ids[root].rpartition("/")[0] + "/9"
    assert box.one(document, id=unknown) is None
    if root != "job":
        other = box.ask(document, id="gid://shopify/Product/9")
        assert other["errors"][0]["message"] == "Invalid id: gid://shopify/Product/9"


def test_an_id_of_another_type(box: Box) -> None:
    answer = box.ask("query($id: ID!) { order(id: $id) { name } }", id="gid://shopify/Product/9")
    assert answer["data"] == {"order": None}
    assert answer["errors"][0]["message"] == "Invalid id: gid://shopify/Product/9"
    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(("count", "fine"), [(250, True), (251, False)])
def test_at_most_250_ids(box: Box, count: int, fine: bool) -> None:
    ids = [f"gid://shopify/Order/{n}" for n in range(1, count + 1)]
    answer = box.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    if fine:
        assert answer["data"]["nodes"] == [None] * 250
    else:
        message = "The input array size of 251 is greater than the maximum allowed of 250."
        assert answer["errors"][0]["message"] == message
        assert answer["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
        assert answer["data"] is None


def test_counting(box: Box) -> None:
    for _ in range(3):
        box.order()
    count = "query($n: Int) { ordersCount(limit: $n) { count precision } }"
    assert box.one(count, n=10) == {"count": 3, "precision": "EXACT"}
    assert box.one(count, n=2) == {"count": 2, "precision": "AT_LEAST"}


# -- who may see what ---------------------------------------------------------------------------------


def _without(*scopes: str) -> tuple[str, ...]:
    return tuple(s for s in ALL_SCOPES if s not in scopes)


def test_orders_of_before_the_window_are_not_there() -> None:
    box = bare(scopes=_without("read_all_orders"))
    old, new = box.order(created_at=NOW - 61 * DAY), box.order(created_at=NOW - 59 * DAY)
    assert _ids(box.one(PAGE, first=9)) == [new.id]
    assert box.one("{ ordersCount { count } }") == {"count": 1}
    assert box.one("query($id: ID!) { order(id: $id) { id } }", id=old.id) is None
    assert box.one("query($id: ID!) { node(id: $id) { id } }", id=old.fulfillment_orders[0].id) is None
    close = "mutation($id: ID!) { orderClose(input: {id: $id}) { userErrors { message } } }"
    assert box.one(close, id=old.id)["userErrors"] == [{"message": "Order does not exist"}]
    assert box.export("{ orders { edges { node { id } } } }") == [{"id": new.id}]
    box.store.settings.scopes = ALL_SCOPES
    assert len(_ids(box.one(PAGE, first=9))) == 2


def test_fulfillment_orders_without_their_scope_are_silently_left_out() -> None:
    box = full(200, scopes=_without("read_third_party_fulfillment_orders", "write_third_party_fulfillment_orders"))
    order = next(
        o for o in box.store.orders.values() if any(f.management == "third_party" for f in o.fulfillment_orders)
    )
    shown = box.order_fields(order, "fulfillmentOrders(first: 9) { nodes { id } }")
    assert shown == {"fulfillmentOrders": {"nodes": []}}
    assert box.one("query($id: ID!) { fulfillmentOrder(id: $id) { id } }", id=order.fulfillment_orders[0].id) is None


def test_denied_fields_are_null_beside_an_error() -> None:
    box = bare(scopes=_without("read_customers"))
    order = box.order(customer=box.customer())
    answer = box.ask("query($id: ID!) { order(id: $id) { name customer { id } } }", id=order.id)
    assert answer["data"] == {"order": {"name": "#1001", "customer": None}}
    [error] = answer["errors"]
    words = "`read_customers` access scope."
    assert error["message"] == f"Access denied for customer field. Required access: {words}"
    assert error["path"] == ["order", "customer"]
    assert error["extensions"] == {
        "code": "ACCESS_DENIED",
        "documentation": "https://shopify.dev/api/usage/access-scopes",
        "requiredAccess": words,
    }


@pytest.mark.parametrize("root", ["orderClose(input: {id: $id})", "orderOpen(input: {id: $id})"])
def test_mutations_need_their_scope(root: str) -> None:
    box = bare(scopes=("read_orders", "read_all_orders"))
    order = box.order()
    answer = box.ask(f"mutation($id: ID!) {{ {root} {{ userErrors {{ message }} }} }}", id=order.id)
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert list(answer["data"].values()) == [None]
    assert box.store.effects == []
    assert box.store.requests[-1].outcome == "denied"


def test_a_denied_field_in_a_payload_does_not_undo_the_mutation() -> None:
    box = bare()
    work = box.order().fulfillment_orders[0]
    document = """mutation($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: OTHER}) {
      fulfillmentHold { id heldByApp { id } } userErrors { message } } }"""
    answer = box.ask(document, id=work.id)
    assert answer["errors"][0]["extensions"]["requiredAccess"] == "`read_apps` access scope."
    assert answer["data"]["fulfillmentOrderHold"]["fulfillmentHold"]["heldByApp"] is None
    assert box.kinds() == ["fulfillmentOrderHold"]
    assert box.store.requests[-1].outcome == "accepted"


# -- the shop -----------------------------------------------------------------------------------------


def test_shop_and_scopes() -> None:
    box = bare(plan="plus", scopes=("read_orders",))
    data = box.data(
        "{ shop { myshopifyDomain currencyCode ianaTimezone plan { publicDisplayName shopifyPlus } } "
        "currentAppInstallation { accessScopes { handle } } }"
    )
    assert data["currentAppInstallation"] == {"accessScopes": [{"handle": "read_orders"}]}
    assert data["shop"]["plan"] == {"publicDisplayName": "Shopify Plus", "shopifyPlus": True}
    assert data["shop"]["myshopifyDomain"] == "devstore.myshopify.com"


def test_versions(box: Box) -> None:
    versions = box.one("{ publicApiVersions { handle supported } }")
    assert {"handle": "2026-10", "supported": True} in versions
    assert {"handle": "unstable", "supported": False} in versions


def test_places() -> None:
    box = full(5)
    document = """query($i: Boolean!, $l: Boolean!) { locations(first: 9, includeInactive: $i, includeLegacy: $l) {
      nodes { name isActive } } }"""
    assert len(box.one(document, i=False, l=False)["nodes"]) == 3
    assert len(box.one(document, i=True, l=False)["nodes"]) == 4
    assert len(box.one(document, i=True, l=True)["nodes"]) == 5
    assert box.one("{ location { isPrimary name } }") == {"isPrimary": True, "name": "Entrepôt Lyon"}


def test_introspection(box: Box) -> None:
    found = box.one('{ __type(name: "Order") { kind fields { name } } }')
    assert found["kind"] == "OBJECT"
    assert {"name": "displayFinancialStatus"} in found["fields"]


def test_limits_of_lists(box: Box) -> None:
    order = box.order(2)
    for _ in range(2):
        box.store.people.fulfill(order.id, units=1)
    assert len(box.order_fields(order, "fulfillments { id }")["fulfillments"]) == 2
    assert len(box.order_fields(order, "fulfillments(first: 1) { id }")["fulfillments"]) == 1


def test_customers(box: Box) -> None:
    customer = box.customer()
    for _ in range(2):
        box.order(2, gateway="manual", customer=customer)
    shown = box.one(
        "query($id: ID!) { customer(id: $id) { displayName numberOfOrders amountSpent { amount } "
        "orders(first: 9) { nodes { name } } } }",
        id=customer.id,
    )
    assert shown["displayName"] == "Ada Exemple"
    assert (shown["numberOfOrders"], shown["amountSpent"]) == ("2", {"amount": "40.0"})
    assert [n["name"] for n in shown["orders"]["nodes"]] == ["#1001", "#1002"]
