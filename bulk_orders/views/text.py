"""Errors, problems, progress and summaries as text: what, where, why, how to mend it, and what was not done."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bulk_orders.core.events import Accepted, ChangeDone, Event, Started, Stopping, Summary, Waiting
from bulk_orders.core.problems import Notice, Problem, ProblemGroup, grouped
from bulk_orders.core.taken_back import TakenBack, by_plan
from bulk_orders.errors import BulkOrdersError, SheetInvalid
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import OUTCOME_SIGNS, OUTCOME_WORDS, VERBS, count, duration, plain
from bulk_orders.views.wrapping import WIDTH, wrap

_MOST_ROWS = 8
_MOST_KINDS = 40
_MOST_ALIKE = 5


def error_text(error: BulkOrdersError, paint: Paint, *, sent: bool, full: bool = False) -> str:
    """An error on one screen, or in `full`; `sent` says whether a change may have reached Shopify."""
    lines = wrap(f"✗ {plain(error.what)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    lines[0] = paint.red(lines[0])
    if isinstance(error, SheetInvalid):
        lines += ["", *problem_lines(error.problems, full=full), ""]
    if error.where:
        lines += _labelled("Where", error.where)
    if error.fix:
        lines += _labelled("Fix", error.fix)
    if not sent:
        lines.append("  Nothing was sent to Shopify.")
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    return wrap(
        f"{label}: {plain(text)}",
        WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * (len(label) + 4),
        break_on_hyphens=False,
    )


def problem_lines(problems: Sequence[Problem], *, full: bool = False) -> list[str]:
    """Every problem, equal ones told once with all their rows; `full` tells each of those that are only alike."""
    lines: list[str] = []
    groups = grouped(problems)
    for group in groups if full else groups[:_MOST_KINDS]:
        for places, what in _told(group, full=full):
            lines += wrap(f"{places}: {plain(what)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        lines += wrap(f"Fix: {plain(group.fix)}", WIDTH, initial_indent="    ", subsequent_indent="         ")
    if len(groups) > _MOST_KINDS and not full:
        lines.append(f"  ... and {count(len(groups) - _MOST_KINDS, 'other kind')} of problem; --json tells every one.")
    return lines


def _told(group: ProblemGroup, *, full: bool) -> Iterator[tuple[str, str]]:
    """Where and what: in one line if all say the same, else each for itself as far as a screen goes."""
    places = group.cells if len(group.cells) == len(group.rows) else _rows(group)
    if group.alike:
        yield _places(group, full=full), group.what
        return
    shown = len(places) if full or len(places) <= _MOST_ALIKE + 1 else _MOST_ALIKE
    yield from zip(places[:shown], group.each[:shown], strict=True)
    if len(places) > shown:
        named = ", ".join(places[shown : shown + _MOST_ROWS])
        more = len(places) - shown - _MOST_ROWS
        yield f"{named} and {more:,} more" if more > 0 else named, "likewise; --full tells each of them."


def _rows(group: ProblemGroup) -> tuple[str, ...]:
    return tuple(f"row {row}" if row else "file" for row in group.rows)


def _places(group: ProblemGroup, *, full: bool) -> str:
    named = group.cells or _rows(group)
    most = len(named) if full else _MOST_ROWS
    shown = ", ".join(named[:most])
    return f"{shown} and {len(named) - most:,} more" if len(named) > most else shown


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
        lines += wrap(f"Note: {plain(notice.what)}{rows}", WIDTH, subsequent_indent="      ")
    return lines


def refusal_lines(refused: Sequence[str]) -> list[str]:
    """What plan would refuse of a sheet, and the way out."""
    fix = "If that is meant, plan it with --allow-fill-down. If a cell was dragged down by accident, undo it."
    lines = [f"But plan refuses it as it is: {plain(' '.join(refused))}", f"Fix: {fix}"]
    return [part for line in lines for part in wrap(line, WIDTH, initial_indent="  ", subsequent_indent="  ")]


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
        lines += wrap(f"Note: {plain(notice)}", WIDTH, subsequent_indent="      ")
    if summary.by_hand:
        lines.append("For you to do by hand:")
        for task in summary.by_hand:
            lines += wrap(f"- {plain(task)}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if summary.error:
        lines += wrap(f"✗ {plain(summary.error['what'])}", WIDTH, subsequent_indent="  ")
        if summary.error.get("fix"):
            lines += _labelled("Fix", str(summary.error["fix"]))
    if summary.exit_code in (1, 130):
        lines.append(f"Progress is kept. To go on:  bulk-orders apply {shlex.quote(str(plan_path))}")
    if summary.exit_code == 7:
        lines += unknown_lines(summary.unknown, plan_path)
    if summary.results:
        lines.append(f"Row by row: {summary.results}")
    if summary.report:
        lines.append(f"To look at: {summary.report}")
    return "\n".join(lines)


def unknown_lines(names: Sequence[str], plan_path: Path) -> list[str]:
    """What to do about outcomes that are unknown, with the commands ready to copy; nothing without any."""
    if not names:
        return []
    verify = f"bulk-orders verify {shlex.quote(str(plan_path))}"
    told = f"{count(len(names), 'outcome')} unknown. Read the orders again, and record what they show:"
    accepted = shlex.quote(f"{plain(names[0])}=applied")
    return [
        *wrap(told, WIDTH),
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
    *,
    undone: Mapping[str, TakenBack] | None = None,
    retired: bool = False,
) -> str:
    """Where a plan stands, what was taken back of it since, and what to do next.

    `unknown` are the names of the orders whose outcome is; `retired`: an undo was applied, so it is not gone on with.
    """
    lines = [f"Plan {plan_id} is {state}: {outcomes_line(outcomes)}."]
    lines += undone_lines(undone or {})
    if last_error:
        lines += wrap(f"Last error: {plain(last_error)}", WIDTH, subsequent_indent="  ")
    named = shlex.quote(str(path))
    if retired and outcomes["left"]:
        lines.append(f"To learn what became of the rest, without sending:  bulk-orders verify {named} --settle")
    elif state == "interrupted":
        lines.append(f"To go on:  bulk-orders apply {named}")
    else:
        lines += unknown_lines(unknown, path) if state == "finished" else []
    return "\n".join(lines)


def undone_lines(undone: Mapping[str, TakenBack]) -> list[str]:
    """What undo plans have made of a plan's changes, each plan on its own line."""
    lines: list[str] = []
    for by, number in by_plan(undone):
        lines += wrap(f"{count(number, 'change')}: {plain(by.told())}", WIDTH, subsequent_indent="  ")
    return lines


def findings_text(findings: Sequence[tuple[str, str, str, str | None]], paint: Paint) -> str:
    """What `doctor` found, as (name, state, detail, fix), one finding a paragraph."""
    lines: list[str] = []
    for name, state, detail, fix in findings:
        sign = {"ok": "✓", "warning": "!", "failed": "✗"}[state]
        told = wrap(f"{sign} {name}: {plain(detail)}", WIDTH, subsequent_indent="  ")
        lines += [paint.red(line) if state == "failed" else line for line in told]
        if fix and state != "ok":
            lines += _labelled("Fix", fix)
    return "\n".join(lines)
