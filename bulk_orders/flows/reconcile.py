"""Reconcile: lock > go on with what was interrupted > sheets and rules, each planned, divided, applied > the report.

The nightly corridor. It sends nothing itself: what runs is a plan that `apply` runs, made by `plan`, and what the
policy does not let run waits as a plan for a person. A night is safe to run twice, beside another, and to be killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from bulk_orders.core.divide import Spent
from bulk_orders.core.events import Event, NightEnded, Step, Summary
from bulk_orders.core.nights import (
    CONTINUED,
    DONE,
    FAILED,
    INTERRUPTED,
    RULES,
    RUNNING,
    SHEET,
    TRIAL,
    Night,
    Part,
    Shown,
)
from bulk_orders.core.plan import ShopFacts
from bulk_orders.core.policy import is_dated, pending_days, sheet_path
from bulk_orders.core.results import State
from bulk_orders.errors import BulkOrdersError, Misused, SheetInvalid, ShopifyError, ShopLocked, StorageError
from bulk_orders.flows.night_work import (
    NOBODY,
    Named,
    Stage,
    Work,
    after_run,
    apply_part,
    error_document,
    failed,
    named_in,
    plan_part,
)
from bulk_orders.flows.run_status import run_status
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.lock import ShopLock
from bulk_orders.storage.nights import Kept, keep_sheet, new_folder, night_lock, read_nights, shelf, write_night

_UNSETTLED = frozenset({1, 7, 130})
_LOOK_BACK = timedelta(days=60)


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
        night = Night(address, day.isoformat(), number, _iso(now), str(folder), work.tool)
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
        yield NightEnded(_iso(work.clock.now()), stage.night.shop, str(folder), stage.night.exit_code or 0, document)


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
    night = replace(stage.night, ended_at=_iso(work.clock.now()))
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
        async for event in _go_on(work, stage, before):
            yield event
        if work.stop.soon:
            return
        stage.earlier = _spent_on(read_nights(stage.folder.parent), stage.night)
        sheets = _sheets(pattern, work, stage, before, facts.handle) if pattern else []
        theirs = NOBODY
        done = [(day, path) for day, path, part in _of_path(before, pattern) if part.done] if pattern else []
        async for event in _through(work, stage, shop, sheets, done):
            yield event
        if work.policy.rules and not work.stop.soon:
            for path, _ in sheets:
                theirs = theirs.plus(_named(path, work))
            async for event in _rules(work, stage, shop, theirs):
                yield event


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


# --- what an earlier night left ---------------------------------------------------------------------------------------


async def _go_on(work: Work, stage: Stage, before: list[Kept]) -> AsyncIterator[Event]:
    """Go on with the plans of nights that did not come to their end, oldest first, before anything new is planned."""
    for kept in before:
        if not _unsettled(kept, stage):
            continue
        night = kept.night
        for part in night.parts:
            if part.plan is None or (part.exit_code not in _UNSETTLED and night.state != RUNNING) or part.dropped:
                continue
            async for event in _go_on_with(work, stage, kept, part):
                if isinstance(event, _Settled):
                    night = night.with_part(event.part)
                else:
                    yield event
        if night.state == RUNNING:
            night = replace(night, state=INTERRUPTED, ended_at=night.ended_at or _iso(work.clock.now()), exit_code=1)
        if not work.trial and night != kept.night:
            write_night(kept.folder, night)


def _unsettled(kept: Kept, stage: Stage) -> bool:
    night = kept.night
    if date.fromisoformat(stage.night.day) - date.fromisoformat(night.day) > _LOOK_BACK or night.state == TRIAL:
        return False
    return night.state == RUNNING or any(p.exit_code in _UNSETTLED and p.plan and not p.dropped for p in night.parts)


@dataclass(frozen=True, slots=True)
class _Settled(Event):
    """What has become of an earlier night's part; for this module alone."""

    part: Part


async def _go_on_with(work: Work, stage: Stage, kept: Kept, part: Part) -> AsyncIterator[Event]:
    assert part.plan is not None
    path, what = kept.folder / part.plan, f"{kept.folder.name}/{part.plan}"
    new = Part(CONTINUED, what, str(path))
    try:
        status = run_status(path, work.settings)
        left = status.outcomes["left"] + status.outcomes["unknown"]
        if status.state == "pending" or not left:
            settled = replace(part, dropped=status.state == "pending", exit_code=0 if not left else part.exit_code)
            yield _Settled("", replace(settled, outcomes=_six(status.outcomes)) if not left else settled)
            return
        if work.trial or stage.shut:
            _hold_open(stage, path, work, "an earlier night began with it and has not ended.")
            stage.night = replace(stage.night, notices=(*stage.night.notices, f"{what} is not gone on with now."))
            return
        yield Step(_iso(work.clock.now()), stage.night.shop, f"Going on with {what}, which was interrupted.")
        summary = None
        async for event in apply_part(work, kept.folder, part):
            yield event
            summary = event if isinstance(event, Summary) else None
        if summary is not None:  # the lock is free again, which a look at it from here would otherwise let go of
            ended, entries = after_run(part, summary, work.settings, kept.folder)
            new = replace(
                new,
                outcomes=_gained(status.outcomes, summary.outcomes),
                exit_code=summary.exit_code,
                error=summary.error,
                by_hand=ended.by_hand,
            )
            stage.shown.append(Shown(new, status.plan, None, entries))
            yield _Settled("", ended)
    except ShopLocked:
        raise
    except BulkOrdersError as error:
        if isinstance(error, StorageError | ShopifyError):
            raise
        new = failed(new, error)
    _hold_open(stage, path, work, f"its outcome of {kept.folder.name} is unknown: bulk-orders verify {path} --settle.")
    stage.night = stage.night.with_part(new)


def _gained(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What this night added to an earlier one's outcomes; what nobody knows still counts as a whole."""
    return {name: n if name == "unknown" else max(0, n - before.get(name, 0)) for name, n in after.items()}


def _six(outcomes: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in outcomes.items() if name != "left"}


def _hold_open(stage: Stage, path: Path, work: Work, reason: str) -> None:
    """Orders whose last change may still be on its way, or of which nobody knows, are left alone tonight."""
    try:
        status = run_status(path, work.settings)
    except BulkOrdersError:
        return  # the plan cannot be read, which has been told
    certain = {State.PENDING, State.APPLIED, State.ALREADY, State.DRIFTED, State.REFUSED, State.NOT_ATTEMPTED}
    for change in status.plan.changes:
        if status.entries[change.id].state not in certain or (status.state == "interrupted"):
            stage.held[change.order] = reason


# --- sheets -----------------------------------------------------------------------------------------------------------


def _sheets(pattern: str, work: Work, stage: Stage, before: list[Kept], handle: str) -> list[tuple[Path, Part]]:
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
            f"The sheet {source} is {hours:.0f} hours old, and is not acted on after {oldest:g}.",
            fix="See to whatever writes it; or change sheet.oldest in the policy.",
        )


def _of_path(before: list[Kept], pattern: str) -> Iterator[tuple[date, Path, Part]]:
    """The sheets of this path in earlier nights: their dates, their copies, what became of them."""
    for kept in before:
        for part in kept.night.parts:
            if kept.night.state != TRIAL and part.kind == SHEET and part.source == pattern and part.day:
                yield date.fromisoformat(part.day), kept.folder / part.name, part


def _done(before: list[Kept], pattern: str) -> frozenset[date]:
    return frozenset(day for day, _, part in _of_path(before, pattern) if part.done and not part.dropped)


def _first_tried(before: list[Kept], pattern: str) -> date | None:
    """The date of the first night of this path: what lies before it nobody has missed."""
    return min((date.fromisoformat(part.day) for _, _, part in _of_path(before, pattern) if part.day), default=None)


def _named(sheet: Path, work: Work) -> Named:
    try:
        return named_in(sheet, work)
    except SheetInvalid:
        return NOBODY


async def _through(
    work: Work, stage: Stage, shop: Shop, sheets: list[tuple[Path, Part]], done: list[tuple[date, Path]]
) -> AsyncIterator[Event]:
    """Plan and apply each sheet. What a newer one speaks for, of this night or `done` before, an older one leaves."""
    for number, (_, part) in enumerate(sheets):
        if work.stop.soon:
            return
        yield Step(_iso(work.clock.now()), stage.night.shop, f"Planning {part.name} ...")
        try:
            later = _spoken_for([path for path, _ in sheets[number + 1 :]], work)
            for day, path in done:
                if part.day and day.isoformat() > part.day and path.is_file():
                    later = later.plus(_named(path, work))
            planned, shown = await plan_part(work, stage, shop, part, later=later)
        except ShopLocked:
            raise
        except BulkOrdersError as error:
            if isinstance(error, StorageError | ShopifyError):
                raise
            stage.night = stage.night.with_part(failed(part, error))
            continue
        async for event in _apply(work, stage, planned, shown):
            yield event


def _spoken_for(sheets: list[Path], work: Work) -> Named:
    named = NOBODY
    for sheet in sheets:
        try:
            named = named.plus(named_in(sheet, work))
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

    yield Step(_iso(work.clock.now()), stage.night.shop, "Reading the orders that the rules are about ...")
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


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
