"""How cancellation jobs ended, as Shopify keeps it for a while; from API version 2026-10 on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.documents import CANCEL_RESULTS, MOST_NODES


@dataclass(frozen=True, slots=True)
class CancelResult:
    """How Shopify says a cancellation job stands: `status` is STARTED, SUCCEEDED or FAILED."""

    id: str
    status: str
    errors: tuple[str, ...]


async def cancel_results(client: AdminClient, ids: Sequence[str]) -> dict[str, CancelResult]:
    """How these cancellation jobs stand, by their gid; one that Shopify no longer knows is left out."""
    found: dict[str, CancelResult] = {}
    for start in range(0, len(ids), MOST_NODES):
        some = list(ids[start : start + MOST_NODES])
        reply = await client.read(CANCEL_RESULTS, {"ids": some}, weight=len(some))
        for node in reply.data.get("nodes") or ():
            if node and node.get("status"):
                errors = tuple(str(error.get("message", "")) for error in node.get("errors") or ())
                found[str(node["id"])] = CancelResult(str(node["id"]), str(node["status"]), errors)
    return found
