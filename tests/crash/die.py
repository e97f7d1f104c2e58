"""Runs bulk-orders, and dies by SIGKILL at a named point of the protocol, the n-th time it is reached.

    python die.py POINT N COMMAND ...

Nothing of the program is replaced: its own functions run, and this process is killed right before or after one.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from typing import Any

from bulk_orders.cli.main import run
from bulk_orders.core.results import FINAL, Entry, State
from bulk_orders.shopify.client import AdminClient
from bulk_orders.storage.journal import Journal

POINTS = ("before-intent", "after-intent", "after-answer", "before-outcome", "after-outcome")


class _Reaper:
    def __init__(self, point: str, number: int) -> None:
        self.point = point
        self.left = number

    def at(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _install(reaper: _Reaper) -> None:
    write, post = Journal.write, AdminClient._post

    def dying_write(self: Journal, entries: Iterable[Entry]) -> None:
        listed = list(entries)
        intent = any(entry.state is State.SENDING for entry in listed)
        outcome = any(entry.state in FINAL or entry.state is State.ACCEPTED for entry in listed)
        if intent:
            reaper.at("before-intent")
        if outcome:
            reaper.at("before-outcome")
        write(self, listed)
        if intent:
            reaper.at("after-intent")
        if outcome:
            reaper.at("after-outcome")

    async def dying_post(self: AdminClient, document: Any, *args: Any, **kwargs: Any) -> Any:
        answer = await post(self, document, *args, **kwargs)
        if document.root:
            reaper.at("after-answer")
        return answer

    Journal.write = dying_write  # type: ignore[method-assign]
    AdminClient._post = dying_post  # type: ignore[method-assign]


if __name__ == "__main__":
    _install(_Reaper(sys.argv[1], int(sys.argv[2])))
    sys.exit(run(sys.argv[3:]))
