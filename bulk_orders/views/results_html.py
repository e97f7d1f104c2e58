"""What became of a plan as one HTML page, in the style of its report: the same rows, each with its outcome.

First what a person has to do: outcomes that are unknown, what Shopify refused, what is left to be done by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bulk_orders.core.events import Summary
from bulk_orders.core.order import Money
from bulk_orders.core.plan import Plan, sums
from bulk_orders.core.results import Entry, State, by_hand, tally, unknown_orders
from bulk_orders.core.taken_back import called
from bulk_orders.language import label, phrase, phrases, say, told
from bulk_orders.views.change_rows import done_row
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.pictures import Bar, bar
from bulk_orders.views.words import (
    OUTCOME_SIGNS,
    OUTCOME_WORDS,
    VERBS,
    amounts,
    count,
    join,
    outcome,
    outcome_label,
    quoted,
)

_SHOWN = {State.PENDING: State.NOT_ATTEMPTED, State.SENDING: State.UNKNOWN, State.ACCEPTED: State.UNKNOWN}
_MARKS = {
    130: phrase("Stopped by you"),
    1: phrase("Could not go on"),
    7: phrase("Needs you"),
    3: phrase("Finished, not all of it"),
    0: phrase("Done"),
}
_ENDED = phrase("Ended")
_MEANS = {
    "applied": phrases("done, and seen to be so", "done, and seen to be so"),
    "already": phrases("so already when it was its turn", "so already when it was their turn"),
    "drifted": phrases("changed since the plan, left alone", "changed since the plan, left alone"),
    "refused": phrases("by Shopify", "by Shopify"),
    "not_attempted": phrases("not sent", "not sent"),
    "unknown": phrases("nobody can say yet", "nobody can say yet"),
}
"""What stands below a number, and agrees with it."""
_BAD = ("refused", "unknown")


@dataclass(frozen=True, slots=True)
class _Figure:
    number: int
    label: str
    means: str
    bad: bool


def results_html(plan: Plan, path: Path, entries: Mapping[str, Entry], summary: Summary) -> str:
    """The report of a run that has ended; `path` is the plan file, `entries` its journal, by the ids of changes."""
    css, script = source("page.css") + source("report.css"), source("copy.js") + source("report.js")
    outcomes = tally(entries.values())
    ended = {id_: _SHOWN.get(entry.state, entry.state).value for id_, entry in entries.items()}
    unknown = unknown_orders(plan.changes, entries)
    unfinished = summary.exit_code in (1, 130)
    return (
        environment()
        .get_template("results.html.j2")
        .render(
            plan=plan,
            summary=summary,
            csp=policy(css, script),
            css=Markup(css),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            mark=say(_MARKS.get(summary.exit_code, _ENDED)),
            headline=_headline(plan, outcomes),
            sheet_name=Path(plan.sheet.path).name,
            undoes=told(called(plan.undoes, plan.undoes_name)) if plan.undoes else "",
            figures=[
                _Figure(
                    number,
                    outcome_label(name, number),
                    label(*_MEANS[name], number),
                    bool(number) and name in _BAD,
                )
                for name, number in outcomes.items()
                if number or name == "applied"
            ],
            bar=_bar(outcomes),
            refunded=amounts(_refunded(plan, ended)),
            by_hand=by_hand(plan.changes, entries),
            unknown=unknown,
            settle=f"bulk-orders verify {quoted(path)} --settle" if unknown else "",
            go_on=f"bulk-orders apply {quoted(path)}" if unfinished else "",
            undo_command=f"bulk-orders undo {quoted(path)}",
            taken_back=_taken_back(plan, ended),
            chips=[(name, OUTCOME_WORDS[name].capitalize(), number) for name, number in outcomes.items() if number],
            changes=[done_row(plan, change, ended[change.id], entries[change.id]) for change in plan.changes],
            results=Path(summary.results).name if summary.results else "",
        )
    )


def _headline(plan: Plan, outcomes: Mapping[str, int]) -> str:
    counted = join(outcome(name, number) for name, number in outcomes.items() if number) or say("nothing to do")
    return say("{changes}: {outcomes}.", changes=count(len(plan.changes), "change"), outcomes=counted)


def _bar(outcomes: Mapping[str, int]) -> Bar:
    parts = [
        (f"o-{name}", f"{OUTCOME_SIGNS[name]} {outcome(name, number)}", float(number))
        for name, number in outcomes.items()
        if number
    ]
    return bar(say("Outcomes"), parts)


def _refunded(plan: Plan, ended: Mapping[str, str]) -> tuple[Money, ...]:
    return sums(change.refund for change in plan.changes if ended[change.id] == "applied")


def _taken_back(plan: Plan, ended: Mapping[str, str]) -> str:
    back = [change.action for change in plan.changes if change.reversible and ended[change.id] == "applied"]
    return join(verb.done(back.count(action)) for action, verb in VERBS.items() if action in back)
