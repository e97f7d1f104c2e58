"""Errors, problems, progress and summaries as text: what, where, why, how to mend it, and what was not done."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from bulk_orders.core.events import Accepted, ChangeDone, Event, Started, Stopping, Summary, Waiting
from bulk_orders.core.problems import Notice, Problem, ProblemGroup, grouped
from bulk_orders.errors import BulkOrdersError, SheetInvalid
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import OUTCOME_SIGNS, OUTCOME_WORDS, VERBS, count, duration, plain

WIDTH = 88
_MOST_ROWS = 8
_MOST_KINDS = 40


def error_text(error: BulkOrdersError, paint: Paint, *, sent: bool) -> str:
    """An error on one screen; `sent` says whether a change may have reached Shopify."""
    lines = textwrap.wrap(f"✗ {plain(error.what)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    lines[0] = paint.red(lines[0])
    if isinstance(error, SheetInvalid):
        lines += ["", *problem_lines(error.problems), ""]
    if error.where:
        lines += _labelled("Where", error.where)
    if error.fix:
        lines += _labelled("Fix", error.fix)
    if not sent:
        lines.append("  Nothing was sent to Shopify.")
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        f"{label}: {plain(text)}",
        WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * (len(label) + 4),
        break_on_hyphens=False,
    )


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Every problem, equal ones told once with all their rows."""
    lines: list[str] = []
    groups = grouped(problems)
    for group in groups[:_MOST_KINDS]:
        what = plain(group.what) if group.alike else f"{plain(group.what)} The others likewise."
        lines += textwrap.wrap(f"{_places(group)}: {what}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        lines += textwrap.wrap(f"Fix: {plain(group.fix)}", WIDTH, initial_indent="    ", subsequent_indent="         ")
    if len(groups) > _MOST_KINDS:
        lines.append(f"  ... and {count(len(groups) - _MOST_KINDS, 'other kind')} of problem; --json tells every one.")
    return lines


def _places(group: ProblemGroup) -> str:
    named = group.cells or tuple(f"row {row}" if row else "file" for row in group.rows)
    shown = ", ".join(named[:_MOST_ROWS])
    return f"{shown} and {len(named) - _MOST_ROWS:,} more" if len(named) > _MOST_ROWS else shown


def notice_lines(notices: Sequence[Notice]) -> list[str]:
    """Notes about a sheet that change nothing."""
    lines: list[str] = []
    for notice in notices:
        rows = (
            f" (row {notice.rows[0]})"
            if len(notice.rows) == 1
            else f" ({len(notice.rows)} rows)"
            if notice.rows
            else ""
        )
        lines += textwrap.wrap(f"Note: {plain(notice.what)}{rows}", WIDTH, subsequent_indent="      ")
    return lines


def event_line(event: Event, paint: Paint) -> str | None:
    """One event on one line; None for those that only scripts want."""
    if isinstance(event, Started):
        how = "Going on with" if event.resumed else "Applying"
        return f"{how} {count(event.left, 'change')} of {event.changes:,} on {event.shop}."
    if isinstance(event, ChangeDone):
        return _change_line(event, paint)
    if isinstance(event, Waiting):
        limit = " at most" if event.changes else ""
        return paint.soft(f"  waiting {duration(event.seconds)}{limit}: {plain(event.detail)}")
    if isinstance(event, Stopping):
        return paint.amber(f"Stopping: {plain(event.why)}")
    if isinstance(event, Accepted):
        return None
    return None


def _change_line(event: ChangeDone, paint: Paint) -> str:
    sign = OUTCOME_SIGNS[event.outcome]
    line = f"  {sign} {plain(event.name)} {VERBS[event.action].title.lower()}: {OUTCOME_WORDS[event.outcome]}"
    if event.reason:
        line += f". {plain(event.reason)}"
    return paint.red(line) if event.outcome in {"refused", "unknown"} else line


def outcomes_line(outcomes: Mapping[str, int]) -> str:
    """`11 applied, 1 refused`; nothing but zeros is "nothing to do"."""
    told = [f"{number:,} {OUTCOME_WORDS[name]}" for name, number in outcomes.items() if number]
    return ", ".join(told) or "nothing to do"


def summary_text(summary: Summary, plan_path: Path, paint: Paint) -> str:
    """How a run ended, and what to do next."""
    lines = [paint.bold(f"{outcomes_line(summary.outcomes).capitalize()}.")]
    for notice in summary.notices:
        lines += textwrap.wrap(f"Note: {plain(notice)}", WIDTH, subsequent_indent="      ")
    if summary.by_hand:
        lines.append("For you to do by hand:")
        for task in summary.by_hand:
            lines += textwrap.wrap(f"- {plain(task)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if summary.error:
        lines += textwrap.wrap(f"✗ {plain(summary.error['what'])}", WIDTH, subsequent_indent="  ")
        if summary.error.get("fix"):
            lines += _labelled("Fix", str(summary.error["fix"]))
    if summary.exit_code in (1, 130):
        lines.append(f"Progress is kept. To go on:  bulk-orders apply {shlex.quote(str(plan_path))}")
    if summary.exit_code == 7:
        lines += unknown_lines(summary.unknown, plan_path)
    if summary.results:
        lines.append(f"Row by row: {summary.results}")
    return "\n".join(lines)


def unknown_lines(names: Sequence[str], plan_path: Path) -> list[str]:
    """What to do about outcomes that are unknown, with the commands ready to copy; nothing without any."""
    if not names:
        return []
    verify = f"bulk-orders verify {shlex.quote(str(plan_path))}"
    told = f"{count(len(names), 'outcome')} unknown. Read the orders again, and record what they show:"
    accepted = shlex.quote(f"{plain(names[0])}=applied")
    return [
        *textwrap.wrap(told, WIDTH),
        f"  {verify} --settle",
        "What stays unknown, look at in the admin, and say what you saw (applied or refused):",
        f"  {verify} --accept {accepted}",
        "Neither sends anything to Shopify.",
    ]


def status_text(
    plan_id: str,
    state: str,
    outcomes: Mapping[str, int],
    last_error: str | None,
    path: Path,
    unknown: Sequence[str] = (),
) -> str:
    """Where a plan stands, and what to do next; `unknown` are the names of the orders whose outcome is."""
    lines = [f"Plan {plan_id} is {state}: {outcomes_line(outcomes)}."]
    if last_error:
        lines += textwrap.wrap(f"Last error: {plain(last_error)}", WIDTH, subsequent_indent="  ")
    if state == "interrupted":
        lines.append(f"To go on:  bulk-orders apply {shlex.quote(str(path))}")
    else:
        lines += unknown_lines(unknown, path) if state == "finished" else []
    return "\n".join(lines)


def findings_text(findings: Sequence[tuple[str, str, str, str | None]], paint: Paint) -> str:
    """What `doctor` found, as (name, state, detail, fix), one finding a paragraph."""
    lines: list[str] = []
    for name, state, detail, fix in findings:
        sign = {"ok": "✓", "warning": "!", "failed": "✗"}[state]
        told = textwrap.wrap(f"{sign} {name}: {plain(detail)}", WIDTH, subsequent_indent="  ")
        lines += [paint.red(line) if state == "failed" else line for line in told]
        if fix and state != "ok":
            lines += _labelled("Fix", fix)
    return "\n".join(lines)
