"""The live bar of a terminal: counts by outcome and the time left, with lines above it for what needs a look."""

from __future__ import annotations

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bulk_orders.language import say
from bulk_orders.views.progress import Tally


class Bar:
    """One bar on stderr."""

    def __init__(self) -> None:
        self._progress = Progress(
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            TextColumn("{task.fields[remaining]}", style="dim", markup=False),
            console=Terminal(stderr=True, highlight=False),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, counts="", remaining=say("starting"))

    def start(self) -> None:
        self._progress.start()

    def stop(self) -> None:
        self._progress.stop()

    def update(self, tally: Tally, now: float) -> None:
        """Draw the figures."""
        self._progress.update(
            self._task,
            total=max(tally.left, tally.done) or None,
            completed=tally.done,
            counts=tally.counts(),
            remaining=tally.remaining(now),
        )

    def above(self, text: str) -> None:
        """A line that stays, above the bar; never taken for markup."""
        self._progress.console.print(Text.from_ansi(text))


class Counter:
    """A counter for work whose end is not known."""

    def __init__(self) -> None:
        self._status = Terminal(stderr=True, highlight=False).status(Text("..."))

    def start(self) -> None:
        self._status.start()

    def stop(self) -> None:
        self._status.stop()

    def update(self, text: str) -> None:
        self._status.update(Text(text))
