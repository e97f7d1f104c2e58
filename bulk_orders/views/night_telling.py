"""A night as a notification and as figures for Prometheus: counts, times and paths, and nothing of any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from bulk_orders.core.nights import Night
from bulk_orders.language import colon, plural, say, told
from bulk_orders.views.night_text import refunded, summary
from bulk_orders.views.words import numbered

_GOOD = (0, 3)
"""Codes of a night that came to its end: what was refused or is over a limit is a person's business, not a failure."""


def came_through(nights: Sequence[Night]) -> bool:
    """Whether a monitor may be told that all is well."""
    return bool(nights) and all(night.exit_code in _GOOD for night in nights)


def worth_telling(nights: Sequence[Night], when: str) -> bool:
    """Whether the policy wants to hear of it: always, where anything changed or waits, or only of problems."""
    if when == "problems":
        return any(night.exit_code for night in nights)
    # what is left alone is so every night, and in the report
    return when == "always" or any(night.sent or night.waiting or night.reported or night.exit_code for night in nights)


def notification(
    nights: Sequence[Night], without: Mapping[str, str] | None = None, report: Path | None = None
) -> tuple[str, str]:
    """Title and body; `without` are shops that had no night, with the kind of error, `report` the combined page."""
    without = without or {}
    failed = len(without) + sum(bool(night.exit_code) for night in nights)
    needing = plural("{count} shop needs a look", "{count} shops need a look", failed)
    state = needing if failed else say("all well")
    alone = _short(nights[0]) if len(nights) == 1 and not without else None
    title = f"bulk-orders{colon()} {alone or state}"
    lines = [line for night in nights for line in _lines(night)]
    lines += [say("{shop}: no night ({code})", shop=shop, code=code) for shop, code in without.items()]
    if report is not None:
        lines.append(f"{say('All shops:')} {report}")
    return title, "\n".join(lines)


def _short(night: Night) -> str:
    values = {"what": summary(night), "shop": night.shop, "code": night.exit_code}
    return say("{what} at {shop} (exit {code})", **values) if night.exit_code else say("{what} at {shop}", **values)


def _lines(night: Night) -> Iterator[str]:
    yield say("{shop}, night of {day}: {what}", shop=night.shop, day=told(night.day), what=summary(night))
    counts = say(
        "waiting for a person: {waiting}; left alone: {alone}; only told: {reported}",
        waiting=numbered(night.waiting),
        alone=numbered(night.left_alone),
        reported=numbered(night.reported),
    )
    yield f"  {counts}"
    money = ", ".join(text for part in night.parts for text in refunded(part))
    if money:
        yield f"  {say('refunded: {amounts}', amounts=money)}"
    limits = sum(len(part.over) for part in night.parts)
    if limits:
        over = plural(
            "{count} limit was exceeded: what counts towards it waits",
            "{count} limits were exceeded: what counts towards it waits",
            limits,
        )
        yield f"  {over}"
    codes = [error["code"] for error in (night.error, *(part.error for part in night.parts)) if error]
    if codes:
        values = {"errors": ", ".join(dict.fromkeys(codes)), "code": night.exit_code}
        yield f"  {say('went wrong: {errors} (exit {code})', **values)}"
    yield f"  {Path(night.folder) / 'report.html'}"


# --- Prometheus -------------------------------------------------------------------------------------------------------


def metrics(history: Mapping[str, Sequence[Night]]) -> str:
    """The textfile: for each shop (as it is set) its nights, oldest first; trials do not count."""
    families: dict[str, tuple[str, list[str]]] = {name: (help_, []) for name, help_ in _FAMILIES.items()}
    taken: set[str] = set()
    for address, nights in history.items():
        real = [night for night in nights if not night.trial and night.ended_at]
        if real:
            shop = next((night.shop for night in reversed(real) if "://" not in night.shop), real[-1].shop)
            shop = address if shop in taken else shop  # a series that stands there twice spoils the whole file
            taken.add(shop)
            for name, labels, value in _samples(real, shop):
                shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
                families[name][1].append(f"{name}{{{shown}}} {value}")
    return "".join(
        f"# HELP {name} {help_}\n# TYPE {name} gauge\n" + "\n".join(samples) + "\n"
        for name, (help_, samples) in families.items()
        if samples
    )


_FAMILIES = {
    "bulk_orders_last_run_timestamp_seconds": "When the last night ended.",
    "bulk_orders_last_success_timestamp_seconds": "When the last night ended that came through (exit 0 or 3).",
    "bulk_orders_last_run_exit_code": "How the last night ended.",
    "bulk_orders_last_run_duration_seconds": "How long the last night took.",
    "bulk_orders_last_run_changes": "Changes of the last night by outcome.",
    "bulk_orders_last_run_refunds": "Money that the last night gave back.",
    "bulk_orders_last_run_unknown": "Changes of which nobody knows whether they were done.",
    "bulk_orders_last_run_waiting": "Changes that wait for a person.",
    "bulk_orders_last_run_left_alone": "Orders that cannot be done as they are.",
    "bulk_orders_last_run_limits_exceeded": "Limits of the policy that kept changes from running.",
}


def _samples(nights: Sequence[Night], name: str) -> Iterator[tuple[str, dict[str, str], str]]:
    last = nights[-1]
    shop = {"shop": name}
    ended = _moment(last.ended_at)
    yield "bulk_orders_last_run_timestamp_seconds", shop, f"{ended:.0f}"
    good = [night for night in nights if night.exit_code in _GOOD]
    if good:
        yield "bulk_orders_last_success_timestamp_seconds", shop, f"{_moment(good[-1].ended_at):.0f}"
    yield "bulk_orders_last_run_exit_code", shop, str(last.exit_code)
    yield "bulk_orders_last_run_duration_seconds", shop, f"{ended - _moment(last.started_at):.0f}"
    for outcome, number in last.outcomes().items():
        yield "bulk_orders_last_run_changes", {**shop, "outcome": outcome}, str(number)
    totals: dict[str, Decimal] = {}
    for money in (money for part in last.parts for money in part.refunds):
        totals[money["currency"]] = totals.get(money["currency"], Decimal(0)) + Decimal(money["amount"])
    for currency, amount in sorted(totals.items()):
        yield "bulk_orders_last_run_refunds", {**shop, "currency": currency}, str(amount)
    yield "bulk_orders_last_run_unknown", shop, str(last.outcomes()["unknown"])
    yield "bulk_orders_last_run_waiting", shop, str(last.waiting)
    yield "bulk_orders_last_run_left_alone", shop, str(last.left_alone)
    yield "bulk_orders_last_run_limits_exceeded", shop, str(sum(len(part.over) for part in last.parts))


def _moment(iso: str | None) -> float:
    return datetime.fromisoformat(iso or "1970-01-01T00:00:00+00:00").timestamp()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
