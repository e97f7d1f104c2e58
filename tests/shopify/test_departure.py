"""A mutation is said to leave at the last moment there is: no sooner, and no more than one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from virtual import VirtualClock, run

from bulk_orders.errors import Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify import mutations
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.replies import Ambiguous
from bulk_orders.tokens import Credentials, Secret

CLOSE = mutations.mutation("orderClose", "2026-10")
ANSWER = {
    "data": {"orderClose": {"order": {"id": "1"}, "userErrors": []}},
    "extensions": {
        "cost": {
            "requestedQueryCost": 10,
            "actualQueryCost": 10,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1990.0, "restoreRate": 100.0},
        }
    },
}


class Wire(httpx.AsyncBaseTransport):
    """A connection that is slow to come about, and on which a body takes a while to be written."""

    def __init__(self, *, trouble: Callable[[int], Exception | None] = lambda _: None, late: bool = False) -> None:
        self.connected = asyncio.Event()
        self.arrived = 0
        self.requests = 0
        self._trouble = trouble
        self._late = late

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        self.requests += 1
        error = self._trouble(self.requests)
        if error is not None and not self._late:
            raise error
        if self.requests > 1:
            await self.connected.wait()
        async for _ in request.stream:
            await asyncio.sleep(0.01)
            self.arrived += 1
        if error is not None:
            raise error
        return httpx.Response(200, json=ANSWER, headers={"x-shopify-api-version": "2026-10"})


def _client(wire: Wire) -> AdminClient:
    token = Credentials(token=Secret("shpat_0123456789abcdef"), source="the test")
    return AdminClient(ShopAddress.parse("box.myshopify.com"), token, "2026-10", VirtualClock(), wire)


def test_what_has_not_left_was_not_said_to() -> None:
    """While connections come about nothing is said; then each says so when the one before it is on the wire."""

    async def work() -> None:
        wire, said, gaps = Wire(), 0, []

        def leaving() -> None:
            nonlocal said
            said += 1
            gaps.append(said - wire.arrived)

        async with _client(wire) as client:
            await client.send(CLOSE, {"id": "0"}, leaving)  # learns what it may spend
            sending = [asyncio.create_task(client.send(CLOSE, {"id": str(n)}, leaving)) for n in range(20)]
            await asyncio.sleep(1)
            assert (wire.requests, said) == (21, 1)
            wire.connected.set()
            await asyncio.gather(*sending)
        assert wire.arrived == said == 21
        assert set(gaps) == {1}, "never two that are said to leave and have not left"

    run(work())


@pytest.mark.parametrize("error", [httpx.WriteError("x"), httpx.RemoteProtocolError("x"), httpx.ReadTimeout("x")])
def test_what_never_left_is_sent_again_and_what_left_is_not(error: Exception) -> None:
    async def work(wire: Wire) -> tuple[Any, int]:
        said = 0

        def leaving() -> None:
            nonlocal said
            said += 1

        wire.connected.set()
        async with _client(wire) as client:
            try:
                return (await client.send(CLOSE, {"id": "1"}, leaving)).data, said
            except (Ambiguous, Unreachable) as told:
                return type(told), said

    def first(number: int) -> Exception | None:
        return error if number == 1 else None

    assert run(work(Wire(trouble=first))) == (ANSWER["data"], 1), "the body was never asked for"
    assert run(work(Wire(trouble=first, late=True))) == (Ambiguous, 1)


def test_what_is_kept_back_at_the_door_keeps_nobody_else() -> None:
    class KeptBack(Exception):
        pass

    def kept_back() -> None:
        raise KeptBack

    async def work() -> None:
        wire = Wire()
        wire.connected.set()
        async with _client(wire) as client:
            with pytest.raises(KeptBack):
                await client.send(CLOSE, {"id": "1"}, kept_back)
            async with asyncio.timeout(5):
                await client.send(CLOSE, {"id": "2"}, lambda: None)
        assert wire.arrived == 1

    run(work())


def test_one_that_breaks_off_while_it_leaves_keeps_nobody_else() -> None:
    """The door is open again, however the one before went through it."""

    async def work() -> None:
        class Broken(Wire):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if self.requests:
                    return await super().handle_async_request(request)
                self.requests += 1
                assert isinstance(request.stream, httpx.AsyncByteStream)
                async for _ in request.stream:
                    raise httpx.WriteError("the connection broke")
                raise AssertionError

        wire = Broken()
        wire.connected.set()
        kept = []
        async with _client(wire) as client:
            try:
                await client.send(CLOSE, {"id": "1"}, lambda: None)
            except Ambiguous as error:
                kept.append(error)  # its traceback keeps every frame of it alive
            async with asyncio.timeout(5):
                await client.send(CLOSE, {"id": "2"}, lambda: None)
        assert len(kept) == wire.arrived == 1

    run(work())
