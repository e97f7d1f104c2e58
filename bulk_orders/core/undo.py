"""A plan that takes back what another one applied, as far as Shopify lets it and nobody has touched it since.

The journal says what was applied, by which ids Shopify named what was made, and what an earlier undo has taken back;
the live orders say what is still so. What cannot be taken back is listed with what can be done instead. The result is
a plan like any other: shown, confirmed, applied, and undone by its own undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bulk_orders.core.actions import REGISTRY, STEPS
from bulk_orders.core.actions.archive import archived_again, opened_again
from bulk_orders.core.changes import Back, Blocked, Change, Obstacle
from bulk_orders.core.guard import Guard
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.plan import ROW_STATES, Plan, ShopFacts
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.problems import Notice
from bulk_orders.core.results import OPEN, Entry, State
from bulk_orders.core.taken_back import Standing, TakenBack

_PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
"""What Shopify may archive by itself once it is shipped."""


def applied(plan: Plan, entries: Mapping[str, Entry]) -> list[Change]:
    """The changes that the plan's run is known to have made, each with the id of what it made in its args."""
    return [_with_made(c, entries[c.id].made) for c in plan.changes if entries[c.id].state is State.APPLIED]


def _with_made(change: Change, made: str | None) -> Change:
    return replace(change, args={**change.args, "made": made}) if made else change


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
    back: list[Back] = field(default_factory=list)


def build_undo(
    plan: Plan,
    entries: Mapping[str, Entry],
    undone: Mapping[str, TakenBack],
    live: Mapping[str, Order],
    *,
    name: str,
    shop: ShopFacts,
    preferences: Preferences,
    guard: Guard,
    plan_id: str,
    made_at: str,
    tool: str,
) -> Plan:
    """The plan that takes back what `entries` say `plan` applied and `undone` does not say is taken back already.

    `live` are its orders by gid, `name` is the file name of the plan.
    """
    changes: list[Change] = []
    back: list[Back] = []
    blocked = [*_unsure(plan, entries, name), *_begun(plan, undone)]
    for gid, done in _by_order(applied(plan, entries)).items():
        order = live.get(gid)
        before = [change for change in done if change.id in undone]
        back += [_by_an_undo(c, undone[c.id]) for c in before if undone[c.id].standing is Standing.DONE]
        left = [change for change in done if change.id not in undone]
        if order is None:
            blocked += _gone(left)
        elif left:
            taken = _taken_back(left, order, preferences)
            changes += taken.changes
            blocked += taken.blocked
            back += taken.back
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
        notices=tuple(_notices(entries, name)),
        sheet_columns=plan.sheet_columns,
        sheet_rows={row: cells for row, cells in plan.sheet_rows.items() if row in {c.row for c in changes}},
        tool=tool,
        guard=guard,
        undoes=plan.plan_id,
        undoes_name=name,
        back=tuple(back),
    )


def _by_order(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.order, []).append(change)
    return found


def _taken_back(done: Sequence[Change], order: Order, preferences: Preferences) -> _Taken:
    """The reversals of one order's changes, in the order of the steps, each judged after those before it."""
    taken = _Taken(order)
    for change in sorted(done, key=_turn):
        action = REGISTRY[change.action]
        if action.reversed_by and not action.still_so(change, order):
            if _is_back(change, order, preferences):
                taken.back.append(_back(change, how=_BY_OTHERS))
            else:
                taken.blocked.append(_left(change, "It was changed since.", "Look at the order, and mend it by hand."))
            continue
        planned = len(taken.changes) + len(taken.blocked)
        for made in action.reversal(change, taken.state, preferences):
            if isinstance(made, Obstacle):
                taken.blocked.append(_left(change, made.reason, made.fix))
            else:
                _judge(taken, change, made, order, preferences)
        if len(taken.changes) + len(taken.blocked) == planned:
            was_so = action.satisfied_by(change, order)  # and still is: nobody has touched it
            taken.back.append(_back(change, how=_NOTHING if was_so else _BY_OTHERS))
        if change.emails:
            taken.blocked.append(_left(change, "The e-mail to the customer was sent.", "Write to the customer."))
    _shelve(taken, done, order, preferences)
    return taken


def _shelve(taken: _Taken, done: Sequence[Change], order: Order, preferences: Preferences) -> None:
    """Archived or open at the end as before the plan, unless somebody has archived or opened it since.

    Unfulfilling opens an archived order, and Shopify may archive by itself what is paid and shipped
    (shopify-api.md 4.2): what takes those back has to put that right as well.
    """
    moving = [change for change in taken.changes if change.action in {"fulfill", "unfulfill"}]
    was = next((change.args["archived"] for change in done if "archived" in change.args), None)
    if not moving or was is None or order.cancelled:
        return
    left = _left_archived(done)
    wanted = was if left in (None, order.closed) else order.closed
    cause = next(change for change in done if change.id == moving[0].undoes)
    may_be_archived = moving[-1].action == "fulfill" and order.financial_status in _PAID and not taken.state.work
    if wanted and not taken.state.closed:
        _judge(taken, cause, archived_again(taken.state, cause.row), order, preferences)
    elif not wanted and (taken.state.closed or may_be_archived):
        _judge(taken, cause, opened_again(taken.state, cause.row), order, preferences)


def _left_archived(done: Sequence[Change]) -> bool | None:
    """Whether the plan left the order archived; None where Shopify may have done so by itself."""
    ends = {"archive": True, "unarchive": False, "unfulfill": False, "fulfill": None}
    return next((ends[change.action] for change in reversed(done) if change.action in ends), None)


def _turn(change: Change) -> int:
    back = REGISTRY[change.action].reversed_by
    return STEPS.index(back) if back else len(STEPS)


def _is_back(change: Change, order: Order, preferences: Preferences) -> bool:
    """Somebody (or an earlier undo) has taken it back already."""
    made = list(REGISTRY[change.action].reversal(change, order, preferences))
    return all(isinstance(m, Change) and REGISTRY[m.action].satisfied_by(m, order) for m in made)


def _judge(taken: _Taken, change: Change, made: Change, order: Order, preferences: Preferences) -> None:
    action = REGISTRY[made.action]
    is_so = action.satisfied_by(made, order) and action.satisfied_by(made, taken.state)
    if is_so and not action.awaits(made):
        return
    protected = preferences.protect.obstacle(made, order, preferences.now)
    obstacle = action.blocked_by(made, taken.state) or protected
    if obstacle:
        taken.blocked.append(_left(change, obstacle.reason, obstacle.fix))
        return
    fingerprint = dict(action.depends_on(made, taken.state))
    taken.changes.append(replace(made, fingerprint=fingerprint, points=action.points, undoes=change.id))
    taken.state = action.after(made, taken.state)


def _left(change: Change, reason: str, fix: str) -> Blocked:
    return Blocked(change.order, change.name, change.row, change.action, reason, fix)


def _gone(done: Sequence[Change]) -> list[Blocked]:
    """Deleted by the plan itself, which has a backup of it, or by somebody else, of which nobody here has one."""
    by_the_plan = any(change.action == "delete" for change in done)
    elsewhere = "Look for it in the admin: what somebody has deleted cannot be taken back."
    fix = REGISTRY["delete"].instead if by_the_plan else elsewhere
    return [_left(change, "The order is no longer in the shop.", fix) for change in done]


_BY_OTHERS = "It is as before already: somebody else has taken it back."
_NOTHING = "It was so before the plan as well: there is nothing to take back."


def _back(change: Change, *, how: str, plan: str | None = None) -> Back:
    return Back(change.id, change.order, change.name, change.row, change.action, how, plan)


def _by_an_undo(change: Change, by: TakenBack) -> Back:
    again = f" To take that back: undo {by.again}." if by.again else ""
    return _back(change, how=f"{by.told()}{again}", plan=by.plan)


def _begun(plan: Plan, undone: Mapping[str, TakenBack]) -> Iterator[Blocked]:
    """What an earlier undo has begun to take back, and not finished well."""
    for change in plan.changes:
        by = undone.get(change.id)
        if by is None or by.standing is Standing.DONE:
            continue
        fix = {
            Standing.UNDER_WAY: f"Go on with it first: bulk-orders apply {by.file}, then undo again.",
            Standing.UNSURE: f"Look at the order, then: bulk-orders verify {by.file} --settle, or --accept.",
            Standing.HALF: "Look at the order, and do the rest by hand.",
        }[by.standing]
        yield _left(change, by.told(), fix)


def _unsure(plan: Plan, entries: Mapping[str, Entry], name: str) -> Iterator[Blocked]:
    """In-flight and unknown changes: the same words for each, so that they are told together."""
    for change in plan.changes:
        state = entries[change.id].state
        if state in OPEN:
            reason = "It was sent, and whether it was done is not known yet."
            fix = f"First learn it, without sending anything: bulk-orders verify {name} --settle. Then undo again."
            yield _left(change, reason, fix)
        elif state is State.UNKNOWN:
            reason = "Whether it was done could not be told."
            fix = f"Look at the order, say what you saw with bulk-orders verify {name} --accept, then undo again."
            yield _left(change, reason, fix)


def _notices(entries: Mapping[str, Entry], name: str) -> Iterator[Notice]:
    left = sum(entry.state is State.PENDING for entry in entries.values())
    if left:
        never = f"1 change of {name} was never sent." if left == 1 else f"{left:,} changes of {name} were never sent."
        they = "it is" if left == 1 else "they are"
        yield Notice(
            f"{never} Once this undo is applied, {they} not done any more: {name} is retired, and bulk-orders apply "
            "refuses it."
        )


def _rows(plan: Plan, changes: Sequence[Change], blocked: Sequence[Blocked]) -> dict[str, int]:
    changed = {change.row for change in changes}
    left = {b.row for b in blocked} - changed
    every = {change.row for change in plan.changes}
    rows = dict.fromkeys(ROW_STATES, 0)
    return rows | {"changed": len(changed), "blocked": len(left), "unchanged": len(every - changed - left)}
