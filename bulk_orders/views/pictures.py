"""Figures as pictures: bars of parts, and meters of how close something is to its limit.

Pictures are SVG with numbers for attributes, because the pages' policy allows no inline style. Each has words beside it
that say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bulk_orders.core.guard import DELETES
from bulk_orders.core.order import Money
from bulk_orders.core.plan import Plan
from bulk_orders.language import colon, decimal, say
from bulk_orders.views.plan_text import method
from bulk_orders.views.words import amount, count, numbered

_WIDTH = 1000
_GAP = 3
_THINNEST = 12.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: its colour's class, what its legend says, and where it stands."""

    tone: str
    label: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    title: str
    parts: tuple[Part, ...]

    @property
    def described(self) -> str:
        return f"{self.title}{colon()} {', '.join(part.label for part in self.parts) or say('nothing')}"


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of a limit is used; `width` is of a thousand."""

    label: str
    width: float
    over: bool


def bar(title: str, parts: Sequence[tuple[str, str, float]]) -> Bar:
    """Parts of (tone, label, size) with widths in proportion, none too thin to be seen."""
    total = sum(size for *_, size in parts)
    room = _WIDTH - _GAP * max(0, len(parts) - 1)
    widths = [max(_THINNEST, room * size / total) if total else room for *_, size in parts]
    scale = room / sum(widths) if widths else 1.0
    placed, x = [], 0.0
    for (tone, label, _), width in zip(parts, widths, strict=True):
        shown = round(width * scale, 1)
        placed.append(Part(tone, label, round(x, 1), shown))
        x += shown + _GAP
    return Bar(title, tuple(placed))


def money_bars(plan: Plan) -> Iterator[Bar]:
    """Where the money goes back to: a bar for each currency, a part for each way it was paid."""
    methods = plan.refund_methods()
    for total in plan.refunds():
        known = [(name, money) for name, money in methods if money.currency == total.currency]
        rest = total.amount - sum((money.amount for _, money in known), Decimal(0))
        if rest > 0:
            known.append((say("other ways") if known else say("refunds"), Money(rest, total.currency)))
        parts = [
            (f"money{at % 6}", f"{amount(money)} {method(name)}", float(money.amount))
            for at, (name, money) in enumerate(known)
        ]
        yield bar(say("Refunds of {amount}", amount=amount(total)), parts)


def meters(plan: Plan) -> list[Meter]:
    """Every limit that the plan was made under, and how close it comes."""
    limits, totals = plan.guard.limits, plan.limited()
    found: list[Meter] = []
    deletes = DELETES if limits.deletes is None else limits.deletes
    if limits.irreversible is not None:
        most = count(limits.irreversible, "change that can’t be undone", "changes that can’t be undone")
        found.append(_meter(_part(numbered(totals.irreversible), most), totals.irreversible, limits.irreversible))
    if totals.deletes or limits.deletes is not None:
        found.append(_meter(_part(numbered(totals.deletes), count(deletes, "deletion")), totals.deletes, deletes))
    if limits.emails is not None:
        most = count(limits.emails, "e-mail to a customer", "e-mails to customers")
        found.append(_meter(_part(numbered(totals.emails), most), totals.emails, limits.emails))
    for currency, most_money in limits.refunds.items():
        used_money = totals.refunds.get(currency, Decimal(0))
        used, allowed = amount(Money(used_money, currency)), amount(Money(most_money, currency))
        label = say("{used} of {most} refunds", used=used, most=allowed)
        found.append(_meter(label, float(used_money), float(most_money)))
    if limits.share is not None:
        share = 100 * totals.changed_rows / totals.rows if totals.rows else 0.0
        shares = {"used": decimal(f"{share:.3g}"), "most": decimal(f"{limits.share:g}")}
        found.append(_meter(say("{used} % of {most} % of the sheet’s rows", **shares), share, limits.share))
    return found


def _part(used: str, most: str) -> str:
    return say("{used} of {most}", used=used, most=most)


def _meter(label: str, used: float, most: float) -> Meter:
    share = used / most if most else float(used > 0)
    return Meter(label, round(_WIDTH * min(1.0, share), 1), used > most)
