"""Bulk mutations: one mutation over a file of variables, run by the shop itself, and what became of each line.

A line of a result counts for what it says; a line that is in no result may have run or not (shopify-api.md 2). Each
submission names its operation by a mark of its own, so that one whose answer was lost is found again.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bulk_orders import failpoints
from bulk_orders.clock import Clock
from bulk_orders.errors import BulkOrdersError, Refused
from bulk_orders.shopify import documents
from bulk_orders.shopify.bulk import BulkResult, cancelled, followed, number, polled
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.download import UrlExpired, download, fetch_part
from bulk_orders.shopify.replies import Ambiguous, Reply, UserErrors, payload_of
from bulk_orders.shopify.upload import upload

log = logging.getLogger("bulk_orders")

_STAGINGS = 3
_CLOCKS_DIFFER = timedelta(minutes=5)


def line_of(variables: Mapping[str, Any]) -> bytes:
    """One line of the file: the variables of one mutation."""
    return json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class BulkMutations:
    """The bulk mutations of one shop, through its client."""

    def __init__(
        self,
        client: AdminClient,
        clock: Clock,
        stalled_after: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._stalled_after = stalled_after
        self._transport = transport

    # --- before it runs -----------------------------------------------------------------------------------------------

    async def stage(self, name: str, content: bytes) -> str:
        """Put the file where the shop takes it from; its `stagedUploadPath`. Nothing runs by that.

        Raises Refused, Unreachable or another ShopifyError where it cannot be done.
        """
        target = await self._target(name)
        fields = {str(each.get("name")): str(each.get("value")) for each in target.get("parameters") or ()}
        if "key" not in fields:
            raise Refused("Shopify names no place for the file of a bulk operation.")
        failpoints.passing("bulk.upload")
        await upload(
            str(target.get("url")),
            fields,
            name,
            content,
            address=self._client.address,
            clock=self._clock,
            transport=self._transport,
        )
        return fields["key"]

    async def _target(self, name: str) -> Mapping[str, Any]:
        entry = {
            "resource": "BULK_MUTATION_VARIABLES",
            "filename": name,
            "mimeType": "text/jsonl",
            "httpMethod": "POST",
        }
        why = ""
        for _ in range(_STAGINGS):
            try:
                reply = await self._client.send(documents.BULK_STAGE, {"input": [entry]})
                answer = payload_of(reply, documents.BULK_STAGE)
            except Ambiguous as error:
                why = error.why
                continue
            targets = [] if isinstance(answer, UserErrors) else answer.get("stagedTargets") or []
            if targets and isinstance(targets[0], Mapping):
                return targets[0]
            raise Refused(f"Shopify gives no place for the file of a bulk operation: {answer}.")
        raise Refused(f"Shopify gives no place for the file of a bulk operation: {why}.")

    async def start(
        self,
        document: Document,
        mark: str,
        path: str,
        *,
        leaving: Callable[[], None],
        waiting: Callable[[], None],
    ) -> tuple[Mapping[str, Any] | UserErrors, str | None]:
        """Submit it: what the shop says, and the id of the request. Raises as AdminClient.send does."""
        variables = {"m": documents.marked(document, mark), "path": path}
        reply = await self._client.send(documents.BULK_MUTATE, variables, leaving=leaving, waiting=waiting)
        return payload_of(reply, documents.BULK_MUTATE), reply.request_id

    # --- while it runs ------------------------------------------------------------------------------------------------

    async def find(self, mark: str, since: datetime) -> str | None:
        """The operation that was submitted under this mark, not long before `since`, if there is one."""
        after = (since - _CLOCKS_DIFFER).strftime("%Y-%m-%dT%H:%M:%SZ")
        reply = await self._client.read(documents.BULK_LIST, {"q": f"operation_type:mutation created_at:>='{after}'"})
        nodes = (reply.data.get("bulkOperations") or {}).get("nodes") or ()
        ours = (str(node["id"]) for node in nodes if node and f"_{mark}(" in str(node.get("query") or ""))
        return next(ours, None)

    async def follow(self, operation: str, progress: Callable[[int], None]) -> dict[str, Any]:
        """Until it has ended, however; raises BulkGone and BulkFailed as bulk.followed does."""
        return await followed(
            self._client,
            operation,
            clock=self._clock,
            stalled_after=self._stalled_after,
            progress=progress,
        )

    async def cancel(self, operation: str) -> None:
        """Ask the shop to cancel it."""
        await cancelled(self._client, operation)

    # --- after it has run ---------------------------------------------------------------------------------------------

    async def lines(self, node: Mapping[str, Any]) -> dict[int, Reply]:
        """What each line came to, by its number (from 0), as far as the result of an ended operation tells it."""
        try:
            with tempfile.TemporaryDirectory(prefix="bulk-orders-") as folder:
                path = Path(folder) / "lines.jsonl"
                await self._fetched(node, path)
                return _lines(path.read_bytes().splitlines()) if path.exists() else {}
        except (BulkOrdersError, OSError) as error:
            log.info(
                "the result of %s is not to be had (%s): its orders are read", node.get("id"), type(error).__name__
            )
            return {}

    async def _fetched(self, node: Mapping[str, Any], path: Path) -> None:
        if node.get("status") == "COMPLETED":
            try:
                await self._download(node, path)
            except UrlExpired:
                await self._download(await polled(self._client, str(node["id"])), path)
            return
        url = node.get("url") or node.get("partialDataUrl")
        if isinstance(url, str):
            await fetch_part(url, path, address=self._client.address, clock=self._clock, transport=self._transport)

    async def _download(self, node: Mapping[str, Any], path: Path) -> None:
        result = BulkResult(
            id=str(node["id"]),
            url=node.get("url"),
            objects=number(node, "objectCount"),
            roots=number(node, "rootObjectCount"),
            size=number(node, "fileSize"),
        )
        await download(result, path, address=self._client.address, clock=self._clock, transport=self._transport)


def _lines(raw: Iterable[bytes]) -> dict[int, Reply]:
    """The lines that can be read, by their number; a number that comes twice says nothing."""
    found: dict[int, Reply] = {}
    twice: set[int] = set()
    for text in raw:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # blank, or cut off
        at = line.get("__lineNumber") if isinstance(line, dict) else None
        if not isinstance(at, int) or isinstance(at, bool):
            continue
        if at in found:
            twice.add(at)
        found[at] = _reply(line)
    return {at: reply for at, reply in found.items() if at not in twice}


def _reply(line: Mapping[str, Any]) -> Reply:
    data, errors = line.get("data"), line.get("errors")
    listed = errors if isinstance(errors, list) else []
    said = tuple(each if isinstance(each, dict) else {"message": str(each)} for each in listed)
    return Reply(data if isinstance(data, dict) else {}, said, {}, None)
