"""Changes sent a thousand at a time: gathered, uploaded as one file, run by the shop as one bulk operation.

It is another sender behind the same changes, re-reading, journal and verification. What was read of an order is a while
old when its file runs, so nothing waits here for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.changes import Change
from bulk_orders.core.places import Place
from bulk_orders.core.results import State
from bulk_orders.errors import BulkOrdersError
from bulk_orders.flows.bulk_operation import Batch, BulkOperation, Line
from bulk_orders.flows.room import Room
from bulk_orders.flows.run_context import RunContext
from bulk_orders.flows.sending import Answer, GrownOld, KeptBack, LeftOpen, OneByOne, Sending, WrittenDown
from bulk_orders.shopify.bulk_mutations import line_of
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.mutations import mutation as document_of
from bulk_orders.shopify.replies import Ambiguous
from bulk_orders.shopify.transport import AT_ONCE
from bulk_orders.shopify.upload import MOST_BYTES

log = logging.getLogger("bulk_orders")

_GATHERS_FOR = 10.0
"""Seconds for which a line waits for others to go with it: what was read of its order grows old meanwhile."""
_STRIKES = 2
"""Operations in a row that end otherwise than complete after which the rest goes one by one."""


class BulkSender:
    """The bulk operations of one run. `run` beside the orders; `fail` stops the whole run, after what is in flight."""

    def __init__(self, context: RunContext, room: Room, fail: Callable[[BulkOrdersError], None]) -> None:
        self._shop = context.shop
        self._clock = context.clock
        self._recorder = context.recorder
        self._stopping = context.stopping
        self._operations = BulkOperation(context, ended=self._judge)
        self._room = room
        self._fail = fail
        self._actions: frozenset[str] = frozenset()
        self._most = 0
        self._gathered: dict[str, list[Line]] = {}
        self._carried: set[str] = set()
        self._orphans: dict[str, Batch] = {}
        self._parked = 0
        self._running = 0
        self._strikes = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.given_up: str | None = None
        """Why the rest went one by one, if it did."""

    # --- for those who send -------------------------------------------------------------------------------------------

    def take_over(self, actions: frozenset[str], lines: int) -> None:
        """From now on changes of these kinds go in bulk, up to `lines` in one operation."""
        self._actions, self._most = actions, lines

    def takes(self, change: Change) -> bool:
        """It goes in bulk."""
        return change.action in self._actions and REGISTRY[change.action].in_bulk(change)

    def carried(self, change: Change) -> bool:
        """It went in bulk, in this run or an earlier one: what was read of its order is old."""
        return change.id in self._carried

    def room(self, size: int) -> bool:
        """So many orders more may be read for it: what waits here is all under way soon."""
        return not self._actions or self._parked + size <= max(size, self._most * AT_ONCE)

    def nudge(self) -> None:
        """Something has changed around it."""
        self._changed.set()

    async def send(self, sending: Sending) -> Answer:
        """Wait for a file to go with, and for what becomes of it. Raises as flows.sending says."""
        text = line_of(sending.variables)
        line = Line(sending, text, self._clock.monotonic(), asyncio.get_running_loop().create_future())
        self._gathered.setdefault(sending.document.name, []).append(line)
        return await self._waited(sending.change, line.answer)

    async def adopt(self, change: Change) -> Answer:
        """What becomes of a change that an earlier run has sent in bulk."""
        batch = next(batch for batch in self._orphans.values() if change.id in batch.answers)
        return await self._waited(change, batch.answers[change.id])

    async def _waited(self, change: Change, answer: asyncio.Future[Answer]) -> Answer:
        self._parked += 1
        try:
            async with self._room.aside():
                self.nudge()
                try:
                    answered = await answer
                except (Ambiguous, WrittenDown):
                    self._carried.add(change.id)
                    raise
            self._carried.add(change.id)
            return answered
        finally:
            self._parked -= 1

    # --- the whole ----------------------------------------------------------------------------------------------------

    def find_orphans(self, changes: Iterable[Change]) -> None:
        """Note what an earlier run has sent in bulk and did not see the end of."""
        loop = asyncio.get_running_loop()
        for change in changes:
            entry = self._recorder.entry(change)
            place = Place.read(entry.job_id)
            if place is None or entry.state is not State.SENDING:
                continue
            batch = self._orphans.setdefault(place.operation, Batch(self._document(change), {}, {}, place.of))
            batch.changes[place.line] = change
            batch.answers[change.id] = loop.create_future()

    def _document(self, change: Change) -> Document:
        name = REGISTRY[change.action].mutation(change, "").document
        return document_of(name, self._shop.client.api_version)

    async def run(self) -> None:
        """See to it until cancelled; what is under way then is cancelled in the shop as well."""
        for operation, batch in self._orphans.items():
            self._spawn(self._operations.adopted(operation, batch), batch)
        try:
            while True:
                self._depart()
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._changed.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._operations.cancel_live()

    def _spawn(self, work: Coroutine[Any, Any, None], batch: Batch) -> None:
        self._running += 1
        task = asyncio.create_task(self._guarded(work, batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None], batch: Batch) -> None:
        """One operation; whatever comes of it, everybody who waits is told."""
        try:
            await work
        except OneByOne as why:
            self._give_up(str(why))
            batch.say_all(why)
        except (Ambiguous, KeptBack, GrownOld) as why:
            batch.say_all(why)
        except BulkOrdersError as error:
            self._fail(error)
            batch.say_all(LeftOpen())
        except asyncio.CancelledError:
            raise
        except BaseException as bug:  # whoever waits has to hear of it, or waits for ever
            for change in batch.changes.values():
                batch.say(change, bug)
        finally:
            self._running -= 1
            self.nudge()

    def _pause(self) -> float | None:
        """Seconds until the line that has waited longest has waited enough; None where none waits."""
        oldest = [lines[0].since for lines in self._gathered.values() if lines]
        if not oldest or self._running >= AT_ONCE:
            return None
        return max(0.0, min(oldest) + _GATHERS_FOR - self._clock.monotonic()) + 0.01

    def _depart(self) -> None:
        """Let everything leave that is ready to, as long as there are places."""
        for name, lines in self._gathered.items():
            while lines and (self._running < AT_ONCE or self._stopping()) and self._is_ready(lines):
                some = _fitting(lines, self._most)
                self._gathered[name] = lines = lines[len(some) :]
                some = [line for line in some if self._may_leave(line)]
                if not some:
                    continue
                batch = Batch(
                    some[0].sending.document,
                    {at: line.sending.change for at, line in enumerate(some)},
                    {line.sending.change.id: line.answer for line in some},
                    len(some),
                )
                self._spawn(self._operations.operated(batch, some), batch)

    def _may_leave(self, line: Line) -> bool:
        """Whether it is worth sending; one that is not is told so, and keeps none of the others."""
        try:
            line.sending.waiting()
            if not self._actions:
                raise OneByOne
        except (KeptBack, GrownOld, OneByOne) as why:
            if not line.answer.done():
                line.answer.set_exception(why)
        return not line.answer.done()

    def _is_ready(self, lines: list[Line]) -> bool:
        waited = self._clock.monotonic() - lines[0].since
        full = len(lines) >= self._most or waited >= _GATHERS_FOR
        return full or self._stopping() or not self._actions or self._room.nobody_comes()

    def _judge(self, ended: str) -> None:
        self._strikes = 0 if ended == "COMPLETED" else self._strikes + 1
        if self._strikes >= _STRIKES:
            self._give_up(f"{self._strikes} in a row ended {ended.lower()}")

    def _give_up(self, why: str) -> None:
        """The rest goes one by one."""
        if self.given_up is None:
            self.given_up = why
            log.info("no more bulk operations in this run: %s", why)
        self._actions = frozenset()
        self.nudge()


def _fitting(lines: list[Line], most: int) -> list[Line]:
    """As many of them as one file takes."""
    size, number = 0, 0
    for line in lines[:most]:
        size += len(line.text)
        if size >= MOST_BYTES:
            break
        number += 1
    return lines[: max(1, number)]
