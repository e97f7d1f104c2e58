"""What became of a Change, and of a run: the six outcomes, how they add up, and what a results row says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bulk_orders.core.changes import Change
from bulk_orders.core.guard import PROTECTED


class State(StrEnum):
    """Where a Change stands in the journal (guarantees.md, journal and apply protocol)."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    APPLIED = "applied"
    ALREADY = "already"
    DRIFTED = "drifted"
    REFUSED = "refused"
    NOT_ATTEMPTED = "not_attempted"
    UNKNOWN = "unknown"


OUTCOMES = (State.APPLIED, State.ALREADY, State.DRIFTED, State.REFUSED, State.NOT_ATTEMPTED, State.UNKNOWN)
FINAL = frozenset({State.APPLIED, State.ALREADY, State.DRIFTED, State.REFUSED, State.NOT_ATTEMPTED})
"""States that nothing changes any more; an unknown one may still be settled by reading."""
OPEN = frozenset({State.SENDING, State.ACCEPTED})
DONE = frozenset({State.APPLIED, State.ALREADY})


@dataclass(frozen=True, slots=True)
class Entry:
    """A Change in the journal. Times are ISO 8601 UTC by the shop's clock; `attempt` counts the sends that may
    have been executed; those that surely were not are taken back."""

    id: str
    state: State = State.PENDING
    attempt: int = 0
    sent_at: str | None = None
    settle_until: str | None = None
    job_id: str | None = None
    """The job of a cancellation, or the place in a bulk operation (core.places)."""
    result_id: str | None = None
    reason: str | None = None
    request_id: str | None = None
    made: str | None = None
    """The gid of what the reply says was made: what proves, when it is taken back, that it was ours."""


def tally(entries: Iterable[Entry]) -> dict[str, int]:
    """The six outcomes of a run that has ended: what it left pending it did not attempt, what is open is unknown."""
    shown = {State.PENDING: State.NOT_ATTEMPTED, State.SENDING: State.UNKNOWN, State.ACCEPTED: State.UNKNOWN}
    found = Counter(shown.get(entry.state, entry.state) for entry in entries)
    return {outcome.value: found[outcome] for outcome in OUTCOMES}


def standing(entries: Iterable[Entry]) -> dict[str, int]:
    """The six outcomes and what is left: the figures of `status`."""
    found = Counter(entry.state for entry in entries)
    left = found[State.PENDING] + found[State.SENDING] + found[State.ACCEPTED]
    return {**{outcome.value: found[outcome] for outcome in OUTCOMES}, "left": left}


def unknown_orders(changes: Iterable[Change], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """The names of the orders of which an outcome is unknown, one for each: as many as the tally of the run has.

    What was in flight when a run was stopped short is unknown too.
    """
    return tuple(change.name for change in changes if entries[change.id].state in OPEN | {State.UNKNOWN})


def last_failure(entries: Iterable[Entry]) -> str | None:
    """Why the change that was sent last and did not come to a good end did not, if there is one."""
    failed = [e for e in entries if e.reason and e.state in (State.REFUSED, State.DRIFTED, State.UNKNOWN)]
    return max(failed, key=lambda entry: entry.sent_at or "").reason if failed else None


def exit_code(outcomes: Mapping[str, int], *, interrupted: bool, failed: bool) -> int:
    """The code of a finished run; where several fit: 130, then 1, then 7, then 3 (interface.md, exit codes)."""
    if interrupted:
        return 130
    if failed:
        return 1
    if outcomes["unknown"]:
        return 7
    return 3 if outcomes["refused"] or outcomes["drifted"] or outcomes["not_attempted"] else 0


_WORST = (
    State.UNKNOWN,
    State.SENDING,
    State.ACCEPTED,
    State.REFUSED,
    State.DRIFTED,
    State.NOT_ATTEMPTED,
    State.PENDING,
    State.APPLIED,
    State.ALREADY,
)
_IMPORT_RESULT = {State.APPLIED: "OK", State.ALREADY: "OK", State.NOT_ATTEMPTED: "Skipped", State.PENDING: "Skipped"}
RESULT_COLUMNS = ("Import Result", "Import Comment", "Outcome", "Reason", "Request ID", "Plan")
"""What a results sheet has beside the sheet's own columns; the last says whose results they are."""


def no_report(name: str, why: object) -> str:
    """The notice of a run whose report could not be written: it never fails for that."""
    return f"The report {name} could not be written: {why}"


def result_cells(done: Iterable[tuple[str, Entry]]) -> tuple[str, ...]:
    """The result columns of one sheet row but the last, from its changes as (action, entry): the worst decides."""
    each = list(done)
    worst = min((entry.state for _, entry in each), key=_WORST.index)
    told = {State.PENDING: State.NOT_ATTEMPTED, State.SENDING: State.UNKNOWN, State.ACCEPTED: State.UNKNOWN}
    said = [f"{action}: {told.get(entry.state, entry.state).value}" for action, entry in each]
    telling = [entry for _, entry in each if entry.state is not State.ALREADY or worst is State.ALREADY]
    reasons = dict.fromkeys(entry.reason for entry in telling if entry.reason)
    requests = dict.fromkeys(entry.request_id for _, entry in each if entry.request_id)
    return (
        _IMPORT_RESULT.get(worst, "Failed"),
        "; ".join(said),
        told.get(worst, worst).value,
        " ".join(reasons),
        " ".join(requests),
    )


_LOOK: Mapping[str, str] = {
    State.REFUSED: "Shopify refused to {what}: see the results, and do it in the admin if it is still wanted.",
    State.DRIFTED: "{what} was left out because the order had changed: look at it, and plan again.",
    PROTECTED: "{what} was left out because the order is protected: plan with --allow-protected if it is meant.",
    State.NOT_ATTEMPTED: "{what} was not tried, because a step before it failed: see to that first, then plan again.",
    State.UNKNOWN: "Whether {what} was done is not known: look at the order in the admin.",
}


def by_hand(changes: Iterable[Change], entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """What people must still do after a run, equal tasks told once with their orders."""
    tasks: dict[str, list[str]] = {}
    for change in changes:
        state = entries[change.id].state
        if state in _LOOK:
            reason = entries[change.id].reason or ""
            kind = PROTECTED if reason.startswith(PROTECTED) else state
            told = _LOOK[kind].format(what=change.action.replace("_", " "))
            tasks.setdefault(f"{told[0].upper()}{told[1:]}", []).append(change.name)
        elif state in DONE:
            for task in change.by_hand:
                tasks.setdefault(task, []).append(change.name)
    return tuple(f"{_names(names)}: {task}" for task, names in tasks.items())


def _names(names: list[str]) -> str:
    once = list(dict.fromkeys(names))
    return ", ".join(once[:5]) + (f" and {len(once) - 5} more" if len(once) > 5 else "")
