"""What a person or a script sees of a run: JSON events, a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bulk_orders.cli.console import Console
from bulk_orders.cli.results_report import with_report
from bulk_orders.clock import Clock
from bulk_orders.core.events import ChangeDone, Event, Started, Summary, Waiting
from bulk_orders.core.results import tally
from bulk_orders.flows.begin_run import Run
from bulk_orders.language import say
from bulk_orders.views.machine import event_json
from bulk_orders.views.progress import Tally
from bulk_orders.views.text import event_line, summary_text

if TYPE_CHECKING:
    from bulk_orders.cli.live import Bar

_LINE_EVERY = 10.0


class ApplyOutput:
    """Takes the events of one run to the screen."""

    def __init__(self, console: Console, run: Run, clock: Clock) -> None:
        self._console = console
        self._run = run
        self._clock = clock
        self._tally = Tally(clock.monotonic())
        self._said = clock.monotonic()
        self._bar: Bar | None = None
        self.exit_code = 1

    def __enter__(self) -> Self:
        if self._console.live and not self._console.json:
            from bulk_orders.cli.live import Bar

            self._bar = Bar(self._console.talk_paint)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        self._tally.take(event, self._clock.monotonic())
        if isinstance(event, Summary):
            self._end(event)
        elif self._console.json:
            self._console.result(event_json(event))
        elif self._bar is not None:
            self._bar.update(self._tally, self._clock.monotonic())
            if _worth_a_line(event):
                self._bar.above(self._line(event))
        else:
            self._lines(event)

    def _lines(self, event: Event) -> None:
        """Without a terminal: what went wrong at once, the rest every ten seconds."""
        if _worth_a_line(event) or isinstance(event, Started):
            self._console.say(self._line(event))
        now = self._clock.monotonic()
        if now - self._said >= _LINE_EVERY:
            self._said = now
            self._console.say(self._tally.line(now))

    def _line(self, event: Event) -> str:
        return event_line(event, self._console.talk_paint) or ""

    def _end(self, summary: Summary) -> None:
        summary = with_report(summary, self._run.plan, self._run.path, self._run.journal.entries)
        self.exit_code = summary.exit_code
        if self._bar is not None:
            self._bar.update(self._tally, self._clock.monotonic())
            self._bar.stop()
            self._bar = None
        if self._console.json:
            self._console.result(event_json(summary))
        else:
            self._console.result(summary_text(self._untold(summary), self._run.path, self._console.paint))

    def _untold(self, summary: Summary) -> Summary:
        """Without the notices that stood before the run began."""
        if self._console.quiet:
            return summary
        return replace(summary, notices=tuple(each for each in summary.notices if each not in self._run.notices))

    def stopping(self) -> None:
        """The first Ctrl-C."""
        text = say("Stopping after what is in flight. Ctrl-C again stops at once; both are safe.")
        if self._bar is not None:
            self._bar.above(text)
        else:
            self._console.say(text)

    def cut_short(self) -> int:
        """The second Ctrl-C: say what is known and leave."""
        at = self._clock.now().isoformat(timespec="milliseconds")
        self.show(Summary(at, self._run.plan.plan_id, tally(self._run.journal.entries.values()), 130))
        return 130


def _worth_a_line(event: Event) -> bool:
    if isinstance(event, ChangeDone):
        return event.outcome not in {"applied", "already"}
    return isinstance(event, Waiting) or event.type == "stopping"
