"""What has to be true before a plan may be applied: whole, this shop's, not used up, not stale, and nobody else at it.

A second run is turned away at once: until the lock is held nothing is imported that is not needed to ask for it (no
polars, no httpx, no action, no journal). Nothing here speaks to the shop.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_orders import failpoints
from bulk_orders.core.digest import refuse_unapproved
from bulk_orders.core.guard import after_colon
from bulk_orders.core.validity import VALID_FOR
from bulk_orders.errors import Misused, OverLimit, PlanRefused, PlanStale, PlanUnfinished, PlanUsedUp, WrongShop
from bulk_orders.settings import Settings, ShopAddress
from bulk_orders.storage.lock import ShopLock
from bulk_orders.storage.planfile import file_digest, looks_like_plan, read_plan

if TYPE_CHECKING:
    from bulk_orders.clock import Clock
    from bulk_orders.core.guard import Guard
    from bulk_orders.core.plan import Plan
    from bulk_orders.storage.journal import Journal

_CLOCK_SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Run:
    """A plan that may be applied now, with its journal open and its shop locked."""

    path: Path
    plan: Plan
    journal: Journal
    address: ShopAddress
    resumed: bool
    notices: tuple[str, ...]


def load_plan(path: Path) -> Plan:
    """The plan of a file, whole as it was written."""
    return _meant(read_plan(path))


def _meant(document: dict[str, Any]) -> Plan:
    from bulk_orders.core.plan_document import from_document

    return from_document(document)


def address_of(plan: Plan, settings: Settings) -> ShopAddress:
    """Where the plan's shop answers: as set, or as the plan says. Another shop is refused without a request.

    On loopback a port alone makes no other shop; who answers there is asked before anything is sent.
    """
    planned = ShopAddress.parse(plan.shop.origin)
    if settings.shop is None:
        return planned
    if settings.shop.handle != planned.handle:
        raise WrongShop(
            f"The plan is for {plan.shop.domain}; the shop that is set is {settings.shop}.",
            fix=f"Unset SHOPIFY_SHOP, or set it to {planned}.",
        )
    return settings.shop


@contextlib.contextmanager
def begin_run(path: Path, settings: Settings, clock: Clock, approved: str | None = None) -> Iterator[Run]:
    """Lock the plan's shop and open its journal, or refuse: PlanRefused and its kin, before any request.

    `approved` is the beginning of the digest of the plan that somebody has looked at.
    """
    document = read_plan(path)
    refuse_unapproved(document, approved)
    failpoints.passing("plan.loaded")
    with ShopLock(settings.home, str(document.get("shop"))):
        from bulk_orders.flows.taking_back import check_undo, refuse_undone
        from bulk_orders.storage.history import write_note
        from bulk_orders.storage.kept_plans import keep_plan

        plan = _meant(document)
        address = address_of(plan, settings)
        with _opened(plan, settings) as journal:
            refuse_undone(journal)
            _refuse_used_up(journal)
            undoing = check_undo(plan, journal, settings.home)
            resumed = journal.started
            if not resumed:
                refuse_stale(plan, clock.now())
            refuse_over_limit(plan, settings, clock.now())
            note = {"shop": plan.shop.domain, "plan": str(path.absolute()), "sheet": plan.sheet.path}
            write_note(journal.path, **note, undoes=plan.undoes)
            keep_plan(journal.path, document)
            yield Run(path, plan, journal, address, resumed, (*_sheet_notices(plan), *undoing))


@contextlib.contextmanager
def journal_of(plan: Plan, settings: Settings) -> Iterator[Journal]:
    """The journal of a plan to write into, its shop locked; ShopLocked while another process is at it."""
    with ShopLock(settings.home, plan.shop.domain), _opened(plan, settings) as journal:
        yield journal


@contextlib.contextmanager
def _opened(plan: Plan, settings: Settings) -> Iterator[Journal]:
    from bulk_orders.storage.journal import Journal, journal_path

    journal = Journal.open(
        journal_path(settings.home, plan.plan_id),
        plan_id=plan.plan_id,
        digest=plan.digest,
        change_ids=[change.id for change in plan.changes],
    )
    with contextlib.closing(journal):
        yield journal


def _refuse_used_up(journal: Journal) -> None:
    """Used up is a plan whose every change is final and whose last run came to its end.

    One that died in between, its report not written, is gone on with: it has nothing left to send.
    """
    if journal.started and journal.finished and journal.running_pid is None:
        raise PlanUsedUp(
            "This plan was applied already; a plan is used once.",
            fix="bulk-orders status shows what became of it; to do more, plan again.",
        )


def refuse_stale(plan: Plan, now: datetime) -> None:
    """A plan that was never begun is good for 24 hours."""
    age = now - datetime.fromisoformat(plan.made_at)
    if age > VALID_FOR:
        hours = int(age.total_seconds() // 3600)
        raise PlanStale(
            f"The plan is {hours} hours old; after 24 the shop may look quite different.", fix="Plan the sheet again."
        )
    if age < -_CLOCK_SLACK:
        raise PlanStale(
            "The plan was made in the future, by this machine's clock.", fix="Set the clock, or plan again."
        )


def guards(plan: Plan, settings: Settings) -> tuple[Guard, ...]:
    """What holds for the plan: what it was made under and what is set now, each with the flags over it.

    That a command in nearly every order is meant was said of this very plan when it was made, and need not be again.
    """
    given = settings.given
    if plan.guard.limits.allow_fill_down:
        given = replace(given, allow_fill_down=True)
    return plan.guard.over(given), settings.guard.over(given)


def refuse_over_limit(plan: Plan, settings: Settings, now: datetime | None) -> None:
    """OverLimit with every number and what lifts it; `now` is None while planning, when no hour is a wrong one."""
    over: dict[str, None] = {}
    for guard in guards(plan, settings):
        over |= dict.fromkeys(guard.limits.exceeded(plan.limited()))
        shut = guard.limits.blacked_out(now, plan.shop.timezone) if now else None
        over |= dict.fromkeys([f"{shut} (--ignore-blackout lifts it)."] if shut else [])
    if over:
        reasons = after_colon(over)
        raise OverLimit(
            f"The plan is over {'a limit' if len(over) == 1 else f'{len(over)} limits'}: {reasons}",
            fix="Look at the plan. If it is right, pass the flag named above to plan and to apply, or change "
            "bulk_orders.toml; if not, mend the sheet.",
        )


def _sheet_notices(plan: Plan) -> Iterator[str]:
    """A sheet that has moved or changed since changes nothing, but a person may expect otherwise."""
    if plan.undoes:
        return
    sheet = Path(plan.sheet.path)
    if not sheet.exists():
        yield f"The sheet {sheet} is no longer there; the plan is applied as it was made."
    elif file_digest(sheet) != plan.sheet.sha256:
        yield f"The sheet {sheet.name} was changed after the plan was made; the plan is applied as it was made."


def refuse_overwriting(path: Path, settings: Settings) -> str | None:
    """The id of the plan that is about to be written over, if it was applied to its end: its copy is kept.

    What is no plan is never overwritten, nor a plan whose run was begun and is not done: it is the way to go on.

    A plan of another version or a damaged one may go: nothing can be done with it any more.
    """
    if not path.parent.is_dir():
        raise Misused(f"There is no folder {path.parent}.", fix="Make it, or write the plan elsewhere with -o.")
    if not path.exists():
        return None
    if not looks_like_plan(path):
        raise Misused(
            f"{path} is there already and is no plan: it would be overwritten.", fix="Write the plan elsewhere with -o."
        )
    try:
        plan = load_plan(path)
    except PlanRefused:
        return None
    from bulk_orders.storage.journal import Journal, journal_path

    journal = Journal.read(journal_path(settings.home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    if journal is None:
        return None
    holder = ShopLock(settings.home, plan.shop.domain).holder()
    at_work = holder is not None and holder == journal.running_pid
    if at_work or (journal.started and not journal.finished):
        raise PlanUnfinished(
            f"{path.name} was begun and is not done: it would be overwritten.",
            where=str(path),
            fix=f"Go on with it: bulk-orders apply {path}. Or write the new plan elsewhere with -o.",
        )
    return plan.plan_id if journal.started else None


def was_applied(path: Path, settings: Settings) -> str | None:
    """The id of the plan in a file that was applied to its end, here; None for any other file."""
    if not path.exists() or not looks_like_plan(path):
        return None
    from bulk_orders.storage.journal import Journal, journal_path

    try:
        plan = load_plan(path)
        journal = Journal.read(journal_path(settings.home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    except PlanRefused:
        return None
    return plan.plan_id if journal is not None and journal.started and journal.finished else None
