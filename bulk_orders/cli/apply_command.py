"""`bulk-orders apply PLAN`: ask for what has to be confirmed, then replay, with a bar, lines or JSON.

The lock is taken before anything heavy is imported, so that a second run is turned away at once.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.console import talk
from bulk_orders.cli.limit_options import limits
from bulk_orders.cli.options import Here, common, path_argument
from bulk_orders.cli.signals import heeded
from bulk_orders.clock import SystemClock
from bulk_orders.errors import Declined, Misused
from bulk_orders.flows.begin_run import Run, begin_run
from bulk_orders.language import plural, say, told
from bulk_orders.settings import TRANSPORTS
from bulk_orders.storage.kept_plans import named

if TYPE_CHECKING:
    import asyncio

    from bulk_orders.cli.apply_output import ApplyOutput
    from bulk_orders.core.plan import Plan
    from bulk_orders.flows.stop import Stop


@click.command("apply")
@path_argument("plan", "PLAN")
@click.option("--yes", is_flag=True, help="Do what can be undone without asking.")
@click.option("--confirm", metavar="HANDLE", help="The shop's handle: do also what cannot be undone, without asking.")
@click.option(
    "--plan-digest",
    metavar="DIGEST",
    help="The digest that the plan's report shows: only the plan that was approved is applied.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="PART",
    help="The part of the shop's rate limit to use, such as 0.8: the rest is for your other apps.",
)
@click.option(
    "--transport",
    type=click.Choice(TRANSPORTS),
    help="How changes go to the shop: one by one (single), in bulk where they may (tags, notes, archive, unarchive), "
    "or in the way that is faster (auto, the default).",
)
@common(shop=True)
@limits
def command(
    here: Here,
    plan: Path,
    *,
    yes: bool,
    confirm: str | None,
    plan_digest: str | None,
    share: float | None,
    transport: str | None,
) -> int:
    """Do exactly a plan, on the plan's own shop.

    Each order is read again right before it is touched; one that somebody changed in the meantime is left alone. The
    same command goes on after any interruption.
    """
    if share is not None:
        here = replace(here, settings=replace(here.settings, share=share))
    if transport is not None:
        here = replace(here, settings=replace(here.settings, transport=transport))
    with begin_run(named(plan, here.settings.home), here.settings, SystemClock(), plan_digest) as run:
        if not run.plan.changes:
            return _nothing_to_do(here, run)
        here.settings.at(run.address).required_credentials()
        _confirmed(run.plan, yes=yes, handle=confirm)
        from bulk_orders.views.text import note_lines

        for notice in run.notices:
            here.console.say("\n".join(note_lines(told(notice))))
        return _replay(here, run)


def _nothing_to_do(here: Here, run: Run) -> int:
    from bulk_orders.core.events import Summary
    from bulk_orders.core.results import tally
    from bulk_orders.views.machine import event_json

    summary = Summary(SystemClock().now().isoformat(timespec="milliseconds"), run.plan.plan_id, tally(()), 0)
    here.console.result(event_json(summary) if here.console.json else say("Nothing to do: the plan has no changes."))
    return 0


def _confirmed(plan: Plan, *, yes: bool, handle: str | None) -> None:
    """Nothing for good without the shop's handle, nothing at all without a yes; asked for on a terminal only."""
    final = len(plan.irreversible)
    if handle is not None:
        if handle != plan.shop.handle:
            raise Misused(
                f"--confirm {handle} is not this plan's shop.", fix=f"The plan is for --confirm {plan.shop.handle}"
            )
        return
    if final and yes:
        raise Misused(
            f"Changes that cannot be undone: {final} of {len(plan.changes)}; --yes does not answer for them.",
            fix=f"Look at the plan, then pass --confirm {plan.shop.handle}",
        )
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        flag = f"--confirm {plan.shop.handle}" if final else "--yes"
        raise Misused("There is no terminal to ask on.", fix=f"Look at the plan, then pass {flag}")
    _ask(plan, final)


def _ask(plan: Plan, final: int) -> None:
    from bulk_orders.views.plan_text import summary
    from bulk_orders.views.wrapping import wrap

    talk("\n".join([*wrap(summary(plan)), ""]))
    if final:
        question = plural(
            "{count} of them cannot be undone. To go on, type the shop's handle ({handle}):",
            "{count} of them cannot be undone. To go on, type the shop's handle ({handle}):",
            final,
            handle=plan.shop.handle,
        )
        answer = _answer(question)
        if answer != plan.shop.handle:
            raise Declined("Not confirmed.", fix=f"To go on: type {plan.shop.handle} when asked.")
        _ask_about_deletions(plan)
        return
    if _answer(say("Apply to {shop}? [y/N]", shop=plan.shop.domain)).lower() not in {"y", "yes", "o", "oui", "j", "ja"}:
        raise Declined("Not confirmed.")


def _answer(question: str) -> str:
    """What is typed behind a question on the terminal."""
    talk(f"{question} ")
    return sys.stdin.readline().strip()


def _ask_about_deletions(plan: Plan) -> None:
    """Deleting asks once more, with its own number: nobody can look at a deleted order any more."""
    number = plan.counts()["delete"]
    if not number:
        return
    phrase = f"delete {number}"
    question = plural(
        "{count} order leaves your reports for good. To go on, type '{words}' (without quotes):",
        "{count} orders leave your reports for good. To go on, type '{words}' (without quotes):",
        number,
        words=phrase,
    )
    if _answer(question).lower() != phrase:
        raise Declined("Not confirmed.", fix=f"To go on: type {phrase} when asked.")


def _replay(here: Here, run: Run) -> int:
    """Run the events through to the screen; two stages of Ctrl-C."""
    import asyncio

    from bulk_orders.cli.apply_output import ApplyOutput
    from bulk_orders.flows.apply_plan import apply_plan
    from bulk_orders.flows.stop import Stop

    clock = SystemClock()
    output = ApplyOutput(here.console, run, clock)

    async def consume() -> int:
        stop = Stop()
        task = asyncio.current_task()
        assert task is not None
        _listen(stop, task, output)
        try:
            async for event in apply_plan(run, here.settings, clock, stop=stop):
                output.show(event)
        except asyncio.CancelledError:
            return output.cut_short()
        return output.exit_code

    with output:
        return asyncio.run(consume())


def _listen(stop: Stop, task: asyncio.Task[object], output: ApplyOutput) -> None:
    def interrupted() -> None:
        if stop.by_person:
            task.cancel()
            return
        stop.request(by_person=True)
        output.stopping()

    loop = task.get_loop()
    for number in heeded():
        loop.add_signal_handler(number, interrupted)
