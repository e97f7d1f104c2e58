"""Every view of the terminal as a file: 88 cells wide, with names in wide letters and from right to left.

After a change that is meant: GOLDEN=write pytest tests/views/test_golden.py, and read the difference.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.cli.console import Console
from bulk_orders.cli.encoding import encode_plainly
from bulk_orders.devstore import CancelFate
from bulk_orders.errors import SheetInvalid, Unreachable
from bulk_orders.flows.check_sheet import check_sheet
from bulk_orders.flows.history import past_runs
from bulk_orders.flows.overview import kept_orders, overview_of
from bulk_orders.flows.run_status import run_status
from bulk_orders.flows.verify_run import Verify, verify_run
from bulk_orders.views.history_text import runs_text
from bulk_orders.views.overview_text import overview_text
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_text import plan_text
from bulk_orders.views.text import error_text, findings_text, status_text, summary_text
from bulk_orders.views.verify_text import verify_text
from bulk_orders.views.wrapping import WIDTH, cells

GOLDEN = ROOT / "tests" / "golden"
WIDE, RIGHT_TO_LEFT = "注文ー１０１７番", "طلب-١٠٢٠"
NOTE = "お急ぎください。贈り物なので、請求書は同梱しないでください。よろしくお願いいたします。" * 2
HEBREW = "נא להשאיר ליד הדלת \u202e\u200f ולא לצלצל, התינוק ישן בצהריים עד השעה שלוש"
COLOURS = re.compile(r"\x1b\[\d+m")


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Every view by name, plain and in colours, of one story."""
    world = World(tmp_path_factory.mktemp("golden"), orders=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BULK_ORDERS_HOME", str(world.home))
        return {name: (shown(Paint()), shown(Paint(colour=True))) for name, shown in _story(world)}


def _story(world: World) -> Iterator[tuple[str, Callable[[Paint], str]]]:
    wide, reverse = world.some(shipped, 2)
    wide.name, reverse.name = WIDE, RIGHT_TO_LEFT
    wide.note, reverse.note = NOTE, HEBREW
    paid = [order.name for order in world.some(open_paid, 3)]
    unpaid = [order.name for order in world.some(open_unpaid, 2)]
    world.export()
    plan_path = Path("orders.plan")
    world.edit(
        {
            WIDE: {"Action": "archive", "Note": f"{NOTE}　至急", "Tags": "卸売, 至急"},
            RIGHT_TO_LEFT: {"Action": "cancel", "Note": f"{HEBREW} תודה", "Cancel: Refund": "TRUE"},
            paid[0]: {"Action": "cancel", "Cancel: Refund": "TRUE", "Cancel: Staff Note": "客様のご都合"},
            paid[1]: {"Note": "mine"},
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
    overview = overview_of(kept_orders(str(world.folder / "orders.csv"), world.home, START), {}, None)
    yield "overview", lambda paint: _placeless(overview_text(overview, {}, None, paint=paint), world)
    yield "runs", lambda paint: _placeless(runs_text(past_runs(world.home), 0, paint), world)
    yield "check-problems", lambda paint: error_text(_invalid(world), paint, sent=False)
    yield "error", lambda paint: error_text(_unreachable(), paint, sent=False)
    yield "doctor", lambda paint: findings_text(_findings(), paint)


def _placeless(text: str, world: World) -> str:
    """Without the folder of the test, which is another one each time."""
    return text.replace(f"{world.folder}/", "")


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


def _unreachable() -> Unreachable:
    return Unreachable(
        f"devstore.myshopify.com did not answer within 60 s ({NOTE[:40]}).",
        where="orders.plan",
        fix="Check the connection, then run the same command again: bulk-orders apply orders.plan",
    )


def _findings() -> list[tuple[str, str, str, str | None]]:
    return [
        (
            "Token",
            "ok",
            f"accepted by devstore.myshopify.com ({NOTE[:40]})",
            None,
        ),
        (
            "Scopes",
            "warning",
            "write_merchant_managed_fulfillment_orders is missing.",
            "Tick it in the app.",
        ),
        ("Clock", "failed", "is 4 minutes behind Shopify's.", "Set the clock of this machine."),
    ]


NAMES = (
    "plan",
    "plan-nothing",
    "apply",
    "status",
    "show",
    "verify",
    "undo",
    "overview",
    "runs",
    "check-problems",
    "error",
    "doctor",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_as_it_was(name: str, views: dict[str, tuple[str, str]]) -> None:
    path = GOLDEN / f"{name}.txt"
    text = f"{views[name][0]}\n"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_wider_than_88_cells_and_none_moves_the_cursor(name: str, views: dict[str, tuple[str, str]]) -> None:
    for line in views[name][0].splitlines():
        assert cells(line) <= WIDTH, line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", line), line


@pytest.mark.parametrize("name", NAMES)
def test_colours_change_no_word_and_no_place(name: str, views: dict[str, tuple[str, str]]) -> None:
    plain, coloured = views[name]
    assert COLOURS.sub("", coloured) == plain


def test_every_golden_file_is_a_view() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(NAMES)


def test_the_columns_of_a_plan_stand_in_line_beside_wide_names(views: dict[str, tuple[str, str]]) -> None:
    line = next(line for line in views["plan"][0].splitlines() if line.startswith(f"  {WIDE}"))
    assert cells(line[: line.index("row")]) == cells(f"  {WIDE} ")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_and_the_bar_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = monkeypatch
    terminal.delenv("NO_COLOR")
    terminal.setenv("TERM", "xterm-256color")
    terminal.setattr("sys.stdout", _Terminal())
    terminal.setattr("sys.stderr", _Terminal())
    both = Console.of()
    assert (both.colour, both.talk_paint.colour, both.live) == (True, True, True)
    assert Console.of(no_color=True).colour is False
    terminal.setenv("NO_COLOR", "1")
    assert (Console.of().colour, Console.of().talk_paint.colour) == (False, False)
    assert Console.of().live, "a bar is no colour"
    terminal.delenv("NO_COLOR")
    terminal.setenv("TERM", "dumb")
    assert (Console.of().colour, Console.of().live) == (False, False)
    terminal.setenv("TERM", "xterm")
    terminal.setattr("sys.stdout", io.StringIO())
    assert (Console.of().colour, Console.of().talk_paint.colour) == (False, True), "each stream for itself"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850", "utf-8"])
def test_a_pipe_that_cannot_write_a_letter_ends_nothing(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    text = json.dumps({"name": f"✗ {WIDE} 😀 → Entrepôt"}, ensure_ascii=False)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding=encoding, errors="strict"))
    encode_plainly()
    Console().result(text)
    told = json.loads(written.getvalue().decode(encoding))["name"]
    assert told == (f"✗ {WIDE} 😀 → Entrepôt" if encoding == "utf-8" else f"x {WIDE} 😀 -> Entrepôt")
