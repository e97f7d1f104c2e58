"""Nights, one or several side by side: each shop has its own lock, its own rate limit and its own end.

A shop that fails, cannot begin or has a bug in its way stops none of the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bulk_orders.cli.console import Console
from bulk_orders.cli.night_output import NightOutput, make_work
from bulk_orders.cli.signals import heeded
from bulk_orders.core.events import NightEnded
from bulk_orders.core.nights import Night, loudest
from bulk_orders.core.policy import Policy
from bulk_orders.errors import BulkOrdersError, Interrupted
from bulk_orders.flows.night_work import Work
from bulk_orders.flows.reconcile import Ended, reconcile
from bulk_orders.settings import Settings
from bulk_orders.storage.atomic import write_text
from bulk_orders.views.night_html import night_html

REPORT = "report.html"


@dataclass(slots=True)
class Job:
    """One shop's night, and what became of it: a night, or why there is none. `name` is empty for a shop alone."""

    name: str
    address: str
    settings: Settings | None = None
    policy: Policy | None = None
    sheet: str | None = None
    night: Night | None = None
    error: BaseException | None = None
    ended: NightEnded | None = None
    output: NightOutput | None = field(default=None, repr=False)

    @property
    def exit_code(self) -> int:
        if isinstance(self.error, BulkOrdersError):
            return self.error.exit_code
        if self.error is not None:
            return 1
        return self.ended.exit_code if self.ended is not None else 130

    def keep(self, ended: Ended) -> None:
        """The night has ended, however it ended: it gets its page."""
        self.night = ended.night
        write_text(ended.folder / REPORT, night_html(ended.night, ended.shown))


def run_nights(jobs: Sequence[Job], console: Console, *, trial: bool) -> int:
    """Run them side by side; the exit code that speaks for all of them."""
    asyncio.run(_side_by_side([job for job in jobs if job.error is None], console, trial=trial))
    return loudest([job.exit_code for job in jobs])


async def _side_by_side(jobs: Sequence[Job], console: Console, *, trial: bool) -> None:
    works: list[Work] = []
    tasks = []
    for job in jobs:
        assert job.settings is not None
        assert job.policy is not None
        job.output = NightOutput(console, job.name)
        works.append(make_work(job.settings, job.policy, trial=trial))
        tasks.append(asyncio.create_task(_one(job, works[-1])))
    _listen(works, tasks)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _one(job: Job, work: Work) -> None:
    try:
        async for event in reconcile(job.sheet, work, job.keep):
            if isinstance(event, NightEnded):
                job.ended = event
            elif job.output is not None:
                job.output.show(event)
    except asyncio.CancelledError:
        what = "Interrupted. What was begun is on record."
        job.error = Interrupted(what, fix="The next night goes on with it.", sent=True)
    except Exception as error:  # a bug in one shop's night is no reason to leave the others undone
        job.error = error


def _listen(works: Sequence[Work], tasks: Sequence[asyncio.Task[None]]) -> None:
    """The first signal ends the nights after what is in flight, the second at once."""
    asked = False

    def interrupted() -> None:
        nonlocal asked
        for work, task in zip(works, tasks, strict=True):
            if asked:
                task.cancel()
            else:
                work.stop.request(by_person=True)
        asked = True

    loop = asyncio.get_running_loop()
    for number in heeded():
        loop.add_signal_handler(number, interrupted)


def report_of(job: Job) -> Path | None:
    """Where the page of a job's night is."""
    return Path(job.night.folder) / REPORT if job.night is not None else None
