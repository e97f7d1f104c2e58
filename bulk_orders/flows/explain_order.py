"""Explain: which rule takes one order tonight, and why; or whose it is instead."""

from __future__ import annotations

from bulk_orders.core.judging import Explanation
from bulk_orders.core.policy import sheet_path
from bulk_orders.flows.apply_rules import explain_order
from bulk_orders.flows.night_work import NOBODY, Named, Work, named_at_least


async def explain(order: str, work: Work, pattern: str | None) -> Explanation:
    """`order` is a name or an id. With a sheet, one that names the order goes before the rules."""
    return await explain_order(order, work, _theirs(work, pattern))


def _theirs(work: Work, pattern: str | None) -> Named:
    from pathlib import Path

    if pattern is None:
        return NOBODY
    handle = work.settings.required_shop().handle or ""
    path = Path(sheet_path(pattern, work.policy.today(work.clock.now()), handle)).expanduser()
    return named_at_least(path, work) if path.is_file() else NOBODY
