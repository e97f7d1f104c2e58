"""Every view of the terminal, made from two stories in one process: a plan's life, and three nights.

Names are in wide letters, from right to left, and with accents of their own; notes would like to turn lines around.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from nights import Nights, policy
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.events import ChangeDone, Event, Started, Stopping, Waiting
from bulk_orders.core.guard import Guard, Limits
from bulk_orders.core.history import Old
from bulk_orders.core.nights import Night
from bulk_orders.core.reference import entries
from bulk_orders.core.results import unknown_orders
from bulk_orders.devstore import CancelFate
from bulk_orders.errors import OverLimit, SheetInvalid, ShopifyError, Unreachable
from bulk_orders.flows.apply_rules import explain_order
from bulk_orders.flows.begin_run import refuse_over_limit
from bulk_orders.flows.check_sheet import check_sheet
from bulk_orders.flows.history import old_things, past_nights, past_runs
from bulk_orders.flows.night_work import NOBODY, Work
from bulk_orders.flows.overview import kept_orders, overview_of
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.stop import Stop
from bulk_orders.flows.verify_run import Verify, verify_run
from bulk_orders.views.all_shops import ShopNight, all_nights_text
from bulk_orders.views.columns import columns_text
from bulk_orders.views.explain_text import explanation_text
from bulk_orders.views.history_text import nights_text, purge_text, runs_text
from bulk_orders.views.night_text import night_text
from bulk_orders.views.overview_text import overview_text
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.progress import LINES, PLAIN_LINES, Tally, frame
from bulk_orders.views.text import error_text, event_line, findings_text, status_text, summary_text
from bulk_orders.views.verify_text import verify_text

WIDE, RIGHT_TO_LEFT, ACCENTED = "注文ー１０１７番", "طلب-١٠٢٠", "Re\u0301f-e\u0301te\u0301-1"
NOTE = "お急ぎください。贈り物なので、請求書は同梱しないでください。よろしくお願いいたします。" * 2
HEBREW = "נא להשאיר ליד הדלת \u202e\u200f ולא לצלצל, התינוק ישן בצהריים עד השעה שלוש"
COMBINED = "Vie\u0323\u0302t Nam: giao gio\u031b\u0300 ha\u0300nh chi\u0301nh, " * 5
"""With every accent as a character of its own, as some phones write it."""

View = Callable[[Paint], str]


def all_views(folder: Path) -> Iterator[tuple[str, View]]:
    """Each by its name; a name is that of its golden file."""
    world = World(folder / "plan", orders=60)
    world.folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BULK_ORDERS_HOME", str(world.home))
        patch.setattr(os, "getpid", lambda: 4321)
        yield from _plans(world)
        yield from _nights(folder / "nights")
        yield from _words()


def _placeless(text: str, world: World) -> str:
    """Without the folder of the test, which is another one each time."""
    return text.replace(f"{world.folder}/", "").replace(str(world.folder), ".")


# --- a plan and what becomes of it ------------------------------------------------------------------------------------


def _plans(world: World) -> Iterator[tuple[str, View]]:
    wide, reverse, accented = world.some(shipped, 3)
    wide.name, reverse.name, accented.name = WIDE, RIGHT_TO_LEFT, ACCENTED
    wide.note, reverse.note, accented.note = NOTE, HEBREW, COMBINED
    world.some(open_paid, 3)[2].note = HEBREW
    paid = [order.name for order in world.some(open_paid, 3)]
    unpaid = [order.name for order in world.some(open_unpaid, 2)]
    world.export()
    plan_path = Path("orders.plan")
    world.edit(
        {
            WIDE: {"Action": "archive", "Note": f"{NOTE}　至急", "Tags": "卸売, 至急"},
            RIGHT_TO_LEFT: {"Action": "cancel", "Note": f"{HEBREW} תודה", "Cancel: Refund": "TRUE"},
            ACCENTED: {"Note": f"{COMBINED} ne\u0301"},
            paid[0]: {"Action": "cancel", "Cancel: Refund": "TRUE", "Cancel: Staff Note": "客様のご都合"},
            paid[1]: {"Note": "mine"},
            paid[2]: {"Note": f"{HEBREW} תודה", "Tags": "ארוז, מהיר"},
            unpaid[0]: {"Action": "cancel"},
            unpaid[1]: {"Action": "hold", "Hold: Note": "Ask for the floor"},
        }
    )
    world.named(paid[1]).note = "theirs"
    plan = world.plan()
    yield "plan", lambda paint: plan_text(plan, plan_path, paint=paint)
    empty = world.recipe({"Name": unpaid[1], "Action": "unarchive"})
    nothing = world.plan(empty)
    yield "plan-nothing", lambda paint: plan_text(nothing, Path("recipe.plan"), paint=paint)
    many = world.plan(world.recipe(*({"ID": o.id, "Tags": "seen"} for o in world.some(shipped, 12)), name="many.csv"))
    yield "plan-many", lambda paint: plan_text(many, Path("my orders.plan"), paint=paint)
    over = replace(plan, guard=Guard(Limits(irreversible=1, refunds={"EUR": Decimal(100)})))
    yield "plan-over", lambda paint: plan_text(over, plan_path, paint=paint).rpartition("\n\n")[2]
    with pytest.raises(OverLimit) as refused:
        refuse_over_limit(over, world.settings, None)
    yield "error-over-limit", lambda paint: error_text(refused.value, paint, sent=False)
    fate = CancelFate("Inventory cannot be restocked.", when="start")
    world.store.settings.cancel_fate = lambda order: fate if order.name == unpaid[0] else None
    applied = world.apply()
    yield "apply", lambda paint: _placeless(summary_text(applied.summary, plan_path, paint), world)
    status = run_status(world.plan_path(), world.settings)
    told = (status.plan.plan_id, status.state, status.outcomes, status.last_error, plan_path)
    yield "status", lambda _: status_text(*told, undone=status.undone)
    yield "show", lambda paint: plan_text(plan, plan_path, paint=paint, begun=status_text(*told, undone=status.undone))
    world.named(WIDE).note = "さらに変更"
    verified = world.run(verify_run(world.plan_path(), world.settings, world.clock, Verify(), transport=world.wire()))
    yield "verify", lambda paint: verify_text(verified, paint, "orders.plan")
    undo = world.undo()
    yield "undo", lambda paint: plan_text(undo, Path("orders.undo.plan"), paint=paint)
    yield from _left_unknown(world, [order.name for order in world.some(open_paid, 2)])
    overview = overview_of(kept_orders(str(world.folder / "orders.csv"), world.home, START), {}, None)
    yield "overview", lambda paint: _placeless(overview_text(overview, {}, None, paint=paint), world)
    yield "runs", lambda paint: _placeless(runs_text(past_runs(world.home), 0, paint), world)
    later, age = datetime.now(UTC) + timedelta(days=200), timedelta(days=90)
    old = [replace(each, at=START, size=61_000) for each in old_things(world.home, later, age)]
    for name, removed in (("purge", False), ("purge-done", True)):
        yield name, _purged(world, old, age, removed=removed)
    yield "check-problems", lambda paint: error_text(_invalid(world), paint, sent=False)


def _purged(world: World, old: list[Old], age: timedelta, *, removed: bool) -> View:
    return lambda _: _placeless(purge_text(old, world.home, age, removed=removed), world)


def _left_unknown(world: World, wanted: list[str]) -> Iterator[tuple[str, View]]:
    """Cancellations of which nobody hears again, and a run that is stopped."""
    sheet = world.recipe(*({"Name": n, "Action": "cancel", "Cancel: Refund": "TRUE"} for n in wanted), name="gone.csv")
    world.store.settings.job_seconds = math.inf
    world.plan(sheet)
    applied, path = world.apply(sheet), Path("gone.plan")
    yield "apply-unknown", lambda paint: _placeless(summary_text(applied.summary, path, paint), world)
    status = run_status(world.plan_path(sheet), world.settings)
    unknown = (status.plan.plan_id, status.state, status.outcomes, status.last_error, path)
    names = unknown_orders(status.plan.changes, status.entries)
    yield "status-unknown", lambda _: status_text(*unknown, names)
    verified = world.run(
        verify_run(world.plan_path(sheet), world.settings, world.clock, Verify(settle=True), transport=world.wire())
    )
    yield "verify-unknown", lambda paint: verify_text(verified, paint, "gone.plan")


def _invalid(world: World) -> SheetInvalid:
    name = world.recipe(
        {"Name": WIDE, "Action": "cancle", "Cancel: Refund": "perhaps"},
        {"Name": RIGHT_TO_LEFT, "Action": "取消", "Cancel: Refund": "TRUE"},
        {"Name": "#1001", "Action": "archive, unarchive", "Cancel: Refund": ""},
        name="wrong.csv",
    )
    with pytest.raises(SheetInvalid) as raised:
        check_sheet(world.folder / name, world.home)
    raised.value.where = "wrong.csv"
    return raised.value


# --- nights -----------------------------------------------------------------------------------------------------------

POLICY = """
[actions]
archive = "do"
cancel = "wait"
[[rules]]
name = "pickup"
do = "archive"
when = { fulfillment = "fulfilled", payment = "paid", placed_ago = "200d" }
"""
EXPLAINED = """
[actions]
cancel = "do"
[[rules]]
name = "unpaid"
do = "cancel"
when = { payment = "pending", placed_ago = "10d" }
unless = { tags = "vip" }
[[rules]]
name = "sent"
do = "archive"
when = { fulfillment = "fulfilled" }
"""


def _nights(folder: Path) -> Iterator[tuple[str, View]]:
    folder.mkdir()
    world = World(folder, orders=80)
    nights = Nights(world, POLICY)
    sent, paid = world.some(shipped, 3), world.some(open_paid, 2)
    sent[0].name, paid[0].name = WIDE, RIGHT_TO_LEFT
    rows = [{"ID": order.id, "Action": "archive"} for order in sent]
    rows += [{"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for order in paid]
    world.recipe(*rows, name="orders.csv")
    runs = [("night-trial", nights("orders.csv", trial=True)), ("night", nights("orders.csv"))]
    world.recipe(*rows[:3], name="done.csv")
    runs.append(("night-quiet", nights("done.csv")))
    world.recipe({"ID": sent[0].id, "Action": "archvie"}, name="wrong.csv")
    runs.append(("night-failed", nights("wrong.csv")))
    for name, ran in runs:
        yield name, _told(world, ran.night)
    yield "runs-nights", lambda paint: _placeless(nights_text(past_nights(world.home), 2, paint), world)
    two = [_shop("north", runs[1][1].night), _shop("south", None)]
    yield "all-shops", lambda paint: _placeless(all_nights_text(two, Path("all", "report.html"), paint), world)
    work = Work(
        world.settings, policy(EXPLAINED), world.clock, lambda: "0", plan_html, "", stop=Stop(), transport=world.wire()
    )
    for name, order in (("explain", sent[1].name), ("explain-nobody", paid[0].name)):
        explained = world.run(explain_order(order, work, NOBODY))
        yield name, partial(explanation_text, explained)


def _told(world: World, night: Night) -> View:
    return lambda paint: _placeless(night_text(night, paint), world)


def _shop(name: str, night: Night | None) -> ShopNight:
    error = None if night else ShopifyError("The shop does not take the token.", fix="Make a new one, and try again.")
    return ShopNight(name, night, error, 0 if night else 1, None)


# --- what needs no story ----------------------------------------------------------------------------------------------


def _words() -> Iterator[tuple[str, View]]:
    yield "error", lambda paint: error_text(_unreachable(), paint, sent=False)
    yield "doctor", lambda paint: findings_text(_findings(), paint)
    asked = [entry for entry in entries() if entry.header in {"Name", "Tags", "Action", "Cancel: Refund"}]
    yield "columns", lambda paint: columns_text(asked, paint)
    yield "events", lambda paint: "\n".join(filter(None, (event_line(event, paint) for event in _events())))
    yield "bar", lambda paint: "\n".join(_frames(paint))


def _unreachable() -> Unreachable:
    return Unreachable(
        f"devstore.myshopify.com did not answer within 60 s ({NOTE[:40]}).",
        where="orders.plan",
        fix="Check the connection, then run the same command again: bulk-orders apply orders.plan",
    )


def _findings() -> list[tuple[str, str, str, str | None]]:
    scope = "write_merchant_managed_fulfillment_orders is missing."
    return [
        ("Token", "ok", f"accepted by devstore.myshopify.com ({NOTE[:40]})", None),
        ("Scopes", "warning", scope, "Tick it in the app."),
        ("Clock", "failed", "is 4 minutes behind Shopify's.", "Set the clock of this machine."),
    ]


AT = "2026-11-22T10:00:00.000+00:00"


def _done(name: str, outcome: str, reason: str | None = None) -> ChangeDone:
    return ChangeDone(AT, "c1", "gid://shopify/Order/1", name, 2, "cancel", outcome, reason)


def _events() -> Iterator[Event]:
    """What a run says above its bar, or line by line without a terminal."""
    yield Started(AT, "0000-0001", "devstore.myshopify.com", 120, 120, resumed=False)
    yield Started(AT, "0000-0001", "devstore.myshopify.com", 120, 80, resumed=True)
    yield _done("#1001", "applied")
    yield _done(WIDE, "drifted", f"Somebody changed it since: {NOTE[:20]}")
    yield _done(RIGHT_TO_LEFT, "refused", f"Shopify says: {HEBREW}")
    yield _done(ACCENTED, "unknown", "The order itself does not show it.")
    yield Waiting(AT, "rate_limit", 30.0, "the shop's rate limit")
    yield Waiting(AT, "job", 180.0, "Shopify is at work on 12 cancellations", 12)
    yield Stopping(AT, "The token is no longer accepted.")


def _frames(paint: Paint) -> Iterator[str]:
    """The live bar at the widths of terminals, at its beginning, in the middle, with much to say, and at its end."""
    few, much, end = Tally(0.0), Tally(0.0), Tally(0.0)
    few.left, few.done = 120, 40
    few.outcomes.update(applied=40)
    much.left, much.done = 1200, 400
    much.outcomes.update(applied=380, refused=12, drifted=8)
    end.left = end.done = 120
    end.outcomes.update(applied=118, refused=2)
    few._end = much._end = 700.0
    for columns in (24, 40, 60, 80, 120, 200):
        for lines in (LINES, PLAIN_LINES):
            for tally in (Tally(0.0), few, much, end):
                yield f"{columns:>3} |{frame(tally, 100.0, columns, paint, lines)}"
