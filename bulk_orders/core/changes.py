"""A Change: one mutation on one order, complete enough to be sent without looking at anything else.

Planning makes it, the plan file carries it, apply sends it, the journal follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bulk_orders.core.order import Money


@dataclass(frozen=True, slots=True)
class Change:
    """`args` are what the mutation needs; `fingerprint` the values it was planned on; both are plain JSON."""

    order: str
    name: str
    row: int
    action: str
    reversible: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    args: Mapping[str, Any]
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    """The keys of `after` that nobody wrote into the sheet."""
    refund: Money | None = None
    presentment_refund: Money | None = None
    emails: int = 0
    points: int = 10
    consequences: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON: `methods` (where money goes, by name), `fee` (not given back), `restock` (units by location)."""
    by_hand: tuple[str, ...] = ()
    """What a person has to see to once the change is done; Shopify does not do it."""
    id: str = ""
    undoes: str | None = None
    """Of an undo plan: the id of the change that it takes back, in the plan that is undone."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """What a row asks for and cannot have, with Shopify's reason and the way out. The row is left alone."""

    order: str | None
    name: str | None
    row: int
    action: str | None
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Back:
    """A change of the plan that is undone which needs no taking back: an undo has done it, or somebody else.

    `change` is its id there, `how` a sentence, `plan` the id of the undo plan that did it.
    """

    change: str
    order: str
    name: str
    row: int
    action: str
    how: str
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell edited in the sheet that the shop has changed as well. The row is left alone.

    `base` is None where no base tells what the sheet's owner saw.
    """

    order: str
    name: str
    row: int
    column: str
    base: str | None
    sheet: str
    live: str | None


@dataclass(frozen=True, slots=True)
class Mutation:
    """A request to Shopify: which document, with which variables."""

    document: str
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a Change cannot be done to an order as it is, and what would help."""

    reason: str
    fix: str
