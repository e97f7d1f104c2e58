"""A plan as one HTML page: opens offline, from an e-mail, on a phone, on paper.

Everything in it that people wrote is escaped; a strict Content-Security-Policy allows this page's own style and script
by their hashes and nothing else, so there is no inline style and no outside resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bulk_orders.core.changes import Change
from bulk_orders.core.plan import Plan
from bulk_orders.core.taken_back import called
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.plan_text import costs, next_command
from bulk_orders.views.words import VERBS, added, amount, amounts, count

_TONES = {
    "cancel": "final",
    "delete": "final",
    "refund": "final",
    "unfulfill": "parcel",
    "fulfill": "parcel",
    "track": "parcel",
    "archive": "shelf",
    "unarchive": "shelf",
    "hold": "hold",
    "release": "hold",
}
_BAR_WIDTH = 1000
_BAR_GAP = 3


@dataclass(frozen=True, slots=True)
class _Part:
    """One action in the picture of counts."""

    action: str
    title: str
    to: str
    tone: str
    count: int
    final: bool
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class _Field:
    label: str
    before: str | None
    after: str
    edited: bool


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    link: str | None
    row: int
    action: str
    title: str
    tone: str
    fields: tuple[_Field, ...]
    warnings: tuple[str, ...]
    refund: str | None


def plan_html(plan: Plan, path: Path) -> str:
    """The report of a plan; `path` is the plan file, for the command."""
    css, script = source("page.css"), source("plan.js")
    bar = list(_bar(plan))
    presentment = plan.presentment_refunds()
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
            refunds=amounts(plan.refunds()),
            presentment=amounts(presentment) if presentment != plan.refunds() else "",
            refunded=sum(change.refund is not None for change in plan.changes),
            final=len(plan.irreversible),
            bar=bar,
            costs=costs(plan),
            described=", ".join(f"{part.count} {part.to}" for part in bar) or "no changes",
            left_alone=plan.rows["blocked"] + plan.rows["conflict"],
            warned=sum(bool(change.warnings) for change in plan.changes),
            undoes=called(plan.undoes, plan.undoes_name) if plan.undoes else "",
            undone=_by_reason((back.how, "", back.name, back.row, back.action) for back in plan.back),
            not_undone=_by_reason((b.reason, b.fix, b.name or "?", b.row, b.action or "") for b in plan.blocked),
            changes=[_row(plan, change) for change in plan.changes],
            command=next_command(plan, path),
        )
    )


def _by_reason(found: Iterable[tuple[str, str, str, int, str]]) -> list[tuple[str, str, str]]:
    """(places, reason, fix) of (reason, fix, name, row, action), equal reasons once."""
    groups: dict[tuple[str, str], list[str]] = {}
    for reason, fix, name, row, action in found:
        groups.setdefault((reason, fix), []).append(f"{name}, row {row}: {action.replace('_', ' ')}")
    return [("; ".join(places), reason, fix) for (reason, fix), places in groups.items()]


def _headline(plan: Plan) -> str:
    if not plan.changes:
        return f"No changes in {count(plan.sheet.rows, 'row')}."
    orders = len({change.order for change in plan.changes})
    final = len(plan.irreversible)
    undone = f" {final:,} of them can’t be undone." if final else ""
    asked = f"{count(len(plan.changes), 'change')} to {count(orders, 'order')}"
    return f"{asked}, from {count(plan.sheet.rows, 'row')}.{undone}"


def _bar(plan: Plan) -> Iterator[_Part]:
    """Widths in proportion to the counts, none too thin to be seen."""
    counts = [(action, sum(c.action == action for c in plan.changes)) for action in VERBS]
    present = [(action, number) for action, number in counts if number]
    total = sum(number for _, number in present)
    room = _BAR_WIDTH - _BAR_GAP * max(0, len(present) - 1)
    widths = [max(12.0, room * number / total) for _, number in present]
    scale = room / sum(widths) if widths else 1.0
    x = 0.0
    for (action, number), width in zip(present, widths, strict=True):
        verb = VERBS[action]
        final = any(change.action == action and not change.reversible for change in plan.changes)
        shown = round(width * scale, 1)
        yield _Part(action, verb.title, verb.to, _TONES.get(action, "words"), number, final, round(x, 1), shown)
        x += shown + _BAR_GAP


def _row(plan: Plan, change: Change) -> _Row:
    return _Row(
        name=change.name,
        link=_link(plan, change),
        row=change.row,
        action=change.action,
        title=VERBS[change.action].title,
        tone=_TONES.get(change.action, "words"),
        fields=tuple(_fields(change)),
        warnings=change.warnings,
        refund=amount(change.refund) if change.refund else None,
    )


def _fields(change: Change) -> Iterator[_Field]:
    for key, before in change.before.items():
        after = change.after.get(key)
        yield _Field(key, str(before) if before not in (None, "") else "(empty)", _shown(after), edited=True)
    extra = " · ".join(added(change.after, change.before, change.defaults))
    if extra:
        yield _Field("How", None, extra, edited=False)


def _shown(value: object) -> str:
    return "(empty)" if value in (None, "") else str(value)


def _link(plan: Plan, change: Change) -> str | None:
    """The order's page in the admin, made of nothing but checked parts."""
    digits = change.order.rsplit("/", 1)[-1]
    handle = plan.shop.handle
    named = handle.replace("-", "").isalnum() and handle.isascii()
    if not (plan.shop.origin.startswith("https://") and digits.isdigit() and digits.isascii() and named):
        return None
    return f"https://admin.shopify.com/store/{handle}/orders/{digits}"
