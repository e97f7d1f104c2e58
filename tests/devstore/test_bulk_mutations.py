"""Staged uploads and bulk mutations."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bulk_orders.devstore import BulkFate
from devstore.box import Box, bare
from devstore.documents import BULK_CANCEL, BULK_MUTATION, CLOSE, POLL, STAGED, TAGS_ADD

NESTED = 'mutation { bulkOperationRunQuery(query: "") { bulkOperation { id } } }'
ADD = "mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { message } } }"


def _target(box: Box, method: str = "POST") -> tuple[str, dict[str, str]]:
    entry = {
        "resource": "BULK_MUTATION_VARIABLES",
        "filename": "a.jsonl",
        "mimeType": "text/jsonl",
        "httpMethod": method,
    }
    [target] = box.one(STAGED, i=[entry])["stagedTargets"]
    return target["url"], {p["name"]: p["value"] for p in target["parameters"]}


def _upload(box: Box, content: bytes) -> str:
    url, fields = _target(box)
    response = box.request("POST", url, data=fields, files={"file": ("a.jsonl", content)})
    assert response.status_code == 201
    return fields["key"]


def _run(box: Box, lines: list[Any], mutation: str = ADD) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    payload = box.one(BULK_MUTATION, m=mutation, p=_upload(box, text.encode()))
    assert payload["userErrors"] == []
    box.later(10)
    done = box.one(POLL, id=payload["bulkOperation"]["id"])
    assert (done["status"], done["type"]) == ("COMPLETED", "MUTATION")
    return [json.loads(line) for line in box.request("GET", done["url"]).text.splitlines()]


def test_every_line_is_answered_by_its_number(box: Box) -> None:
    orders = [box.order() for _ in range(20)]
    answers = _run(box, [{"id": o.id, "tags": [f"n{n}"]} for n, o in enumerate(orders)])
    assert [a["__lineNumber"] for a in answers] != list(range(20))
    for answer in answers:
        number = answer["__lineNumber"]
        assert answer["data"]["tagsAdd"]["node"]["id"] == orders[number].id
    assert [o.tags for o in orders] == [[f"n{n}"] for n in range(20)]


def test_lines_that_fail_do_not_fail_the_operation(box: Box) -> None:
    order = box.order()
    answers = {
        a["__lineNumber"]: a
        for a in _run(
            box,
            [
                {"id": "gid://shopify/Order/9", "tags": ["x"]},
                "{",
                {"id": 5},
                {"id": "gid://shopify/LineItem/1", "tags": []},
                "",
                {"id": order.id, "tags": ["x"]},
            ],
        )
    }
    assert answers[0]["data"]["tagsAdd"]["userErrors"] == [{"message": "Order does not exist"}]
    assert "errors" in answers[1]
    assert answers[2]["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"
    assert answers[3]["data"] == {"tagsAdd": None}
    assert answers[4]["data"]["tagsAdd"]["userErrors"] == []
    assert order.tags == ["x"]


@pytest.mark.parametrize(
    ("mutation", "message", "code"),
    [
        (f"{ADD} {ADD}", "You must specify a single top level mutation.", None),
        ("mutation { a: orderClose(input: {}) { order { id } } b: orderClose(input: {}) { order { id } } }",
         "You must specify a single top level mutation.", None),
        ("{ shop { id } }", "You must specify a single top level mutation.", None),
        (NESTED, "You must use an allowed mutation name.", None),
        ("mutation {", "Failed to parse the mutation - syntax error, unexpected end of file", "INVALID_MUTATION"),
        ("mutation { nope { id } }", "Field 'nope' doesn't exist on type 'Mutation'", "INVALID_MUTATION"),
    ],
)  # fmt: skip
def test_refused_mutations(box: Box, mutation: str, message: str, code: str | None) -> None:
    payload = box.one(BULK_MUTATION, m=mutation, p="tmp/none")
    assert payload["bulkOperation"] is None
    assert [(e["message"], e["code"]) for e in payload["userErrors"]] == [(message, code)]


def _closing(inner: str) -> str:
    return (
        f"mutation($id: ID!) {{ orderClose(input: {{id: $id}}) {{ order {{ id {inner} }} userErrors {{ field }} }} }}"
    )


@pytest.mark.parametrize(
    ("inner", "fine"),
    [
        ("", True),
        ("lineItems { edges { node { id } } }", True),
        ("lineItems { edges { node { id } } } fulfillmentOrders { edges { node { id } } }", False),
        ("fulfillmentOrders { edges { node { id lineItems { edges { node { id } } } } } }", False),
    ],
)
def test_one_connection_at_the_most(box: Box, inner: str, fine: bool) -> None:
    """[LIVE bulk-operation-run-mutation-connection-validators]: the code is null."""
    errors = box.one(BULK_MUTATION, m=_closing(inner), p=_upload(box, b"{}"))["userErrors"]
    said = {"field": ["mutation"], "message": "Bulk mutations cannot contain more than 1 connection.", "code": None}
    assert errors == ([] if fine else [said])


@pytest.mark.parametrize(
    ("executed", "partial", "done", "told"), [(0.5, 1.0, 10, 10), (1.0, 0.5, 20, 10), (0.5, None, 10, 0)]
)
def test_one_that_fails_has_done_what_it_had_done(executed: float, partial: float | None, done: int, told: int) -> None:
    """A line that is not in the partial file may have run or not: the two are apart."""
    box = bare()
    box.store.settings.bulk_fate = lambda _: BulkFate("FAILED", "INTERNAL_SERVER_ERROR", partial, executed)
    lines = "\n".join(json.dumps({"id": box.order().id, "tags": ["x"]}) for _ in range(20))
    operation = box.one(BULK_MUTATION, m=ADD, p=_upload(box, lines.encode()))["bulkOperation"]["id"]
    box.later(10)
    ended = box.one(POLL, id=operation)
    assert (ended["status"], ended["errorCode"], ended["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    assert sum(order.tags == ["x"] for order in box.store.orders.values()) == done
    assert (ended["partialDataUrl"] is None) is (partial is None)
    if partial is not None:
        assert len(box.request("GET", ended["partialDataUrl"]).text.splitlines()) == told


@pytest.mark.parametrize(
    ("knobs", "where"),
    [({}, None), ({"canceled_keeps_url": True}, "url"), ({"canceled_keeps_partial": True}, "partialDataUrl")],
)
def test_one_that_is_cancelled_stops_where_it_is(knobs: dict[str, Any], where: str | None) -> None:
    box = bare(bulk_seconds=100, **knobs)
    lines = "\n".join(json.dumps({"id": box.order().id, "tags": ["x"]}) for _ in range(20))
    operation = box.one(BULK_MUTATION, m=ADD, p=_upload(box, lines.encode()))["bulkOperation"]["id"]
    box.later(45)
    assert box.one(BULK_CANCEL, id=operation)["userErrors"] == []
    box.later(10)
    ended = box.one(POLL, id=operation)
    done = sum(order.tags == ["x"] for order in box.store.orders.values())
    assert ended["status"] == "CANCELED"
    assert 0 < done < 20
    assert {name for name in ("url", "partialDataUrl") if ended[name]} == ({where} if where else set())
    if where:
        assert len(box.request("GET", ended[where]).text.splitlines()) == done


def test_a_result_expires() -> None:
    box = bare(url_seconds=100.0)
    operation = box.one(BULK_MUTATION, m=ADD, p=_upload(box, b"{}"))["bulkOperation"]["id"]
    box.later(10)
    url = box.one(POLL, id=operation)["url"]
    assert box.request("GET", url).status_code == 200
    box.later(100)
    assert box.request("GET", url).status_code == 400
    assert (box.one(POLL, id=operation)["status"], box.one(POLL, id=operation)["url"]) == ("EXPIRED", None)


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("x" * 9, "is too short (minimum is 10 characters)"),
        ("x" * 256, "is too long (maximum is 255 characters)"),
        ("x" * 10, None),
        ("x" * 255, None),
    ],
)
def test_client_identifiers(box: Box, identifier: str, message: str | None) -> None:
    payload = box.one(BULK_MUTATION, m=ADD, p=_upload(box, b"{}"), c=identifier)
    assert [e["message"] for e in payload["userErrors"]] == ([message] if message else [])


@pytest.mark.parametrize(("size", "fine"), [(65_535, True), (65_536, False)])
def test_the_size_of_a_mutation(box: Box, size: int, fine: bool) -> None:
    padded = ADD + "#" + "x" * (size - len(ADD) - 1)
    payload = box.one(BULK_MUTATION, m=padded, p=_upload(box, b"{}"))
    message = "Mutation is too large (65536 bytes; maximum is 65535 bytes)"
    assert [e["message"] for e in payload["userErrors"]] == ([] if fine else [message])


def test_an_empty_file(box: Box) -> None:
    [error] = box.one(BULK_MUTATION, m=ADD, p=_upload(box, b""))["userErrors"]
    assert (error["code"], error["message"]) == ("INVALID_STAGED_UPLOAD_FILE", "The input file is empty.")


def test_the_file_comes_before_the_places() -> None:
    box = bare(bulk_seconds=100)
    key = _upload(box, b"{}")
    for _ in range(5):
        assert box.one(BULK_MUTATION, m=ADD, p=key)["userErrors"] == []
    [error] = box.one(BULK_MUTATION, m=ADD, p=key)["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"
    assert error["message"].startswith("A bulk mutation operation for this app and shop is already in progress: gid://")
    [error] = box.one(BULK_MUTATION, m=ADD, p="tmp/none")["userErrors"]
    assert error["code"] == "NO_SUCH_FILE"


def test_effects_of_lines_are_in_the_log(box: Box) -> None:
    orders = [box.order() for _ in range(3)]
    _run(box, [{"id": o.id} for o in orders], CLOSE)
    assert sorted(e.order for e in box.store.effects) == sorted(o.id for o in orders)
    assert box.kinds() == ["orderClose"] * 3


# -- uploads ------------------------------------------------------------------------------------------


def test_the_file_must_be_last(box: Box) -> None:
    url, fields = _target(box)
    request = httpx.Request("POST", "http://x", data=fields, files={"file": ("a", b"{}")})
    boundary = request.headers["content-type"].split("boundary=")[1].encode()
    body = request.read()
    parts = body.split(b"--" + boundary)
    swapped = (b"--" + boundary).join([parts[0], parts[-2], *parts[1:-2], parts[-1]])
    headers = {"Content-Type": request.headers["content-type"]}
    assert box.request("POST", url, content=swapped, headers=headers).status_code == 400
    assert box.request("POST", url, content=body, headers=headers).status_code == 201


@pytest.mark.parametrize("change", [{"x-goog-signature": "0"}, {"key": "tmp/other"}, {"policy": ""}])
def test_the_form_is_signed(box: Box, change: dict[str, str]) -> None:
    url, fields = _target(box)
    response = box.request("POST", url, data=fields | change, files={"file": ("a", b"{}")})
    assert response.status_code == 403
    assert box.store.bulk.uploads == {}


def test_a_put_takes_the_bare_file(box: Box) -> None:
    url, _ = _target(box, "PUT")
    assert box.request("PUT", url, content=b"{}").status_code == 200
    assert list(box.store.bulk.uploads.values()) == [b"{}"]
    assert box.request("PUT", url.replace("a.jsonl", "b.jsonl"), content=b"{}").status_code == 403


def test_binary_content_survives(box: Box) -> None:
    content = bytes(range(256)) + b"\r\n--not-the-boundary\r\n"
    key = _upload(box, content)
    assert box.store.bulk.uploads[key] == content


def test_a_body_that_is_no_form(box: Box) -> None:
    url, _ = _target(box)
    assert box.request("POST", url, content=b"x").status_code == 400


def test_a_token_that_is_sent_along_has_leaked(box: Box) -> None:
    url, fields = _target(box)
    headers = {"X-Shopify-Access-Token": "x"}
    box.request("POST", url, data=fields, files={"file": ("a", b"{}")}, headers=headers)
    assert [leak.header for leak in box.store.leaks] == ["x-shopify-access-token"]


def test_tags_are_also_added_one_by_one(box: Box) -> None:
    order = box.order()
    assert box.one(TAGS_ADD, id=order.id, tags=["x"])["node"]["tags"] == ["x"]
