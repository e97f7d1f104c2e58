"""`bulk-orders overview`: where every order stands, and which are stuck."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.clock import SystemClock
from bulk_orders.core.ages import BadAge, read_age
from bulk_orders.core.search import STATUSES, Filters
from bulk_orders.errors import Misused
from bulk_orders.language import say, told

if TYPE_CHECKING:
    from bulk_orders.core.overview import Overview
    from bulk_orders.flows.overview import Orders


def _ages(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """`on_hold=3d` -> hours."""
    found = {}
    for value in values:
        key, _, age = value.partition("=")
        try:
            found[key] = read_age(key, age)
        except BadAge as error:
            raise click.BadParameter(f"{told(error.what)} {told(error.fix or '')}", ctx, param) from None
    return found


def _date(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(say("write it as 2026-01-31 or 2026-01-31T08:00:00Z"), ctx, param) from None
    return value


@click.command("overview")
@click.argument("sheet", metavar="[SHEET]", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A new folder for the page and the sheets. Default: overview- and the time.",
)
@click.option(
    "--compare",
    metavar="SHEET",
    help="What changed since that sheet, export id, or the last export of this shop: last.",
)
@click.option(
    "--age",
    "ages",
    multiple=True,
    callback=_ages,
    metavar="FINDING=7d",
    help="How long is too long, for: paid_unfulfilled, on_hold, scheduled_overdue, no_movement, delivered_open, "
    "cancelled_unrefunded, refunded_fulfilled, authorization_expiring, return_waiting.",
)
@click.option("--query", metavar="SEARCH", help="Shopify's own search syntax, such as: tag:vip")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    help="Only orders that are open, closed (archived), cancelled, or not closed.",
)
@click.option("--created-from", callback=_date, metavar="DATE", help="Orders of this day or later.")
@click.option("--created-to", callback=_date, metavar="DATE", help="Orders before this day.")
@click.option("--full", is_flag=True, help="Every line of every table, not ten.")
@click.option("--all-shops", is_flag=True, help="Every shop of [shops] in bulk_orders.toml, side by side.")
@common(shop=True)
def command(
    here: Here,
    sheet: str | None,
    output: Path | None,
    compare: str | None,
    ages: dict[str, float],
    *,
    full: bool,
    all_shops: bool,
    **filters: str | None,
) -> int:
    """Every order's payment, fulfillment, delivery and return, and which orders are stuck. Changes nothing.

    Exports the shop's orders; or takes SHEET, an export that is there already (or its id, x-...). Writes a page to
    filter, sort and drill down in, and for each finding a sheet that `plan` takes as it is.
    """
    from bulk_orders.flows.overview import own_folder

    now = SystemClock().now()
    wanted = Filters(**filters)  # type: ignore[arg-type]
    if all_shops and sheet is not None:
        raise Misused("A sheet is of one shop.", fix="Leave SHEET or --all-shops out.")
    with own_folder(output, now) as folder:
        if all_shops:
            from bulk_orders.cli.all_overviews import all_overviews

            return all_overviews(here, here.settings.required_shops(), folder, wanted, compare, ages)
        orders = _from_sheet(here, sheet, wanted, now) if sheet else _from_shop(here, folder, wanted)
        overview = _compared(here, orders, compare, ages, now)
        _show(here, overview, orders, folder, full=full)
    return 0


def _compared(here: Here, orders: Orders, compare: str | None, ages: Mapping[str, float], now: datetime) -> Overview:
    from bulk_orders.flows.overview import NOTHING_EARLIER, earlier_orders, overview_of

    before = earlier_orders(compare, orders, here.settings.home, now) if compare else None
    notices = (NOTHING_EARLIER,) if compare and before is None else ()
    return overview_of(orders, {**here.settings.ages, **ages}, before, notices)


def _from_sheet(here: Here, sheet: str, filters: Filters, now: datetime) -> Orders:
    from bulk_orders.flows.overview import kept_orders

    if filters != Filters():
        raise Misused("A filter is for orders of the shop; a sheet is taken whole.", fix="Leave one of the two out.")
    return kept_orders(sheet, here.settings.home, now)


def _from_shop(here: Here, folder: Path, filters: Filters) -> Orders:
    here.settings.required_shop()
    here.settings.required_credentials()
    if filters.created_from and filters.created_to and filters.created_from > filters.created_to:
        raise Misused("--created-from is after --created-to: no order fits both.", fix="Swap the two dates.")
    return asyncio.run(_live(here, folder, filters))


async def _live(here: Here, folder: Path, filters: Filters) -> Orders:
    from bulk_orders.cli.counting import counting
    from bulk_orders.cli.export_command import step_words
    from bulk_orders.flows.overview import live_orders
    from bulk_orders.shopify.shop import Shop
    from bulk_orders.storage.bases import new_export_id

    clock = SystemClock()
    with counting(here.console, clock) as tell:
        async with Shop(here.settings, clock) as shop:
            return await live_orders(
                shop,
                folder,
                filters=filters,
                home=here.settings.home,
                clock=clock,
                export_id=new_export_id(clock.now(), secrets.token_hex(3), socket.gethostname()),
                progress=lambda step: tell(step_words(step.stage, step.done)),
            )


def _show(here: Here, overview: Overview, orders: Orders, folder: Path, *, full: bool) -> None:
    from bulk_orders.flows.overview import write_findings
    from bulk_orders.storage.atomic import write_text
    from bulk_orders.views.overview_html import overview_html

    sheets: Mapping[str, Path] = write_findings(overview, orders.base, folder)
    report = folder / "overview.html"
    write_text(report, overview_html(overview, sheets))
    if here.console.json:
        from bulk_orders.views.overview_json import overview_json

        here.console.document(overview_json(overview, sheets, report))
        return
    from bulk_orders.views.overview_text import overview_text

    here.console.result(overview_text(overview, sheets, report, paint=here.console.paint, full=full))
