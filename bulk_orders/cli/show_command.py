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
    from bulk_orders.flows.run_status import run_status
    from bulk_orders.storage.kept_plans import named
    from bulk_orders.storage.planfile import read_plan
    from bulk_orders.views.text import status_text

    plan = named(plan, here.settings.home)
    document = read_plan(plan)
    status = run_status(plan, here.settings)
    told = (status.plan.plan_id, status.state, status.outcomes, status.last_error, plan)
    how = None if status.state == "pending" else status_text(*told, undone=status.undone, retired=status.retired)
    show_plan(here, from_document(document), document, plan, full=full, begun=how)
    return 0
