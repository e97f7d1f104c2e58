"""Verify: a plan and its journal > every order read again > where the world differs from the report.

It sends no mutation, ever. What the live orders prove, and a person's word where they prove nothing, is written into
the journal only when asked for, with the shop locked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bulk_orders.clock import Clock
from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.events import ChangeDone, Event
from bulk_orders.core.names import bare_name
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.plan import Plan
from bulk_orders.core.results import OPEN, Entry, State, standing
from bulk_orders.core.verified import Verified, differences
from bulk_orders.errors import Misused
from bulk_orders.flows.apply_plan import check_shop
from bulk_orders.flows.begin_run import address_of, journal_of, load_plan
from bulk_orders.flows.recorder import Recorder
from bulk_orders.flows.run_context import RunContext, Timing
from bulk_orders.flows.settle import Settler
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.taking_back import note_undo, told_of, undone
from bulk_orders.flows.watch import Look
from bulk_orders.flows.write_results import write_results
from bulk_orders.settings import Settings
from bulk_orders.shopify.cancel_results import CancelResult, cancel_results
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.journal import Journal, journal_path

WORDS = {"applied": State.APPLIED, "refused": State.REFUSED}


@dataclass(frozen=True, slots=True)
class Verify:
    """What to do beside looking: write down what is proven, and whose word is taken, by order (gid, id or name)."""

    settle: bool = False
    accept: Mapping[str, str] = field(default_factory=dict)


async def verify_run(
    path: Path, settings: Settings, clock: Clock, asked: Verify, transport: httpx.AsyncBaseTransport | None = None
) -> Verified:
    """Hold an applied plan against the live orders; Misused if it was never begun."""
    plan = load_plan(path)
    ours = replace(settings.at(address_of(plan, settings)), api_version=plan.shop.api_version)
    found = Journal.read(journal_path(settings.home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    if found is None or not found.started:
        raise Misused(
            f"{path.name} was not applied from here, so there is nothing to verify.",
            fix=f"The journal of a run is kept in the state folder, here {settings.home}: verify where it was applied.",
        )
    async with Shop(ours, clock, transport) as shop:
        await check_shop(shop, plan)
        if not (asked.settle or asked.accept):
            return _compared(plan, found, settings.home, await _seen(shop, plan, found.entries))
        with journal_of(plan, settings) as journal:
            writing = _Writing(plan, journal, shop, clock, ours)
            taken_at_their_word = writing.meant(asked.accept)
            seen = await _seen(shop, plan, journal.entries)
            settled = writing.settle(seen)
            accepted = writing.accept(taken_at_their_word)
            note_undo(plan, journal.entries, settings.home, clock.now())
            written = write_results(path, plan, told_of(journal.entries, undone(journal, settings.home)))
            compared = _compared(plan, journal, settings.home, seen, settled, accepted)
            results = str(written.path) if written.path else None
            return replace(compared, notices=tuple(written.notices()), results=results)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Every order of a plan as it is now, and how the cancellations under way stand."""

    orders: Mapping[str, Order]
    unreadable: Mapping[str, str]
    results: Mapping[str, CancelResult]

    def look(self, change: Change, entry: Entry) -> Look:
        order = self.orders.get(change.order)
        why = None if order else self.unreadable.get(change.order)
        return Look(order, self.results.get(entry.result_id or ""), why)


async def _seen(shop: Shop, plan: Plan, entries: Mapping[str, Entry]) -> _Seen:
    facets = frozenset[Facet]().union(*(REGISTRY[change.action].needs(change) for change in plan.changes))
    orders = await shop.many_orders(list(dict.fromkeys(change.order for change in plan.changes)), facets)
    waiting = [e.result_id for e in entries.values() if e.result_id and (e.state in OPEN or e.state is State.UNKNOWN)]
    results = await cancel_results(shop.client, waiting) if waiting else {}
    return _Seen(orders, dict(shop.unreadable), results)


def _compared(
    plan: Plan,
    journal: Journal,
    home: Path,
    seen: _Seen,
    settled: tuple[tuple[Change, str], ...] = (),
    accepted: tuple[tuple[Change, str], ...] = (),
) -> Verified:
    entries, taken_back = journal.entries, undone(journal, home)
    readable = [change for change in plan.changes if change.order not in seen.unreadable]
    return Verified(
        plan_id=plan.plan_id,
        shop=plan.shop.domain,
        checked=len({change.order for change in readable}),
        differences=tuple(
            each
            for each in differences(plan.plan_id, plan.changes, entries, lambda change: seen.orders.get(change.order))
            if each.change.id not in taken_back
        ),
        unknown=tuple(change for change in plan.changes if entries[change.id].state is State.UNKNOWN),
        settled=settled,
        accepted=accepted,
        outcomes=standing(entries.values()),
        undone=taken_back,
        in_flight=tuple(change for change in plan.changes if entries[change.id].state in OPEN),
    )


class _Writing:
    """Outcomes that become known without anything being sent."""

    def __init__(self, plan: Plan, journal: Journal, shop: Shop, clock: Clock, settings: Settings) -> None:
        self._plan = plan
        self._clock = clock
        self._told: list[Event] = []
        self._undo = journal.retired.called if journal.retired else None
        self._recorder = Recorder(journal, clock, self._told.append)
        timing = Timing(settings.settle_seconds, settings.job_deadline_seconds)
        context = RunContext(plan.plan_id, shop, clock, self._recorder, timing, Stop(), self._told.append)
        self._settler = Settler(context, look=_never, waiting=_nobody)

    def settle(self, seen: _Seen) -> tuple[tuple[Change, str], ...]:
        """Write down what the live orders prove of changes that are open or unknown."""
        for change in self._plan.changes:
            entry = self._recorder.entry(change)
            if entry.state in OPEN or entry.state is State.UNKNOWN:
                self._settler.conclude(change, seen.look(change, entry))
        self._retire()
        return self._new()

    def _retire(self) -> None:
        """What turns out not to have been sent is not sent any more, where an undo was applied to the plan."""
        if self._undo is None:
            return
        left = [c for c in self._plan.changes if self._recorder.entry(c).state is State.PENDING]
        self._recorder.finish_all(left, State.NOT_ATTEMPTED, f"Not sent any more: {self._undo} took the plan back.")

    def meant(self, words: Mapping[str, str]) -> list[tuple[Change, State]]:
        """The unknown changes of the orders that a person speaks of; Misused where there are none."""
        found: list[tuple[Change, State]] = []
        for order, word in words.items():
            changes = [change for change in self._plan.changes if _is_about(change, order)]
            unknown = [change for change in changes if self._recorder.entry(change).state is State.UNKNOWN]
            if not changes:
                raise Misused(
                    f"{order} is no order of this plan.", fix="Write its name as the plan does, such as #1001."
                )
            if not unknown:
                raise Misused(
                    f"No outcome of {order} is unknown.",
                    fix="bulk-orders status shows the outcomes; apply goes on with what is only unfinished.",
                )
            found += [(change, WORDS[word]) for change in unknown]
        return found

    def accept(self, meant: list[tuple[Change, State]]) -> tuple[tuple[Change, str], ...]:
        """Take a person's word for what the live orders have left unknown."""
        for change, state in meant:
            proven = self._recorder.entry(change).state
            if proven is State.UNKNOWN:
                said = f"A person's word of {self._clock.now():%Y-%m-%d %H:%M} UTC; the order itself does not show it."
                self._recorder.finish(change, state, said)
            elif proven is not state:
                raise Misused(
                    f"The live order shows otherwise: {change.action} of {change.name} is {proven.value}.",
                    fix="That is written down now; no word is needed.",
                )
        return self._new()

    def _new(self) -> tuple[tuple[Change, str], ...]:
        """What was recorded since the last time of asking."""
        done = {event.id: event.outcome for event in self._told if isinstance(event, ChangeDone)}
        self._told.clear()
        return tuple((change, done[change.id]) for change in self._plan.changes if change.id in done)


def _nobody(*_: object) -> AbstractContextManager[None]:
    return nullcontext()


async def _never(facets: frozenset[Facet], change: Change, after: float) -> Look:
    raise AssertionError(f"{change.order} was read already, with {facets}; nobody looks again in {after} s")


def _is_about(change: Change, order: str) -> bool:
    return order in (change.order, change.order.rsplit("/", 1)[-1]) or bare_name(order) == bare_name(change.name)


def words_of(pairs: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """`ORDER=applied` as its parts; Misused for another word."""
    for pair in pairs:
        order, _, word = pair.rpartition("=")
        if not order or word not in WORDS:
            raise Misused(f"--accept {pair} says nothing.", fix="Write --accept '#1001=applied', or =refused.")
        yield order, word
