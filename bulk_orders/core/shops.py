"""Several shops in one file: `[shops.NAME]` of bulk_orders.toml. Light to import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulk_orders.core.keys import Kinds, check_keys
from bulk_orders.errors import Misused

SHOP_KEYS: Mapping[str, Kinds] = {"shop": str, "token_env": str, "token_file": str, "policy": str, "sheet": str}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ShopEntry:
    """One shop of several: its address, where its token stands (never the token itself), and what its nights are."""

    name: str
    shop: str
    token_env: str | None = None
    token_file: str | None = None
    policy: str | None = None
    sheet: str | None = None


def read_shops(values: Mapping[str, Any], file: str) -> tuple[ShopEntry, ...]:
    """The shops of the table, in its order; Misused for the first that makes no sense."""
    entries = tuple(_read(name, table, file) for name, table in values.items())
    taken: dict[str, str] = {}
    for entry in entries:
        address = entry.shop.strip().removesuffix("/").removeprefix("https://").lower()
        other = taken.setdefault(address, entry.name)
        if other != entry.name:
            raise Misused(f"{file}: shops.{other} and shops.{entry.name} are one shop.", fix="Leave one of them out.")
    return entries


def _read(name: str, values: Any, file: str) -> ShopEntry:
    key = f"shops.{name}."
    check_keys(values, SHOP_KEYS, key, file)
    if not _NAME.fullmatch(name):
        raise Misused(f"{file}: shops.{name} is no name for a shop here.", fix="Small letters, digits and dashes.")
    if "shop" not in values:
        raise Misused(f"{file}: {key}shop is missing.", fix='Write shop = "handle.myshopify.com".')
    if ("token_env" in values) == ("token_file" in values):
        raise Misused(
            f"{file}: shops.{name} must say where its token stands.",
            fix='Write token_env = "NAME" (an environment variable) or token_file = "PATH" (mode 0600).',
        )
    if "token_env" in values and not _VARIABLE.fullmatch(values["token_env"]):
        raise Misused(f"{file}: {key}token_env is no name of a variable.", fix='Such as token_env = "NORTH_TOKEN".')
    return ShopEntry(name, **values)
