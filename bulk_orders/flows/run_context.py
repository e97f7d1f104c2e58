"""What all parts of one run of a plan have in common: whose run it is, and through what it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bulk_orders.clock import Clock
from bulk_orders.core.events import Event
from bulk_orders.flows.recorder import Recorder
from bulk_orders.flows.stop import Stop
from bulk_orders.shopify.shop import Shop


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: how long a lost send may take to show, and a cancellation's job to end."""

    settle: float
    job_deadline: float


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run of one plan on one shop."""

    plan_id: str
    shop: Shop
    clock: Clock
    recorder: Recorder
    timing: Timing
    stop: Stop
    emit: Callable[[Event], None]

    def stopping(self) -> bool:
        """Nothing new is to be started."""
        return self.stop.soon
