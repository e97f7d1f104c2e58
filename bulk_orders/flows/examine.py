"""Doctor: is everything in place? Each finding says what was found and, where it is amiss, how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bulk_orders.clock import Clock
from bulk_orders.core.scopes import scopes_of
from bulk_orders.errors import BulkOrdersError
from bulk_orders.settings import Settings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.atomic import make_folder

NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "export, plan": (("read_orders",),),
    "cancel, archive, unarchive, tags, update, delete, mark as paid, capture, refund": (scopes_of("cancel"),),
    "unfulfill, fulfill, track, hold, release": (scopes_of("unfulfill"),),
}
"""What each thing needs: of every group at least one scope (shopify-api.md 4 and 7)."""

USEFUL = {
    "read_all_orders": "orders older than 60 days stay invisible",
    "read_customers": "the customer columns of an export stay empty",
    "read_locations": "the location of a fulfillment is not exported",
}
_CLOCK_TOLERANCE = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is ok, warning or failed."""

    name: str
    state: str
    detail: str
    fix: str | None = None


async def examine(settings: Settings, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> list[Finding]:
    """Look at settings, state folder and shop; what cannot be asked any more is left out."""
    findings = [_folder(settings.home), *_settings(settings)]
    if any(finding.state == "failed" for finding in findings[1:]):
        return findings
    async with Shop(settings, clock, transport) as shop:
        try:
            facts = await shop.facts()
        except BulkOrdersError as error:
            return [*findings, Finding("shop", "failed", error.what, error.fix)]
        findings.append(Finding("shop", "ok", f"{facts.domain} answers through API {facts.api_version}"))
        findings.append(_rate(facts.restore_rate, facts.bucket))
        findings.append(_clock(clock, shop))
        try:
            findings += _scopes(await shop.scopes())
        except BulkOrdersError as error:
            findings.append(Finding("scopes", "warning", f"They cannot be read: {error.what}", error.fix))
    return findings


def _folder(home: Path) -> Finding:
    try:
        make_folder(home)
    except BulkOrdersError as error:
        return Finding("state folder", "failed", error.what, error.fix)
    if not os.access(home, os.W_OK | os.X_OK):
        return Finding("state folder", "failed", f"{home} cannot be written.", "Check its owner, or BULK_ORDERS_HOME.")
    if home.stat().st_mode & 0o077:
        return Finding("state folder", "warning", f"{home} can be read by others.", f"Run: chmod 700 {home}")
    return Finding("state folder", "ok", str(home))


def _settings(settings: Settings) -> Iterator[Finding]:
    questions: dict[str, Callable[[], object]] = {
        "shop": settings.required_shop,
        "token": settings.required_credentials,
        "API version": settings.spoken_version,
    }
    for name, ask in questions.items():
        try:
            ask()
        except BulkOrdersError as error:
            yield Finding(name, "failed", error.what, error.fix)
        else:
            if name == "token":
                yield Finding("token", "ok", f"from {settings.credentials.source}")


def _rate(restore_rate: float, bucket: float) -> Finding:
    if not restore_rate:
        return Finding("rate limit", "warning", "The shop does not state it.")
    changes = restore_rate / 10
    return Finding("rate limit", "ok", f"{restore_rate:g} points/s, {bucket:g} saved up: about {changes:g} changes/s")


def _clock(clock: Clock, shop: Shop) -> Finding:
    apart = abs((clock.now() - shop.client.server_now()).total_seconds())
    if apart > _CLOCK_TOLERANCE:
        return Finding("clock", "warning", f"It differs from the shop's by {apart:.0f} s.", "Set this machine's clock.")
    return Finding("clock", "ok", "agrees with the shop's")


def _scopes(granted: frozenset[str]) -> Iterator[Finding]:
    for what, groups in NEEDED.items():
        missing = [group for group in groups if not granted & set(group)]
        if missing:
            named = ", ".join(" or ".join(group) for group in missing)
            yield Finding(what, "failed", f"The app lacks {named}.", "Add the scope to the app and install it again.")
        else:
            yield Finding(what, "ok", "allowed")
    for scope, otherwise in USEFUL.items():
        if scope not in granted:
            yield Finding(scope, "warning", f"Not granted: {otherwise}.", "Add the scope if you need it.")
