"""Plan: check > live read > three-way diff > actions > Plan. It sends no mutation, ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from bulk_orders.clock import Clock
from bulk_orders.core.guard import Guard
from bulk_orders.core.known import unknown_notices
from bulk_orders.core.plan import Plan, SheetFacts, build_plan
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.problems import Notice
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.requests import RequestForm, RequestRules
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, ROW, Sheet
from bulk_orders.core.steps import reading as what_to_read
from bulk_orders.errors import OverLimit, WrongShop
from bulk_orders.flows.check_sheet import Checked, check_sheet, filled_down_text
from bulk_orders.shopify.order_names import ids_by_name
from bulk_orders.shopify.shop import Shop


async def make_plan(
    sheet_path: Path,
    shop: Shop,
    *,
    home: Path,
    preferences: Preferences,
    clock: Clock,
    plan_id: str,
    tool: str,
    guard: Guard | None = None,
    reading: Reading = BY_RULE,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """Compare an edited sheet with the live orders and plan what to do."""
    checked = check_sheet(sheet_path, home, reading)
    guard = guard or Guard()
    if not guard.limits.allow_fill_down:
        _refuse_filled_down(checked)
    facts = await shop.facts()
    _same_shop(checked, facts.domain)
    edits = checked.differences.orders
    preferences = replace(
        preferences,
        protect=guard.protect,
        now=clock.now(),
        plan_id=plan_id,
        recipe=checked.sheet.is_recipe,
        requests=_request_rules(reading.requests, facts.timezone),
        scopes=await shop.known_scopes() if edits else frozenset(),
    )
    must, may = what_to_read(edits, preferences)
    live = await shop.live(
        [edit.order for edit in edits if edit.order is not None],
        [edit.name for edit in edits if edit.order is None and edit.name is not None],
        must,
        may,
        progress,
    )
    doubtful = live.doubtful(edits)
    if doubtful:
        called = await ids_by_name(shop.client, doubtful)
        live = replace(live, called={name: tuple(gids) for name, gids in called.items()})
    plan = build_plan(
        edits,
        live,
        shop=facts,
        sheet=_sheet_facts(checked),
        ignored=len(checked.differences.ignored_rows),
        preferences=preferences,
        plan_id=plan_id,
        made_at=clock.now().isoformat(timespec="seconds"),
    )
    columns, rows = _changed_rows(checked.sheet, plan)
    blackout = guard.limits.blacked_out(clock.now(), facts.timezone)
    notices = (
        *checked.notices,
        *unknown_notices(plan.changes, live.by_id),
        *((Notice(f"To apply it now would be refused: {blackout}."),) if blackout else ()),
    )
    plan = replace(plan, notices=notices, sheet_columns=columns, sheet_rows=rows, tool=tool, guard=guard)
    return replace(plan, asked=checked.asked)


def _refuse_filled_down(checked: Checked) -> None:
    for filled in checked.differences.filled_down:
        raise OverLimit(
            filled_down_text(filled),
            where=checked.sheet.path,
            fix="If that is meant, add --allow-fill-down. If a cell was dragged down by accident, undo it.",
        )


def _request_rules(form: RequestForm | None, shop_timezone: str) -> RequestRules:
    if form is None:
        return RequestRules(timezone=shop_timezone)
    return RequestRules(form.window_hours, form.timezone or shop_timezone)


def _same_shop(checked: Checked, domain: str) -> None:
    if checked.base is not None and checked.base.shop != domain:
        raise WrongShop(
            f"The sheet was exported from {checked.base.shop}; this is {domain}.",
            where=checked.sheet.path,
            fix="Set SHOPIFY_SHOP to the sheet's own shop, or export this shop's orders.",
        )


def _sheet_facts(checked: Checked) -> SheetFacts:
    return SheetFacts(
        path=str(Path(checked.sheet.path).absolute()),
        sha256=checked.sheet.sha256,
        rows=checked.sheet.frame.height,
        base=checked.base.export_id if checked.base else None,
        base_made_at=checked.base.made_at if checked.base else None,
    )


def _changed_rows(sheet: Sheet, plan: Plan) -> tuple[tuple[str, ...], dict[int, tuple[str | None, ...]]]:
    """The rows that the plan changes, as they were read, without the columns that are empty in all of them."""
    changed = sorted({change.row for change in plan.changes})
    rows = sheet.frame.filter(pl.col(ROW).is_in(changed)).drop(ORDER, FULFILLMENT, LINE)
    filled = [name for name in rows.columns if name != ROW and not rows[name].is_null().all()]
    picked = rows.select(ROW, *filled)
    return tuple(filled), {int(row[0]): tuple(row[1:]) for row in picked.iter_rows()}
