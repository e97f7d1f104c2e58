"""The wire: tokens, headers, versions, methods, latency, faults, and the box's own paths."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bulk_orders.devstore import CLIENT_ID, CLIENT_SECRET, TOKEN, Call, ConnectionDropped, Faults, Reply, Wait
from devstore.box import NOW, Box, bare
from devstore.documents import CLOSE

SHOP = "{ shop { id } }"
URL = "/admin/api/2026-10/graphql.json"
GRANT = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


# -- tokens -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"X-Shopify-Access-Token": "wrong"}])
def test_without_a_good_token(box: Box, headers: dict[str, str]) -> None:
    response = box.request("POST", URL, json={"query": SHOP}, headers=headers)
    assert response.status_code == 401
    assert response.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
    assert box.store.requests[-1].outcome == "unauthorized"


def test_a_revoked_token(box: Box) -> None:
    box.store.tokens.revoke()
    assert box.post(SHOP).status_code == 401


@pytest.mark.parametrize("form", ["data", "json"])
def test_client_credentials(box: Box, form: str) -> None:
    granted = box.request("POST", "/admin/oauth/access_token", **{form: GRANT}).json()
    assert granted["expires_in"] == 86_399
    assert granted["scope"].split(",") == list(box.store.settings.scopes)
    token = granted["access_token"]
    assert token != TOKEN
    assert box.post(SHOP, X_Shopify_Access_Token=token).status_code == 200
    box.later(86_400)
    assert box.post(SHOP, X_Shopify_Access_Token=token).status_code == 401
    assert box.post(SHOP).status_code == 200


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_refused_grants(box: Box, fields: dict[str, str], error: str) -> None:
    response = box.request("POST", "/admin/oauth/access_token", data=GRANT | fields)
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert response.json()["error_description"]


def test_a_shop_that_grants_nothing() -> None:
    box = bare(grants=False)
    response = box.request("POST", "/admin/oauth/access_token", data=GRANT)
    assert response.json()["error"] == "shop_not_permitted"


# -- headers and versions -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [URL, "/admin/oauth/access_token", "/nowhere", "/devstore/effects"])
def test_every_answer_has_an_id_and_a_date(box: Box, path: str) -> None:
    responses = [box.request("POST", path) for _ in range(2)]
    ids = {r.headers["X-Request-Id"] for r in responses}
    assert len(ids) == 2
    assert responses[0].headers["Date"] == "Mon, 21 Sep 2026 14:13:20 GMT"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("2026-10", "2026-10"),
        ("2026-07", "2026-07"),
        ("2024-01", "2026-01"),
        ("latest", "2026-01"),
        ("unstable", "unstable"),
    ],
)
def test_the_version_that_serves(box: Box, asked: str, served: str) -> None:
    response = box.post(SHOP, version=asked)
    assert response.headers["X-Shopify-API-Version"] == served
    assert response.json()["data"]["shop"]


def test_a_shop_that_serves_another_version() -> None:
    box = bare(serve_version="2026-07")
    response = box.post("{ nope }")
    assert response.headers["X-Shopify-API-Version"] == "2026-07"
    assert "errors" in response.json()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", URL, 405),
        ("PUT", URL, 405),
        ("GET", "/admin/oauth/access_token", 405),
        ("GET", "/", 404),
        ("POST", "/admin/api/2026-10/orders.json", 404),
        ("POST", "/bulk-operation-outputs/x", 405),
        ("GET", "/bulk-operation-outputs/x", 403),
        ("GET", "/staged-uploads/x", 405),
        ("GET", "/devstore/nothing", 404),
        ("POST", "/devstore/effects", 405),
        ("GET", "/devstore/people", 405),
    ],
)
def test_other_methods_and_paths(box: Box, method: str, path: str, status: int) -> None:
    assert box.request(method, path).status_code == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"query": 1}', b'{"query": ""}', b"\xff\xfe"])
def test_bodies_without_a_document(box: Box, body: bytes) -> None:
    response = box.request("POST", URL, content=body, headers={"X-Shopify-Access-Token": TOKEN})
    assert response.status_code == 400
    assert response.json() == {"errors": {"query": "Required parameter missing or invalid"}}


def test_a_bare_document(box: Box) -> None:
    headers = {"X-Shopify-Access-Token": TOKEN, "Content-Type": "application/graphql"}
    assert box.request("POST", URL, content=SHOP.encode(), headers=headers).json()["data"]["shop"]


def test_a_document_that_is_nested_too_deeply(box: Box) -> None:
    deep = "{ shop " * 3000 + "{ id }" + " }" * 3000
    assert "errors" in box.ask(deep)


# -- the log of requests ------------------------------------------------------------------------------


def test_requests_are_logged(box: Box) -> None:
    order = box.order()
    response = box.post(CLOSE.replace("mutation(", "mutation Close("), {"id": order.id})
    box.post(CLOSE, {"id": "gid://shopify/Order/9"})
    first, second = box.store.requests
    assert (first.seq, first.at, first.operation, first.root) == (1, NOW, "Close", "orderClose")
    assert (first.id, first.outcome, first.cost, first.mutation) == (order.id, "accepted", 10, True)
    assert first.request_id == response.headers["X-Request-Id"]
    assert (second.id, second.outcome) == ("gid://shopify/Order/9", "refused")


@pytest.mark.parametrize(
    ("root", "record"),
    [
        ('order(id: "gid://shopify/Order/7") { id }', "gid://shopify/Order/7"),
        ('nodes(ids: ["gid://shopify/Order/7"]) { id }', None),
        ("orders(first: 1) { nodes { id } }", None),
    ],
)
def test_which_record_a_request_is_about(box: Box, root: str, record: str | None) -> None:
    box.ask(f"{{ {root} }}")
    assert box.store.requests[-1].id == record


# -- latency ------------------------------------------------------------------------------------------


def test_latency() -> None:
    box = bare(latency_seconds=0.2, latency_jitter=0.5)
    for _ in range(20):
        box.post(SHOP)
    waits = [a + b for a, b in zip(box.slept[::2], box.slept[1::2], strict=True)]
    assert all(0.1 <= wait <= 0.3 for wait in waits)
    assert len(set(waits)) == 20
    box.store.settings.latency_seconds = 0
    box.post(SHOP)
    assert len(box.slept) == 40


# -- faults -------------------------------------------------------------------------------------------


class Script(Faults):
    """Does one thing to the n-th mutation."""

    def __init__(self, *, before: Any = None, after: Any = None) -> None:
        self.calls: list[Call] = []
        self.do_before, self.do_after = before, after

    def before(self, store: Any, call: Call) -> Reply | Wait | None:
        self.calls.append(call)
        found: Reply | Wait | None = self.do_before(store, call) if self.do_before else None
        return found

    def after(self, store: Any, call: Call, reply: Reply) -> Reply:
        found: Reply = self.do_after(store, call, reply) if self.do_after else reply
        return found


def _drop(*_: Any) -> Any:
    raise ConnectionDropped


def test_an_answer_that_is_lost(box: Box) -> None:
    order = box.order()
    box.store.faults = Script(after=_drop)
    with pytest.raises(ConnectionDropped):
        box.post(CLOSE, {"id": order.id})
    assert box.kinds() == ["orderClose"]


def test_a_request_that_is_lost(box: Box) -> None:
    order = box.order()
    box.store.faults = Script(before=_drop)
    with pytest.raises(ConnectionDropped):
        box.post(CLOSE, {"id": order.id})
    assert box.kinds() == []


def test_an_answer_instead(box: Box) -> None:
    order = box.order()
    answer = Reply(503, {"Retry-After": "1", "Content-Type": "text/html"}, b"<h1>no</h1>", delay=7)
    box.store.faults = Script(before=lambda store, call: answer)
    response = box.post(CLOSE, {"id": order.id})
    assert (response.status_code, response.text, response.headers["Retry-After"]) == (503, "<h1>no</h1>", "1")
    assert box.slept == [7]
    assert order.closed_at is None
    assert box.store.requests == []


def test_a_wait_before(box: Box) -> None:
    box.store.faults = Script(before=lambda store, call: Wait(30))
    assert box.post(SHOP).status_code == 200
    assert box.slept == [30]


def test_something_done_to_the_store_in_between(box: Box) -> None:
    order = box.order()

    def edit(store: Any, call: Call) -> None:
        store.people.edit_order(order.id, note="edited meanwhile")

    box.store.faults = Script(before=edit)
    assert box.order_fields(order, "note") == {"note": "edited meanwhile"}


def test_what_a_fault_is_told(box: Box) -> None:
    box.store.faults = script = Script()
    order = box.order()
    box.post(SHOP)
    box.post(CLOSE, {"id": order.id})
    box.request("POST", "/admin/oauth/access_token", data=GRANT)
    box.request("GET", "/bulk-operation-outputs/x")
    box.request("POST", "/staged-uploads/")
    box.request("GET", "/nowhere")
    box.post(CLOSE, {"id": order.id})
    box.request("GET", "/devstore/effects")
    assert [(c.kind, c.ordinal, c.kind_ordinal, c.roots) for c in script.calls] == [
        ("query", 1, 1, ("shop",)),
        ("mutation", 2, 1, ("orderClose",)),
        ("token", 3, 1, ()),
        ("file", 4, 1, ()),
        ("upload", 5, 1, ()),
        ("other", 6, 1, ()),
        ("mutation", 7, 2, ("orderClose",)),
    ]
    assert order.id in script.calls[1].body


def test_an_answer_without_a_length(box: Box) -> None:
    chunked = Reply(200, {"Transfer-Encoding": "chunked"}, b"x")
    box.store.faults = Script(before=lambda store, call: chunked)
    assert "Content-Length" not in box.post(SHOP).headers


# -- the box's own paths ------------------------------------------------------------------------------


def test_the_logs_from_outside(box: Box) -> None:
    orders = [box.order() for _ in range(3)]
    for order in orders:
        box.one(CLOSE, id=order.id)
    effects = box.request("GET", "/devstore/effects").json()["effects"]
    assert [(e["seq"], e["kind"], e["order"]) for e in effects] == [
        (n, "orderClose", o.id) for n, o in enumerate(orders, 1)
    ]
    assert [e["seq"] for e in box.request("GET", "/devstore/effects?after=2").json()["effects"]] == [3]
    requests = box.request("GET", "/devstore/requests?after=1").json()["requests"]
    assert [r["outcome"] for r in requests] == ["accepted", "accepted"]
    assert box.request("GET", "/devstore/leaks").json() == {"leaks": []}


def test_effects_that_are_due_are_there(box: Box) -> None:
    order = box.order()
    box.store.people.cancel(order.id)
    box.later(10)
    kinds = [e["kind"] for e in box.request("GET", "/devstore/effects").json()["effects"]]
    assert kinds == ["orderCancel", "restock", "archive"]


def _people(box: Box, **fields: Any) -> tuple[int, Any]:
    response = box.request("POST", "/devstore/people", content=json.dumps(fields))
    return response.status_code, response.json()


def test_other_people_from_outside(box: Box) -> None:
    order = box.order(2)
    status, answer = _people(box, order="#1001", do="edit", note="by hand", tags=["b", "a"])
    assert (status, answer["effects"][0]["kind"], answer["effects"][0]["detail"]["by"]) == (
        200,
        "orderUpdate",
        "people",
    )
    assert (order.note, order.tags) == ("by hand", ["a", "b"])
    assert _people(box, order=order.id, do="tag", tags=["c"])[0] == 200
    assert order.tags == ["a", "b", "c"]
    assert _people(box, order=order.id, do="fulfill", units=1)[0] == 200
    assert len(order.fulfillments) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"order": "#1", "do": "archive"}, 409),
        ({"order": "#1001", "do": "dance"}, 400),
        ({"do": "archive"}, 400),
        ({"order": "#1001", "do": "archive", "nonsense": 1}, 400),
        ({"order": "#1001", "do": "request_return"}, 409),
    ],
)
def test_what_people_cannot_do(box: Box, fields: dict[str, Any], status: int) -> None:
    box.order()
    code, answer = _people(box, **fields)
    assert (code, list(answer)) == (status, ["error"])
    assert box.request("POST", "/devstore/people", content=b"[]").status_code == 400
