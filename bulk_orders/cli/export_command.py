"""`bulk-orders export -o FILE`."""

from __future__ import annotations

import asyncio
import secrets
import socket
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.core.numbers import LOCALES
from bulk_orders.core.search import FINANCIAL, FULFILLMENT, STATUSES, Filters
from bulk_orders.errors import Misused
from bulk_orders.language import decimal, plural, say, told

if TYPE_CHECKING:
    from bulk_orders.flows.export_orders import Exported


def _date(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """An ISO date, or a date and time; taken as Shopify's search takes it."""
    if value is None:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(say("write it as 2026-01-31 or 2026-01-31T08:00:00Z"), ctx, param) from None
    return value


@click.command("export")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The sheet to write; its ending says how: .csv, .xlsx or .parquet.",
)
@click.option("--query", metavar="SEARCH", help="Shopify's own search syntax, such as: tag:vip AND status:open")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    help="Only orders that are open, closed (archived), cancelled, or not closed.",
)
@click.option("--financial-status", type=click.Choice(FINANCIAL), help="Only orders whose payment stands so.")
@click.option("--fulfillment-status", type=click.Choice(FULFILLMENT), help="Only orders whose fulfillment stands so.")
@click.option("--created-from", callback=_date, metavar="DATE", help="Orders of this day or later.")
@click.option("--created-to", callback=_date, metavar="DATE", help="Orders before this day.")
@click.option("--updated-from", callback=_date, metavar="DATE", help="Orders touched since.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="With this tag; may be given several times.")
@click.option("--without-tag", "without_tags", multiple=True, metavar="TAG", help="Without this tag.")
@click.option(
    "--rows",
    type=click.Choice(["orders", "fulfillments", "lines"]),
    default="fulfillments",
    show_default=True,
    help="What a row is.",
)
@click.option("--columns", metavar="A,B", help="Only these columns; those that identify always stay.")
@click.option(
    "--locale",
    type=click.Choice(LOCALES),
    default="en",
    show_default=True,
    help="Whose spreadsheets a CSV is for: separator and decimals. XLSX and Parquet need none.",
)
@common(shop=True)
def command(here: Here, output: Path, rows: str, columns: str | None, locale: str, **filters: object) -> int:
    """Orders into a sheet, through a Shopify bulk operation.

    A snapshot of what was exported is kept, so that `plan` can later tell your edits from old values.
    """
    here.settings.required_shop()
    here.settings.required_credentials()
    if filters["created_from"] and filters["created_to"] and filters["created_from"] > filters["created_to"]:  # type: ignore[operator]
        raise Misused("--created-from is after --created-to: no order fits both.", fix="Swap the two dates.")
    wanted = [name.strip() for name in columns.split(",") if name.strip()] if columns else None
    done = asyncio.run(_export(here, output, rows, wanted, Filters(**filters), locale))  # type: ignore[arg-type]
    if here.console.json:
        here.console.document(
            {
                "export_id": done.export_id,
                "shop": done.shop,
                "path": str(done.target),
                "base": str(done.base),
                "orders": done.orders,
                "rows": done.rows,
                "left_out": list(done.left_out),
                "too_large": done.too_large,
            }
        )
        return 0
    _tell(here, done)
    return 0


def _tell(here: Here, done: Exported) -> None:
    from bulk_orders.views.lines import to_type
    from bulk_orders.views.words import count, quoted

    if done.left_out:
        left_out = say("left out, because the token may not read them: {columns}.", columns=", ".join(done.left_out))
        here.console.say(f"{say('Note:')} {left_out}")
    values = {"orders": count(done.orders, "order"), "rows": count(done.rows, "row"), "file": done.target}
    here.console.result(say("{orders} in {rows}: {file}", **values))
    if done.too_large:
        here.console.say(_too_large(told(done.too_large), csv=done.target.suffix.lower() == ".csv"))
    elif done.orders:
        here.console.say("\n".join(to_type(say("Edit it, then:"), f"bulk-orders plan {quoted(done.target)}")))
    else:
        here.console.say(say("No order fits the filter."))


def _too_large(why: str, *, csv: bool) -> str:
    too_large = say("! It is too large to be read back by plan: {why}.", why=why)
    if csv:
        way = say(
            "It is good to look at; to edit orders, export only the columns you need (such as --columns "
            "Action,Tags,Note), or narrow the filter."
        )
    else:
        way = say(
            "It is good to look at; to edit orders, export only the columns you need (such as --columns "
            "Action,Tags,Note), narrow the filter, or export to .csv."
        )
    return f"{too_large} {way}"


async def _export(
    here: Here, output: Path, rows: str, columns: list[str] | None, filters: Filters, locale: str
) -> Exported:
    from bulk_orders.cli.counting import counting
    from bulk_orders.clock import SystemClock
    from bulk_orders.core.layout import Rows
    from bulk_orders.flows.export_orders import export_orders
    from bulk_orders.shopify.shop import Shop
    from bulk_orders.storage.bases import new_export_id

    clock = SystemClock()
    with counting(here.console, clock) as tell:
        async with Shop(here.settings, clock) as shop:
            return await export_orders(
                shop,
                output,
                filters=filters,
                rows=Rows(rows),
                columns=columns,
                home=here.settings.home,
                clock=clock,
                export_id=new_export_id(clock.now(), secrets.token_hex(3), socket.gethostname()),
                locale=locale,
                progress=lambda step: tell(step_words(step.stage, step.done)),
            )


def step_words(stage: str, done: int) -> str:
    """How far an export is, in words."""
    if stage == "running":
        return plural("Shopify is collecting: {count} object", "Shopify is collecting: {count} objects", done)
    if stage == "downloading":
        return say("Downloading: {size} MB", size=decimal(f"{done / 1e6:,.1f}"))
    if stage == "writing":
        return plural("Writing {count} order", "Writing {count} orders", done)
    return say("Asking the shop")
