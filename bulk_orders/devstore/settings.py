"""Knobs of a devstore: the plan, how long things take, what the app may do, and who fails.

Its one rule: a duration is seconds or a function that returns them, so that a seeded function can make
every job last differently; `math.inf` means never.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Seconds = float | Callable[[], float]

SUPPORTED_VERSIONS: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
RESTORE_RATES: Final = {"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}
BUCKET_FACTOR: Final = 20  # [LIVE] for the standard plan (2000 / 100); the others [INFER]
PLAN_NAMES: Final = {
    "standard": "Basic",
    "advanced": "Advanced",
    "plus": "Shopify Plus",
    "enterprise": "Commerce Components",
}
ALL_SCOPES: Final = (
    "read_all_orders",
    "read_assigned_fulfillment_orders",
    "read_customers",
    "read_fulfillments",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "read_orders",
    "read_payment_terms",
    "read_products",
    "read_returns",
    "read_third_party_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_orders",
    "write_third_party_fulfillment_orders",
)  # not read_apps, as in the recordings, and not read_users: both need Shopify's leave


REQUEST_SECONDS: Final = 10.0
"""How long Shopify works on a request before it gives up answering: "waits up to 10 seconds" [USAGE response-codes]."""


def seconds(value: Seconds) -> float:
    """The duration that a knob stands for, this time."""
    return value() if callable(value) else value


@dataclass(frozen=True, slots=True)
class CancelFate:
    """A cancellation that fails: before anything happened ("start"), or after cancelledAt ("refund")."""

    message: str
    code: str = "INTERNAL_ERROR"
    field: tuple[str, ...] | None = None
    when: str = "start"


@dataclass(frozen=True, slots=True)
class BulkFate:
    """A bulk operation that does not complete: FAILED with an error code, or CANCELED by Shopify.

    `executed` is the share of the work that was done by then; `partial` the share of its result that partialDataUrl
    has, None means no such URL. What was done and is not in the file stays done (shopify-api.md 2).
    """

    status: str = "FAILED"
    error_code: str | None = "INTERNAL_SERVER_ERROR"
    partial: float | None = None
    executed: float = 1.0


def _no_fate(subject: Any) -> None:  # noqa: ARG001 - the default of a hook
    return None


@dataclass(slots=True)
class Settings:
    """All knobs; tests may turn them while the store runs."""

    plan: str = "standard"
    bucket_size: float | None = None
    restore_rate: float | None = None
    scopes: tuple[str, ...] = ALL_SCOPES
    serve_version: str | None = None
    job_seconds: Seconds = 1.0
    refund_seconds: Seconds = 0.0  # over REQUEST_SECONDS the request ends without an answer, the refund comes later
    bulk_seconds: Seconds = 2.0
    bulk_cancel_seconds: Seconds = 1.0
    auto_archive_seconds: Seconds | None = 1.0
    index_lag_seconds: Seconds = 1.0
    token_seconds: int = 86_399
    grants: bool = True  # False: the client credentials grant answers shop_not_permitted
    url_seconds: float = 7 * 86_400.0
    latency_seconds: float = 0.0
    latency_jitter: float = 0.0
    canceled_keeps_url: bool = False
    canceled_keeps_partial: bool = False  # what it wrote by then is at partialDataUrl (shopify-api.md 1.4)
    cancel_fate: Callable[[Any], CancelFate | None] = field(default=_no_fate)  # is given the Order
    bulk_fate: Callable[[Any], BulkFate | None] = field(default=_no_fate)  # is given the BulkOperation

    def rate(self) -> float:
        """Points per second that come back into the bucket."""
        return self.restore_rate if self.restore_rate is not None else RESTORE_RATES[self.plan]

    def size(self) -> float:
        """Points that the bucket holds."""
        return self.bucket_size if self.bucket_size is not None else BUCKET_FACTOR * self.rate()

    def version(self, asked: str) -> str:
        """The API version that serves a request: old and unknown ones fall forward to the oldest."""
        if self.serve_version is not None:
            return self.serve_version
        return asked if asked in (*SUPPORTED_VERSIONS, "unstable") else SUPPORTED_VERSIONS[0]
