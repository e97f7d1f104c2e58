"""What `verify` found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bulk_orders.core.changes import Change
from bulk_orders.core.verified import Verified
from bulk_orders.language import plural, say, told
from bulk_orders.views.lines import painted, to_type
from bulk_orders.views.machine import undone_json
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import note_lines, undone_lines, unknown_lines
from bulk_orders.views.words import OUTCOME_WORDS, VERBS, count, plain, quoted
from bulk_orders.views.wrapping import wrap


def verify_text(verified: Verified, paint: Paint, plan: str) -> str:
    """Where the world differs from the report, and what to do about it."""
    lines = [*_recorded(verified), *undone_lines(verified.undone)]
    for difference in verified.differences:
        reported = say(
            "{change}: reported {outcome}.",
            change=_named(difference.change),
            outcome=OUTCOME_WORDS.get(difference.outcome, difference.outcome),
        )
        lines += wrap(f"~ {reported} {told(difference.what)}", subsequent_indent="  ")
    for change in verified.unknown:
        unknown = say("{change}: unknown, and the order does not show it.", change=_named(change))
        lines += painted(paint.red, f"? {unknown}")
    lines += unknown_lines([change.name for change in verified.unknown], Path(plan))
    for notice in verified.notices:
        lines += note_lines(told(notice))
    if verified.in_flight:
        lines += _in_flight_lines(verified, plan)
    orders = count(verified.checked, "order")
    if verified.in_flight and not verified.differences and not verified.unknown:
        lines += wrap(say("{orders} read again: the others are as reported.", orders=orders), subsequent_indent="  ")
    elif not verified.differences and not verified.unknown:
        as_reported = (
            say("{orders} read again: each is as reported, apart from what was undone.", orders=orders)
            if verified.undone
            else say("{orders} read again: each is as reported.", orders=orders)
        )
        lines += wrap(f"✓ {as_reported}", subsequent_indent="  ")
    else:
        differences = count(len(verified.differences), "difference")
        unknown = plural("{count} unknown", "{count} unknown", len(verified.unknown))
        found = {"differences": differences, "unknown": unknown}
        said = say("{orders} read again: {differences}, {unknown}.", orders=orders, **found)
        lines += wrap(said, subsequent_indent="  ")
    return "\n".join(lines)


def _in_flight_lines(verified: Verified, plan: str) -> list[str]:
    """What was sent and is not settled, and the two ways on."""
    sent = plural(
        "{count} change was sent and is not settled: a run was stopped before it knew what became of that.",
        "{count} changes were sent and are not settled: a run was stopped before it knew what became of that.",
        len(verified.in_flight),
    )
    record = say("To record what the orders show, without sending:")
    return [
        *wrap(f"? {sent}", subsequent_indent="  "),
        *to_type(say("To go on:"), f"bulk-orders apply {quoted(plan)}", indent=2),
        *to_type(record, f"bulk-orders verify {quoted(plan)} --settle", indent=2),
    ]


def _recorded(verified: Verified) -> Iterator[str]:
    for change, outcome in verified.settled:
        values = {"change": _named(change), "outcome": OUTCOME_WORDS[outcome]}
        proven = say("{change}: the order proves it, recorded as {outcome}.", **values)
        yield from wrap(f"✓ {proven}", subsequent_indent="  ")
    for change, outcome in verified.accepted:
        values = {"change": _named(change), "outcome": OUTCOME_WORDS[outcome]}
        at_your_word = say("{change}: recorded as {outcome}, at your word.", **values)
        yield from wrap(f"✓ {at_your_word}", subsequent_indent="  ")


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
