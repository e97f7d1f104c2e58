"""One Change, from "may it be sent?" to what the shop answers: sent at most once, and what is unclear is settled.

The first half of the protocol (guarantees.md, journal and apply protocol); the second is settle.py. Every method
returns the outcome and, where the order was read again, the order as it was seen.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.guard import Protect
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.results import State
from bulk_orders.errors import Refused, ShopifyError, Unreachable
from bulk_orders.flows.judging import LOOK, confirmed, drift, id_in, is_so, moved_since, of_moved, under_way
from bulk_orders.flows.run_context import RunContext
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
from bulk_orders.flows.settle import GONE, LookAgain, Outcome, Settler
from bulk_orders.shopify.mutations import mutation as document_of
from bulk_orders.shopify.replies import Ambiguous, UserErrors

log = logging.getLogger("bulk_orders")

_MOST_SENDS = 3
"""Sends of one change in one run that may come to nothing before the run stops, to be resumed later."""


class Stepper:
    """Takes single Changes one step further: whether it may be sent, the send, what its answer says."""

    def __init__(
        self,
        context: RunContext,
        settler: Settler,
        protect: tuple[Protect, ...],
        backup: Callable[[Change], Awaitable[None]],
        look: LookAgain,
        bulk: Sender,
    ) -> None:
        self._settler = settler
        self._shop = context.shop
        self._clock = context.clock
        self._recorder = context.recorder
        self._settle_seconds = context.timing.settle
        self._stop = context.stop
        self._protect = protect
        self._backup = backup
        self._look = look
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
                return self._settler.found_so(change, order)
            moved = drift(action, change, order) or self._protected(change, order)
            if moved:
                sent = self._recorder.entry(change).attempt > 0
                return self._settler.finish(change, *of_moved(change, order, moved, sent=sent)), None
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
            return self._settler.finish(change, State.DRIFTED, look.unreadable or GONE), None
        return State.PENDING, look.order

    def _fruitless(self, change: Change, *, others_came_through: bool) -> State:
        """No usable answer time and again: this one needs a person, or the whole shop is in trouble."""
        if not others_came_through:
            raise Unreachable(
                f"Shopify gave no usable answer {_MOST_SENDS} times to {change.action} of {change.name}.",
                fix="Run the same command again later.",
            )
        reason = f"Shopify gave no usable answer {_MOST_SENDS} times, and the order does not show it. {LOOK}"
        return self._settler.finish(change, State.UNKNOWN, reason)

    async def _send(self, facets: frozenset[Facet], change: Change, reading: Reading) -> Outcome:
        """One send and what came of it; PENDING where it surely was not executed."""
        mutation = REGISTRY[change.action].mutation(change, self._settler.mark(change))
        sending = Sending(
            change,
            document_of(mutation.document, self._shop.client.api_version),
            mutation.variables,
            leaving=lambda: self._intend(change, reading),
            waiting=lambda: self._worth_sending(reading),
        )
        return await self._learned(facets, change, self._delivered(sending))

    async def _delivered(self, sending: Sending) -> Answer:
        if self._bulk.takes(sending.change):
            with contextlib.suppress(OneByOne):
                return await self._bulk.send(sending)
        return await one_by_one(self._shop.client, sending)

    async def regain(self, facets: frozenset[Facet], change: Change) -> Outcome:
        """A change that an earlier run has sent in bulk: what its operation says of it, else what the order shows."""
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
            return await self._settler.settle(facets, change)
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
        until = now + timedelta(seconds=self._settle_seconds)
        self._recorder.intend(change, sent_at=_iso(now), settle_until=_iso(until))

    async def _answered(
        self, facets: frozenset[Facet], change: Change, payload: Mapping[str, Any], request_id: str | None
    ) -> Outcome:
        """Executed without a complaint: proven by the reply itself, or to be read."""
        makes = REGISTRY[change.action].makes
        made = id_in(payload, makes) if makes else None
        if confirmed(change, payload):
            return self._settler.finish(change, State.APPLIED, request_id=request_id, made=made), None
        job, result = id_in(payload, "job"), id_in(payload, "jobResult")
        self._recorder.accept(change, job_id=job, result_id=result, request_id=request_id, made=made)
        return await self._settler.follow(facets, change)

    async def _refused(
        self, facets: frozenset[Facet], change: Change, errors: UserErrors, request_id: str | None
    ) -> Outcome:
        """Shopify says no: because it is under way or done already, or because it will not do it."""
        if under_way(errors):
            if not REGISTRY[change.action].asynchronous:  # an earlier send of the same idempotency key
                return await self._settler.settle(facets, change)
            self._recorder.accept(change, job_id=None, result_id=None, request_id=request_id)
            return await self._settler.follow(facets, change)
        look = await self._look(facets, change, 0.0)
        action, order = REGISTRY[change.action], look.order
        if is_so(change, look):
            return self._settler.found_so(change, order, refused=True)
        if order is not None and action.asynchronous and order.cancelled:
            self._recorder.accept(change, job_id=None, result_id=None, request_id=request_id)
            return await self._settler.follow(facets, change)  # refused because it is half done already
        said = f"Shopify refused: {str(errors).rstrip('.')}."
        moved = moved_since(action, change, order) if order is not None else None
        if moved:
            return self._settler.finish(change, State.DRIFTED, f"{said} {moved}", request_id=request_id), order
        obstacle = action.blocked_by(change, order) if order is not None else None
        why = obstacle.reason if obstacle else "The plan did not foresee that."
        return self._settler.finish(change, State.REFUSED, f"{said} {why}", request_id=request_id), order


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
