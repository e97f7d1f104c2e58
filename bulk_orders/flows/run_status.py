"""Status: a plan and its journal, read offline, without taking the lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bulk_orders.core.plan import Plan
from bulk_orders.core.results import Entry, last_failure, standing
from bulk_orders.core.taken_back import TakenBack
from bulk_orders.flows.begin_run import load_plan
from bulk_orders.flows.taking_back import undone
from bulk_orders.settings import Settings
from bulk_orders.storage.journal import PATIENCE, Journal, journal_path
from bulk_orders.storage.lock import ShopLock


@dataclass(frozen=True, slots=True)
class Status:
    """Where a plan stands. `state` is pending, running, interrupted or finished."""

    plan: Plan
    state: str
    outcomes: dict[str, int]
    last_error: str | None
    entries: dict[str, Entry]
    undone: dict[str, TakenBack] = field(default_factory=dict)
    """What undo plans have made of its changes, by id."""
    retired: bool = False
    """An undo was applied to it, so it is not gone on with."""


def run_status(path: Path, settings: Settings, *, patience: float = PATIENCE) -> Status:
    """Read where the plan stands; `patience`: seconds to wait for a commit of its run that is under way."""
    plan = load_plan(path)
    holder = ShopLock(settings.home, plan.shop.domain).holder()
    kept = journal_path(settings.home, plan.plan_id)
    journal = Journal.read(kept, plan_id=plan.plan_id, digest=plan.digest, patience=patience)
    entries = journal.entries if journal else {change.id: Entry(change.id) for change in plan.changes}
    last_error = (journal.last_error if journal else None) or last_failure(entries.values())
    taken_back = undone(journal, settings.home) if journal else {}
    retired = journal is not None and journal.retired is not None
    return Status(plan, _state(journal, holder), standing(entries.values()), last_error, entries, taken_back, retired)


def _state(journal: Journal | None, holder: int | None) -> str:
    if journal is None:
        return "pending"
    if holder is not None and journal.running_pid == holder:
        return "running"
    if not journal.started:
        return "pending"
    return "interrupted" if journal.unfinished else "finished"
