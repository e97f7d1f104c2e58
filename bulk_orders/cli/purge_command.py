"""`bulk-orders purge`: remove what is old from the state folder; shows it first, removes with --yes."""

from __future__ import annotations

import re
from datetime import timedelta

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.clock import SystemClock
from bulk_orders.core.history import KEPT_FOR
from bulk_orders.language import say


def _age(ctx: click.Context, param: click.Parameter, value: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})\s*d", value.strip().lower())
    if found is None:
        raise click.BadParameter(say("write it in days, as 90d"), ctx, param)
    return timedelta(days=int(found[1]))


@click.command("purge")
@click.option(
    "--older-than",
    "age",
    callback=_age,
    default=f"{KEPT_FOR.days}d",
    show_default=True,
    metavar="DAYS",
    help="In days: 90d.",
)
@click.option("--yes", is_flag=True, help="Remove it. Without this nothing is removed.")
@common(shop=False)
def command(here: Here, age: timedelta, *, yes: bool) -> int:
    """Remove what is old from the state folder: base snapshots, journals, backups, crash files.

    Without --yes it only shows what would go. What a run that is not done needs is never removed.
    """
    from bulk_orders.flows.history import old_things, purge
    from bulk_orders.views.history_text import purge_json, purge_text

    home = here.settings.home
    old = old_things(home, SystemClock().now(), age)
    if yes:
        purge(old)
    if here.console.json:
        here.console.document(purge_json(old, removed=yes))
    else:
        here.console.result(purge_text(old, home, age, removed=yes))
    return 0
