"""The night: what the policy lets run runs, the rest waits for a person, and nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from nights import DAY, Nights, line
from stories import at_rest
from virtual import START
from world import World, open_paid, open_unpaid, results, shipped

from bulk_orders.core.guard import Guard
from bulk_orders.core.nights import DONE, FAILED, INTERRUPTED, RUNNING, TRIAL, Night, Part
from bulk_orders.core.policy import Policy, pending_days, together
from bulk_orders.errors import Misused, PlanUsedUp, ShopifyError, ShopLocked
from bulk_orders.flows import apply_rules
from bulk_orders.flows.begin_run import begin_run, load_plan
from bulk_orders.flows.history import past_nights
from bulk_orders.storage.lock import ShopLock
from bulk_orders.storage.nights import night_lock
from bulk_orders.views.history_text import nights_text
from bulk_orders.views.night_telling import metrics
from bulk_orders.views.night_text import is_quiet, night_text
from bulk_orders.views.paint import Paint

ARCHIVING = """
[actions]
archive = "do"
"""


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(World(tmp_path, orders=120), ARCHIVING)


def sheet(nights: Nights, name: str = "orders.csv", *, archive: int = 3, cancel: int = 0, tag: int = 0) -> list[str]:
    """A sheet from elsewhere; the names of its orders."""
    world = nights.world
    rows = [{"ID": o.id, "Action": "archive"} for o in world.some(shipped, archive)]
    rows += [{"ID": o.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for o in world.some(open_paid, cancel)]
    rows += [{"ID": o.id, "Tags": "seen"} for o in world.some(open_unpaid, tag)]
    world.recipe(*rows, name=name)
    return [row["ID"] for row in rows]


PLAIN = Paint(False)


def test_lines_of_a_night_fit_a_terminal_and_break_no_path() -> None:
    error = {"code": "disk", "what": f"The result cannot be kept in {'/a-folder' * 9}: No space left.", "fix": "Room."}
    night = Night(
        "box.myshopify.com", "2026-11-22", 1, "", "/n", parts=(Part("sheet", "o.csv", error=error),), error=error
    )
    for lines in (night_text(night, PLAIN).splitlines(), nights_text([night], 0, PLAIN).splitlines()):
        assert sum("/a-folder" * 9 in line for line in lines) == 2, "not broken"
        assert all(len(line) <= 88 or len(line.split()) == 1 for line in lines), lines


def text(night: Night) -> str:
    return night_text(night, Paint(False))


# --- within the policy, and beyond ------------------------------------------------------------------------------------


def test_what_the_policy_allows_runs_and_the_rest_waits_as_a_plan_of_its_own(nights: Nights) -> None:
    sheet(nights, archive=3, cancel=2)
    ran = nights("orders.csv")
    assert ran.outcomes == {"applied": 3}
    assert [e.kind for e in nights.world.effects("orderClose", "orderCancel")] == ["orderClose"] * 3
    assert ran.code == 0
    own, waiting = load_plan(ran.folder / "orders.plan"), load_plan(ran.folder / "waiting" / "orders.plan")
    assert {c.action for c in own.changes} == {"archive"}
    assert {c.action for c in waiting.changes} == {"cancel"}
    assert not {c.order for c in own.changes} & {c.order for c in waiting.changes}
    for plan in (own, waiting):
        assert sum(plan.rows.values()) == plan.sheet.rows
    assert f"bulk-orders show {ran.folder}/waiting/orders.plan" in text(ran.night)


def test_a_person_applies_what_waits_by_the_ordinary_command(nights: Nights) -> None:
    sheet(nights, archive=1, cancel=2)
    ran = nights("orders.csv")
    world = nights.world
    world.folder = ran.folder / "waiting"
    assert world.apply("orders.csv").outcomes == {"applied": 2}
    assert {row["Outcome"] for row in results(ran.folder / "waiting" / "orders.results.csv")} == {"applied"}
    assert {row["Action"] for row in results(ran.folder / "orders.results.csv")} == {"archive"}


def test_an_order_is_left_whole_if_one_of_its_steps_may_not_run(nights: Nights) -> None:
    order = nights.world.some(at_rest, 1)[0]
    nights.world.recipe({"ID": order.id, "Action": "archive, unfulfill"}, name="orders.csv")
    ran = nights("orders.csv")
    assert not ran.outcomes
    waiting = load_plan(ran.folder / "waiting" / "orders.plan")
    assert {c.action for c in waiting.changes} == {"archive", "unfulfill"}
    assert nights.world.mutations() == 0


def test_what_is_only_reported_comes_into_no_plan(nights: Nights) -> None:
    sheet(nights, archive=1, cancel=2)
    ran = nights("orders.csv", '[actions]\narchive = "do"\ncancel = "report"\n')
    assert ran.night.reported == 2
    assert not (ran.folder / "waiting").exists()
    assert "cancel is only told" in ran.html


def test_others_lets_nothing_run_that_cannot_be_undone(nights: Nights) -> None:
    sheet(nights, archive=1, cancel=1, tag=1)
    ran = nights("orders.csv", '[actions]\nothers = "do"\n')
    assert ran.outcomes == {"applied": 2}
    assert ran.night.waiting == 1
    assert Policy(others="do").verdict("cancel") == "wait"
    assert Policy(others="do", actions={"cancel": "do"}).verdict("cancel") == "do"


def test_an_empty_policy_lets_nothing_run(nights: Nights) -> None:
    sheet(nights, archive=1, cancel=1, tag=1)
    ran = nights("orders.csv", "")
    assert ran.night.waiting == 3
    assert nights.world.mutations() == 0


# --- nothing to do, twice, at once ------------------------------------------------------------------------------------


def test_a_night_with_nothing_to_do_sends_no_mutation_and_says_so_in_one_line(nights: Nights) -> None:
    order = nights.world.some(lambda o: o.closed_at is not None, 1)[0]
    nights.world.recipe({"ID": order.id, "Action": "archive"}, name="orders.csv")
    ran = nights("orders.csv")
    assert ran.code == 0
    assert nights.world.mutations() == 0
    assert is_quiet(ran.night)
    assert text(ran.night) == (
        "Nothing to do at devstore.myshopify.com: 1 row of orders.csv looked at; the shop is as it should be."
    )


def test_a_night_that_runs_twice_does_nothing_the_second_time(nights: Nights) -> None:
    sheet(nights, archive=3)
    first, second = nights("orders.csv"), nights("orders.csv")
    assert (first.outcomes, second.outcomes) == ({"applied": 3}, {})
    assert (first.folder.name, second.folder.name) == ("2026-11-22", "2026-11-22-2")
    assert len(nights.world.effects("orderClose")) == 3


def test_a_sheet_that_appends_to_notes_appends_once_however_often_it_runs(nights: Nights) -> None:
    order = nights.world.some(open_unpaid, 1)[0]
    nights.world.recipe({"ID": order.id, "Note": "Checked", "Note Command": "APPEND"}, name="orders.csv")
    for _ in range(3):
        nights("orders.csv", '[actions]\nupdate = "do"\n')
    assert (order.note or "").count("Checked") == 1


@pytest.fixture
def busy(nights: Nights) -> Iterator[subprocess.Popen[str]]:
    """Another process in which a night of this shop runs."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.nights import night_lock\n"
        "with night_lock(Path(sys.argv[1]), sys.argv[2]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(nights.world.home), str(nights.world.settings.shop)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        other.kill()


def test_a_second_night_at_once_is_turned_away(nights: Nights, busy: subprocess.Popen[str]) -> None:
    sheet(nights)
    with pytest.raises(ShopLocked) as refused:
        nights("orders.csv")
    assert refused.value.exit_code == 5
    assert refused.value.what == f"Another night is at work on 127.0.0.1:1 (process {busy.pid})."
    assert nights.kept() == []
    assert nights.world.store.requests == []


def test_a_night_beside_somebodys_apply_is_turned_away_and_says_so(nights: Nights) -> None:
    sheet(nights)
    script = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.lock import ShopLock\n"
        "with ShopLock(Path(sys.argv[1]), 'devstore.myshopify.com'):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(nights.world.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        other.stdout.readline()
        ran = nights("orders.csv")
        other.kill()
    assert ran.code == 5
    assert "Another run is at work" in text(ran.night)
    assert nights("orders.csv").outcomes == {"applied": 3}


# --- limits, hours, protection ----------------------------------------------------------------------------------------


def test_over_a_limit_all_that_counts_towards_it_waits_and_the_rest_runs(nights: Nights) -> None:
    sheet(nights, archive=2, cancel=4)
    ran = nights("orders.csv", '[actions]\narchive = "do"\ncancel = "do"\n[limits]\nirreversible = 3\n')
    assert ran.outcomes == {"applied": 2}
    assert ran.night.waiting == 4
    assert ran.code == 3
    told = " ".join(text(ran.night).split())
    assert told.count("over a limit: 4 changes that cannot be undone, at most 3 a night.") == 1
    assert told.casefold().count("over a limit") == 1, "said once"
    assert nights.world.effects("orderCancel") == []


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("[limits.actions]\ncancel = 1", "2 times cancel, at most 1 a night."),
        ('[limits]\nrefunds = "1 EUR"', "at most 1.00 EUR a night."),
        ("[limits]\nchanges = 3", "4 changes, at most 3 a night."),
        ("[limits]\nshare = 50", "4 of 4 rows would change, at most 50 %."),
    ],
)
def test_every_limit(nights: Nights, limit: str, says: str) -> None:
    sheet(nights, archive=2, cancel=2)
    ran = nights("orders.csv", f'[actions]\narchive = "do"\ncancel = "do"\n{limit}\n')
    assert says in text(ran.night)
    assert nights.world.effects("orderCancel") == []
    assert ran.code == 3


def test_a_limit_on_emails(nights: Nights) -> None:
    order = nights.world.some(open_paid, 1)[0]
    row = {"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE", "Cancel: Send Receipt": "TRUE"}
    nights.world.recipe(row, name="orders.csv")
    ran = nights("orders.csv", '[actions]\ncancel = "do"\n[limits]\nemails = 0\n')
    assert "1 e-mail to a customer, at most 0 a night." in text(ran.night)
    assert nights.world.mutations() == 0


def test_limits_are_for_the_night_and_not_for_each_of_its_runs(nights: Nights) -> None:
    rule = ARCHIVING + "[limits]\nchanges = 3\n"
    world = nights.world
    orders = world.some(shipped, 4)
    world.recipe(*({"ID": o.id, "Action": "archive"} for o in orders[:2]), name="one.csv")
    world.recipe(*({"ID": o.id, "Action": "archive"} for o in orders[2:]), name="two.csv")
    assert nights("one.csv", rule).outcomes == {"applied": 2}
    again = nights("two.csv", rule)
    assert again.outcomes == {}
    assert "2 changes after 2 earlier this night, at most 3 a night." in text(again.night)
    nights.next_day()
    assert nights("two.csv", rule).outcomes == {"applied": 2}


def test_the_limits_of_the_settings_hold_too(nights: Nights) -> None:
    nights.with_settings(guard=Guard.of({"share": 10}, {}))
    sheet(nights)
    ran = nights("orders.csv")
    assert "bulk_orders.toml" in text(ran.night)
    assert nights.world.mutations() == 0
    assert ran.code == 3


def test_in_the_hours_that_are_shut_out_everything_waits(nights: Nights) -> None:
    sheet(nights)
    ran = nights("orders.csv", ARCHIVING + '[limits]\nblackout = "09:00-13:00"\n')
    assert nights.world.mutations() == 0
    assert ran.night.waiting == 3
    assert "nothing is applied between 09:00 and 13:00" in text(ran.night)
    nights.world.later(4 * 3600)
    assert nights("orders.csv", ARCHIVING + '[limits]\nblackout = "09:00-13:00"\n').outcomes == {"applied": 3}


def test_protected_orders_are_left_alone_by_the_policy_and_by_the_settings(nights: Nights) -> None:
    world = nights.world
    one, two, three = world.some(shipped, 3)
    world.store.people.tag(one.name, "vip")
    world.store.people.tag(two.name, "legal")
    world.recipe(*({"ID": o.id, "Action": "archive"} for o in (one, two, three)), name="orders.csv")
    nights.with_settings(guard=Guard.of({}, {"tags": "legal", "actions": "all"}))
    ran = nights("orders.csv", ARCHIVING + '[protect]\ntags = ["vip"]\nactions = ["archive"]\n')
    assert [e.order for e in world.effects("orderClose")] == [three.id]
    assert ran.night.left_alone == 2
    assert "it is tagged vip" in ran.html


def test_two_protections_together_are_never_less_than_either() -> None:
    one = Guard.of({}, {"tags": "a", "amount": 100, "actions": ["cancel"]}).protect
    other = Guard.of({}, {"tags": "b", "amount": 50, "actions": ["archive"]}).protect
    both = together(one, other)
    assert (both.tags, both.actions) == (("a", "b"), ("cancel", "archive"))
    assert both.amount == 50
    assert together(one, Guard().protect) == one


# --- conflicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "note"), [("leave", "theirs"), ("live", "theirs"), ("sheet", "ours")])
def test_a_conflict_goes_as_the_policy_says(nights: Nights, how: str, note: str) -> None:
    world = nights.world
    world.export("orders.csv")
    order = world.some(open_unpaid, 1)[0]
    world.edit({order.name: {"Note": "ours"}})
    world.store.people.edit_order(order.name, note="theirs")
    ran = nights("orders.csv", f'[actions]\nupdate = "do"\n[sheet]\non_conflict = "{how}"\n')
    assert order.note == note
    assert ran.night.left_alone == (how == "leave")


# --- dates, missing sheets, problems ----------------------------------------------------------------------------------


def archive_on(nights: Nights, day: str, *orders: Any, action: str = "archive") -> None:
    nights.world.recipe(*({"ID": o.id, "Action": action} for o in orders), name=f"orders-{day}.csv")


def test_missed_nights_are_caught_up_with_oldest_first(nights: Nights) -> None:
    orders = nights.world.some(shipped, 4)
    archive_on(nights, "2026-11-20", orders[3])  # from before the first night
    archive_on(nights, "2026-11-22", orders[0])
    assert nights("orders-{date}.csv").outcomes == {"applied": 1}
    archive_on(nights, "2026-11-23", orders[1])
    archive_on(nights, "2026-11-25", orders[2])
    nights.next_day(3)
    ran = nights("orders-{date}.csv")
    assert ran.outcomes == {"applied": 2}
    assert [part.day for part in ran.night.parts] == ["2026-11-23", "2026-11-25"]
    assert orders[3].closed_at is None
    nights.next_day()
    archive_on(nights, "2026-11-26", orders[2])
    assert [part.day for part in nights("orders-{date}.csv").night.parts] == ["2026-11-26"]


def test_of_several_sheets_the_newest_speaks_for_an_order(nights: Nights) -> None:
    order, other = nights.world.some(shipped, 2)
    archive_on(nights, "2026-11-22", other)
    nights("orders-{date}.csv")
    archive_on(nights, "2026-11-23", order)
    nights.world.recipe({"ID": order.id, "Tags": "ask first"}, name="orders-2026-11-24.csv")
    nights.next_day(2)
    ran = nights("orders-{date}.csv", ARCHIVING + 'tag_add = "do"\n')
    assert order.closed_at is None
    assert "ask first" in order.tags
    assert "a newer sheet of this night speaks for it" in text(ran.night)


def test_nothing_is_taken_from_an_older_sheet_while_a_newer_one_cannot_be_read(nights: Nights) -> None:
    order, other = nights.world.some(shipped, 2)
    archive_on(nights, "2026-11-22", other)
    nights("orders-{date}.csv")
    archive_on(nights, "2026-11-23", order)
    (nights.world.folder / "orders-2026-11-24.csv").write_text("Nmae,Action\n#1001,archive\n")
    nights.next_day(2)
    ran = nights("orders-{date}.csv")
    assert ran.code == 4
    assert order.closed_at is None
    archive_on(nights, "2026-11-24", other)
    assert nights("orders-{date}.csv").outcomes == {"applied": 1}
    assert order.closed_at is not None


def test_a_sheet_that_comes_late_leaves_to_the_newer_one_what_that_has_done(nights: Nights) -> None:
    order, other = nights.world.some(shipped, 2)
    archive_on(nights, "2026-11-22", other)
    nights("orders-{date}.csv")
    nights.next_day(2)
    archive_on(nights, "2026-11-24", order)
    nights("orders-{date}.csv")
    nights.world.store.people.unarchive(order.name)
    archive_on(nights, "2026-11-23", order)
    nights.next_day()
    archive_on(nights, "2026-11-25", other)
    ran = nights("orders-{date}.csv")
    assert [part.day for part in ran.night.parts] == ["2026-11-23", "2026-11-25"]
    assert order.closed_at is None


def test_how_far_back_nights_are_caught_up_with() -> None:
    today, nothing = date(2026, 11, 22), frozenset[date]()
    assert pending_days(today, None, nothing, 7) == [today]
    assert pending_days(today, today, nothing, 7) == [today]
    assert pending_days(today, date(2026, 11, 20), nothing, 7) == [date(2026, 11, 20), date(2026, 11, 21), today]
    assert pending_days(today, date(2026, 11, 20), frozenset({date(2026, 11, 20)}), 7) == [date(2026, 11, 21), today]
    assert pending_days(today, today, frozenset({today}), 7) == [today]
    assert len(pending_days(today, date(2026, 1, 1), nothing, 7)) == 8
    assert pending_days(today, date(2026, 1, 1), nothing, 0) == [today]


def test_the_sheets_date_is_that_of_the_policys_time_zone(nights: Nights) -> None:
    nights.world.later(13.5 * 3600)  # 23:30 UTC, and half past midnight in Paris
    order = nights.world.some(shipped, 1)[0]
    archive_on(nights, "20261123", order)
    ran = nights("orders-{date:%Y%m%d}.csv", 'timezone = "Europe/Paris"\n' + ARCHIVING)
    assert ran.outcomes == {"applied": 1}
    assert ran.folder.name == "2026-11-23"


def test_a_missing_sheet_is_wrong_usage_and_the_rules_run_all_the_same(nights: Nights) -> None:
    rule = ARCHIVING + '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { fulfillment = "fulfilled", payment = "paid" }\n'
    ran = nights("orders-{date}.csv", rule)
    assert ran.code == 2
    assert ran.outcomes["applied"] > 0
    assert "orders-2026-11-22.csv is not there" in " ".join(text(ran.night).split())
    nights.next_day()
    assert nights("orders-{date}.csv", rule + '[sheet]\nmissing = "pass"\n').code == 0


def test_a_sheet_that_nobody_has_renewed_is_not_acted_on(nights: Nights) -> None:
    sheet(nights)
    path = nights.world.folder / "orders.csv"
    at = START.timestamp() - 2 * DAY
    os.utime(path, (at, at))
    ran = nights("orders.csv", ARCHIVING + '[sheet]\noldest = "36h"\n')
    assert ran.code == 2
    assert "48 h old" in " ".join(text(ran.night).split())
    assert nights.world.mutations() == 0


def test_problems_of_the_sheet_end_it_with_4_and_the_rules_run_all_the_same(nights: Nights) -> None:
    (nights.world.folder / "orders.csv").write_text("Nmae,Action\n#1001,archive\n")
    rule = ARCHIVING + '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { fulfillment = "fulfilled", payment = "paid" }\n'
    ran = nights("orders.csv", rule)
    assert ran.code == 4
    assert ran.outcomes["applied"] > 0


def test_a_sheet_with_a_header_and_no_rows_asks_for_nothing(nights: Nights) -> None:
    path = nights.world.folder / "orders.csv"
    path.write_text("ID,Name,Action\r\n")
    ran = nights("orders.csv")
    assert (ran.code, is_quiet(ran.night)) == (0, True)
    for broken in ("", "Internal server error\r\n"):
        path.write_text(broken)
        assert nights("orders.csv").code == 4


def test_the_problems_of_a_sheet_stand_in_the_report_and_not_on_the_record(nights: Nights) -> None:
    (nights.world.folder / "orders.csv").write_text("ID,Action\n123,explode\n")
    ran = nights("orders.csv")
    assert "explode" in ran.html
    assert f"bulk-orders check {ran.folder}/orders.csv" in " ".join(text(ran.night).split())
    assert "explode" not in json.dumps(line(ran))


def test_what_was_planned_stays_in_the_nights_folder_whatever_is_written_over_it(nights: Nights) -> None:
    sheet(nights, archive=1)
    before = (nights.world.folder / "orders.csv").read_bytes()
    ran = nights("orders.csv")
    (nights.world.folder / "orders.csv").write_text("ID\n")
    assert (ran.folder / "orders.csv").read_bytes() == before


# --- killed, cut off, unknown -----------------------------------------------------------------------------------------


def test_a_night_that_was_killed_is_gone_on_with_before_anything_else(nights: Nights) -> None:
    sheet(nights, archive=6)
    nights.killed("send.before", 3, "orders.csv")
    (dead,) = nights.kept()
    assert dead.night.state == RUNNING
    done = len(nights.world.effects("orderClose"))
    assert 0 < done < 6
    nights.next_day()
    (nights.world.folder / "orders.csv").write_text("ID,Action\n")
    ran = nights("orders.csv")
    assert ran.code == 0
    assert len(nights.world.effects("orderClose")) == 6
    assert [part.kind for part in ran.night.parts] == ["continued", "sheet"]
    settled = nights.kept()[0].night
    assert settled.state == INTERRUPTED
    assert "was cut short, and has been gone on with, 6 applied" in " ".join(nights_text([settled], 0, PLAIN).split())
    assert settled.parts[0].outcomes["applied"] + settled.parts[0].outcomes["already"] == 6
    with pytest.raises(PlanUsedUp), begin_run(dead.folder / "orders.plan", nights.world.settings, nights.world.clock):
        pass
    nights.next_day()
    assert [part.kind for part in nights("orders.csv").night.parts] == ["sheet"]


@pytest.mark.parametrize("point", ["file.rename", "plan.loaded", "journal.made", "commit.after", "intent.after"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_wherever_a_night_is_killed_the_next_one_finishes_it(nights: Nights, point: str, number: int) -> None:
    ids = sheet(nights, archive=4)
    nights.killed(point, number, "orders.csv")
    nights.next_day()
    assert nights("orders.csv").code == 0
    closed = [e.order for e in nights.world.effects("orderClose")]
    assert sorted(closed) == sorted(ids)


def test_a_plan_that_was_never_begun_is_dropped_and_planned_anew(nights: Nights) -> None:
    sheet(nights, archive=2)
    nights.killed("plan.loaded", 1, "orders.csv")
    nights.next_day(3)
    ran = nights("orders.csv")
    assert ran.outcomes == {"applied": 2}
    assert nights.kept()[0].night.parts[0].dropped


def test_a_dated_sheet_whose_plan_was_never_begun_is_caught_up_with_the_very_next_night(nights: Nights) -> None:
    first, second = (order.id for order in nights.world.some(shipped, 2))
    (nights.world.folder / "in").mkdir()
    nights.world.recipe({"ID": first, "Action": "archive"}, name=f"in/orders-{nights.today}.csv")
    nights.killed("plan.loaded", 1, "in/orders-{date}.csv")
    nights.next_day()
    nights.world.recipe({"ID": second, "Action": "archive"}, name=f"in/orders-{nights.today}.csv")
    assert nights("in/orders-{date}.csv").outcomes == {"applied": 2}
    assert {e.order for e in nights.world.effects("orderClose")} == {first, second}


@pytest.mark.parametrize("harm", ["broken", "gone"])
def test_a_night_whose_record_is_lost_is_gone_on_with_from_its_journals(nights: Nights, harm: str) -> None:
    sheet(nights, archive=6)
    limited = f"{ARCHIVING}\n[limits]\nchanges = 6\n"
    nights.killed("send.before", 3, "orders.csv", text=limited)
    record = nights.kept()[0].folder / "night.json"
    record.write_text('{"shop": ') if harm == "broken" else record.unlink()
    assert nights("orders.csv", trial=True).code == 0
    assert len(nights.world.effects("orderClose")) < 6, "a trial goes on with nothing"
    ran = nights("orders.csv", text=limited)
    assert len(nights.world.effects("orderClose")) == 6
    assert [part.kind for part in ran.night.parts] == ["continued", "sheet"]
    assert "The record of 2026-11-22 could not be read" in " ".join(text(ran.night).split())
    anew = nights.kept()[0].night
    assert (anew.state, anew.exit_code, anew.outcomes()["applied"]) == (INTERRUPTED, 1, 6)
    assert "made anew" in anew.notices[0]
    more = nights.world.some(open_paid, 1)[0].id
    nights.world.recipe({"ID": more, "Tags": "seen"}, name="tag.csv")
    over = nights("tag.csv", text=limited.replace("archive", "tag_add"))
    assert (over.code, over.night.waiting) == (3, 1), "what the lost night let run counts too"
    assert [part.kind for part in nights("orders.csv").night.parts] == ["sheet"]


def test_runs_tell_of_a_night_whose_record_cannot_be_read(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet(nights)
    (nights("orders.csv").folder / "night.json").write_bytes(b"\xff{")
    pages = nights.world.home / "nights" / "all-shops" / "2026-11-22"
    pages.mkdir(parents=True)
    (told,) = past_nights(nights.world.home)
    shown = " ".join(nights_text([told], 0, Paint(False)).split())
    assert "unreadable, exit 1 nobody knows what it came to" in shown
    assert "The record of this night, night.json, cannot be read." in shown
    with monkeypatch.context() as patched:
        patched.setattr(ShopLock, "holder", lambda _: 4711)
        assert past_nights(nights.world.home) == [], "one that has just begun has no record yet"


def _spoil(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-40])


@pytest.mark.parametrize("harm", [_spoil, Path.unlink])
def test_a_begun_plan_that_was_damaged_is_gone_on_with_from_its_copy(
    nights: Nights, harm: Callable[[Path], None]
) -> None:
    ids = sheet(nights, archive=4)
    nights.killed("intent.after", 2, "orders.csv")
    (dead,) = nights.kept()
    harm(dead.folder / "orders.plan")
    nights.next_day()
    tried = nights("orders.csv", trial=True)
    assert tried.code == 0
    ran = nights("orders.csv")
    assert ran.code == 0
    assert [part.kind for part in ran.night.parts] == ["continued", "sheet"]
    assert sorted(e.order for e in nights.world.effects("orderClose")) == sorted(ids)
    load_plan(dead.folder / "orders.plan")


def test_a_damaged_plan_that_was_never_begun_is_dropped(nights: Nights) -> None:
    sheet(nights, archive=2)
    nights.killed("plan.loaded", 1, "orders.csv")
    _spoil(nights.kept()[0].folder / "orders.plan")
    assert nights("orders.csv").code == 0
    assert nights.kept()[0].night.parts[0].dropped


@pytest.mark.parametrize("damaged", ["plan", "journal"])
def test_what_cannot_be_gone_on_with_says_what_a_person_does_about_it(nights: Nights, damaged: str) -> None:
    sheet(nights, archive=4)
    nights.killed("intent.after", 2, "orders.csv")
    (dead,) = nights.kept()
    journal = nights.world.home / "journals" / f"{dead.night.parts[0].plan_id}.journal"
    if damaged == "plan":
        _spoil(dead.folder / "orders.plan")
        _spoil(journal.with_suffix(".plan"))
    else:
        _spoil(journal)
    before = len(nights.world.effects("orderClose"))
    nights.next_day()
    ran = nights("orders.csv")
    assert ran.code == 5
    said = " ".join(text(ran.night).split())
    assert "every night ends with 5 until somebody has looked" in said
    assert f"Then move {journal} away" in said
    if damaged == "journal":
        assert len(nights.world.effects("orderClose")) == before, "nobody knows what became of them"
    journal.rename(journal.with_suffix(".away"))
    assert nights("orders.csv").code == 0
    assert len({e.order for e in nights.world.effects("orderClose")}) == 4


def test_a_night_that_is_asked_to_stop_ends_with_130_and_is_gone_on_with(nights: Nights) -> None:
    sheet(nights, archive=8)
    nights.world.store.settings.bucket_size, nights.world.store.settings.restore_rate = 60.0, 10.0
    seen = 0

    def stop_soon(event: Any, work: Any) -> None:
        nonlocal seen
        seen += event.type == "change"
        if seen == 1:
            work.stop.request(by_person=True)

    ran = nights("orders.csv", watch=stop_soon)
    assert ran.code == 130
    assert ran.night.state == INTERRUPTED
    assert nights("orders.csv").code == 0
    assert len(nights.world.effects("orderClose")) == 8


def test_a_night_that_was_cut_short_while_it_sent_is_gone_on_with(nights: Nights) -> None:
    """The second Ctrl-C: nothing of the run is on the night's record but that it began."""
    ids = sheet(nights, archive=8)
    nights.world.store.settings.bucket_size, nights.world.store.settings.restore_rate = 60.0, 10.0
    seen = 0

    def cut(event: Any, work: Any) -> None:
        nonlocal seen
        seen += event.type == "change"
        task = asyncio.current_task()
        if seen == 1 and task is not None:
            task.cancel()

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(asyncio.CancelledError):
            nights("orders.csv", watch=cut)
        gc.collect()
    assert [str(each.message) for each in warned if "never awaited" in str(each.message)] == []
    assert nights.kept()[0].night.state == INTERRUPTED
    (nights.world.folder / "orders.csv").write_text("ID,Action\n")
    ran = nights("orders.csv")
    assert ran.code == 0
    assert [part.kind for part in ran.night.parts] == ["continued", "sheet"]
    assert sorted(e.order for e in nights.world.effects("orderClose")) == sorted(ids)


def test_a_sheet_that_is_called_like_the_rules_own_keeps_its_place(nights: Nights) -> None:
    one, other = nights.world.some(shipped, 2)
    nights.world.recipe({"ID": one.id, "Action": "archive"}, name="rules.csv")
    nights.world.store.people.tag(other.name, "old")
    nights.world.later(5)
    rule = ARCHIVING + '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { tags = "old" }\n'
    ran = nights("rules.csv", rule)
    assert ran.outcomes == {"applied": 2}
    assert {"sheet-rules.csv", "sheet-rules.plan", "rules.csv", "rules.plan"} <= {p.name for p in ran.folder.iterdir()}


def test_stopped_while_it_reads_it_ends_at_once_and_says_so_on_record(nights: Nights) -> None:
    sheet(nights, archive=2)

    def stop_now(event: Any, work: Any) -> None:
        if event.type == "step":
            work.stop.request(by_person=True)

    with pytest.raises(asyncio.CancelledError):
        nights("orders.csv", watch=stop_now)
    assert nights.world.mutations() == 0
    assert nights.kept()[0].night.exit_code == 130


def test_an_order_of_unknown_outcome_is_left_alone_until_somebody_has_looked(nights: Nights) -> None:
    order, other = nights.world.some(open_paid, 2)
    nights.world.recipe({"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"}, name="orders.csv")
    nights.world.store.settings.job_seconds = 1e9
    text_ = '[actions]\ncancel = "do"\ntag_add = "do"\n'
    ran = nights("orders.csv", text_)
    assert ran.code == 7
    nights.world.recipe({"ID": order.id, "Tags": "late"}, {"ID": other.id, "Tags": "late"}, name="orders.csv")
    nights.next_day()
    again = nights("orders.csv", text_)
    assert "late" not in order.tags
    assert "late" in other.tags
    assert again.code == 7
    assert "is unknown: bulk-orders verify" in text(again.night)
    assert len([r for r in nights.world.store.requests if r.root == "orderCancel"]) == 1


def test_a_token_that_was_revoked_fails_the_night_and_the_next_one_does_it_all(nights: Nights) -> None:
    from bulk_orders.tokens import Credentials, Secret

    sheet(nights, archive=2)
    good = nights.world.settings
    nights.with_settings(credentials=Credentials(token=Secret("no-longer-good"), source="the test"))
    ran = nights("orders.csv")
    assert ran.code == 1
    assert ran.night.state == FAILED
    assert "no-longer-good" not in json.dumps(line(ran))
    nights.world.settings = good
    assert nights("orders.csv").outcomes == {"applied": 2}


def test_a_full_disk_fails_the_night_and_the_next_one_finishes_it(nights: Nights) -> None:
    ids = sheet(nights, archive=5)
    nights.without_room("commit.before", 4, "orders.csv")
    nights.next_day()
    assert nights("orders.csv").code == 0
    assert sorted(e.order for e in nights.world.effects("orderClose")) == sorted(ids)


def test_in_the_history_only_a_night_with_nothing_to_do_reads_as_one(nights: Nights) -> None:
    from bulk_orders.tokens import Credentials, Secret

    def told() -> str:
        return nights_text([nights.kept()[-1].night], 0, Paint(False)).splitlines()[1].strip()

    sheet(nights, archive=3, cancel=1)
    nights("orders.csv", trial=True)
    assert told() == "4 changes planned, nothing was sent"
    nights.killed("file.rename", 2, "orders.csv")
    assert told() == "at work", "as it stands on record; whether it is asks its lock"
    assert past_nights(nights.world.home)[0].state == INTERRUPTED
    assert nights_text(past_nights(nights.world.home)[:1], 0, Paint(False)).splitlines()[1].strip() == "was cut short"
    assert nights("orders.csv").code == 0
    nights("orders.csv", '[actions]\ncancel = "report"\n')
    assert told() == "nothing done"
    (nights.world.folder / "orders.csv").write_text("ID,Action\n")
    nights("orders.csv")
    assert told() == "nothing to do"
    nights.with_settings(credentials=Credentials(token=Secret("no-longer-good"), source="the test"))
    failed_ = nights("orders.csv")
    assert told() == "did not come to its end"
    assert "Nothing was changed in the shop." in text(failed_.night)


# --- a trial ----------------------------------------------------------------------------------------------------------


def test_a_dry_run_sends_nothing_and_takes_nothing_from_the_real_night(nights: Nights) -> None:
    order = nights.world.some(shipped, 1)[0]
    archive_on(nights, "2026-11-22", order)
    trial = nights("orders-{date}.csv", trial=True)
    assert trial.night.state == TRIAL
    assert nights.world.mutations() == 0
    assert "the policy lets it run; this is a dry run" in text(trial.night)
    assert nights("orders-{date}.csv").outcomes == {"applied": 1}


@pytest.mark.parametrize("ends", [ShopifyError("No.", fix="Yes."), asyncio.CancelledError()])
def test_a_dry_run_that_does_not_come_to_its_end_counts_as_none_either(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, ends: BaseException
) -> None:
    orders = nights.world.some(shipped, 2)
    archive_on(nights, "2026-11-22", orders[0])
    assert nights("orders-{date}.csv").outcomes == {"applied": 1}
    nights.next_day()
    archive_on(nights, "2026-11-23", orders[1])

    async def rules_sheet(*_: object) -> None:
        raise ends

    monkeypatch.setattr(apply_rules, "rules_sheet", rules_sheet)
    rules = ARCHIVING + '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { tags = "nobody has it" }\n'
    with contextlib.suppress(asyncio.CancelledError):
        nights("orders-{date}.csv", rules, trial=True)
    cut = nights.kept()[-1].night
    assert (cut.state, [part.exit_code for part in cut.parts]) in ((FAILED, [0]), (INTERRUPTED, [0]))
    assert metrics({"here": [cut]}) == ""
    nights.next_day()  # nobody ran the night of the 23rd
    archive_on(nights, "2026-11-24", orders[0])
    assert nights("orders-{date}.csv").outcomes == {"applied": 1}
    assert orders[1].closed_at is not None


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_what_a_night_leaves_in_its_folder(nights: Nights) -> None:
    sheet(nights, archive=2, cancel=1)
    ran = nights("orders.csv")
    assert {str(p.relative_to(ran.folder)) for p in ran.folder.rglob("*") if p.is_file()} == {
        "night.json",
        "orders.csv",
        "orders.plan",
        "orders.plan.html",
        "orders.results.csv",
        "waiting/orders.csv",
        "waiting/orders.plan",
        "waiting/orders.plan.html",
    }
    assert {(p.stat().st_mode & 0o777) for p in ran.folder.rglob("*") if p.is_file()} == {0o600}
    assert {(p.stat().st_mode & 0o777) for p in (ran.folder, ran.folder / "waiting")} == {0o700}
    told = line(ran)
    assert told["state"] == DONE
    assert told["outcomes"]["applied"] == 2
    assert told["waiting"] == 1
    assert Night.of(told) == ran.night


def test_the_line_for_machines_names_no_customer(nights: Nights) -> None:
    world = nights.world
    order = world.some(open_unpaid, 1)[0]
    world.recipe({"Name": order.name, "Note": "private words", "Email": "someone@example.com"}, name="orders.csv")
    told = json.dumps(line(nights("orders.csv", '[actions]\nupdate = "do"\n')))
    for secret in ("private words", "someone@example.com", order.name, order.id):
        assert secret not in told


def test_the_report_shows_what_was_done_what_waits_and_what_was_left_alone(nights: Nights) -> None:
    world = nights.world
    sheet(nights, archive=1, cancel=1)
    blocked = world.some(shipped, 2)[1]
    with (world.folder / "orders.csv").open("a") as file:
        file.write(f"{blocked.id},cancel,TRUE\r\n")
    world.store.people.edit_order(world.some(shipped, 1)[0].name, note="<script>alert(1)</script>")
    page = nights("orders.csv").html
    for words in ("archived", "cancel waits for a person", "outstanding fulfillments", "bulk-orders apply", "applied"):
        assert words in page
    assert "<script>alert" not in page, "the one script is our own"
    assert "default-src &#39;none&#39;" in page


def test_a_lock_of_a_night_is_its_own(nights: Nights) -> None:
    assert night_lock(nights.world.home, "x").path.name == "the-night-of-x.lock"
    assert night_lock(nights.world.home, "http://127.0.0.1:1").path == night_lock(nights.world.home, "127.0.0.1-1").path


def test_a_path_with_a_placeholder_that_nobody_knows() -> None:
    from bulk_orders.core.policy import check_pattern

    for wrong in ("orders-{day}.csv", "orders-{}.csv", "orders-{date", "orders-{date.year!x}.csv"):
        with pytest.raises(Misused, match="placeholder"):
            check_pattern(wrong)
    check_pattern("in/{shop}/orders-{date:%Y%m%d}.csv")


def test_a_night_is_read_back_as_it_was_kept(nights: Nights) -> None:
    sheet(nights)
    ran = nights("orders.csv")
    assert nights.kept()[0].night == ran.night
    assert replace(ran.night, parts=()).outcomes()["applied"] == 0
