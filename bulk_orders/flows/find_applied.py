"""Which plan an undo is about: the file that was named, its id, or the plan that stood there before it was replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bulk_orders.core.history import Past
from bulk_orders.flows.begin_run import load_plan
from bulk_orders.settings import Settings
from bulk_orders.storage.history import read_history
from bulk_orders.storage.journal import Journal, journal_path
from bulk_orders.storage.kept_plans import copy_of, named


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan to undo. `name` is what commands call it, `beside` the file that it had, `told` why it is this one."""

    path: Path
    name: str
    beside: Path
    told: str = ""


def find_applied(plan: Path, settings: Settings) -> Applied:
    """The applied plan that is meant. Where none is found it is the file itself, which is refused as it is read."""
    kept = named(plan, settings.home)
    if kept != plan:
        past = next(past for past in read_history(settings.home) if copy_of(past.path) == kept)
        return Applied(kept, past.plan_id, _place(past, plan))
    before = None if plan.exists() and _begun(plan, settings) else _stood_at(plan, settings)
    if before is None:
        return Applied(plan, plan.name, plan)
    now = "is a newer plan, which was never applied" if plan.exists() else "is not there any more"
    at = f", applied {before.started_at:%Y-%m-%d %H:%M} UTC" if before.started_at else ""
    told = f"{plan.name} {now}: this is about the plan that was in it before, {before.plan_id}{at}."
    return Applied(copy_of(before.path), before.plan_id, plan, told)


def _place(past: Past, plan: Path) -> Path:
    """The file that a plan had, for names beside it; here, where that folder is no longer there."""
    file = Path(past.plan) if past.plan else plan.with_suffix(".plan")
    return file if file.parent.is_dir() else Path(file.name)


def _begun(plan: Path, settings: Settings) -> bool:
    read = load_plan(plan)
    journal = Journal.read(journal_path(settings.home, read.plan_id), plan_id=read.plan_id, digest=read.digest)
    return journal is not None and journal.started


def _stood_at(plan: Path, settings: Settings) -> Past | None:
    """The last plan that was applied from this file and is kept."""
    for past in read_history(settings.home):
        if past.plan == str(plan.absolute()) and past.state != "pending" and copy_of(past.path).is_file():
            return past
    return None
