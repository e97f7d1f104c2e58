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
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never blocks: with nothing ready, time jumps to what is scheduled next."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        select = self._selector.select  # type: ignore[attr-defined]

        def jump(timeout: float | None = None) -> Any:
            ready = select(0)
            if ready or timeout == 0:
                return ready
            if timeout is None:
                raise AssertionError("everybody waits for nothing")
            self.passed += timeout
            return ready

        self._selector.select = jump  # type: ignore[attr-defined]

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
