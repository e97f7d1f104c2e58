"""Where Shopify's storage may be: results are fetched from there and files are put there, nowhere else."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from bulk_orders.settings import ShopAddress

_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


def is_storage(url: SplitResult, shop: ShopAddress, host: re.Pattern[str], path: re.Pattern[str] | None = None) -> bool:
    """Whether an address that Shopify states is of this storage; a loopback shop's is on the same machine.

    The host with its port and user, so that neither can be smuggled in.
    """
    if shop.loopback:
        return url.scheme == "http" and url.hostname in _LOOPBACK_HOSTS
    fits = host.fullmatch(url.netloc) is not None and (path is None or path.fullmatch(url.path) is not None)
    return url.scheme == "https" and fits
