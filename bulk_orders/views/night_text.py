"""A night as text: one line where there was nothing to do, else what was done, what waits and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bulk_orders.core.nights import CONTINUED, INTERRUPTED, RULES, RUNNING, SHEET, TRIAL, UNREADABLE, Night, Part
from bulk_orders.core.order import Money
from bulk_orders.core.plan import sums
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import VERBS, amounts, count, join, plain
from bulk_orders.views.wrapping import WIDTH, wrap

_SETTINGS = "bulk_orders.toml: "


def night_text(night: Night, paint: Paint) -> str:
    """What a person reads in the log of the night."""
    if is_quiet(night):
        return quiet_line(night)
    lines = [_head(night, paint)]
    for part in night.parts:
        lines += _part(part, night, paint)
    for notice in night.notices:
        lines += wrapped(f"Note: {notice}")
    if night.error is not None:
        lines += map(paint.red, wrapped(f"✗ {night.error['what']}"))
        lines += wrapped(f"Fix: {night.error['fix']}") if night.error.get("fix") else []
        if not night.sent and not any(part.plan or part.kind == CONTINUED for part in night.parts):
            lines.append("  Nothing was changed in the shop.")
    lines.append(f"  Report: {plain(Path(night.folder) / 'report.html')}")
    return "\n".join(lines)


def is_quiet(night: Night) -> bool:
    """Whether there is nothing that anybody has to be told: nothing ran, waits, is blocked or went wrong."""
    anything = night.sent or night.waiting or night.reported or night.left_alone or night.notices
    # what is worth knowing of a sheet only matters where something came of it
    told = any(part.notices for part in night.parts if part.kind != SHEET or part.sha256 is None)
    return not (anything or told or night.code() or night.state in (INTERRUPTED, RUNNING))


def quiet_line(night: Night) -> str:
    """`Nothing to do at ...: 120 rows of orders.csv and the rules; the shop is as it should be.`"""
    looked = [
        f"{count(part.rows, 'row')} of {plain(part.name)}" if part.kind != RULES else "the rules"
        for part in night.parts
        if part.kind != CONTINUED
    ]
    return f"Nothing to do at {plain(night.shop)}: {join(looked)} looked at; the shop is as it should be."


def _head(night: Night, paint: Paint) -> str:
    again = f", run {night.number}" if night.number > 1 else ""
    what = "trial, nothing was sent" if night.state == TRIAL else summary(night)
    head = f"Night of {night.day}{again} at {plain(night.shop)}: {what}"
    return paint.amber(head) if night.code() else paint.bold(head)


def summary(night: Night) -> str:
    """What became of a night in a few words; a failed one never reads as one with nothing to do."""
    if night.state == UNREADABLE:
        return "nobody knows what it came to"
    cut = night.state in (INTERRUPTED, RUNNING) and night.error is None
    gone_on = any(part.plan for part in night.parts) and not any(part.unsettled for part in night.parts)
    short = f"was cut short{', and has been gone on with' if gone_on else ''}"
    failed = ["did not come to its end"] if night.error is not None else [short] if cut else []
    done = [outcomes_line(night.outcomes())] if night.sent else []
    if night.state == TRIAL and not failed:
        return f"{count(night.waiting, 'change')} planned, nothing was sent" if night.waiting else "nothing to do"
    waits = [f"{night.waiting:,} waiting for you"] if night.waiting else []
    return ", ".join([*failed, *done, *waits]) or "nothing done"


def _part(part: Part, night: Night, paint: Paint) -> Iterator[str]:
    yield from wrapped(f"{'the rules' if part.kind == RULES else part.name}: {part_line(part)}")
    for money in refunded(part):
        yield f"    refunds {money}"
    unsaid = (over for over in part.over if not any(over.removeprefix(_SETTINGS) in why for why in part.reasons))
    for over in unsaid:
        yield from wrapped(f"! Over a limit: {over}", "    ")
    for reason, number in part.reasons.items():
        mark = "! " if reason.startswith("over a limit") else ""
        yield from wrapped(f"{mark}{count(number, 'order')}: {reason}", "    ")
    if part.waiting:
        path = Path(night.folder) / part.waiting
        for_whom = "to look at" if night.state == TRIAL else "for you to decide"
        yield f"    {count(part.waiting_changes, 'change')} to {count(part.waiting_orders, 'order')} {for_whom}:"
        yield f"      bulk-orders show {plain(path)}"
    if part.blocked or part.conflicts:
        yield f"    left alone: {count(part.blocked, 'blocked', 'blocked')}, {count(part.conflicts, 'conflict')}"
    if part.by_hand:
        yield f"    {count(part.by_hand, 'task')} by hand: see the report"
    for notice in part.notices:
        yield from wrapped(f"Note: {notice}", "    ")
    if part.error is not None:
        yield from map(paint.red, wrapped(f"✗ {part.error['what']}", "    "))
        if part.error.get("fix"):
            yield from wrapped(f"Fix: {part.error['fix']}", "      ")


def part_line(part: Part) -> str:
    """What a part wanted and what became of it, on a line."""
    wanted = ", ".join(f"{number:,} {VERBS[action].to}" for action, number in part.counts.items())
    taken = ", ".join(f"{name} took {count(number, 'order')}" for name, number in part.taken.items() if number)
    done = outcomes_line(part.outcomes) if any(part.outcomes.values()) else ""
    said = "; ".join(filter(None, (taken, wanted, done)))
    return said or ("not done" if part.error else "nothing to do")


def refunded(part: Part) -> list[str]:
    """The money that went back, in words."""
    total = sums(Money(Decimal(money["amount"]), money["currency"]) for money in part.refunds)
    return [amounts(total)] if total else []


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """Lines of a terminal's width; a path or a command is never broken."""
    return wrap(
        plain(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
