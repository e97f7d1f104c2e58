"""The folders of the nights: one per run, by date, below the state folder; and the lock that lets one run at a time.

`nights/SHOP/2026-11-22`, then `2026-11-22-2` for a second run of that date. What a night is known by is its
`night.json`, one line, written when it begins and whenever a step of it ends. Light to import.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bulk_orders.core.nights import UNREADABLE, Night
from bulk_orders.errors import Misused, StorageError
from bulk_orders.storage.atomic import make_folder, replacing, write_text
from bulk_orders.storage.lock import ShopLock, slug

RECORD = "night.json"
FOLDER = "nights"
ALL_SHOPS = "all-shops"
"""Beside the shops' own shelves: the pages about all of them, which are no nights."""
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:-(\d{1,4}))?")


def night_lock(home: Path, shop: str) -> ShopLock:
    """One reconcile per shop and state folder at a time, from its first look to its last word.

    Beside the lock that every apply takes, since a night plans and reads too.
    """
    return ShopLock(home, shop.removeprefix("http://"), night=True)


def shelf(home: Path, shop: str) -> Path:
    """Where the nights of a shop are, as it is set (its domain, or a devstore's address)."""
    return home / FOLDER / slug(shop.removeprefix("http://"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A night and its folder."""

    folder: Path
    night: Night


def new_folder(nights: Path, day: date) -> tuple[Path, int]:
    """The folder of the next run of a date, made, and its number."""
    taken = [int(found[2] or 1) for _, found in _named(nights) if found[1] == day.isoformat()]
    number = max(taken, default=0) + 1
    folder = nights / (day.isoformat() if number == 1 else f"{day.isoformat()}-{number}")
    make_folder(folder)
    return folder, number


def _named(nights: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    for path in nights.glob("*-*-*"):
        found = _NAME.fullmatch(path.name)
        if found is not None and path.is_dir() and not path.is_symlink():
            yield path, found


def all_nights(home: Path) -> list[Path]:
    """The folders of all nights of all shops."""
    return sorted(path for nights in (home / FOLDER).glob("*") if nights.is_dir() for path, _ in _named(nights))


def read_nights(nights: Path) -> list[Kept]:
    """The nights of a shop, oldest first; one whose line cannot be read is UNREADABLE, and says so."""
    ordered = sorted(_named(nights), key=lambda each: (each[1][1], int(each[1][2] or 1)))
    return [Kept(path, _read(path / RECORD) or _unreadable(path, found)) for path, found in ordered]


def _unreadable(path: Path, found: re.Match[str]) -> Night:
    """What is known of such a night without its line."""
    what = "cannot be read" if (path / RECORD).exists() else "is missing"
    error = {
        "code": "record",
        "exit_code": 1,
        "what": f"The record of this night, {RECORD}, {what}.",
        "where": str(path),
        "fix": "bulk-orders runs tells what was applied; what it began, the next night goes on with.",
    }
    began = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return Night(
        path.parent.name, found[1], int(found[2] or 1), began, str(path), state=UNREADABLE, exit_code=1, error=error
    )


def _read(path: Path) -> Night | None:
    try:
        return Night.of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_night(folder: Path, night: Night) -> None:
    """Keep the night's line."""
    write_text(folder / RECORD, json.dumps(night.document(), ensure_ascii=False) + "\n")


def write_figures(target: Path, text: str) -> None:
    """Write a file that others may read: a collector runs as somebody else, and nothing in it is anybody's secret."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.chmod(0o644)


def keep_sheet(source: Path, target: Path) -> None:
    """A copy of a night's sheet: what was planned stays what it was, wherever the next one is written over it.

    Misused where it is not there; StorageError where somebody is writing it at this moment.
    """
    if not source.is_file():
        what = "is a folder, not a sheet" if source.is_dir() else "is not there"
        raise Misused(f"The sheet {source} {what}.", fix="Check the path, and whatever writes it.")
    before = source.stat()
    make_folder(target.parent)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise StorageError(
            f"{source} is being written at this moment.", fix="Let the night begin after the sheet is there."
        )
