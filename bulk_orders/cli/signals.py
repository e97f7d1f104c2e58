"""Ctrl-C, a service that is stopped and a terminal that goes away are one thing: end now, and keep what was done.

`apply` puts its own two stages in their place while it sends (apply_command).
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class AskedToStop(KeyboardInterrupt):
    """A signal other than Ctrl-C.

    Its own class: after a plain KeyboardInterrupt that passed through generated code (a dataclass that is being made)
    Python ends by SIGINT, whoever has caught it since.
    """


def heeded() -> list[signal.Signals]:
    """The signals that ask this process to end, without those that its parent told it to ignore (nohup)."""
    return [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, where nobody has said what else they should do."""
    before = {}
    with contextlib.suppress(ValueError):  # only the main thread may
        for number in heeded():
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise AskedToStop(signal.Signals(number).name)
