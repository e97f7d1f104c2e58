"""One bulk operation of changes, from its file to what its lines say.

Its rules: the intents of a file are durable, in one commit, before it is submitted; the operation's id is durable
before it is asked about; a line counts for what the result says of it, and one of which it says nothing is settled by
reading its order.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulk_orders import failpoints
from bulk_orders.core.changes import Change
from bulk_orders.core.events import Waiting
from bulk_orders.core.places import Place
from bulk_orders.core.results import Entry, State
from bulk_orders.errors import AccessDenied, BulkOrdersError, Refused, ShopifyError
from bulk_orders.flows.line_answers import Told, told_of
from bulk_orders.flows.run_context import RunContext
from bulk_orders.flows.sending import Answer, GrownOld, KeptBack, OneByOne, Sending, WrittenDown
from bulk_orders.flows.waits import SAY_EVERY
from bulk_orders.shopify.bulk import BulkGone, id_of
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.replies import Ambiguous, UserErrors

log = logging.getLogger("bulk_orders")

_FOR_A_PLACE = 60.0
"""Seconds for which a file waits while all five places of the shop are taken by others; then it goes one by one."""
_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
_LAST_WORD = 5.0


@dataclass(eq=False, slots=True)
class Line:
    """A change that waits here, and what it will be told."""

    sending: Sending
    text: bytes
    since: float
    answer: asyncio.Future[Answer]


@dataclass(eq=False, slots=True)
class Batch:
    """The changes of one operation, by their lines; `of` is how many lines its file has."""

    document: Document
    changes: dict[int, Change]
    answers: dict[str, asyncio.Future[Answer]]
    of: int
    request_id: str | None = None

    def places(self, operation: str) -> list[tuple[Change, Place]]:
        return [(change, Place(operation, line, self.of)) for line, change in self.changes.items()]

    def say(self, change: Change, said: Answer | BaseException) -> None:
        """Tell the one who waits for this change."""
        waiter = self.answers[change.id]
        if waiter.done():
            return
        if isinstance(said, Answer):
            waiter.set_result(said)
        else:
            waiter.set_exception(said)

    def say_all(self, said: Exception) -> None:
        """Tell all of them the same, each by an exception of its own."""
        for change in self.changes.values():
            self.say(change, type(said)(*said.args))


class BulkOperation:
    """How batches are brought to their end. `ended` gets the status of each that has one."""

    def __init__(self, context: RunContext, ended: Callable[[str], None]) -> None:
        self._plan_id = context.plan_id
        self._shop = context.shop
        self._bulk = context.shop.bulk_mutations()
        self._clock = context.clock
        self._recorder = context.recorder
        self._settle = timedelta(seconds=context.timing.settle)
        self._emit = context.emit
        self._ended = ended
        self._live: set[str] = set()
        self._said = -SAY_EVERY

    async def cancel_live(self) -> None:
        """The run is cut short: let the shop stop as well. What it has done by then, the next run learns."""
        if not self._live:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_LAST_WORD):
                await asyncio.gather(*(self._bulk.cancel(operation) for operation in self._live))

    async def operated(self, batch: Batch, lines: list[Line]) -> None:
        """Upload, submit and follow it. Raises KeptBack, GrownOld and OneByOne where it surely did not run."""
        _worth(lines)
        mark = self._mark(batch)
        try:
            path = await self._bulk.stage(f"{mark}.jsonl", b"".join(line.text for line in lines))
        except ShopifyError as error:
            raise OneByOne(error.what) from error
        operation = await self._submitted(batch, lines, mark, path)
        await self._followed(operation, batch, self._ended)

    def _mark(self, batch: Batch) -> str:
        """A name for this submission, and for no other of this plan."""
        sends = [(change.id, self._recorder.entry(change).attempt) for change in batch.changes.values()]
        return hashlib.sha256(repr((self._plan_id, sends)).encode()).hexdigest()[:16]

    async def _submitted(self, batch: Batch, lines: list[Line], mark: str, path: str) -> str:
        """Submit the file, its intents being durable; the operation's gid."""
        until, wait = self._clock.monotonic() + _FOR_A_PLACE, 1.0
        changes = list(batch.changes.values())
        while True:
            try:
                said, batch.request_id = await self._bulk.start(
                    batch.document,
                    mark,
                    path,
                    leaving=lambda: self._intend(batch, lines, mark),
                    waiting=lambda: _worth(lines),
                )
            except Ambiguous as error:
                return await self._appeared(mark, changes, error.why)
            except (KeptBack, GrownOld):
                self._recorder.take_back_all(changes)
                raise
            except (Refused, AccessDenied) as error:  # where it is the shop that is closed, one by one meets that too
                self._recorder.take_back_all(changes)
                raise OneByOne(error.what) from error
            except ShopifyError:
                self._recorder.take_back_all(changes)
                raise
            if not isinstance(said, UserErrors):
                return id_of(said)
            self._recorder.take_back_all(changes)
            if not _BUSY & set(said.codes) or self._clock.monotonic() > until:
                raise OneByOne(f"Shopify does not start one: {said}")
            await self._clock.sleep(wait)
            wait = min(wait * 1.5, 10.0)

    def _intend(self, batch: Batch, lines: list[Line], mark: str) -> None:
        """Right before the submission leaves: say durably what is in it."""
        _worth(lines)
        now = self._shop.client.server_now()
        places = [(change, Place.submitted(mark, line, batch.of)) for line, change in batch.changes.items()]
        self._recorder.intend_all(places, sent_at=_iso(now), settle_until=_iso(now + self._settle))

    async def _appeared(self, mark: str, changes: list[Change], why: str) -> str:
        """What a submission without an answer has started; Ambiguous if nothing shows in all the time that it has."""
        entry = self._recorder.entry(changes[0])
        wait = 1.0
        while True:
            found = await self._bulk.find(mark, _moment(entry.sent_at) or self._shop.client.server_now())
            if found is not None:
                return found
            left = self._left(entry)
            if left <= 0:
                self._recorder.unclear_all(changes)
                raise Ambiguous(f"no bulk operation was started ({why})")
            await self._clock.sleep(min(wait, left))
            wait = min(wait * 1.5, 5.0)

    def _left(self, entry: Entry) -> float:
        """Seconds left of the settle window of a submission, by the shop's clock."""
        until = _moment(entry.settle_until)
        if until is None:
            return 0.0
        left = (until - self._shop.client.server_now()).total_seconds()
        return max(0.0, min(left, self._settle.total_seconds()))

    async def adopted(self, operation: str, batch: Batch) -> None:
        """An operation of an earlier run: find it, if all there is of it is its mark, and see it through."""
        changes = list(batch.changes.values())
        place = Place.read(self._recorder.entry(changes[0]).job_id)
        mark = place.mark if place is not None else None
        if mark is not None:
            operation = await self._appeared(mark, changes, "an earlier run ended in between")
        await self._followed(operation, batch, ended=lambda _: None)  # what ended it may be the end of that run

    async def _followed(self, operation: str, batch: Batch, ended: Callable[[str], None]) -> None:
        """See an operation through to its end, and tell everybody what it says."""
        self._live.add(operation)
        self._recorder.place_all(batch.places(operation))
        try:
            node = await self._bulk.follow(operation, lambda count: self._say(batch, count))
            failpoints.passing("bulk.ended")
            replies = await self._bulk.lines(node)
            status = str(node["status"])
        except BulkGone:
            replies, status = {}, "GONE"
        except BulkOrdersError:
            self._live.discard(operation)
            raise
        self._live.discard(operation)
        log.info("bulk operation %s of %d changes ended %s; %d lines", operation, batch.of, status, len(replies))
        ended(status)
        failpoints.passing("bulk.joined")
        self._tell(batch, told_of(batch.document, batch.changes, replies, batch.of))

    def _tell(self, batch: Batch, told: Told) -> None:
        """Write down what is proven, all in one commit, and give everything else to those who settle it."""
        until = self._shop.client.server_now() + self._settle
        self._recorder.finish_each(told.applied, State.APPLIED, request_id=batch.request_id)
        self._recorder.unclear_all(told.unclear, settle_until=_iso(until))
        for change in told.applied:
            batch.say(change, WrittenDown())
        for change in told.unclear:
            batch.say(change, Ambiguous("its bulk operation says nothing of it"))
        for change, said in told.answered:
            batch.say(change, said if isinstance(said, BaseException) else Answer(said, batch.request_id))

    def _say(self, batch: Batch, count: int) -> None:
        """Nothing moves while the shop works: say how far it is, now and then."""
        now = self._clock.monotonic()
        if now - self._said < SAY_EVERY:
            return
        self._said = now
        done = f"{min(count, batch.of):,} of {batch.of:,}"
        self._emit(Waiting(self._recorder.at(), "bulk", 0.0, f"for a bulk operation ({done} changes)", batch.of))


def _worth(lines: list[Line]) -> None:
    """Raise where these had better not leave any more: the run is stopping, or what was read of them is old."""
    for line in lines:
        line.sending.waiting()


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
