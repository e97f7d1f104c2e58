"""What an undo means to the plan that it takes back.

That plan's journal knows of it before the undo sends anything, change by change, and again when a run of the undo has
ended; what came of it in between stands in the undo's own journal. So no second undo takes back what people did after
the first, and a plan that was stopped half-way and undone is never gone on with.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bulk_orders.core.plan import Plan
from bulk_orders.core.results import DONE, OPEN, Entry, State
from bulk_orders.core.taken_back import Standing, TakenBack, Trace, called, taken_back
from bulk_orders.errors import PlanDamaged, PlanRefused, PlanUndone, PlanUsedUp
from bulk_orders.storage.journal import Journal, journal_path

_UNSEEN = OPEN | {State.PENDING}


def undone(journal: Journal, home: Path) -> dict[str, TakenBack]:
    """Which changes of a journal's plan were taken back, or are being taken back, by id."""
    return taken_back(_as_it_stands(journal.traces, home))


def _as_it_stands(traces: Iterable[Trace], home: Path) -> Iterator[Trace]:
    """The traces, with what the journals of the undo plans have come to since they were noted."""
    found = list(traces)
    for plan_id in dict.fromkeys(trace.plan for trace in found):
        theirs = _read(home, plan_id)
        again = undone(theirs, home) if theirs else {}
        for trace in found:
            if trace.plan == plan_id:
                yield _known_now(trace, theirs, again)


def _known_now(trace: Trace, theirs: Journal | None, again: Mapping[str, TakenBack]) -> Trace:
    if not trace.undoing:
        return trace
    if theirs is None or trace.undoing not in theirs.entries:
        return replace(trace, state=State.UNKNOWN) if trace.state in _UNSEEN else trace
    by = again.get(trace.undoing)
    done_again = by.by if by and by.standing is Standing.DONE else None
    return replace(trace, state=theirs.entries[trace.undoing].state, again=done_again)


def _read(home: Path, plan_id: str) -> Journal | None:
    """None where there is none, or none that can be trusted."""
    try:
        return Journal.read(journal_path(home, plan_id), plan_id=plan_id, digest=None)
    except PlanRefused:
        return None


# --- before anything is sent ------------------------------------------------------------------------------------------


def refuse_undone(journal: Journal) -> None:
    """A plan that an undo was applied to is not applied any more, whatever of it is left."""
    first = journal.retired
    if first is None:
        return
    when = f"{datetime.fromisoformat(first.at):%Y-%m-%d %H:%M} UTC"
    waiting = any(entry.state in OPEN | {State.UNKNOWN} for entry in journal.entries.values())
    learn = " What it was doing when it stopped is learned by: bulk-orders verify PLAN --settle" if waiting else ""
    raise PlanUndone(
        f"This plan was taken back by {first.called} at {when}, so it is not applied any more.",
        fix=f"To do it after all, plan the sheet again. bulk-orders status shows what became of it.{learn}",
    )


def check_undo(plan: Plan, journal: Journal, home: Path) -> tuple[str, ...]:
    """Notices about an undo that is to be applied; PlanRefused where it may not be (any more)."""
    if plan.undoes is None:
        return ()
    meant = called(plan.undoes, plan.undoes_name)
    theirs = _journal_to_undo(plan.undoes, meant, home)
    if theirs is None:
        if journal.started:
            return ()
        raise PlanRefused(
            f"The journal of {meant}, which this plan takes back, is not in the state folder here, so it could not be "
            "noted that it was taken back.",
            where=str(home),
            fix="Apply the undo where the plan was applied.",
        )
    wanted = {change.undoes for change in plan.changes}
    others = [by for change, by in undone(theirs, home).items() if change in wanted and by.plan != plan.plan_id]
    if others:
        have = "has" if len(others) == 1 else "have"
        some = (
            "The change that this plan takes back has"
            if len(wanted) == 1
            else f"{len(others)} of the {len(wanted)} changes that this plan takes back {have}"
        )
        raise PlanUsedUp(
            f"{some} had that since it was made. {others[0].told()}",
            fix="Plan the undo again: it takes back only what is left.",
        )
    went_on = theirs.last_began and theirs.last_began > datetime.fromisoformat(plan.made_at)
    if went_on and not journal.started:
        return (f"{meant} went on after this undo was planned; what it did since is not taken back by it.",)
    return ()


def _journal_to_undo(plan_id: str, meant: str, home: Path) -> Journal | None:
    try:
        return Journal.read(journal_path(home, plan_id), plan_id=plan_id, digest=None)
    except PlanDamaged as error:
        raise PlanDamaged(
            f"The journal of {meant} is damaged, so it could not be noted that it was taken back.",
            where=error.where,
            fix="Take it back by hand, or with a sheet.",
        ) from error


def begin_undo(plan: Plan, path: Path, home: Path, now: datetime) -> None:
    """Note in the journal of the plan that is undone what this undo is about to do, and retire what it had left.

    For the holder of the shop's lock.
    """
    with _theirs(plan, home) as journal:
        if journal is None:
            return
        at = now.isoformat(timespec="milliseconds")
        known = {(trace.change, trace.undoing) for trace in journal.traces if trace.plan == plan.plan_id}
        new = [trace for trace in _traces(plan, path.name, at) if (trace.change, trace.undoing) not in known]
        reason = f"Not sent any more: {called(plan.plan_id, path.name)} took the plan back."
        left = [e for e in journal.entries.values() if e.state is State.PENDING]
        retired = [replace(entry, state=State.NOT_ATTEMPTED, reason=reason) for entry in left]
        if new or retired:
            journal.trace(new, retired, ended=now)


def _traces(plan: Plan, name: str, at: str) -> Iterator[Trace]:
    for change in plan.changes:
        if change.undoes:
            yield Trace(change.undoes, plan.plan_id, change.id, State.PENDING, at, name)
    for back in plan.back:
        if back.plan is None:
            yield Trace(back.change, plan.plan_id, "", State.ALREADY, at, name)


# --- after a run of it ------------------------------------------------------------------------------------------------


def note_undo(plan: Plan, entries: Mapping[str, Entry], home: Path, now: datetime) -> None:
    """Note in the journal of the plan that is undone how far this undo has come."""
    with _theirs(plan, home) as journal:
        if journal is None:
            return
        at = now.isoformat(timespec="milliseconds")
        mine = [trace for trace in journal.traces if trace.plan == plan.plan_id and trace.undoing in entries]
        moved = [trace for trace in mine if entries[trace.undoing].state is not trace.state]
        if moved:
            journal.trace([replace(trace, state=entries[trace.undoing].state, at=at) for trace in moved])


@contextlib.contextmanager
def _theirs(plan: Plan, home: Path) -> Iterator[Journal | None]:
    journal = Journal.begun(journal_path(home, plan.undoes), plan_id=plan.undoes) if plan.undoes else None
    if journal is None:
        yield None
        return
    with contextlib.closing(journal):
        yield journal


def told_of(entries: Mapping[str, Entry], undone_: Mapping[str, TakenBack]) -> dict[str, Entry]:
    """The entries as a results sheet tells them: what was taken back says so beside its outcome."""
    told = dict(entries)
    for change, by in undone_.items():
        entry = told.get(change)
        if entry is not None and entry.state in DONE:
            told[change] = replace(entry, reason=" ".join(filter(None, (entry.reason, by.told()))))
    return told
