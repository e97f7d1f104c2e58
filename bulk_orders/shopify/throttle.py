"""The mirror of a shop's rate-limit bucket: pure arithmetic, learned from every reply, nothing hard-coded.

A request reserves its cost before it leaves and hands back what it did not use. Each reply says what was left, which
is believed, less everything still in flight: the reply may have counted some of that, but mostly left before it came.
Where others spend from the bucket as well, anything above that storms the shop; and no point is lost by it, for what
is counted twice stands in the bucket until the next reply. What others take steadily is measured, and what comes back
between two replies is that much less (performance.md, replay).
"""

from __future__ import annotations

from dataclasses import dataclass

_NOTHING = 1e-6
"""Points that are only a matter of rounding."""
_SHORTEST = 0.001
"""Seconds: a shorter wait would be lost in the rounding of the clock and asked for again for ever."""


_SHORTEST_WINDOW, _WINDOW = 1.0, 5.0
"""Seconds over which it is measured what comes back: the less it is, the sooner; what is in flight blurs it."""
_NOTICED = 0.85
"""The share of the restore rate below which others must be spending."""
_LEAST = 0.05
"""The share of the restore rate that is hoped for even where others took everything."""


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
        self._spent = 0.0
        self._since: tuple[float, float, float, float] | None = None
        """When what comes back was begun to be measured; what was then left, spent by us, and in flight."""
        self._coming: float | None = None
        """Points a second that come back, where others visibly take some of them."""

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
        return min(self._filled_level(now), self._filled_own(now))

    @property
    def restore_rate(self) -> float:
        """Points that come back for us in a second, 0 before the shop's first reply."""
        return min(self._coming_back(), self._status.restore_rate * self._share) if self._status else 0.0

    def _coming_back(self) -> float:
        assert self._status is not None
        rate = self._status.restore_rate
        return rate if self._coming is None else min(rate, self._coming)

    def _filled_level(self, now: float) -> float:
        """What the bucket holds, with what has come back since."""
        if self._status is None:
            return self._level
        return min(self._status.maximum, self._level + max(0.0, now - self._at) * self._coming_back())

    def _filled_own(self, now: float) -> float:
        """Our share of it; what others take is theirs."""
        if self._status is None:
            return self._own
        came = max(0.0, now - self._at) * self._status.restore_rate * self._share
        return min(self._status.maximum * self._share, self._own + came)

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
            self._spent += used
            self._level += reserved - used
            self._own += reserved - used
        if status is None:
            return
        first = self._status is None
        self._status = status
        if first:
            self._own = status.maximum * self._share - self._in_flight
        self._level = status.available - self._in_flight
        self._measure(status, now)

    def _measure(self, status: ThrottleStatus, now: float) -> None:
        """What really comes back in a second, where that is visibly less than the shop restores."""
        begun = (now, status.available, self._spent, self._in_flight)
        since, left, spent, blur = self._since or begun
        passed, used = now - since, self._spent - spent
        full = left + passed * status.restore_rate - used >= status.maximum
        if self._since is None or full:  # a full bucket loses what comes back, and tells nothing
            self._since, self._coming = begun, None
        elif self._in_flight < blur / 2:  # of which nobody knows whether the shop had taken it by then
            self._since = begun
        elif passed >= _SHORTEST_WINDOW:
            came = (status.available - left + used) / passed
            taken = came + self._in_flight / passed < _NOTICED * status.restore_rate
            if taken or passed >= _WINDOW:
                self._since, self._coming = begun, max(came, _LEAST * status.restore_rate) if taken else None

    def _settle(self, now: float) -> None:
        self._level, self._own = self._filled_level(now), self._filled_own(now)
        self._at = max(self._at, now)
