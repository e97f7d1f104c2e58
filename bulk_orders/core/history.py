"""What has run, as the journals tell, and what of it is old: data for `runs` and `purge`, without disk or clock.

Light to import: no polars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

KEPT_FOR = timedelta(days=90)
"""How long everything in the state folder is kept, unless told otherwise; nothing goes by itself."""
SHORTEST = timedelta(days=2)
"""A journal is what keeps a plan from being applied twice, until the plan is stale by its age (24 hours)."""


@dataclass(frozen=True, slots=True)
class Past:
    """One plan that was applied, or begun. `state` is running, interrupted, finished, pending or damaged.

    `shop`, `plan` and `sheet` are None for a journal from before these were noted. `outcomes` are the six and `left`.
    """

    plan_id: str
    path: Path
    state: str
    shop: str | None = None
    plan: str | None = None
    sheet: str | None = None
    runs: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    error: str | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    undoes: str | None = None
    """The id of the plan that it takes back."""
    undone_by: tuple[str, ...] = ()
    """The undo plans that were applied to it, as people call them."""

    @property
    def last_touched(self) -> datetime | None:
        return self.ended_at or self.started_at

    @property
    def needed(self) -> str | None:
        """Why it may not go, however old; None if nothing speaks against it."""
        if self.state == "finished" and not self.outcomes.get("unknown"):
            return None
        if self.state == "pending":
            return None
        if self.state == "finished":
            return "has outcomes that need a person"
        return {"damaged": "cannot be read"}.get(self.state, f"is {self.state}")


@dataclass(frozen=True, slots=True)
class Old:
    """Something in the state folder that is older than was asked for. `kept` says why it stays all the same."""

    kind: str
    paths: tuple[Path, ...]
    at: datetime
    size: int
    kept: str | None = None


KINDS = ("base", "journal", "backup", "night", "crash", "leftover")
"""What a purge removes, in the order in which it is told."""
