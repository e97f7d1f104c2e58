"""Time that passes only when everybody waits: an event loop whose clock jumps to the next timer.

Nothing in a test waits in real time, and a day of waiting costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
_A_MOMENT, _A_WHILE = 0.02, 60.0
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never blocks: with nothing ready, time jumps to what is scheduled next.

    Threads live in real time: while some are at work it waits for them a moment before it jumps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self._threads = 0
        select = self._selector.select  # type: ignore[attr-defined]

        def jump(timeout: float | None = None) -> Any:
            ready = select(0)
            if ready or timeout == 0:
                return ready
            if self._threads or (timeout is None and getattr(self, "_default_executor", None) is not None):
                ready = select(_A_MOMENT if timeout is not None else _A_WHILE)
                if ready:
                    return ready
            if timeout is None:
                raise AssertionError("everybody waits for nothing")
            self.passed += timeout
            return ready

        self._selector.select = jump  # type: ignore[attr-defined]

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        work = super().run_in_executor(executor, func, *args)
        self._threads += 1
        work.add_done_callback(self._thread_ended)
        return work

    def _thread_ended(self, work: object) -> None:
        self._threads -= 1

    def time(self) -> float:
        return self.passed


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """The clock of the loop that runs; `skew` is how wrong this machine's time of day is."""

    skew: timedelta = timedelta()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic()) + self.skew

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
