"""A plan, divided by a policy: what runs by itself, what waits for a person, what is only told.

By order, whole: an order of which one step may not run is left alone with all of them, so the parts never meet. What is
over a limit waits, every order that counts towards it and not the first few: a number that nobody expected is a sign
that something is wrong, and doing twenty of five thousand mistakes is no better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from bulk_orders.core.changes import Change
from bulk_orders.core.currency import plain_amount
from bulk_orders.core.guard import Guard, after_colon
from bulk_orders.core.plan import Plan, sums
from bulk_orders.core.policy import DO, REPORT, VERDICTS, WAIT, Policy
from bulk_orders.core.problems import Notice


@dataclass(frozen=True, slots=True)
class Spent:
    """What a night has let run so far, all its runs and sheets together."""

    actions: Mapping[str, int] = field(default_factory=dict)
    irreversible: int = 0
    emails: int = 0
    refunds: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        return sum(self.actions.values())

    def plus(self, changes: Iterable[Change]) -> Spent:
        """With these changes let run too."""
        more = list(changes)
        refunds = dict(self.refunds)
        for money in sums(change.refund for change in more):
            refunds[money.currency] = refunds.get(money.currency, Decimal(0)) + money.amount
        return Spent(
            dict(Counter(self.actions) + Counter(change.action for change in more)),
            self.irreversible + sum(not change.reversible for change in more),
            self.emails + sum(change.emails for change in more),
            refunds,
        )

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        refunds = {currency: str(amount) for currency, amount in self.refunds.items()}
        return {
            "actions": dict(self.actions),
            "irreversible": self.irreversible,
            "emails": self.emails,
            "refunds": refunds,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Spent:
        """From such a document."""
        refunds = {str(code): Decimal(amount) for code, amount in document.get("refunds", {}).items()}
        actions = {str(action): int(number) for action, number in document.get("actions", {}).items()}
        return cls(actions, int(document.get("irreversible", 0)), int(document.get("emails", 0)), refunds)

    def with_(self, other: Spent) -> Spent:
        """Both together."""
        refunds = {
            code: self.refunds.get(code, Decimal(0)) + other.refunds.get(code, Decimal(0))
            for code in (*self.refunds, *other.refunds)
        }
        actions = dict(Counter(self.actions) + Counter(other.actions))
        return Spent(actions, self.irreversible + other.irreversible, self.emails + other.emails, refunds)


@dataclass(frozen=True, slots=True)
class Division:
    """The parts of a plan. `why` says of each order (gid) that does not run, why; `over` names every limit hit."""

    own: Plan
    waiting: Plan
    reported: tuple[Change, ...]
    why: Mapping[str, str]
    over: tuple[str, ...]

    @property
    def waits(self) -> int:
        return len({change.order for change in self.waiting.changes})


def divide(
    plan: Plan,
    policy: Policy,
    *,
    spent: Spent,
    settings: Guard,
    ids: tuple[str, str],
    held: Mapping[str, str],
    shut: str | None,
) -> Division:
    """Divide `plan`. `settings` is the guard of bulk_orders.toml, `ids` name the two new plans.

    `held` are orders (gids) that nothing may be done to now, with the reason; `shut` is why nothing at all may run.
    """
    by_order: dict[str, list[Change]] = {}
    for change in plan.changes:
        by_order.setdefault(change.order, []).append(change)
    verdicts, why = {}, {}
    for order, changes in by_order.items():
        verdicts[order], why[order] = _judged(changes, policy, held.get(order), shut)
    over = tuple(_limited(plan, by_order, policy, spent, settings, verdicts, why))
    part = {word: [c for c in plan.changes if verdicts[c.order] == word] for word in VERDICTS}
    protect = plan.guard.protect
    limits = replace(settings.limits, blackout=(*settings.limits.blackout, *policy.limits.whole.blackout))
    own = _part(plan, part[DO], ids[0], Guard(limits, protect), alone=True)
    waiting = _part(plan, part[WAIT], ids[1], Guard(settings.limits, protect), alone=False)
    told = {order: reason for order, reason in why.items() if verdicts[order] != DO}
    return Division(own, waiting, tuple(part[REPORT]), told, over)


def _judged(changes: Sequence[Change], policy: Policy, held: str | None, shut: str | None) -> tuple[str, str]:
    """The verdict on one order, and why it is not done."""
    if held is not None:
        return REPORT, held
    worst = max((policy.verdict(change.action) for change in changes), key=VERDICTS.index)
    named = ", ".join(dict.fromkeys(c.action for c in changes if policy.verdict(c.action) == worst))
    if worst != DO:
        what = "waits for a person" if worst == WAIT else "is only told"
        return worst, f"{named} {what}: so says the policy."
    return (WAIT, shut) if shut else (DO, "")


# --- limits -----------------------------------------------------------------------------------------------------------


class _Limit(Protocol):
    """One limit: which changes count towards it, and the words for being over it (None where it is not)."""

    def counts(self, change: Change, /) -> bool: ...

    def said(self, running: Sequence[Change], spent: Spent) -> str | None: ...


def _limited(
    plan: Plan,
    by_order: Mapping[str, Sequence[Change]],
    policy: Policy,
    spent: Spent,
    settings: Guard,
    verdicts: dict[str, str],
    why: dict[str, str],
) -> Iterator[str]:
    """Let wait whatever counts towards a limit that is exceeded, until none is; each limit in words."""

    def running() -> list[Change]:
        return [change for change in plan.changes if verdicts[change.order] == DO]

    for limit in _limits(plan, policy):
        said = limit.said(running(), spent)
        if said is None:
            continue
        for order, changes in by_order.items():
            if verdicts[order] == DO and any(limit.counts(change) for change in changes):
                verdicts[order], why[order] = WAIT, f"over a limit: {said}"
        yield said
    left = _part(plan, running(), plan.plan_id, plan.guard, alone=True)
    beyond = settings.limits.exceeded(left.limited()) if left.changes else []
    if beyond:
        reasons = after_colon(beyond)
        for order in by_order:
            if verdicts[order] == DO:
                verdicts[order], why[order] = WAIT, f"over a limit of bulk_orders.toml: {reasons}"
        yield from (f"bulk_orders.toml: {each}" for each in beyond)


class _Counted:
    """A limit on how many changes of a kind run in one night: `weigh` says how many, `what` they are (one, many)."""

    def __init__(
        self, most: int, what: tuple[str, str], counts: Callable[[Change], bool], weigh: Callable[[Spent], int]
    ) -> None:
        self._most, self._what, self._counts, self._weigh = most, what, counts, weigh

    def counts(self, change: Change) -> bool:
        return self._counts(change)

    def said(self, running: Sequence[Change], spent: Spent) -> str | None:
        before, found = self._weigh(spent), self._weigh(Spent().plus(running))
        if not found or before + found <= self._most:
            return None
        already = f" after {before:,} earlier this night" if before else ""
        return f"{found:,} {self._what[found != 1]}{already}, at most {self._most:,} a night."


class _Refunded:
    """A limit on the money that goes back in one night, by currency."""

    def __init__(self, most: Mapping[str, Decimal]) -> None:
        self._most = most

    @staticmethod
    def counts(change: Change) -> bool:
        return change.refund is not None

    def said(self, running: Sequence[Change], spent: Spent) -> str | None:
        for currency, amount in Spent().plus(running).refunds.items():
            before, most = spent.refunds.get(currency, Decimal(0)), self._most.get(currency, Decimal(0))
            if amount and before + amount > most:
                already = f" after {plain_amount(before, currency)} {currency} earlier this night" if before else ""
                back, allowed = plain_amount(amount, currency), plain_amount(most, currency)
                return f"refunds of {back} {currency}{already}, at most {allowed} {currency} a night."
        return None


class _Share:
    """A limit on how much of a sheet changes: a sheet that wants half of everything changed is probably wrong."""

    def __init__(self, percent: float, plan: Plan) -> None:
        self._percent, self._plan = percent, plan

    def counts(self, _: Change) -> bool:
        return True

    def said(self, running: Sequence[Change], spent: Spent) -> str | None:
        rows, changed = self._plan.sheet.rows, len({change.row for change in running})
        if not rows or 100 * changed / rows <= self._percent:
            return None
        return f"{changed:,} of {rows:,} rows would change, at most {self._percent:g} %."


def _limits(plan: Plan, policy: Policy) -> Iterator[_Limit]:
    """The limits of a policy, the narrowest first, so that one action too many does not keep the others waiting."""
    limits, whole = policy.limits, policy.limits.whole
    for action, most in limits.actions.items():
        named = action.replace("_", " ")
        yield _actions(most, (f"time {named}", f"times {named}"), action)
    if whole.deletes is not None:
        yield _actions(whole.deletes, ("deletion", "deletions"), "delete")
    if whole.refunds:
        yield _Refunded(whole.refunds)
    if whole.emails is not None:
        what = ("e-mail to a customer", "e-mails to customers")
        yield _Counted(whole.emails, what, lambda c: c.emails > 0, lambda s: s.emails)
    if whole.irreversible is not None:
        what = ("change that cannot be undone", "changes that cannot be undone")
        yield _Counted(whole.irreversible, what, lambda c: not c.reversible, lambda s: s.irreversible)
    if whole.share is not None:
        yield _Share(whole.share, plan)
    if limits.changes is not None:
        yield _Counted(limits.changes, ("change", "changes"), lambda _: True, lambda s: s.changes)


def _actions(most: int, what: tuple[str, str], action: str) -> _Limit:
    return _Counted(most, what, lambda c: c.action == action, lambda s: s.actions.get(action, 0))


# --- parts ------------------------------------------------------------------------------------------------------------


def _part(plan: Plan, changes: Sequence[Change], plan_id: str, guard: Guard, *, alone: bool) -> Plan:
    """A plan of its own with just these changes. `alone`: what is blocked or in conflict is told by the other part.

    The rows add up to the sheet's as in any plan: those of the other part count as ignored.
    """
    numbered = tuple(replace(change, id=f"c{number}") for number, change in enumerate(changes, 1))
    mine = {change.row for change in changes}
    rows = dict(plan.rows) | {"changed": len(mine)} | ({"blocked": 0, "conflict": 0} if alone else {})
    rows["ignored"] = plan.sheet.rows - sum(rows[state] for state in ("changed", "blocked", "conflict", "unchanged"))
    left = len(plan.changes) - len(changes)
    others = "1 other change of this sheet is" if left == 1 else f"{left:,} other changes of this sheet are"
    notice = Notice(f"{others} no part of this plan: the night's policy divided the sheet.")
    return replace(
        plan,
        plan_id=plan_id,
        changes=numbered,
        blocked=() if alone else plan.blocked,
        conflicts=() if alone else plan.conflicts,
        rows=rows,
        notices=(*plan.notices, *((notice,) if left else ())),
        sheet_rows={row: cells for row, cells in plan.sheet_rows.items() if row in mine},
        guard=guard,
        digest="",
    )
