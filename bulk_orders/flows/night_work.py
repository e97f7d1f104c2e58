"""What one night works with, and its steps: plan a sheet, divide it, write the parts, apply what may run.

Each part goes through the very corridor that a person's sheet goes through (make_plan, apply_plan); nothing is sent
from here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from bulk_orders.clock import Clock
from bulk_orders.core.changes import Change
from bulk_orders.core.divide import Division, Spent, divide
from bulk_orders.core.events import Event, Summary
from bulk_orders.core.guard import Guard, Limits
from bulk_orders.core.names import bare_name
from bulk_orders.core.nights import Night, Part, Shown
from bulk_orders.core.plan import Plan, sums
from bulk_orders.core.policy import Policy, together
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.reading import Reading
from bulk_orders.core.results import DONE, Entry
from bulk_orders.core.sheet import ORDER
from bulk_orders.errors import BulkOrdersError, SheetInvalid
from bulk_orders.flows.apply_plan import apply_plan
from bulk_orders.flows.begin_run import begin_run
from bulk_orders.flows.check_sheet import check_sheet, rows_of
from bulk_orders.flows.make_plan import make_plan
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.stop import Stop
from bulk_orders.settings import Settings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.atomic import write_text
from bulk_orders.storage.nights import keep_sheet
from bulk_orders.storage.planfile import write_plan


@dataclass(frozen=True, slots=True)
class Work:
    """What a night needs. `new_id` makes the ids of plans, `report` the HTML of one; `trial` applies nothing."""

    settings: Settings
    policy: Policy
    clock: Clock
    new_id: Callable[[], str]
    report: Callable[[Plan, Path], str]
    tool: str
    stop: Stop = field(default_factory=Stop)
    transport: httpx.AsyncBaseTransport | None = None
    trial: bool = False

    @property
    def reading(self) -> Reading:
        """How the policy says that the sheet is to be read."""
        manners = self.policy.sheet
        return Reading(manners.encoding, manners.locale, manners.date_format, manners.tab, self.settings.requests)

    @property
    def preferences(self) -> Preferences:
        """How the policy says that doubtful cells are to be taken."""
        manners, settings = self.policy.sheet, self.settings
        return Preferences(
            settings.cancel,
            two_way=manners.two_way,
            on_conflict=manners.on_conflict,
            allow_delivered=manners.allow_delivered,
            all_holds=manners.all_holds,
            allow_second_refund=manners.allow_second_refund,
        )

    def shop(self) -> Shop:
        return Shop(self.settings, self.clock, self.transport)


@dataclass(slots=True)
class Stage:
    """Where a night stands while it runs: its folder, its record, and what its report will be made of."""

    folder: Path
    night: Night
    earlier: Spent = field(default_factory=Spent)
    """What earlier runs of the same date have let run."""
    shut: str | None = None
    """Why nothing may run now, if nothing may."""
    held: dict[str, str] = field(default_factory=dict)
    """Orders (gids) that nothing may be done to, with the reason."""
    shown: list[Shown] = field(default_factory=list)

    @property
    def spent(self) -> Spent:
        return self.earlier.with_(self.night.spent())


@dataclass(frozen=True, slots=True)
class Named:
    """The orders that a sheet speaks of: by the digits of their ids, and by name."""

    ids: frozenset[str]
    names: frozenset[str]

    def has(self, change: Change) -> bool:
        return change.order.rsplit("/", 1)[-1] in self.ids or bare_name(change.name) in self.names

    def plus(self, other: Named) -> Named:
        return Named(self.ids | other.ids, self.names | other.names)


NOBODY = Named(frozenset(), frozenset())


def named_in(sheet: Path, work: Work) -> Named:
    """The orders of a sheet; SheetInvalid where it cannot be read."""
    return _named(check_sheet(sheet, work.settings.home, work.reading).sheet.frame)


def named_at_least(sheet: Path, work: Work) -> Named:
    """The orders of a sheet that may have problems: those that can be read in it are its own all the same."""
    try:
        return _named(rows_of(sheet, work.reading).frame)
    except SheetInvalid:
        return NOBODY


def _named(frame: pl.DataFrame) -> Named:
    ids = frozenset(frame[ORDER].drop_nulls())
    names = frame["Name"].drop_nulls().str.strip_chars() if "Name" in frame.columns else pl.Series([], dtype=pl.String)
    return Named(ids, frozenset(map(bare_name, names)))


async def plan_part(
    work: Work, stage: Stage, shop: Shop, part: Part, held: Mapping[str, str] | None = None, later: Named = NOBODY
) -> tuple[Part, Shown]:
    """Plan the sheet `part.name`.csv (or its own ending) of the night's folder, divide it, write what comes of it.

    Orders of `later` sheets are theirs; `held` are left alone besides those of the stage.
    """
    sheet, lifted = stage.folder / part.name, work.settings.guard.limits.allow_fill_down
    plan = await make_plan(
        sheet,
        shop,
        home=work.settings.home,
        preferences=work.preferences,
        clock=work.clock,
        plan_id=work.new_id(),
        tool=work.tool,
        guard=Guard(Limits(allow_fill_down=lifted), together(work.policy.protect, work.settings.guard.protect)),
        reading=work.reading,
    )
    left = {**stage.held, **(held or {})}
    left |= {change.order: "a newer sheet of this night speaks for it." for change in plan.changes if later.has(change)}
    division = divide(
        plan,
        work.policy,
        spent=stage.spent,
        settings=work.settings.guard,
        ids=(work.new_id(), work.new_id()),
        held=left,
        shut=_TRIAL if work.trial else stage.shut,
    )
    own, waiting = _write(work, stage, sheet, division)
    return _told(part, plan, division, own, waiting), Shown(part, plan, division)


_TRIAL = "the policy lets it run; this is a dry run."


def _write(work: Work, stage: Stage, sheet: Path, division: Division) -> tuple[str | None, str | None]:
    """The plan that runs, beside the sheet; the plan that waits, with a sheet of its own beside it."""
    own = waiting = None
    if division.own.changes:
        path = sheet.with_suffix(".plan")
        _write_plan(work, division.own, path)
        own = path.name
    if division.waiting.changes:
        copy = stage.folder / "waiting" / sheet.name
        keep_sheet(sheet, copy)
        path = copy.with_suffix(".plan")
        _write_plan(work, replace(division.waiting, sheet=replace(division.waiting.sheet, path=str(copy))), path)
        waiting = f"waiting/{path.name}"
    return own, waiting


def _write_plan(work: Work, plan: Plan, path: Path) -> None:
    write_text(path.with_name(f"{path.name}.html"), work.report(plan, path))
    write_plan(path, plan)


def _told(part: Part, plan: Plan, division: Division, own: str | None, waiting: str | None) -> Part:
    return replace(
        part,
        rows=plan.sheet.rows,
        sha256=plan.sheet.sha256,
        counts={action: number for action, number in plan.counts().items() if number and action != "blocked"},
        plan=own,
        plan_id=division.own.plan_id if own else None,
        waiting=waiting,
        waiting_changes=len(division.waiting.changes),
        waiting_orders=division.waits,
        reported=len(division.reported),
        blocked=len(plan.blocked),
        conflicts=len(plan.conflicts),
        spent=Spent().plus(division.own.changes).document(),
        over=division.over,
        reasons=_counted(division.why.values()),
        notices=tuple(notice.what for notice in plan.notices),
        exit_code=3 if division.over else 0,
    )


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason in reasons:
        found[reason] = found.get(reason, 0) + 1
    return dict(sorted(found.items(), key=lambda each: -each[1]))


async def apply_part(work: Work, folder: Path, part: Part) -> AsyncIterator[Event]:
    """Apply the plan of a part; the last event is its Summary."""
    assert part.plan is not None
    stop = Stop()
    before = work.stop.on_request
    work.stop.on_request = lambda: stop.request(by_person=True)
    try:
        with begin_run(folder / part.plan, work.settings, work.clock) as run:
            async for event in apply_plan(run, work.settings, work.clock, stop=stop, transport=work.transport):
                yield event
    finally:
        work.stop.on_request = before


def after_run(part: Part, summary: Summary, settings: Settings, folder: Path) -> tuple[Part, Mapping[str, Entry]]:
    """The part with what became of it, and the journal's entries by change."""
    assert part.plan is not None
    status = run_status(folder / part.plan, settings)
    done = {e.id for e in status.entries.values() if e.state in DONE}
    refunds = [change.refund for change in status.plan.changes if change.id in done]
    told = replace(
        part,
        outcomes=dict(summary.outcomes),
        refunds=tuple({"amount": str(money.amount), "currency": money.currency} for money in sums(refunds)),
        results=Path(summary.results).name if summary.results else None,
        exit_code=summary.exit_code or part.exit_code,
        error=summary.error,
        by_hand=len(summary.by_hand),
        notices=tuple(dict.fromkeys((*part.notices, *summary.notices))),
    )
    return told, status.entries


def failed(part: Part, error: BulkOrdersError) -> Part:
    """The part with what went wrong."""
    return replace(part, exit_code=error.exit_code, error=error_document(error))


def error_document(error: BulkOrdersError) -> dict[str, Any]:
    """An error as the night's line has it."""
    return {
        "code": error.code,
        "exit_code": error.exit_code,
        "what": error.what,
        "where": error.where,
        "fix": error.fix,
    }


def iso(moment: datetime) -> str:
    """A moment as the night's line has it."""
    return moment.isoformat(timespec="seconds")
