"""Sheets of other programs, as their users write them: each plans to exactly what its users expect of it."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.plan import Plan
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.requests import RequestForm
from bulk_orders.devstore.model.order import Order as StoreOrder
from bulk_orders.errors import SheetInvalid
from bulk_orders.flows.check_sheet import check_sheet


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _number(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]


def _asked(plan: Plan) -> list[tuple[str, str]]:
    assert not plan.blocked, plan.blocked
    assert not plan.conflicts, plan.conflicts
    return [(change.name, change.action) for change in plan.changes]


# --- Matrixify's recipes (spreadsheets.md 1) --------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"Command": "UPDATE", "Line: Type": "Fulfillment Line"}, {"Name": "#"}])
def test_unfulfill(world: World, more: dict[str, str]) -> None:
    orders = world.some(shipped, 3)
    rows = [
        {
            "ID": _number(order.id),
            "Fulfillment: ID": _number(order.fulfillments[0].id),
            "Fulfillment: Status": "cancelled",
            **({"Name": order.name} if "Name" in more else more),
        }
        for order in orders
    ]
    plan = world.plan(world.recipe(*rows), allow_delivered=True)
    assert _asked(plan) == [(order.name, "unfulfill") for order in orders]
    assert [c.args["fulfillment"] for c in plan.changes] == [order.fulfillments[0].id for order in orders]


@pytest.mark.parametrize("identity", [("ID",), ("Name",), ("ID", "Name")])
@pytest.mark.parametrize("reason", ["customer", "declined", "fraud", "inventory", "other", "staff"])
def test_cancel(world: World, identity: tuple[str, ...], reason: str) -> None:
    (order,) = world.some(open_paid, 1)
    keys = {"ID": _number(order.id), "Name": order.name}
    row = {
        **{key: keys[key] for key in identity},
        "Command": "UPDATE",
        "Cancelled At": "2026-01-01 12:00:00 +0100",
        "Cancel: Reason": reason,
        "Cancel: Refund": "TRUE",
        "Cancel: Send Receipt": "FALSE",
    }
    plan = world.plan(world.recipe(row))
    assert _asked(plan) == [(order.name, "cancel")]
    (change,) = plan.changes
    assert (change.args["reason"], change.args["refund"], change.args["receipt"]) == (
        reason.upper(),
        "original",
        False,
    )


@pytest.mark.parametrize("date", ["2026-01-01", "01/02/2026", "45384.347", "2026-01-01T00:00:00Z"])
def test_archive_by_any_date(world: World, date: str) -> None:
    (order,) = world.some(shipped, 1)
    assert _asked(world.plan(world.recipe({"ID": _number(order.id), "Closed At": date}))) == [(order.name, "archive")]


def test_delete_is_asked_for_and_nothing_else(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    plan = world.plan(world.recipe({"Name": order.name, "Command": "DELETE"}))
    asked = {change.action for change in plan.changes} | {str(blocked.action) for blocked in plan.blocked}
    assert asked == {"delete"}


def test_tags_and_notes(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    row = {"ID": _number(order.id), "Tags": "wholesale, vip", "Tags Command": "MERGE", "Note": "Call first"}
    assert {action for _, action in _asked(world.plan(world.recipe(row)))} == {"tag_add", "update"}


def test_tabs_and_values_as_they_were_seen_in_real_files(world: World) -> None:
    """`Top Row` as 1, Send Receipt as 0 or 1, another word for it, order fields on every row of the order."""
    (order,) = world.some(shipped, 1)
    rows = [
        {
            "ID": _number(order.id),
            "Top Row": top,
            "Row #": str(number),
            "Closed At": "45384.347",
            "Fulfillment: Send Notification": "0",
            "Line: Type": "Line Item",
        }
        for number, top in enumerate(("1", "", ""), 1)
    ]
    plan = world.plan(world.recipe(*rows))
    assert [(c.name, c.action) for c in plan.changes] == [(order.name, "archive")]


def test_a_fulfil_file_without_line_type_is_told_what_is_missing(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    name = world.recipe({"ID": _number(order.id), "Fulfillment: Status": "success"})
    with pytest.raises(SheetInvalid) as caught:
        world.plan(name)
    assert [(p.cell, "no column Line: Type" in p.what) for p in caught.value.problems] == [("B2", True)]


@pytest.mark.parametrize("command", ["NEW", "MERGE", "REPLACE"])
def test_nothing_is_ever_created_or_replaced(world: World, command: str) -> None:
    with pytest.raises(SheetInvalid) as caught:
        world.plan(world.recipe({"Name": "#1001", "Command": command, "Note": "x"}))
    assert [p.cell for p in caught.value.problems] == ["B2"]


def test_matrixifys_whole_header_is_known(world: World, shared: Path) -> None:
    header = (shared / "sheets" / "matrixify-orders.header.csv").read_text(encoding="utf-8-sig").strip().split(",")
    (order,) = world.some(shipped, 1)
    cells = {**dict.fromkeys(header, ""), "ID": _number(order.id), "Name": order.name, "Closed At": "2026-01-01"}
    assert _asked(world.plan(world.recipe(cells))) == [(order.name, "archive")]


# --- its relatives ----------------------------------------------------------------------------------------------------


def test_storerobos_archived_column(world: World) -> None:
    first, second = world.some(shipped, 2)
    name = world.recipe(
        {"ID": _number(first.id), "Archived": "YES", "Cancel: Send Receipt": ""},
        {"ID": _number(second.id), "Archived": "NO", "Cancel: Send Receipt": ""},
    )
    assert _asked(world.plan(name)) == [(first.name, "archive")]
    assert check_sheet(world.folder / name, world.home).dialect == "a StoreRobo sheet"


def test_storerobos_archived_column_may_not_say_anything(world: World) -> None:
    with pytest.raises(SheetInvalid) as caught:
        world.plan(world.recipe({"ID": "1", "Archived": "maybe"}))
    assert [(p.cell, p.column) for p in caught.value.problems] == [("B2", "Archived")]
    with pytest.raises(SheetInvalid) as caught:
        world.plan(world.recipe({"ID": "1", "Closed At": "2026-01-01", "Archived": "NO"}))
    assert "Both Archived and Closed At" in caught.value.problems[0].what


def test_alteras_short_headers(world: World) -> None:
    (order,) = world.some(shipped, 1)
    row = {
        "ID": _number(order.id),
        "Name": order.name,
        "Closed At": "2026-01-01",
        "Payment Status": "paid",
        "Fulfillment Status": "fulfilled",
        "Customer Email": "old@example.com",
        "Total": "1.00",
        "Billing Address": "somewhere",
    }
    name = world.recipe(row)
    assert _asked(world.plan(name)) == [(order.name, "archive")]
    assert check_sheet(world.folder / name, world.home).dialect == "an Altera sheet"


def _admin_rows(order: StoreOrder, header: list[str], **added: str) -> list[dict[str, str]]:
    """An order as Shopify's admin writes it: a row per line item, the order's fields on the first."""
    first = {
        "Name": order.name,
        "Email": order.email or "",
        "Financial Status": "paid",
        "Notes": order.note or "",
        "Tags": ", ".join(order.tags),
        "Id": _number(order.id),
        "Cancelled at": "2026-01-01 10:00:00 +0100",
        "Lineitem quantity": "1",
        **added,
    }
    second = {"Name": order.name, "Email": order.email or "", "Lineitem quantity": "2", "Lineitem name": "Mug"}
    return [{**dict.fromkeys([*header, *added], ""), **row} for row in (first, second)]


def test_shopifys_own_export_with_an_action_column(world: World, shared: Path) -> None:
    header = (shared / "sheets" / "shopify-admin-orders.header.csv").read_text(encoding="utf-8-sig").strip().split(",")
    archived, left = world.some(shipped, 2)
    rows = [*_admin_rows(archived, header, Action="archive"), *_admin_rows(left, header, Action="")]
    name = world.recipe(*rows)
    assert _asked(world.plan(name)) == [(archived.name, "archive")], "Cancelled at there is a fact, not a wish"
    checked = check_sheet(world.folder / name, world.home)
    assert (checked.dialect, "Financial Status" in checked.why) == ("the order export of Shopify's admin", True)


@pytest.mark.parametrize(
    "kept", [["Financial Status", "Notes"], ["Lineitem name", "Fulfilled at"], ["Financial Status", "Paid at", "Total"]]
)
def test_shopifys_own_export_is_known_by_the_few_columns_that_somebody_left(world: World, kept: list[str]) -> None:
    (order,) = world.some(open_unpaid, 1)
    row = {
        "Name": order.name,
        **dict.fromkeys(kept, ""),
        "Cancelled at": "2026-01-01 10:00:00 +0100",
        "Action": "archive",
    }
    assert _asked(world.plan(world.recipe(row))) == [(order.name, "archive")]


def test_one_column_of_shopifys_own_export_says_whose_it_is(world: World) -> None:
    with pytest.raises(SheetInvalid) as caught:
        world.plan(world.recipe({"Name": "#1001", "Financial Status": "paid", "Action": "archive"}))
    (problem,) = caught.value.problems
    assert "it is one of the order export of Shopify's admin" in problem.what
    assert "Keep that export's own columns" in problem.fix


def test_an_edit_in_shopifys_own_export_is_shown_and_not_lost(world: World, shared: Path) -> None:
    header = (shared / "sheets" / "shopify-admin-orders.header.csv").read_text(encoding="utf-8-sig").strip().split(",")
    (order,) = world.some(open_unpaid, 1)
    rows = _admin_rows(order, header, Action="")
    rows[0]["Notes"] = "written into the export"
    plan = world.plan(world.recipe(*rows))
    assert [(c.column, c.sheet) for c in plan.conflicts] == [("Note", "written into the export")]
    assert [c.after for c in world.plan("recipe.csv", two_way=True).changes] == [{"Note": "written into the export"}]


def test_a_semicolon_separates_any_dialect(world: World) -> None:
    (order,) = world.some(shipped, 1)
    text = f"Name;Financial Status;Paid at;Action\r\n{order.name};paid;;archive\r\n"
    (world.folder / "fr.csv").write_bytes(text.encode("cp1252"))
    assert _asked(world.plan("fr.csv")) == [(order.name, "archive")]


# --- customers' requests ----------------------------------------------------------------------------------------------

FORM = RequestForm(
    order="Numéro de commande",
    email="Adresse e-mail",
    time="Horodateur",
    reason="Pourquoi ?",
    reasons={"changé d'avis": "customer", "trop tard": "inventory"},
    window_hours=2,
    date_format="dmy",
    timezone="Europe/Paris",
)


def _answers(world: World, *rows: dict[str, str], name: str = "answers.csv") -> str:
    headers = ["Horodateur", "Adresse e-mail", "Numéro de commande", "Pourquoi ?", "J'accepte les conditions"]
    with (world.folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        writer.writerows({"J'accepte les conditions": "Oui", **row} for row in rows)
    return name


def _answer(order: StoreOrder, changed: dict[str, str] | None = None, *, minutes: float = 30) -> dict[str, str]:
    """What a customer of the order writes so long after placing it."""
    placed = START.replace(tzinfo=START.tzinfo) + timedelta(seconds=order.created_at - START.timestamp())
    asked = (placed + timedelta(minutes=minutes)).astimezone(ZoneInfo("Europe/Paris"))
    return {
        "Horodateur": f"{asked:%d/%m/%Y %H:%M:%S}",
        "Adresse e-mail": order.email or "",
        "Numéro de commande": order.name,
        "Pourquoi ?": "J'ai changé d'avis, désolée",
        **(changed or {}),
    }


def _requested(order: StoreOrder) -> bool:
    return open_unpaid(order) and bool(order.email)


def _plan(world: World, name: str = "answers.csv", **changed: Any) -> Plan:
    return world.plan(name, reading=Reading(requests=replace(FORM, **changed)))


def test_a_request_in_time_from_the_customer_is_followed(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order))
    plan = _plan(world)
    assert _asked(plan) == [(order.name, "cancel")]
    assert plan.changes[0].args["reason"] == "CUSTOMER"
    assert plan.changes[0].args["staff_note"] == "J'ai changé d'avis, désolée"
    assert world.apply("answers.csv").outcomes == {"applied": 1}
    assert world.named(order.name).cancelled_at is not None


@pytest.mark.parametrize("written", ["{}", "n° {}", " order {} ", "commande #{}", "{}."])
def test_an_order_number_is_read_as_customers_write_it(world: World, written: str) -> None:
    (order,) = world.some(_requested, 1)
    number = order.name.removeprefix("#")
    _answers(world, _answer(order, {"Numéro de commande": written.format(number)}))
    assert _asked(_plan(world)) == [(order.name, "cancel")]


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (121, "could be cancelled for 120 minutes; the request came 121 minutes after it"),
        (330, "could be cancelled for 2 hours; the request came 5 hours after it"),
        (-60, "before order"),
    ],
)
def test_a_request_out_of_time_is_blocked_with_a_sentence_for_the_customer(
    world: World, minutes: float, says: str
) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, minutes=minutes))
    plan = _plan(world)
    assert plan.changes == ()
    assert [(b.name, b.action, says in b.reason) for b in plan.blocked] == [(order.name, "cancel", True)]
    assert "Send this sentence to the customer" in plan.blocked[0].fix


ZONES = {"GMT+1": 1, "UTC-3": -3, "+0530": 5.5, "": 1}
"""What a form writes behind its times, and the hours that it means; without a zone they are those of [requests]."""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("minutes", "followed"), [(1, True), (119, True), (121, False), (-10, False)])
def test_the_window_is_told_by_the_zone_that_the_form_writes(
    world: World, zone: str, minutes: float, *, followed: bool
) -> None:
    (order,) = world.some(_requested, 1)
    placed = START + timedelta(seconds=order.created_at - START.timestamp())
    # the form of a shop in Paris: in winter an hour before UTC, in summer two
    hours = ZONES[zone] if zone else placed.astimezone(ZoneInfo("Europe/Paris")).utcoffset().total_seconds() / 3600  # type: ignore[union-attr]
    asked = placed + timedelta(minutes=minutes, hours=hours)
    _answers(world, _answer(order, {"Horodateur": f"{asked:%Y/%m/%d %I:%M:%S %p} {zone}".strip()}))
    plan = _plan(world)
    assert [change.action for change in plan.changes] == ["cancel"] * followed
    assert len(plan.blocked) == 1 - followed


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("2026/06/22 11:07:29 AM IST", "Write IST as far from UTC, such as GMT+1"),
        ("03/04/2026 10:00:00", "Say how the form writes dates"),
        ("yesterday", "Write the time as 2026-01-31 14:05."),
    ],
)
def test_what_is_no_one_time_says_what_helps(world: World, written: str, fix: str) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Horodateur": written}))
    with pytest.raises(SheetInvalid) as caught:
        _plan(world, date_format=None)
    assert [fix in problem.fix for problem in caught.value.problems] == [True]


def test_a_request_from_another_address_is_blocked_and_gives_nothing_away(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Adresse e-mail": "someone.else@example.com"}))
    plan = _plan(world)
    assert plan.changes == ()
    (blocked,) = plan.blocked
    assert "not placed with this e-mail address" in blocked.reason
    assert str(order.email) not in blocked.reason + blocked.fix


def test_a_strangers_request_does_not_stop_the_customers_own(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Adresse e-mail": "someone.else@example.com"}), _answer(order))
    plan = _plan(world)
    assert [(c.name, c.row) for c in plan.changes] == [(order.name, 3)]
    assert [(b.name, b.row) for b in plan.blocked] == [(order.name, 2)]
    assert sum(plan.rows.values()) == 2


def test_who_asks_twice_is_heard_once(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order), _answer(order, minutes=40, changed={"Pourquoi ?": "trop tard"}))
    plan = _plan(world)
    assert [(c.name, c.row, c.args["reason"]) for c in plan.changes] == [(order.name, 2, "CUSTOMER")]
    assert plan.rows["ignored"] == 1
    assert any("Asked before" in notice.what for notice in plan.notices)


def test_the_earliest_is_heard_of_who_asks_twice_however_the_sheet_is_sorted(world: World) -> None:
    """Newest first: the repeat came out of time, and the request before it did not."""
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, minutes=300), _answer(order, minutes=30))
    plan = _plan(world)
    assert [(c.name, c.row) for c in plan.changes] == [(order.name, 3)]
    assert (plan.rows["ignored"], plan.blocked) == (1, ())


@pytest.mark.parametrize("struck", [0, 1])
def test_ignore_in_a_command_beside_the_answers_strikes_a_request_out(world: World, struck: int) -> None:
    """One of the shop's people has looked at the answers; a repeat does not cancel what was struck out."""
    orders = world.some(_requested, 2)
    rows = [_answer(orders[0]), _answer(orders[0], minutes=40), _answer(orders[1])]
    rows[struck]["Command"] = "ignore "
    name = world.recipe(*({"Command": "", **row} for row in rows))
    plan = _plan(world, name)
    assert [(c.name, c.row) for c in plan.changes] == [(orders[1].name, 4)]
    assert plan.rows["ignored"] == 2
    assert not any("'Command'" in notice.what for notice in plan.notices)


def test_a_command_that_is_none_is_told_with_its_own_cell(world: World) -> None:
    (order,) = world.some(_requested, 1)
    name = world.recipe({**_answer(order), "Command": "perhaps"})
    with pytest.raises(SheetInvalid) as caught:
        _plan(world, name)
    assert [problem.cell for problem in caught.value.problems] == ["E2"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("EU-1004-B", "EU-1004-B"),
        ("order #EU-1004", "EU-1004"),
        ("EU1004", "EU1004"),
        ("NO-1001", "NO-1001"),
        ("order1001", "1001"),
        ("Nr.1001.", "1001"),
        ("N°1001", "1001"),
        ("1001 et 1002", "1001 et 1002"),
        ("1001#1002", "1001#1002"),
        ("1067.0", "1067.0"),
    ],
)
def test_a_prefix_belongs_to_the_name_of_an_order(world: World, written: str, name: str) -> None:
    """Without it, EU-1004 would be #1004: another order."""
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Numéro de commande": written}))
    checked = check_sheet(world.folder / "answers.csv", world.home, Reading(requests=FORM))
    assert checked.sheet.frame["Name"].to_list() == [name]


def test_a_question_of_the_form_that_was_reworded_is_named(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order))
    with pytest.raises(SheetInvalid) as caught:
        _plan(world, email="Votre e-mail")
    (problem,) = caught.value.problems
    assert problem.what == "The column 'Votre e-mail', which [requests] in bulk_orders.toml names, is not in the sheet."
    assert "'Adresse e-mail'" in problem.fix


def test_a_request_about_no_order_is_blocked(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Numéro de commande": "999999"}), _answer(order, {"Numéro de commande": ""}))
    plan = _plan(world)
    assert [blocked.row for blocked in plan.blocked] == [2, 3]
    assert "names no order" in plan.blocked[1].reason


def test_a_request_without_a_time_is_said_so(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Horodateur": ""}))
    with pytest.raises(SheetInvalid) as caught:
        _plan(world)
    (problem,) = caught.value.problems
    assert (problem.cell, "the cell is empty" in problem.what) == ("A2", True)


def test_a_time_with_two_meanings_asks_for_the_format(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order, {"Horodateur": "03/04/2026 10:00:00"}))
    with pytest.raises(SheetInvalid) as caught:
        _plan(world, date_format=None)
    (problem,) = caught.value.problems
    assert (problem.cell, "date_format in [requests]" in problem.fix) == ("A2", True)


def test_without_the_settings_a_form_is_no_sheet_of_orders(world: World) -> None:
    (order,) = world.some(_requested, 1)
    _answers(world, _answer(order))
    with pytest.raises(SheetInvalid):
        world.plan("answers.csv", reading=BY_RULE)
