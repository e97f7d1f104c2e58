"""Runs and purge: what was applied, and what of it is old enough to go. Both are offline.

Purge removes nothing that anybody may still need: no journal of a run that is not done, no backup of such a run, and
nothing younger than a plan is good for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from bulk_orders.core.history import SHORTEST, Old, Past
from bulk_orders.core.nights import INTERRUPTED, RUNNING, UNREADABLE, Night
from bulk_orders.core.policy import CATCH_UP_MOST
from bulk_orders.errors import Misused
from bulk_orders.storage.history import files_of, read_history, remove, size_of, touched
from bulk_orders.storage.kept_plans import copy_of
from bulk_orders.storage.lock import ShopLock
from bulk_orders.storage.nights import ALL_SHOPS, FOLDER, all_nights, night_lock, read_nights


def past_runs(home: Path, shop: str | None = None) -> list[Past]:
    """Every plan that was begun, newest first; `shop` (its domain or handle) narrows it."""
    running = _running(home)
    found = [replace(past, state="running") if _held(past, running) else past for past in read_history(home)]
    if shop is None:
        return found
    return [past for past in found if past.shop in (shop, f"{shop}.myshopify.com")]


def past_nights(home: Path, shop: str | None = None) -> list[Night]:
    """Every run of reconcile, newest first; `shop` as above."""
    shelves = [nights for nights in sorted((home / FOLDER).glob("*")) if nights.name != ALL_SHOPS]
    found = [night for nights in shelves for night in _nights_of(nights, home)]
    if shop is not None:
        found = [night for night in found if night.shop in (shop, f"{shop}.myshopify.com")]
    return sorted(found, key=lambda night: (night.started_at, night.number), reverse=True)


def _nights_of(nights: Path, home: Path) -> list[Night]:
    """The nights of a shop; one on record as running that nobody runs any more has died."""
    found = [kept.night for kept in read_nights(nights)]
    if not any(night.state in (RUNNING, UNREADABLE) for night in found):
        return found
    if night_lock(home, nights.name).holder() is None:
        return [replace(night, state=INTERRUPTED) if night.state == RUNNING else night for night in found]
    beginning = found[-1].state == UNREADABLE  # it has its folder, and not yet its first line
    return found[:-1] if beginning else found


def _running(home: Path) -> frozenset[str]:
    """The shops that a run holds."""
    shops = {past.shop for past in read_history(home) if past.shop}
    return frozenset(shop for shop in shops if ShopLock(home, shop).holder() is not None)


def _held(past: Past, running: frozenset[str]) -> bool:
    return past.state in ("interrupted", "pending") and past.shop in running and past.exit_code is None


def old_things(home: Path, now: datetime, age: timedelta) -> list[Old]:
    """What in the state folder is older than `age`, and why some of it stays all the same; oldest first."""
    if age < SHORTEST:
        days = f"{SHORTEST.days}d"
        raise Misused(
            "What is younger than two days is never purged: journals keep plans from being applied twice.",
            fix=f"Pass --older-than {days} or more.",
        )
    since = now - age
    found = [old for old in _things(home, now) if old.at < since]
    return sorted(found, key=lambda old: (old.at, old.paths))


def _things(home: Path, now: datetime) -> Iterator[Old]:
    needed: dict[str, str] = {}
    begun: dict[Path, str] = {}
    for past in past_runs(home):
        if past.needed:
            needed[past.plan_id] = past.needed
            if past.plan:
                begun[Path(past.plan)] = past.needed
        beside = (past.path.with_name(f"{past.path.name}-journal"), past.path.with_suffix(".json"), copy_of(past.path))
        paths = tuple(path for path in (past.path, *beside) if path.exists())
        yield _old("journal", paths, past.last_touched or touched(past.path), past.needed)
    for path in files_of(home / "bases", "x-*.parquet"):
        yield _old("base", (path,), touched(path))
    for path in files_of(home / "backups", "*"):
        yield _old("backup", (path,), touched(path), needed.get(path.name))
    yield from _nights(home, begun, now.date() - timedelta(days=CATCH_UP_MOST))
    for path in files_of(home / "crashes", "*.txt"):
        yield _old("crash", (path,), touched(path))
    for folder in ("bases", "journals", "crashes"):
        for path in files_of(home / folder, ".*.tmp*"):
            yield _old("leftover", (path,), touched(path))


def _nights(home: Path, begun: Mapping[Path, str], since: date) -> Iterator[Old]:
    """Nights; while an old one stays, those after it do that still tell which sheets were taken.

    A day after the first night of all that has no night counts as missed, and from `since` on is caught up with.
    """
    staying: set[Path] = set()
    for night in all_nights(home):
        holds = next((why for plan, why in begun.items() if night in plan.parents), None)
        tells = night.parent in staying and date.fromisoformat(night.name[:10]) >= since
        kept = f"has a plan that {holds}" if holds else _TELLS if tells else None
        if holds:
            staying.add(night.parent)
        yield _old("night", (night,), touched(night), kept)


_TELLS = "tells which sheets were taken, and an older night stays"


def _old(kind: str, paths: tuple[Path, ...], at: datetime, kept: str | None = None) -> Old:
    return Old(kind, paths, at, sum(size_of(path) for path in paths), kept)


def purge(old: list[Old]) -> None:
    """Remove all of it but what stays; a journal goes before what stands beside it, so that none is without."""
    for each in old:
        if each.kept is None:
            for path in each.paths:
                remove(path)
