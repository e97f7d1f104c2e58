"""Undo: a plan and its journal > live read > what can be taken back > a Plan. It sends no mutation, ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bulk_orders.clock import Clock
from bulk_orders.core import undo
from bulk_orders.core.guard import Guard
from bulk_orders.core.plan import Plan
from bulk_orders.core.preferences import Preferences
from bulk_orders.errors import Misused, PlanDamaged
from bulk_orders.flows.apply_plan import check_shop
from bulk_orders.flows.begin_run import load_plan
from bulk_orders.flows.taking_back import undone
from bulk_orders.settings import Settings
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.journal import Journal, journal_path


async def undo_run(
    path: Path,
    shop: Shop,
    settings: Settings,
    *,
    preferences: Preferences,
    guard: Guard,
    clock: Clock,
    plan_id: str,
    tool: str,
    name: str = "",
) -> Plan:
    """Plan to take back what the plan at `path` applied; `name` is what commands call it, if not by that file."""
    plan = load_plan(path)
    journal = _journal(path, plan, settings.home)
    facts = await check_shop(shop, plan)
    done = undo.applied(plan, journal.entries)
    must = undo.reading(done) | guard.protect.facets
    live = await shop.many_orders(list(dict.fromkeys(change.order for change in done)), must)
    return undo.build_undo(
        plan,
        journal.entries,
        undone(journal, settings.home),
        live,
        name=name or path.name,
        shop=facts,
        preferences=replace(preferences, now=clock.now(), protect=guard.protect),
        guard=guard,
        plan_id=plan_id,
        made_at=clock.now().isoformat(),  # a run that began in the same second is not one that went on since
        tool=tool,
    )


def _journal(path: Path, plan: Plan, home: Path) -> Journal:
    """What was applied; without it nothing is taken back on a guess."""
    try:
        journal = Journal.read(journal_path(home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    except PlanDamaged as error:
        raise PlanDamaged(
            f"{error.what} What {path.name} applied cannot be told for certain, so it cannot be undone by itself.",
            where=error.where,
            fix="The results sheet says what was done, row by row: take it back by hand, or with a sheet of your own.",
        ) from error
    if journal is None or not journal.started:
        raise Misused(
            f"{path.name} was not applied from here, so there is nothing to undo.",
            fix=f"The journal of a run is kept in the state folder, here {home}: undo where it was applied. A purge "
            "removes journals after 90 days; then the results sheet is what still says what was done.",
        )
    return journal
