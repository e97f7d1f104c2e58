"""The client against a transport: what is asked again, what is sent once, what it costs, what it never tells."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from virtual import VirtualClock, run

from bulk_orders.errors import AccessDenied, Unreachable, VersionMismatch
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify import documents, mutations, order_state
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.replies import Ambiguous
from bulk_orders.tokens import Credentials, Secret

TOKEN = "shpat_0123456789abcdef"
ADDRESS = ShopAddress.parse("box.myshopify.com")
CLOSE = mutations.mutation("orderClose", "2026-10")
Answer = Callable[[httpx.Request], httpx.Response]


def _ok(data: Any = None, available: float = 1990.0, **headers: str) -> httpx.Response:
    cost = {
        "requestedQueryCost": 10,
        "actualQueryCost": 10,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0},
    }
    body = {"data": data if data is not None else {"shop": {"id": "1"}}, "extensions": {"cost": cost}}
    return httpx.Response(200, json=body, headers={"x-shopify-api-version": "2026-10", **headers})


class _Script:
    """Answers in turn; the last one stays."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _client(script: Answer, credentials: Credentials | None = None) -> AdminClient:
    known = credentials or Credentials(token=Secret(TOKEN), source="SHOPIFY_ACCESS_TOKEN")
    return AdminClient(ADDRESS, known, "2026-10", VirtualClock(), httpx.MockTransport(script))


def _read(script: Answer, credentials: Credentials | None = None) -> Any:
    async def work() -> Any:
        async with _client(script, credentials) as client:
            return (await client.read(documents.SHOP)).data

    return run(work())


def _send(script: Answer) -> Any:
    async def work() -> Any:
        async with _client(script) as client:
            return (await client.send(CLOSE, {"id": "gid://shopify/Order/1"})).data

    return run(work())


def test_a_request_is_what_shopify_expects() -> None:
    script = _Script(_ok())
    assert _read(script) == {"shop": {"id": "1"}}
    (request,) = script.requests
    assert str(request.url) == "https://box.myshopify.com/admin/api/2026-10/graphql.json"
    assert request.headers["x-shopify-access-token"] == TOKEN
    assert json.loads(request.content)["query"] == documents.SHOP.text


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(502),
        httpx.Response(200, content=b"<html>"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.ConnectError("x"),
        httpx.Response(429, headers={"retry-after": "1"}),
        httpx.Response(200, json={"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}),
    ],
)
def test_a_question_is_asked_again(trouble: httpx.Response | Exception) -> None:
    script = _Script(trouble, trouble, _ok())
    assert _read(script) == {"shop": {"id": "1"}}
    assert len(script.requests) == 3


def test_an_answer_with_errors_beside_it_is_not_taken_for_whole() -> None:
    partial = httpx.Response(
        200, json={"data": {"nodes": [None]}, "errors": [{"message": "x", "extensions": {"code": "TIMEOUT"}}]}
    )
    script = _Script(partial, _ok())
    assert _read(script) == {"shop": {"id": "1"}}


def test_a_shop_that_answers_nothing_useful_is_given_up() -> None:
    script = _Script(httpx.Response(503))
    with pytest.raises(Unreachable, match="503"):
        _read(script)
    assert len(script.requests) == 8


def test_a_shop_that_was_never_there_is_given_up_soon() -> None:
    script = _Script(httpx.ConnectError("no such host"))
    with pytest.raises(Unreachable) as caught:
        _read(script)
    assert len(script.requests) == 3
    assert "box.myshopify.com" in str(caught.value.where)


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(500), httpx.Response(200, content=b"{"), httpx.ReadError("x"), httpx.WriteTimeout("x")],
)
def test_a_mutation_whose_outcome_is_unclear_is_sent_once(trouble: httpx.Response | Exception) -> None:
    script = _Script(trouble, _ok())
    with pytest.raises(Ambiguous):
        _send(script)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.Response(429, headers={"retry-after": "1"}),
        httpx.Response(200, json={"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}),
    ],
)
def test_a_mutation_that_was_surely_not_executed_is_sent_again(trouble: httpx.Response | Exception) -> None:
    script = _Script(_ok(), trouble, trouble, _ok({"orderClose": {}}))

    async def work() -> Any:
        async with _client(script) as client:
            await client.read(documents.SHOP)
            return (await client.send(CLOSE, {"id": "1"})).data

    assert run(work()) == {"orderClose": {}}
    assert len(script.requests) == 4


def test_what_leaves_is_announced_right_before_each_time() -> None:
    script = _Script(httpx.Response(429, headers={"retry-after": "1"}), _ok({"orderClose": {}}))
    announced: list[int] = []

    async def work() -> None:
        async with _client(script) as client:
            await client.send(CLOSE, {"id": "1"}, lambda: announced.append(len(script.requests)))

    run(work())
    assert announced == [0, 1]


def test_what_the_announcement_refuses_does_not_leave() -> None:
    script = _Script(_ok())

    def refuse() -> None:
        raise Unreachable("no")

    async def work() -> None:
        async with _client(script) as client:
            await client.send(CLOSE, {"id": "1"}, refuse)

    with pytest.raises(Unreachable):
        run(work())
    assert script.requests == []


def test_points_are_waited_for() -> None:
    script = _Script(_ok(available=0.0))
    waits: list[float] = []

    async def work() -> float:
        clock = VirtualClock()
        async with _client(script) as client:
            client.on_wait = waits.append
            await client.read(documents.SHOP)
            began = clock.monotonic()
            for _ in range(3):
                await client.send(CLOSE, {"id": "1"})
            return clock.monotonic() - began

    assert run(work()) == pytest.approx(0.3, abs=0.02)


def test_a_large_question_whose_answer_is_lost_is_asked_again_at_once() -> None:
    """What 150 orders cost is guessed from one, in proportion: the guess stays below what Shopify takes at all."""
    script = _Script(_ok({"nodes": []}), httpx.Response(502), _ok({"nodes": []}))

    async def work() -> float:
        async with _client(script) as client:
            document = order_state.orders_state(frozenset())
            await client.read(document, {"ids": ["1"]}, weight=1)
            began = client._clock.monotonic()
            await client.read(document, {"ids": ["1"] * 150}, weight=150)
            return client._clock.monotonic() - began

    assert run(work()) < 3
    assert len(script.requests) == 3


def test_another_version_is_refused() -> None:
    answer = _ok()
    answer.headers["x-shopify-api-version"] = "2026-07"
    with pytest.raises(VersionMismatch, match="2026-07"):
        _read(_Script(answer))


def test_a_refused_token_stops_and_says_where_it_came_from() -> None:
    script = _Script(httpx.Response(401, json={"errors": "[API] Invalid API key or access token"}))
    with pytest.raises(AccessDenied) as caught:
        _read(script)
    assert "SHOPIFY_ACCESS_TOKEN" in str(caught.value.where)
    assert TOKEN not in f"{caught.value.what} {caught.value.where} {caught.value.fix}"
    assert len(script.requests) == 1


def _with_grants(tokens: list[str]) -> tuple[Answer, list[str]]:
    used: list[str] = []
    given = iter(tokens)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/admin/oauth/access_token":
            assert request.content == b"grant_type=client_credentials&client_id=id&client_secret=secret"
            return httpx.Response(200, json={"access_token": next(given), "expires_in": 86399})
        used.append(request.headers["x-shopify-access-token"])
        return _ok() if used[-1] != "stale" else httpx.Response(401)

    return answer, used


APP = Credentials(client_id="id", client_secret=Secret("secret"), source="an app")


def test_a_token_is_got_by_client_credentials_and_renewed_once() -> None:
    answer, used = _with_grants(["stale", "fresh"])
    assert _read(answer, APP) == {"shop": {"id": "1"}}
    assert used == ["stale", "fresh"]


def test_a_renewed_token_that_is_refused_too_stops() -> None:
    answer, used = _with_grants(["stale", "stale"])
    with pytest.raises(AccessDenied):
        _read(answer, APP)
    assert used == ["stale", "stale"]


def test_refused_client_credentials_are_told_in_shopifys_words() -> None:
    script = _Script(httpx.Response(400, json={"error": "shop_not_permitted"}))
    with pytest.raises(AccessDenied, match="shop_not_permitted"):
        _read(script, APP)


def test_redirects_are_not_followed() -> None:
    script = _Script(httpx.Response(302, headers={"location": "https://evil.example.com/"}))
    with pytest.raises(AccessDenied, match="redirect"):
        _read(script)
    assert [request.url.host for request in script.requests] == ["box.myshopify.com"]


def test_the_shops_clock_is_believed() -> None:
    script = _Script(_ok(date="Sun, 22 Nov 2026 12:00:00 GMT"))

    async def work() -> str:
        async with _client(script) as client:
            await client.read(documents.SHOP)
            await VirtualClock().sleep(90)
            return client.server_now().isoformat()

    assert run(work()) == "2026-11-22T12:01:30+00:00"


def test_the_log_tells_no_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="bulk_orders"):
        _read(_Script(httpx.Response(502), _ok()))
    assert "shop: 200" in caplog.text
    assert TOKEN not in caplog.text


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(TOKEN)
    credentials = Credentials(token=secret)
    assert TOKEN not in f"{secret!r} {secret} {credentials!r}"
    with pytest.raises(TypeError):
        __import__("pickle").dumps(secret)
