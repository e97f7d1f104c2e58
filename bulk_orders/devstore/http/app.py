"""The ASGI application: one door for every request.

Its one rule: every request is counted, shown to `store.faults` before and after, delayed by the latency,
and answered with a request id and the store's own date. It works behind a server and in process alike.
"""

import asyncio
import datetime as dt
import email.utils
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from bulk_orders.devstore.bulk.operations import FILES
from bulk_orders.devstore.bulk.uploads import PATH as UPLOADS
from bulk_orders.devstore.faults import Call, ConnectionDropped, Faults, Reply, Wait
from bulk_orders.devstore.http import files, graphql, oauth, own
from bulk_orders.devstore.http.message import Incoming, not_allowed, not_found
from bulk_orders.devstore.store import DevStore

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Sleep = Callable[[float], Awaitable[Any]]

_GRAPHQL: Final = re.compile(r"/admin/api/([\w-]+)/graphql\.json")
CHUNK: Final = 262_144  # bytes
_OAUTH: Final = "/admin/oauth/access_token"


def create_app(store: DevStore, *, sleep: Sleep = asyncio.sleep, seed: int = 1) -> "App":
    """The store as an ASGI application; `sleep` waits for latencies, `seed` is that of their jitter."""
    return App(store, sleep, seed)


class App:
    """One store behind HTTP."""

    def __init__(self, store: DevStore, sleep: Sleep, seed: int) -> None:
        self.store = store
        self.sleep = sleep
        self.endpoint = graphql.Endpoint(store)
        self._jitter = random.Random(seed)  # noqa: S311 - a reproducible delay
        self._ordinal = 0
        self._ordinals: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        try:
            incoming = await self._read(Request(scope, receive))
            reply = own.answer(self.store, incoming) if incoming.path.startswith(own.PATH) else await self._go(incoming)
            await self._send(reply, incoming, send)
        except ConnectionDropped:
            await _drop(send)
        except ClientDisconnect:
            return  # gone before its request was complete

    async def _read(self, request: Request) -> Incoming:
        return Incoming(
            method=request.method,
            path=request.url.path,
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
            base_url=str(request.base_url).rstrip("/"),
            request_id=self.store.ids.uuid(),
        )

    async def _go(self, incoming: Incoming) -> Reply:
        """Between the faults: latency, the answer, latency."""
        faults = self.store.faults
        if type(faults) is Faults:
            return await self._answer(incoming)
        call = self._call(incoming)
        reply = faults.before(self.store, call)
        if isinstance(reply, Wait):
            await self.sleep(reply.seconds)
        if not isinstance(reply, Reply):
            reply = faults.after(self.store, call, await self._answer(incoming))
        if reply.delay:
            await self.sleep(reply.delay)
        return reply

    def _call(self, incoming: Incoming) -> Call:
        kind, roots = self._kind(incoming)
        self._ordinal += 1
        self._ordinals[kind] += 1
        body = incoming.body.decode("utf-8", "replace")
        return Call(kind, self._ordinal, self._ordinals[kind], incoming.path, roots, body)

    def _kind(self, incoming: Incoming) -> tuple[str, tuple[str, ...]]:
        if match := _GRAPHQL.fullmatch(incoming.path):
            found, _ = self.endpoint.prepared(graphql.asked(incoming), match[1])
            if found is None:
                return "query", ()
            return "mutation" if found.mutation else "query", tuple(n.name.value for n in found.roots().values())
        if incoming.path == _OAUTH:
            return "token", ()
        if incoming.path.startswith(UPLOADS):
            return "upload", ()
        return ("file" if incoming.path.startswith(f"{FILES}/") else "other"), ()

    async def _answer(self, incoming: Incoming) -> Reply:
        settings = self.store.settings
        wait = settings.latency_seconds * (1 + settings.latency_jitter * (2 * self._jitter.random() - 1))
        if wait > 0:
            await self.sleep(wait / 2)
        reply = await self._route(incoming)
        if wait > 0:
            await self.sleep(wait / 2)
        return reply

    async def _route(self, incoming: Incoming) -> Reply:
        path = incoming.path
        if match := _GRAPHQL.fullmatch(path):
            if incoming.method != "POST":
                return not_allowed("POST")
            return await self.endpoint.answer(incoming, match[1])
        if path == _OAUTH:
            return oauth.grant(self.store, incoming) if incoming.method == "POST" else not_allowed("POST")
        if path.startswith(f"{FILES}/"):
            return files.result(self.store, incoming, path.removeprefix(f"{FILES}/"))
        if path.startswith(UPLOADS):
            return files.upload(self.store, incoming, path.removeprefix(UPLOADS))
        return not_found()

    async def _send(self, reply: Reply, incoming: Incoming, send: Send) -> None:
        now = dt.datetime.fromtimestamp(int(self.store.clock()), dt.UTC)
        headers = {
            "Date": email.utils.format_datetime(now, usegmt=True),
            "X-Request-Id": incoming.request_id,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }
        if "Transfer-Encoding" in headers:
            del headers["Content-Length"]
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        if reply.cut is not None:
            await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": True})
            await _drop(send, flush=True)
            return
        body = b"" if incoming.method == "HEAD" else reply.body
        if reply.drip:
            for byte in body:
                await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
                await self.sleep(reply.drip)
            body = b""
        for start in range(0, len(body), CHUNK):  # large files piece by piece, so that others get a turn
            await send({"type": "http.response.body", "body": body[start : start + CHUNK], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _drop(send: Send, *, flush: bool = False) -> None:
    """Loses the connection. The server's own hands are on it: ASGI has no word for that; in process there
    is no connection, so the caller gets the exception."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionDropped
    if flush:
        transport.close()
    else:
        transport.abort()
    await asyncio.sleep(0)  # lets the server notice, so that it does not answer for us
    await asyncio.sleep(0)
