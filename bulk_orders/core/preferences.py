"""How a person wants doubtful cells taken: the defaults of a cancellation, and what to do with differing values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bulk_orders.core.guard import Protect
from bulk_orders.core.requests import RequestRules

STAFF_NOTE_MAX = 240
"""Shopify takes 255; the marker that proves a cancellation ours needs 15 (guarantees.md 5)."""


@dataclass(frozen=True, slots=True)
class CancelDefaults:
    """What an empty `Cancel: *` cell means; `[cancel]` in bulk_orders.toml. `refund` None: ask, never guess."""

    reason: str = "OTHER"
    refund: str | None = None
    receipt: bool = False
    restock: bool = True


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants doubtful cells taken."""

    cancel: CancelDefaults = CancelDefaults()
    two_way: bool = False
    on_conflict: str = "leave"
    recipe: bool = False
    """The sheet's sole columns are identity and edits."""
    all_holds: bool = False
    """A release lifts other apps' holds too."""
    allow_delivered: bool = False
    """Parcels that are on their way or have arrived may be unfulfilled."""
    protect: Protect = field(default_factory=Protect)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """When the plan is made."""
    plan_id: str = ""
    allow_second_refund: bool = False
    """An order that was refunded already may be refunded again."""
    scopes: frozenset[str] = frozenset()
    """What the app was given; empty where nobody knows."""
    requests: RequestRules = field(default_factory=RequestRules)
