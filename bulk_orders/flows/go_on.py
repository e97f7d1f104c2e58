"""Going on with the plans of nights that did not come to their end, before a new night plans anything.

A plan that was begun is applied to its end; one that was never begun is dropped, since what it knew is old; one with
unknown outcomes is read again, and its orders are left alone until somebody knows. A plan whose file was damaged
since is gone on with from the copy that was kept when it was begun.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from bulk_orders.core.events import Event, Step, Summary
from bulk_orders.core.nights import CONTINUED, INTERRUPTED, RUNNING, Part, Shown
from bulk_orders.core.results import State
from bulk_orders.errors import BulkOrdersError, Misused, PlanDamaged, ShopifyError, ShopLocked, StorageError
from bulk_orders.flows.begin_run import load_plan
from bulk_orders.flows.night_work import Stage, Work, after_run, apply_part, failed, iso
from bulk_orders.flows.run_status import run_status
from bulk_orders.storage.journal import journal_path
from bulk_orders.storage.kept_plans import copy_of
from bulk_orders.storage.nights import Kept, write_night
from bulk_orders.storage.planfile import read_plan, write_document

_LOOK_BACK = timedelta(days=60)


async def go_on(work: Work, stage: Stage, before: list[Kept]) -> AsyncIterator[Event]:
    """Go on with the plans of nights that did not come to their end, oldest first, before anything new is planned."""
    for kept in before:
        if not _unsettled(kept, stage):
            continue
        night = kept.night
        for part in night.parts:
            if not part.unsettled:
                continue
            async for event in _go_on_with(work, stage, kept, part):
                if isinstance(event, _Settled):
                    night = night.with_part(event.part)
                else:
                    yield event
        if night.state == RUNNING:
            night = replace(night, state=INTERRUPTED, ended_at=night.ended_at or iso(work.clock.now()), exit_code=1)
        if not work.trial and night != kept.night:
            write_night(kept.folder, night)


def _unsettled(kept: Kept, stage: Stage) -> bool:
    night = kept.night
    if date.fromisoformat(stage.night.day) - date.fromisoformat(night.day) > _LOOK_BACK or night.trial:
        return False
    return night.state == RUNNING or any(part.unsettled for part in night.parts)


@dataclass(frozen=True, slots=True)
class _Settled(Event):
    """What has become of an earlier night's part; for this module alone."""

    part: Part


async def _go_on_with(work: Work, stage: Stage, kept: Kept, part: Part) -> AsyncIterator[Event]:
    assert part.plan is not None
    path, what = kept.folder / part.plan, f"{kept.folder.name}/{part.plan}"
    new = Part(CONTINUED, what, str(path))
    try:
        whole = _whole(path, part, work)
        if whole is None:
            yield _Settled("", replace(part, dropped=True, exit_code=0))
            return
        path = whole
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
        yield Step(iso(work.clock.now()), stage.night.shop, f"Going on with {what}, which was interrupted.")
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
            stage.night = stage.night.with_part(failed(new, error))  # something may have been done before it failed
            raise
        new = failed(new, _lost(error, path, part, work) if isinstance(error, PlanDamaged) else error)
    _hold_open(stage, path, work, f"its outcome of {kept.folder.name} is unknown: bulk-orders verify {path} --settle.")
    stage.night = stage.night.with_part(new)


def _whole(path: Path, part: Part, work: Work) -> Path | None:
    """The plan's file, put back from its copy where it is damaged or gone; None where it was never begun.

    A trial writes nothing to an earlier night: it reads the copy. PlanDamaged where that is of no use either.
    """
    try:
        load_plan(path)
    except (PlanDamaged, Misused):
        journal = journal_path(work.settings.home, part.plan_id or "")
        if not journal.exists():
            return None
        copy = copy_of(journal)
        if not copy.is_file():
            raise
        document = read_plan(copy)
        if work.trial:
            return copy
        write_document(path, document)
    return path


def _lost(error: PlanDamaged, path: Path, part: Part, work: Work) -> PlanDamaged:
    """What cannot be gone on with, and what a person does about it: no night can know when that has been done."""
    journal = journal_path(work.settings.home, part.plan_id or "")
    return PlanDamaged(
        f"{error.what} Nobody can tell from it any more what was begun, so every night ends with 5 until somebody has "
        "looked.",
        where=error.where,
        fix=f"See in {path}.html which orders it was about, and in the admin what became of them. Then move {journal} "
        "away: the next night no longer asks for it.",
    )


def _gained(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What this night added to an earlier one's outcomes; what nobody knows still counts as a whole."""
    return {name: n if name == "unknown" else max(0, n - before.get(name, 0)) for name, n in after.items()}


def _six(outcomes: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in outcomes.items() if name != "left"}


def _hold_all(stage: Stage, path: Path) -> None:
    """The journal is damaged, which has been told: nobody knows what became of any order of the plan."""
    try:
        plan = load_plan(path)
    except BulkOrdersError:
        return
    reason = f"nobody can tell what {path.parent.name} did to it: its journal is damaged."
    stage.held |= {change.order: reason for change in plan.changes}


def _hold_open(stage: Stage, path: Path, work: Work, reason: str) -> None:
    """Orders whose last change may still be on its way, or of which nobody knows, are left alone tonight."""
    try:
        status = run_status(path, work.settings)
    except PlanDamaged:
        _hold_all(stage, path)
        return
    except BulkOrdersError:
        return  # the plan cannot be read, which has been told
    certain = {State.PENDING, State.APPLIED, State.ALREADY, State.DRIFTED, State.REFUSED, State.NOT_ATTEMPTED}
    for change in status.plan.changes:
        if status.entries[change.id].state not in certain or (status.state == "interrupted"):
            stage.held[change.order] = reason
