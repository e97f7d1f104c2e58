"""A Plan: the whole truth of what will be sent. Preview and apply walk the same list of Changes.

Built from a sheet's edits and the live orders; counts add up to the sheet's rows, so that nobody has to wonder
where a row went.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bulk_orders.core.actions import STEPS
from bulk_orders.core.changes import Back, Blocked, Change, Conflict
from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.guard import Guard, Totals
from bulk_orders.core.names import bare_name, likely
from bulk_orders.core.order import Money, Order
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.problems import Notice
from bulk_orders.core.requests import NOBODY, refused
from bulk_orders.core.steps import OrderSteps, steps

ROW_STATES = ("changed", "blocked", "conflict", "unchanged", "ignored")


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """The shop that a plan is for: `origin` is the endpoint's scheme and host, `domain` the myshopifyDomain."""

    domain: str
    id: str
    origin: str
    api_version: str
    restore_rate: float
    """Rate-limit points that come back per second."""
    bucket: float
    """Rate-limit points that can be saved up."""
    timezone: str = "UTC"
    currency: str = ""

    @property
    def handle(self) -> str:
        return self.domain.removesuffix(".myshopify.com")


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """The sheet that a plan was made of, so that a moved or changed one is noticed."""

    path: str
    sha256: str
    rows: int
    base: str | None
    """The export id of its base; None for a sheet from elsewhere."""
    base_made_at: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that `apply` needs. `sheet_rows` are the changed rows as they were read, for the results sheet."""

    plan_id: str
    made_at: str
    shop: ShopFacts
    sheet: SheetFacts
    changes: tuple[Change, ...]
    blocked: tuple[Blocked, ...]
    conflicts: tuple[Conflict, ...]
    rows: Mapping[str, int]
    notices: tuple[Notice, ...] = ()
    sheet_columns: tuple[str, ...] = ()
    sheet_rows: Mapping[int, tuple[str | None, ...]] = field(default_factory=dict)
    tool: str = ""
    guard: Guard = field(default_factory=Guard)
    """The limits and the protection that it was made under."""
    asked: Mapping[str, int] = field(default_factory=dict)
    """Of an exported sheet: how many `orders` it has, and how many of them ask for each irreversible action."""
    undoes: str | None = None
    """The id of the plan that this one takes back."""
    undoes_name: str = ""
    """Its file name, for people."""
    back: tuple[Back, ...] = ()
    """Of an undo plan: the changes that are taken back already."""
    digest: str = ""

    def counts(self) -> dict[str, int]:
        """Changes by action, in the order of the steps, zeros included; and how many things are blocked."""
        found = Counter(change.action for change in self.changes)
        return {**{action: found[action] for action in STEPS}, "blocked": len(self.blocked)}

    @property
    def irreversible(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if not change.reversible)

    def limited(self) -> Totals:
        """The figures that limits are about."""
        return Totals(
            changed_rows=self.rows["changed"],
            rows=self.sheet.rows,
            irreversible=len(self.irreversible),
            deletes=self.deletions,
            emails=self.emails,
            refunds={money.currency: money.amount for money in self.refunds()},
            asked=self.asked,
        )

    @property
    def over(self) -> list[str]:
        """What it is over of the limits that it was made under; such a plan is not applied."""
        return self.guard.limits.exceeded(self.limited())

    def refunds(self) -> tuple[Money, ...]:
        """What goes back to customers, by currency of the shop."""
        return sums(change.refund for change in self.changes)

    def presentment_refunds(self) -> tuple[Money, ...]:
        """The same in the currencies that the customers paid in."""
        return sums(change.presentment_refund for change in self.changes)

    def refund_methods(self) -> list[tuple[str, Money]]:
        """What goes back by how it was paid, in the shop's currency, as far as it was read."""
        found: dict[tuple[str, str], Decimal] = {}
        for change in self.changes:
            for method, money in change.consequences.get("methods", {}).items():
                key = method, money["currency"]
                found[key] = found.get(key, Decimal(0)) + Decimal(money["amount"])
        return [(method, Money(amount, currency)) for (method, currency), amount in sorted(found.items())]

    def fees(self) -> tuple[Money, ...]:
        """Payment fees that providers keep although the money goes back."""
        kept = (change.consequences.get("fee") for change in self.changes)
        return sums(Money(Decimal(fee["amount"]), fee["currency"]) for fee in kept if fee)

    def restocked(self) -> dict[str, int]:
        """Units that go back to stock, by location."""
        found: Counter[str] = Counter()
        for change in self.changes:
            found.update(change.consequences.get("restock", {}))
        return dict(sorted(found.items()))

    @property
    def deletions(self) -> int:
        """Orders that leave reports and exports for good."""
        return sum(change.action == "delete" for change in self.changes)

    @property
    def emails(self) -> int:
        return sum(change.emails for change in self.changes)

    @property
    def points(self) -> int:
        """Rate-limit points of the mutations alone."""
        return sum(change.points for change in self.changes)

    @property
    def seconds(self) -> int:
        """How long the shop's rate limit makes it take at the least, the saved-up points not counted."""
        return math.ceil(self.points / self.shop.restore_rate) if self.shop.restore_rate else 0


def sums(amounts: Iterable[Money | None]) -> tuple[Money, ...]:
    """Amounts added up by currency."""
    totals: dict[str, Decimal] = {}
    for money in amounts:
        if money is not None:
            totals[money.currency] = totals.get(money.currency, Decimal(0)) + money.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(totals.items()))


@dataclass(frozen=True, slots=True)
class LiveOrders:
    """The orders that a sheet speaks of, as the shop has them: by gid, and by name where only a name was known."""

    by_id: Mapping[str, Order]
    by_name: Mapping[str, tuple[Order, ...]]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Orders that are there, but of which Shopify says what its schema does not allow: by gid (and by name, if it
    was named so), with what it is."""
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of names that only help to say what a row may have meant: the gids of the orders that are called so."""

    def found(self, edits: OrderEdits) -> Order | Blocked:
        """The one live order that the edits are about, or why there is none."""
        if edits.order is not None:
            if edits.order in self.unreadable:
                return _left(edits, self.unreadable[edits.order], _UNREADABLE)
            order = self.by_id.get(edits.order)
            return self._no_such_id(edits) if order is None else _checked(order, edits)
        if edits.name is not None and edits.name in self.unreadable:
            return _left(edits, self.unreadable[edits.name], _UNREADABLE)
        if edits.name == NOBODY:
            return _left(edits, "The request names no order.", "Ask the customer for the order's number.")
        fitting = self.by_name.get(edits.name or "", ())
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            return self._no_such_name(edits)
        return _left(edits, f"{len(fitting)} orders are called {edits.name}.", "Add the ID column from an export.")

    def doubtful(self, orders: Sequence[OrderEdits]) -> list[str]:
        """The names to look for, so that a row whose order is not there can be told which one it may mean."""
        names: dict[str, None] = {}
        for edits in orders:
            if edits.name is None or edits.name == NOBODY:
                continue
            if edits.order is not None:
                if edits.order not in self.by_id and edits.order not in self.unreadable:
                    names[edits.name] = None
            elif not self.by_name.get(edits.name) and (guess := likely(edits.name)):
                names[guess] = None
        return list(names)[:_MOST_DOUBTFUL]

    def _no_such_id(self, edits: OrderEdits) -> Blocked:
        digits = (edits.order or "").rsplit("/", 1)[-1]
        others = self.called.get(edits.name or "", ())
        if len(others) == 1:
            theirs = others[0].rsplit("/", 1)[-1]
            reason = f"There is no order with the ID {digits} in the shop; {edits.name} there has the ID {theirs}."
            return _left(edits, reason, f"Write {theirs} if {edits.name} is meant. {_KEEP}")
        if digits.endswith("000"):
            reason = "There is no such order in the shop. Its ID ends in zeros, as a rounded number does."
            return _left(edits, reason, f"Take the ID from an export again. {_KEEP}")
        return _left(edits, "There is no such order in the shop.", _NOT_THERE)

    def _no_such_name(self, edits: OrderEdits) -> Blocked:
        reason, guess = f"There is no order {edits.name} in the shop.", likely(edits.name or "")
        if guess is None or len(self.called.get(guess, ())) != 1:
            return _left(edits, reason, _NOT_THERE)
        return _left(edits, f"{reason} It may have been #{guess}.", f"Write #{guess} if that is meant. {_KEEP}")


_UNREADABLE = "Do it in the admin; the API has changed, or the token lacks a scope (bulk-orders doctor tells)."
_MOST_DOUBTFUL = 200
_KEEP = "To keep a spreadsheet from rewriting it, work in the .xlsx export, or format the column as text."
_NOT_THERE = (
    "Check the name or id. Orders older than 60 days are visible only with the scope read_all_orders; "
    "bulk-orders doctor tells."
)


def _checked(order: Order, edits: OrderEdits) -> Order | Blocked:
    if edits.name is not None and bare_name(edits.name) != bare_name(order.name):
        return _left(
            edits,
            f"ID and Name disagree: this ID is {order.name} in the shop, the sheet calls it {edits.name}.",
            "Cells have moved between rows, or the ID was damaged: export again.",
        )
    return order


def _left(edits: OrderEdits, reason: str, fix: str) -> Blocked:
    return Blocked(edits.order, edits.name, edits.row, None, reason, fix)


def build_plan(
    orders: Sequence[OrderEdits],
    live: LiveOrders,
    *,
    shop: ShopFacts,
    sheet: SheetFacts,
    ignored: int,
    preferences: Preferences,
    plan_id: str,
    made_at: str,
) -> Plan:
    """Judge every edited order; `made_at` is ISO 8601 UTC, `plan_id` must be unique."""
    changes: list[Change] = []
    blocked: list[Blocked] = []
    conflicts: list[Conflict] = []
    state: dict[int, str] = {}
    taken_for: dict[str, OrderEdits] = {}
    for edits in orders:
        found = _admitted(live.found(edits), edits, preferences)
        found = _only_once(found, edits, taken_for)
        taken = OrderSteps(blocked=(found,)) if isinstance(found, Blocked) else steps(edits, found, preferences)
        changes += taken.changes
        blocked += taken.blocked
        conflicts += taken.conflicts
        state |= _row_states(edits, taken)
    tally = Counter(state.values())
    rows = {name: tally[name] for name in ROW_STATES} | {"ignored": ignored}
    rows["unchanged"] = sheet.rows - sum(count for name, count in rows.items() if name != "unchanged")
    numbered = tuple(replace(change, id=f"c{number}") for number, change in enumerate(changes, 1))
    return Plan(plan_id, made_at, shop, sheet, numbered, tuple(blocked), tuple(conflicts), rows)


def _admitted(found: Order | Blocked, edits: OrderEdits, preferences: Preferences) -> Order | Blocked:
    """A customer's request acts only for the order's own customer, and only in time."""
    if isinstance(found, Blocked):
        return found
    return refused(edits, found, preferences.requests) or found


def _only_once(found: Order | Blocked, edits: OrderEdits, taken_for: dict[str, OrderEdits]) -> Order | Blocked:
    """An order that some rows call by its id and others by its name must not be done twice."""
    if isinstance(found, Blocked):
        return found
    earlier = taken_for.setdefault(found.id, edits)
    if earlier is edits:
        return found
    return _left(
        edits,
        f"Row {earlier.row} is about the same order {found.name}, but calls it otherwise.",
        "Give both rows the same ID, or ask for everything on one of them.",
    )


def _row_states(edits: OrderEdits, taken: OrderSteps) -> dict[int, str]:
    rows = {edit.row for edit in edits.edits}
    if taken.blocked:
        return dict.fromkeys(rows, "blocked")
    if taken.conflicts:
        return dict.fromkeys(rows, "conflict")
    return dict.fromkeys({change.row for change in taken.changes}, "changed")
