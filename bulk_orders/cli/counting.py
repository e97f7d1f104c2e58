"""A counter on the screen while something runs: drawn on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from bulk_orders.cli.console import Console
from bulk_orders.clock import Clock

_LINE_EVERY = 10.0


@contextlib.contextmanager
def counting(console: Console, clock: Clock) -> Iterator[Callable[[str], None]]:
    """Give a function that shows how far it is."""
    if console.live and not console.json:
        from bulk_orders.cli.live import Counter

        counter = Counter(console.talk_paint)
        counter.start()
        try:
            yield counter.update
        finally:
            counter.stop()
        return
    said = clock.monotonic() - _LINE_EVERY

    def tell(text: str) -> None:
        nonlocal said
        now = clock.monotonic()
        if now - said >= _LINE_EVERY:
            said = now
            console.say(f"{text} ...")

    yield tell
