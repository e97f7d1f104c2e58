"""What `verify` found, as text and as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bulk_orders.core.changes import Change
from bulk_orders.core.verified import Verified
from bulk_orders.views.machine import undone_json
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import undone_lines, unknown_lines
from bulk_orders.views.words import OUTCOME_WORDS, VERBS, count, plain
from bulk_orders.views.wrapping import WIDTH, wrap


def verify_text(verified: Verified, paint: Paint, plan: str) -> str:
    """Where the world differs from the report, and what to do about it."""
    lines = [*_recorded(verified), *undone_lines(verified.undone)]
    for difference in verified.differences:
        told = f"~ {_named(difference.change)}: reported {OUTCOME_WORDS.get(difference.outcome, difference.outcome)}. "
        lines += wrap(told + difference.what, WIDTH, subsequent_indent="  ")
    for change in verified.unknown:
        lines.append(paint.red(f"? {_named(change)}: unknown, and the order does not show it."))
    lines += unknown_lines([change.name for change in verified.unknown], Path(plan))
    for notice in verified.notices:
        lines += wrap(f"Note: {plain(notice)}", WIDTH, subsequent_indent="      ")
    if verified.in_flight:
        lines += _in_flight_lines(verified, plan)
    orders = count(verified.checked, "order")
    if verified.in_flight and not verified.differences and not verified.unknown:
        lines.append(f"{orders} read again: the others are as reported.")
    elif not verified.differences and not verified.unknown:
        but = ", apart from what was undone" if verified.undone else ""
        lines.append(f"✓ {orders} read again: each is as reported{but}.")
    else:
        found = f"{count(len(verified.differences), 'difference')}, {len(verified.unknown)} unknown"
        lines.append(f"{orders} read again: {found}.")
    return "\n".join(lines)


def _in_flight_lines(verified: Verified, plan: str) -> list[str]:
    """What was sent and is not settled, and the two ways on."""
    many = len(verified.in_flight)
    was = "was sent and is" if many == 1 else "were sent and are"
    return [
        f"? {count(many, 'change')} {was} not settled: a run was stopped before it knew what became of that.",
        f"  To go on:  bulk-orders apply {shlex.quote(plan)}",
        f"  To record what the orders show, without sending:  bulk-orders verify {shlex.quote(plan)} --settle",
    ]


def _recorded(verified: Verified) -> Iterator[str]:
    for change, outcome in verified.settled:
        yield f"✓ {_named(change)}: the order proves it, recorded as {OUTCOME_WORDS[outcome]}."
    for change, outcome in verified.accepted:
        yield f"✓ {_named(change)}: recorded as {OUTCOME_WORDS[outcome]}, at your word."


def _named(change: Change) -> str:
    return f"{plain(change.name)} {VERBS[change.action].title.lower()}"


def verify_json(verified: Verified) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "plan_id": verified.plan_id,
        "shop": verified.shop,
        "checked": verified.checked,
        "differences": [
            {**_about(each.change), "outcome": each.outcome, "what": each.what} for each in verified.differences
        ],
        "unknown": [_about(change) for change in verified.unknown],
        "in_flight": [_about(change) for change in verified.in_flight],
        "settled": [{**_about(change), "outcome": outcome} for change, outcome in verified.settled],
        "accepted": [{**_about(change), "outcome": outcome} for change, outcome in verified.accepted],
        "outcomes": dict(verified.outcomes),
        "undone": {change: undone_json(by) for change, by in verified.undone.items()},
        "notices": list(verified.notices),
    }


def _about(change: Change) -> dict[str, Any]:
    return {"id": change.id, "order": change.order, "name": change.name, "row": change.row, "action": change.action}
