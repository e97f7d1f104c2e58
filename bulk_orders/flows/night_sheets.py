"""Which sheets a night takes: tonight's, and for a dated path those of the nights that were missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from bulk_orders.core.nights import SHEET, Part
from bulk_orders.core.policy import is_dated, pending_days, sheet_path
from bulk_orders.errors import Misused
from bulk_orders.flows.night_work import Stage, Work, failed
from bulk_orders.storage.nights import Kept, keep_sheet


def tonights_sheets(pattern: str, work: Work, stage: Stage, before: list[Kept], handle: str) -> list[tuple[Path, Part]]:
    """The sheets of this night as copies in its folder, oldest first; a dated path has those of missed nights too."""
    today = date.fromisoformat(stage.night.day)
    days = [today]
    if is_dated(pattern):
        days = pending_days(
            today, _first_tried(before, pattern), _done(before, pattern), work.policy.sheet.catch_up_days
        )
    found = []
    for day in days:
        source = Path(sheet_path(pattern, day, handle)).expanduser().absolute()
        if day != today and not source.is_file():
            continue
        name = f"{day.isoformat()}-{source.name}" if day != today else source.name
        name = f"sheet-{name}" if source.stem == "rules" else name  # the rules' own sheet lies beside it
        part = Part(SHEET, name, pattern, day.isoformat())
        try:
            _refuse_old(source, work)
            keep_sheet(source, stage.folder / name)
            found.append((stage.folder / name, part))
        except Misused as error:
            stage.night = stage.night.with_part(_missing(part, error, work))
    return found


def _missing(part: Part, error: Misused, work: Work) -> Part:
    if work.policy.sheet.missing == "pass":
        return replace(part, notices=(error.what,))
    return failed(part, error)


def _refuse_old(source: Path, work: Work) -> None:
    """A sheet that nobody has renewed would put back what people have changed since."""
    oldest = work.policy.sheet.oldest
    if oldest is None or not source.is_file():
        return
    written = datetime.fromtimestamp(source.stat().st_mtime, tz=work.clock.now().tzinfo)
    hours = (work.clock.now() - written).total_seconds() / 3600
    if hours > oldest:
        raise Misused(
            f"The sheet {source} is {hours:.0f} h old, and is not acted on after {oldest:g} h.",
            fix="See to whatever writes it; or change sheet.oldest in the policy.",
        )


def sheets_of(before: list[Kept], pattern: str) -> Iterator[tuple[date, Path, Part]]:
    """The sheets of this path in earlier nights: their dates, their copies, what became of them."""
    for kept in before:
        for part in kept.night.parts:
            if not kept.night.trial and part.kind == SHEET and part.source == pattern and part.day:
                yield date.fromisoformat(part.day), kept.folder / part.name, part


def _done(before: list[Kept], pattern: str) -> frozenset[date]:
    return frozenset(day for day, _, part in sheets_of(before, pattern) if part.done and not part.dropped)


def _first_tried(before: list[Kept], pattern: str) -> date | None:
    """The date of the first night of this path: what lies before it nobody has missed."""
    return min((date.fromisoformat(part.day) for _, _, part in sheets_of(before, pattern) if part.day), default=None)
