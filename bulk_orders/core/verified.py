"""What reading the orders of an applied plan again shows: where the world differs from the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Order
from bulk_orders.core.results import DONE, Entry, State
from bulk_orders.core.taken_back import TakenBack


@dataclass(frozen=True, slots=True)
class Difference:
    """A change whose order is not as the report says. `outcome` is what is reported, `what` what is seen."""

    change: Change
    outcome: str
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A plan held against the live orders. `settled` and `accepted` are changes whose outcome was recorded just now."""

    plan_id: str
    shop: str
    checked: int
    differences: tuple[Difference, ...]
    unknown: tuple[Change, ...]
    settled: tuple[tuple[Change, str], ...]
    accepted: tuple[tuple[Change, str], ...]
    outcomes: Mapping[str, int]
    undone: Mapping[str, TakenBack] = field(default_factory=dict)
    """What undo plans have made of the plan's changes, by id: those are not held against the orders any more."""
    notices: tuple[str, ...] = ()
    in_flight: tuple[Change, ...] = ()
    """Sent, and what became of them is not recorded yet: nobody can call those as reported."""
    results: str | None = None
    """The results sheet, where it was written anew."""

    @property
    def exit_code(self) -> int:
        """7 while outcomes are unknown, 3 where the world differs from the report, else 0."""
        if self.unknown:
            return 7
        return 3 if self.differences else 0


def differences(
    plan_id: str, changes: Sequence[Change], entries: Mapping[str, Entry], live: Callable[[Change], Order | None]
) -> list[Difference]:
    """Where the orders are not as their changes' outcomes say, in the order of the plan.

    A step that a later step of the same order has undone by its nature (archive after unarchive) is no difference.
    """
    found = []
    for change in changes:
        entry, order = entries[change.id], live(change)
        what = (
            _gone(change, entry)
            if order is None
            else _seen(plan_id, change, entry, order, _behind(changes, entries, change))
        )
        if what:
            found.append(Difference(change, entry.state.value, what))
    return found


def _gone(change: Change, entry: Entry) -> str | None:
    if REGISTRY[change.action].gone_is_done:
        return None
    return "The order is no longer in the shop." if entry.state in DONE else None


def _behind(changes: Sequence[Change], entries: Mapping[str, Entry], change: Change) -> list[Change]:
    """The steps of the same order that were done after this one."""
    later = changes[changes.index(change) + 1 :]
    return [each for each in later if each.order == change.order and entries[each.id].state in DONE]


def _seen(plan_id: str, change: Change, entry: Entry, order: Order, behind: Sequence[Change]) -> str | None:
    action = REGISTRY[change.action]
    so = action.satisfied_by(change, order)
    if entry.state in DONE:
        return (
            None if so or _overtaken(change, order, behind) else "It is not so (any more): somebody changed it since."
        )
    if entry.state is State.UNKNOWN or not so:
        return None
    if action.ours(change, order, marker(plan_id, change.id)):
        return "It was done after all: the order carries this plan's own mark."
    return None


def _overtaken(change: Change, order: Order, behind: Sequence[Change]) -> bool:
    """Whether the steps behind it would have led here from where it was done."""
    after = REGISTRY[change.action].after(change, order)
    for each in behind:
        after = REGISTRY[each.action].after(each, after)
    return not REGISTRY[change.action].satisfied_by(change, after)
