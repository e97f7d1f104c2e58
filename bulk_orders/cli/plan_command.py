"""`bulk-orders plan SHEET`: the dry run."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders import __version__
from bulk_orders.cli.limit_options import limits
from bulk_orders.cli.options import Here, common, path_argument, reading_options
from bulk_orders.core.preferences import Preferences
from bulk_orders.errors import Misused
from bulk_orders.language import say

if TYPE_CHECKING:
    from bulk_orders.core.reading import Reading


@click.command("plan")
@path_argument("sheet", "SHEET")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="PLAN", help="The plan file. Default: beside the sheet."
)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="The report. Default: PLAN + .html.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 when there are changes.")
@click.option("--full", is_flag=True, help="Show every change, not ten per group.")
@click.option("--two-way", is_flag=True, help="Take a sheet's values over the shop's where there is no base to tell.")
@click.option(
    "--on-conflict",
    type=click.Choice(["leave", "live", "sheet"]),
    default="leave",
    show_default=True,
    help="A cell changed on both sides: leave the row alone, keep the shop's value, or take the sheet's.",
)
@click.option("--allow-delivered", is_flag=True, help="Unfulfill parcels too that are on their way or have arrived.")
@click.option("--allow-second-refund", is_flag=True, help="Refund orders too that were refunded already.")
@click.option("--all-holds", is_flag=True, help="Let release lift other apps' holds too.")
@common(shop=True)
@limits
@reading_options
def command(
    here: Here,
    sheet: Path,
    output: Path | None,
    html: Path | None,
    *,
    detailed_exitcode: bool,
    full: bool,
    two_way: bool,
    on_conflict: str,
    allow_delivered: bool,
    all_holds: bool,
    allow_second_refund: bool,
    reading: Reading,
) -> int:
    """What a sheet would change in the shop, what Shopify would refuse, and what it costs. Changes nothing.

    Writes the plan, which `apply` does exactly, and an HTML report of it.
    """
    from bulk_orders.cli.plan_output import show_plan, write_plan_files, written_words
    from bulk_orders.flows.begin_run import refuse_over_limit, refuse_overwriting

    target = output or sheet.with_suffix(".plan")
    report = html or target.with_name(f"{target.name}.html")
    if not sheet.exists():
        raise Misused(f"There is no file {sheet}.", fix="Check the name; the sheet is written by: bulk-orders export")
    before = refuse_overwriting(target, here.settings)
    _refuse_overwriting_report(report, sheet, target)
    here.settings.required_shop()
    here.settings.required_credentials()
    checking = {"sheet": sheet.name, "shop": here.settings.shop}
    here.console.say(say("Checking {sheet} and reading its orders in {shop} ...", **checking))
    preferences = Preferences(
        here.settings.cancel,
        two_way=two_way,
        on_conflict=on_conflict,
        allow_delivered=allow_delivered,
        all_holds=all_holds,
        allow_second_refund=allow_second_refund,
    )
    plan = asyncio.run(_plan(here, sheet, preferences, reading))
    document = write_plan_files(plan, target, report)
    if here.console.json:
        refuse_over_limit(plan, here.settings, None)
    show_plan(here, plan, document, target, full=full)
    here.console.say(written_words(target, report, before))
    refuse_over_limit(plan, here.settings, None)
    return 6 if detailed_exitcode and plan.changes else 0


def _refuse_overwriting_report(report: Path, sheet: Path, target: Path) -> None:
    """A report goes over no file but an older report."""
    if report.absolute() in (sheet.absolute(), target.absolute()):
        raise Misused(f"{report} cannot be the report too.", fix="Name another file with --html.")
    if not report.parent.is_dir():
        raise Misused(f"There is no folder {report.parent}.", fix="Make it, or write the report elsewhere with --html.")
    if report.exists() and report.suffix.lower() not in (".html", ".htm"):
        raise Misused(f"{report} is there already and is no report.", fix="Name another file with --html.")


async def _plan(here: Here, sheet: Path, preferences: Preferences, reading: Reading):  # type: ignore[no-untyped-def]
    from bulk_orders.clock import SystemClock
    from bulk_orders.flows.make_plan import make_plan
    from bulk_orders.shopify.shop import Shop

    clock = SystemClock()
    random_hex = secrets.token_hex(4)
    async with Shop(here.settings, clock) as shop:
        shop.client.on_wait = here.console.waits()
        return await make_plan(
            sheet,
            shop,
            home=here.settings.home,
            preferences=preferences,
            clock=clock,
            plan_id=f"{random_hex[:4]}-{random_hex[4:]}",
            tool=f"bulk-orders {__version__}",
            guard=here.settings.guard.over(here.settings.given),
            reading=reading,
        )
