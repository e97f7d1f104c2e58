"""`bulk-orders reconcile [SHEET] --policy FILE`: the night, with nobody there.

Whether another night runs is asked before anything heavy is imported, so that a second one is turned away at once.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.core.policy import Policy, check_wanted
from bulk_orders.errors import Misused, ShopLocked
from bulk_orders.storage.nights import night_lock
from bulk_orders.storage.policies import load_policy


@click.command("reconcile")
@click.argument("sheet", metavar="[SHEET]", required=False)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What may run by itself, how much of it, and the rules (TOML).",
)
@click.option(
    "--explain", metavar="ORDER", help="Which rule takes this order (#1001, or an id), and why. Changes nothing."
)
@click.option("--dry-run", is_flag=True, help="The whole night but for the changes: nothing is applied.")
@click.option("--all-shops", is_flag=True, help="Every shop of [shops] in bulk_orders.toml, side by side.")
@common(shop=True)
def command(
    here: Here, sheet: str | None, policy_file: Path | None, explain: str | None, *, dry_run: bool, all_shops: bool
) -> int:
    """The nightly run: plan SHEET and the policy's rules, apply what the policy allows, leave the rest for a person.

    SHEET may have placeholders: orders-{date}.csv is orders-2026-11-22.csv on that night. What comes out is in a folder
    with the date, in the state folder: the plans, the results, a report, and night.json.
    """
    if all_shops:
        from bulk_orders.cli.all_nights import all_nights

        if explain is not None:
            raise Misused("--explain is about an order of one shop.", fix="Name the shop with --shop instead.")
        return all_nights(here, policy_file, sheet, trial=dry_run)
    if policy_file is None:
        raise Misused("Missing option '--policy'.", fix="Name the policy file: --policy policy.toml")
    policy = load_policy(policy_file)
    check_wanted(sheet, policy, policy_file.name)
    here.settings.required_shop()
    here.settings.required_credentials()
    if explain is not None:
        return _explain(here, policy, sheet, explain)
    _alone(here)
    return _night(here, policy, sheet, trial=dry_run)


def _alone(here: Here) -> None:
    address = str(here.settings.required_shop())
    other = night_lock(here.settings.home, address).holder()
    if other is not None:
        raise ShopLocked(
            f"Another night is at work on {address} (process {other}).",
            fix="Nothing is lost: what it does not do, the next one does.",
        )


def _night(here: Here, policy: Policy, sheet: str | None, *, trial: bool) -> int:
    from bulk_orders.cli.night_runner import Job, run_nights
    from bulk_orders.cli.night_telling import find_listeners, tell

    listeners = find_listeners(policy, os.environ)
    job = Job("", str(here.settings.required_shop()), here.settings, policy, sheet)
    code = run_nights([job], here.console, trial=trial)
    tell(listeners, [job], here.settings.home, here.console, trial=trial)
    if job.error is not None:
        raise job.error
    assert job.ended is not None
    assert job.output is not None
    job.output.end(job.ended)
    return code


def _explain(here: Here, policy: Policy, sheet: str | None, order: str) -> int:
    if not policy.rules:
        raise Misused("The policy has no rules to explain.", fix="Write a [[rules]] into it.")
    from bulk_orders.cli.night_output import make_work
    from bulk_orders.flows.explain_order import explain
    from bulk_orders.views.explain_text import explanation_json, explanation_text

    explanation = asyncio.run(explain(order, make_work(here.settings, policy, trial=True), sheet))
    if here.console.json:
        here.console.document(explanation_json(explanation))
    else:
        here.console.result(explanation_text(explanation, here.console.paint))
    return 0
