"""A plan that takes back what another one applied, as far as Shopify lets it and nobody has touched it since.

The journal says what was applied; the live orders say what is still so. What cannot be taken back is listed with what
can be done instead. The result is a plan like any other: shown, confirmed, applied, and undone by its own undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bulk_orders.core.actions import REGISTRY, STEPS
from bulk_orders.core.changes import Blocked, Change, Obstacle
from bulk_orders.core.guard import Guard
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.plan import ROW_STATES, Plan, ShopFacts
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.problems import Notice
from bulk_orders.core.results import OPEN, Entry, State

_UNSURE = OPEN | {State.UNKNOWN}


def applied(plan: Plan, entries: Mapping[str, Entry]) -> list[Change]:
    """The changes that the plan's run is known to have made."""
    return [change for change in plan.changes if entries[change.id].state is State.APPLIED]


def reading(changes: Iterable[Change]) -> frozenset[Facet]:
    """What must be read of the orders to take these changes back."""
    facets: frozenset[Facet] = frozenset()
    for change in changes:
        action = REGISTRY[change.action]
        facets |= action.needs(change) | action.reversal_facets
        if action.reversed_by:
            facets |= REGISTRY[action.reversed_by].facets
    return facets


@dataclass(slots=True)
class _Taken:
    """What is to happen to one order, and the order as it will be after it."""

    state: Order
    changes: list[Change] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)


def build_undo(
    plan: Plan,
    entries: Mapping[str, Entry],
    live: Mapping[str, Order],
    *,
    shop: ShopFacts,
    preferences: Preferences,
    guard: Guard,
    plan_id: str,
    made_at: str,
    tool: str,
) -> Plan:
    """The plan that takes back what `entries` say `plan` applied; `live` are its orders by gid."""
    by_order: dict[str, list[Change]] = {}
    for change in applied(plan, entries):
        by_order.setdefault(change.order, []).append(change)
    changes: list[Change] = []
    blocked = list(_unsure(plan, entries))
    for gid, done in by_order.items():
        order = live.get(gid)
        taken = _gone(done) if order is None else _taken_back(done, order, preferences)
        changes += taken.changes if isinstance(taken, _Taken) else []
        blocked += taken.blocked if isinstance(taken, _Taken) else taken
    rows = _rows(plan, changes, blocked)
    return Plan(
        plan_id,
        made_at,
        shop,
        replace(plan.sheet, rows=sum(rows.values()), base=None, base_made_at=None),
        tuple(replace(change, id=f"c{number}") for number, change in enumerate(changes, 1)),
        tuple(blocked),
        (),
        rows,
        notices=tuple(_notices(entries)),
        sheet_columns=plan.sheet_columns,
        sheet_rows={row: cells for row, cells in plan.sheet_rows.items() if row in {c.row for c in changes}},
        tool=tool,
        guard=guard,
        undoes=plan.plan_id,
    )


def _taken_back(done: Sequence[Change], order: Order, preferences: Preferences) -> _Taken:
    """The reversals of one order's changes, in the order of the steps, each judged after those before it."""
    taken = _Taken(order)
    last: list[Change] = []
    for change in sorted(done, key=_turn):
        action = REGISTRY[change.action]
        if action.reversed_by and not action.still_so(change, order):
            if not _is_back(change, order, preferences):
                taken.blocked.append(_left(change, "It was changed since.", "Look at the order, and mend it by hand."))
            continue
        for made in action.reversal(change, taken.state, preferences):
            if isinstance(made, Obstacle):
                taken.blocked.append(_left(change, made.reason, made.fix))
            elif action.reversed_by == made.action:
                _judge(taken, change, made, order, preferences)
            else:
                last.append(made)
        if change.emails:
            taken.blocked.append(_left(change, "The e-mail to the customer was sent.", "Write to the customer."))
    for made in last[:1]:
        _judge(taken, made, made, order, preferences)
    return taken


def _turn(change: Change) -> int:
    back = REGISTRY[change.action].reversed_by
    return STEPS.index(back) if back else len(STEPS)


def _is_back(change: Change, order: Order, preferences: Preferences) -> bool:
    """Somebody (or an earlier undo) has taken it back already."""
    made = list(REGISTRY[change.action].reversal(change, order, preferences))
    return all(isinstance(m, Change) and REGISTRY[m.action].satisfied_by(m, order) for m in made)


def _judge(taken: _Taken, change: Change, made: Change, order: Order, preferences: Preferences) -> None:
    action = REGISTRY[made.action]
    if action.satisfied_by(made, order) and action.satisfied_by(made, taken.state):
        return
    protected = preferences.protect.obstacle(made, order, preferences.now)
    obstacle = action.blocked_by(made, taken.state) or protected
    if obstacle:
        taken.blocked.append(_left(change, obstacle.reason, obstacle.fix))
        return
    fingerprint = dict(action.depends_on(made, taken.state))
    taken.changes.append(replace(made, fingerprint=fingerprint, points=action.points))
    taken.state = action.after(made, taken.state)


def _left(change: Change, reason: str, fix: str) -> Blocked:
    return Blocked(change.order, change.name, change.row, change.action, reason, fix)


def _gone(done: Sequence[Change]) -> list[Blocked]:
    reason, fix = "The order is no longer in the shop.", "What was deleted is in its backup."
    return [_left(change, reason, fix) for change in done]


def _unsure(plan: Plan, entries: Mapping[str, Entry]) -> Iterator[Blocked]:
    for change in plan.changes:
        if entries[change.id].state in _UNSURE:
            yield _left(
                change, "Whether it was done is not known yet.", "Run bulk-orders apply with the plan again first."
            )


def _notices(entries: Mapping[str, Entry]) -> Iterator[Notice]:
    left = sum(entry.state is State.PENDING for entry in entries.values())
    if left:
        yield Notice(f"{left} changes of the plan were never sent; bulk-orders apply would go on with them.")


def _rows(plan: Plan, changes: Sequence[Change], blocked: Sequence[Blocked]) -> dict[str, int]:
    changed = {change.row for change in changes}
    left = {b.row for b in blocked} - changed
    every = {change.row for change in plan.changes}
    rows = dict.fromkeys(ROW_STATES, 0)
    return rows | {"changed": len(changed), "blocked": len(left), "unchanged": len(every - changed - left)}
