"""The live bar of a terminal: counts by outcome and the time left, with lines above it for what needs a look."""

from __future__ import annotations

import sys

from rich.console import Console as Terminal
from rich.live import Live
from rich.text import Text

from bulk_orders.language import say
from bulk_orders.views.paint import Paint
from bulk_orders.views.progress import LINES, PLAIN_LINES, Tally, frame


class Bar:
    """One bar on stderr; it goes when it stops."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._terminal = _terminal(paint)
        self._lines = LINES if _can_write(LINES) else PLAIN_LINES
        self._live = Live(Text(say("starting")), console=self._terminal, transient=True, refresh_per_second=10)

    def start(self) -> None:
        self._live.start(refresh=True)

    def stop(self) -> None:
        self._live.stop()

    def update(self, tally: Tally, now: float) -> None:
        """Draw the figures; one cell is left free, where some terminals would begin a new line."""
        line = frame(tally, now, self._terminal.width - 1, self._paint, self._lines)
        self._live.update(_one_line(line))

    def above(self, text: str) -> None:
        """A line that stays, above the bar; never taken for markup."""
        self._terminal.print(Text.from_ansi(text))


class Counter:
    """A counter for work whose end is not known."""

    def __init__(self, paint: Paint) -> None:
        spinner = "dots" if _can_write("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") else "line"
        self._status = _terminal(paint).status(Text("..."), spinner=spinner)

    def start(self) -> None:
        self._status.start()

    def stop(self) -> None:
        self._status.stop()

    def update(self, text: str) -> None:
        self._status.update(_one_line(text))


def _terminal(paint: Paint) -> Terminal:
    return Terminal(stderr=True, highlight=False, no_color=not paint.colour)


def _one_line(text: str) -> Text:
    """Cut where the screen ends: what is drawn over itself must stay on its line."""
    found = Text.from_ansi(text)
    found.no_wrap, found.overflow = True, "crop"
    return found


def _can_write(signs: str) -> bool:
    try:
        signs.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
