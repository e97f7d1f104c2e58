"""`bulk-orders runs`: what ran, when, and what became of it."""

from __future__ import annotations

import click

from bulk_orders.cli.options import Here, common


@click.command("runs")
@click.option("--shop", metavar="SHOP", help="Only this shop's: handle.myshopify.com, or the handle.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", default=20, show_default=True, help="How many, newest first."
)
@click.option("--nights", is_flag=True, help="The runs of reconcile instead: what each night came to.")
@common(shop=False)
def command(here: Here, shop: str | None, limit: int, *, nights: bool) -> int:
    """What was applied from this state folder, newest first. Offline."""
    if nights:
        return _nights(here, shop, limit)
    from bulk_orders.flows.history import past_runs
    from bulk_orders.views.history_text import runs_json, runs_text

    past = past_runs(here.settings.home, shop)
    if here.console.json:
        here.console.document(runs_json(past[:limit]))
    else:
        here.console.result(runs_text(past[:limit], len(past[limit:]), here.console.paint))
    return 0


def _nights(here: Here, shop: str | None, limit: int) -> int:
    from bulk_orders.flows.history import past_nights
    from bulk_orders.views.history_text import nights_text

    past = past_nights(here.settings.home, shop)
    if here.console.json:
        here.console.document({"nights": [night.document() for night in past[:limit]]})
    else:
        here.console.result(nights_text(past[:limit], len(past[limit:]), here.console.paint))
    return 0
