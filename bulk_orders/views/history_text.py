"""History and purge as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bulk_orders.core.history import KINDS, Old, Past
from bulk_orders.core.nights import RUNNING, Night
from bulk_orders.language import day, decimal, moment, phrases, plural, say, told
from bulk_orders.views.lines import painted, to_type
from bulk_orders.views.night_text import is_quiet, summary, wrapped
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import RUN_STATES, count, plain, quoted
from bulk_orders.views.wrapping import wrap

_KINDS = {
    "base": phrases("{count} base snapshot of an export", "{count} base snapshots of exports"),
    "journal": phrases("{count} journal of a plan", "{count} journals of plans"),
    "backup": phrases("{count} backup of deleted orders", "{count} backups of deleted orders"),
    "night": phrases("{count} folder of a night", "{count} folders of nights"),
    "crash": phrases("{count} crash file", "{count} crash files"),
    "leftover": phrases("{count} unfinished file", "{count} unfinished files"),
}
"""What a purge removes, in words."""


def runs_text(past: Sequence[Past], more: int, paint: Paint) -> str:
    """What ran, newest first; `more` are not shown."""
    if not past:
        return say("Nothing has been applied yet.")
    lines = [line for each in past for line in _run(each, paint)]
    if more:
        lines.append(_earlier(more))
    return "\n".join(lines)


def _earlier(more: int) -> str:
    return plural("... {count} earlier (--limit shows more)", "... {count} earlier (--limit shows more)", more)


def _state(state: str, code: int | None) -> str:
    return say("{state}, exit {code}", state=RUN_STATES[state], code=code) if code else RUN_STATES[state]


def _run(past: Past, paint: Paint) -> Iterator[str]:
    at = moment(past.last_touched) if past.last_touched else say("never ended")
    head = f"{at}  {past.plan_id}  {plain(past.shop or say('unknown shop'))}  {_state(past.state, past.exit_code)}"
    yield from painted(paint.bold if past.needed is None else paint.amber, head)
    outcomes = outcomes_line(past.outcomes) if past.outcomes else say("nothing can be told")
    again = f", {plural('in {count} run', 'in {count} runs', past.runs)}" if past.runs > 1 else ""
    yield from wrap(f"{outcomes}{again}", initial_indent="  ", subsequent_indent="  ")
    if past.error:
        last = say("Last error: {error}", error=plain(told(past.error)))
        yield from wrap(last, initial_indent="  ", subsequent_indent="    ")
    if past.plan:
        yield f"  {plain(past.plan)}"
    if past.undone_by:
        by = ", ".join(told(each) for each in past.undone_by)
        yield from wrap(say("Taken back by {plans}", plans=plain(by)), initial_indent="  ")
    elif past.state == "interrupted" and past.plan:
        yield from to_type(say("To go on:"), f"bulk-orders apply {quoted(past.plan)}", indent=2)


def runs_json(past: Sequence[Past]) -> dict[str, Any]:
    """Newest first; times are ISO 8601, UTC."""
    return {
        "runs": [
            {
                "plan_id": each.plan_id,
                "shop": each.shop,
                "plan": each.plan,
                "sheet": each.sheet,
                "state": each.state,
                "runs": each.runs,
                "started_at": _iso(each.started_at),
                "ended_at": _iso(each.ended_at),
                "exit_code": each.exit_code,
                "error": each.error,
                "outcomes": dict(each.outcomes),
                "undoes": each.undoes,
                "undone_by": list(each.undone_by),
            }
            for each in past
        ]
    }


def nights_text(nights: Sequence[Night], more: int, paint: Paint) -> str:
    """What each night came to, newest first; `more` are not shown."""
    if not nights:
        return say("There has been no night yet.")
    lines = []
    for night in nights:
        code = night.exit_code
        again = f", {say('run {number}', number=night.number)}" if night.number > 1 else ""
        head = f"{told(night.day)}{again}  {plain(night.shop)}  {_state(night.state, code)}"
        lines += painted(paint.amber if code or night.state == RUNNING else paint.bold, head)
        alone = plural("{count} left alone", "{count} left alone", night.left_alone) if night.left_alone else ""
        lines += wrapped(", ".join(filter(None, [_came_to(night), alone])))
        errors = [error for error in (night.error, *(part.error for part in night.parts)) if error]
        for error in errors:
            lines += wrapped(f"✗ {told(error['what'])}", "  ")
        lines.append(f"  {plain(night.folder)}")
    if more:
        lines.append(_earlier(more))
    return "\n".join(lines)


def _came_to(night: Night) -> str:
    if night.state == RUNNING:
        return say("at work")
    return say("nothing to do") if is_quiet(night) else summary(night)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def purge_text(old: Sequence[Old], home: Path, age: timedelta, *, removed: bool) -> str:
    """What goes or went, by kind, and what stays though it is old."""
    going, staying = [o for o in old if o.kept is None], [o for o in old if o.kept]
    days = count(round(age / timedelta(days=1)), "day")
    lines = wrapped(say("Older than {days} in {folder}:", days=days, folder=home), "")
    for kind in KINDS:
        of_kind = [each for each in going if each.kind == kind]
        if of_kind:
            values = {
                "files": plural(*_KINDS[kind], len(of_kind)),
                "size": _size(sum(each.size for each in of_kind)),
                "day": day(of_kind[0].at),
            }
            lines += wrapped(say("{files}, {size}, the oldest of {day}", **values))
    for each in staying:
        kept = say("kept: {file} {why}.", file=each.paths[0].name, why=told(each.kept or ""))
        lines += wrap(kept, initial_indent="  ")
    if not going:
        lines.append(f"  {say('nothing to remove')}")
    elif removed:
        lines.append(say("Removed {size}.", size=_size(sum(each.size for each in going))))
    else:
        lines += wrapped(say("Nothing was removed. To remove it, add --yes."), "")
    return "\n".join(lines)


def purge_json(old: Sequence[Old], *, removed: bool) -> dict[str, Any]:
    """`removed` says whether it is gone; without --yes nothing is."""
    return {
        "removed": removed,
        "bytes": sum(each.size for each in old if each.kept is None),
        "old": [
            {
                "kind": each.kind,
                "paths": [str(path) for path in each.paths],
                "at": each.at.isoformat(),
                "bytes": each.size,
                "kept": each.kept,
            }
            for each in old
        ],
    }


def _size(number: int) -> str:
    if number >= 100_000:
        return say("{number} MB", number=decimal(f"{number / 1e6:,.1f}"))
    return say("{number} kB", number=decimal(f"{number / 1e3:,.1f}"))
