"""Every view with so many of everything: what agrees with 2 may not agree with 1, and 0 is another number still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bench.opening import HEADERS
from builders import SHEET, SHOP, sheet

from bulk_orders.core.board import make_board
from bulk_orders.core.changes import Back, Blocked, Change
from bulk_orders.core.events import Started, Summary
from bulk_orders.core.guard import Guard, Limits
from bulk_orders.core.history import KINDS, Old, Past
from bulk_orders.core.nights import DONE, RULES, TRIAL, UNREADABLE, Night, Part
from bulk_orders.core.nights import SHEET as A_SHEET
from bulk_orders.core.order import Money
from bulk_orders.core.overview import Overview, Source, make_overview
from bulk_orders.core.plan import Plan
from bulk_orders.core.problems import Notice
from bulk_orders.core.results import OUTCOMES, Entry, State
from bulk_orders.core.taken_back import Standing, TakenBack
from bulk_orders.core.verified import Difference, Verified
from bulk_orders.errors import Unreachable
from bulk_orders.views.all_shops import ShopNight, all_nights_html, all_nights_text
from bulk_orders.views.history_text import nights_text, purge_text, runs_text
from bulk_orders.views.night_html import night_html
from bulk_orders.views.night_telling import notification
from bulk_orders.views.night_text import night_text
from bulk_orders.views.overview_html import overview_html
from bulk_orders.views.overview_text import overview_text
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.progress import Tally
from bulk_orders.views.results_html import results_html
from bulk_orders.views.text import event_line, status_text, summary_text
from bulk_orders.views.verify_text import verify_text
from bulk_orders.views.words import VERBS

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FILE = Path("orders.plan")
REFUND = Money(Decimal("12.50"), "EUR")
WHY = "The order is cancelled already."
_DAY = "2026-11-01T09:00:00Z"
_FOR_GOOD = ("mark_paid", "capture", "cancel", "refund", "delete")

Views = Mapping[str, Callable[[], str]]


def views_of(many: int) -> Views:
    """Every view by its name; those of nothing at all among them."""
    plan, undo, night = _plan(many), _undo(many), _night(many)
    overview, paint = _overview(many), Paint()
    entries, outcomes = _entries(plan, many), {state.value: many for state in OUTCOMES}
    summary = Summary("", "7f3a-19c2", outcomes, 7, unknown=("#1",) * many, by_hand=())
    shops = [ShopNight("fr", night, None, 3, Path("/n/fr/report.html"))] * many
    shops.append(ShopNight("be", None, Unreachable("The file has no tab."), 1, None))
    return {
        "plan text": lambda: plan_text(plan, FILE, paint=paint),
        "plan page": lambda: plan_html(plan, FILE),
        "undo text": lambda: plan_text(undo, FILE, paint=paint),
        "undo page": lambda: plan_html(undo, FILE),
        "results page": lambda: results_html(plan, FILE, entries, replace(summary, at=AT.isoformat())),
        "summary": lambda: summary_text(summary, FILE, paint),
        "status": lambda: status_text("7f3a-19c2", "finished", {**outcomes, "left": many}, None, FILE, ("#1",) * many),
        "started": lambda: event_line(Started("", "7f3a-19c2", "box", many, many, resumed=False), paint) or "",
        "gone on": lambda: event_line(Started("", "7f3a-19c2", "box", many, many, resumed=True), paint) or "",
        "live": lambda: _tally(many).line(3.0),
        "verify": lambda: verify_text(_verified(plan, many), paint, "orders.plan"),
        "overview text": lambda: overview_text(overview, {}, None, paint=paint),
        "overview page": lambda: overview_html(overview, {}),
        "night text": lambda: night_text(night, paint),
        "night page": lambda: night_html(night, []),
        "quiet night": lambda: night_text(_quiet(many), paint),
        "trial text": lambda: night_text(replace(night, state=TRIAL, trial=True), paint),
        "trial page": lambda: night_html(replace(night, state=TRIAL, trial=True), []),
        "all nights": lambda: all_nights_text(shops, Path("/n/nights.html"), paint),
        "all nights page": lambda: all_nights_html(shops, Path("/n"), date(2026, 11, 22)),
        "notification": lambda: "\n".join(notification([night], report=Path("/n/nights.html"))),
        "notification of several": lambda: "\n".join(notification([night] * 2, {"be": "Unreachable"})),
        "nights": lambda: nights_text([night, replace(night, state=UNREADABLE)], many, paint),
        "runs": lambda: runs_text([_past(many)], many, paint),
        "purge": lambda: purge_text(_old(many), Path("/state"), timedelta(days=many), removed=False),
    }


def _changes(many: int, actions: tuple[str, ...]) -> tuple[Change, ...]:
    made = [
        Change(
            f"gid://shopify/Order/{number}",
            f"#{1000 + number}",
            number + 1,
            action,
            action not in _FOR_GOOD,
            {"Status": "open"},
            {"Status": "archived"},
            {},
            refund=REFUND if action == "cancel" else None,
            presentment_refund=REFUND if action == "cancel" else None,
            emails=int(action == "cancel"),
            consequences={"restock": {"Here": 1}} if action == "cancel" else {},
        )
        for action in actions
        for number in range(many)
    ]
    return tuple(replace(change, id=f"c{at}") for at, change in enumerate(made))


def _plan(many: int) -> Plan:
    rows = {"changed": many, "blocked": many, "conflict": 0, "unchanged": many, "ignored": many}
    left = [Blocked(f"gid://shopify/Order/{at}", f"#{at}", at, "cancel", WHY, "") for at in range(many)]
    limits = Limits(irreversible=many, emails=many, deletes=many, refunds={"EUR": Decimal(many)}, share=100)
    return Plan(
        "7f3a-19c2",
        AT.isoformat(),
        SHOP,
        replace(SHEET, rows=4 * many),
        _changes(many, tuple(VERBS)),
        tuple(left),
        (),
        rows,
        notices=(Notice("The file has no tab.", tuple(range(2, 2 + many))),) if many else (),
        guard=Guard(limits),
    )


def _undo(many: int) -> Plan:
    back = [
        Back(f"c{at}", f"gid://shopify/Order/{at}", f"#{at}", at, "hold", "It was so already.", None)
        for at in range(many)
    ]
    return replace(_plan(many), undoes="1111-1111", undoes_name="a.plan", back=tuple(back), changes=())


def _entries(plan: Plan, many: int) -> dict[str, Entry]:
    states = [state for state in OUTCOMES for _ in range(many)]
    ids = [change.id for change in plan.changes]
    every = [*states, *[State.APPLIED] * len(ids)][: len(ids)]
    return {each: Entry(each, state) for each, state in zip(ids, every, strict=True)}


def _tally(many: int) -> Tally:
    tally = Tally(0.0)
    tally.left, tally.done = 2 * many, many
    tally.outcomes = Counter({state.value: many for state in OUTCOMES})
    return tally


def _verified(plan: Plan, many: int) -> Verified:
    some = plan.changes[:many]
    apart = tuple(Difference(change, "applied", "It was so already.") for change in some)
    undone = {
        change.id: TakenBack(Standing.DONE, "2222-2222", "orders.undo.plan (2222-2222)", AT.isoformat())
        for change in some
    }
    return Verified("7f3a-19c2", "box", many, apart, some, (), (), {}, undone=undone, in_flight=some)


def _overview(many: int) -> Overview:
    def rows(fulfillment: str) -> list[str]:
        return [
            ",".join([str(at), f"#{at}", _DAY, _DAY, *cells, "web", "EUR", "12.50", "paid", fulfillment, "no_return"])
            for at, cells in enumerate(states, 1)
        ]

    states = [each for each in (("", "", ""), ("", "", _DAY), (_DAY, "fraud", _DAY)) for _ in range(many)]
    then, now = (make_board(sheet(",".join(HEADERS), *rows(word)).frame) for word in ("unfulfilled", "fulfilled"))
    earlier = Source("box.myshopify.com", "then.csv", "x-1", AT - timedelta(days=1))
    source = Source("box.myshopify.com", "orders.csv", "x-2", AT)
    return make_overview(then if many else now, source, ages={}, before=(now, earlier))


def _night(many: int) -> Night:
    part = Part(
        A_SHEET,
        "orders.csv",
        rows=many,
        counts=dict.fromkeys(VERBS, many),
        plan="orders.plan" if many else None,
        waiting="orders.waiting.plan" if many else None,
        waiting_changes=many,
        waiting_orders=many,
        reported=many,
        blocked=many,
        conflicts=many,
        outcomes={state.value: many for state in OUTCOMES},
        refunds=({"amount": "12.50", "currency": "EUR"},) * many,
        over=("2 changes, at most 1 a night.",) * many,
        results="orders.results.csv",
        exit_code=3,
        by_hand=many,
        taken={"late": many},
        reasons={WHY: many},
    )
    started = AT.isoformat()
    return Night("box.myshopify.com", "2026-11-22", 1, started, "/n/1", state=DONE, exit_code=3, parts=(part,))


def _quiet(many: int) -> Night:
    parts = (Part(A_SHEET, "orders.csv", rows=many, sha256="0"), Part(RULES, "rules"))
    return Night("box.myshopify.com", "2026-11-22", 1, AT.isoformat(), "/n/1", state=DONE, exit_code=0, parts=parts)


def _past(many: int) -> Past:
    outcomes = {**{state.value: many for state in OUTCOMES}, "left": many}
    return Past(
        "7f3a-19c2", Path("j"), "interrupted", "box", "orders.plan", runs=many, started_at=AT, outcomes=outcomes
    )


def _old(many: int) -> list[Old]:
    return [Old(kind, (Path("j"),), AT, 100) for kind in KINDS for _ in range(many)]
