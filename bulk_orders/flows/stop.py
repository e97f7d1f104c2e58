"""The wish to end a run, shared by those who may have it and those who heed it."""

from __future__ import annotations

from collections.abc import Callable


class Stop:
    """Asked to end: `soon` finishes what is in flight and starts nothing new; `by_person` says who asked."""

    def __init__(self) -> None:
        self.soon = False
        self.by_person = False
        self.on_request: Callable[[], None] | None = None

    def request(self, *, by_person: bool = False) -> None:
        """Start nothing new."""
        self.soon = True
        self.by_person = self.by_person or by_person
        if self.on_request is not None:
            self.on_request()
