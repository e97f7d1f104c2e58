"""What a reply means. HTTP 200 is no success, and an error is not always a failure."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bulk_orders.errors import AccessDenied, Refused, ShopifyError
from bulk_orders.shopify import mutations
from bulk_orders.shopify.replies import (
    Ambiguous,
    InvalidId,
    NotExecuted,
    Reply,
    TokenRejected,
    TooCostly,
    UnknownFields,
    UserErrors,
    costs,
    denied_fields,
    parse,
    payload_of,
    read_reply,
    search_warnings,
)

CLOSE = mutations.mutation("orderClose", "2026-10")
CANCEL = mutations.mutation("orderCancel", "2026-10")


def _response(body: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers={name.replace("_", "-"): v for name, v in headers.items()})


def _read(body: Any = None, status: int = 200, **headers: str) -> Reply:
    response = _response(body, status, **headers)
    return read_reply(response, parse(response))


def _error(code: str, message: str = "m", **more: Any) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}, **more}


def test_data_is_a_reply() -> None:
    reply = _read({"data": {"shop": {"id": 1}}}, x_request_id="r-1")
    assert (reply.data, reply.request_id) == ({"shop": {"id": 1}}, "r-1")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>busy</html>",
        b"",
        b"{",
        [],
        {},
        {"data": None},
        {"errors": [_error("INTERNAL_SERVER_ERROR")]},
        {"errors": [_error("INTERNAL_SERVER_ERROR")], "data": None},
    ],
)
def test_what_cannot_be_read_is_ambiguous(body: Any) -> None:
    with pytest.raises(Ambiguous):
        _read(body)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 204])
def test_a_server_error_is_ambiguous(status: int) -> None:
    with pytest.raises(Ambiguous):
        _read({"errors": "x"}, status)


@pytest.mark.parametrize("status", [301, 302, 402, 403, 404, 423, 430])
def test_some_answers_stop_a_run(status: int) -> None:
    with pytest.raises(AccessDenied) as caught:
        _read({"errors": "x"}, status)
    assert str(status) in caught.value.what
    assert caught.value.fix


def test_a_refused_token_may_be_renewed() -> None:
    with pytest.raises(TokenRejected):
        _read({"errors": "[API] Invalid API key"}, 401)


@pytest.mark.parametrize(
    ("written", "wait"),
    [
        ("0", 0.05),
        ("1", 1.0),
        ("2.5", 2.5),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30.0),
        ("soon", 1.0),
        ("", 1.0),
        ("-5", 0.05),
        ("nan", 1.0),
    ],
)
def test_retry_after_is_heeded(written: str, wait: float) -> None:
    with pytest.raises(NotExecuted) as caught:
        _read({}, 429, retry_after=written, date="Sun, 22 Nov 2026 10:00:00 GMT")
    assert caught.value.wait == wait


def test_an_hours_wait_ends_the_run() -> None:
    with pytest.raises(AccessDenied, match="3600 s"):
        _read({}, 429, retry_after="3600")


def test_throttled_comes_as_200_and_was_not_executed() -> None:
    with pytest.raises(NotExecuted, match="throttled"):
        _read({"errors": [_error("THROTTLED", "Throttled")]})


def test_too_much_for_one_request() -> None:
    with pytest.raises(TooCostly):
        _read({"errors": [_error("MAX_COST_EXCEEDED", "Query cost is 1723")]})


def test_a_request_that_is_not_taken_is_refused() -> None:
    with pytest.raises(Refused, match="Variable"):
        _read({"errors": [_error("INVALID_VARIABLE", "Variable $id of type ID! was provided invalid value")]})
    with pytest.raises(InvalidId):
        _read({"errors": [_error("RESOURCE_NOT_FOUND", "Invalid global id")]})
    with pytest.raises(ShopifyError, match="400"):
        _read({"errors": "bad"}, 400)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Field 'clientIp' doesn't exist on type 'Order'", "Order.clientIp"),
        ("Cannot query field 'vendor' on type 'LineItem'.", "LineItem.vendor"),
        ("Field 'state' doesn't exist on type 'Customer'", "*.state"),
    ],
)
def test_unknown_fields_are_named(message: str, field: str) -> None:
    with pytest.raises(UnknownFields) as caught:
        _read({"errors": [{"message": message}]})
    assert caught.value.fields == {field}


def test_denied_fields_are_named_by_their_path() -> None:
    reply = _read(
        {
            "data": {"orders": {"edges": []}},
            "errors": [
                _error("ACCESS_DENIED", path=["orders", "edges", 0, "node", "customer"]),
                _error("ACCESS_DENIED", path=["orders", "edges", 0, "node", "fulfillments", 1, "location"]),
                _error(
                    "ACCESS_DENIED", path=["orders", "edges", 0, "node", "lineItems", "edges", 2, "node", "product"]
                ),
            ],
        }
    )
    assert denied_fields(reply) == {"Order.customer", "Fulfillment.location", "LineItem.product"}


def test_what_a_search_ignored_is_heard() -> None:
    reply = _read(
        {"data": {}, "extensions": {"search": [{"warnings": [{"field": "stauts", "code": "invalid_field"}]}]}}
    )
    assert search_warnings(reply) == ["stauts: invalid_field"]


# --- mutations --------------------------------------------------------------------------------------------------------


def test_errors_beside_a_payload_mean_that_it_happened() -> None:
    body = {
        "data": {"orderClose": {"order": {"id": "1"}, "userErrors": []}},
        "errors": [_error("ACCESS_DENIED", path=["orderClose", "order", "x"])],
    }
    assert payload_of(_read(body), CLOSE) == {"order": {"id": "1"}, "userErrors": []}


def test_user_errors_are_a_no_in_shopifys_words() -> None:
    body = {
        "data": {
            "orderCancel": {
                "job": None,
                "orderCancelUserErrors": [{"message": "Cannot cancel an order that has returns", "code": "INVALID"}],
            }
        }
    }
    assert payload_of(_read(body), CANCEL) == UserErrors(("Cannot cancel an order that has returns",), ("INVALID",))


def test_an_empty_root_says_why_or_is_ambiguous() -> None:
    no_root = {"data": {"orderClose": None}}
    with pytest.raises(Ambiguous):
        payload_of(_read(no_root), CLOSE)
    with pytest.raises(Ambiguous):
        payload_of(_read({**no_root, "errors": [_error("INTERNAL_SERVER_ERROR")]}), CLOSE)
    with pytest.raises(AccessDenied):
        payload_of(_read({**no_root, "errors": [_error("ACCESS_DENIED", "Access denied for orderClose")]}), CLOSE)
    refused = payload_of(_read({**no_root, "errors": [_error("RESOURCE_NOT_FOUND", "invalid id")]}), CLOSE)
    assert refused == UserErrors(("invalid id",), ("RESOURCE_NOT_FOUND",))


def test_costs_are_read_where_they_are() -> None:
    throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": 1990, "restoreRate": 100}
    body = {"extensions": {"cost": {"requestedQueryCost": 10, "actualQueryCost": None, "throttleStatus": throttle}}}
    found = costs(body)
    assert (found.requested, found.actual) == (10.0, None)
    assert found.status is not None
    assert found.status.available == 1990.0
    unusable: list[Any] = [None, [], {}, {"extensions": None}, {"extensions": {"cost": {"throttleStatus": {}}}}]
    for nothing in unusable:
        assert costs(nothing).status is None
