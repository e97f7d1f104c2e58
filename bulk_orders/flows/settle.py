"""One Change, from "may it be sent?" to its outcome: send at most once, settle what is unclear by reading.

The heart of the protocol (guarantees.md, journal and apply protocol). Every method returns the outcome and, where the
order was read again, the order as it was seen.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bulk_orders.clock import Clock
from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.guard import Protect
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.places import Place
from bulk_orders.core.results import State
from bulk_orders.errors import Refused, ShopifyError, Unreachable
from bulk_orders.flows.judging import LOOK, confirmed, drift, id_in, is_so, moved_since, of_moved, under_way
from bulk_orders.flows.recorder import Recorder
from bulk_orders.flows.sending import (
    FRESH_FOR,
    MOST_READINGS,
    Answer,
    GrownOld,
    KeptBack,
    LeftOpen,
    OneByOne,
    Reading,
    Sender,
    Sending,
    WrittenDown,
    one_by_one,
)
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.waits import Why
from bulk_orders.flows.watch import Look
from bulk_orders.shopify.documents import mutation as document_of
from bulk_orders.shopify.replies import Ambiguous, UserErrors
from bulk_orders.shopify.shop import Shop

log = logging.getLogger("bulk_orders")

_FIRST_POLL, _SLOWEST_POLL = 0.5, 5.0
_MOST_SENDS = 3
"""Sends of one change in one run that may come to nothing before the run stops, to be resumed later."""

Outcome = tuple[State, Order | None]


class LookAgain(Protocol):
    """See an order again in `after` seconds, while others have its place."""

    def __call__(self, facets: frozenset[Facet], change: Change, after: float) -> Awaitable[Look]: ...


Waiting = Callable[[Change, Why, float], AbstractContextManager[None]]
"""Told of every change that waits: for what, and until which monotonic time at the latest."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: how long a lost send may take to show, and a cancellation's job to end."""

    settle: float
    job_deadline: float


class Settler:
    """Brings single Changes to their outcome."""

    def __init__(
        self,
        plan_id: str,
        shop: Shop,
        clock: Clock,
        recorder: Recorder,
        timing: Timing,
        stop: Stop,
        protect: tuple[Protect, ...],
        backup: Callable[[Change], Awaitable[None]],
        look: LookAgain,
        waiting: Waiting,
        bulk: Sender | None = None,
    ) -> None:
        self._plan_id = plan_id
        self._shop = shop
        self._clock = clock
        self._recorder = recorder
        self._timing = timing
        self._stop = stop
        self._protect = protect
        self._backup = backup
        self._look = look
        self._waiting = waiting
        self._bulk = bulk
        self._answers = 0
        """Mutations that got an answer that says what became of them."""

    async def step(self, facets: frozenset[Facet], change: Change, order: Order) -> Outcome:
        """Send the change, unless it is so already or the order has moved since the plan."""
        action, answers = REGISTRY[change.action], self._answers
        reading = Reading(self._clock.monotonic())
        sends = 0
        while sends < _MOST_SENDS:
            change = action.pinned(change, order)
            if action.satisfied_by(change, order):
                return self._found_so(change, order)
            moved = drift(action, change, order) or self._protected(change, order)
            if moved:
                sent = self._recorder.entry(change).attempt > 0
                return self._finish(change, *of_moved(change, order, moved, sent=sent)), None
            try:
                if action.backed_up:
                    await self._backup(change)
                outcome, seen = await self._send(facets, change, reading)
                sends += 1
            except GrownOld:
                outcome, seen = await self._read_again(facets, change, reading)
            if outcome is not State.PENDING or seen is None:
                return outcome, seen
            order, reading.at = seen, self._clock.monotonic()
        return self._fruitless(change, others_came_through=self._answers > answers), None

    def _protected(self, change: Change, order: Order) -> str | None:
        """Why somebody's protection keeps the change from this order now."""
        now = self._shop.client.server_now()
        found = (each.obstacle(change, order, now) for each in self._protect)
        return next((obstacle.reason for obstacle in found if obstacle), None)

    async def _read_again(self, facets: frozenset[Facet], change: Change, reading: Reading) -> Outcome:
        look = await self._look(facets, change, 0.0)
        reading.at, reading.grown_old = self._clock.monotonic(), reading.grown_old + 1
        if look.order is None:
            return self._finish(change, State.DRIFTED, look.unreadable or _GONE), None
        return State.PENDING, look.order

    def _fruitless(self, change: Change, *, others_came_through: bool) -> State:
        """No usable answer time and again: this one needs a person, or the whole shop is in trouble."""
        if not others_came_through:
            raise Unreachable(
                f"Shopify gave no usable answer {_MOST_SENDS} times to {change.action} of {change.name}.",
                fix="Run the same command again later.",
            )
        reason = f"Shopify gave no usable answer {_MOST_SENDS} times, and the order does not show it. {LOOK}"
        return self._finish(change, State.UNKNOWN, reason)

    async def _send(self, facets: frozenset[Facet], change: Change, reading: Reading) -> Outcome:
        """One send and what came of it; PENDING where it surely was not executed."""
        mutation = REGISTRY[change.action].mutation(change, self._mark(change))
        sending = Sending(
            change,
            document_of(mutation.document, self._shop.client.api_version),
            mutation.variables,
            leaving=lambda: self._intend(change, reading),
            waiting=lambda: self._worth_sending(reading),
        )
        return await self._learned(facets, change, self._delivered(sending))

    async def _delivered(self, sending: Sending) -> Answer:
        if self._bulk is not None and self._bulk.takes(sending.change):
            with contextlib.suppress(OneByOne):
                return await self._bulk.send(sending)
        return await one_by_one(self._shop.client, sending)

    async def regain(self, facets: frozenset[Facet], change: Change) -> Outcome:
        """A change that an earlier run has sent in bulk: what its operation says of it, else what the order shows."""
        assert self._bulk is not None
        return await self._learned(facets, change, self._bulk.adopt(change))

    async def _learned(self, facets: frozenset[Facet], change: Change, delivery: Awaitable[Answer]) -> Outcome:
        """What came of a send; PENDING where it surely was not executed."""
        request_id: str | None = None
        try:
            answered = await delivery
            self._answers += 1
            request_id, answer = answered.request_id, answered.said
        except Ambiguous as error:
            log.info("%s of %s: %s; reading it again", change.action, change.order, error.why)
            return await self.settle(facets, change)
        except WrittenDown:
            self._answers += 1
            return State.APPLIED, None
        except LeftOpen:
            return self._recorder.entry(change).state, None
        except KeptBack:
            self._recorder.take_back(change)
            return State.PENDING, None
        except GrownOld:
            self._recorder.take_back(change)
            raise
        except Refused as error:
            answer = UserErrors((error.what,))
        except ShopifyError:
            self._recorder.take_back(change)
            raise
        if isinstance(answer, UserErrors):
            return await self._refused(facets, change, answer, request_id)
        return await self._answered(facets, change, answer, request_id)

    def _worth_sending(self, reading: Reading) -> None:
        """Raise where the request had better not leave any more."""
        if self._stop.soon:
            raise KeptBack
        if self._clock.monotonic() - reading.at > FRESH_FOR and reading.grown_old < MOST_READINGS:
            raise GrownOld

    def _intend(self, change: Change, reading: Reading) -> None:
        """Right before the request leaves, its points being there: say so durably."""
        self._worth_sending(reading)
        now = self._shop.client.server_now()
        until = now + timedelta(seconds=self._timing.settle)
        self._recorder.intend(change, sent_at=_iso(now), settle_until=_iso(until))

    async def _answered(
        self, facets: frozenset[Facet], change: Change, payload: Mapping[str, Any], request_id: str | None
    ) -> Outcome:
        """Executed without a complaint: proven by the reply itself, or to be read."""
        makes = REGISTRY[change.action].makes
        made = id_in(payload, makes) if makes else None
        if confirmed(change, payload):
            return self._finish(change, State.APPLIED, request_id=request_id, made=made), None
        job, result = id_in(payload, "job"), id_in(payload, "jobResult")
        self._recorder.accept(change, job_id=job, result_id=result, request_id=request_id, made=made)
        return await self.follow(facets, change)

    async def _refused(
        self, facets: frozenset[Facet], change: Change, errors: UserErrors, request_id: str | None
    ) -> Outcome:
        """Shopify says no: because it is under way or done already, or because it will not do it."""
        if under_way(errors):
            if not REGISTRY[change.action].asynchronous:  # an earlier send of the same idempotency key
                return await self.settle(facets, change)
            self._recorder.accept(change, job_id=None, result_id=None, request_id=request_id)
            return await self.follow(facets, change)
        look = await self._look(facets, change, 0.0)
        action, order = REGISTRY[change.action], look.order
        if is_so(change, look):
            return self._found_so(change, order, refused=True)
        if order is not None and action.asynchronous and order.cancelled:
            self._recorder.accept(change, job_id=None, result_id=None, request_id=request_id)
            return await self.follow(facets, change)  # refused because it is half done already
        said = f"Shopify refused: {str(errors).rstrip('.')}."
        moved = moved_since(action, change, order) if order is not None else None
        if moved:
            return self._finish(change, State.DRIFTED, f"{said} {moved}", request_id=request_id), order
        obstacle = action.blocked_by(change, order) if order is not None else None
        why = obstacle.reason if obstacle else "The plan did not foresee that."
        return self._finish(change, State.REFUSED, f"{said} {why}", request_id=request_id), order

    # --- what is not known yet ----------------------------------------------------------------------------------------

    async def settle(self, facets: frozenset[Facet], change: Change) -> Outcome:
        """A send whose outcome is not known: wait until it must show, then read.

        PENDING with the order as read means that it was not executed and may be sent again.
        """
        remaining = self._remaining(change)
        with self._waiting(change, Why.WINDOW, self._clock.monotonic() + remaining):
            look = await self._look(facets, change, remaining)
        if self._stop.soon and self._remaining(change) > 0:
            return State.SENDING, None  # the window is persisted; the next run goes on from it
        action = REGISTRY[change.action]
        if is_so(change, look):
            return self._found_so(change, look.order)
        if look.gone:
            return self._finish(change, State.UNKNOWN, _GONE), None
        begun = look.order is None or (action.asynchronous and look.order.cancelled)
        if action.repeatable(change) and not begun:
            self._recorder.may_go_again(change)
            return State.PENDING, look.order
        return await self.follow(facets, change)

    def _remaining(self, change: Change) -> float:
        """Seconds left of the settle window, by the shop's clock; never more than a whole one."""
        until = self._recorder.entry(change).settle_until
        if until is None:
            return 0.0
        left = (datetime.fromisoformat(until) - self._shop.client.server_now()).total_seconds()
        return max(0.0, min(left, self._timing.settle))

    async def follow(self, facets: frozenset[Facet], change: Change) -> Outcome:
        """Something that Shopify has begun, or may have: read until it shows, or until its deadline."""
        action = REGISTRY[change.action]
        patience = self._timing.job_deadline if action.asynchronous else self._timing.settle
        began, age = self._clock.monotonic(), self._age(change)
        wait = max(0.0, _FIRST_POLL - age) if action.asynchronous else 0.0  # at once when resumed: it may die again
        deadline = began + max(0.0, patience - age)
        while True:
            due = self._clock.monotonic() + wait
            with self._waiting(change, self._why(change), deadline):
                look = await self._look(facets, change, wait)
            verdict = self._verdict(change, look)
            if verdict is not None:
                return verdict, look.order
            if self._stop.soon:
                return self._recorder.entry(change).state, None
            if due >= deadline:  # one from before it says nothing: this machine may have slept since
                return self._at_deadline(change, look), look.order
            wait = max(0.5, min(wait * 1.6, _SLOWEST_POLL, deadline - self._clock.monotonic()))

    def _why(self, change: Change) -> Why:
        if self._recorder.entry(change).state is not State.ACCEPTED:
            return Why.UNCLEAR
        return Why.BEGUN if REGISTRY[change.action].asynchronous else Why.TAKEN

    def _age(self, change: Change) -> float:
        """Seconds since the change was sent, by the shop's clock."""
        sent = self._recorder.entry(change).sent_at
        if sent is None:
            return 0.0
        return max(0.0, (self._shop.client.server_now() - datetime.fromisoformat(sent)).total_seconds())

    def _verdict(self, change: Change, look: Look) -> State | None:
        """What a look proves, or None where it proves nothing yet."""
        action, result = REGISTRY[change.action], look.result
        if look.gone and action.gone_is_done:
            return self._found_so(change, None)[0]
        if look.gone:
            return self._finish(change, State.UNKNOWN, _GONE)
        if look.order is None:
            return None
        if result is not None and result.status == "FAILED":
            said = ("; ".join(result.errors) or "without a reason").rstrip(".")
            if look.order.cancelled:
                said = f"{said}. The order is cancelled all the same: look at its refund"
            return self._finish(change, State.REFUSED, f"Shopify's job failed: {said}.")
        if result is not None and result.status == "SUCCEEDED" and look.order.cancelled:
            return self._finish(change, State.APPLIED)
        if (result is None or result.status == "SUCCEEDED") and action.satisfied_by(change, look.order):
            return self._found_so(change, look.order)[0]
        return None

    def _at_deadline(self, change: Change, look: Look) -> State:
        taken = self._recorder.entry(change).state is State.ACCEPTED and look.order is not None
        if taken and not REGISTRY[change.action].asynchronous:
            reason = "Shopify took it without an error, but the order does not show it."
            return self._finish(change, State.REFUSED, reason)
        action = REGISTRY[change.action]
        theirs = look.order is not None and look.order.cancelled and not self._may_be_ours(change, look.order)
        obstacle = action.blocked_by(change, look.order) if theirs and look.order is not None else None
        if obstacle:
            return self._finish(change, State.DRIFTED, f"Somebody else did it in the meantime. {obstacle.reason}")
        why = look.unreadable or "Whether it was done does not show."
        return self._finish(change, State.UNKNOWN, f"{why} {LOOK}")

    def _may_be_ours(self, change: Change, order: Order) -> bool:
        return REGISTRY[change.action].ours(change, order, self._mark(change)) is not False

    async def reread_unknown(self, facets: frozenset[Facet], change: Change) -> None:
        """An outcome that stayed unknown is only ever read again, never sent."""
        look = await self._look(facets, change, 0.0)
        if not self.prove(change, look):
            self._recorder.tell(change, self._recorder.entry(change))

    def prove(self, change: Change, look: Look) -> bool:
        """Record what a look at the order proves of an open change; whether it proves anything."""
        if look.gone:
            return is_so(change, look) and bool(self._found_so(change, None))
        return self._verdict(change, look) is not None

    def conclude(self, change: Change, look: Look) -> None:
        """Record what a look at the order shows of an open change, its time to show itself being over or not.

        What was surely not executed may be sent again by the next apply; nothing is sent here.
        """
        entry = self._recorder.entry(change)
        if self.prove(change, look) or entry.state is State.UNKNOWN or look.gone or look.order is None:
            return
        if Place.read(entry.job_id) is not None:
            return  # its bulk operation may still be at it, and apply asks that first
        action = REGISTRY[change.action]
        patience = self._timing.job_deadline if action.asynchronous else self._timing.settle
        begun = action.asynchronous and look.order.cancelled
        if entry.state is State.SENDING and self._remaining(change) == 0 and action.repeatable(change) and not begun:
            self._recorder.may_go_again(change)
        elif self._age(change) >= patience:
            self._at_deadline(change, look)

    # --- outcomes -----------------------------------------------------------------------------------------------------

    def _found_so(self, change: Change, order: Order | None, *, refused: bool = False) -> Outcome:
        """The order is as wanted: by us, if a send of ours (other than one just refused) may have done it."""
        sent = self._recorder.entry(change).attempt > int(refused)
        ours = REGISTRY[change.action].ours(change, order, self._mark(change)) if order else None
        if ours or (ours is None and sent):
            return self._finish(change, State.APPLIED), order
        reason = "Somebody else did it in the meantime." if sent else "It was so already."
        return self._finish(change, State.ALREADY, reason), order

    def _finish(
        self,
        change: Change,
        state: State,
        reason: str | None = None,
        *,
        request_id: str | None = None,
        made: str | None = None,
    ) -> State:
        self._recorder.finish(change, state, reason, request_id=request_id, made=made)
        return state

    def _mark(self, change: Change) -> str:
        return marker(self._plan_id, change.id)


_GONE = "The order is no longer in the shop."


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
