"""The Admin API's client: the one place where bytes leave for a shop.

Reads are tried again until they come through; a mutation is sent at most once per call, and what cannot be known of it
is said (Ambiguous), never guessed. Redirects are not followed, the token goes to the shop's own host only, and how fast
it goes is learned from the shop's replies.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self

import httpx

from bulk_orders import __version__, failpoints
from bulk_orders.clock import Clock
from bulk_orders.errors import Unreachable, VersionMismatch
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.access import Access
from bulk_orders.shopify.connecting import DEADLINE, READ_TRIES, backoff, refuse_distrusted
from bulk_orders.shopify.departure import Departure
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.replies import (
    Ambiguous,
    Costs,
    NotConnected,
    NotExecuted,
    Reply,
    TokenRejected,
    costs,
    parse,
    raise_for_errors,
    read_reply,
)
from bulk_orders.shopify.server_clock import ServerClock
from bulk_orders.shopify.throttle import Bucket
from bulk_orders.tokens import Credentials, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger("bulk_orders")

READ_PATIENCE = 120.0
"""Seconds of useless answers after which a question is given up before its tries are."""
FIRST_TRIES = 3
"""Connections tried before a shop that never answered is called unreachable."""
PATIENCE = 600.0
"""Seconds of nothing but throttling after which a run stops, to be resumed later."""
LONE_PATIENCE = 120.0
"""The same where there is no connection any more."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_MOST_IN_FLIGHT = 250
_WORTH_SAYING = 1.0
_DEAREST = 1000.0
"""Points of one query at the most, on every plan: a dearer one is refused and costs nothing (shopify-api.md 2)."""


class AdminClient:
    """Speaks GraphQL to one shop.

    `transport` replaces the network in tests, `clock` replaces time; `share` is the part of the rate limit to use.
    """

    def __init__(
        self,
        address: ShopAddress,
        credentials: Credentials,
        api_version: str,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        share: float = 1.0,
    ) -> None:
        self.address = address
        self.api_version = api_version
        self.bucket = Bucket(share)
        self._clock = clock
        self._points_gate = asyncio.Lock()
        self._connections = asyncio.Semaphore(_MOST_IN_FLIGHT)
        self._door = asyncio.Lock()
        self._costs: dict[str, dict[int, float]] = {}
        self._served: str | None = None
        self._server_clock = ServerClock(clock)
        self.on_wait: Callable[[float], None] | None = None
        self._http = httpx.AsyncClient(
            base_url=address.origin,
            transport=transport,
            follow_redirects=False,
            trust_env=not address.loopback,
            timeout=httpx.Timeout(DEADLINE, connect=10.0),
            limits=httpx.Limits(max_connections=_MOST_IN_FLIGHT + 1, keepalive_expiry=3.0),
            headers={"user-agent": f"bulk-orders/{__version__}", "accept": "application/json"},
        )
        self._access = Access(address, credentials, self._http, clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    # --- reading ------------------------------------------------------------------------------------------------------

    async def read(
        self,
        document: Document,
        variables: Mapping[str, Any] | None = None,
        *,
        weight: int = 1,
        debug: bool = False,
        partial: bool = False,
    ) -> Reply:
        """Ask until an answer comes; `weight` is how many nodes are asked for, for the cost.

        `debug` asks Shopify to say how it understood a search, `partial` takes an answer with errors beside it.
        Raises Unreachable after READ_TRIES useless answers or READ_PATIENCE seconds of them,
        VersionMismatch when another API version answered.
        """
        began = self._clock.monotonic()
        for attempt in range(READ_TRIES):
            try:
                reply = await self._once(document, variables or {}, weight, debug=debug)
                if not partial:
                    raise_for_errors(reply)
            except Ambiguous as error:
                why = error.why
            else:
                self._check_version()
                return reply
            if self._clock.monotonic() - began > READ_PATIENCE:
                break
            log.info("%s: %s; asking again", document.name, why)
            await self._clock.sleep(backoff(attempt))
        raise Unreachable(
            f"The shop gives no usable answer: {why}.", where=str(self.address), fix="Run the same command again later."
        )

    # --- changing -----------------------------------------------------------------------------------------------------

    async def send(
        self,
        document: Document,
        variables: Mapping[str, Any],
        leaving: Callable[[], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Reply:
        """Send a mutation so that it is executed at most once; it is repeated only where it surely was not.

        `leaving` is called right before the body of every request leaves, its points and its connection being there,
        `waiting` again and again before that: what they raise keeps the request back. Raises Ambiguous where it may
        have been executed, another error where it surely was not.
        """
        return await self._once(document, variables, 1, leaving=leaving, waiting=waiting)

    # --- one request --------------------------------------------------------------------------------------------------

    async def _once(
        self,
        document: Document,
        variables: Mapping[str, Any],
        weight: int,
        *,
        debug: bool = False,
        leaving: Callable[[], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Reply:
        """Until it was executed, refused or became ambiguous; what was not executed is sent again."""
        began = self._clock.monotonic()
        attempt = 0
        while True:
            token = await self._access.current()
            try:
                return await self._request(
                    document, variables, weight, token, debug=debug, leaving=leaving, waiting=waiting
                )
            except TokenRejected as error:
                if not await self._access.renewed(token):
                    raise self._access.denied() from error
            except NotExecuted as error:
                lone = isinstance(error, NotConnected)
                tired = lone and self._served is None and attempt >= FIRST_TRIES - 1
                if tired or self._clock.monotonic() - began > (LONE_PATIENCE if lone else PATIENCE):
                    raise self._out_of_patience(error.why) from error
                await self._pause(max(backoff(attempt), error.wait or 0.0), waiting)
                attempt += 1

    async def _pause(self, seconds: float, waiting: Callable[[], None] | None) -> None:
        """Wait, asking now and then whether to go on waiting."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            if waiting is not None:
                waiting()
            await self._clock.sleep(min(left, 0.5))

    async def _request(
        self,
        document: Document,
        variables: Mapping[str, Any],
        weight: int,
        token: Secret,
        *,
        debug: bool,
        leaving: Callable[[], None] | None,
        waiting: Callable[[], None] | None,
    ) -> Reply:
        async with self._points(self.expected_cost(document, weight), waiting) as spent:
            began = self._clock.monotonic()
            body = json.dumps({"query": document.text, "variables": dict(variables)}).encode()
            if leaving is None:
                response = await self._ask(body, token, debug=debug)
            else:
                response = await self._change(Departure(body, self._door, leaving), len(body), token)
                failpoints.passing("response.after")
            parsed = parse(response)
            spent.found = found = costs(parsed)
        self._learn(document, weight, response, found, self._clock.monotonic() - began)
        if response.status_code != httpx.codes.UNAUTHORIZED:
            self._access.taken()
        return read_reply(response, parsed)

    def _learn(self, document: Document, weight: int, response: httpx.Response, found: Costs, seconds: float) -> None:
        """Take from an answer what every answer tells: the cost, the latency, the version, the shop's time."""
        if found.requested is not None:
            self._costs.setdefault(document.name, {})[weight] = found.requested
        self._served = response.headers.get("x-shopify-api-version", self._served or "")
        with contextlib.suppress(KeyError, TypeError, ValueError):
            self._server_clock.learn(parsedate_to_datetime(response.headers["date"]))
        log.debug(
            "%s: %s in %.0f ms, cost %s, request %s",
            document.name,
            response.status_code,
            seconds * 1000,
            found.actual if found.actual is not None else found.requested,
            response.headers.get("x-request-id", "?"),
        )

    def server_now(self) -> datetime:
        """The time of day by the shop's clock, UTC; by ours before the shop has said anything."""
        return self._server_clock.now()

    async def _ask(self, body: bytes, token: Secret, *, debug: bool) -> httpx.Response:
        try:
            return await self._post(body, token, {"shopify-search-query-debug": "1"} if debug else {})
        except (httpx.RequestError, TimeoutError) as error:
            raise Ambiguous(f"the answer was lost ({type(error).__name__})") from error

    async def _change(self, departure: Departure, size: int, token: Secret) -> httpx.Response:
        """The answer to a mutation; one whose body never left was not sent, whatever went wrong."""
        async with contextlib.aclosing(departure.chunks()) as body:
            try:
                response = await self._post(body, token, {"content-length": str(size)})
            except (httpx.RequestError, TimeoutError) as error:
                if not departure.begun:
                    raise NotConnected(f"the request did not leave ({type(error).__name__})") from error
                raise Ambiguous(f"the answer was lost ({type(error).__name__})") from error
        if not departure.begun:
            raise NotConnected(f"the request was turned away before it left ({response.status_code})")
        return response

    async def _post(self, body: bytes | AsyncIterator[bytes], token: Secret, more: Mapping[str, str]) -> httpx.Response:
        headers = {"content-type": "application/json", "x-shopify-access-token": token.reveal(), **more}
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._http.post(
                    f"/admin/api/{self.api_version}/graphql.json", content=body, headers=headers
                )
        except _NOT_SENT as error:
            refuse_distrusted(error, str(self.address))
            raise NotConnected(f"no connection ({type(error).__name__})") from error

    # --- rate limit ---------------------------------------------------------------------------------------------------

    def expected_cost(self, document: Document, weight: int) -> float:
        """What a request will reserve: as learned for as many nodes or more, else in proportion; never too little."""
        known = self._costs.get(document.name)
        if not known:
            return 10.0 if document.root else 10.0 + 5.0 * (weight - 1)
        enough = [nodes for nodes in known if nodes >= weight]
        if enough:
            return known[min(enough)]
        most = max(known)
        return min(known[most] * weight / most, _DEAREST)

    @asynccontextmanager
    async def _points(self, cost: float, waiting: Callable[[], None] | None) -> AsyncIterator[_Spending]:
        """Wait for a free connection, then for points, in the order of asking; give back what was not used."""
        async with self._connections, self._spending(cost, waiting) as spending:
            yield spending

    @asynccontextmanager
    async def _spending(self, cost: float, waiting: Callable[[], None] | None) -> AsyncIterator[_Spending]:
        async with self._points_gate:
            while (wait := self.bucket.wait(cost, self._clock.monotonic())) > 0:
                if waiting is not None:
                    waiting()
                if wait > _WORTH_SAYING and self.on_wait is not None:
                    self.on_wait(wait)
                await self._clock.sleep(min(wait, 1.0))
            cost = self.bucket.reserve(cost, self._clock.monotonic())
        spending = _Spending()
        try:
            yield spending
        finally:
            found = spending.found
            self.bucket.learn(cost, found.actual, found.status, self._clock.monotonic())

    # --- what stops it ------------------------------------------------------------------------------------------------

    def _out_of_patience(self, why: str) -> Unreachable:
        return Unreachable(
            f"The shop cannot be reached: {why}.",
            where=str(self.address),
            fix="Check the shop's name and your connection, then run the same command again.",
        )

    def _check_version(self) -> None:
        if self._served and self._served != self.api_version:
            raise VersionMismatch(
                f"API version {self.api_version} was asked for, the shop answers with {self._served}.",
                where=str(self.address),
                fix=f"Unset SHOPIFY_API_VERSION, or use a release of bulk-orders that speaks {self._served}.",
            )


class _Spending:
    """What a request turned out to cost."""

    found = Costs(None, None, None)
