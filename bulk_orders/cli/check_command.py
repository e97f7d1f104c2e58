"""`bulk-orders check SHEET`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common, path_argument, reading_options
from bulk_orders.errors import SheetInvalid

if TYPE_CHECKING:
    from bulk_orders.core.reading import Reading


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
    for line in notice_lines(notices):
        here.console.say(line)
    edited = len(checked.differences.orders)
    against = "edited since the export" if checked.base else "with something to do"
    rows = count(checked.sheet.frame.height, "row")
    told = f"{count(edited, 'order')} {against}."
    if refused:
        lines = [f"! {sheet.name}: {rows}, no problems in its cells. {told}", *refusal_lines(refused)]
        here.console.result("\n".join(lines))
        return 0
    here.console.result(f"✓ {sheet.name}: {rows}, no problems. {told}")
    return 0
