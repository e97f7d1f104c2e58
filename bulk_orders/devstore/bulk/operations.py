"""All bulk operations of a store: starting, moving on by the clock, cancelling, finding.

Its one rule: at most five queries and five mutations that have not ended, whoever started them
(shopify-api.md 1.5); a CANCELING one still counts.
"""

import hashlib
import urllib.parse
from collections.abc import Iterator
from typing import Final

from bulk_orders.devstore.bulk.operation import BulkOperation, Output
from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.settings import seconds
from bulk_orders.devstore.state import State

PLACES: Final = 5
CREATED_SHARE: Final = 0.1  # of the time: CREATED first, as recorded
READ_SHARE: Final = 0.8  # of the time: everything is counted, the file is being written [INFER]
FILES: Final = "/bulk-operation-outputs"


class BulkOperations:
    """The operations, oldest first."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.all: list[BulkOperation] = []
        self.uploads: dict[str, bytes] = {}

    # -- starting -----------------------------------------------------------------------------------

    def in_progress(self, kind: str) -> UserError | None:
        """The refusal of a sixth operation of a kind, with all ids in it."""
        running = [op.id for op in self.all if op.type == kind and op.active]
        if len(running) < PLACES:
            return None
        words = f"A bulk {kind.lower()} operation for this app and shop is already in progress"
        return UserError(None, f"{words}: {', '.join(running)}.", "OPERATION_IN_PROGRESS")

    def start(self, kind: str, query: str, output: Output, work: Iterator[float]) -> BulkOperation:
        """A new operation; `work` writes into `output` when it is its time."""
        now = self._state.now()
        operation = BulkOperation(
            id=self._state.ids.new("BulkOperation"),
            type=kind,
            query=query,
            created_at=float(int(now)),
            finish_at=now + seconds(self._state.settings.bulk_seconds),
            started_at=now,
            output=output,
            work=work,
            file_token=self._state.ids.uuid().replace("-", "")[:28],
        )
        operation.fate = self._state.settings.bulk_fate(operation)
        self.all.append(operation)
        self._state.register(operation)
        return operation

    # -- moving on ----------------------------------------------------------------------------------

    def active(self) -> list[BulkOperation]:
        """Those that have not ended."""
        return [op for op in self.all if op.active]

    def due(self, now: float) -> list[BulkOperation]:
        """Those that end by now, in the order of their ends."""
        ending = [op for op in self.active() if min(op.finish_at, op.cancel_at or op.finish_at) <= now]
        return sorted(ending, key=lambda op: op.finish_at)

    def work(self, operation: BulkOperation) -> bool:
        """Does a piece of what is due by now; whether there is more."""
        now = self._state.clock()
        if operation.cancel_at is not None:
            self._cancel_due(operation, now)
            return False
        share = min(self._share(operation, now), operation.fate.executed if operation.fate else 1.0)
        for _ in range(25):
            if operation.exhausted or operation.done_share >= share:
                break
            step = next(operation.work, None)
            operation.exhausted = step is None
            operation.done_share = 1.0 if step is None else step
        if not operation.exhausted and operation.done_share < share:
            return True
        self._set_status(operation, now)
        return False

    def _share(self, operation: BulkOperation, now: float) -> float:
        """How much of the reading is due by now."""
        whole = operation.finish_at - operation.started_at
        if now >= operation.finish_at:
            return 1.0
        part = (now - operation.started_at) / whole
        return min(1.0, max(0.0, (part - CREATED_SHARE) / (READ_SHARE - CREATED_SHARE)))

    def _set_status(self, operation: BulkOperation, now: float) -> None:
        if operation.status in {"CREATED", "RUNNING"} and now >= operation.finish_at:
            self._finish(operation)
        elif operation.status == "CREATED":
            wait = min(1.0, CREATED_SHARE * (operation.finish_at - operation.started_at))
            if now >= operation.started_at + wait:
                operation.status = "RUNNING"

    def _finish(self, operation: BulkOperation) -> None:
        operation.completed_at = float(int(operation.finish_at))
        operation.url_expires = operation.finish_at + self._state.settings.url_seconds
        fate, error, lines = operation.fate, operation.output.error, operation.output.take()
        if fate is not None:
            operation.status, operation.error_code = fate.status, fate.error_code
            if fate.partial is not None:
                operation.partial = _file(lines[: int(len(lines) * fate.partial)])
        elif error is not None:
            operation.status, operation.error_code = "FAILED", error
        else:
            operation.status = "COMPLETED"
            operation.data = _file(lines) if lines else None

    # -- cancelling ---------------------------------------------------------------------------------

    def cancel(self, operation_id: str) -> tuple[BulkOperation | None, list[UserError]]:
        """Begins to cancel; one that has ended is refused ([LIVE notes], shopify-api.md 1.4)."""
        operation = self.find(operation_id)
        if operation is None:
            return None, [UserError(("id",), "Bulk operation does not exist")]
        if not operation.active:
            words = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
            return operation, [UserError(None, words)]
        if operation.status != "CANCELING":
            operation.status = "CANCELING"
            wait = seconds(self._state.settings.bulk_cancel_seconds)
            operation.cancel_at = self._state.now() + wait
        return operation, []

    def _cancel_due(self, operation: BulkOperation, now: float) -> None:
        if operation.cancel_at is None or now < operation.cancel_at or operation.status != "CANCELING":
            return
        operation.status, lines = "CANCELED", operation.output.take()
        operation.url_expires = operation.cancel_at + self._state.settings.url_seconds
        if self._state.settings.canceled_keeps_url:  # both were recorded
            operation.data = _file(lines)
        elif self._state.settings.canceled_keeps_partial:
            operation.partial = _file(lines)

    # -- finding ------------------------------------------------------------------------------------

    def find(self, operation_id: str) -> BulkOperation | None:
        """An operation by id."""
        found = next((op for op in self.all if op.id == operation_id), None)
        if found is not None:
            self._expire(found)
        return found

    def _expire(self, operation: BulkOperation) -> None:
        if operation.status == "COMPLETED" and self._state.clock() >= operation.url_expires:
            operation.status, operation.data = "EXPIRED", None

    def latest(self, kind: str) -> BulkOperation | None:
        """The most recent one of a kind, ended or not."""
        return next((op for op in reversed(self.all) if op.type == kind), None)

    # -- files --------------------------------------------------------------------------------------

    def url(self, operation: BulkOperation, base_url: str, *, partial: bool) -> str | None:
        """The signed URL of a result, as recorded; null while there is none."""
        self._expire(operation)
        if (operation.partial if partial else operation.data) is None:
            return None
        name = f"{operation.file_token}-{'partial' if partial else 'final'}"
        file = f"bulk-{operation.id.rsplit('/', 1)[-1]}.jsonl"
        query = {
            "GoogleAccessId": "assets@devstore.example.com",
            "Expires": str(int(operation.url_expires)),
            "Signature": signature(name, int(operation.url_expires)),
            "response-content-disposition": f"attachment; filename=\"{file}\"; filename*=UTF-8''{file}",
            "response-content-type": "application/jsonl",
        }
        return f"{base_url}{FILES}/{name}?{urllib.parse.urlencode(query)}"

    def file(self, name: str) -> bytes | None:
        """The file behind a URL."""
        for operation in self.all:
            if name == f"{operation.file_token}-final":
                return operation.data
            if name == f"{operation.file_token}-partial":
                return operation.partial
        return None


def signature(name: str, expires: int) -> str:
    """What makes a URL valid until it expires."""
    return hashlib.sha256(f"devstore:{name}:{expires}".encode()).hexdigest()


def _file(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
