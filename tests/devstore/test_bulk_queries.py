"""Bulk queries: their life, limits, and what goes wrong with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bulk_orders.devstore import BulkFate
from bulk_orders.devstore.settings import ALL_SCOPES
from devstore.box import Box, bare, full
from devstore.documents import BULK, BULK_CANCEL, POLL, TAGS_ADD

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


# -- life ---------------------------------------------------------------------------------------------


def test_from_created_to_completed() -> None:
    box = bare(bulk_seconds=100)
    for _ in range(3):
        box.order()
    operation = _start(box)
    created = _poll(box, operation)
    assert created == {
        "id": operation, "status": "CREATED", "type": "QUERY", "errorCode": None, "createdAt": "2026-09-21T14:13:20Z",
        "completedAt": None, "objectCount": "0", "rootObjectCount": "0", "fileSize": None, "url": None,
        "partialDataUrl": None, "query": IDS,
    }  # fmt: skip
    box.later(50)
    assert _poll(box, operation)["status"] == "RUNNING"
    box.later(49)
    assert (_poll(box, operation)["status"], _poll(box, operation)["objectCount"]) == ("RUNNING", "3")
    box.later(1)
    done = _poll(box, operation)
    assert (done["status"], done["completedAt"]) == ("COMPLETED", "2026-09-21T14:15:00Z")
    assert (done["objectCount"], done["rootObjectCount"]) == ("3", "3")
    assert len(box.request("GET", done["url"]).content) == int(done["fileSize"])


def test_the_numbers_add_up() -> None:
    box = full(40)
    operation = _start(box, NESTED)
    box.later(10)
    done = _poll(box, operation)
    content = box.request("GET", done["url"]).content
    lines = content.decode().splitlines()
    assert (len(content), len(lines)) == (int(done["fileSize"]), int(done["objectCount"]))
    assert len([line for line in lines if "__parentId" not in line]) == int(done["rootObjectCount"]) == 40


def test_nothing_to_export(box: Box) -> None:
    operation = _start(box)
    box.later(10)
    done = _poll(box, operation)
    assert (done["status"], done["url"], done["objectCount"], done["fileSize"]) == ("COMPLETED", None, "0", None)


def test_an_operation_that_runs_for_ever() -> None:
    box = bare(bulk_seconds=float("inf"))
    box.order()
    operation = _start(box)
    box.later(1e9)
    assert _poll(box, operation)["status"] in {"CREATED", "RUNNING"}
    assert box.one(BULK_CANCEL, id=operation)["bulkOperation"]["status"] == "CANCELING"


def test_the_file_expires(box: Box) -> None:
    box.order()
    operation = _start(box)
    box.later(7 * 86_400)
    assert _poll(box, operation)["status"] == "COMPLETED"
    box.later(10)
    assert _poll(box, operation)["status"] == "EXPIRED"
    assert _poll(box, operation)["url"] is None


def test_it_reads_when_it_runs_not_when_it_is_asked() -> None:
    box = bare(bulk_seconds=100)
    order = box.order()
    operation = _start(box, "{ orders { edges { node { id tags } } } }")
    box.one(TAGS_ADD, id=order.id, tags=["before"])
    box.later(100)
    box.one(TAGS_ADD, id=order.id, tags=["too late"])
    text = box.request("GET", _poll(box, operation)["url"]).text
    assert json.loads(text)["tags"] == ["before"]


def test_orders_that_are_deleted_meanwhile_are_left_out() -> None:
    box = bare(bulk_seconds=100)
    orders = [box.order() for _ in range(60)]
    operation = _start(box)
    box.later(40)
    assert 0 < int(_poll(box, operation)["objectCount"]) < 60
    box.store.people.delete(orders[-1].id)
    box.store.people.delete(orders[0].id)
    box.later(100)
    done = _poll(box, operation)
    assert done["objectCount"] == str(len(box.request("GET", done["url"]).text.splitlines()))
    assert int(done["objectCount"]) < 60


# -- five at once -------------------------------------------------------------------------------------


def test_places_are_freed_by_their_ends() -> None:
    box = bare(bulk_seconds=10, bulk_cancel_seconds=10)
    box.order()
    operations = [_start(box) for _ in range(5)]
    [error] = box.one(BULK, q=IDS)["userErrors"]
    assert (error["code"], error["field"]) == ("OPERATION_IN_PROGRESS", None)
    assert all(operation in error["message"] for operation in operations)
    box.one(BULK_CANCEL, id=operations[0])
    assert box.one(BULK, q=IDS)["bulkOperation"] is None  # CANCELING still takes its place
    box.later(10)
    assert {_poll(box, o)["status"] for o in operations[1:]} == {"COMPLETED"}
    assert _poll(box, operations[0])["status"] == "CANCELED"
    assert [_start(box) for _ in range(5)]


# -- cancelling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [False, True])
def test_cancelling(keeps: bool) -> None:
    box = bare(bulk_seconds=100, canceled_keeps_url=keeps)
    for _ in range(50):
        box.order()
    operation = _start(box)
    box.later(60)
    payload = box.one(BULK_CANCEL, id=operation)
    assert payload == {"bulkOperation": {"id": operation, "status": "CANCELING"}, "userErrors": []}
    assert box.one(BULK_CANCEL, id=operation) == payload
    box.later(5)
    done = _poll(box, operation)
    assert (done["status"], done["completedAt"], done["fileSize"]) == ("CANCELED", None, None)
    assert (done["url"] is not None) is keeps
    assert 0 < int(done["objectCount"]) < 50
    [error] = box.one(BULK_CANCEL, id=operation)["userErrors"]
    assert error["message"] == "A bulk operation cannot be canceled when it is canceled"


def test_cancelling_what_has_ended_or_is_not_there(box: Box) -> None:
    operation = _start(box)
    box.later(10)
    payload = box.one(BULK_CANCEL, id=operation)
    assert payload["bulkOperation"]["status"] == "COMPLETED"
    message = "A bulk operation cannot be canceled when it is completed"
    assert payload["userErrors"] == [{"field": None, "message": message}]
    unknown = box.one(BULK_CANCEL, id="gid://shopify/BulkOperation/9")
    assert unknown == {
        "bulkOperation": None,
        "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
    }


# -- failing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fate", "partial"),
    [
        (BulkFate(), None),
        (BulkFate(error_code="TIMEOUT", partial=0.5), 5),
        (BulkFate(status="CANCELED", error_code=None, partial=0.2), 2),
    ],
)
def test_fates(fate: BulkFate, partial: int | None) -> None:
    box = bare(bulk_fate=lambda operation: fate)
    for _ in range(10):
        box.order()
    operation = _start(box)
    box.later(10)
    done = _poll(box, operation)
    assert (done["status"], done["errorCode"], done["url"]) == (fate.status, fate.error_code, None)
    if partial is None:
        assert done["partialDataUrl"] is None
    else:
        assert len(box.request("GET", done["partialDataUrl"]).text.splitlines()) == partial


def test_one_denied_field_fails_it_all() -> None:
    box = bare(scopes=tuple(s for s in ALL_SCOPES if s != "read_customers"))
    box.order()
    operation = _start(box, "{ orders { edges { node { id customer { id } } } } }")
    box.later(10)
    done = _poll(box, operation)
    assert (done["status"], done["errorCode"], done["url"], done["partialDataUrl"]) == (
        "FAILED",
        "ACCESS_DENIED",
        None,
        None,
    )


# -- in between ---------------------------------------------------------------------------------------


def test_others_are_answered_while_it_reads() -> None:
    """The reading is done in steps, so that a server can do something else in between."""
    box = full(300)
    _start(box, NESTED)
    box.later(10)
    steps = sum(1 for _ in box.store.advancing())
    assert steps > 5
