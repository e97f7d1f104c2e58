"""Every document that a client needs validates against the official schema and runs here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from bulk_orders.devstore.derive import shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.seed.build import Item
from bulk_orders.devstore.seed.build import new_order as build_order
from devstore.box import NOW, Box, bare, full

NAMES = (
    "bulk_orders_export", "bulk_run", "bulk_poll", "bulk_list", "bulk_cancel", "bulk_mut", "staged", "orderCancel",
    "jobResultPoll", "jobPoll", "orderClose", "orderOpen", "orderDelete", "fulfillmentCancel", "tracking", "hold",
    "release", "orderUpdate", "tags", "refund", "state", "scopes",
)  # fmt: skip


@pytest.fixture(scope="module")
def documents(shared: Path) -> dict[str, str]:
    text = (shared / "shopify" / "reference-documents.graphql").read_text("utf-8")
    parts = re.split(r"^# --- (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_all_of_them_are_tested(documents: dict[str, str]) -> None:
    assert tuple(documents) == NAMES


def test_they_fit_the_official_schema(documents: dict[str, str], shared: Path) -> None:
    sdl = (shared / "shopify" / "admin-2026-10.graphql").read_text("utf-8")
    official = build_schema(sdl, assume_valid=True)
    wrong = {name: errors for name, text in documents.items() if (errors := validate(official, parse(text)))}
    assert wrong == {}


def _bulk(box: Box) -> str:
    start = 'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }'
    found: str = box.one(start)["bulkOperation"]["id"]
    return found


def _cancelled(box: Box, order: Order) -> dict[str, Any]:
    document = (
        "mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) { job { id } jobResult { id } } }"
    )
    found: dict[str, Any] = box.one(document, id=order.id)
    return found


def _refund(order: Order) -> dict[str, Any]:
    parent = order.transactions[0]
    back = {"kind": "REFUND", "amount": "1.00", "parentId": parent.id, "gateway": "manual", "orderId": order.id}
    return {"i": {"orderId": order.id, "transactions": [back]}, "k": "a-key"}


def _held(box: Box, order: Order) -> dict[str, Any]:
    box.store.people.hold(order.id, handle="x", other_app=False)
    work = order.fulfillment_orders[0]
    return {"id": work.id, "holds": [work.fulfillment_holds[0].id], "e": None}


VARIABLES: dict[str, Callable[[Box, Order], dict[str, Any]]] = {
    "bulk_run": lambda box, order: {"q": "{ orders { edges { node { id } } } }", "g": False},
    "bulk_poll": lambda box, order: {"id": _bulk(box)},
    "bulk_cancel": lambda box, order: {"id": _bulk(box)},
    "bulk_mut": lambda box, order: {"m": "mutation { shop }", "p": "tmp/none", "c": None},
    "staged": lambda box, order: {
        "i": [
            {
                "resource": "BULK_MUTATION_VARIABLES",
                "filename": "a.jsonl",
                "mimeType": "text/jsonl",
                "httpMethod": "POST",
            }
        ]
    },
    "orderCancel": lambda box, order: {
        "id": order.id,
        "reason": "OTHER",
        "restock": True,
        "rm": {"originalPaymentMethodsRefund": True},
    },
    "jobResultPoll": lambda box, order: {"id": _cancelled(box, order)["jobResult"]["id"]},
    "jobPoll": lambda box, order: {"id": _cancelled(box, order)["job"]["id"]},
    "fulfillmentCancel": lambda box, order: {"id": box.order(shipped=True).fulfillments[0].id},
    "tracking": lambda box, order: {"id": box.order(shipped=True).fulfillments[0].id, "t": {"number": "00123"}},
    "hold": lambda box, order: {"id": order.fulfillment_orders[0].id, "h": {"reason": "OTHER", "handle": "x"}},
    "release": _held,
    "orderUpdate": lambda box, order: {"i": {"id": order.id, "note": "new"}},
    "tags": lambda box, order: {"id": order.id, "a": ["new"], "r": ["old"]},
    "refund": lambda box, order: _refund(order),
    "state": lambda box, order: {"ids": [order.id]},
}


@pytest.mark.parametrize("name", [n for n in NAMES if n != "bulk_orders_export"])
def test_it_runs(documents: dict[str, str], name: str) -> None:
    box = bare()
    order = box.order(2, gateway="manual", tags=["old"])
    variables: dict[str, Any] = {"id": order.id} if "$id" in documents[name] else {}
    if name in VARIABLES:
        variables = VARIABLES[name](box, order)
    data = box.data(documents[name], **variables)
    assert all(value is not None for value in data.values())
    refusals = re.findall(r'"message": "([^"]*)"', json.dumps(data))
    assert not refusals or name == "bulk_mut", refusals


def test_the_export_runs_in_bulk(documents: dict[str, str]) -> None:
    box = full(120)
    lines = box.export(documents["bulk_orders_export"].replace("2026-01-01", "2020-01-01"))
    orders = [line for line in lines if line["__typename"] == "Order"]
    assert {o["id"] for o in orders} == set(box.store.orders)
    kinds = {line["__typename"] for line in lines}
    assert {"Order", "LineItem", "FulfillmentOrder", "FulfillmentOrderLineItem", "Return"} == kinds
    parents = {line["id"] for line in lines}
    assert all(line["__parentId"] in parents for line in lines if line["__typename"] != "Order")


def test_the_state_of_fifty_orders_is_cheap(documents: dict[str, str]) -> None:
    """A list counts its children once: 26 points, whatever the number of ids."""
    box = full(60)
    ids = list(box.store.orders)[:50]
    answer = box.ask(documents["state"], ids=ids)
    assert [node["id"] for node in answer["data"]["nodes"]] == ids
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 26


def test_the_export_of_a_plain_order_reads_as_expected(documents: dict[str, str]) -> None:
    box = bare()
    order = build_order(box.store, [Item(quantity=2, title="Mug", sku="00123")], NOW, place=box.place, note="=1+1")
    line = next(x for x in box.export(documents["bulk_orders_export"]) if x["__typename"] == "Order")
    assert line["id"] == order.id
    assert (line["note"], line["name"], line["displayFinancialStatus"]) == ("=1+1", "#1001", None)
    assert line["totalPriceSet"]["shopMoney"] == {"amount": "20.0", "currencyCode": "EUR"}
    assert shipping.fulfillment_status(order) == line["displayFulfillmentStatus"] == "UNFULFILLED"
