"""One Change, from "may it be sent?" to its outcome: send at most once, settle what is unclear by reading.

The heart of the protocol (guarantees.md, journal and apply protocol). Every method returns the outcome and, where the
order was read again, the order as it was seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bulk_orders.clock import Clock
from bulk_orders.core.actions import REGISTRY, Action
from bulk_orders.core.changes import Change
from bulk_orders.core.guard import Protect
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.results import State
from bulk_orders.errors import Refused, ShopifyError, Unreachable
from bulk_orders.flows.recorder import Recorder
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.watch import Look
from bulk_orders.shopify.documents import mutation as document_of
from bulk_orders.shopify.replies import Ambiguous, UserErrors, payload_of
from bulk_orders.shopify.shop import Shop

_FIRST_POLL, _SLOWEST_POLL = 0.5, 5.0
_MOST_SENDS = 3
"""Sends of one change in one run that may come to nothing before the run stops, to be resumed later."""

Outcome = tuple[State, Order | None]


class KeptBack(Exception):
    """The run is stopping, so the request did not leave."""


class LookAgain(Protocol):
    """See an order again in `after` seconds, while others have its place."""

    def __call__(self, facets: frozenset[Facet], change: Change, after: float) -> Awaitable[Look]: ...


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
        say: Callable[[str, float, str], None],
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
        self._say = say

    async def step(self, facets: frozenset[Facet], change: Change, order: Order) -> Outcome:
        """Send the change, unless it is so already or the order has moved since the plan."""
        action = REGISTRY[change.action]
        for _ in range(_MOST_SENDS):
            change = action.pinned(change, order)
            if action.satisfied_by(change, order):
                return self._found_so(change, order)
            moved = _drift(action, change, order) or self._protected(change, order)
            if moved:
                return self._finish(change, State.DRIFTED, moved), None
            if action.backed_up:
                await self._backup(change)
            outcome, seen = await self._send(facets, change)
            if outcome is not State.PENDING or seen is None:
                return outcome, seen
            order = seen
        raise Unreachable(
            f"Shopify gave no usable answer {_MOST_SENDS} times to {change.action} of {change.name}.",
            fix="Run the same command again later.",
        )

    def _protected(self, change: Change, order: Order) -> str | None:
        """Why somebody's protection keeps the change from this order now."""
        now = self._shop.client.server_now()
        found = (each.obstacle(change, order, now) for each in self._protect)
        return next((obstacle.reason for obstacle in found if obstacle), None)

    async def _send(self, facets: frozenset[Facet], change: Change) -> Outcome:
        """One send and what came of it; PENDING where it surely was not executed."""
        mutation = REGISTRY[change.action].mutation(change, self._mark(change))
        document = document_of(mutation.document, self._shop.client.api_version)
        request_id: str | None = None
        try:
            reply = await self._shop.client.send(document, mutation.variables, lambda: self._intend(change))
            request_id = reply.request_id
            answer: Mapping[str, Any] | UserErrors = payload_of(reply, document)
        except Ambiguous as error:
            return await self.settle(facets, change, why=error.why)
        except KeptBack:
            self._recorder.take_back(change)
            return State.PENDING, None
        except Refused as error:
            answer = UserErrors((error.what,))
        except ShopifyError:
            self._recorder.take_back(change)
            raise
        if isinstance(answer, UserErrors):
            return await self._refused(facets, change, answer, request_id)
        return await self._answered(facets, change, answer, request_id)

    def _intend(self, change: Change) -> None:
        """Right before the request leaves, its points being there: say so durably."""
        if self._stop.soon:
            raise KeptBack
        now = self._shop.client.server_now()
        until = now + timedelta(seconds=self._timing.settle)
        self._recorder.intend(change, sent_at=_iso(now), settle_until=_iso(until))

    async def _answered(
        self, facets: frozenset[Facet], change: Change, payload: Mapping[str, Any], request_id: str | None
    ) -> Outcome:
        """Executed without a complaint: proven by the reply itself, or to be read."""
        if REGISTRY[change.action].confirmed_by(change, payload):
            return self._finish(change, State.APPLIED, request_id=request_id), None
        self._recorder.accept(
            change,
            job_id=(payload.get("job") or {}).get("id"),
            result_id=(payload.get("jobResult") or {}).get("id"),
            request_id=request_id,
        )
        return await self.follow(facets, change)

    async def _refused(
        self, facets: frozenset[Facet], change: Change, errors: UserErrors, request_id: str | None
    ) -> Outcome:
        """Shopify says no: because it is under way or done already, or because it will not do it."""
        if any("already in progress" in message for message in errors.messages):
            self._recorder.accept(change, job_id=None, result_id=None, request_id=request_id)
            return await self.follow(facets, change)
        look = await self._look(facets, change, 0.0)
        if _is_so(change, look.order):
            return self._found_so(change, look.order)
        moved = _drift(REGISTRY[change.action], change, look.order) if look.order is not None else None
        told = moved or "The plan did not foresee that."
        reason = f"Shopify refused: {str(errors).rstrip('.')}. {told}"
        return self._finish(change, State.REFUSED, reason, request_id=request_id), look.order

    # --- what is not known yet ----------------------------------------------------------------------------------------

    async def settle(self, facets: frozenset[Facet], change: Change, why: str | None = None) -> Outcome:
        """A send whose outcome is not known: wait until it must show, then read.

        PENDING with the order as read means that it was not executed and may be sent again.
        """
        remaining = self._remaining(change)
        self._say("settle", remaining, f"{change.name}: {why or 'its last answer is missing'}; reading it again")
        look = await self._look(facets, change, remaining)
        if self._stop.soon and self._remaining(change) > 0:
            return State.SENDING, None  # the window is persisted; the next run goes on from it
        action = REGISTRY[change.action]
        if _is_so(change, look.order):
            return self._found_so(change, look.order)
        if look.order is None:
            return self._finish(change, State.UNKNOWN, "The order is no longer in the shop."), None
        if action.repeatable(change) and not look.order.cancelled:
            self._recorder.take_back(change)
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
        began, wait = self._clock.monotonic(), _FIRST_POLL if action.asynchronous else 0.0
        deadline = began + max(0.0, patience - self._age(change))
        while True:
            look = await self._look(facets, change, wait)
            verdict = self._verdict(change, look)
            if verdict is not None:
                return verdict, look.order
            if self._stop.soon:
                return self._recorder.entry(change).state, None
            now = self._clock.monotonic()
            if now >= deadline:
                return self._at_deadline(change), look.order
            wait = max(0.5, min(wait * 1.6, _SLOWEST_POLL, deadline - now))
            if now - began > _SLOWEST_POLL:
                self._say("job", wait, f"{change.name}: Shopify is still at it")

    def _age(self, change: Change) -> float:
        """Seconds since the change was sent, by the shop's clock."""
        sent = self._recorder.entry(change).sent_at
        if sent is None:
            return 0.0
        return max(0.0, (self._shop.client.server_now() - datetime.fromisoformat(sent)).total_seconds())

    def _verdict(self, change: Change, look: Look) -> State | None:
        """What a look proves, or None where it proves nothing yet."""
        action, result = REGISTRY[change.action], look.result
        if look.order is None and action.gone_is_done:
            return self._found_so(change, None)[0]
        if look.order is None:
            return self._finish(change, State.UNKNOWN, "The order is no longer in the shop.")
        if result is not None and result.status == "FAILED":
            said = "; ".join(result.errors) or "without a reason"
            if look.order.cancelled:
                said = f"{said}. The order is cancelled all the same: look at its refund"
            return self._finish(change, State.REFUSED, f"Shopify's job failed: {said}.")
        if result is not None and result.status == "SUCCEEDED" and look.order.cancelled:
            return self._finish(change, State.APPLIED)
        if (result is None or result.status == "SUCCEEDED") and action.satisfied_by(change, look.order):
            return self._found_so(change, look.order)[0]
        return None

    def _at_deadline(self, change: Change) -> State:
        taken = self._recorder.entry(change).state is State.ACCEPTED
        if taken and not REGISTRY[change.action].asynchronous:
            reason = "Shopify took it without an error, but the order does not show it."
            return self._finish(change, State.REFUSED, reason)
        return self._finish(
            change,
            State.UNKNOWN,
            "Whether it was done does not show. Look at the order in the admin; apply reads it again without sending.",
        )

    async def reread_unknown(self, facets: frozenset[Facet], change: Change) -> None:
        """An outcome that stayed unknown is only ever read again, never sent."""
        look = await self._look(facets, change, 0.0)
        if _is_so(change, look.order):
            self._found_so(change, look.order)
        else:
            self._recorder.tell(change, self._recorder.entry(change))

    # --- outcomes -----------------------------------------------------------------------------------------------------

    def _found_so(self, change: Change, order: Order | None) -> Outcome:
        """The order is as wanted: by us, if an earlier send of ours may have done it, else already."""
        sent = self._recorder.entry(change).attempt > 0
        ours = REGISTRY[change.action].ours(change, order, self._mark(change)) if order else None
        if ours or (ours is None and sent):
            return self._finish(change, State.APPLIED), order
        reason = "Somebody else did it in the meantime." if sent else "It was so already."
        return self._finish(change, State.ALREADY, reason), order

    def _finish(
        self, change: Change, state: State, reason: str | None = None, *, request_id: str | None = None
    ) -> State:
        self._recorder.finish(change, state, reason, request_id=request_id)
        return state

    def _mark(self, change: Change) -> str:
        return marker(self._plan_id, change.id)


def _is_so(change: Change, order: Order | None) -> bool:
    """What was read is as the change wants it."""
    action = REGISTRY[change.action]
    return action.gone_is_done if order is None else action.satisfied_by(change, order)


def _drift(action: Action, change: Change, order: Order) -> str | None:
    """Which of the values that the change was decided on have moved since, in words."""
    was = change.fingerprint
    moved = [
        f"{key} was {was.get(key)!r}, is {value!r}"
        for key, value in action.depends_on(change, order).items()
        if value != was.get(key)
    ]
    if moved:
        return f"Changed in the shop since the plan: {'; '.join(moved)}."
    obstacle = action.blocked_by(change, order)
    return obstacle.reason if obstacle else None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
