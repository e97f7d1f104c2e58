"""`overview --all-shops`: every shop of [shops], read side by side; a folder and a page each, and one page for all."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bulk_orders.cli.options import Here
from bulk_orders.clock import SystemClock
from bulk_orders.core.nights import loudest
from bulk_orders.core.overview import Overview
from bulk_orders.core.search import Filters
from bulk_orders.core.shops import ShopEntry
from bulk_orders.errors import BulkOrdersError
from bulk_orders.flows.overview import NOTHING_EARLIER, Orders, earlier_orders, live_orders, overview_of, write_findings
from bulk_orders.language import clauses, colon, number, say, told
from bulk_orders.settings import for_shop
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.atomic import make_folder, write_text
from bulk_orders.storage.bases import new_export_id
from bulk_orders.views.all_shops import ShopLine, relative, shops_page
from bulk_orders.views.machine import error_json
from bulk_orders.views.night_text import wrapped
from bulk_orders.views.overview_html import overview_html
from bulk_orders.views.overview_json import overview_json
from bulk_orders.views.words import count, plain

PAGE = "overview.html"


@dataclass(frozen=True, slots=True)
class _Looked:
    """One shop's overview, or why there is none."""

    name: str
    folder: Path
    overview: Overview | None = None
    sheets: Mapping[str, Path] | None = None
    error: BulkOrdersError | None = None


def all_overviews(
    here: Here,
    entries: tuple[ShopEntry, ...],
    folder: Path,
    filters: Filters,
    compare: str | None,
    ages: Mapping[str, float],
) -> int:
    """Look at them all; the exit code is the loudest of theirs."""
    make_folder(folder)
    read = asyncio.run(_read_all(here, entries, folder, filters))
    looked = [_looked(here, name, folder / name, found, compare, ages) for name, found in read.items()]
    report = folder / PAGE
    lines = [_line(each, folder) for each in looked]
    write_text(
        report, shops_page(say("All shops: where every order stands"), (say("Orders"), say("Needs a look")), lines)
    )
    if here.console.json:
        here.console.document({"report": str(report), "shops": {each.name: _document(each) for each in looked}})
    else:
        here.console.result("\n".join([*(_text(each) for each in looked), f"{say('All shops:')} {plain(report)}"]))
    return loudest([each.error.exit_code for each in looked if each.error is not None])


async def _read_all(
    here: Here, entries: tuple[ShopEntry, ...], folder: Path, filters: Filters
) -> dict[str, Orders | BulkOrdersError]:
    async def one(entry: ShopEntry) -> Orders | BulkOrdersError:
        try:
            return await _read(here, entry, make_folder(folder / entry.name), filters)
        except BulkOrdersError as error:
            with contextlib.suppress(OSError):  # one with anything in it stays
                (folder / entry.name).rmdir()
            return error

    found = await asyncio.gather(*(one(entry) for entry in entries))
    return {entry.name: each for entry, each in zip(entries, found, strict=True)}


async def _read(here: Here, entry: ShopEntry, folder: Path, filters: Filters) -> Orders:
    clock, settings = SystemClock(), for_shop(here.settings, entry)
    here.console.say(say("{shop}: reading its orders ...", shop=entry.name))
    async with Shop(settings, clock) as shop:
        return await live_orders(
            shop,
            folder,
            filters=filters,
            home=settings.home,
            clock=clock,
            export_id=new_export_id(clock.now(), secrets.token_hex(3), socket.gethostname()),
            progress=lambda _: None,
        )


def _looked(
    here: Here, name: str, folder: Path, found: Orders | BulkOrdersError, compare: str | None, ages: Mapping[str, float]
) -> _Looked:
    if isinstance(found, BulkOrdersError):
        return _Looked(name, folder, error=found)
    try:
        before = earlier_orders(compare, found, here.settings.home, SystemClock().now()) if compare else None
        notices = (NOTHING_EARLIER,) if compare and before is None else ()
        overview = overview_of(found, {**here.settings.ages, **ages}, before, notices)
        sheets = write_findings(overview, found.base, folder)
        write_text(folder / PAGE, overview_html(overview, sheets))
    except BulkOrdersError as error:
        return _Looked(name, folder, error=error)
    return replace(_Looked(name, folder), overview=overview, sheets=sheets)


def _found(overview: Overview) -> str:
    found = [f"{told(each.finding.title)}{colon()} {number(each.count)}" for each in overview.findings if each.count]
    return clauses(found) or say("nothing")


def _line(looked: _Looked, folder: Path) -> ShopLine:
    if looked.overview is None:
        what = told(looked.error.what) if looked.error is not None else ""
        return ShopLine(looked.name, what, True, ("", ""), None)
    overview = looked.overview
    cells = (number(overview.total), _found(overview))
    return ShopLine(looked.name, overview.source.shop, False, cells, relative(looked.folder / PAGE, folder))


def _text(looked: _Looked) -> str:
    if looked.overview is None:
        assert looked.error is not None
        fix = wrapped(f"{say('Fix:')} {told(looked.error.fix)}") if looked.error.fix else []
        return "\n".join([*wrapped(f"[{looked.name}] ✗ {told(looked.error.what)}", ""), *fix])
    overview = looked.overview
    head = f"[{plain(looked.name)}] {plain(overview.source.shop)}{colon()} {count(overview.total, 'order')}"
    needs = say("needs a look: {findings}", findings=_found(overview))
    return "\n".join([*wrapped(clauses((head, needs)), ""), f"  {plain(looked.folder / PAGE)}"])


def _document(looked: _Looked) -> Mapping[str, Any]:
    if looked.overview is None:
        assert looked.error is not None
        return error_json(looked.error, sent=False)
    return overview_json(looked.overview, looked.sheets or {}, looked.folder / PAGE)
