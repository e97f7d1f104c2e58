"""`bulk-orders status PLAN`."""

from __future__ import annotations

from pathlib import Path

import click

from bulk_orders.cli.options import Here, common, path_argument


@click.command("status")
@path_argument("plan", "PLAN")
@common(shop=False)
def command(here: Here, plan: Path) -> int:
    """How far a plan is: applied, left, failed, unknown. Offline, and never in the way of a run."""
    from bulk_orders.core.results import unknown_orders
    from bulk_orders.flows.run_status import run_status
    from bulk_orders.storage.kept_plans import named
    from bulk_orders.views.machine import status_json
    from bulk_orders.views.text import status_text

    plan = named(plan, here.settings.home)
    status = run_status(plan, here.settings)
    told = (status.plan.plan_id, status.state, status.outcomes, status.last_error)
    if here.console.json:
        here.console.document(status_json(*told, status.undone))
    else:
        unknown = unknown_orders(status.plan.changes, status.entries)
        here.console.result(status_text(*told, plan, unknown, undone=status.undone, retired=status.retired))
    return 0
