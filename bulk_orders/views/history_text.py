"""History and purge as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bulk_orders.core.history import KINDS, Old, Past
from bulk_orders.core.nights import RUNNING, Night
from bulk_orders.views.night_text import is_quiet, summary, wrapped
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import count, plain
from bulk_orders.views.wrapping import WIDTH, wrap


def runs_text(past: Sequence[Past], more: int, paint: Paint) -> str:
    """What ran, newest first; `more` are not shown."""
    if not past:
        return "Nothing has been applied yet."
    lines = [line for each in past for line in _run(each, paint)]
    if more:
        lines.append(f"... {more:,} earlier (--limit shows more)")
    return "\n".join(lines)


def _run(past: Past, paint: Paint) -> Iterator[str]:
    at = f"{past.last_touched:%Y-%m-%d %H:%M} UTC" if past.last_touched else "never ended"
    state = past.state if past.exit_code in (None, 0) else f"{past.state}, exit {past.exit_code}"
    head = f"{at}  {past.plan_id}  {plain(past.shop or 'unknown shop')}  {state}"
    yield paint.bold(head) if past.needed is None else paint.amber(head)
    told = outcomes_line(past.outcomes) if past.outcomes else "nothing can be told"
    again = f", in {past.runs} runs" if past.runs > 1 else ""
    yield from wrap(f"{told}{again}", WIDTH, initial_indent="  ", subsequent_indent="  ")
    if past.error:
        yield from wrap(f"Last error: {plain(past.error)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if past.plan:
        yield f"  {plain(past.plan)}"
    if past.undone_by:
        yield from wrap(f"Taken back by {plain(', '.join(past.undone_by))}", WIDTH, initial_indent="  ")
    elif past.state == "interrupted" and past.plan:
        yield f"  To go on:  bulk-orders apply {plain(past.plan)}"


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
        return "There has been no night yet."
    lines = []
    for night in nights:
        code = night.exit_code
        state = night.state if not code else f"{night.state}, exit {code}"
        head = f"{night.day}{f', run {night.number}' if night.number > 1 else ''}  {plain(night.shop)}  {state}"
        lines.append(paint.amber(head) if code or night.state == RUNNING else paint.bold(head))
        told = "at work" if night.state == RUNNING else "nothing to do" if is_quiet(night) else summary(night)
        alone = [f"{night.left_alone:,} left alone"] if night.left_alone else []
        lines.append(f"  {', '.join([told, *alone])}")
        errors = [error for error in (night.error, *(part.error for part in night.parts)) if error]
        for error in errors:
            lines += wrapped(f"✗ {error['what']}", "  ")
        lines.append(f"  {plain(night.folder)}")
    if more:
        lines.append(f"... {more:,} earlier (--limit shows more)")
    return "\n".join(lines)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def purge_text(old: Sequence[Old], home: Path, age: timedelta, *, removed: bool) -> str:
    """What goes or went, by kind, and what stays though it is old."""
    going, staying = [o for o in old if o.kept is None], [o for o in old if o.kept]
    days = count(round(age / timedelta(days=1)), "day")
    lines = [f"Older than {days} in {home}:"]
    for kind, (one, many) in KINDS.items():
        of_kind = [each for each in going if each.kind == kind]
        if of_kind:
            size = sum(each.size for each in of_kind)
            lines.append(f"  {count(len(of_kind), one, many)}, {_size(size)}, the oldest of {of_kind[0].at:%Y-%m-%d}")
    for each in staying:
        lines += wrap(f"kept: {each.paths[0].name} {each.kept}.", WIDTH, initial_indent="  ")
    if not going:
        lines.append("  nothing to remove")
    elif removed:
        lines.append(f"Removed {_size(sum(each.size for each in going))}.")
    else:
        lines.append("Nothing was removed. To remove it, add --yes.")
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
    return f"{number / 1e6:,.1f} MB" if number >= 100_000 else f"{number / 1e3:,.1f} kB"
