"""One night of `reconcile` as data: what it was made of, what ran, what waits. Kept as one line of JSON in its folder.

The line is what scripts read, what the next night reads to know what is done, and what a page and a notification are
made of. It has counts, ids of plans and paths; no order, no name, no note. Light to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from bulk_orders.core.divide import Division, Spent
from bulk_orders.core.plan import Plan
from bulk_orders.core.problems import Problem
from bulk_orders.core.results import OUTCOMES, Entry

FORMAT_VERSION = "1.0"
RUNNING, DONE, FAILED, INTERRUPTED, TRIAL = "running", "done", "failed", "interrupted", "trial"
UNREADABLE = "unreadable"
"""States of a night. A trial (--dry-run) applied nothing on purpose; one that failed or was interrupted is that, and
`Night.trial` still tells that it was one; one that died stays `running`; of an unreadable one there is a folder, and no
record that can be read."""
SHEET, RULES, CONTINUED = "sheet", "rules", "continued"
_UNSETTLED = frozenset({1, 7, 130})
_RANK = (130, 1, 7, 5, 4, 2, 3, 0)
"""Exit codes from the one that speaks loudest; interface.md has 130, then 1, then 7, then 3."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet, or the rules, or an earlier night's plan that was gone on with. Paths are below the night's folder.

    `counts` are what the plan wants by action, `outcomes` the six of what ran; `spent` is what was let run.
    """

    kind: str
    name: str
    source: str = ""
    day: str | None = None
    """The date of the sheet, where its path has one."""
    sha256: str | None = None
    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    plan: str | None = None
    plan_id: str | None = None
    waiting: str | None = None
    waiting_changes: int = 0
    waiting_orders: int = 0
    reported: int = 0
    blocked: int = 0
    conflicts: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, Any] = field(default_factory=dict)
    refunds: tuple[Mapping[str, str], ...] = ()
    over: tuple[str, ...] = ()
    results: str | None = None
    exit_code: int = 0
    error: Mapping[str, Any] | None = None
    by_hand: int = 0
    dropped: bool = False
    """Its plan was never begun, and is not: the night after planned anew."""
    taken: Mapping[str, int] = field(default_factory=dict)
    """Orders by rule."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why orders did not run: how many, by reason."""
    notices: tuple[str, ...] = ()

    @property
    def unsettled(self) -> bool:
        """Its plan was to run, and did not come to its end or left something unknown."""
        return self.plan is not None and not self.dropped and (self.exit_code in _UNSETTLED or not self.outcomes)

    @property
    def done(self) -> bool:
        """Nothing is left of it for a later night: it ran to its end, or a person was told what is wrong with it."""
        return self.exit_code in (0, 3, 4, 7)


@dataclass(frozen=True, slots=True)
class Night:
    """One run. `day` is its date by the policy's clock, `number` counts the runs of that date from 1."""

    shop: str
    day: str
    number: int
    started_at: str
    folder: str
    tool: str = ""
    ended_at: str | None = None
    state: str = RUNNING
    exit_code: int | None = None
    parts: tuple[Part, ...] = ()
    notices: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    trial: bool = False
    """Whether it was a dry run, however it ended: such a night did nothing, and counts as none."""

    def with_part(self, part: Part) -> Night:
        """With a part added, or the one of the same kind and name replaced."""
        others = [each for each in self.parts if (each.kind, each.name) != (part.kind, part.name)]
        if len(others) == len(self.parts):
            return replace(self, parts=(*self.parts, part))
        return replace(self, parts=tuple(part if (p.kind, p.name) == (part.kind, part.name) else p for p in self.parts))

    def outcomes(self) -> dict[str, int]:
        """The six, of everything that ran."""
        return {o.value: sum(part.outcomes.get(o.value, 0) for part in self.parts) for o in OUTCOMES}

    @property
    def sent(self) -> bool:
        """Whether anything was done, or tried."""
        return any(self.outcomes().values())

    @property
    def waiting(self) -> int:
        """Changes that wait for a person."""
        return sum(part.waiting_changes for part in self.parts)

    @property
    def reported(self) -> int:
        return sum(part.reported for part in self.parts)

    @property
    def left_alone(self) -> int:
        """What cannot be done as it is: blocked, or in conflict."""
        return sum(part.blocked + part.conflicts for part in self.parts)

    def spent(self) -> Spent:
        """What it let run."""
        total = Spent()
        for part in self.parts:
            total = total.with_(Spent.of(part.spent)) if part.spent and not part.dropped else total
        return total

    def code(self) -> int:
        """Its exit code: the loudest of its parts' and its own error's."""
        codes = [part.exit_code for part in self.parts]
        if self.error is not None:
            codes.append(int(self.error.get("exit_code", 1)))
        return loudest(codes)

    def document(self) -> dict[str, Any]:
        """As plain JSON values, the totals beside the parts."""
        return {
            "format_version": FORMAT_VERSION,
            **asdict(self),
            "outcomes": self.outcomes(),
            "waiting": self.waiting,
            "reported": self.reported,
            "left_alone": self.left_alone,
            "refunds": [money for part in self.parts for money in part.refunds],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Night:
        """From such a document; ValueError, KeyError or TypeError where it is none."""
        own = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        date.fromisoformat(own["day"])
        parts = tuple(_part(part) for part in own.pop("parts", ()))
        own.setdefault("trial", own.get("state") == TRIAL)
        return cls(**{**own, "parts": parts, "notices": tuple(own.get("notices", ()))})


@dataclass(frozen=True, slots=True)
class Shown:
    """One part for the report: the plan as it was made, how it was divided, and what became of what ran."""

    part: Part
    plan: Plan | None = None
    division: Division | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """Of a sheet that could not be planned."""

    @property
    def ran(self) -> Plan | None:
        """The plan whose changes the entries are of."""
        return self.division.own if self.division is not None else self.plan


def _part(values: Mapping[str, Any]) -> Part:
    known = {name: value for name, value in values.items() if name in Part.__dataclass_fields__}
    lists = {name: tuple(known.get(name, ())) for name in ("refunds", "over", "notices")}
    return Part(**{**known, **lists})


def loudest(codes: list[int]) -> int:
    """The exit code that speaks for several; one that is not known speaks as a failure."""
    ranked = [code if code in _RANK else 1 for code in codes]
    return min(ranked, key=_RANK.index, default=0)
