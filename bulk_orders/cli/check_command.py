"""`bulk-orders check SHEET`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common, path_argument, reading_options
from bulk_orders.errors import SheetInvalid

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
    here.console.say(f"Taken for {checked.dialect}: {checked.why}")
    for line in notice_lines([notice for notice in notices if notice.what not in refused]):  # told once, below
        here.console.say(line)
    rows = count(checked.sheet.frame.height, "row")
    told = _orders_told(checked)
    if refused:
        lines = [f"! {sheet.name}: {rows}, no problems in its cells. {told}", *refusal_lines(refused)]
        here.console.result("\n".join(lines))
        return 0
    here.console.result(f"✓ {sheet.name}: {rows}, no problems. {told}")
    return 0


def _orders_told(checked: Checked) -> str:
    """How many orders ask for anything. Without a base, a cell of a full sheet asks only if plan finds it differing."""
    from bulk_orders.views.words import count

    orders = checked.differences.orders
    if checked.base:
        return f"{count(len(orders), 'order')} edited since the export."
    asking = len(orders) if checked.sheet.is_recipe else sum(bool(edits.asked()) for edits in orders)
    others = f", {len(orders) - asking:,} more to compare with the shop" if asking < len(orders) else ""
    return f"{count(asking, 'order')} with something to do{others}."
