"""Bulk query operations: submit, follow, and trust nothing before it is counted.

A result is whole only if bytes, lines and roots are those that Shopify states (shopify-api.md 1.5); partial data never
plans anything. Each query carries a comment that names it, so that an operation whose submission was lost, or whose
process died, is found again and adopted instead of doubled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bulk_orders.clock import Clock
from bulk_orders.errors import AccessDenied, Refused, ShopifyError
from bulk_orders.shopify import documents
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.replies import Ambiguous, UserErrors, payload_of

log = logging.getLogger("bulk_orders")

MOST_QUERY_BYTES = 65_535  # [LIVE bulk-operation-storage-byte-limit]
AT_ONCE = 5  # bulk queries of one app on one shop at the same time, since 2026-01 [LIVE]
_RESTARTS = 2
_STALLED_AFTER = 1800.0
"""Seconds without any new object after which an operation is given up; Shopify itself allows ten days."""
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


async def run_bulk(
    client: AdminClient, query: str, *, marker: str, clock: Clock, progress: Callable[[int], None] | None = None
) -> BulkResult:
    """Run one bulk query to its end and say where its result is; `progress` gets the number of objects so far.

    Raises BulkFailed when it ends otherwise than whole, AccessDenied when a field is not allowed.
    """
    text = f"# {marker}\n{query}"
    if len(text.encode()) > MOST_QUERY_BYTES:
        raise ValueError("a bulk query may have 65,535 bytes")
    for restart in range(_RESTARTS + 1):
        operation = await _adopted(client, marker) if restart == 0 else None
        operation = operation or await _submit(client, text, marker, clock)
        ended = await _follow(client, operation, clock, progress)
        again = ended["status"] == "CANCELED" or ended["errorCode"] in {"INTERNAL_SERVER_ERROR", "TIMEOUT"}
        if ended["status"] == "COMPLETED" or not again or restart == _RESTARTS:
            return _result(ended)
        log.info("bulk operation %s ended %s; starting it again", operation, ended["status"])
    raise AssertionError("unreachable")


async def _adopted(client: AdminClient, marker: str) -> str | None:
    """An operation of ours with this very query that is still under way."""
    reply = await client.read(documents.BULK_LIST, {"q": "operation_type:query"})
    for node in (reply.data.get("bulkOperations") or {}).get("nodes") or ():
        ours = str(node.get("query") or "").startswith(f"# {marker}\n")
        if ours and node.get("status") in {"CREATED", "RUNNING"}:
            return str(node["id"])
    return None


async def _submit(client: AdminClient, text: str, marker: str, clock: Clock) -> str:
    """Start the operation; where all five places are taken, wait for one."""
    began = clock.monotonic()
    wait = 1.0
    while True:
        try:
            answer = payload_of(await client.send(documents.BULK_RUN, {"q": text}), documents.BULK_RUN)
        except Ambiguous:
            await clock.sleep(2.0)
            found = await _adopted(client, marker)
            if found:
                return found
            continue
        if not isinstance(answer, UserErrors):
            return str(answer["bulkOperation"]["id"])
        waiting = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"} & set(answer.codes)
        if not waiting or clock.monotonic() - began > _STALLED_AFTER:
            raise Refused(
                f"Shopify does not start the bulk operation: {answer}", fix="Run the same command again later."
            )
        await clock.sleep(wait)
        wait = min(wait * 1.5, 10.0)


async def _follow(
    client: AdminClient, operation: str, clock: Clock, progress: Callable[[int], None] | None
) -> dict[str, Any]:
    """Poll until the operation has ended; give up one that makes no headway."""
    last, moved, wait = -1, clock.monotonic(), 0.25
    while True:
        reply = await client.read(documents.BULK_POLL, {"id": operation})
        node = reply.data.get("bulkOperation")
        if not isinstance(node, dict):
            raise BulkFailed(f"The bulk operation {operation} is gone.", fix="Run the same command again.")
        count = int(node.get("objectCount") or 0)
        if progress is not None:
            progress(count)
        if node.get("status") not in _LIVE:
            return node
        if count != last:
            last, moved = count, clock.monotonic()
        elif clock.monotonic() - moved > _STALLED_AFTER:
            await client.send(documents.BULK_CANCEL, {"id": operation})
            raise BulkFailed(
                f"The bulk operation {operation} makes no headway.", fix="Run the same command again later."
            )
        await clock.sleep(wait)
        wait = min(wait * 1.5, _SLOWEST_POLL)


def _result(node: dict[str, Any]) -> BulkResult:
    status, code = node["status"], node.get("errorCode")
    if status == "COMPLETED":
        return BulkResult(
            id=str(node["id"]),
            url=node.get("url"),
            objects=int(node.get("objectCount") or 0),
            roots=int(node.get("rootObjectCount") or 0),
            size=int(node.get("fileSize") or 0),
        )
    if code == "ACCESS_DENIED":
        raise AccessDenied(
            "Shopify denied a field of the bulk operation.", fix="bulk-orders doctor says which scopes are missing."
        )
    raise BulkFailed(
        f"The bulk operation ended {status}{f' ({code})' if code else ''}; its partial data is not used.",
        fix="Run the same command again.",
    )
