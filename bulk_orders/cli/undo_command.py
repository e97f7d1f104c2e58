"""`bulk-orders undo PLAN`: a plan that takes back what a plan applied."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders import __version__
from bulk_orders.cli.limit_options import limits
from bulk_orders.cli.options import Here, common, path_argument
from bulk_orders.core.preferences import Preferences
from bulk_orders.language import say, told
from bulk_orders.settings import Settings

if TYPE_CHECKING:
    from bulk_orders.flows.find_applied import Applied


@click.command("undo")
@path_argument("plan", "PLAN")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="UNDOPLAN",
    help="The plan file. Default: beside PLAN, as orders.undo.plan; orders.undo2.plan if that was applied.",
)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="The report. Default: UNDOPLAN + .html.")
@click.option("--full", is_flag=True, help="Show every change, not ten per group.")
@click.option("--allow-delivered", is_flag=True, help="Unfulfill parcels too that are on their way or have arrived.")
@common(shop=True)
@limits
def command(
    here: Here, plan: Path, output: Path | None, html: Path | None, *, full: bool, allow_delivered: bool
) -> int:
    """A plan that takes back what a plan applied, as far as nobody has touched it since. Changes nothing.

    PLAN is the file, or the id that `bulk-orders runs` shows: a plan that was applied is kept, whatever is written
    over its file.

    What cannot be taken back is listed with what can be done instead, and what was undone already with the plan that
    did it. Apply it like any other plan. Applied to a plan that was interrupted, it ends that plan.
    """
    from bulk_orders.cli.plan_output import show_plan, write_plan_files, written_words
    from bulk_orders.flows.begin_run import address_of, load_plan, refuse_over_limit, refuse_overwriting
    from bulk_orders.flows.find_applied import find_applied

    applied = find_applied(plan, here.settings)
    target = output or _unused(applied.beside, here.settings)
    before = refuse_overwriting(target, here.settings)
    address = address_of(load_plan(applied.path), here.settings)
    here.settings.at(address).required_credentials()
    if applied.told:
        here.console.say(f"{say('Note:')} {told(applied.told)}")
    here.console.say(say("Reading what {plan} applied in {shop} ...", plan=applied.name, shop=address))
    undoing = asyncio.run(_undo(here, applied, allow_delivered=allow_delivered))
    report = html or target.with_name(f"{target.name}.html")
    document = write_plan_files(undoing, target, report)
    if here.console.json:
        refuse_over_limit(undoing, here.settings, None)
    show_plan(here, undoing, document, target, full=full)
    here.console.say(written_words(target, report, before))
    refuse_over_limit(undoing, here.settings, None)
    return 0


def _unused(plan: Path, settings: Settings) -> Path:
    """Where the undo goes: never over one that was applied, since that is the way to undo it in its turn."""
    from bulk_orders.flows.begin_run import was_applied

    names = (f".undo{number}.plan" if number > 1 else ".undo.plan" for number in itertools.count(1))
    return next(path for path in map(plan.with_suffix, names) if not was_applied(path, settings))


async def _undo(here: Here, applied: Applied, *, allow_delivered: bool):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from bulk_orders.clock import SystemClock
    from bulk_orders.flows.begin_run import address_of, load_plan
    from bulk_orders.flows.undo_run import undo_run
    from bulk_orders.shopify.shop import Shop

    clock = SystemClock()
    random_hex = secrets.token_hex(4)
    made = load_plan(applied.path)
    settings = replace(here.settings.at(address_of(made, here.settings)), api_version=made.shop.api_version)
    async with Shop(settings, clock) as shop:
        shop.client.on_wait = here.console.waits()
        return await undo_run(
            applied.path,
            shop,
            settings,
            preferences=Preferences(settings.cancel, allow_delivered=allow_delivered),
            guard=settings.guard.over(settings.given),
            clock=clock,
            plan_id=f"{random_hex[:4]}-{random_hex[4:]}",
            tool=f"bulk-orders {__version__}",
            name=applied.name,
        )
