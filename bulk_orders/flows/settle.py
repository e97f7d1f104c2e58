"""What became of a Change that was sent, or may have been: learned by reading its order, never by sending.

The second half of the protocol (guarantees.md, journal and apply protocol). Every method returns the outcome and, where
the order was read again, the order as it was seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.marker import marker
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.places import Place
from bulk_orders.core.results import State
from bulk_orders.flows.judging import LOOK, is_so
from bulk_orders.flows.run_context import RunContext
from bulk_orders.flows.waits import Why
from bulk_orders.flows.watch import Look

_FIRST_POLL, _SLOWEST_POLL = 0.5, 5.0
GONE = "The order is no longer in the shop."

Outcome = tuple[State, Order | None]


class LookAgain(Protocol):
    """See an order again in `after` seconds, while others have its place."""

    def __call__(self, facets: frozenset[Facet], change: Change, after: float) -> Awaitable[Look]: ...


Waiting = Callable[[Change, Why, float], AbstractContextManager[None]]
"""Told of every change that waits: for what, and until which monotonic time at the latest."""


class Settler:
    """Brings single Changes that are on their way to their outcome."""

    def __init__(self, context: RunContext, look: LookAgain, waiting: Waiting) -> None:
        self._plan_id = context.plan_id
        self._shop = context.shop
        self._clock = context.clock
        self._recorder = context.recorder
        self._timing = context.timing
        self._stop = context.stop
        self._look = look
        self._waiting = waiting

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
            return self.found_so(change, look.order)
        if look.gone:
            return self.finish(change, State.UNKNOWN, GONE), None
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
            return self.found_so(change, None)[0]
        if look.gone:
            return self.finish(change, State.UNKNOWN, GONE)
        if look.order is None:
            return None
        if result is not None and result.status == "FAILED":
            said = ("; ".join(result.errors) or "without a reason").rstrip(".")
            if look.order.cancelled:
                said = f"{said}. The order is cancelled all the same: look at its refund"
            return self.finish(change, State.REFUSED, f"Shopify's job failed: {said}.")
        if result is not None and result.status == "SUCCEEDED" and look.order.cancelled:
            return self.finish(change, State.APPLIED)
        if (result is None or result.status == "SUCCEEDED") and action.satisfied_by(change, look.order):
            return self.found_so(change, look.order)[0]
        return None

    def _at_deadline(self, change: Change, look: Look) -> State:
        taken = self._recorder.entry(change).state is State.ACCEPTED and look.order is not None
        if taken and not REGISTRY[change.action].asynchronous:
            reason = "Shopify took it without an error, but the order does not show it."
            return self.finish(change, State.REFUSED, reason)
        action = REGISTRY[change.action]
        theirs = look.order is not None and look.order.cancelled and not self._may_be_ours(change, look.order)
        obstacle = action.blocked_by(change, look.order) if theirs and look.order is not None else None
        if obstacle:
            return self.finish(change, State.DRIFTED, f"Somebody else did it in the meantime. {obstacle.reason}")
        why = look.unreadable or "Whether it was done does not show."
        return self.finish(change, State.UNKNOWN, f"{why} {LOOK}")

    def _may_be_ours(self, change: Change, order: Order) -> bool:
        return REGISTRY[change.action].ours(change, order, self.mark(change)) is not False

    async def reread_unknown(self, facets: frozenset[Facet], change: Change) -> None:
        """An outcome that stayed unknown is only ever read again, never sent."""
        look = await self._look(facets, change, 0.0)
        if not self.prove(change, look):
            self._recorder.tell(change, self._recorder.entry(change))

    def prove(self, change: Change, look: Look) -> bool:
        """Record what a look at the order proves of an open change; whether it proves anything."""
        if look.gone:
            return is_so(change, look) and bool(self.found_so(change, None))
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

    def found_so(self, change: Change, order: Order | None, *, refused: bool = False) -> Outcome:
        """The order is as wanted: by us, if a send of ours (other than one just refused) may have done it."""
        sent = self._recorder.entry(change).attempt > int(refused)
        ours = REGISTRY[change.action].ours(change, order, self.mark(change)) if order else None
        if ours or (ours is None and sent):
            return self.finish(change, State.APPLIED), order
        reason = "Somebody else did it in the meantime." if sent else "It was so already."
        return self.finish(change, State.ALREADY, reason), order

    def finish(
        self,
        change: Change,
        state: State,
        reason: str | None = None,
        *,
        request_id: str | None = None,
        made: str | None = None,
    ) -> State:
        """The change has its outcome: say so."""
        self._recorder.finish(change, state, reason, request_id=request_id, made=made)
        return state

    def mark(self, change: Change) -> str:
        """What the change carries to the shop to be known again by, where it can."""
        return marker(self._plan_id, change.id)
