"""Bulk query operations: submit, follow, and trust nothing before it is counted.

A result is whole only if bytes, lines and roots are those that Shopify states (shopify-api.md 1.5); partial data never
plans anything. Each query carries a comment that names it, so that an operation whose submission was lost, or whose
process died, is found again and adopted instead of doubled.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from bulk_orders import failpoints
from bulk_orders.clock import Clock
from bulk_orders.errors import AccessDenied, Refused, ShopifyError, Unreachable
from bulk_orders.shopify import documents
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.replies import Ambiguous, UserErrors, payload_of

log = logging.getLogger("bulk_orders")

MOST_QUERY_BYTES = 65_535  # [LIVE bulk-operation-storage-byte-limit]
AT_ONCE = 5  # bulk queries of one app on one shop at the same time, since 2026-01 [LIVE]
_RESTARTS = 2
_SUBMISSIONS = 4
"""Submissions without a usable answer after which the shop is left alone."""
_LIVE = frozenset({"CREATED", "RUNNING", "CANCELING"})
_SLOWEST_POLL = 5.0


@dataclass(frozen=True, slots=True)
class BulkResult:
    """A finished operation: None for `url` means that nothing was found."""

    id: str
    url: str | None
    objects: int
    roots: int
    size: int


class BulkFailed(ShopifyError):
    """The operation ended without a whole result."""

    code = "bulk_failed"


class BulkGone(BulkFailed):
    """The shop knows no such operation."""


async def run_bulk(
    client: AdminClient,
    query: str,
    *,
    marker: str,
    clock: Clock,
    stalled_after: float,
    progress: Callable[[int], None] | None = None,
) -> BulkResult:
    """Run one bulk query to its end and say where its result is; `progress` gets the number of objects so far.

    An operation that makes no headway for `stalled_after` seconds is cancelled and given up. Raises BulkFailed when it
    ends otherwise than whole, AccessDenied when a field is not allowed.
    """
    text = f"# {marker}\n{query}"
    if len(text.encode()) > MOST_QUERY_BYTES:
        raise ValueError("a bulk query may have 65,535 bytes")
    run = _Run(client, text, marker, clock, stalled_after)
    for restart in range(_RESTARTS + 1):
        operation = await run.adopted() if restart == 0 else None
        operation = operation or await run.submitted()
        failpoints.passing("bulk.submitted")
        ended = await followed(client, operation, clock=clock, stalled_after=stalled_after, progress=progress)
        again = ended["status"] == "CANCELED" or ended.get("errorCode") in {"INTERNAL_SERVER_ERROR", "TIMEOUT"}
        if ended["status"] == "COMPLETED" or not again or restart == _RESTARTS:
            return _result(ended)
        log.info("bulk operation %s ended %s; starting it again", operation, ended["status"])
    raise AssertionError("unreachable")


async def stated_again(client: AdminClient, operation: str) -> BulkResult:
    """The same finished operation asked about once more, for a new URL in place of one that has expired."""
    node = await polled(client, operation)
    return _result(node)


@dataclass(slots=True)
class _Run:
    """One bulk query on its way."""

    client: AdminClient
    text: str
    marker: str
    clock: Clock
    stalled_after: float
    known: frozenset[str] = frozenset()
    """Operations with this very query that were there before we submitted ours."""

    async def adopted(self) -> str | None:
        """An operation of ours with this very query that is still under way."""
        ours = await self._ours()
        self.known = frozenset(node["id"] for node in ours)
        return next((str(node["id"]) for node in ours if node.get("status") in {"CREATED", "RUNNING"}), None)

    async def _ours(self) -> list[dict[str, Any]]:
        reply = await self.client.read(documents.BULK_LIST, {"q": "operation_type:query"})
        nodes = (reply.data.get("bulkOperations") or {}).get("nodes") or ()
        return [node for node in nodes if node and str(node.get("query") or "").startswith(f"# {self.marker}\n")]

    async def submitted(self) -> str:
        """Start the operation; where all five places are taken, wait for one."""
        began, wait, unclear = self.clock.monotonic(), 1.0, 0
        while True:
            try:
                answer = payload_of(await self.client.send(documents.BULK_RUN, {"q": self.text}), documents.BULK_RUN)
            except Ambiguous as error:
                unclear += 1
                found = await self._appeared()
                if found is not None:
                    return found
                if unclear == _SUBMISSIONS:
                    raise _not_started(error.why) from error
                continue
            if not isinstance(answer, UserErrors):
                return id_of(answer)
            waiting = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"} & set(answer.codes)
            if not waiting or self.clock.monotonic() - began > self.stalled_after:
                raise Refused(
                    f"Shopify does not start the bulk operation: {answer}", fix="Run the same command again later."
                )
            await self.clock.sleep(wait)
            wait = min(wait * 1.5, 10.0)

    async def _appeared(self) -> str | None:
        """What an unclear submission has started, if it has; an end that it has come to already is its end."""
        for pause in (1.0, 2.0):
            await self.clock.sleep(pause)
            new = [str(node["id"]) for node in await self._ours() if node["id"] not in self.known]
            if new:
                return new[0]
        return None


async def followed(
    client: AdminClient,
    operation: str,
    *,
    clock: Clock,
    stalled_after: float,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Poll until the operation has ended, and give it as it then is; give up one that makes no headway.

    Raises BulkGone where the shop does not know it (any more), BulkFailed where it was given up.
    """
    last, moved, wait = (0, ""), clock.monotonic(), 0.25
    while True:
        node = await polled(client, operation)
        count = number(node, "objectCount")
        if progress is not None:
            progress(count)
        if node["status"] not in _LIVE:
            return node
        if (count, node["status"]) != last:
            last, moved = (count, node["status"]), clock.monotonic()
        elif clock.monotonic() - moved > stalled_after:
            await _give_up(client, operation)
        await clock.sleep(wait)
        wait = min(wait * 1.5, _SLOWEST_POLL)


async def _give_up(client: AdminClient, operation: str) -> NoReturn:
    """Cancel it, so that it does not keep one of the shop's five places; whether that works changes nothing."""
    await cancelled(client, operation)
    raise BulkFailed(
        f"The bulk operation {operation} makes no headway and was given up.",
        fix="Run the same command again later.",
    )


async def cancelled(client: AdminClient, operation: str) -> None:
    """Ask the shop to cancel it; how it ends is for a poll to say."""
    with contextlib.suppress(Ambiguous, ShopifyError):
        await client.send(documents.BULK_CANCEL, {"id": operation})


async def polled(client: AdminClient, operation: str) -> dict[str, Any]:
    """The operation as it stands; BulkGone where there is none."""
    reply = await client.read(documents.BULK_POLL, {"id": operation})
    node = reply.data.get("bulkOperation")
    if not isinstance(node, dict) or not isinstance(node.get("status"), str):
        raise BulkGone(f"The bulk operation {operation} is gone.", fix="Run the same command again.")
    return node


def _not_started(why: str) -> Unreachable:
    return Unreachable(
        f"Shopify gives no usable answer to the start of a bulk operation: {why}.",
        fix="Run the same command again later.",
    )


def id_of(payload: Mapping[str, Any]) -> str:
    """The gid of the operation that a submission has started."""
    operation = payload.get("bulkOperation")
    if not isinstance(operation, Mapping) or not isinstance(operation.get("id"), str):
        raise BulkFailed("Shopify names no bulk operation.", fix="Run the same command again.")
    return str(operation["id"])


def number(node: Mapping[str, Any], name: str) -> int:
    """One of Shopify's counts: digits in a string (UnsignedInt64), or null for none."""
    stated = node.get(name)
    if stated is None:
        return 0
    text = str(stated)
    if not (text.isascii() and text.isdecimal()):
        raise BulkFailed(f"Shopify states no sound {name}: {text[:40]!r}.", fix="Run the same command again.")
    return int(text)


def _result(node: dict[str, Any]) -> BulkResult:
    status, code = node["status"], node.get("errorCode")
    if status == "COMPLETED":
        return BulkResult(
            id=str(node["id"]),
            url=node.get("url"),
            objects=number(node, "objectCount"),
            roots=number(node, "rootObjectCount"),
            size=number(node, "fileSize"),
        )
    if code == "ACCESS_DENIED":
        raise AccessDenied(
            "Shopify denied a field of the bulk operation.", fix="bulk-orders doctor says which scopes are missing."
        )
    raise BulkFailed(
        f"The bulk operation ended {status}{f' ({code})' if code else ''}; its partial data is not used.",
        fix="Run the same command again.",
    )
