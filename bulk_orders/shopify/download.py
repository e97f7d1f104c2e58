"""Fetch the result of a bulk operation: resumable, from Shopify's own hosts only, byte for byte as long as stated.

The URL is signed: it needs no token, gets none, and is never logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bulk_orders.clock import Clock
from bulk_orders.errors import Refused, Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.bulk import BulkResult

log = logging.getLogger("bulk_orders")

_RESULT_HOSTS = re.compile(r"storage\.googleapis\.com")
_RESULT_BUCKET = re.compile(r"/shopify-tiers-assets-[a-z0-9-]+/.+")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_TRIES = 6


def check_result_url(url: str, address: ShopAddress) -> None:
    """Refuse to fetch from anywhere but where Shopify keeps results (guarantees.md, security)."""
    parts = urlsplit(url)
    if address.loopback:
        allowed = parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS
    else:
        allowed = (
            parts.scheme == "https"
            and _RESULT_HOSTS.fullmatch(parts.netloc) is not None
            and _RESULT_BUCKET.fullmatch(parts.path) is not None
        )
    if not allowed:
        raise Refused(
            f"The result is at {parts.scheme}://{parts.hostname}, where Shopify keeps none; it is not fetched."
        )


async def download(
    result: BulkResult,
    target: Path,
    *,
    address: ShopAddress,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Fetch a result into `target`, going on where it was cut, until it has exactly the stated size."""
    if result.url is None:
        target.write_bytes(b"")
        return
    check_result_url(result.url, address)
    target.unlink(missing_ok=True)
    timeout = httpx.Timeout(60.0, connect=10.0)
    async with httpx.AsyncClient(
        transport=transport, timeout=timeout, follow_redirects=False, trust_env=not address.loopback
    ) as http:
        part = _Part(target)
        for attempt in range(_TRIES):
            try:
                await _fetch(http, result, part, progress)
            except httpx.TransportError as error:
                log.info("download cut (%s); going on", type(error).__name__)
            if part.size == result.size:
                return
            await clock.sleep(min(10.0, 0.5 * 2**attempt))
    raise Unreachable(
        f"The result could not be downloaded: {part.size} of {result.size} bytes came.",
        fix="Run the same command again.",
    )


@dataclass(slots=True)
class _Part:
    """What has come of a file so far, and by what the server knows that file."""

    path: Path
    validator: str | None = None

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


async def _fetch(
    http: httpx.AsyncClient, result: BulkResult, part: _Part, progress: Callable[[int], None] | None
) -> None:
    """One request for what is missing; a server that ignores the range or has another file starts it anew."""
    have = part.size if part.validator is not None and part.size < result.size else 0
    headers = {"accept-encoding": "identity"}
    if have:
        headers |= {"range": f"bytes={have}-", "if-range": str(part.validator)}
    async with http.stream("GET", str(result.url), headers=headers) as response:
        if response.status_code not in (200, 206):
            return
        resumed = response.status_code == 206 and response.headers.get("content-range", "").startswith(f"bytes {have}-")
        if response.status_code == 206 and not resumed:
            part.validator = None
            return
        part.validator = response.headers.get("etag") or response.headers.get("last-modified")
        written = have if resumed else 0
        with part.path.open("ab" if resumed else "wb") as file:
            part.path.chmod(0o600)
            async for block in response.aiter_bytes():
                file.write(block)
                written += len(block)
                file.flush()  # it may be read behind us
                if progress is not None:
                    progress(written)
                if written > result.size:
                    return
