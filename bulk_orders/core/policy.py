"""The policy of a night: what may run with nobody there, how much of it, and what only gets told.

A file of its own (TOML), since it says yes where a person would otherwise be asked. The rule: what it does not name
does not run. Light to import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from string import Formatter
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bulk_orders.core.dates import DATE_FORMATS
from bulk_orders.core.guard import LIMIT_KEYS, PROTECT_KEYS, Guard, Limits, Protect
from bulk_orders.core.keys import Kinds, check_keys, one_of
from bulk_orders.core.numbers import LOCALES
from bulk_orders.core.rules import Rule, read_rules
from bulk_orders.errors import Misused

KEYS: Mapping[str, Kinds] = {
    "timezone": str,
    "actions": dict,
    "limits": dict,
    "protect": dict,
    "sheet": dict,
    "rules": list,
    "notify": dict,
    "heartbeat": dict,
    "metrics": dict,
}
ACTIONS = (
    "release",
    "unarchive",
    "update",
    "tag_remove",
    "tag_add",
    "unfulfill",
    "hold",
    "track",
    "mark_paid",
    "capture",
    "fulfill",
    "cancel",
    "refund",
    "archive",
    "delete",
)
"""The plan's actions; a test holds them to the registry, which is not light to import."""
FOR_GOOD = frozenset({"mark_paid", "capture", "cancel", "refund", "delete"})
"""Actions that cannot be undone: `others` never lets them run, only their own name does."""
DO, WAIT, REPORT = "do", "wait", "report"
VERDICTS = (DO, WAIT, REPORT)
"""From the most that may happen to the least."""
OTHERS = "others"

NIGHT_LIMITS: Mapping[str, Kinds] = {"changes": int, "actions": dict}
SHEET_KEYS: Mapping[str, Kinds] = {
    "on_conflict": str,
    "two_way": bool,
    "allow_delivered": bool,
    "allow_second_refund": bool,
    "all_holds": bool,
    "encoding": str,
    "locale": str,
    "date_format": str,
    "tab": str,
    "missing": str,
    "catch_up_days": int,
    "oldest": str,
}
NOTIFY_KEYS: Mapping[str, Kinds] = {"urls_env": str, "urls_file": str, "when": str}
HEARTBEAT_KEYS: Mapping[str, Kinds] = {"url_env": str, "url_file": str}
METRICS_KEYS: Mapping[str, Kinds] = {"textfile": str}
CATCH_UP_MOST = 60
"""Days: how far back missed sheets can be taken at most."""
NOTIFY_WHEN = ("always", "changes", "problems")
T = TypeVar("T", Decimal, float)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SheetManners:
    """How the nightly sheet is taken: the flags of `plan`, and what a missing or an old one means."""

    on_conflict: str = "leave"
    two_way: bool = False
    allow_delivered: bool = False
    allow_second_refund: bool = False
    all_holds: bool = False
    encoding: str | None = None
    locale: str | None = None
    date_format: str | None = None
    tab: str | None = None
    missing: str = "fail"
    catch_up_days: int = 7
    oldest: float | None = None
    """Hours; an older sheet is not acted on."""


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a URL stands that lets its owner in: an environment variable, or a file. Never the URL itself."""

    env: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class NightLimits:
    """The most that may run by itself in one night, all its runs together; None is no limit."""

    changes: int | None = None
    actions: Mapping[str, int] = field(default_factory=dict)
    whole: Limits = field(default_factory=Limits)
    """As in bulk_orders.toml: irreversible, deletes, emails, refunds, share, blackout."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What one night may do."""

    actions: Mapping[str, str] = field(default_factory=dict)
    others: str = WAIT
    limits: NightLimits = field(default_factory=NightLimits)
    protect: Protect = field(default_factory=Protect)
    sheet: SheetManners = field(default_factory=SheetManners)
    rules: tuple[Rule, ...] = ()
    timezone: str | None = None
    notify: SecretPlace | None = None
    notify_when: str = "always"
    heartbeat: SecretPlace | None = None
    textfile: str | None = None

    def verdict(self, action: str) -> str:
        """do, wait or report; what cannot be undone runs only where it is named."""
        named = self.actions.get(action)
        if named is not None:
            return named
        return WAIT if self.others == DO and action in FOR_GOOD else self.others

    def zone(self) -> tzinfo | None:
        """Of dates in paths and folders; None is the machine's own."""
        return ZoneInfo(self.timezone) if self.timezone else None

    def today(self, now: datetime) -> date:
        """The date of a night that runs at `now`."""
        return now.astimezone(self.zone()).date()


def read_policy(values: Mapping[str, Any], file: str) -> Policy:
    """A policy of the values of its file; Misused for the first thing that makes no sense."""
    check_keys(values, KEYS, "", file)
    actions = values.get("actions", {})
    check_keys(actions, dict.fromkeys((OTHERS, *ACTIONS), str), "actions.", file)
    verdicts = {key: one_of(word, VERDICTS, f"actions.{key}", file) for key, word in actions.items()}
    check_keys(values.get("protect", {}), PROTECT_KEYS, "protect.", file)
    notify = values.get("notify")
    check_keys(notify or {}, NOTIFY_KEYS, "notify.", file)
    check_keys(values.get("heartbeat", {}), HEARTBEAT_KEYS, "heartbeat.", file)
    check_keys(values.get("metrics", {}), METRICS_KEYS, "metrics.", file)
    others = verdicts.pop(OTHERS, WAIT)
    return Policy(
        actions=verdicts,
        others=others,
        limits=_limits(values.get("limits", {}), file),
        protect=_told(file, lambda: Guard.of({}, values.get("protect", {}))).protect,
        sheet=_sheet(values.get("sheet", {}), file),
        rules=read_rules(values.get("rules", []), file),
        timezone=_zone(values.get("timezone"), file),
        notify=_secret(notify, "urls", "notify", file),
        notify_when=one_of((notify or {}).get("when", "always"), NOTIFY_WHEN, "notify.when", file),
        heartbeat=_secret(values.get("heartbeat"), "url", "heartbeat", file),
        textfile=_textfile(values.get("metrics", {}).get("textfile"), file),
    )


def _told(file: str, make: Any) -> Guard:
    """What the guard says of a wrong value, with the file's own name."""
    try:
        made: Guard = make()
    except Misused as error:
        raise Misused(f"{file}: {error.what}", fix=error.fix) from None
    return made


def _limits(values: Any, file: str) -> NightLimits:
    known = {key: kinds for key, kinds in LIMIT_KEYS.items() if key != "allow_fill_down"} | dict(NIGHT_LIMITS)
    check_keys(values, known, "limits.", file)
    by_action = values.get("actions", {})
    check_keys(by_action, dict.fromkeys(ACTIONS, int), "limits.actions.", file)
    for key, most in {"changes": values.get("changes", 0), **by_action}.items():
        if most < 0:
            raise Misused(f"{file}: a limit of {most} for {key} is less than nothing.", fix="Write 0 or more.")
    whole = {key: value for key, value in values.items() if key not in NIGHT_LIMITS}
    limits = _told(file, lambda: Guard.of(whole, {})).limits
    return NightLimits(values.get("changes"), by_action, limits)


def _sheet(values: Any, file: str) -> SheetManners:
    check_keys(values, SHEET_KEYS, "sheet.", file)
    said = dict(values)
    for key, choices in (
        ("on_conflict", ("leave", "live", "sheet")),
        ("missing", ("fail", "pass")),
        ("date_format", DATE_FORMATS),
        ("locale", LOCALES),
    ):
        if key in said:
            said[key] = one_of(said[key], choices, f"sheet.{key}", file)
    if not 0 <= said.get("catch_up_days", 0) <= CATCH_UP_MOST:
        raise Misused(
            f"{file}: sheet.catch_up_days = {said['catch_up_days']}.",
            fix=f"Write 0 to {CATCH_UP_MOST}; 0 is only tonight's.",
        )
    if "oldest" in said:
        said["oldest"] = _hours("sheet.oldest", said["oldest"], file)
    return SheetManners(**said)


def _hours(key: str, text: str, file: str) -> float:
    from bulk_orders.core.ages import BadAge, read_hours

    try:
        return read_hours(key, text)
    except BadAge as error:
        raise Misused(f"{file}: {error.what}", fix=error.fix) from None


def _zone(name: str | None, file: str) -> str | None:
    if name is None:
        return None
    try:
        return str(ZoneInfo(name).key)
    except (ValueError, OSError, KeyError):
        raise Misused(f"{file}: timezone = {name!r} is no time zone.", fix='Such as "Europe/Paris".') from None


def _secret(values: Mapping[str, Any] | None, what: str, table: str, file: str) -> SecretPlace | None:
    if values is None:
        return None
    env, path = values.get(f"{what}_env"), values.get(f"{what}_file")
    if (env is None) == (path is None):
        raise Misused(
            f"{file}: [{table}] must say where the URL stands.",
            fix=f'Write {what}_env = "NAME" (an environment variable) or {what}_file = "PATH" (mode 0600).',
        )
    if env is not None and not _NAME.fullmatch(env):
        raise Misused(f"{file}: {table}.{what}_env is no name of a variable.", fix=f'Such as {what}_env = "NIGHT_URL".')
    return SecretPlace(env, path)


def _textfile(path: str | None, file: str) -> str | None:
    if path is not None and not path.endswith(".prom"):
        raise Misused(f"{file}: metrics.textfile = {path!r}.", fix="The name must end in .prom, or nobody collects it.")
    return path


# --- the sheet's path -------------------------------------------------------------------------------------------------


def check_wanted(pattern: str | None, policy: Policy, file: str) -> None:
    """Misused where a night would have nothing to do, or cannot tell which sheet is meant."""
    if pattern is not None:
        check_pattern(pattern)
    elif not policy.rules:
        raise Misused(
            f"There is nothing to reconcile: no SHEET is named, and {file} has no rules.",
            fix="Name a sheet, or write a rule into the policy.",
        )


def check_pattern(pattern: str) -> None:
    """Misused where a placeholder in a sheet's path is none of ours."""
    try:
        fields = [(name, form) for _, name, form, _ in Formatter().parse(pattern) if name is not None]
        sheet_path(pattern, date(2026, 12, 31), "shop")
    except (ValueError, KeyError, IndexError, AttributeError):
        fields = [("?", "")]
    for name, _ in fields:
        if name not in ("date", "shop"):
            raise Misused(
                f"The path {pattern} has a placeholder that nobody knows.",
                fix="Those there are: {date} (2026-12-31), {date:%Y%m%d} (20261231, any format), {shop} (the handle).",
            )


def sheet_path(pattern: str, day: date, shop: str) -> str:
    """The path of one night's sheet."""
    return pattern.format(date=day, shop=shop)


def is_dated(pattern: str) -> bool:
    return any(name == "date" for _, name, _, _ in Formatter().parse(pattern) if name)


def pending_days(today: date, first: date | None, done: frozenset[date], most: int) -> list[date]:
    """The days whose sheets are to be taken, oldest first: today's, and those of the last `most` that were missed.

    `first` is the date of the first night; what lies before it nobody has missed.
    """
    begin = today if first is None else max(first, today - timedelta(days=most))
    days = [begin + timedelta(days=number) for number in range((today - begin).days)]
    return [*(day for day in days if day not in done), today]


# --- with what bulk_orders.toml says ----------------------------------------------------------------------------------


def together(one: Protect, other: Protect) -> Protect:
    """Both protections at once: an order that either leaves alone is left alone, by the actions of both."""
    if other == Protect():
        return one
    if one == Protect():
        return other
    return replace(
        one,
        tags=_union(one.tags, other.tags),
        channels=_union(one.channels, other.channels),
        gateways=_union(one.gateways, other.gateways),
        amount=_least(one.amount, other.amount),
        cancel_within_hours=_least(one.cancel_within_hours, other.cancel_within_hours),
        actions=_union(one.actions, other.actions),
    )


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _least(one: T | None, other: T | None) -> T | None:
    said = [each for each in (one, other) if each is not None]
    return min(said) if said else None
