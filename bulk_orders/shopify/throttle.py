"""The mirror of a shop's rate-limit bucket: pure arithmetic, learned from every reply, nothing hard-coded.

A request reserves its cost before it leaves and hands back what it did not use. Between replies the truth lies
between two bounds: what the last reply said was left, and that less everything still in flight (which the reply may
or may not have counted). The mirror is kept inside them, so it neither storms a throttled shop nor leaves points
lying (performance.md, replay).
"""

from __future__ import annotations

from dataclasses import dataclass

_NOTHING = 1e-6
"""Points that are only a matter of rounding."""
_SHORTEST = 0.001
"""Seconds: a shorter wait would be lost in the rounding of the clock and asked for again for ever."""


@dataclass(frozen=True, slots=True)
class ThrottleStatus:
    """`extensions.cost.throttleStatus` of a reply."""

    maximum: float
    available: float
    restore_rate: float


class Bucket:
    """How many points may be spent now. Times are seconds on one monotonic clock.

    `share` (above 0, at most 1) leaves the rest to what else speaks to the shop with the same app: of what the bucket
    holds and of what comes back, only that part is spent, whether anybody uses the rest or not.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._status: ThrottleStatus | None = None
        self._level = 0.0
        self._own = 0.0
        """What is left of our share; as the level is of the whole."""
        self._at = 0.0
        self._in_flight = 0.0

    @property
    def known(self) -> ThrottleStatus | None:
        """What the shop last said, or None before its first reply."""
        return self._status

    @property
    def in_flight(self) -> float:
        return self._in_flight

    def level(self, now: float) -> float:
        """Points that may be spent at `now`."""
        if self._status is None:
            return 0.0
        return min(self._filled(self._level, 1.0, now), self._filled(self._own, self._share, now))

    @property
    def restore_rate(self) -> float:
        """Points that come back for us in a second, 0 before the shop's first reply."""
        return self._status.restore_rate * self._share if self._status else 0.0

    def _filled(self, level: float, share: float, now: float) -> float:
        """A level with what has come back since."""
        if self._status is None:
            return level
        elapsed = max(0.0, now - self._at)
        return min(self._status.maximum * share, level + elapsed * self._status.restore_rate * share)

    def wait(self, cost: float, now: float) -> float:
        """Seconds until `cost` points are there; 0 when they are.

        Before the first reply one request at a time goes out, to learn. A cost above the whole bucket waits for a full
        one: the shop then says so itself.
        """
        if self._status is None:
            return 0.0 if self._in_flight == 0 else 0.05
        missing = min(cost, self._status.maximum * self._share) - self.level(now)
        if missing <= _NOTHING:
            return 0.0
        return max(_SHORTEST, missing / self.restore_rate) if self.restore_rate > 0 else 1.0

    def reserve(self, cost: float, now: float) -> float:
        """Take `cost` points for a request that is about to leave; returns how many, which `learn` is to be told.

        Never more than a whole bucket, whatever was expected: no request can take more, and one whose answer is lost
        would have to be waited for.
        """
        if self._status is not None:
            cost = min(cost, self._status.maximum * self._share)
        self._settle(now)
        self._level -= cost
        self._own -= cost
        self._in_flight += cost
        return cost

    def learn(self, reserved: float, used: float | None, status: ThrottleStatus | None, now: float) -> None:
        """Take in a reply: what its request had reserved, what it really used, what the shop says is left.

        `used` None: the request was not executed, or nothing is known of it; its reservation goes back only with a
        status that says so.
        """
        self._settle(now)
        self._in_flight = max(0.0, self._in_flight - reserved)
        if used is not None:
            self._level += reserved - used
            self._own += reserved - used
        if status is None:
            return
        first = self._status is None
        self._status = status
        if first:
            self._level = status.available - self._in_flight
            self._own = status.maximum * self._share - self._in_flight
            return
        self._level = min(max(self._level, status.available - self._in_flight), status.available)

    def _settle(self, now: float) -> None:
        self._level = self._filled(self._level, 1.0, now)
        self._own = self._filled(self._own, self._share, now)
        self._at = max(self._at, now)
