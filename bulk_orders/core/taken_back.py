"""What of a plan was taken back by its undo, change by change: what keeps a second undo off what people did since.

The journal of a plan keeps a Trace for every change that an undo plan is applied to take back, from before the first
request of that undo. Data without clock or disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bulk_orders.core.results import DONE, OPEN, State


@dataclass(frozen=True, slots=True)
class Trace:
    """One change of an undo plan, as the journal of the plan that it takes back knows it.

    `change` is the id of the change that is taken back, `undoing` that of the undo's own change; empty where the undo
    found it to be back already. `state` is how the undo's change stands, `at` (ISO 8601 UTC) when that was noted.
    """

    change: str
    plan: str
    undoing: str
    state: State
    at: str
    name: str = ""
    """The file name of the undo plan, for people."""
    again: str | None = None
    """The plan that has taken the undo back in its turn, as people call it; learned when it is asked for."""

    @property
    def called(self) -> str:
        """The undo plan, as people know it: its file and its id."""
        return called(self.plan, self.name)


def called(plan_id: str, name: str) -> str:
    """A plan as people know it: `orders.undo.plan (1a2b-3c4d)`."""
    return f"{name} ({plan_id})" if name and name != plan_id else f"plan {plan_id}"


class Standing(Enum):
    """How far a change has been taken back."""

    DONE = "done"
    HALF = "half"
    """Of the several things that take it back, some were done and some failed."""
    UNDER_WAY = "under_way"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A change that was taken back, or is being taken back. `by` is the undo plan as people know it."""

    standing: Standing
    plan: str
    by: str
    at: str
    again: str | None = None
    file: str = "UNDOPLAN"
    """The undo plan's file name, for a command."""

    def told(self) -> str:
        """In a sentence."""
        when = f"{datetime.fromisoformat(self.at):%Y-%m-%d %H:%M} UTC"
        if self.standing is Standing.DONE and self.again:
            return f"Undone by {self.by} at {when}; {self.again} has done it again."
        return {
            Standing.DONE: f"Undone by {self.by} at {when}.",
            Standing.HALF: f"Undone in part by {self.by} at {when}; the rest failed.",
            Standing.UNDER_WAY: f"{self.by} was begun at {when} to undo it, and is not done.",
            Standing.UNSURE: f"{self.by} was sent at {when} to undo it; whether it did is not known.",
        }[self.standing]


def taken_back(traces: Iterable[Trace]) -> dict[str, TakenBack]:
    """How the changes of a plan stand, by id; those that no undo has taken back are not in it."""
    by_change: dict[str, dict[str, list[Trace]]] = {}
    for trace in traces:
        by_change.setdefault(trace.change, {}).setdefault(trace.plan, []).append(trace)
    found = {}
    for change, plans in by_change.items():
        judged = [each for each in map(_judged, plans.values()) if each]
        if judged:
            found[change] = max(judged, key=lambda each: each.at)
    return found


def _judged(traces: list[Trace]) -> TakenBack | None:
    """What one undo plan has made of a change; None where it has not touched it."""
    states = {trace.state for trace in traces}
    last = max(traces, key=lambda trace: trace.at)
    again = next((trace.again for trace in traces if trace.again), None)
    if states <= DONE:
        standing = Standing.DONE
    elif states & (OPEN | {State.PENDING}):
        standing = Standing.UNDER_WAY
    elif State.UNKNOWN in states:
        standing = Standing.UNSURE
    elif states & DONE:
        standing = Standing.HALF
    else:
        return None
    return TakenBack(standing, last.plan, last.called, last.at, again, last.name or "UNDOPLAN")


def by_plan(found: Mapping[str, TakenBack]) -> list[tuple[TakenBack, int]]:
    """The same added up: each undo plan and how it stands, with the number of changes."""
    groups: dict[tuple[str, Standing], tuple[TakenBack, int]] = {}
    for each in found.values():
        first, number = groups.get((each.plan, each.standing), (each, 0))
        groups[each.plan, each.standing] = first, number + 1
    return list(groups.values())
