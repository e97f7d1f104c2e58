"""`bulk-orders check SHEET`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common, path_argument, reading_options
from bulk_orders.errors import SheetInvalid
from bulk_orders.language import plural, say, told

if TYPE_CHECKING:
    from bulk_orders.core.reading import Reading
    from bulk_orders.flows.check_sheet import Checked


@click.command("check")
@path_argument("sheet", "SHEET")
@click.option(
    "--full",
    is_flag=True,
    expose_value=False,  # problems leave the command as an error, which the entry point tells (Console.full)
    help="Tell of every cell, not of the first ones of each kind.",
)
@common(shop=False)
@reading_options
def command(here: Here, sheet: Path, *, reading: Reading) -> int:
    """Every problem of a sheet at once, offline; and which kind of sheet it was taken for."""
    from bulk_orders.flows.check_sheet import check_sheet
    from bulk_orders.views.machine import problems_json
    from bulk_orders.views.text import notice_lines, refusal_lines
    from bulk_orders.views.words import count

    try:
        checked = check_sheet(sheet, here.settings.home, reading)
    except SheetInvalid as error:
        if here.console.json:
            here.console.document({"problems": problems_json(error.problems)})
            return error.exit_code
        raise
    notices = (*checked.notices, *checked.unseen)
    refused = checked.refusals(here.settings.guard.limits)
    if here.console.json:
        here.console.document(
            {
                "problems": [],
                "plan_refuses": list(refused),
                "rows": checked.sheet.frame.height,
                "taken_for": checked.dialect,
                "why": checked.why,
                "notices": [{"what": notice.what, "rows": list(notice.rows)} for notice in notices],
            }
        )
        return 0
    taken = {"dialect": told(checked.dialect), "why": told(checked.why)}
    here.console.say(say("Taken for {dialect}: {why}", **taken))
    for line in notice_lines([notice for notice in notices if notice.what not in refused]):  # told once, below
        here.console.say(line)
    rows = count(checked.sheet.frame.height, "row")
    values = {"sheet": sheet.name, "rows": rows, "orders": _orders_told(checked)}
    if refused:
        lines = [say("! {sheet}: {rows}, no problems in its cells. {orders}", **values), *refusal_lines(refused)]
        here.console.result("\n".join(lines))
        return 0
    here.console.result(say("✓ {sheet}: {rows}, no problems. {orders}", **values))
    return 0


def _orders_told(checked: Checked) -> str:
    """How many orders ask for anything. Without a base, a cell of a full sheet asks only if plan finds it differing."""
    orders = checked.differences.orders
    if checked.base:
        return plural("{count} order edited since the export.", "{count} orders edited since the export.", len(orders))
    asking = len(orders) if checked.sheet.is_recipe else sum(bool(edits.asked()) for edits in orders)
    doing = plural("{count} order with something to do", "{count} orders with something to do", asking)
    if asking == len(orders):
        return f"{doing}."
    more = plural(
        "{count} more to compare with the shop", "{count} more to compare with the shop", len(orders) - asking
    )
    return f"{doing}, {more}."
