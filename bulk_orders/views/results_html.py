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
from bulk_orders.views.change_rows import done_row
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.pictures import Bar, bar
from bulk_orders.views.plan_text import quoted
from bulk_orders.views.words import OUTCOME_SIGNS, OUTCOME_WORDS, VERBS, amounts, count, join

_SHOWN = {State.PENDING: State.NOT_ATTEMPTED, State.SENDING: State.UNKNOWN, State.ACCEPTED: State.UNKNOWN}
_MARKS = {130: "Stopped by you", 1: "Could not go on", 7: "Needs you", 3: "Finished, not all of it", 0: "Done"}
_MEANS = {
    "applied": "done, and seen to be so",
    "already": "so already when it was its turn",
    "drifted": "changed since the plan, left alone",
    "refused": "by Shopify",
    "not_attempted": "not sent",
    "unknown": "nobody can say yet",
}


@dataclass(frozen=True, slots=True)
class _Figure:
    number: int
    label: str
    means: str
    bad: bool


def results_html(plan: Plan, path: Path, entries: Mapping[str, Entry], summary: Summary) -> str:
    """The report of a run that has ended; `path` is the plan file, `entries` its journal, by the ids of changes."""
    css, script = source("page.css") + source("report.css"), source("report.js")
    outcomes = tally(entries.values())
    told = {id_: _SHOWN.get(entry.state, entry.state).value for id_, entry in entries.items()}
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
            mark=_MARKS.get(summary.exit_code, "Ended"),
            headline=_headline(plan, outcomes),
            sheet_name=Path(plan.sheet.path).name,
            undoes=called(plan.undoes, plan.undoes_name) if plan.undoes else "",
            figures=[
                _Figure(number, OUTCOME_WORDS[name], _MEANS[name], bool(number) and name in {"refused", "unknown"})
                for name, number in outcomes.items()
                if number or name == "applied"
            ],
            bar=_bar(outcomes),
            refunded=amounts(_refunded(plan, told)),
            by_hand=by_hand(plan.changes, entries),
            unknown=unknown,
            settle=f"bulk-orders verify {quoted(path)} --settle" if unknown else "",
            go_on=f"bulk-orders apply {quoted(path)}" if unfinished else "",
            undo_command=f"bulk-orders undo {quoted(path)}",
            taken_back=_taken_back(plan, told),
            chips=[(name, OUTCOME_WORDS[name].capitalize(), number) for name, number in outcomes.items() if number],
            changes=[done_row(plan, change, told[change.id], entries[change.id]) for change in plan.changes],
            results=Path(summary.results).name if summary.results else "",
        )
    )


def _headline(plan: Plan, outcomes: Mapping[str, int]) -> str:
    told = [f"{number:,} {OUTCOME_WORDS[name]}" for name, number in outcomes.items() if number]
    return f"{count(len(plan.changes), 'change')}: {join(told)}."


def _bar(outcomes: Mapping[str, int]) -> Bar:
    parts = [
        (f"o-{name}", f"{OUTCOME_SIGNS[name]} {number:,} {OUTCOME_WORDS[name]}", float(number))
        for name, number in outcomes.items()
        if number
    ]
    return bar("Outcomes", parts)


def _refunded(plan: Plan, told: Mapping[str, str]) -> tuple[Money, ...]:
    return sums(change.refund for change in plan.changes if told[change.id] == "applied")


def _taken_back(plan: Plan, told: Mapping[str, str]) -> str:
    back = [change.action for change in plan.changes if change.reversible and told[change.id] == "applied"]
    return join(f"{back.count(action):,} {verb.done}" for action, verb in VERBS.items() if action in back)
