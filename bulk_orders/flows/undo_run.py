"""Undo: a plan and its journal > live read > what can be taken back > a Plan. It sends no mutation, ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bulk_orders.clock import Clock
from bulk_orders.core import undo
from bulk_orders.core.guard import Guard
from bulk_orders.core.plan import Plan
from bulk_orders.core.preferences import Preferences
from bulk_orders.errors import Misused, WrongShop
from bulk_orders.flows.begin_run import load_plan
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
) -> Plan:
    """Plan to take back what the plan at `path` applied."""
    plan = load_plan(path)
    journal = Journal.read(journal_path(settings.home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    if journal is None or not journal.started:
        raise Misused(
            f"{path.name} was not applied from here, so there is nothing to undo.",
            fix=f"The journal of a run is kept in the state folder, here {settings.home}: undo where it was applied.",
        )
    facts = await shop.facts()
    if (facts.domain, facts.id) != (plan.shop.domain, plan.shop.id):
        raise WrongShop(
            f"The plan is for {plan.shop.domain}; {facts.domain} answers at {facts.origin}.",
            fix="Set SHOPIFY_SHOP to the plan's shop.",
        )
    done = undo.applied(plan, journal.entries)
    must = undo.reading(done) | guard.protect.facets
    live = await shop.many_orders(list(dict.fromkeys(change.order for change in done)), must)
    return undo.build_undo(
        plan,
        journal.entries,
        live,
        shop=facts,
        preferences=replace(preferences, now=clock.now(), protect=guard.protect),
        guard=guard,
        plan_id=plan_id,
        made_at=clock.now().isoformat(timespec="seconds"),
        tool=tool,
    )
