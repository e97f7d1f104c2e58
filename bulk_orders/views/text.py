"""Errors, problems, progress and summaries as text: what, where, why, how to mend it, and what was not done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bulk_orders.core.events import Accepted, ChangeDone, Event, Started, Stopping, Summary, Waiting
from bulk_orders.core.problems import Notice, Problem, ProblemGroup, grouped
from bulk_orders.core.taken_back import TakenBack, by_plan
from bulk_orders.errors import BulkOrdersError, SheetInvalid
from bulk_orders.language import colon, phrase, plural, say, told
from bulk_orders.views.lines import painted, to_type
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import (
    OUTCOME_SIGNS,
    OUTCOME_WORDS,
    RUN_STATES,
    VERBS,
    Said,
    count,
    duration,
    numbered,
    outcome,
    plain,
    quoted,
)
from bulk_orders.views.wrapping import cells, wrap

_MOST_ROWS = 8
_MOST_KINDS = 40
_MOST_ALIKE = 5


def error_text(error: BulkOrdersError, paint: Paint, *, sent: bool, full: bool = False) -> str:
    """An error on one screen, or in `full`; `sent` says whether a change may have reached Shopify."""
    lines = wrap(f"✗ {plain(told(error.what))}", subsequent_indent="  ", break_on_hyphens=False)
    lines[0] = paint.red(lines[0])
    if isinstance(error, SheetInvalid):
        lines += ["", *problem_lines(error.problems, full=full), ""]
    if error.where:
        lines += _labelled(say("Where:"), told(error.where) if " " in error.where else error.where)
    if error.fix:
        lines += _labelled(say("Fix:"), told(error.fix))
    if not sent:
        lines.append(f"  {say('Nothing was sent to Shopify.')}")
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    return wrap(
        f"{label} {plain(text)}",
        initial_indent="  ",
        subsequent_indent=" " * (cells(label) + 3),
        break_on_hyphens=False,
    )


def problem_lines(problems: Sequence[Problem], *, full: bool = False) -> list[str]:
    """Every problem, equal ones told once with all their rows; `full` tells each of those that are only alike."""
    lines: list[str] = []
    groups = grouped(problems)
    more = len(groups) - _MOST_KINDS
    for group in groups if full else groups[:_MOST_KINDS]:
        for places, what in _one_by_one(group, full=full):
            lines += wrap(f"{places}{colon()} {plain(what)}", initial_indent="  ", subsequent_indent="    ")
        label = say("Fix:")
        hang = " " * (cells(label) + 5)
        lines += wrap(f"{label} {plain(told(group.fix))}", initial_indent="    ", subsequent_indent=hang)
    if len(groups) > _MOST_KINDS and not full:
        kinds = count(more, "other kind of problem", "other kinds of problem")
        lines.append(f"  {say('... and {kinds}; --json tells every one.', kinds=kinds)}")
    return lines


def _one_by_one(group: ProblemGroup, *, full: bool) -> Iterator[tuple[str, str]]:
    """Where and what: in one line if all say the same, else each for itself as far as a screen goes."""
    places = group.cells if len(group.cells) == len(group.rows) else _rows(group)
    if group.alike:
        yield _places(group, full=full), told(group.what)
        return
    shown = len(places) if full or len(places) <= _MOST_ALIKE + 1 else _MOST_ALIKE
    yield from zip(places[:shown], map(told, group.each[:shown]), strict=True)
    if len(places) > shown:
        named = ", ".join(places[shown : shown + _MOST_ROWS])
        more = len(places) - shown - _MOST_ROWS
        yield _and_more(named, more), say("likewise; --full tells each of them.")


def _rows(group: ProblemGroup) -> tuple[str, ...]:
    return tuple(say("row {number}", number=row) if row else say("file") for row in group.rows)


def _places(group: ProblemGroup, *, full: bool) -> str:
    named = group.cells or _rows(group)
    most = len(named) if full else _MOST_ROWS
    shown = ", ".join(named[:most])
    return _and_more(shown, len(named) - most)


def _and_more(several: str, more: int) -> str:
    return (
        plural("{several} and {count} more", "{several} and {count} more", more, several=several)
        if more > 0
        else several
    )


def notice_lines(notices: Sequence[Notice]) -> list[str]:
    """Notes about a sheet that change nothing."""
    lines: list[str] = []
    for notice in notices:
        lines += note_lines(f"{told(notice.what)}{_of_rows(notice.rows)}")
    return lines


def _of_rows(rows: Sequence[int]) -> str:
    if not rows:
        return ""
    return f" ({say('row {number}', number=rows[0]) if len(rows) == 1 else count(len(rows), 'row')})"


def note_lines(text: str) -> list[str]:
    """A note, in the language that is spoken already."""
    label = say("Note:")
    return wrap(f"{label} {plain(text)}", subsequent_indent=" " * (cells(label) + 1))


def refusal_lines(refused: Sequence[str]) -> list[str]:
    """What plan would refuse of a sheet, and the way out."""
    fix = say("If that is meant, plan it with --allow-fill-down. If a cell was dragged down by accident, undo it.")
    why = plain(" ".join(told(each) for each in refused))
    lines = [say("But plan refuses it as it is: {why}", why=why), f"{say('Fix:')} {fix}"]
    return [part for line in lines for part in wrap(line, initial_indent="  ", subsequent_indent="  ")]


def event_line(event: Event, paint: Paint) -> str | None:
    """One event on one line; None for those that only scripts want."""
    if isinstance(event, Started):
        values = {"changes": count(event.left, "change"), "all": numbered(event.changes), "shop": event.shop}
        if event.resumed:
            return say("Going on with {changes} of {all} on {shop}.", **values)
        return say("Applying {changes} of {all} on {shop}.", **values)
    if isinstance(event, ChangeDone):
        return _change_line(event, paint)
    if isinstance(event, Waiting):
        return paint.soft(f"  {_waiting(event)}")
    if isinstance(event, Stopping):
        return paint.amber(say("Stopping: {why}", why=plain(told(event.why))))
    if isinstance(event, Accepted):
        return None
    return None


def _waiting(event: Waiting) -> str:
    why, time = plain(told(event.detail)), duration(event.seconds)
    if event.changes and event.seconds:
        return say("waiting {time} at most: {why}", time=time, why=why)
    if event.changes:
        return say("waiting: {why}", why=why)
    return say("waiting {time}: {why}", time=time, why=why)


def _change_line(event: ChangeDone, paint: Paint) -> str:
    sign = OUTCOME_SIGNS[event.outcome]
    line = f"  {sign} {plain(event.name)} {VERBS[event.action].title.lower()}{colon()} {OUTCOME_WORDS[event.outcome]}"
    if event.reason:
        line += f". {plain(told(event.reason))}"
    return paint.red(line) if event.outcome in {"refused", "unknown"} else line


def outcomes_line(outcomes: Mapping[str, int]) -> str:
    """`11 applied, 1 refused`; nothing but zeros is "nothing to do"."""
    counted = [outcome(name, number) for name, number in outcomes.items() if number]
    return ", ".join(counted) or say("nothing to do")


def summary_text(summary: Summary, plan_path: Path, paint: Paint) -> str:
    """How a run ended, and what to do next."""
    lines = painted(paint.bold, f"{outcomes_line(summary.outcomes).capitalize()}.")
    for notice in summary.notices:
        lines += note_lines(told(notice))
    if summary.by_hand:
        lines.append(say("For you to do by hand:"))
        for task in summary.by_hand:
            lines += wrap(f"- {plain(told(task))}", initial_indent="  ", subsequent_indent="    ")
    if summary.error:
        lines += wrap(f"✗ {plain(told(summary.error['what']))}", subsequent_indent="  ")
        if summary.error.get("fix"):
            lines += _labelled(say("Fix:"), told(str(summary.error["fix"])))
    if summary.exit_code in (1, 130):
        lines += to_type(say("Progress is kept. To go on:"), f"bulk-orders apply {quoted(plan_path)}")
    if summary.exit_code == 7:
        lines += unknown_lines(summary.unknown, plan_path)
    if summary.results:
        lines.append(f"{say('Row by row:')} {summary.results}")
    if summary.report:
        lines.append(f"{say('To look at:')} {summary.report}")
    return "\n".join(lines)


def unknown_lines(names: Sequence[str], plan_path: Path) -> list[str]:
    """What to do about outcomes that are unknown, with the commands ready to copy; nothing without any."""
    if not names:
        return []
    verify = f"bulk-orders verify {quoted(plan_path)}"
    head = plural(
        "{count} outcome unknown. Read the orders again, and record what they show:",
        "{count} outcomes unknown. Read the orders again, and record what they show:",
        len(names),
    )
    accepted = quoted(f"{names[0]}=applied")
    return [
        *wrap(head),
        f"  {verify} --settle",
        *wrap(say("What stays unknown, look at in the admin, and say what you saw (applied or refused):")),
        f"  {verify} --accept {accepted}",
        say("Neither sends anything to Shopify."),
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
    how = {"plan": plan_id, "state": RUN_STATES[state], "outcomes": outcomes_line(outcomes)}
    lines = wrap(say("Plan {plan} is {state}: {outcomes}.", **how), subsequent_indent="  ")
    lines += undone_lines(undone or {})
    if last_error:
        lines += wrap(say("Last error: {error}", error=plain(told(last_error))), subsequent_indent="  ")
    named = quoted(path)
    if retired and outcomes["left"]:
        rest = say("To learn what became of the rest, without sending:")
        lines += to_type(rest, f"bulk-orders verify {named} --settle")
    elif state == "interrupted":
        lines += to_type(say("To go on:"), f"bulk-orders apply {named}")
    else:
        lines += unknown_lines(unknown, path) if state == "finished" else []
    return "\n".join(lines)


def undone_lines(undone: Mapping[str, TakenBack]) -> list[str]:
    """What undo plans have made of a plan's changes, each plan on its own line."""
    lines: list[str] = []
    for by, number in by_plan(undone):
        lines += wrap(f"{count(number, 'change')}{colon()} {plain(told(by.told()))}", subsequent_indent="  ")
    return lines


_SHORT = Said(
    {"shop": phrase("shop"), "token": phrase("token"), "clock": phrase("clock"), "allowed": phrase("allowed")}
)
"""What `doctor` names in a single word."""


def finding_name(name: str) -> str:
    """What `doctor` calls a finding, in the language that is spoken."""
    return _SHORT.get(name) or told(name)


def findings_text(findings: Sequence[tuple[str, str, str, str | None]], paint: Paint) -> str:
    """What `doctor` found, as (name, state, detail, fix), one finding a paragraph."""
    lines: list[str] = []
    for name, state, detail, fix in findings:
        sign = {"ok": "✓", "warning": "!", "failed": "✗"}[state]
        named, how = finding_name(name), _SHORT.get(detail) or told(detail)
        found = wrap(f"{sign} {named}{colon()} {plain(how)}", subsequent_indent="  ", break_on_hyphens=False)
        lines += [paint.red(line) if state == "failed" else line for line in found]
        if fix and state != "ok":
            lines += _labelled(say("Fix:"), told(fix))
    return "\n".join(lines)
