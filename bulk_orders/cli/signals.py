"""Ctrl-C, a service that is stopped and a terminal that goes away are one thing: end now, and keep what was done.

`apply` puts its own two stages in their place while it sends (apply_command).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_came: list[int] = []


class AskedToStop(KeyboardInterrupt):
    """A signal that asks this process to end.

    Its own class: after a plain KeyboardInterrupt that passed through generated code (a dataclass that is being made)
    Python ends by SIGINT, whoever has caught it since.
    """


def heeded() -> list[signal.Signals]:
    """The signals that ask this process to end, without those that its parent told it to ignore (nohup)."""
    return [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]


def ending_quietly() -> None:
    """Until `listening`: nothing was begun that could be finished or told of."""
    for number in heeded():
        signal.signal(number, _quietly)


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Let all of them raise AskedToStop, where nobody has said what else they should do."""
    before = {}
    _came.clear()
    with contextlib.suppress(ValueError):  # only the main thread may
        for number in heeded():
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _quietly):
                before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is _interrupt:
                signal.signal(number, handler)


def were_heard() -> bool:
    """Whether one came while this process listened.

    What is raised in the middle of an import comes out as whatever that import makes of it: no bug of anybody's.
    """
    return bool(_came)


def deaf() -> None:
    """Heed no signal any more: for the moments in which the process ends by itself."""
    with contextlib.suppress(ValueError):  # only the main thread may
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)


def _quietly(_: int, __: FrameType | None) -> NoReturn:
    os._exit(130)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    _came.append(number)
    raise AskedToStop(signal.Signals(number).name)
