"""Rules against orders: which rule takes which order, and why, judged on what the orders say and not on a search.

The first rule, in the file's order, whose conditions all hold takes the order; a rule whose deed is done already takes
none, and none takes an order only for an earlier rule to take that deed back, or the two would take turns every night.
What cannot be told of an order never fits a rule, and in `unless` keeps it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

import polars as pl

from bulk_orders.core.board import ARRIVED, Board
from bulk_orders.core.conditions import WAITS, Condition
from bulk_orders.core.currency import plain_amount
from bulk_orders.core.findings import BY_KEY
from bulk_orders.core.rules import Rule
from bulk_orders.core.search import quoted
from bulk_orders.core.sheet import ORDER

GATEWAY = "Payment: Processing Method"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one condition stands for one order. `holds` is None where it cannot be told."""

    says: str
    found: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Explained:
    """How one rule stands for one order. `takes`: it fits; whether it took the order, the order of the rules says."""

    rule: Rule
    verdicts: tuple[Verdict, ...]
    takes: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """One order before all rules. `taken_by` is the first that fits; `verdict` what the policy says of its action."""

    name: str
    order: str
    rules: tuple[Explained, ...]
    taken_by: Rule | None
    verdict: str
    named_by_sheet: bool
    notices: tuple[str, ...]
    at: datetime


def facts(board: Board, cells: pl.DataFrame) -> pl.DataFrame:
    """The board's rows with what rules ask beside: `gateways`, from the export's own cells."""
    if GATEWAY not in cells.columns:
        return board.frame.with_columns(pl.lit(None, pl.String).alias("gateways"))
    gateways = cells.group_by(ORDER).agg(pl.col(GATEWAY).drop_nulls().first().alias("gateways"))
    joined = board.frame.join(gateways, left_on="order", right_on=ORDER, how="left", maintain_order="left")
    return joined.with_columns(pl.col("gateways").fill_null(""))


def take(rules: Sequence[Rule], orders: pl.DataFrame, now: datetime, ages: Mapping[str, float]) -> pl.DataFrame:
    """The orders that a rule takes, with the number of the first that does in `rule` (from 0)."""
    chosen = pl.Series("rule", [None] * orders.height, pl.Int32)
    for number in range(len(rules) - 1, -1, -1):
        fits = _fits(rules[number], rules[:number], orders, now, ages)
        chosen = pl.select(pl.when(fits).then(pl.lit(number, pl.Int32)).otherwise(chosen).alias("rule")).to_series()
    return orders.with_columns(chosen).filter(pl.col("rule").is_not_null())


def kept_from(
    rules: Sequence[Rule], orders: pl.DataFrame, now: datetime, ages: Mapping[str, float]
) -> Iterator[tuple[Rule, Rule, int]]:
    """Rules that fit orders which they are kept from: by which earlier rule that wants the opposite, and how many."""
    for number, rule in enumerate(rules):
        for other in rules[:number]:
            if takes_back(rule, other):
                fits = _fits(rule, (), orders, now, ages) & _taken_back(rule, other, orders, now, ages)
                if fits.any():
                    yield rule, other, int(fits.sum())


def _fits(
    rule: Rule, before: Sequence[Rule], orders: pl.DataFrame, now: datetime, ages: Mapping[str, float]
) -> pl.Series:
    """Which orders a rule takes, if none of those `before` it in the file does."""
    fits = _judged(orders, (_open_for(rule) & _wanted(rule, now, ages)).fill_null(value=False))
    for other in before:
        if takes_back(rule, other):
            fits = fits & ~_taken_back(rule, other, orders, now, ages)
    return fits


def _taken_back(rule: Rule, other: Rule, orders: pl.DataFrame, now: datetime, ages: Mapping[str, float]) -> pl.Series:
    """Which orders `other` would want once `rule` has done its deed, which is the opposite: to go round in circles."""
    return _judged(orders.with_columns(**_done(rule, now)), _wanted(other, now, ages))


def _judged(orders: pl.DataFrame, expr: pl.Expr) -> pl.Series:
    return orders.with_columns(expr.alias("rule"))["rule"]


def _wanted(rule: Rule, now: datetime, ages: Mapping[str, float]) -> pl.Expr:
    """Whether its conditions hold, be its deed done or not."""
    fits = pl.lit(value=True)
    for condition in rule.when:
        fits = fits & holds(condition, now, ages).fill_null(value=False)
    for condition in rule.unless:
        fits = fits & ~holds(condition, now, ages).fill_null(value=True)
    return fits


_OPPOSITES = {
    "archive": "unarchive",
    "unarchive": "archive",
    "hold": "release",
    "release": "hold",
    "tag": "untag",
    "untag": "tag",
}


def takes_back(rule: Rule, other: Rule) -> bool:
    """Whether what `rule` does takes back what `other` does, or a part of it."""
    if _OPPOSITES.get(rule.do) != other.do:
        return False
    mine, theirs = ({tag.lower().strip() for tag in each.tags} for each in (rule, other))
    return not mine or bool(mine & theirs)


def explain(rules: Sequence[Rule], order: pl.DataFrame, now: datetime, ages: Mapping[str, float]) -> list[Explained]:
    """Every rule for the one order of `order`."""
    return [_explained(rule, rules[:number], order, now, ages) for number, rule in enumerate(rules)]


def _explained(
    rule: Rule, before: Sequence[Rule], order: pl.DataFrame, now: datetime, ages: Mapping[str, float]
) -> Explained:
    verdicts = [Verdict(_NOT_YET[rule.do], _shown(order, _OF_DEED[rule.do], now), _only(order, _open_for(rule)))]
    for condition in rule.when:
        found = _told(condition, order, now, ages)
        verdicts.append(Verdict(condition.said(), found, _only(order, holds(condition, now, ages))))
    for condition in rule.unless:
        held = _only(order, holds(condition, now, ages))
        found = _told(condition, order, now, ages)
        verdicts.append(Verdict(f"not {condition.said()}", found, None if held is None else not held))
    verdicts += [
        Verdict("no earlier rule wants the opposite", f"{other.name}, to {other.do}", holds=False)
        for other in before
        if takes_back(rule, other) and _taken_back(rule, other, order, now, ages)[0]
    ]
    return Explained(rule, tuple(verdicts), bool(_fits(rule, before, order, now, ages)[0]))


def _only(order: pl.DataFrame, expr: pl.Expr) -> bool | None:
    value = order.select(expr.alias("_")).to_series()[0]
    return None if value is None else bool(value)


def _told(condition: Condition, order: pl.DataFrame, now: datetime, ages: Mapping[str, float]) -> str:
    """What the order says to a condition; of findings, those that it is in."""
    if condition.kind.how != "finding":
        return _shown(order, condition.kind.fact, now)
    return ", ".join(key for key in BY_KEY if _only(order, _finding([key], now, ages))) or "none"


def _shown(order: pl.DataFrame, fact: str, now: datetime) -> str:
    """What an order says, in words: ages for times."""
    if not fact or fact not in order.columns:
        return ""
    value = order[fact][0]
    if isinstance(value, datetime):
        hours = (now - value).total_seconds() / 3600
        return f"{value:%Y-%m-%d %H:%M} UTC, {abs(hours) / 24:.1f} days {'ago' if hours >= 0 else 'ahead'}"
    if fact == "amount" and value is not None:
        return _money(str(value), order["currency"][0] or "")
    if value is None:
        return "none"
    return str(value).lower() if fact in ("state", "payment", "fulfillment", "delivery", "return") else str(value)


def _money(amount: str, currency: str) -> str:
    """`129.0` as `129.00 EUR`."""
    try:
        return f"{plain_amount(Decimal(amount), currency)} {currency}".strip()
    except InvalidOperation:
        return f"{amount} {currency}".strip()


# --- what a deed needs to be worth doing ------------------------------------------------------------------------------

_NOT_YET = {
    "archive": "it is open",
    "unarchive": "it is archived",
    "cancel": "it is not cancelled",
    "hold": "it is open and nothing holds it",
    "release": "a hold of this app holds it",
    "unfulfill": "something was shipped",
    "tag": "it lacks a tag of the rule",
    "untag": "it has a tag of the rule",
}
_OF_DEED = {
    "archive": "state",
    "unarchive": "state",
    "cancel": "state",
    "hold": "state",
    "release": "held_since",
    "unfulfill": "delivery",
    "tag": "tags",
    "untag": "tags",
}


def _open_for(rule: Rule) -> pl.Expr:
    """Whether the deed is still to be done; one that is done leaves the order to the rules below."""
    if rule.do in ("tag", "untag"):
        return ~_has(rule.tags, "tags", every=True) if rule.do == "tag" else _has(rule.tags, "tags", every=False)
    state, held = pl.col("state"), pl.col("held_since").is_not_null() | (pl.col("fulfillment") == "ON_HOLD")
    return {
        "archive": state == "OPEN",
        "unarchive": state == "ARCHIVED",
        "cancel": state != "CANCELLED",
        "hold": (state == "OPEN") & ~held,
        "release": pl.col("own_hold").fill_null(value=False),
        "unfulfill": ~pl.col("delivery").is_in(["NONE", "NOT_TOLD"]),
    }[rule.do]


def _done(rule: Rule, now: datetime) -> dict[str, pl.Expr]:
    """What the order says right after the deed; what only time brings about stays as it is."""
    if rule.do in ("tag", "untag"):
        tags = pl.col("tags").fill_null("")
        added = pl.concat_str(tags, pl.lit(", " + ", ".join(rule.tags)))
        return {"tags": added if rule.do == "tag" else _without(rule.tags, tags)}
    state, moment = "state", pl.lit(now)
    parcels = pl.col("delivery").is_in(["NONE", "NOT_TOLD"])
    freed = pl.when(parcels).then(pl.lit("UNFULFILLED")).otherwise(pl.lit("PARTIALLY_FULFILLED"))
    held = pl.col("fulfillment") == "ON_HOLD"
    return {
        "archive": {state: pl.lit("ARCHIVED"), "closed": moment},
        "unarchive": {state: pl.lit("OPEN"), "closed": pl.lit(None, pl.Datetime("us", "UTC"))},
        "hold": {"held_since": moment, "own_hold": pl.lit(value=True), "fulfillment": pl.lit("ON_HOLD")},
        "release": {
            "held_since": pl.lit(None, pl.Datetime("us", "UTC")),
            "own_hold": pl.lit(value=False),
            "fulfillment": pl.when(held).then(freed).otherwise(pl.col("fulfillment")),
        },
    }[rule.do]


def _without(words: Sequence[str], cell: pl.Expr) -> pl.Expr:
    """A cell of texts that commas part, without these, whatever their case."""
    gone = [word.lower().strip() for word in words]
    each = cell.str.split(",").list.eval(pl.element().str.strip_chars())
    return each.list.eval(pl.element().filter(~pl.element().str.to_lowercase().is_in(gone))).list.join(", ")


# --- conditions -------------------------------------------------------------------------------------------------------


def holds(condition: Condition, now: datetime, ages: Mapping[str, float]) -> pl.Expr:
    """Whether a condition holds, row by row; null where it cannot be told."""
    kind, fact = condition.kind, pl.col(condition.kind.fact) if condition.kind.fact else pl.lit(None)
    then = timedelta(hours=condition.hours)
    moment = _arrived() if kind.fact == "delivered" else fact
    if kind.how == "word":
        return pl.when(fact.is_in(["NOT_TOLD", "UNKNOWN"])).then(None).otherwise(fact.is_in(list(condition.words)))
    if kind.how == "text":
        return fact.fill_null("").str.to_lowercase().is_in([word.lower() for word in condition.words])
    if kind.how in ("listed", "all"):
        return _has(condition.words, kind.fact, every=kind.how == "all")
    if kind.how in ("ago", "passed"):  # what has not happened is no time ago
        return (moment <= pl.lit(now - then)).fill_null(value=False)
    if kind.how == "within":
        return (moment >= pl.lit(now - then)).fill_null(value=False)
    if kind.how == "ahead":  # the shop may not say when an authorization ends
        return pl.when(fact.is_not_null() | (pl.col("payment") != "AUTHORIZED")).then(
            (fact <= pl.lit(now + then)).fill_null(value=False)
        )
    if kind.how in ("over", "under"):
        amount, most = fact.cast(pl.Decimal(38, 6), strict=False), pl.lit(condition.amount).cast(pl.Decimal(38, 6))
        told = pl.when(pl.col("currency") == condition.currency)
        return told.then(amount > most if kind.how == "over" else amount < most)
    return _hold(condition.words) if kind.how == "hold" else _finding(condition.words, now, ages)


def _arrived() -> pl.Expr:
    """When the last parcel arrived, of an order whose parcels all have; else the carrier's last word, undated."""
    return pl.when(pl.col("delivery").is_in(list(ARRIVED))).then(pl.coalesce("delivered", "parcel_updated"))


def _has(words: Sequence[str], fact: str, *, every: bool) -> pl.Expr:
    """Whether a cell of texts that commas part has these words, whatever their case. An empty cell has none."""
    there = pl.col(fact).fill_null("").str.to_lowercase().str.split(",").list.eval(pl.element().str.strip_chars())
    each = [there.list.contains(word.lower()) for word in words]
    return pl.all_horizontal(each) if every else pl.any_horizontal(each)


def _hold(words: Sequence[str]) -> pl.Expr:
    held = pl.col("held_since").is_not_null() | (pl.col("fulfillment") == "ON_HOLD")
    own = held & pl.col("own_hold").fill_null(value=False)
    kinds = {"none": ~held, "own": own, "other": held & ~own}
    return pl.any_horizontal([kinds[word] for word in words])


def _finding(keys: Sequence[str], now: datetime, ages: Mapping[str, float]) -> pl.Expr:
    each = []
    for key in keys:
        finding = BY_KEY[key]
        each.append(finding.fits(now, ages.get(key, finding.hours)))
    return pl.any_horizontal(each)


HEADERS = {
    "state": "Closed At",
    "payment": "Payment: Status",
    "fulfillment": "Order Fulfillment Status",
    "delivery": "Fulfillment: Shipment Status",
    "return": "Return: Status",
    "tags": "Tags",
    "channel": "Source",
    "gateways": GATEWAY,
    "amount": "Price: Total",
    "expires": "Payment: Authorization Expires At",
}
"""The columns in which the facts stand that a token may not be allowed to read."""


def blind(rule: Rule, left_out: Iterable[str]) -> str | None:
    """A column that the rule asks for and that the export does not have; what is not told is never taken for none."""
    facts = {condition.kind.fact for condition in rule.conditions} | {_OF_DEED[rule.do]}
    for condition in rule.conditions:
        if condition.kind.how == "finding":
            facts |= {fact for key in condition.words for fact in BY_KEY[key].needs}
    asked = {HEADERS.get(fact) for fact in facts}
    return next((header for header in left_out if header in asked), None)


def needs_returns(rules: Sequence[Rule]) -> bool:
    """Whether a rule asks since when a return waits."""
    return any("return_waiting" in c.words for rule in rules for c in rule.conditions if c.kind.how == "finding")


def needs_waits(rules: Sequence[Rule]) -> bool:
    """Whether fulfillment orders have to be read to judge these rules."""
    deeds = any(rule.do in ("hold", "release") for rule in rules)
    asked = any(c.key in WAITS or {"on_hold", "scheduled_overdue"} & set(c.words) for r in rules for c in r.conditions)
    return deeds or asked


# --- what Shopify's search can leave out ------------------------------------------------------------------------------

_STATUS = {"OPEN": "open", "ARCHIVED": "closed", "CANCELLED": "cancelled"}
_DATES = {"created": "created_at", "processed": "processed_at", "updated": "updated_at"}
_DEED_STATUS = {"archive": "open", "hold": "open", "unarchive": "closed"}


def search_for(rules: Sequence[Rule], now: datetime) -> str | None:
    """A search that finds at least the orders that the rules could take; None for every order.

    Only what Shopify's index answers exactly is asked of it: it matches words loosely, lags behind, and finds
    everything for a field that it does not know (shopify-api.md 6). What it finds is judged again on the rows.
    """
    each = [" AND ".join(dict.fromkeys(_terms(rule, now))) for rule in rules]
    if not all(each):
        return None
    distinct = list(dict.fromkeys(each))
    return distinct[0] if len(distinct) == 1 else " OR ".join(f"({terms})" for terms in distinct)


def _terms(rule: Rule, now: datetime) -> Iterator[str]:
    if rule.do in _DEED_STATUS:
        yield f"status:{_DEED_STATUS[rule.do]}"
    for condition in rule.when:
        term = _term(condition, now)
        if term:
            yield term


def _term(condition: Condition, now: datetime) -> str | None:
    kind, words = condition.kind, condition.words
    if condition.key == "state" and len(words) == 1:
        return f"status:{_STATUS[words[0]]}"
    if condition.key == "payment" and "NONE" not in words:
        return _any("financial_status", [word.lower() for word in words])
    if condition.key == "return":
        return _any("return_status", [word.lower() for word in words])
    if condition.key == "tags":
        return _any("tag", [quoted(word) for word in words])
    if kind.fact in _DATES and kind.how in ("ago", "within"):
        moment = f"{now - timedelta(hours=condition.hours):%Y-%m-%dT%H:%M:%SZ}"
        return f"{_DATES[kind.fact]}:{'<=' if kind.how == 'ago' else '>='}{quoted(moment)}"
    return None


def _any(field: str, values: Sequence[str]) -> str:
    terms = " OR ".join(f"{field}:{value}" for value in values)
    return terms if len(values) == 1 else f"({terms})"
