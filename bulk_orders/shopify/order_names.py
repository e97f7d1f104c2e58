"""Which orders are called so: found by a search, told apart by their very names."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_orders.core.names import bare_name
from bulk_orders.errors import Refused
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.documents import BY_NAME
from bulk_orders.shopify.replies import search_warnings

_NAMES_AT_ONCE = 25


async def ids_by_name(client: AdminClient, names: Sequence[str]) -> dict[str, list[str]]:
    """The gids of the orders that are called so; a search matches loosely, so equality is checked here."""
    wanted: dict[str, list[str]] = {}
    for name in names:  # `#1001` and `1001` are one order
        wanted.setdefault(bare_name(name), []).append(name)
    found: dict[str, list[str]] = {name: [] for name in names}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        search = " OR ".join(f"name:{_search_word(bare_name(n))}" for n in names[start : start + _NAMES_AT_ONCE])
        for gid, name in await _search(client, search):
            for asked in wanted.get(bare_name(name), ()):
                if gid not in found[asked]:
                    found[asked].append(gid)
    return found


async def _search(client: AdminClient, search: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        reply = await client.read(BY_NAME, {"q": search, "after": after})
        warnings = search_warnings(reply)
        if warnings:
            raise Refused(f"Shopify did not understand the search: {'; '.join(warnings)}")
        page = reply.data.get("orders") or {}
        pairs += [(str(node["id"]), str(node["name"])) for node in page.get("nodes") or ()]
        info = page.get("pageInfo") or {}
        after = info.get("endCursor")
        if not info.get("hasNextPage") or after is None:
            return pairs


def _search_word(word: str) -> str:
    """A value in Shopify's search syntax, quoted where it is more than letters and digits."""
    if word.isalnum():
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
