"""The leaky bucket of calculated query costs, one per access token.

Its one rule: what is requested must fit before anything runs, and what was not used comes back after
(shopify-api.md 3), so a throttled request has never been executed.
"""

from dataclasses import dataclass
from typing import Any, Final

from bulk_orders.devstore.settings import Settings

ROUNDING: Final = 0.001  # epoch seconds as floats are not exact: who waits exactly long enough must pass


@dataclass(slots=True)
class Bucket:
    """The points of one token."""

    available: float
    at: float


class Buckets:
    """Buckets by token; size and rate follow the settings, also while they change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[str, Bucket] = {}

    def _refilled(self, token: str, now: float) -> Bucket:
        size = self._settings.size()
        bucket = self._buckets.setdefault(token, Bucket(size, now))
        gained = max(0.0, now - bucket.at) * self._settings.rate()
        bucket.available = min(size, bucket.available + gained)
        bucket.at = now
        return bucket

    def take(self, token: str, points: int, now: float) -> bool:
        """Takes the points, or says that they are not there."""
        bucket = self._refilled(token, now)
        if points > bucket.available + ROUNDING:
            return False
        bucket.available -= points
        return True

    def give_back(self, token: str, points: int, now: float) -> None:
        """Returns what was requested and not used."""
        bucket = self._refilled(token, now)
        bucket.available = min(self._settings.size(), bucket.available + points)

    def drain(self, token: str, points: float, now: float) -> None:
        """Somebody else with the same token used some points."""
        self._refilled(token, now).available -= points

    def status(self, token: str, now: float) -> dict[str, Any]:
        """throttleStatus as every answer carries it; whole numbers as recorded."""
        bucket = self._refilled(token, now)
        return {
            "maximumAvailable": _whole(self._settings.size()),
            "currentlyAvailable": int(bucket.available + ROUNDING),
            "restoreRate": _whole(self._settings.rate()),
        }


def _whole(number: float) -> float | int:
    return int(number) if float(number).is_integer() else number
