"""A plan as one HTML page: opens offline, from an e-mail, on a phone, on paper.

Everything in it that people wrote is escaped; a strict Content-Security-Policy allows this page's own style and script
by their hashes and nothing else, so there is no inline style and no outside resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from markupsafe import Markup

from bulk_orders.core.digest import short
from bulk_orders.core.plan import Plan
from bulk_orders.core.validity import valid_until
from bulk_orders.language import clauses, colon, plural, say, told
from bulk_orders.views import values
from bulk_orders.views.change_rows import planned_row
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.pictures import Bar, bar, meters, money_bars
from bulk_orders.views.plan_text import and_more, costs, next_command, origin, row_of
from bulk_orders.views.words import VERBS, amounts, count, join, plain, quoted

_MOST_NAMES = 12


def plan_html(plan: Plan, path: Path) -> str:
    """The report of a plan; `path` is the plan file, for the command; with its digest, if the plan has it yet."""
    css, script = source("page.css") + source("report.css"), source("copy.js") + source("report.js")
    presentment = plan.presentment_refunds()
    counts = plan.counts()
    return (
        environment()
        .get_template("plan.html.j2")
        .render(
            plan=plan,
            csp=policy(css, script),
            css=Markup(css),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            headline=_headline(plan),
            sheet_name=Path(plan.sheet.path).name,
            valid_until=valid_until(plan.made_at),
            refunds=amounts(plan.refunds()),
            presentment=amounts(presentment) if presentment != plan.refunds() else "",
            fees=amounts(plan.fees()),
            refunded=sum(change.refund is not None for change in plan.changes),
            final=len(plan.irreversible),
            bars=[_count_bar(plan), *money_bars(plan)],
            costs=costs(plan),
            meters=meters(plan),
            left_alone=plan.rows["blocked"] + plan.rows["conflict"],
            warned=sum(bool(change.warnings) for change in plan.changes),
            origin=origin(plan),
            undone=_by_reason((back.how, "", back.name, back.row, back.action) for back in plan.back),
            not_undone=_by_reason((b.reason, b.fix, b.name or "?", b.row, b.action or "") for b in plan.blocked),
            changes=[planned_row(plan, change) for change in plan.changes],
            chips=[(action, verb.title, counts[action]) for action, verb in VERBS.items() if counts.get(action)],
            for_good=list(_for_good(plan)),
            taken_back=_taken_back(plan),
            undo_command=f"bulk-orders undo {quoted(path)}",
            command=_command(plan, path),
            digest=short(plan.digest),
        )
    )


def _command(plan: Plan, path: Path) -> str:
    """The command that applies this very plan, and no other that may lie at its place by then."""
    approved = f" --plan-digest {short(plan.digest)}" if plan.digest else ""
    return f"{next_command(plan, path)}{approved}"


def _by_reason(found: Iterable[tuple[str, str, str, int, str]]) -> list[tuple[str, str, str]]:
    """(places, reason, fix) of (reason, fix, name, row, action), equal reasons once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for reason, fix, name, row, action in found:
        groups.setdefault((reason, fix), []).append(f"{name}, {row_of(row)}{colon()} {values.asked(action)}")
    return [(clauses(places), told(reason), told(fix)) for (reason, fix), places in groups.items()]


def _headline(plan: Plan) -> str:
    if not plan.changes:
        return say("No changes in {rows}.", rows=count(plan.sheet.rows, "row"))
    orders = len({change.order for change in plan.changes})
    final = len(plan.irreversible)
    asked = say(
        "{changes} to {orders}, from {rows}.",
        changes=count(len(plan.changes), "change"),
        orders=count(orders, "order"),
        rows=count(plan.sheet.rows, "row"),
    )
    if not final:
        return asked
    return f"{asked} {plural('{count} of them can’t be undone.', '{count} of them can’t be undone.', final)}"


def _count_bar(plan: Plan) -> Bar:
    counts = plan.counts()
    final = {change.action for change in plan.irreversible}
    parts = [
        (f"a-{action}", _asked(verb.to(counts[action]), final=action in final), counts[action])
        for action, verb in VERBS.items()
        if counts.get(action)
    ]
    return bar(say("Changes"), parts)


def _asked(what: str, *, final: bool) -> str:
    return say("{what}, for good", what=what) if final else what


def _for_good(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """What nobody can take back, as (action, title, orders)."""
    for action, verb in VERBS.items():
        names = list(dict.fromkeys(plain(c.name) for c in plan.irreversible if c.action == action))
        if names:
            over = len(names) - _MOST_NAMES
            yield action, verb.title, and_more(names[:_MOST_NAMES], over) if over > 0 else ", ".join(names)


def _taken_back(plan: Plan) -> str:
    """What `undo` would take back of it: `4 tagged and 6 archived`."""
    back = [change.action for change in plan.changes if change.reversible]
    return join(verb.done(back.count(action)) for action, verb in VERBS.items() if action in back)
