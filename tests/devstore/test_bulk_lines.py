"""Bulk queries: what they may be, the lines they write, and how they are listed."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import pytest

from devstore.box import Box, bare, full
from devstore.documents import BULK, BULK_CANCEL, POLL

IDS = "{ orders { edges { node { id } } } }"
NESTED = """{ orders { edges { node { __typename id
  lineItems { edges { node { __typename id sku } } }
  fulfillmentOrders { edges { node { __typename id lineItems { edges { node { __typename id lineItem { id } } } } } } }
  returns { edges { node { __typename id } } }
  fulfillments { id trackingInfo { number } } shippingLine { title } } } } }"""


def _start(box: Box, query: str = IDS, **more: Any) -> str:
    payload = box.one(BULK, q=query, **more)
    assert payload["userErrors"] == []
    found: str = payload["bulkOperation"]["id"]
    return found


def _poll(box: Box, operation: str) -> dict[str, Any]:
    found: dict[str, Any] = box.one(POLL, id=operation)
    return found


def _refusals(box: Box, query: str) -> list[str]:
    payload = box.one(BULK, q=query)
    assert payload["bulkOperation"] is None
    assert {(tuple(e["field"]), e["code"]) for e in payload["userErrors"]} == {(("query",), "INVALID")}
    return [e["message"] for e in payload["userErrors"]]


# -- lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grouped", [False, True])
def test_children_come_after_their_parents(grouped: bool) -> None:
    box = full(80)
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    for line in box.export(NESTED, grouped=grouped):
        kinds[line["__typename"]] += 1
        assert line["__typename"] == "Order" or line["__parentId"] in seen
        seen.add(line["id"])
    assert kinds["Order"] == 80
    assert set(kinds) == {"Order", "LineItem", "FulfillmentOrder", "FulfillmentOrderLineItem", "Return"}


def _next_to_parent(lines: list[dict[str, Any]]) -> float:
    nested = [(a, b) for a, b in itertools.pairwise(lines) if "__parentId" in b]
    near = [1 for a, b in nested if b["__parentId"] in {a["id"], a.get("__parentId")}]
    return len(near) / len(nested)


def test_they_are_near_only_if_that_was_asked_for() -> None:
    box = full(80)
    assert _next_to_parent(box.export(NESTED, grouped=True)) > 0.6
    assert _next_to_parent(box.export(NESTED)) < 0.2


def test_types_are_mixed_and_each_keeps_its_order() -> None:
    box = full(80)
    mixed, grouped = box.export(NESTED), box.export(NESTED, grouped=True)
    assert mixed != grouped
    for kind in ("Order", "LineItem", "FulfillmentOrder", "FulfillmentOrderLineItem"):
        ids = [[line["id"] for line in lines if line["__typename"] == kind] for lines in (mixed, grouped)]
        assert ids[0] == ids[1]
    changes = sum(a["__typename"] != b["__typename"] for a, b in itertools.pairwise(mixed))
    assert changes > len(mixed) / 3


def test_what_hangs_on_what() -> None:
    box = full(60)
    lines = box.export(NESTED)
    parents = {line["id"]: line["__typename"] for line in lines}
    above = {(line["__typename"], parents.get(line.get("__parentId", ""))) for line in lines}
    assert above == {
        ("Order", None),
        ("LineItem", "Order"),
        ("FulfillmentOrder", "Order"),
        ("FulfillmentOrderLineItem", "FulfillmentOrder"),
        ("Return", "Order"),
    }


def test_the_text_of_a_line(box: Box) -> None:
    note = 'a/b "c"\n\u2028é\U0001f381'
    order = box.order(note=note)
    operation = _start(box, "{ orders { edges { node { i: id note } } } }")
    box.later(10)
    text = box.request("GET", _poll(box, operation)["url"]).text
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert f'"i":"{order.id}"'.replace("/", "\\/") in text
    assert json.loads(text) == {"i": order.id, "note": note}


def test_filters_work_in_bulk(box: Box) -> None:
    box.order()
    tagged = box.order(tags=["x"])
    arguments = '(query: "tag:x", first: 1, sortKey: CREATED_AT)'
    query = f"{{ orders{arguments} {{ edges {{ node {{ id }} cursor }} pageInfo {{ hasNextPage }} }} }}"
    assert box.export(query) == [{"id": tagged.id}]
    assert len(box.export('{ orders(query: "nonsense:x") { edges { node { id } } } }')) == 2


def test_pages_are_ignored() -> None:
    box = full(300)
    assert len(box.export("{ orders(first: 10) { edges { node { id } } } }")) == 300


def test_it_is_the_same_again() -> None:
    assert full(60).export(NESTED) == full(60).export(NESTED)


# -- rules beyond the recorded ones -------------------------------------------------------------------


def _nested_lines(count: int) -> str:
    inner = " ".join(f"c{n}: lineItems {{ edges {{ node {{ id }} }} }}" for n in range(count))
    return f"{{ orders {{ edges {{ node {{ id {inner} }} }} }} }}"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { name } }", "Bulk queries must contain at least one connection."),
        (_nested_lines(5), "Bulk queries cannot contain more than 5 connections."),
        ("{ nodes(ids: []) { id } }", "Bulk queries cannot contain a top level `nodes` field."),
        ("{ orders { edges { node { x: id lineItems { edges { node { id } } } } } } }", "The parent 'node' field"),
        (
            "{ orders { edges { node { id } } } locations { edges { node { id } } } }",
            "Bulk queries must contain a single",
        ),
        (
            "{ orders { edges { node { id shippingLines { edges { node { title } } } } } } }",
            "Connections in a bulk query must return nodes that implement Node: shippingLines.",
        ),
        ("{ orders { pageInfo { hasNextPage } } }", "All connection fields in a bulk query must select"),
        ("{ orders { edges { node { nope } } } }", "Invalid bulk query: Field 'nope' doesn't exist on type 'Order'"),
        ("", "Invalid bulk query: syntax error, unexpected end of file"),
        ("subscription { x }", "Invalid operation type. Only `query` operations are supported."),
    ],
)
def test_refused_queries(box: Box, query: str, message: str) -> None:
    assert any(found.startswith(message) for found in _refusals(box, query)), _refusals(box, query)


def test_four_nested_connections_are_fine(box: Box) -> None:
    box.order()
    assert len(box.export(_nested_lines(4))) == 5


@pytest.mark.parametrize(("size", "fine"), [(65_535, True), (65_536, False)])
def test_the_size_of_a_query(box: Box, size: int, fine: bool) -> None:
    query = IDS + "#" + "é" * ((size - len(IDS) - 1) // 2)
    query += "x" * (size - len(query.encode()))
    payload = box.one(BULK, q=query)
    if fine:
        assert payload["userErrors"] == []
    else:
        message = "Query is too large (65536 bytes; maximum is 65535 bytes)"
        assert [e["message"] for e in payload["userErrors"]] == [message]


def test_there_is_no_client_identifier(box: Box) -> None:
    document = (
        f'mutation {{ bulkOperationRunQuery(query: "{IDS}", clientIdentifier: "x") {{ bulkOperation {{ id }} }} }}'
    )
    assert box.errors(document)[0]["extensions"]["code"] == "argumentNotAccepted"


# -- lists of operations ------------------------------------------------------------------------------


LIST = """query($q: String, $r: Boolean, $k: BulkOperationsSortKeys) {
  bulkOperations(first: 10, query: $q, reverse: $r, sortKey: $k) { nodes { id status } } }"""


def _listed(box: Box, query: str | None = None, **more: Any) -> list[str]:
    return [node["id"] for node in box.one(LIST, q=query, **more)["nodes"]]


def test_listing() -> None:
    box = bare(bulk_seconds=100)
    operations = []
    for _ in range(3):
        operations.append(_start(box))
        box.later(30)
    box.one(BULK_CANCEL, id=operations[1])
    box.later(20)
    assert _listed(box) == operations[::-1]
    assert _listed(box, r=True) == operations
    assert _listed(box, "status:completed") == operations[:1]
    assert _listed(box, "status:canceled") == operations[1:2]
    assert _listed(box, "status:running operation_type:query") == operations[2:]
    assert _listed(box, "operation_type:mutation") == []
    assert _listed(box, f"id:{operations[0].rsplit('/', 1)[1]}") == operations[:1]
    assert _listed(box, "created_at:>='2026-09-21T14:14:00Z'") == operations[2:]
    assert _listed(box, k="COMPLETED_AT")[0] == operations[0]
    assert box.one("{ currentBulkOperation { id } }") == {"id": operations[2]}


def test_the_trap_of_an_unknown_filter(box: Box) -> None:
    operation = _start(box)
    answer = box.ask(LIST, q="type:MUTATION")
    assert [n["id"] for n in answer["data"]["bulkOperations"]["nodes"]] == [operation]
    assert answer["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"
    invalid = box.ask(LIST, q="status:EXPIRED")
    assert invalid["data"]["bulkOperations"]["nodes"] == []
    warning = invalid["extensions"]["search"][0]["warnings"][0]
    assert (warning["code"], warning["message"]) == ("invalid_value", "Input `EXPIRED` is not an accepted value.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("(first: 1, last: 1)", "providing both first and last is not supported"),
        ('(first: 1, query: "created_at:soon")', "Invalid timestamp for query filter `created_at`."),
    ],
)
def test_wrong_lists(box: Box, arguments: str, message: str) -> None:
    [error] = box.errors(f"{{ bulkOperations{arguments} {{ nodes {{ id }} }} }}")
    assert (error["message"], error["extensions"]) == (message, {"code": "BAD_REQUEST"})


def test_operations_that_are_not_there(box: Box) -> None:
    assert box.one(POLL, id="gid://shopify/BulkOperation/9") is None
    answer = box.ask(POLL, id="gid://shopify/Order/9")
    assert answer["data"] == {"bulkOperation": None}
    assert answer["errors"][0]["message"] == "Invalid id: gid://shopify/Order/9"
    assert box.ask(POLL, id="9")["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


def test_an_operation_is_a_node_and_keeps_its_query(box: Box) -> None:
    query = f"#graphql a marker\n{IDS}"
    operation = _start(box, query)
    shown = box.one("query($id: ID!) { node(id: $id) { ... on BulkOperation { query status } } }", id=operation)
    assert shown == {"query": query, "status": "CREATED"}
