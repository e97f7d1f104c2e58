"""One bulk operation: CREATED, RUNNING, then COMPLETED, FAILED, CANCELING or CANCELED, at last EXPIRED.

Its one rule: the record holds times and results; when it is in which status follows from the clock and is
kept by `BulkOperations`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bulk_orders.devstore.settings import BulkFate

TERMINAL = frozenset({"COMPLETED", "FAILED", "CANCELED", "EXPIRED"})


@dataclass(slots=True, eq=False)
class Output:
    """What an operation wrote so far: its lines, and how many of them are root objects."""

    lines: list[str] = field(default_factory=list)
    roots: int = 0
    error: str | None = None
    kept: int = 0  # lines that were handed over

    @property
    def objects(self) -> int:
        """Lines written so far."""
        return self.kept + len(self.lines)

    def take(self) -> list[str]:
        """Hands the lines over, so that a large result is not kept twice."""
        lines, self.lines = self.lines, []
        self.kept += len(lines)
        return lines


@dataclass(slots=True, eq=False)
class BulkOperation:
    """The record. `created_at` is shown in whole seconds, `started_at` is exact; `work` yields the share of
    the roots that is done, `data` is the file."""

    id: str
    type: str
    query: str
    created_at: float
    finish_at: float
    started_at: float
    output: Output
    work: Iterator[float]
    status: str = "CREATED"
    error_code: str | None = None
    completed_at: float | None = None
    cancel_at: float | None = None
    done_share: float = 0.0
    exhausted: bool = False
    data: bytes | None = None
    partial: bytes | None = None
    file_token: str = ""
    url_expires: float = 0.0
    fate: BulkFate | None = None
    client_identifier: str | None = None

    @property
    def object_count(self) -> int:
        """Objects processed so far."""
        return self.output.objects

    @property
    def root_object_count(self) -> int:
        """Root objects processed so far."""
        return self.output.roots

    @property
    def file_size(self) -> int | None:
        """Bytes of the result; null until there is one, and for cancelled operations."""
        if self.status == "CANCELED" or self.data is None:
            return None
        return len(self.data)

    @property
    def active(self) -> bool:
        """Whether it still occupies one of the five places; a CANCELING one does."""
        return self.status not in TERMINAL
