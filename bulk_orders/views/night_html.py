"""A night as one HTML page: what was done, what waits for a person and how to decide it, what was left alone and why.

Opens offline and reads without scripts; everything that people wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bulk_orders.core.changes import Change
from bulk_orders.core.nights import RULES, Night, Part, Shown
from bulk_orders.core.results import DONE, OUTCOMES, Entry, State
from bulk_orders.language import colon, phrase, plural, say, told
from bulk_orders.views import values
from bulk_orders.views.night_text import is_quiet, part_line, quiet_line, refunded
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.plan_text import next_command, row_of
from bulk_orders.views.words import OUTCOME_SIGNS, OUTCOME_WORDS, VERBS

_MOST_PROBLEMS = 100
_MOST_ROWS = 2_000
"""Lines of a table; the results sheet has them all."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    title: str
    what: str
    outcome: str
    bad: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One part of the night, as the page shows it."""

    part: Part
    line: str
    refunds: str
    done: Sequence[_Row]
    more: int
    trouble: int
    command: str | None
    waiting: Sequence[_Row]
    reported: Sequence[_Row]
    blocked: Sequence[tuple[str, str, str]]
    """What, why, and the way out."""


def night_html(night: Night, shown: Sequence[Shown]) -> str:
    """The report of a night. `shown` has the parts that came to a plan; the others are told by the night itself."""
    css, script = source("page.css") + source("night.css"), source("copy.js")
    by_name = {(each.part.kind, each.part.name): each for each in shown}
    sections = [_section(part, by_name.get((part.kind, part.name)), night) for part in night.parts]
    refunds = ", ".join(text for part in night.parts for text in refunded(part))
    outcomes = night.outcomes()
    return (
        environment()
        .get_template("night.html.j2")
        .render(
            night=night,
            csp=policy(css, script),
            css=Markup(css),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            headline=_headline(night),
            quiet=quiet_line(night) if is_quiet(night) else None,
            done=sum(outcomes[state.value] for state in DONE),
            trouble=sum(outcomes[o.value] for o in OUTCOMES if o not in DONE),
            refunds=refunds,
            sections=sections,
            code=night.exit_code,
            code_words=say(_CODES.get(night.exit_code or 0, _FAILED)),
        )
    )


_CODES = {
    0: phrase("as the policy wants it"),
    1: phrase("failed; the next night goes on"),
    2: phrase("something is not set up right"),
    3: phrase("done in part: something needs a look"),
    4: phrase("a sheet has problems"),
    5: phrase("refused"),
    7: phrase("outcomes are unknown: a person has to look"),
    130: phrase("interrupted; the next night goes on"),
}
_FAILED = phrase("failed")


def _headline(night: Night) -> str:
    if night.error is not None:
        return say("The night of {day} did not come to its end.", day=told(night.day))
    done = sum(number for name, number in night.outcomes().items() if name in {state.value for state in DONE})
    if night.state == "trial":
        return plural(
            "A trial of {day}: {count} change planned, none was made.",
            "A trial of {day}: {count} changes planned, none was made.",
            night.waiting,
            day=told(night.day),
        )
    headline = plural(
        "{count} change done in the night of {day}.",
        "{count} changes done in the night of {day}.",
        done,
        day=told(night.day),
    )
    if not night.waiting:
        return headline
    return f"{headline} {plural('{count} waits for you.', '{count} wait for you.', night.waiting)}"


def _section(part: Part, shown: Shown | None, night: Night) -> _Section:
    ran = shown.ran if shown is not None else None
    entries = shown.entries if shown is not None else {}
    division = shown.division if shown is not None else None
    why = division.why if division is not None else {}
    done = [_done(change, entries[change.id]) for change in ran.changes if change.id in entries] if ran else []
    done.sort(key=lambda row: not row.bad)
    waiting = division.waiting.changes if division is not None else ()
    reported = division.reported if division is not None else ()
    return _Section(
        part,
        part_line(part),
        ", ".join(refunded(part)),
        done[:_MOST_ROWS],
        max(0, len(done) - _MOST_ROWS),
        sum(row.bad for row in done),
        next_command(division.waiting, Path(night.folder) / part.waiting) if division and part.waiting else None,
        [_planned(change, why.get(change.order, "")) for change in waiting[:_MOST_ROWS]],
        [_planned(change, why.get(change.order, "")) for change in reported[:_MOST_ROWS]],
        list(_left_alone(shown)) if shown is not None else [],
    )


def _done(change: Change, entry: Entry) -> _Row:
    state = State.NOT_ATTEMPTED if entry.state is State.PENDING else entry.state
    word = state.value if state.value in OUTCOME_WORDS else "unknown"
    return _Row(
        change.name,
        VERBS[change.action].title,
        _what(change),
        f"{OUTCOME_SIGNS[word]} {OUTCOME_WORDS[word]}",
        state not in DONE,
        told(entry.reason or ""),
    )


def _planned(change: Change, why: str) -> _Row:
    return _Row(change.name, VERBS[change.action].title, _what(change), "", bad=False, reason=told(why))


def _what(change: Change) -> str:
    moves = []
    for key, before in change.before.items():
        was, becomes = (values.value(change, key, each) for each in (before, change.after.get(key)))
        moves.append(f"{values.label(change, key)}{colon()} {was} → {becomes}")
    return " · ".join([*moves, *values.added(change)])


def _left_alone(shown: Shown) -> Iterator[tuple[str, str, str]]:
    for problem in shown.problems[:_MOST_PROBLEMS]:
        yield problem.cell or row_of(problem.row), told(problem.what), told(problem.fix)
    if shown.plan is None or shown.division is None:
        return
    for blocked in shown.plan.blocked:
        what = f"{colon()} {values.asked(blocked.action)}" if blocked.action else ""
        row = "" if shown.part.kind == RULES else f", {row_of(blocked.row)}"
        yield f"{blocked.name or blocked.order or '?'}{row}{what}", told(blocked.reason), told(blocked.fix)
    for conflict in shown.plan.conflicts:
        yield (
            f"{conflict.name}, {row_of(conflict.row)}{colon()} {conflict.column}",
            say(
                "At export “{base}”, in the sheet “{sheet}”, in the shop “{live}”.",
                base=conflict.base or say("(empty)"),
                sheet=conflict.sheet or say("(empty)"),
                live=conflict.live or say("(empty)"),
            ),
            say("Change it in the sheet or in the shop; or let the policy decide: sheet.on_conflict."),
        )
