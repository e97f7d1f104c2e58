"""What the store keeps for judges: the effects it executed, the requests it saw, tokens that leaked.

Its one rule: an Effect is written where the change is made, once for each change that really happened.
Whoever counts effects per order knows the truth, whatever the client believes.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that happened. `kind` is the mutation's name, or email, refund, void, restock, reopen,
    archive or storeCredit, which are effects of their own; `detail["by"]` is api, people or shopify."""

    seq: int
    at: float
    kind: str
    order: str
    detail: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"seq": self.seq, "at": self.at, "kind": self.kind, "order": self.order, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Request:
    """One root field that was asked for. `outcome` is accepted, refused (userErrors), denied (access),
    failed (other errors), throttled, too_costly, invalid (document or variables), unauthorized or unanswered
    (Shopify gave up answering; what was asked goes on)."""

    seq: int
    at: float
    request_id: str
    operation: str
    root: str
    id: str | None
    outcome: str
    cost: int | None
    mutation: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Leak:
    """A token that was sent where it does not belong."""

    at: float
    path: str
    header: str


class EffectLog(list[Effect]):
    """The effects, oldest first, with a few ways to look at them."""

    def of(self, order: str, kind: str | None = None) -> list[Effect]:
        """The effects on one order, or those of one kind."""
        return [e for e in self if e.order == order and kind in (None, e.kind)]

    def counts(self, kind: str) -> Counter[str]:
        """How often each order had an effect of that kind."""
        return Counter(e.order for e in self if e.kind == kind)

    def after(self, seq: int) -> list[Effect]:
        """The effects since a sequence number."""
        return [e for e in self if e.seq > seq]
