"""Time, injected: the one place that asks the machine what time it is and that waits.

Timeouts and settle windows are measured on the monotonic clock while a process lives; what must outlive the
process (a persisted settle window, a plan's age) is UTC. Tests put a virtual clock in its place.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up anything else."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        import asyncio  # not needed to be turned away at a lock

        await asyncio.sleep(seconds)
