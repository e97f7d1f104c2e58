"""Named points at which a test may kill the program, or make a write fail. Off unless the environment asks.

    BULK_ORDERS_FAILPOINTS="commit.after=kill@3,file.rename=full"    what, and the how-manieth time (else: the first)
    BULK_ORDERS_FAILPOINTS_LOG=FILE                                  one line for every point that was passed

`kill` is SIGKILL, `stop` SIGSTOP, `full` a disk without room, `io` a disk that fails; `full` and `io` stay so from
then on with `@N+`. Its one rule: a point says where the program is and decides nothing, so that what is tested is
what is sold. Without the variables a point costs one comparison.
"""

from __future__ import annotations

import errno
import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "BULK_ORDERS_FAILPOINTS"
LOG_VARIABLE: Final = "BULK_ORDERS_FAILPOINTS_LOG"

POINTS: Final[Mapping[str, str]] = {
    "plan.loaded": "the plan file was read and is whole",
    "lock.before": "the shop's lock is about to be taken",
    "lock.taken": "it is ours",
    "folder.make": "a folder is about to be made",
    "journal.made": "a new journal lies beside its name, not yet under it",
    "commit.before": "entries of the journal are about to be committed",
    "commit.after": "they are durable",
    "intent.before": "an intent is about to be committed",
    "intent.after": "it is durable, and the request leaves next",
    "send.before": "a mutation is about to leave",
    "response.after": "its answer is here and nothing was done with it yet",
    "outcome.before": "an outcome is about to be committed",
    "outcome.after": "it is durable",
    "run.before-begin": "a run is about to be noted",
    "run.before-end": "its end is about to be noted",
    "bulk.submitted": "a bulk operation was started and nobody has asked about it yet",
    "bulk.upload": "the file of a bulk operation is about to be uploaded",
    "place.before": "the id of a bulk operation is about to be committed, for all changes in it",
    "place.after": "it is durable",
    "bulk.ended": "a bulk operation of changes has ended, and its result was not fetched yet",
    "bulk.joined": "what became of its lines is known, and nothing of it was written down yet",
    "download.block": "a block of a result is about to be written",
    "file.make": "a file is about to be begun beside its name",
    "file.sync": "it is about to be synced",
    "file.rename": "it is about to take its name",
    "file.renamed": "it has its name",
    "rescue": "outcomes that the journal did not take are about to be saved elsewhere",
}
"""Every point by its name; a test holds that each was passed and that no other is named."""

_ERRORS = {"full": errno.ENOSPC, "io": errno.EIO}
_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


@dataclass(frozen=True, slots=True)
class _Order:
    what: str
    number: int
    onward: bool

    def due(self, passed: int) -> bool:
        return passed >= self.number if self.onward else passed == self.number


class Failpoints:
    """What happens where, as the environment says."""

    def __init__(self, orders: Mapping[str, _Order], log: str | None) -> None:
        self._orders = orders
        self._log = log
        self._passed: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        if point not in POINTS:
            raise LookupError(f"no failpoint is called {point}")
        self._passed[point] += 1
        if self._log is not None:
            self._note(point)
        order = self._orders.get(point)
        if order is None or not order.due(self._passed[point]):
            return
        if order.what in _SIGNALS:
            os.kill(os.getpid(), _SIGNALS[order.what])
        else:
            code = _ERRORS[order.what]
            raise OSError(code, os.strerror(code))

    def _note(self, point: str) -> None:
        assert self._log is not None
        handle = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{point}\n".encode())
        finally:
            os.close(handle)


def read(environ: Mapping[str, str]) -> Failpoints | None:
    """What the environment asks for; None if nothing. ValueError for what cannot be meant."""
    asked, log = environ.get(VARIABLE, ""), environ.get(LOG_VARIABLE)
    if not asked and not log:
        return None
    orders = {}
    for part in filter(None, asked.split(",")):
        point, _, what = part.strip().partition("=")
        what, _, number = what.partition("@")
        if point not in POINTS or what not in {*_ERRORS, *_SIGNALS}:
            raise ValueError(f"{VARIABLE}: {part!r} is no failpoint")
        orders[point] = _Order(what, int(number.removesuffix("+") or 1), number.endswith("+"))
    return Failpoints(orders, log)


watcher: Callable[[str], None] | None = read(os.environ)
"""Whoever wants to know of every point that is passed; a test inside the process puts its own here."""


def passing(point: str) -> None:
    """The program is at `point`."""
    if watcher is not None:
        watcher(point)
