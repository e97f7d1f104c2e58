"""A night as text: one line where there was nothing to do, else what was done, what waits and what needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bulk_orders.core.nights import CONTINUED, INTERRUPTED, RULES, RUNNING, SHEET, TRIAL, UNREADABLE, Night, Part
from bulk_orders.core.order import Money
from bulk_orders.core.plan import sums
from bulk_orders.language import clauses, colon, plural, say, told
from bulk_orders.views.lines import painted
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import VERBS, amounts, count, join, plain, quoted
from bulk_orders.views.wrapping import wrap

_SETTINGS = "bulk_orders.toml: "


def night_text(night: Night, paint: Paint) -> str:
    """What a person reads in the log of the night."""
    if is_quiet(night):
        return quiet_line(night)
    lines = _head(night, paint)
    for part in night.parts:
        lines += _part(part, night, paint)
    for notice in night.notices:
        lines += wrapped(f"{say('Note:')} {told(notice)}")
    if night.error is not None:
        lines += map(paint.red, wrapped(f"✗ {told(night.error['what'])}"))
        lines += wrapped(f"{say('Fix:')} {told(night.error['fix'])}") if night.error.get("fix") else []
        if not night.sent and not any(part.plan or part.kind == CONTINUED for part in night.parts):
            lines.append(f"  {say('Nothing was changed in the shop.')}")
    lines.append(f"  {say('Report: {file}', file=plain(Path(night.folder) / 'report.html'))}")
    return "\n".join(lines)


def is_quiet(night: Night) -> bool:
    """Whether there is nothing that anybody has to be told: nothing ran, waits, is blocked or went wrong."""
    anything = night.sent or night.waiting or night.reported or night.left_alone or night.notices
    # what is worth knowing of a sheet only matters where something came of it
    telling = any(part.notices for part in night.parts if part.kind != SHEET or part.sha256 is None)
    return not (anything or telling or night.code() or night.state in (INTERRUPTED, RUNNING))


def quiet_line(night: Night) -> str:
    """`Nothing to do at ...: 120 rows of orders.csv and the rules; the shop is as it should be.`"""
    looked = [
        say("{rows} of {sheet}", rows=count(part.rows, "row"), sheet=plain(part.name))
        if part.kind != RULES
        else say("the rules")
        for part in night.parts
        if part.kind != CONTINUED
    ]
    values = {"shop": plain(night.shop), "looked": join(looked)}
    return say("Nothing to do at {shop}: {looked} looked at; the shop is as it should be.", **values)


def _head(night: Night, paint: Paint) -> list[str]:
    what = say("trial, nothing was sent") if night.state == TRIAL else summary(night)
    values = {"day": told(night.day), "number": night.number, "shop": plain(night.shop), "what": what}
    if night.number > 1:
        head = say("Night of {day}, run {number} at {shop}: {what}", **values)
    else:
        head = say("Night of {day} at {shop}: {what}", **values)
    return painted(paint.amber if night.code() else paint.bold, head)


def summary(night: Night) -> str:
    """What became of a night in a few words; a failed one never reads as one with nothing to do."""
    if night.state == UNREADABLE:
        return say("nobody knows what it came to")
    cut = night.state in (INTERRUPTED, RUNNING) and night.error is None
    gone_on = any(part.plan for part in night.parts) and not any(part.unsettled for part in night.parts)
    short = say("was cut short, and has been gone on with") if gone_on else say("was cut short")
    failed = [say("did not come to its end")] if night.error is not None else [short] if cut else []
    done = [outcomes_line(night.outcomes())] if night.sent else []
    if night.state == TRIAL and not failed:
        planned = plural(
            "{count} change planned, nothing was sent", "{count} changes planned, nothing was sent", night.waiting
        )
        return planned if night.waiting else say("nothing to do")
    waits = [plural("{count} waiting for you", "{count} waiting for you", night.waiting)] if night.waiting else []
    return ", ".join([*failed, *done, *waits]) or say("nothing done")


def _part(part: Part, night: Night, paint: Paint) -> Iterator[str]:
    yield from wrapped(f"{say('the rules') if part.kind == RULES else part.name}{colon()} {part_line(part)}")
    for money in refunded(part):
        yield f"    {say('refunds {amounts}', amounts=money)}"
    unsaid = (over for over in part.over if not any(over.removeprefix(_SETTINGS) in why for why in part.reasons))
    for over in unsaid:
        yield from wrapped(f"! {say('Over a limit:')} {told(over)}", "    ")
    for reason, number in part.reasons.items():
        mark = "! " if reason.startswith("over a limit") else ""
        yield from wrapped(f"{mark}{count(number, 'order')}{colon()} {told(reason)}", "    ")
    if part.waiting:
        path = Path(night.folder) / part.waiting
        values = {"changes": count(part.waiting_changes, "change"), "orders": count(part.waiting_orders, "order")}
        if night.state == TRIAL:
            yield from wrapped(say("{changes} to {orders} to look at:", **values), "    ")
        else:
            yield from wrapped(say("{changes} to {orders} for you to decide:", **values), "    ")
        yield f"      bulk-orders show {quoted(path)}"
    if part.blocked or part.conflicts:
        values = {
            "blocked": count(part.blocked, "blocked", "blocked"),
            "conflicts": count(part.conflicts, "conflict"),
        }
        yield from wrapped(say("left alone: {blocked}, {conflicts}", **values), "    ")
    if part.by_hand:
        hand = plural("{count} task by hand: see the report", "{count} tasks by hand: see the report", part.by_hand)
        yield from wrapped(hand, "    ")
    for notice in part.notices:
        yield from wrapped(f"{say('Note:')} {told(notice)}", "    ")
    if part.error is not None:
        yield from map(paint.red, wrapped(f"✗ {told(part.error['what'])}", "    "))
        if part.error.get("fix"):
            yield from wrapped(f"{say('Fix:')} {told(part.error['fix'])}", "      ")


def part_line(part: Part) -> str:
    """What a part wanted and what became of it, on a line."""
    wanted = ", ".join(VERBS[action].to(number) for action, number in part.counts.items())
    taken = ", ".join(
        plural("{rule} took {count} order", "{rule} took {count} orders", number, rule=name)
        for name, number in part.taken.items()
        if number
    )
    done = outcomes_line(part.outcomes) if any(part.outcomes.values()) else ""
    said = clauses(filter(None, (taken, wanted, done)))
    return said or (say("not done") if part.error else say("nothing to do"))


def refunded(part: Part) -> list[str]:
    """The money that went back, in words."""
    total = sums(Money(Decimal(money["amount"]), money["currency"]) for money in part.refunds)
    return [amounts(total)] if total else []


def wrapped(text: str, indent: str = "  ") -> list[str]:
    """Lines of a terminal's width; a path or a command is never broken."""
    return wrap(
        plain(text),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
