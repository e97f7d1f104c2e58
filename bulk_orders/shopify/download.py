"""Fetch the result of a bulk operation: resumable, from Shopify's own hosts only, byte for byte as long as stated.

The URL is signed: it needs no token, gets none, and is never logged.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bulk_orders import failpoints
from bulk_orders.clock import Clock
from bulk_orders.errors import Refused, ShopifyError, StorageError, Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.storages import is_storage

log = logging.getLogger("bulk_orders")

_RESULT_HOSTS = re.compile(r"storage\.googleapis\.com")
_RESULT_BUCKET = re.compile(r"/shopify-tiers-assets-[a-z0-9-]+/.+")
_TRIES = 6
"""Requests in a row that bring nothing new after which a result is given up."""
_SLOW_AFTER = 20.0
_SLOWEST = 1024
"""Bytes that must come in every _SLOW_AFTER seconds: less is a connection that only seems to be one."""
_GONE = frozenset({400, 401, 403, 404, 410})
"""Answers of a storage whose signed URL is not good (any more)."""


class UrlExpired(ShopifyError):
    """The signed URL is not taken; the operation may state another."""

    code = "url_expired"


def check_result_url(url: str, address: ShopAddress) -> None:
    """Refuse to fetch from anywhere but where Shopify keeps results (guarantees.md, security)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise Refused("The address of the result is none; it is not fetched.") from None
    if not is_storage(parts, address, _RESULT_HOSTS, _RESULT_BUCKET):
        raise Refused(f"The result is at {parts.scheme}://{host}, where Shopify keeps none; it is not fetched.")


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
        target.touch(mode=0o600)
        return
    check_result_url(result.url, address)
    timeout = httpx.Timeout(_SLOW_AFTER, connect=10.0)
    async with httpx.AsyncClient(
        transport=transport, timeout=timeout, follow_redirects=False, trust_env=not address.loopback
    ) as http:
        try:
            target.unlink(missing_ok=True)
            await _fetched(http, result, _Part(target), clock, progress)
        except OSError as error:
            raise StorageError(
                f"The result cannot be kept in {target.parent}: {error.strerror or error}.",
                fix="Make room on the disk (TMPDIR names another), then run the same command again.",
            ) from error


async def fetch_part(
    url: str,
    target: Path,
    *,
    address: ShopAddress,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Fetch what an operation that did not complete has left, as far as it comes: nobody states how much there is."""
    check_result_url(url, address)
    timeout = httpx.Timeout(_SLOW_AFTER, connect=10.0)
    async with httpx.AsyncClient(
        transport=transport, timeout=timeout, follow_redirects=False, trust_env=not address.loopback
    ) as http:
        for attempt in range(_TRIES):
            try:
                await _fetch(http, BulkResult("", url, 0, 0, sys.maxsize), _Part(target), clock, None)
            except (httpx.RequestError, _TooSlow) as error:
                log.info("download cut (%s)", type(error).__name__)
            else:
                if target.exists():
                    return
            await clock.sleep(min(10.0, 0.5 * 2**attempt))


async def _fetched(
    http: httpx.AsyncClient,
    result: BulkResult,
    part: _Part,
    clock: Clock,
    progress: Callable[[int], None] | None,
) -> None:
    fruitless = 0
    while fruitless < _TRIES:
        had, dripped = part.size, False
        try:
            await _fetch(http, result, part, clock, progress)
        except (httpx.RequestError, _TooSlow) as error:
            dripped = isinstance(error, _TooSlow)
            log.info("download cut (%s); going on", type(error).__name__)
        if part.size == result.size:
            return
        fruitless = 0 if had < part.size < result.size and not dripped else fruitless + 1
        await clock.sleep(min(10.0, 0.5 * 2**fruitless))
    raise Unreachable(
        f"The result could not be downloaded: {part.size} of {result.size} bytes came.",
        fix="Run the same command again.",
    )


class _TooSlow(Exception):
    """Bytes drip."""


@dataclass(slots=True)
class _Part:
    """What has come of a file so far, and by what the server knows that file."""

    path: Path
    validator: str | None = None

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


async def _fetch(
    http: httpx.AsyncClient,
    result: BulkResult,
    part: _Part,
    clock: Clock,
    progress: Callable[[int], None] | None,
) -> None:
    """One request for what is missing; a server that ignores the range or has another file starts it anew."""
    have = part.size if part.validator is not None and part.size < result.size else 0
    headers = {"accept-encoding": "identity"}
    if have:
        headers |= {"range": f"bytes={have}-", "if-range": str(part.validator)}
    async with http.stream("GET", str(result.url), headers=headers) as response:
        if response.status_code in _GONE:
            raise UrlExpired(
                f"The address of the result is not taken any more ({response.status_code}).",
                fix="Run the same command again.",
            )
        if response.status_code not in (200, 206):
            return
        validator = response.headers.get("etag") or response.headers.get("last-modified")
        resumed = have > 0 and _goes_on(response, have, part.validator, validator)
        part.validator = validator
        if response.status_code == 206 and not resumed:
            part.validator = None  # a piece of something else: begin again
            return
        written = have if resumed else 0
        pace = _Pace(clock, written)
        with part.path.open("ab" if resumed else "wb") as file:
            part.path.chmod(0o600)
            async for block in response.aiter_bytes():
                failpoints.passing("download.block")
                file.write(block)
                written += len(block)
                file.flush()  # it may be read behind us
                if progress is not None:
                    progress(written)
                if written > result.size:
                    return
                pace.check(written)


def _goes_on(response: httpx.Response, have: int, known: str | None, validator: str | None) -> bool:
    """The answer is the rest of the very file whose beginning we have."""
    follows = response.headers.get("content-range", "").startswith(f"bytes {have}-")
    return response.status_code == 206 and follows and validator in (None, known)


class _Pace:
    """Tells a download that is slow from one that only drips."""

    def __init__(self, clock: Clock, written: int) -> None:
        self._clock = clock
        self._since, self._written = clock.monotonic(), written

    def check(self, written: int) -> None:
        """Raise where too little came for too long."""
        now = self._clock.monotonic()
        if now - self._since < _SLOW_AFTER:
            return
        if written - self._written < _SLOWEST * _SLOW_AFTER:
            raise _TooSlow
        self._since, self._written = now, written
