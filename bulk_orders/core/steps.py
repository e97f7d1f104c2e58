"""One edited order against the live one: the steps to take, or why the order is left alone.

All or nothing per order: when one thing that its rows ask for is blocked or in conflict, nothing of it is done, so
that nobody finds half of what they asked for. Each step is judged in the state that the steps before it leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Blocked, Change, Conflict, Obstacle
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.scopes import missing


@dataclass(frozen=True, slots=True)
class OrderSteps:
    """What is to happen to one order. With anything blocked or in conflict there are no changes."""

    changes: tuple[Change, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def steps(edits: OrderEdits, order: Order, preferences: Preferences) -> OrderSteps:
    """Judge every action that the edits ask for, in the order in which they would run."""
    blocked = list(_untouchable(edits, order))
    conflicts: list[Conflict] = []
    changes: list[Change] = []
    state, stood, taken = order, [order], [""]
    for action in REGISTRY.values():
        for wanted in action.wanted(edits, state if action.after_steps else order, preferences):
            if isinstance(wanted, Blocked):
                blocked.append(wanted)
                continue
            if isinstance(wanted, Conflict):
                conflicts.append(wanted)
                continue
            if all(action.satisfied_by(wanted, each) for each in stood):
                continue  # so from the beginning, and no step in between changes it
            obstacle = (
                _denied(wanted, preferences)
                or action.blocked_by(wanted, state)
                or preferences.protect.obstacle(wanted, order, preferences.now)
                or _protected_by_then(wanted, state, preferences)
            )
            if obstacle:
                blocked.append(Blocked(order.id, order.name, wanted.row, wanted.action, obstacle.reason, obstacle.fix))
            else:
                if action.satisfied_by(wanted, state):
                    wanted = replace(wanted, warnings=(*wanted.warnings, _by_then(wanted, stood, taken)))
                fingerprint = dict(action.depends_on(wanted, state))
                changes.append(replace(wanted, fingerprint=fingerprint, points=action.points))
            # after what is blocked too, so that a later step is not blamed for what this one lacks
            state = action.after(wanted, state)
            stood.append(state)
            taken.append(action.name)
    if blocked or conflicts:
        return OrderSteps((), tuple(blocked), tuple(conflicts))
    return OrderSteps(tuple(changes))


def _protected_by_then(wanted: Change, state: Order, preferences: Preferences) -> Obstacle | None:
    """A row that protects an order and acts on it contradicts itself: apply would stop half-way through."""
    found = preferences.protect.obstacle(wanted, state, preferences.now)
    if found is None:
        return None
    reason = f"{found.reason.rstrip('.')} by then: another cell of the row brings that about."
    return Obstacle(reason, "Take one of the two out of the row, or plan with --allow-protected.")


def _by_then(wanted: Change, stood: list[Order], taken: list[str]) -> str:
    """Which of the steps before brings about what is wanted: the one after which it is so, and stays so."""
    action = REGISTRY[wanted.action]
    last_not = max(at for at, state in enumerate(stood) if not action.satisfied_by(wanted, state))
    what = taken[last_not + 1].replace("_", " ")
    return f"The step before it ({what}) does that as well: nothing will be left to do."


def reading(orders: Iterable[OrderEdits], preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
    """What must and what should be read of the edited orders to judge them all."""
    must: frozenset[Facet] = frozenset()
    may: frozenset[Facet] = frozenset()
    for edits in orders:
        for action in REGISTRY.values():
            needed, helpful = action.reads(edits, preferences)
            must, may = must | needed, may | helpful
    return must | preferences.protect.facets, may


def _denied(change: Change, preferences: Preferences) -> Obstacle | None:
    scope = missing(change.action, preferences.scopes)
    if scope is None:
        return None
    what = change.action.replace("_", " ")
    return Obstacle(f"The app may not {what}: it lacks the scope {scope}.", "Give it that scope, and install it again.")


def _untouchable(edits: OrderEdits, order: Order) -> Iterator[Blocked]:
    for edit in edits.read_only():
        was = "an empty cell" if edit.base is None else f"{_short(edit.base)!r}"
        yield Blocked(
            order.id,
            order.name,
            edit.row,
            None,
            f"{edit.column} cannot be changed through a sheet (now {_short(edit.sheet)!r}).",
            f"Put back {was}, or export again.",
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
