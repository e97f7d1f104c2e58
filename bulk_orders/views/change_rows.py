"""Changes as rows of a page: before and after side by side, with what differs between them marked.

The plan's report and the results' report show the same rows, so that a person finds again what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bulk_orders.core.changes import Change
from bulk_orders.core.plan import Plan
from bulk_orders.core.results import Entry
from bulk_orders.language import say, told
from bulk_orders.views import values
from bulk_orders.views.difference import Marked, differences
from bulk_orders.views.words import OUTCOME_SIGNS, OUTCOME_WORDS, VERBS, amount


@dataclass(frozen=True, slots=True)
class Field:
    """A field before and after; one without a `before` is only told, in `after`."""

    label: str
    before: Marked | None
    after: Marked


@dataclass(frozen=True, slots=True)
class Row:
    """`kinds` are what the page filters by, `size` is the refund as a number to sort and filter by."""

    name: str
    link: str | None
    row: int
    action: str
    title: str
    kinds: str
    fields: tuple[Field, ...]
    warnings: tuple[str, ...]
    refund: str | None
    size: str
    outcome: str = ""
    sign: str = ""
    bad: bool = False
    reason: str = ""


def planned_row(plan: Plan, change: Change) -> Row:
    """A change as it is planned."""
    return Row(**_common(plan, change), kinds=f"{change.action}{' warned' if change.warnings else ''}")


def done_row(plan: Plan, change: Change, outcome: str, entry: Entry) -> Row:
    """A change and what became of it; `outcome` is one of the six."""
    return Row(
        **_common(plan, change),
        kinds=f"{change.action} {outcome}",
        outcome=OUTCOME_WORDS[outcome],
        sign=OUTCOME_SIGNS[outcome],
        bad=outcome in {"refused", "unknown"},
        reason=told(entry.reason or ""),
    )


def _common(plan: Plan, change: Change) -> dict[str, Any]:
    return {
        "name": change.name,
        "link": order_link(plan, change.order),
        "row": change.row,
        "action": change.action,
        "title": VERBS[change.action].title,
        "fields": tuple(_fields(change)),
        "warnings": tuple(told(warning) for warning in change.warnings),
        "refund": amount(change.refund) if change.refund else None,
        "size": f"{change.refund.amount:f}" if change.refund else "",
    }


def _fields(change: Change) -> Iterator[Field]:
    for key, was in change.before.items():
        becomes = change.after.get(key)
        before, after = (values.value(change, key, each) for each in (was, becomes))
        old, new = differences(before, after)
        yield Field(values.label(change, key), _unmarked(was, old), _unmarked(becomes, new))
    extra = " · ".join(values.added(change))
    if extra:
        yield Field(say("How"), None, ((extra, False),))


def _unmarked(value: object, marked: Marked) -> Marked:
    """Where there was nothing, nothing is struck out: "(empty)" is a word of ours."""
    return tuple((text, False) for text, _ in marked) if value in (None, "") else marked


def order_link(plan: Plan, gid: str) -> str | None:
    """The order's page in the admin, made of nothing but checked parts."""
    digits = gid.rsplit("/", 1)[-1]
    handle = plan.shop.handle
    named = handle.replace("-", "").isalnum() and handle.isascii()
    if not (plan.shop.origin.startswith("https://") and digits.isdigit() and digits.isascii() and named):
        return None
    return f"https://admin.shopify.com/store/{handle}/orders/{digits}"
