"""Where in a bulk operation a change is: which operation, which line of its file. Written into the journal.

Before the shop has named the operation it is known by the mark of its submission.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_PLACE = re.compile(r"(gid://shopify/BulkOperation/\d+|mark:[0-9a-f]{16})\?line=(\d+)&of=(\d+)")
_MARK = "mark:"


@dataclass(frozen=True, slots=True)
class Place:
    """`line` of `of` (from 0) in `operation`: its gid, or `mark:` and the mark of its submission."""

    operation: str
    line: int
    of: int

    def __str__(self) -> str:
        return f"{self.operation}?line={self.line}&of={self.of}"

    @classmethod
    def submitted(cls, mark: str, line: int, of: int) -> Self:
        """In an operation that is about to be submitted."""
        return cls(f"{_MARK}{mark}", line, of)

    @classmethod
    def read(cls, job_id: str | None) -> Self | None:
        """What the journal says; None for a change that is in no bulk operation."""
        found = _PLACE.fullmatch(job_id or "")
        return cls(found[1], int(found[2]), int(found[3])) if found else None

    @property
    def mark(self) -> str | None:
        """The mark of the submission, as long as that is all there is."""
        return self.operation.removeprefix(_MARK) if self.operation.startswith(_MARK) else None
