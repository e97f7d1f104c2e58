"""A night whose record cannot be read, made anew from the journals of the plans that it began.

What it began has to be gone on with, and counts towards the limits of its date; what waited, was blocked or went wrong
nobody knows any more, and the record says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from bulk_orders.core.divide import Spent
from bulk_orders.core.history import Past
from bulk_orders.core.nights import RULES, RUNNING, SHEET, Part
from bulk_orders.core.policy import sheet_path
from bulk_orders.errors import BulkOrdersError
from bulk_orders.flows.begin_run import load_plan
from bulk_orders.storage.history import read_history
from bulk_orders.storage.kept_plans import copy_of
from bulk_orders.storage.nights import Kept

_SAID = (
    "The record of this night could not be read; this one was made anew from the journals of its plans. What waited, "
    "was left alone or went wrong is not in it."
)


def recovered(kept: Kept, pattern: str | None, handle: str, home: Path) -> Kept:
    """The night as one that died, with a part for each plan in its folder that was begun."""
    begun = [past for past in read_history(home) if past.plan and Path(past.plan).parent == kept.folder]
    day = date.fromisoformat(kept.night.day)
    parts = tuple(_part(past, day, pattern, handle) for past in reversed(begun))
    night = replace(kept.night, state=RUNNING, exit_code=None, error=None, parts=parts, notices=(_SAID,))
    return replace(kept, night=night)


def _part(past: Past, day: date, pattern: str | None, handle: str) -> Part:
    plan = Path(past.plan or "")
    name = Path(past.sheet).name if past.sheet else plan.with_suffix(".csv").name
    if plan.stem == "rules":
        part = Part(RULES, name, "the policy's rules")
    elif pattern is not None and Path(sheet_path(pattern, day, handle)).name == name:
        part = Part(SHEET, name, pattern, day.isoformat())
    else:
        part = Part(SHEET, name)
    return replace(part, plan=plan.name, plan_id=past.plan_id, spent=_spent(past))


def _spent(past: Past) -> Mapping[str, Any]:
    """What its plan let run; nothing where neither the plan nor its copy can be read."""
    for path in (Path(past.plan or ""), copy_of(past.path)):
        try:
            return Spent().plus(load_plan(path).changes).document()
        except BulkOrdersError:
            continue
    return {}
