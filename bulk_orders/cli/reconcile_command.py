"""`bulk-orders reconcile [SHEET] --policy FILE`: the night, with nobody there.

Whether another night runs is asked before anything heavy is imported, so that a second one is turned away at once.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.cli.signals import heeded
from bulk_orders.core.policy import Policy, check_pattern
from bulk_orders.errors import Interrupted, Misused, ShopLocked
from bulk_orders.storage.nights import night_lock
from bulk_orders.storage.policies import load_policy

if TYPE_CHECKING:
    from bulk_orders.cli.night_output import NightOutput, Nights
    from bulk_orders.core.events import NightEnded
    from bulk_orders.flows.night_work import Work


@click.command("reconcile")
@click.argument("sheet", metavar="[SHEET]", required=False)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="What may run by itself, how much of it, and the rules (TOML).",
)
@click.option(
    "--explain", metavar="ORDER", help="Which rule takes this order (#1001, or an id), and why. Changes nothing."
)
@click.option("--dry-run", is_flag=True, help="The whole night but for the changes: nothing is applied.")
@common(shop=True)
def command(here: Here, sheet: str | None, policy_file: Path, explain: str | None, *, dry_run: bool) -> int:
    """The nightly run: plan SHEET and the policy's rules, apply what the policy allows, leave the rest for a person.

    SHEET may have placeholders: orders-{date}.csv is orders-2026-11-22.csv on that night. What comes out is in a folder
    with the date, in the state folder: the plans, the results, a report, and night.json.
    """
    policy = load_policy(policy_file)
    _wanted(sheet, policy, policy_file)
    here.settings.required_shop()
    here.settings.required_credentials()
    if explain is not None:
        return _explain(here, policy, sheet, explain)
    _alone(here)
    return _night(here, policy, sheet, trial=dry_run)


def _wanted(sheet: str | None, policy: Policy, file: Path) -> None:
    if sheet is not None:
        check_pattern(sheet)
    elif not policy.rules:
        raise Misused(
            f"There is nothing to reconcile: no SHEET is named, and {file.name} has no rules.",
            fix="Name a sheet, or write a rule into the policy.",
        )


def _alone(here: Here) -> None:
    address = str(here.settings.required_shop())
    other = night_lock(here.settings.home, address).holder()
    if other is not None:
        raise ShopLocked(
            f"Another night is at work on {address} (process {other}).",
            fix="Nothing is lost: what it does not do, the next one does.",
        )


def _night(here: Here, policy: Policy, sheet: str | None, *, trial: bool) -> int:
    from bulk_orders.cli.night_output import NightOutput, Nights
    from bulk_orders.cli.night_telling import find_listeners, tell

    listeners = find_listeners(policy, os.environ)
    output, kept = NightOutput(here.console), Nights()
    try:
        ended = asyncio.run(_consume(_work(here, policy, trial=trial), sheet, output, kept))
    finally:
        shops = [str(here.settings.required_shop())]
        tell(listeners, kept.nights, here.settings.home, shops, here.console)
    if ended is None:
        raise Interrupted("Interrupted. What was begun is on record.", fix="The next night goes on with it.", sent=True)
    output.end(ended)
    return ended.exit_code


def _work(here: Here, policy: Policy, *, trial: bool) -> Work:
    from bulk_orders.cli.night_output import make_work

    return make_work(here.settings, policy, trial=trial)


async def _consume(work: Work, sheet: str | None, output: NightOutput, kept: Nights) -> NightEnded | None:
    from bulk_orders.core.events import NightEnded
    from bulk_orders.flows.reconcile import reconcile

    _listen(work)
    ended = None
    try:
        async for event in reconcile(sheet, work, kept.keep):
            if isinstance(event, NightEnded):
                ended = event
            else:
                output.show(event)
    except asyncio.CancelledError:
        return None
    return ended


def _listen(work: Work) -> None:
    """The first signal ends the night after what is in flight, the second at once."""
    task = asyncio.current_task()
    assert task is not None

    def interrupted() -> None:
        if work.stop.by_person:
            task.cancel()
            return
        work.stop.request(by_person=True)

    loop = asyncio.get_running_loop()
    for number in heeded():
        loop.add_signal_handler(number, interrupted)


def _explain(here: Here, policy: Policy, sheet: str | None, order: str) -> int:
    if not policy.rules:
        raise Misused("The policy has no rules to explain.", fix="Write a [[rules]] into it.")
    from bulk_orders.flows.explain_order import explain
    from bulk_orders.views.explain_text import explanation_json, explanation_text

    explanation = asyncio.run(explain(order, _work(here, policy, trial=True), sheet))
    if here.console.json:
        here.console.document(explanation_json(explanation))
    else:
        here.console.result(explanation_text(explanation, here.console.paint))
    return 0
