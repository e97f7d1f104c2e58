"""`bulk-orders verify PLAN`: is the world as the report says?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bulk_orders.cli.options import Here, common, path_argument
from bulk_orders.language import say


@click.command("verify")
@path_argument("plan", "PLAN")
@click.option("--settle", is_flag=True, help="Write into the journal what the live orders prove of unknown outcomes.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="ORDER=OUTCOME",
    help="Take your word, applied or refused, for an outcome of this order that stayed unknown.",
)
@common(shop=True)
def command(here: Here, plan: Path, *, settle: bool, accepted: tuple[str, ...]) -> int:
    """Read every order of an applied plan again, and say where the world differs from the report. Sends nothing.

    Exit 3 where it differs, 7 while outcomes are unknown.
    """
    from bulk_orders.clock import SystemClock
    from bulk_orders.flows.verify_run import Verify, verify_run, words_of
    from bulk_orders.storage.kept_plans import named
    from bulk_orders.views.verify_text import verify_json, verify_text

    asked = Verify(settle=settle, accept=dict(words_of(accepted)))
    here.console.say(say("Reading the orders of {plan} again ...", plan=plan.name))
    found = named(plan, here.settings.home)
    verified = asyncio.run(verify_run(found, here.settings, SystemClock(), asked))
    if verified.results is not None:
        from bulk_orders.cli.results_report import renew_report

        verified = renew_report(verified, found, here.settings)
    if here.console.json:
        here.console.document(verify_json(verified))
    else:
        here.console.result(verify_text(verified, here.console.paint, str(plan)))
    return verified.exit_code
