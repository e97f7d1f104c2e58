"""Records a day's work for the README: what each command says on a terminal, from a store in a box. `make samples`.

The words are those of the commands' own views over real runs; only the clock stands still, so that they stay the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx

from bulk_orders.cli.results_report import with_report
from bulk_orders.clock import Clock
from bulk_orders.core.events import Summary
from bulk_orders.core.guard import Guard
from bulk_orders.core.preferences import Preferences
from bulk_orders.flows.apply_plan import apply_plan
from bulk_orders.flows.begin_run import begin_run
from bulk_orders.flows.check_sheet import check_sheet
from bulk_orders.flows.make_plan import make_plan
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.undo_run import undo_run
from bulk_orders.flows.verify_run import Verify, verify_run
from bulk_orders.settings import Settings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.planfile import write_plan
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.text import event_line, status_text, summary_text
from bulk_orders.views.verify_text import verify_text
from bulk_orders.views.words import count

PAINT = Paint()


async def record(sheet: Path, settings: Settings, clock: Clock, wire: httpx.AsyncBaseTransport) -> str:
    """Check, plan, apply, status, verify and undo of a sheet; the files lie beside it."""
    parts = [part async for part in _parts(sheet, settings, clock, wire)]
    return "\n\n".join(parts).replace(f"{sheet.parent}/", "") + "\n"


async def _parts(sheet: Path, settings: Settings, clock: Clock, wire: httpx.AsyncBaseTransport) -> AsyncIterator[str]:
    path = sheet.with_suffix(".plan")
    checked = check_sheet(sheet, settings.home)
    rows = count(checked.sheet.frame.height, "row")
    orders = count(len(checked.differences.orders), "order")
    yield f"$ bulk-orders check {sheet.name}\n✓ {sheet.name}: {rows}, no problems. {orders} with something to do."
    async with Shop(settings, clock, wire) as shop:
        plan = await make_plan(
            sheet,
            shop,
            home=settings.home,
            preferences=Preferences(),
            clock=clock,
            plan_id="5b1e-70d4",
            tool="bulk-orders",
        )
    plan = replace(plan, digest=write_plan(path, plan)["digest"])
    yield f"$ bulk-orders plan {sheet.name}\n{plan_text(plan, Path(path.name), paint=PAINT)}"
    with begin_run(path, settings, clock) as run:
        events = [event async for event in apply_plan(run, settings, clock, stop=Stop(), transport=wire)]
        ended = events[-1]
        assert isinstance(ended, Summary)
        ended = with_report(ended, plan, path, run.journal.entries)
    begun = event_line(events[0], PAINT)
    yield f"$ bulk-orders apply {path.name} --yes\n{begun}\n{summary_text(ended, path, PAINT)}"
    yield f"$ bulk-orders status {path.name}\n{_status(path, settings)}"
    verified = await verify_run(path, settings, clock, Verify(), wire)
    yield f"$ bulk-orders verify {path.name}\n{verify_text(verified, PAINT, path.name)}"
    async with Shop(settings, clock, wire) as shop:
        undo = await undo_run(
            path,
            shop,
            settings,
            preferences=Preferences(),
            guard=Guard(),
            clock=clock,
            plan_id="5b1e-70d5",
            tool="bulk-orders",
        )
    yield f"$ bulk-orders undo {path.name}\n{plan_text(undo, Path(f'{sheet.stem}.undo.plan'), paint=PAINT)}"


def _status(path: Path, settings: Settings) -> str:
    found = run_status(path, settings)
    return status_text(found.plan.plan_id, found.state, found.outcomes, found.last_error, Path(path.name))
