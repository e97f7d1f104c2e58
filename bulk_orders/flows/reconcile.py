"""Reconcile: lock > go on with what was interrupted > sheets and rules, each planned, divided, applied > the report.

The nightly corridor. It sends nothing itself: what runs is a plan that `apply` runs, made by `plan`, and what the
policy does not let run waits as a plan for a person. A night is safe to run twice, beside another, and to be killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bulk_orders.core.divide import Spent
from bulk_orders.core.events import Event, NightEnded, Step, Summary
from bulk_orders.core.nights import (
    DONE,
    FAILED,
    INTERRUPTED,
    RULES,
    TRIAL,
    UNREADABLE,
    Night,
    Part,
    Shown,
)
from bulk_orders.core.plan import ShopFacts
from bulk_orders.errors import (
    BulkOrdersError,
    Misused,
    SheetEmpty,
    SheetInvalid,
    ShopifyError,
    ShopLocked,
    StorageError,
)
from bulk_orders.flows.go_on import go_on
from bulk_orders.flows.lost_record import recovered
from bulk_orders.flows.night_sheets import sheets_of, tonights_sheets
from bulk_orders.flows.night_work import (
    NOBODY,
    Named,
    Stage,
    Work,
    after_run,
    apply_part,
    error_document,
    failed,
    iso,
    named_at_least,
    named_in,
    plan_part,
)
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.lock import ShopLock
from bulk_orders.storage.nights import Kept, new_folder, night_lock, read_nights, shelf, write_night
from bulk_orders.storage.planfile import file_digest


@dataclass(frozen=True, slots=True)
class Ended:
    """A night at its end: its record, its folder, and what a report is made of."""

    folder: Path
    night: Night
    shown: tuple[Shown, ...]


async def reconcile(pattern: str | None, work: Work, finish: Callable[[Ended], None]) -> AsyncIterator[Event]:
    """Run one night; the last Event is NightEnded. ShopLocked, before anything else, while another night runs.

    `pattern` is the sheet's path, with placeholders; `finish` gets the night when it has ended, however it ended.
    """
    address = str(work.settings.required_shop())
    now = work.clock.now()
    nights = shelf(work.settings.home, address)
    with night_lock(work.settings.home, address):
        day = work.policy.today(now)
        before = read_nights(nights)
        folder, number = new_folder(nights, day)
        night = Night(address, day.isoformat(), number, iso(now), str(folder), work.tool, trial=work.trial)
        stage = Stage(folder, night)
        try:
            write_night(folder, night)
            _mind_stopping(work)
            async for event in _run(pattern, work, stage, before):
                yield event
        except asyncio.CancelledError:
            stage.night = replace(stage.night, error=_STOPPED)
            _end(work, stage, finish)
            raise
        except BulkOrdersError as error:
            stage.night = replace(stage.night, error=error_document(error))
        except Exception as error:
            stage.night = replace(stage.night, error={**_BUG, "what": f"A bug in bulk-orders: {type(error).__name__}."})
            _end(work, stage, finish)
            raise
        _end(work, stage, finish)
        document = stage.night.document()
        yield NightEnded(iso(work.clock.now()), stage.night.shop, str(folder), stage.night.exit_code or 0, document)


_STOPPED = {
    "code": "interrupted",
    "exit_code": 130,
    "what": "Interrupted.",
    "where": None,
    "fix": "The next night goes on.",
}
_BUG = {"code": "bug", "exit_code": 1, "where": None, "fix": "Run the same command again; the next night goes on too."}


def _mind_stopping(work: Work) -> None:
    """While nothing is sent, a wish to stop is heeded at once."""
    task = asyncio.current_task()
    assert task is not None
    work.stop.on_request = lambda: _cancel(task)


def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()


def _end(work: Work, stage: Stage, finish: Callable[[Ended], None]) -> None:
    night = replace(stage.night, ended_at=iso(work.clock.now()))
    code = night.code()
    state = INTERRUPTED if code == 130 else FAILED if night.error or code == 1 else TRIAL if work.trial else DONE
    stage.night = replace(night, exit_code=code, state=state)
    try:
        write_night(stage.folder, stage.night)
    finally:
        finish(Ended(stage.folder, stage.night, tuple(stage.shown)))


async def _run(pattern: str | None, work: Work, stage: Stage, before: list[Kept]) -> AsyncIterator[Event]:
    async with work.shop() as shop:
        facts = await shop.facts()
        stage.night = replace(stage.night, shop=facts.domain)
        _refuse_beside_a_run(work, facts)
        stage.shut = _shut(work, facts)
        before = [_readable(kept, work, stage, pattern, facts.handle) for kept in before]
        async for event in go_on(work, stage, before):
            yield event
        if work.stop.soon:
            return
        if not work.trial:  # what has become of them stands in their records now
            before = [kept for kept in read_nights(stage.folder.parent) if kept.folder != stage.folder]
        stage.earlier = _spent_on(read_nights(stage.folder.parent), stage.night)
        sheets = tonights_sheets(pattern, work, stage, before, facts.handle) if pattern else []
        theirs = NOBODY
        done = [(day, path) for day, path, part in sheets_of(before, pattern) if part.done] if pattern else []
        async for event in _through(work, stage, shop, sheets, done):
            yield event
        if work.policy.rules and not work.stop.soon:
            for path, _ in sheets:
                theirs = theirs.plus(named_at_least(path, work))
            async for event in _rules(work, stage, shop, theirs):
                yield event


def _readable(kept: Kept, work: Work, stage: Stage, pattern: str | None, handle: str) -> Kept:
    """A night whose record is lost, as far as the journals know it; tonight tells of it."""
    if kept.night.state != UNREADABLE:
        return kept
    said = f"The record of {kept.folder.name} could not be read, and is made anew from the journals of its plans."
    stage.night = replace(stage.night, notices=(*stage.night.notices, said))
    return recovered(kept, pattern, handle, work.settings.home)


def _refuse_beside_a_run(work: Work, facts: ShopFacts) -> None:
    """Somebody's apply is at work: what is read now would be wrong in a moment."""
    other = ShopLock(work.settings.home, facts.domain).holder()
    if other is not None:
        raise ShopLocked(
            f"Another run is at work on {facts.domain} (process {other}).",
            fix="Run the night again when it has ended; nothing is lost.",
        )


def _shut(work: Work, facts: ShopFacts) -> str | None:
    for limits in (work.policy.limits.whole, work.settings.guard.limits):
        hours = limits.blacked_out(work.clock.now(), facts.timezone)
        if hours:
            return f"{hours}."
    return None


def _spent_on(nights: list[Kept], night: Night) -> Spent:
    """What the earlier runs of the same date have let run."""
    total = Spent()
    for kept in nights:
        if kept.night.day == night.day and kept.night.number != night.number:
            total = total.with_(kept.night.spent())
    return total


# --- sheets -----------------------------------------------------------------------------------------------------------


async def _through(
    work: Work, stage: Stage, shop: Shop, sheets: list[tuple[Path, Part]], done: list[tuple[date, Path]]
) -> AsyncIterator[Event]:
    """Plan and apply each sheet. What a newer one speaks for, of this night or `done` before, an older one leaves."""
    for number, (_, part) in enumerate(sheets):
        if work.stop.soon:
            return
        yield Step(iso(work.clock.now()), stage.night.shop, f"Planning {part.name} ...")
        try:
            later = _spoken_for([path for path, _ in sheets[number + 1 :]], work)
            for day, path in done:
                if part.day and day.isoformat() > part.day and path.is_file():
                    later = later.plus(named_at_least(path, work))
            planned, shown = await plan_part(work, stage, shop, part, later=later)
        except SheetEmpty:  # it asks for nothing, which is an answer
            empty = replace(part, sha256=file_digest(stage.folder / part.name))
            stage.night = stage.night.with_part(empty)
            continue
        except ShopLocked:
            raise
        except BulkOrdersError as error:
            if isinstance(error, StorageError | ShopifyError):
                raise
            _not_planned(stage, part, error)
            continue
        async for event in _apply(work, stage, planned, shown):
            yield event


def _not_planned(stage: Stage, part: Part, error: BulkOrdersError) -> None:
    """A sheet of which nothing can be done; what is wrong with it stands in the report, not on the record."""
    told = failed(part, error)
    if isinstance(error, SheetInvalid) and told.error is not None:
        told = replace(
            told, error={**told.error, "fix": f"To see it all: bulk-orders check {stage.folder / part.name}"}
        )
        stage.shown.append(Shown(told, problems=error.problems))
    stage.night = stage.night.with_part(told)


def _spoken_for(sheets: list[Path], work: Work) -> Named:
    named = NOBODY
    for sheet in sheets:
        try:
            named = named.plus(named_in(sheet, work))
        except SheetEmpty:
            continue
        except SheetInvalid as error:
            raise Misused(
                f"The newer sheet {sheet.name} cannot be read, so nobody knows which orders it speaks for.",
                fix="Mend the newer sheet; this one is caught up with then.",
            ) from error
    return named


async def _apply(work: Work, stage: Stage, part: Part, shown: Shown) -> AsyncIterator[Event]:
    """Apply the part that may run; it is on the record before the first request leaves."""
    stage.night = stage.night.with_part(part)
    write_night(stage.folder, stage.night)
    stage.shown.append(replace(shown, part=part))
    await work.clock.sleep(0)  # whoever asked to stop meanwhile is heard before anything is sent
    if part.plan is None:
        return
    try:
        summary = None
        async for event in apply_part(work, stage.folder, part):
            yield event
            summary = event if isinstance(event, Summary) else None
        if summary is not None:
            part, entries = after_run(part, summary, work.settings, stage.folder)
            stage.shown[-1] = replace(stage.shown[-1], part=part, entries=entries)
    except BulkOrdersError as error:
        stage.night = stage.night.with_part(failed(part, error))
        raise
    stage.night = stage.night.with_part(part)
    write_night(stage.folder, stage.night)


# --- rules ------------------------------------------------------------------------------------------------------------


async def _rules(work: Work, stage: Stage, shop: Shop, theirs: Named) -> AsyncIterator[Event]:
    from bulk_orders.flows.apply_rules import rules_sheet

    yield Step(iso(work.clock.now()), stage.night.shop, "Reading the orders that the rules are about ...")
    part = Part(RULES, "rules.csv", "the policy's rules")
    taken = await rules_sheet(shop, work, stage.folder / part.name, theirs)
    part = replace(part, taken=taken.by_rule, notices=taken.notices)
    if not taken.orders:
        stage.night = stage.night.with_part(part)
        return
    planned, shown = await plan_part(work, stage, shop, part)
    planned = replace(planned, notices=(*taken.notices, *planned.notices))
    async for event in _apply(work, stage, planned, shown):
        yield event
