"""Put the file of a bulk mutation where Shopify said: to its own storage only, and without the token.

The form is signed: it needs no token, gets none, and neither it nor the address is ever logged.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from bulk_orders.clock import Clock
from bulk_orders.errors import Refused, Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.storages import is_storage

log = logging.getLogger("bulk_orders")

MOST_BYTES = 100_000_000  # 100 MB [USAGE imports#limitations]; the signed policy allows 104,857,600
_UPLOAD_HOST = re.compile(r"shopify-staged-uploads\.storage\.googleapis\.com")
_TRIES = 4
_SECONDS = 120.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


def check_upload_url(url: str, address: ShopAddress) -> None:
    """Refuse to put anything anywhere but where Shopify takes uploads (guarantees.md, security)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise Refused("The address for the upload is none; nothing was put there.") from None
    if not is_storage(parts, address, _UPLOAD_HOST):
        raise Refused(
            f"The upload should go to {parts.scheme}://{host}, which is not Shopify's; nothing was put there."
        )


async def upload(
    url: str,
    fields: Mapping[str, str],
    name: str,
    content: bytes,
    *,
    address: ShopAddress,
    clock: Clock,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Put a file there, every field of the form before it. Doing it again harms nobody, so it is tried again.

    Raises Unreachable where it does not get through, Refused where it is not taken.
    """
    check_upload_url(url, address)
    if len(content) >= MOST_BYTES:
        raise ValueError("a file for a bulk mutation has to be under 100 MB")
    async with httpx.AsyncClient(
        transport=transport, timeout=_SECONDS, follow_redirects=False, trust_env=not address.loopback
    ) as http:
        for attempt in range(_TRIES):
            try:
                response = await http.post(url, data=dict(fields), files={"file": (name, content, "text/jsonl")})
            except (httpx.RequestError, TimeoutError) as error:
                log.info("upload cut (%s)", type(error).__name__)
            else:
                if response.status_code == httpx.codes.CREATED:
                    return
                if response.status_code not in _AGAIN:
                    raise Refused(f"Shopify's storage did not take the file ({response.status_code}).")
            await clock.sleep(min(10.0, 0.5 * 2**attempt))
    raise Unreachable("The file of a bulk operation could not be uploaded.", fix="Run the same command again later.")
