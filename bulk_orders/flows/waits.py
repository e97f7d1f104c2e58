"""Who waits for what: one account of all changes whose outcome does not show yet, told while nothing else moves.

Its one rule: it says no more than is known. Only what Shopify said that it has begun is called begun, one order never
stands for many, and the time given is the longest that it can take, so it only ever runs down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from bulk_orders.clock import Clock
from bulk_orders.core.changes import Change

SAY_EVERY = 5.0
_FIRST_AFTER = 1.0
_NAMED = 3


class Why(StrEnum):
    """What a change waits for."""

    WINDOW = "window"
    """Its last send came to nothing that is known; it is read once it must show."""
    UNCLEAR = "unclear"
    """That time is over and it does not show; Shopify may be at it, or may never have had it."""
    BEGUN = "begun"
    """Shopify said that it has begun."""
    TAKEN = "taken"
    """Shopify said yes, and the order does not show it."""
    SHOP = "shop"
    """Shopify may do something by itself, which the change answers."""


REASONS = {Why.WINDOW: "settle", Why.UNCLEAR: "settle", Why.BEGUN: "job", Why.TAKEN: "job", Why.SHOP: "settle"}
_WORDS = {
    Why.WINDOW: "it is not known what became of {}, so it is read again ({})",
    Why.UNCLEAR: "{} not to be seen yet ({}): Shopify may be at it, or it never arrived",
    Why.BEGUN: "Shopify has begun {} and has not said that it is done ({})",
    Why.SHOP: "Shopify is given time to archive by itself, before {} ({})",
    Why.TAKEN: "Shopify took {}, not to be seen on the order yet ({})",
}


@dataclass(frozen=True, slots=True)
class Waited:
    """What is waited for: why, of how many changes, for how many seconds at most, in words."""

    why: Why
    changes: int
    seconds: float
    detail: str


class Waits:
    """The account of one run. `idle` says whether nothing else is going on."""

    def __init__(self, clock: Clock, idle: Callable[[], bool], say: Callable[[Waited], None]) -> None:
        self._clock = clock
        self._idle = idle
        self._say = say
        self._waiting: dict[str, tuple[Change, Why, float]] = {}
        self._somebody = asyncio.Event()

    @contextmanager
    def waiting(self, change: Change, why: Why, until: float) -> Iterator[None]:
        """`change` waits for `why`, until the monotonic time `until` at the latest."""
        self._waiting[change.id] = (change, why, until)
        self._somebody.set()
        try:
            yield
        finally:
            del self._waiting[change.id]

    async def run(self) -> None:
        """Tell of it every few seconds, until cancelled."""
        while True:
            await self._somebody.wait()
            self._somebody.clear()
            await self._clock.sleep(_FIRST_AFTER)
            while self._waiting:
                if self._idle():
                    for told in self.told():
                        self._say(told)
                await self._clock.sleep(SAY_EVERY)

    def told(self) -> Iterator[Waited]:
        """Each reason for which something waits now."""
        for why in Why:
            some = [(change, until) for change, reason, until in self._waiting.values() if reason is why]
            if some:
                seconds = max(0.0, max(until for _, until in some) - self._clock.monotonic())
                changes = [change for change, _ in some]
                counted = f"{len(changes):,} changes" if len(changes) > 1 else "a change"
                yield Waited(why, len(changes), seconds, _WORDS[why].format(counted, _names(changes)))


def _names(changes: list[Change]) -> str:
    names = list(dict.fromkeys(change.name for change in changes))
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED:,} more"
