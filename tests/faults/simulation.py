"""One seed, one story: a plan is applied while processes die, answers vanish, jobs lag and people work in the shop.

All of it in virtual time and in one process: a death is an exception that nothing of the program can catch, at a
failpoint; from then on every failpoint kills again, so that a dead process writes nothing and sends nothing.

    python -m faults.simulation SEED          tells the story of a seed
"""

from __future__ import annotations

import math
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from world import World

from bulk_orders import failpoints
from bulk_orders.core.plan import Plan
from bulk_orders.devstore import BulkFate, CancelFate, Deeds, Faults, Refused, Rule, Script
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import BulkOrdersError, PlanUsedUp
from bulk_orders.storage.planfile import write_plan
from faults.judge import Verdict, judge
from faults.scenes import EVERYTHING, Cast
from faults.stage import planned, states

WORLDS = 12
PHASES = 5
RUNS_TO_END = 25
LOSING = ("answer lost", "500 after", "502 after", "internal error after", "html after", "json cut after",
          "empty after", "null data after", "payload nulled after", "hangs after")  # fmt: skip
FRUITLESS = ("connection lost before", "500", "503", "internal error", "html", "empty")
SLOWING = ("throttled", "429", "429 0", "429 1", "429 soon")
STOPPING = ("402", "423", "430", "429 3600", "401")
_LAGS, _LAG_WEIGHTS = (0.0, 0.5, 2.0, 10.0, 40.0, 170.0, math.inf), (30, 30, 20, 10, 5, 3, 2)
_REFUNDS, _REFUND_WEIGHTS = (0.0, 11.0, 40.0, 170.0), (70, 15, 10, 5)
FIGURES = ("figures 20 % high", "figures 20 % low", "figures absurd", "figures no numbers", "errors beside data")


class Died(BaseException):
    """This process is no more."""


class Death:
    """Kills at the n-th failpoint that is passed, and ever after."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.at: str | None = None

    def __call__(self, point: str) -> None:
        self.left -= 1
        if self.left <= 0:
            self.at = self.at or point
            raise Died(point)


@dataclass
class Told:
    """What became of one story."""

    seed: int
    verdict: Verdict
    trouble: str | None = None
    deaths: int = 0
    runs: int = 0
    changes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        return self.verdict.fine and self.trouble is None


@dataclass(frozen=True)
class Template:
    """A store and a plan for it, made once: of the corridor from an export, or of every other action from a sheet."""

    seed: int
    orders: int
    plan: Plan
    cast: Callable[[World], object] = lambda world: None
    """What the store has been through before the plan."""
    bucket: float = 0.0
    """Points that a shop has to have room for, or its orders can never be read: Shopify's smallest holds 1,000."""


def template(number: int) -> Template:
    """One of WORLDS stores, with its plan: every third is one of every other action."""
    folder = Path(tempfile.mkdtemp(prefix="bulk-orders-story-"))
    try:
        seed = 100 + number
        if number % 3 == 2:
            return _of_everything(folder, seed)
        while True:
            world = World(folder, orders=70, seed=seed)
            try:
                planned(world)
            except AssertionError:  # too few orders of a kind in this store
                seed += WORLDS
                continue
            return Template(seed, 70, world.plan(allow_delivered=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _of_everything(folder: Path, seed: int) -> Template:
    """Two orders of every action that the corridor lacks; what e-mails somebody is among them."""

    def cast(world: World) -> Cast:
        return EVERYTHING.cast(world.store, 2 * len(EVERYTHING.wishes))

    world = World(folder, orders=200, seed=seed)
    EVERYTHING.write(cast(world), world.store, folder)
    plan = world.plan()
    assert not plan.blocked, plan.blocked
    return Template(seed, 200, plan, cast, bucket=1000.0)


class Story:
    """What one seed says."""

    def __init__(self, seed: int, made: Template, folder: Path) -> None:
        self._chance = random.Random(seed)
        random.seed(seed)  # the client's own back-off
        self._made = made
        self.world = World(folder, orders=made.orders, seed=made.seed)
        made.cast(self.world)
        self.told = Told(seed, Verdict([], [], [], 0))
        self._notes: dict[str, str] = {}
        self._plan()
        self._surroundings()

    def _plan(self) -> None:
        """Some of the orders of the template's plan, with all their steps."""
        orders = list(dict.fromkeys(change.order for change in self._made.plan.changes))
        chosen = set(self._chance.sample(orders, self._chance.randint(2, len(orders))))
        changes = tuple(change for change in self._made.plan.changes if change.order in chosen)
        plan = replace(self._made.plan, changes=changes, plan_id=f"{self.told.seed:04x}-{self._made.seed:04x}")
        self.document = write_plan(self.world.plan_path(), plan)
        self.told.changes = len(changes)

    def _surroundings(self) -> None:
        chance, settings = self._chance, self.world.store.settings
        settings.job_seconds = lambda: chance.choices(_LAGS, _LAG_WEIGHTS)[0]
        settings.latency_seconds = chance.choice((0.0, 0.05, 0.4))
        settings.latency_jitter = 0.5
        if chance.random() < 0.4:
            settings.restore_rate = chance.choice((4.0, 20.0, 100.0))
            settings.bucket_size = max(self._made.bucket, chance.choice((60.0, 200.0, 1000.0)))
        if chance.random() < 0.15:
            fails = {order for order in self.world.store.orders if chance.random() < 0.3}
            settings.cancel_fate = lambda order: CancelFate("It cannot be.") if order.id in fails else None
        if self.told.seed % 3 == 0:
            self._in_bulk()
        if self.told.seed % 3 == 2:
            slow = random.Random(self.told.seed)
            settings.refund_seconds = lambda: slow.choices(_REFUNDS, _REFUND_WEIGHTS)[0]
        self._say(f"a shop with {self.told.changes} changes to do, rate {settings.rate():g}")

    def _in_bulk(self) -> None:
        """What may goes in bulk, and the operations end as they like."""
        self.world.settings = replace(self.world.settings, transport="bulk")
        chance, settings = random.Random(self.told.seed), self.world.store.settings
        settings.bulk_seconds = lambda: chance.choice((0.3, 2.0, 20.0, 120.0))
        settings.canceled_keeps_partial = chance.random() < 0.5
        share, parts = chance.choice((0.0, 0.2, 0.6)), (None, 0.0, 0.5, 1.0)

        def fate(_: Any) -> BulkFate | None:
            if chance.random() >= share:
                return None
            status = chance.choice(("FAILED", "CANCELED"))
            return BulkFate(status, None, chance.choice(parts), chance.choice((0.0, 0.5, 1.0)))

        settings.bulk_fate = fate

    # --- what happens -------------------------------------------------------------------------------------------------

    def play(self) -> Told:
        """Tell it to its end."""
        try:
            if self._chance.random() < 0.5:
                self._people_before()
            for _ in range(self._chance.randint(1, PHASES)):
                self._phase()
            self._to_the_end()
        except Exception as error:
            self.told.trouble = f"{type(error).__name__}: {error}"
        finally:
            failpoints.watcher = None
        self.told.verdict = judge(self.document["changes"], states(self.world), self.world.all_effects())
        self.told.outcomes = Counter(states(self.world).values())
        self._kept_notes()
        return self.told

    def _phase(self) -> None:
        """One run of apply among whatever else happens, and time that passes after it."""
        script = Script(*self._rules(), seed=self._chance.randrange(1 << 30))
        self.world.store.faults = Deeds(
            dict(self._deeds()), kind=self._chance.choice(("mutation", "query")), inner=script
        )
        death = Death(self._chance.randint(1, 70)) if self._chance.random() < 0.75 else None
        self._run(death)
        self.told.struck += script.struck
        self.world.later(self._chance.choice((0.0, 0.3, 5.0, 20.0, 300.0)))

    def _run(self, death: Death | None) -> None:
        self.told.runs += 1
        seen: Counter[str] = Counter()

        def watch(point: str) -> None:
            seen[point] += 1
            if death is not None:
                death(point)

        failpoints.watcher = watch
        try:
            done = self.world.apply()
            self._say(f"apply: {done.outcomes}, exit {done.summary.exit_code}")
        except Died as died:
            self.told.deaths += 1
            self._say(f"apply dies at {died}")
        except PlanUsedUp:
            self._say("apply: used up")
        except BulkOrdersError as error:
            self._say(f"apply: {error.what}")
        finally:
            failpoints.watcher = None
            self.told.points += seen

    def _to_the_end(self) -> None:
        """Nothing goes wrong any more: it has to come to an end, and then to send nothing."""
        self.world.store.faults = Faults()
        for _ in range(RUNS_TO_END):
            self._run(None)
            self.world.later(200.0)
            if not {"pending", "sending", "accepted"} & set(states(self.world).values()):
                break
        else:
            self.told.trouble = "it does not come to an end"
        sent = self.world.mutations()
        self._run(None)
        if self.world.mutations() != sent:
            self.told.trouble = "running again sends something"

    def _rules(self) -> Iterator[Rule]:
        chance = self._chance
        if chance.random() < 0.5:
            yield Rule(chance.choice(LOSING), share=chance.choice((0.05, 0.3, 1.0)), most=chance.choice((1, 3, 50)))
        if chance.random() < 0.3:
            yield Rule(chance.choice(FRUITLESS), share=chance.choice((0.1, 0.5)), most=chance.choice((1, 4, 20)))
        if chance.random() < 0.3:
            yield Rule(chance.choice(SLOWING), kinds=("mutation", "query"), share=0.4, most=20)
        if chance.random() < 0.15:
            yield Rule(chance.choice(STOPPING), kinds=("mutation", "query"), at=(chance.randint(1, 15),))
        if chance.random() < 0.2:
            yield Rule(chance.choice(FIGURES), share=0.5)
        if chance.random() < 0.15:
            yield Rule(chance.choice(("500", "answer lost", "empty")), kinds=("query",), share=0.3)

    # --- people -------------------------------------------------------------------------------------------------------

    def _people_before(self) -> None:
        """Some orders are changed between the plan and the first run; a note that somebody wrote must stay."""
        for gid in {change["order"] for change in self.document["changes"]}:
            if self._chance.random() < 0.25:
                note = f"by hand {self._chance.randrange(1000)}"
                self.world.store.people.edit_order(gid, note=note)
                self._notes[gid] = note
                self._say(f"somebody writes a note on {gid}")

    def _deeds(self) -> Iterator[tuple[int, Callable[[Any], None]]]:
        orders = sorted({change["order"] for change in self.document["changes"]})
        while self._chance.random() < 0.35:
            yield self._chance.randint(1, 20), self._deed(self._chance.choice(orders), self._chance.choice(_DEEDS))

    def _deed(self, gid: str, deed: str) -> Callable[[Any], None]:
        def do(store: Any) -> None:
            order: Order | None = store.orders.get(gid)
            if order is None:
                return
            try:
                _do(store.people, gid, deed)
                self._say(f"somebody does {deed} to {order.name}")
            except Refused as error:
                self._say(f"somebody wants {deed} of {order.name}: {error}")

        return do

    def _kept_notes(self) -> None:
        for gid, note in self._notes.items():
            order = self.world.store.orders.get(gid)
            if order is not None and order.note != note and order.note != "somebody's":
                self.told.verdict.misreported.append(f"the note of {order.name} was overwritten")

    def _say(self, line: str) -> None:
        self.told.lines.append(f"{self.world.passed:8.1f} s  {line}")


_DEEDS = ("note", "tag", "fulfill", "cancel paid", "return", "mark paid")


def _do(people: Any, gid: str, deed: str) -> None:
    if deed == "note":
        people.edit_order(gid, note="somebody's")
    elif deed == "tag":
        people.tag(gid, "vip")
    elif deed == "fulfill":
        people.fulfill(gid)
    elif deed == "cancel paid":
        people.cancel(gid, refund=True)
    elif deed == "return":
        people.request_return(gid)
    else:
        people.mark_paid(gid)


def play(seed: int, made: Template) -> Told:
    """The story of a seed, in a folder of its own that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bulk-orders-story-"))
    try:
        return Story(seed, made, folder).play()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    number = int(sys.argv[1])
    found = play(number, template(number % WORLDS))
    print(*found.lines, found.verdict, found.trouble or "", dict(found.outcomes), sep="\n")
    sys.exit(not found.fine)
