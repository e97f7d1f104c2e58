"""`bulk-orders show PLAN`."""

from __future__ import annotations

from pathlib import Path

import click

from bulk_orders.cli.options import Here, common, path_argument


@click.command("show")
@path_argument("plan", "PLAN")
@click.option("--full", is_flag=True, help="Show every change, not ten per group.")
@common(shop=False)
def command(here: Here, plan: Path, *, full: bool) -> int:
    """A plan again, from its file."""
    from bulk_orders.cli.plan_output import show_plan
    from bulk_orders.core.plan_document import from_document
    from bulk_orders.storage.planfile import read_plan

    document = read_plan(plan)
    show_plan(here, from_document(document), document, plan, full=full)
    return 0
