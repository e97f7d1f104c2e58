"""What a person allows: limits on a whole plan, and orders that are left alone whatever a sheet says.

Both come from bulk_orders.toml and from flags, are written into the plan, and are checked when it is made and again
when it is applied. Nothing is limited unless somebody set it, but for two: deletions, of which a person can only look
through so many, and the same irreversible command in nearly every order of a sheet (core.fill_down).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bulk_orders.core import fill_down
from bulk_orders.core.changes import Change, Obstacle
from bulk_orders.core.currency import plain_amount
from bulk_orders.core.order import Facet, Order
from bulk_orders.core.typed import typed
from bulk_orders.errors import Misused

DELETES = 50
"""Deletions of one plan, unless somebody says otherwise: as many as a person looks through. `--confirm` answers for all
that cannot be undone, so this is what asks about deletions by themselves where nobody is asked on a terminal."""

PROTECTED = "Protected: "
"""How the reason of a change begins that protection keeps from its order."""
LIMIT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "irreversible": int,
    "share": (int, float),
    "refunds": (str, dict, list),
    "emails": int,
    "deletes": int,
    "allow_fill_down": bool,
    "blackout": (str, list),
}
PROTECT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "tags": (str, list),
    "channels": (str, list),
    "gateways": (str, list),
    "amount": (int, float, str),
    "cancel_within_hours": (int, float),
    "actions": (str, list),
}
_GUARDED = ("unfulfill", "fulfill", "mark_paid", "capture", "cancel", "refund", "delete")
_MONEY = re.compile(r"\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<currency>[A-Za-z]{3})\s*")
_DAY = 24 * 60
_FOR_GOOD = "change that cannot be undone", "changes that cannot be undone"
_DELETIONS = "deletion", "deletions"
_EMAILS = "e-mail to customers", "e-mails to customers"
_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a plan that limits speak of."""

    changed_rows: int
    rows: int
    irreversible: int
    deletes: int
    emails: int
    refunds: Mapping[str, Decimal]
    asked: Mapping[str, int]
    """How many of the sheet's `orders` ask for each action; empty for a sheet that is a list made for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one plan may do; None is no limit. `share` is in percent of the sheet's rows."""

    irreversible: int | None = None
    share: float | None = None
    refunds: Mapping[str, Decimal] = field(default_factory=dict)
    emails: int | None = None
    deletes: int | None = None
    allow_fill_down: bool | None = None
    blackout: tuple[str, ...] = ()

    def exceeded(self, totals: Totals) -> list[str]:
        """Every limit that the plan is over, each with its numbers and what lifts it."""
        return [*self._counts(totals), *self._refunds(totals), *self._fill_down(totals)]

    def _counts(self, totals: Totals) -> Iterator[str]:
        counted = (
            (self.irreversible, totals.irreversible, _FOR_GOOD, "--max-irreversible"),
            (DELETES if self.deletes is None else self.deletes, totals.deletes, _DELETIONS, "--max-deletes"),
            (self.emails, totals.emails, _EMAILS, "--max-emails"),
        )
        for most, found, what, flag in counted:
            if most is not None and found > most:
                yield f"{found:,} {what[found != 1]}, at most {most:,} allowed ({typed(f'{flag} {found}')} lifts it)."
        share = 100 * totals.changed_rows / totals.rows if totals.rows else 0.0
        if self.share is not None and share > self.share:
            of_all = "1 row" if totals.rows == 1 else f"{totals.rows:,} rows"
            yield (
                f"{totals.changed_rows:,} of {of_all} ({share:.0f} %) would change, at most "
                f"{self.share:g} % allowed (--max-share {min(100, int(share) + 1)} lifts it)."
            )

    def _refunds(self, totals: Totals) -> Iterator[str]:
        for currency, amount in totals.refunds.items():
            if not self.refunds or amount <= self.refunds.get(currency, Decimal(0)):
                continue
            shown = plain_amount(amount, currency)
            allowed = (
                f"at most {plain_amount(self.refunds[currency], currency)} {currency} allowed"
                if currency in self.refunds
                else f"and the limit names only {', '.join(sorted(self.refunds))}: nothing else is let through"
            )
            yield f"refunds of {shown} {currency}, {allowed} (--max-refunds '{shown} {currency}' lifts it)."

    def _fill_down(self, totals: Totals) -> Iterator[str]:
        if not self.allow_fill_down:
            for told in fill_down.stopped(totals.asked):
                yield f"{told} ({fill_down.LIFTS})."

    def blacked_out(self, now: datetime, timezone_name: str) -> str | None:
        """The hours in which nothing may be applied, if it is one of them in the shop now."""
        local = now.astimezone(_zone(timezone_name))
        minute = local.hour * 60 + local.minute
        for hours in self.blackout:
            begin, end = _minutes(hours)
            begins, ends = (each.strip() for each in hours.split("-"))
            within = begin <= minute < end if begin <= end else minute >= begin or minute < end
            if within:
                return f"it is {local:%H:%M} in the shop, and nothing is applied between {begins} and {ends}"
        return None


def after_colon(reasons: Iterable[str]) -> str:
    """Several reasons behind a colon: the first goes on with the sentence, each further one begins its own."""
    first, *rest = reasons
    return " ".join([first, *(each[:1].upper() + each[1:] for each in rest)])


def _zone(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return timezone(timedelta(0))


def _minutes(hours: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(hours)
    if found is None:
        raise Misused(f"limits.blackout = {hours!r} names no hours.", fix='Write them as "22:00-06:00".')
    h1, m1, h2, m2 = (int(part) for part in found.groups())
    begin, end = h1 * 60 + m1, h2 * 60 + m2
    if max(begin, end) > _DAY or max(m1, m2) > 59:
        raise Misused(f"limits.blackout = {hours!r} names no hours.", fix='Write them as "22:00-06:00".')
    if begin == end:
        raise Misused(
            f"limits.blackout = {hours!r} begins when it ends: that may be no hour, or all of them.",
            fix='Write "00:00-24:00" for the whole day, or leave it out.',
        )
    return begin, end


@dataclass(frozen=True, slots=True)
class Protect:
    """Orders that are left alone. `amount` is the total in the shop's currency above which they are."""

    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    amount: Decimal | None = None
    cancel_within_hours: float | None = None
    actions: tuple[str, ...] = _GUARDED

    @property
    def facets(self) -> frozenset[Facet]:
        """What must be read of an order to tell."""
        asks = self.channels or self.gateways or self.amount is not None or self.cancel_within_hours is not None
        return frozenset({Facet.FACTS}) if asks else frozenset()

    def obstacle(self, change: Change, order: Order, now: datetime) -> Obstacle | None:
        """Why the order is left alone, if it is."""
        why = self._why(order) if change.action in self.actions or "all" in self.actions else None
        if why is None and change.action == "cancel":
            why = self._too_late(order, now)
        if why is None:
            return None
        return Obstacle(f"{PROTECTED}{why}.", "Do it in the admin, or plan with --allow-protected.")

    def _why(self, order: Order) -> str | None:
        tagged = _common(self.tags, order.tags)
        if tagged:
            return f"it is tagged {tagged}"
        if self.facets and order.facts is not None:
            return self._by_facts(order)
        return None

    def _by_facts(self, order: Order) -> str | None:
        assert order.facts is not None
        channel = _common(self.channels, (order.facts.source or "",))
        if channel:
            return f"it came through {channel}"
        gateway = _common(self.gateways, order.facts.gateways)
        if gateway:
            return f"it was paid through {gateway}"
        if self.amount is not None and order.facts.total.amount > self.amount:
            total = order.facts.total
            return f"it comes to {total}, more than {plain_amount(self.amount, total.currency)}"
        return None

    def _too_late(self, order: Order, now: datetime) -> str | None:
        if self.cancel_within_hours is None or order.facts is None:
            return None
        placed = datetime.fromisoformat(order.facts.created_at)
        hours = (now - placed).total_seconds() / 3600
        if hours <= self.cancel_within_hours:
            return None
        return f"it was placed {hours:.0f} h ago, and orders are cancelled within {self.cancel_within_hours:g} h"


def _common(listed: tuple[str, ...], found: tuple[str, ...]) -> str | None:
    folded = {word.casefold() for word in listed}
    return next((word for word in found if word.casefold() in folded), None)


@dataclass(frozen=True, slots=True)
class Guard:
    """Limits and protection together."""

    limits: Limits = field(default_factory=Limits)
    protect: Protect = field(default_factory=Protect)

    def over(self, given: Given) -> Guard:
        """With what flags say in the place of it."""
        said = {f.name: value for f in fields(Limits) if (value := getattr(given, f.name)) not in (None, (), {})}
        if given.ignore_blackout:
            said["blackout"] = ()
        if given.refunds:
            said["refunds"] = {**self.limits.refunds, **given.refunds}
        protect = Protect() if given.allow_protected else self.protect
        return Guard(replace(self.limits, **said), protect)

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        limits = asdict(self.limits) | {
            "refunds": {currency: str(amount) for currency, amount in self.limits.refunds.items()},
            "blackout": list(self.limits.blackout),
        }
        protect = {key: list(value) if isinstance(value, tuple) else value for key, value in _slots(self.protect)}
        return {"limits": limits, "protect": protect | {"amount": _text(self.protect.amount)}}

    @classmethod
    def of(cls, limits: Mapping[str, Any], protect: Mapping[str, Any]) -> Guard:
        """From the tables [limits] and [protect], or from a document; Misused where a value makes no sense."""
        hours = _texts(limits.get("blackout"))
        for each in hours:
            _minutes(each)
        for key in ("irreversible", "share", "emails", "deletes"):
            if (limits.get(key) or 0) < 0:
                raise Misused(f"limits.{key} = {limits[key]} is less than nothing.", fix="Write 0 or more.")
        return cls(
            Limits(
                irreversible=limits.get("irreversible"),
                share=limits.get("share"),
                refunds=money_limits(limits.get("refunds")),
                emails=limits.get("emails"),
                deletes=limits.get("deletes"),
                allow_fill_down=limits.get("allow_fill_down"),
                blackout=hours,
            ),
            Protect(
                tags=_texts(protect.get("tags")),
                channels=_texts(protect.get("channels")),
                gateways=_texts(protect.get("gateways")),
                amount=_decimal(protect.get("amount"), "protect.amount"),
                cancel_within_hours=protect.get("cancel_within_hours"),
                actions=_actions(protect.get("actions")),
            ),
        )


@dataclass(frozen=True, slots=True)
class Given:
    """The flags of one command; None is not given."""

    irreversible: int | None = None
    share: float | None = None
    refunds: Mapping[str, Decimal] = field(default_factory=dict)
    emails: int | None = None
    deletes: int | None = None
    allow_fill_down: bool | None = None
    blackout: tuple[str, ...] = ()
    ignore_blackout: bool = False
    allow_protected: bool = False


def _slots(protect: Protect) -> Iterator[tuple[str, Any]]:
    return ((f.name, getattr(protect, f.name)) for f in fields(protect))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def _decimal(value: Any, key: str) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise Misused(f"{key} = {value!r} is no amount.", fix="Write a number, such as 500.") from error


def _actions(value: Any) -> tuple[str, ...]:
    if value is None:
        return _GUARDED
    return tuple(word.strip().lower().replace(" ", "_") for word in _texts(value))


def money_limits(value: Any) -> dict[str, Decimal]:
    """`"500 EUR"`, `["500 EUR", "300 USD"]` or `{EUR = 500}` as amounts by currency."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {
            str(code).upper(): _decimal(amount, f"limits.refunds.{code}") or Decimal(0)
            for code, amount in value.items()
        }
    found = {}
    for text in _texts(value):
        match = _MONEY.fullmatch(text)
        if match is None:
            raise Misused(f"{text!r} is no limit on refunds.", fix="Write an amount with its currency: '500 EUR'.")
        found[match["currency"].upper()] = Decimal(match["amount"])
    return found
