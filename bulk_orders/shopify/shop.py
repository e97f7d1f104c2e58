"""A shop, in the words of the flows: who it is, its orders, its exports.

Chooses the cheapest way for the number of orders (nodes for few, bulk operations side by side for many) and never
calls an order missing before it was asked for by its id: a search index lags behind (shopify-api.md 6).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from bulk_orders.clock import Clock
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.plan import LiveOrders, ShopFacts
from bulk_orders.errors import AccessDenied, Refused
from bulk_orders.settings import Settings
from bulk_orders.shopify import bulk, documents, order_state, reading
from bulk_orders.shopify.bulk_mutations import BulkMutations
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.documents import MOST_NODES
from bulk_orders.shopify.download import UrlExpired, download
from bulk_orders.shopify.hints import with_hints
from bulk_orders.shopify.jsonl import read_objects
from bulk_orders.shopify.order_names import ids_by_name
from bulk_orders.shopify.orders import UnexpectedAnswer, assembled, is_cut, read_order
from bulk_orders.shopify.replies import InvalidId, Reply, TooCostly

log = logging.getLogger("bulk_orders")

NODES_UP_TO = 500
"""Orders that are read by nodes without a second thought; a bulk operation takes seconds however few there are."""
_PAGES_AT_ONCE = 4
_TRIED = 5
"""Orders on which it is tried what the token may read, until one of them is there."""
_ROOM_FOR_HINTS = 300.0
"""Points; a rate limit that can save up less is kept for what has to be read (Shopify's smallest holds 1,000)."""
BULK_PATIENCE = 10
"""A bulk operation without headway is given up after so many times the job deadline: half an hour by default."""


class Shop:
    """One shop, through one client."""

    def __init__(self, settings: Settings, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.address = settings.required_shop()
        self.clock = clock
        self.client = AdminClient(
            self.address,
            settings.required_credentials(),
            settings.spoken_version(),
            clock,
            transport,
            settings.share,
        )
        self._transport = transport
        self._per_request = MOST_NODES
        self.unreadable: dict[str, str] = {}
        """Orders whose last answer could not be understood, by gid, and why: they are there, and are left alone."""
        self._stalled_after = BULK_PATIENCE * settings.job_deadline_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.__aexit__()

    # --- who it is ----------------------------------------------------------------------------------------------------

    async def facts(self) -> ShopFacts:
        """Ask the shop who it is; also learns its rate limit and the API version that it serves."""
        reply = await self.client.read(documents.SHOP)
        shop = reply.data.get("shop")
        if not (isinstance(shop, dict) and shop.get("id") and shop.get("myshopifyDomain")):
            raise UnexpectedAnswer("The shop does not say who it is.", fix="bulk-orders doctor tells more.")
        status = self.client.bucket.known
        return ShopFacts(
            domain=str(shop["myshopifyDomain"]),
            id=str(shop["id"]),
            origin=self.address.origin,
            api_version=self.client.api_version,
            restore_rate=status.restore_rate if status else 0.0,
            bucket=status.maximum if status else 0.0,
            timezone=str(shop.get("ianaTimezone") or "UTC"),
            currency=str(shop.get("currencyCode") or ""),
        )

    async def scopes(self) -> frozenset[str]:
        """The access scopes that the app was given."""
        reply = await self.client.read(documents.SCOPES)
        installation = reply.data.get("currentAppInstallation") or {}
        return frozenset(str(scope["handle"]) for scope in installation.get("accessScopes") or ())

    async def known_scopes(self) -> frozenset[str]:
        """The same for a plan, which can be made without: none where they cannot be read."""
        try:
            reply = await self.client.read(documents.SCOPES, partial=True)
        except (AccessDenied, Refused):
            return frozenset()
        installation = reply.data.get("currentAppInstallation") or {}
        return frozenset(str(scope["handle"]) for scope in installation.get("accessScopes") or ())

    # --- orders -------------------------------------------------------------------------------------------------------

    async def orders(
        self,
        ids: Sequence[str],
        facets: frozenset[Facet] = frozenset(),
        progress: Callable[[int], None] | None = None,
    ) -> dict[str, Order]:
        """The orders with these gids, by gid; one that is not there is left out. `progress` gets how many were read.

        Through `nodes`, in requests as large as Shopify's cost limit lets them be, several side by side.
        """
        found: dict[str, Order] = {}
        rest = list(dict.fromkeys(ids))
        places = asyncio.Semaphore(_PAGES_AT_ONCE)

        async def read(some: Sequence[str]) -> None:
            async with places:
                found.update(await self._page(some, facets))
            if progress is not None:
                progress(len(found))

        first, rest = rest[: self._per_request], rest[self._per_request :]
        if first:
            await read(first)  # alone: it tells how large a request may be
        size = self._per_request
        await asyncio.gather(*(read(rest[at : at + size]) for at in range(0, len(rest), size)))
        return found

    async def _page(self, ids: Sequence[str], facets: frozenset[Facet]) -> dict[str, Order]:
        """The orders of one request, or of two halves of it where it costs too much."""
        try:
            reply = await self.client.read(order_state.orders_state(facets), {"ids": list(ids)}, weight=len(ids))
        except TooCostly:
            if len(ids) == 1:
                raise Refused("One order costs more than a request may.") from None
            half = max(1, len(ids) // 2)
            self._per_request = min(self._per_request, half)
            return await self._page(ids[:half], facets) | await self._page(ids[half:], facets)
        except InvalidId:
            return await self._apart(ids, facets)
        whole = [await self._whole(node, facets) for node in _order_nodes(reply, len(ids))]
        return self._read(whole, ids, facets)

    def _read(
        self, nodes: Iterable[Mapping[str, Any]], asked: Sequence[str], facets: frozenset[Facet]
    ) -> dict[str, Order]:
        """The orders that were asked for, by gid. One that is not as the schema says is noted, and the others stand."""
        wanted, found = set(asked), {}
        for node in nodes:
            gid = str(node.get("id"))
            if gid not in wanted:
                continue
            try:
                found[gid] = read_order(node, facets)
                self.unreadable.pop(gid, None)
            except UnexpectedAnswer as error:
                self.unreadable[gid] = error.what
        return found

    async def _whole(self, node: dict[str, Any], facets: frozenset[Facet]) -> dict[str, Any]:
        """The node of an order; one with longer lists than were asked for is read again alone, in full."""
        if not is_cut(node):
            return node
        reply = await self.client.read(order_state.orders_state(facets, large=True), {"ids": [node["id"]]})
        for whole in _order_nodes(reply, 1):
            if not is_cut(whole):
                return whole
        raise Refused(
            f"{node.get('name')} has more fulfillment orders or lines than can be read at once.",
            fix="Take it out of the sheet, and do it in the admin.",
        )

    async def _apart(self, ids: Sequence[str], facets: frozenset[Facet]) -> dict[str, Order]:
        """One id that Shopify calls invalid fails the whole request: find the others without it."""
        if len(ids) == 1:
            return {}
        half = len(ids) // 2
        return await self.orders(ids[:half], facets) | await self.orders(ids[half:], facets)

    async def readable(self, ids: Sequence[str], must: frozenset[Facet], may: frozenset[Facet]) -> frozenset[Facet]:
        """`must`, and of `may` what this token can read: tried on one order, each facet apart once one fails."""
        status = self.client.bucket.known
        if not may - must or (status is not None and status.maximum < _ROOM_FOR_HINTS):
            return must
        for gid in ids[:_TRIED]:
            everything = await self._can_read(gid, must | may)
            if everything is None:
                continue  # no such order, so it tells nothing
            if everything:
                return must | may
            each = [facet for facet in may - must if await self._can_read(gid, must | {facet})]
            return must | frozenset(each)
        return must

    async def _can_read(self, gid: str, facets: frozenset[Facet]) -> bool | None:
        """Whether these facets of an order can be read; None where there is no such order."""
        try:
            reply = await self.client.read(order_state.orders_state(facets), {"ids": [gid]}, partial=True)
            nodes = reply.data.get("nodes")
            if not reply.errors and isinstance(nodes, list) and not any(nodes):
                return None
            _ = [read_order(node, facets) for node in _order_nodes(reply, 1)]
        except InvalidId:
            return None
        except (AccessDenied, Refused, UnexpectedAnswer):
            return False
        return not reply.errors

    async def many_orders(
        self, ids: Sequence[str], facets: frozenset[Facet], progress: Callable[[int], None] | None = None
    ) -> dict[str, Order]:
        """The same for any number: in the cheaper of two ways, by what the first request has cost.

        What bulk operations miss is asked for again by nodes before it counts as not there.
        """
        wanted = list(dict.fromkeys(ids))
        if len(wanted) <= NODES_UP_TO or facets - order_state.BULK_FACETS:
            return await self.orders(wanted, facets, progress)
        began = self.clock.monotonic()
        found = await self.orders(wanted[: self._per_request], facets)
        rest = [gid for gid in wanted if gid not in found and gid not in self.unreadable]
        cost = self.client.expected_cost(order_state.orders_state(facets), self._per_request)
        pages = -(-len(rest) // self._per_request)
        by_nodes = reading.seconds_by_nodes(pages, cost, self.clock.monotonic() - began, self.client.bucket)
        batches = list(_fitting(rest, facets))
        by_bulk = reading.seconds_by_bulk(len(rest), len(batches))
        log.info(
            "reading %d orders: %d requests at %.0f points in about %.0f s, or %d bulk operations in about %.0f s; %s",
            *(len(rest), pages, cost, by_nodes, len(batches), by_bulk),
            "by requests" if by_nodes <= by_bulk else "in bulk",
        )
        if by_nodes <= by_bulk:
            return found | await self.orders(rest, facets, _on_top(progress, len(found)))
        return found | await self._in_bulk(batches, rest, facets, _on_top(progress, len(found)))

    async def _in_bulk(
        self,
        batches: Iterable[Sequence[str]],
        ids: Sequence[str],
        facets: frozenset[Facet],
        progress: Callable[[int], None] | None,
    ) -> dict[str, Order]:
        found: dict[str, Order] = {}
        places = asyncio.Semaphore(bulk.AT_ONCE)

        async def read_some(some: Sequence[str]) -> None:
            async with places:
                found.update(await self._bulk_orders(some, facets))
                if progress is not None:
                    progress(len(found))

        await asyncio.gather(*(read_some(some) for some in batches))
        missing = [gid for gid in ids if gid not in found and gid not in self.unreadable]
        return found | await self.orders(missing, facets)

    async def _bulk_orders(self, ids: Sequence[str], facets: frozenset[Facet]) -> dict[str, Order]:
        query = order_state.bulk_state(_id_search(ids), facets)
        with tempfile.TemporaryDirectory(prefix="bulk-orders-") as folder:
            path = Path(folder) / "state.jsonl"
            result = await self.run_bulk(query)
            await self.download(result, path)
            lines = read_objects(path, result)
        return self._read(assembled(lines), ids, facets)

    async def run_bulk(
        self,
        query: str,
        progress: Callable[[int], None] | None = None,
    ) -> bulk.BulkResult:
        """Run a bulk query; what comes back says where its result is and what must be in it."""
        marker = f"bulk-orders {hashlib.sha256(query.encode()).hexdigest()[:16]}"
        return await bulk.run_bulk(
            self.client,
            query,
            marker=marker,
            clock=self.clock,
            stalled_after=self._stalled_after,
            progress=progress,
        )

    def bulk_mutations(self) -> BulkMutations:
        """The way to send many changes at a time."""
        return BulkMutations(self.client, self.clock, self._stalled_after, self._transport)

    async def download(
        self, result: bulk.BulkResult, target: Path, progress: Callable[[int], None] | None = None
    ) -> None:
        """Fetch the result of a bulk query into `target`, whole or not at all; `progress` gets the bytes so far."""
        try:
            await self._download(result, target, progress)
        except UrlExpired:
            await self._download(await bulk.stated_again(self.client, result.id), target, progress)

    async def _download(self, result: bulk.BulkResult, target: Path, progress: Callable[[int], None] | None) -> None:
        await download(
            result, target, address=self.address, clock=self.clock, transport=self._transport, progress=progress
        )

    async def live(
        self,
        ids: Sequence[str],
        names: Sequence[str],
        must: frozenset[Facet],
        may: frozenset[Facet] = frozenset(),
        progress: Callable[[int], None] | None = None,
    ) -> LiveOrders:
        """The state of exactly these orders, for a plan: with the facets of `must`, and of `may` what can be read."""
        by_name = await ids_by_name(self.client, names) if names else {}
        wanted = [*ids, *(gid for gids in by_name.values() for gid in gids)]
        facets = await self.readable(wanted, must, may)
        found = await with_hints(lambda some: self.many_orders(wanted, some, progress), must, facets)
        return LiveOrders(
            by_id=found,
            by_name={name: tuple(found[gid] for gid in gids if gid in found) for name, gids in by_name.items()},
            unreadable=self.unreadable
            | {name: self.unreadable[gid] for name, gids in by_name.items() for gid in gids if gid in self.unreadable},
        )


def _on_top(progress: Callable[[int], None] | None, before: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda count: progress(before + count)


def _order_nodes(reply: Reply, asked: int) -> list[dict[str, Any]]:
    nodes: Any = reply.data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != asked:
        raise UnexpectedAnswer("Shopify's answer does not have the orders asked for.", fix="Run it again later.")
    return [node for node in nodes if isinstance(node, dict) and node.get("__typename") == "Order"]


def _id_search(ids: Iterable[str]) -> str:
    return " OR ".join(f"id:{gid.rsplit('/', 1)[-1]}" for gid in ids)


def _fitting(ids: Sequence[str], facets: frozenset[Facet]) -> Iterable[Sequence[str]]:
    """The ids in runs that fit into one bulk query each."""
    room = bulk.MOST_QUERY_BYTES - len(order_state.bulk_state("", facets)) - 200
    start = 0
    while start < len(ids):
        end, used = start, 0
        while end < len(ids) and used + len(ids[end]) <= room:
            used += len(" OR id:") + len(ids[end].rsplit("/", 1)[-1])
            end += 1
        yield ids[start:end]
        start = end
