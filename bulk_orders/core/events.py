"""What happens during a run, as data. The engine yields Events; a bar, lines or JSON are made of them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `at` is ISO 8601 UTC."""

    at: str

    @property
    def type(self) -> str:
        return _TYPES[type(self)]

    def as_json(self) -> dict[str, Any]:
        """The event as a JSON object: its type and time first."""
        return {"type": self.type, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A run begins: of `changes` in the plan, `left` are still to do."""

    plan_id: str
    shop: str
    changes: int
    left: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class ChangeDone(Event):
    """A Change has its outcome, one of the six."""

    id: str
    order: str
    name: str
    row: int
    action: str
    outcome: str
    reason: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    """Shopify has begun with a Change; its outcome comes later."""

    id: str
    name: str
    action: str


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """Nothing moves for a while, and why: `rate_limit`, `settle` or `job`.

    `seconds` is how long: for `settle` and `job` at most; `changes` is how many are waited for, 0 where nobody can say.
    """

    reason: str
    seconds: float
    detail: str
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Stopping(Event):
    """The run was asked to stop, or has to."""

    why: str


@dataclass(frozen=True, slots=True)
class Summary(Event):
    """The last event of a run. The six outcomes add up to the plan's changes."""

    plan_id: str
    outcomes: Mapping[str, int]
    exit_code: int
    results: str | None = None
    error: Mapping[str, Any] | None = None
    notices: tuple[str, ...] = field(default=())
    by_hand: tuple[str, ...] = field(default=())
    """What people must still do, of what was done and of what was not."""
    unknown: tuple[str, ...] = field(default=())
    """The orders of which it stays unknown what became of them, by their names."""
    report: str | None = None
    """The HTML report beside the results sheet."""


@dataclass(frozen=True, slots=True)
class Step(Event):
    """A night goes on to its next step, in words."""

    shop: str
    what: str


@dataclass(frozen=True, slots=True)
class NightEnded(Event):
    """The last event of a night: its line (core.nights.Night.document) and its exit code."""

    shop: str
    folder: str
    exit_code: int
    night: Mapping[str, Any]


_TYPES: dict[type[Event], str] = {
    Started: "started",
    ChangeDone: "change",
    Accepted: "accepted",
    Waiting: "waiting",
    Stopping: "stopping",
    Summary: "summary",
    Step: "step",
    NightEnded: "night",
}


def type_of(kind: type[Event]) -> str:
    """The word for a kind of event in JSON."""
    return _TYPES[kind]
