"""The engine of apply: every order of a plan to its end, as fast as the shop's rate limit lets it.

Orders run side by side, the steps of one order in turn; an order is read again right before its first step, in batches
that are used while they are fresh. It knows no console: it emits Events.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec

from bulk_orders.clock import Clock
from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.events import Event, Stopping, Waiting
from bulk_orders.core.guard import Protect
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.places import Place
from bulk_orders.core.plan import Plan
from bulk_orders.core.results import DONE, OPEN, State
from bulk_orders.errors import BulkOrdersError
from bulk_orders.flows.bulk_sender import BulkSender
from bulk_orders.flows.recorder import Recorder
from bulk_orders.flows.room import MOST_AT_ONCE, Room
from bulk_orders.flows.run_context import RunContext, Timing
from bulk_orders.flows.settle import Settler
from bulk_orders.flows.step import Stepper
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.waits import REASONS, SAY_EVERY, Waited, Waits, Why
from bulk_orders.flows.watch import Look, Watch
from bulk_orders.shopify import transport as transports
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.journal import Journal

log = logging.getLogger("bulk_orders")
P = ParamSpec("P")

_FAILED = frozenset({State.DRIFTED, State.REFUSED, State.UNKNOWN})
"""Ends of a step after which the steps behind it are not tried."""


@dataclass(frozen=True, slots=True)
class _OrderRun:
    """The steps of one order, in their order."""

    gid: str
    changes: tuple[Change, ...]
    also: frozenset[Facet]
    """What protection has to look at."""

    def facets(self) -> frozenset[Facet]:
        return self.also.union(*(REGISTRY[change.action].needs(change) for change in self.changes))


class Replay:
    """One run of a plan over its journal."""

    def __init__(
        self,
        plan: Plan,
        journal: Journal,
        shop: Shop,
        clock: Clock,
        *,
        timing: Timing,
        emit: Callable[[Event], None],
        stop: Stop,
        protect: tuple[Protect, ...] = (),
        backup: Callable[[Change], Awaitable[None]],
        transport: str = "single",
    ) -> None:
        self.recorder = Recorder(journal, clock, emit)
        self._plan = plan
        self._shop = shop
        self._clock = clock
        self._emit = emit
        self._stop = stop
        self._settle_seconds = timing.settle
        self._watch = Watch(shop, clock)
        self._also = frozenset[Facet]().union(*(each.facets for each in protect))
        self._transport = transport
        context = RunContext(plan.plan_id, shop, clock, self.recorder, timing, stop, emit)
        self._is_stopping = context.stopping
        self._room = Room(shop.client.bucket, clock, stop, left=self._nudge)
        self.bulk = BulkSender(context, self._room, fail=self._fail)
        self._waits = Waits(clock, self._room.idle, self._say_waited)
        self._settler = Settler(context, look=self._look, waiting=self._waits.waiting)
        self._stepper = Stepper(context, self._settler, protect, backup, look=self._look, bulk=self.bulk)
        self._turn = asyncio.Lock()
        self._failure: BulkOrdersError | None = None
        self._said = -SAY_EVERY
        stop.on_request = self._hurry
        shop.client.on_wait = self._say_throttled

    # --- the whole ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Bring every change to its end, or as far as it goes; raises what stopped the run."""
        self.bulk.find_orphans(self._plan.changes)
        self._choose_transport()
        works = (self._watch.run(), self._waits.run(), self.bulk.run())
        beside = [asyncio.create_task(work) for work in works]
        try:
            await self._run_orders()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        if self._failure is not None:
            raise self._failure

    async def _run_orders(self) -> None:
        runs = list(_order_runs(self._plan.changes, self._also))
        for run in runs:
            self._give_up_again(run)
        tasks = [asyncio.create_task(self._guarded(self._resumed, run)) for run in runs if self._is_open(run)]
        try:
            await self._begin_fresh([run for run in runs if self._is_fresh(run)], tasks)
            self._room.all_begun = True
            self.bulk.nudge()
            await asyncio.gather(*tasks)
        except BulkOrdersError as error:
            self._fail(error)
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    def _choose_transport(self) -> None:
        """What goes in bulk: harmless kinds of changes, where that is asked for or clearly faster."""
        pending = (c for c in self._plan.changes if self.recorder.entry(c).state is State.PENDING)
        counts = Counter(change.action for change in pending if REGISTRY[change.action].in_bulk(change))
        bucket = self._shop.client.bucket
        chosen = transports.in_bulk(self._transport, counts, bucket)
        total = sum(counts[action] for action in chosen)
        log.info(
            "transport %s: %d changes could go in bulk, one by one in about %.0f s, in bulk in about %.0f s; %s",
            *(self._transport, counts.total(), transports.seconds_singly(counts.total(), bucket)),
            *(transports.seconds_in_bulk(counts), f"{total} go in bulk" if chosen else "one by one"),
        )
        self.bulk.take_over(chosen, transports.lines_each(total))

    async def _begin_fresh(self, fresh: Sequence[_OrderRun], tasks: list[asyncio.Task[None]]) -> None:
        """Begin on what goes in bulk and on what does not side by side: neither waits for the other."""
        in_bulk = [run for run in fresh if self.bulk.takes(self._next(run))]
        others = [run for run in fresh if not self.bulk.takes(self._next(run))]
        await asyncio.gather(
            self._begin_all(others, tasks, self._room.batch_size),
            self._begin_all(in_bulk, tasks, lambda: MOST_AT_ONCE, self.bulk.room),
        )

    async def _begin_all(
        self,
        fresh: Sequence[_OrderRun],
        tasks: list[asyncio.Task[None]],
        batch_size: Callable[[], int],
        also: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Begin on the orders batch by batch, each when there is room for it: the next is read while one is written."""
        start = 0
        while start < len(fresh):
            size = batch_size()
            await self._room.wait(size, also)
            if self._stop.soon:
                return
            batch = fresh[start : start + size]
            start += size
            self._room.enter(len(batch))
            tasks.append(asyncio.create_task(self._guarded(self._begin, batch)))

    async def _begin(self, batch: Sequence[_OrderRun]) -> None:
        """Read these orders, and bring each as far as it goes."""
        facets = frozenset().union(*(run.facets() for run in batch))
        try:
            live = await self._shop.orders([run.gid for run in batch], facets)
        except BaseException:
            await self._room.leave(len(batch))
            raise
        await asyncio.gather(*(self._guarded(self._begun, run, live.get(run.gid)) for run in batch))

    def _is_fresh(self, run: _OrderRun) -> bool:
        """Nothing of it is in flight, and its next step waits to be sent."""
        states = [self.recorder.entry(change).state for change in run.changes]
        return next((state for state in states if state not in DONE), None) is State.PENDING

    def _is_open(self, run: _OrderRun) -> bool:
        """Something of it was sent, and its outcome is not known."""
        return any(self.recorder.entry(change).state in (OPEN | {State.UNKNOWN}) for change in run.changes)

    async def _guarded(self, work: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **more: P.kwargs) -> None:
        """A run of one order; what goes wrong in it stops the whole, after what is in flight.

        The work is made here and not by the caller: a task that is cancelled before it begins has made none.
        """
        try:
            await work(*args, **more)
        except BulkOrdersError as error:
            self._fail(error)

    def _fail(self, error: BulkOrdersError) -> None:
        """Stop the whole run, after what is in flight."""
        if self._failure is None:
            self._failure = error
            self._emit(Stopping(self.recorder.at(), error.what))
        self._stop.request()

    def _nudge(self) -> None:
        self.bulk.nudge()

    def _hurry(self) -> None:
        self._watch.hurry()
        self.bulk.nudge()

    async def _look(self, facets: frozenset[Facet], change: Change, after: float) -> Look:
        """See the order again in `after` seconds; meanwhile others have its place."""
        with self._room.coming(soon=after <= 0):
            async with self._room.aside():
                at = self._clock.monotonic() + (0.0 if self._stop.soon else after)
                result_id = self.recorder.entry(change).result_id
                return await self._watch.look(change.order, facets, at=at, result_id=result_id)

    # --- one order ----------------------------------------------------------------------------------------------------

    async def _begun(self, run: _OrderRun, order: Order | None) -> None:
        """The steps of an order that was just read."""
        try:
            await self._from_here(run, order)
        finally:
            await self._room.leave()

    async def _from_here(self, run: _OrderRun, order: Order | None) -> None:
        """The steps that are left, on the order as it was just read; None where it is not to be had."""
        if order is not None:
            await self._steps(run, order)
            return
        first = self._next(run)
        unreadable = self._shop.unreadable.get(run.gid)
        if unreadable is None and REGISTRY[first.action].gone_is_done:
            self.recorder.finish(first, State.ALREADY, "The order is no longer in the shop.")
            return
        self.recorder.finish(first, State.DRIFTED, unreadable or "The order is no longer in the shop.")
        self._give_up(run, first, State.DRIFTED)

    def _next(self, run: _OrderRun) -> Change:
        return next(c for c in run.changes if self.recorder.entry(c).state is State.PENDING)

    async def _after_bulk(self, run: _OrderRun) -> None:
        """The steps after one that went in bulk: on the order as it is by now, and not all thousand orders at once."""
        if all(self.recorder.entry(c).state is not State.PENDING for c in run.changes) or self._stop.soon:
            return
        following = self._next(run)
        if not self.bulk.takes(following):
            async with self._room.aside(), self._turn:
                await self._room.wait(1)
        look = await self._look(run.facets(), following, 0.0)
        await self._from_here(run, look.order)

    async def _resumed(self, run: _OrderRun) -> None:
        """An order of which something was in flight when an earlier run ended: learn first what became of it."""
        self._room.enter()
        facets = run.facets()
        try:
            change = next(c for c in run.changes if self.recorder.entry(c).state in (OPEN | {State.UNKNOWN}))
            state = self.recorder.entry(change).state
            if state is State.UNKNOWN:
                await self._settler.reread_unknown(facets, change)
                return
            learn = self._settler.follow if state is State.ACCEPTED else self._settler.settle
            if state is State.SENDING and Place.read(self.recorder.entry(change).job_id) is not None:
                learn = self._stepper.regain
            outcome, order = await learn(facets, change)
            if outcome in _FAILED:
                self._give_up(run, change, outcome)
            elif outcome in DONE and self.bulk.carried(change):
                await self._after_bulk(run)
            elif order is not None:
                await self._steps(run, order)
        finally:
            await self._room.leave()

    async def _steps(self, run: _OrderRun, order: Order) -> None:
        """Every step that is left, in turn; stops at the first that does not come to a good end."""
        for change in run.changes:
            state = self.recorder.entry(change).state
            if state in DONE:
                continue
            if state is not State.PENDING or self._stop.soon:
                return
            awaits = REGISTRY[change.action].awaits(change)
            if awaits or REGISTRY[change.action].unpinned(change):
                look = await (self._after_the_shop if awaits else self._look)(run.facets(), change, 0.0)
                order = look.order or order
            if awaits and self._is_stopping():
                return  # it was not given its time
            outcome, seen = await self._stepper.step(run.facets(), change, order)
            if outcome in _FAILED:
                self._give_up(run, change, outcome)
            if outcome not in DONE:
                return
            if self.bulk.carried(change):
                await self._after_bulk(run)
                return
            order = seen or REGISTRY[change.action].after(change, order)

    async def _after_the_shop(self, facets: frozenset[Facet], change: Change, after: float) -> Look:
        """See the order once Shopify has had the time to do by itself what it does after the step before."""
        after += self._settle_seconds
        with self._waits.waiting(change, Why.SHOP, self._clock.monotonic() + after):
            return await self._look(facets, change, after)

    def _give_up(self, run: _OrderRun, failed: Change, how: State) -> None:
        later = run.changes[run.changes.index(failed) + 1 :]
        waiting = [change for change in later if self.recorder.entry(change).state is State.PENDING]
        reason = f"Not tried, because the step before it ({failed.action}) is {how.value}."
        self.recorder.finish_all(waiting, State.NOT_ATTEMPTED, reason)

    def _give_up_again(self, run: _OrderRun) -> None:
        """An earlier run may have died after a step failed, and before it said so of the steps after it."""
        for change in run.changes:
            state = self.recorder.entry(change).state
            if state in _FAILED:
                self._give_up(run, change, state)
            if state not in DONE:
                return

    # --- telling ------------------------------------------------------------------------------------------------------

    def _say_waited(self, waited: Waited) -> None:
        seconds = round(waited.seconds, 1)
        self._emit(Waiting(self.recorder.at(), REASONS[waited.why], seconds, waited.detail, waited.changes))

    def _say_throttled(self, seconds: float) -> None:
        """Explain a wait for points, but not every one of a thousand."""
        now = self._clock.monotonic()
        if now - self._said >= SAY_EVERY:
            self._said = now
            self._emit(Waiting(self.recorder.at(), "rate_limit", round(seconds, 1), "for the shop's rate limit"))


def _order_runs(changes: Sequence[Change], also: frozenset[Facet]) -> Iterator[_OrderRun]:
    by_order: dict[str, list[Change]] = {}
    for change in changes:
        by_order.setdefault(change.order, []).append(change)
    return (_OrderRun(gid, tuple(steps), also) for gid, steps in by_order.items())
