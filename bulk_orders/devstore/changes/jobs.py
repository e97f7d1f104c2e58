"""Jobs of asynchronous mutations, and the results that 2026-10 gives them.

Its one rule: a job id says nothing about one order. Jobs that begin within the same second share their
gid, as recorded for several orders at once (shopify-api.md 4.1); a result belongs to one cancellation.
"""

from dataclasses import dataclass, field
from typing import Any

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.gids import Ids, gid
from bulk_orders.devstore.model.order import Order


@dataclass(slots=True, eq=False)
class OrderCancelJobResult:
    """One cancellation on its way: STARTED, then SUCCEEDED or FAILED."""

    id: str
    order: Order
    job: "Job"
    request: dict[str, Any]
    status: str = "STARTED"
    errors: list[UserError] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.status != "STARTED"

    def fail(self, error: UserError) -> None:
        """Ends it badly."""
        self.status, self.errors = "FAILED", [error]
        self.order.cancelling = False


@dataclass(slots=True, eq=False)
class Job:
    """What `job(id:)` shows: whether everything that shares this id has ended."""

    id: str
    results: list[OrderCancelJobResult] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether all its cancellations have ended."""
        return all(result.done for result in self.results)


class Jobs:
    """All jobs of a store."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._by_second: dict[int, Job] = {}
        self.jobs: dict[str, Job] = {}

    def begin(self, now: float, order: Order, request: dict[str, Any]) -> OrderCancelJobResult:
        """A new cancellation, in the job of this second."""
        second = int(now)
        if second not in self._by_second:
            job = Job(gid("Job", self._ids.uuid()))
            self._by_second[second] = self.jobs[job.id] = job
        job = self._by_second[second]
        result = OrderCancelJobResult(gid("OrderCancelJobResult", self._ids.uuid()), order, job, request)
        job.results.append(result)
        return result
