"""What an action is: one predicate, used three times.

`satisfied_by` drops what is so already while planning, answers "had it gone through?" after a crash, and verifies
after apply; `blocked_by` predicts what Shopify would refuse. To add an action is to add a file, its line in the
registry and its test.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from bulk_orders.core.changes import Blocked, Change, Conflict, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.preferences import Preferences

Wanted = Iterator[Change | Blocked | Conflict]
Reversal = Iterator[Change | Obstacle]


class Action(ABC):
    """One thing that can be done to an order."""

    name: ClassVar[str]
    reversible: ClassVar[bool]
    facets: ClassVar[frozenset[Facet]] = frozenset()
    """What of the order must have been read for the predicates."""
    hints: ClassVar[frozenset[Facet]] = frozenset()
    """What makes a plan say more, where the token may read it; never looked at while applying."""
    after_steps: ClassVar[bool] = False
    """What it has to do depends on what the steps before it leave."""
    points: ClassVar[int] = 10
    """Rate-limit points of one mutation, for the estimate; what Shopify charges is learned from its replies."""
    reversed_by: ClassVar[str | None] = None
    """The action that takes it back; None for what nothing takes back."""
    reversal_facets: ClassVar[frozenset[Facet]] = frozenset()
    """What must be read of the order, beside `facets`, to take it back."""
    noun: ClassVar[str] = "This"
    """What a sentence calls the change, where nothing takes it back."""
    instead: ClassVar[str] = "Look at the order in the admin."
    """What a person can do about a change that cannot be taken back."""
    gone_is_done: ClassVar[bool] = False
    """An order that is no longer in the shop is as the change wants it."""
    backed_up: ClassVar[bool] = False
    """The order is written to a backup before the change is sent."""
    makes: ClassVar[str | None] = None
    """The field of the reply that has the id of what was made; a reversal finds it as `made` in the change's args."""
    asynchronous: ClassVar[bool] = False
    """The reply only says that Shopify has begun."""

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        """What must and what should be read of the order to judge these edits."""
        return (self.facets, self.hints) if self.name in edits.asked() else (frozenset(), frozenset())

    def needs(self, change: Change) -> frozenset[Facet]:
        """What must be read of the order to apply the change."""
        return self.facets

    @abstractmethod
    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        """The changes that the edits ask of this order, before anything is said about whether they can be had."""

    @abstractmethod
    def satisfied_by(self, change: Change, order: Order) -> bool:
        """The order is as the change wants it."""

    @abstractmethod
    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        """Why Shopify would refuse the change to an order in this state."""

    @abstractmethod
    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        """The values that the change was decided on; when one of them has moved, the change has drifted."""

    @abstractmethod
    def after(self, change: Change, order: Order) -> Order:
        """The order as it will be, as far as predicates look at it."""

    @abstractmethod
    def mutation(self, change: Change, marker: str) -> Mutation:
        """What to send. `marker` is this change's own mark, for those that can carry one."""

    def pinned(self, change: Change, order: Order) -> Change:
        """The change with the ids in it that only a step before it has made; the order was just read."""
        return change

    def unpinned(self, change: Change) -> bool:
        """It waits for ids that a step before it makes: the order has to be read again first."""
        return False

    def awaits(self, change: Change) -> bool:
        """Shopify may itself do something after the step before, which this one answers: it is given time for it."""
        return False

    def repeatable(self, change: Change) -> bool:
        """Sending it twice ends in the same state and harms nobody (shopify-api.md 4.10)."""
        return True

    def in_bulk(self, change: Change) -> bool:
        """It may go in a file with a thousand others: it depends on nothing, harms nobody when it is done twice, mails
        nobody and moves no money."""
        return False

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        """The reply itself shows the wanted state, so no further read is needed."""
        return False

    def perhaps_written_over(self, change: Change, order: Order) -> bool:
        """Whether what it writes is neither as it was nor as it should be.

        Of a change that was sent before, and got no answer, nobody can then tell whether it came through.
        """
        return False

    def still_so(self, change: Change, order: Order) -> bool:
        """Nobody has changed since what the change did, so it may be taken back."""
        return self.satisfied_by(change, order)

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        """What takes the change back, on the order as it stands by then; an Obstacle where that cannot be."""
        yield Obstacle(f"{self.noun} cannot be taken back.", self.instead)

    def ours(self, change: Change, order: Order, marker: str) -> bool | None:
        """Whether a satisfied order shows that it was we who did it; None where no order can show that."""
        return None


def blocked(order: Order, row: int, action: str, reason: str, fix: str) -> Blocked:
    """A row that is left alone, for a reason that its order gives."""
    return Blocked(order.id, order.name, row, action, reason, fix)


def status_word(order: Order) -> str:
    """Where an order stands, in the admin's words."""
    return "cancelled" if order.cancelled else "archived" if order.closed else "open"


def value_conflict(edit: Edit, order: Order, live: str | None, preferences: Preferences) -> Conflict | str | None:
    """Judge one edited value three ways: None to go ahead, "live" to leave the shop's value, or the Conflict.

    Without a base a differing value acts only in a recipe or with --two-way: it may just be old.
    """
    if edit.known:
        if same_text(live, edit.base) or preferences.on_conflict == "sheet":
            return None
        if preferences.on_conflict == "live":
            return "live"
    elif preferences.recipe or preferences.two_way:
        return None
    base = (edit.base or "") if edit.known else None
    return Conflict(order.id, order.name, edit.row, edit.column, base, edit.sheet, live)


def same_text(one: str | None, other: str | None) -> bool:
    """Equal for a reader: no text is the same as an empty one, line ends and outer blanks do not count."""
    return _plain(one) == _plain(other)


def _plain(text: str | None) -> str:
    return "" if text is None else text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").strip()
