"""Limits and protection: what a person allows, with the numbers and what lifts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from builders import edits, order, paid

from bulk_orders.core.fill_down import noted
from bulk_orders.core.guard import Given, Guard, Limits, Protect, Totals, after_colon, money_limits
from bulk_orders.core.order import Facts, Money
from bulk_orders.core.preferences import Preferences
from bulk_orders.core.steps import steps
from bulk_orders.errors import Misused

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def _totals(**changed: Any) -> Totals:
    plain: dict[str, Any] = {
        "changed_rows": 30,
        "rows": 100,
        "irreversible": 12,
        "deletes": 3,
        "emails": 8,
        "refunds": {"EUR": Decimal("620.25"), "USD": Decimal(10)},
        "asked": {},
    }
    return Totals(**(plain | changed))


@pytest.mark.parametrize(
    ("limits", "says", "flag"),
    [
        ({"irreversible": 11}, "12 changes that cannot be undone, at most 11", "--max-irreversible 12"),
        ({"deletes": 2}, "3 deletions, at most 2", "--max-deletes 3"),
        ({"emails": 0}, "8 e-mails to customers, at most 0", "--max-emails 8"),
        ({"share": 29.5}, "30 of 100 rows (30 %) would change, at most 29.5 %", "--max-share 31"),
        ({"refunds": "620 EUR"}, "refunds of 620.25 EUR, at most 620.00 EUR", "--max-refunds '620.25 EUR'"),
    ],
)
def test_over_a_limit_is_said_with_its_numbers(limits: dict[str, Any], says: str, flag: str) -> None:
    found = Guard.of(limits, {}).limits.exceeded(_totals(refunds={"EUR": Decimal("620.25")}))
    assert [(says in line, flag in line) for line in found] == [(True, True)]


def test_one_is_told_as_one() -> None:
    limits = Guard.of({"irreversible": 0, "deletes": 0, "emails": 0, "share": 50}, {}).limits
    found = limits.exceeded(_totals(irreversible=1, deletes=1, emails=1, refunds={}, changed_rows=1, rows=1))
    assert [line.partition(",")[0].partition(" (")[0] for line in found] == [
        "1 change that cannot be undone",
        "1 deletion",
        "1 e-mail to customers",
        "1 of 1 row",
    ]


def test_at_a_limit_is_not_over_it() -> None:
    limits = {"irreversible": 12, "deletes": 3, "emails": 8, "share": 30, "refunds": ["620.25 EUR", "10 USD"]}
    assert Guard.of(limits, {}).limits.exceeded(_totals()) == []


def test_nothing_is_limited_unless_somebody_set_it() -> None:
    assert Limits().exceeded(_totals(irreversible=10_000)) == []


def test_deletions_are_confirmed_by_their_number_where_they_are_many() -> None:
    assert Limits().exceeded(_totals(deletes=50)) == []
    (line,) = Limits().exceeded(_totals(deletes=51))
    assert line == "51 deletions, at most 50 allowed (--max-deletes 51 lifts it)."
    assert Guard().over(Given(deletes=51)).limits.exceeded(_totals(deletes=51)) == []
    assert Guard.of({"deletes": 1000}, {}).limits.exceeded(_totals(deletes=51)) == []


def test_a_currency_without_a_limit_beside_one_with_is_refused() -> None:
    (line,) = Guard.of({"refunds": {"EUR": 700}}, {}).limits.exceeded(_totals())
    assert "refunds of 10.00 USD, and the limit names only EUR: nothing else is let through" in line
    assert "--max-refunds '10.00 USD' lifts it" in line


@pytest.mark.parametrize(
    ("asked", "stopped"),
    [
        ({"orders": 20, "cancel": 20}, True),
        ({"orders": 20, "delete": 20}, True),
        ({"orders": 400, "cancel": 399}, True),
        ({"orders": 20, "cancel": 18}, True),
        ({"orders": 20, "cancel": 17}, False),
        ({"orders": 20, "mark_paid": 20}, True),
        ({"orders": 19, "cancel": 19}, False),
        ({"orders": 20, "archive": 20}, False),
        ({}, False),
    ],
)
def test_a_command_in_every_order_looks_like_a_mistake(asked: dict[str, int], stopped: bool) -> None:
    assert bool(Limits().exceeded(_totals(asked=asked))) is stopped
    assert Guard().over(Given(allow_fill_down=True)).limits.exceeded(_totals(asked=asked)) == []


def test_it_is_said_with_its_numbers_and_what_lifts_it() -> None:
    (line,) = Limits().exceeded(_totals(asked={"orders": 400, "cancel": 399}))
    assert line.startswith("399 of the 400 orders of the sheet ask for cancel, which looks like a cell that was filled")
    assert "--allow-fill-down lifts it" in line


def test_several_reasons_behind_a_colon_are_sentences() -> None:
    reasons = ["refunds of 2.00 EUR (a).", "refunds of 3.00 USD (b).", "it is 23:00 in the shop (c)."]
    assert after_colon(reasons) == "refunds of 2.00 EUR (a). Refunds of 3.00 USD (b). It is 23:00 in the shop (c)."
    assert after_colon(reasons[:1]) == "refunds of 2.00 EUR (a)."


def test_what_undo_takes_back_is_only_noted() -> None:
    asked = {"orders": 40, "archive": 40, "cancel": 40, "hold": 2}
    (told,) = noted(asked)
    assert told.startswith("every one of the 40 orders of the sheet asks for archive.")
    assert told.endswith("undo takes it back.")


@pytest.mark.parametrize(
    ("hours", "zone", "refused"),
    [
        ("22:00-06:00", "UTC", False),
        ("09:30-10:01", "UTC", True),
        ("09:30-10:00", "UTC", False),
        ("22:00-10:30", "UTC", True),
        ("11:00-12:00", "Europe/Paris", True),
        ("11:00-12:00", "Nowhere/Land", False),
    ],
)
def test_blackout_hours_are_those_of_the_shop(hours: str, zone: str, refused: bool) -> None:
    assert bool(Guard.of({"blackout": hours}, {}).limits.blacked_out(NOW, zone)) is refused


def test_flags_go_over_the_file() -> None:
    guard = Guard.of({"irreversible": 1, "refunds": "5 EUR", "blackout": "00:00-24:00"}, {"tags": "vip"})
    given = Given(irreversible=50, refunds=money_limits(["1000 EUR"]), ignore_blackout=True, allow_protected=True)
    over = guard.over(given)
    assert over.limits.irreversible == 50
    assert over.limits.refunds == {"EUR": Decimal(1000)}
    assert over.limits.blackout == ()
    assert over.protect == Protect()
    assert guard.over(Given()) == guard


def test_a_guard_is_the_same_after_its_document() -> None:
    guard = Guard.of(
        {"irreversible": 1, "share": 2.5, "refunds": "5 EUR", "blackout": ["22:00-06:00"], "allow_fill_down": True},
        {"tags": ["vip"], "channels": "pos", "amount": 500, "cancel_within_hours": 72, "actions": ["cancel"]},
    )
    document = guard.document()
    assert Guard.of(document["limits"], document["protect"]) == guard


@pytest.mark.parametrize(
    ("limits", "protect"),
    [
        ({"blackout": "at night"}, {}),
        ({"blackout": "25:00-26:00"}, {}),
        ({"refunds": "a lot"}, {}),
        ({"emails": -1}, {}),
        ({}, {"amount": "much"}),
    ],
)
def test_what_makes_no_sense_is_refused(limits: dict[str, Any], protect: dict[str, Any]) -> None:
    with pytest.raises(Misused):
        Guard.of(limits, protect)


# --- protection -------------------------------------------------------------------------------------------------------

FACTS = Facts("2026-11-20T10:00:00Z", "pos", ("shopify_payments",), Money(Decimal(500), "EUR"), test=False)


@pytest.mark.parametrize(
    ("protect", "reason"),
    [
        ({"tags": "VIP"}, "it is tagged vip"),
        ({"channels": "POS"}, "it came through pos"),
        ({"gateways": ["klarna", "shopify_payments"]}, "it was paid through shopify_payments"),
        ({"amount": 499.99}, "it comes to 500.00 EUR"),
        ({"cancel_within_hours": 47}, "it was placed 48 h ago"),
    ],
)
def test_a_protected_order_is_left_alone(protect: dict[str, Any], reason: str) -> None:
    live = order(**paid(), tags=("vip",), facts=FACTS)
    asked = edits(Action="cancel", Cancel__Refund="TRUE")
    taken = steps(asked, live, Preferences(protect=Guard.of({}, protect).protect, now=NOW))
    assert taken.changes == ()
    assert [(f"Protected: {reason}" in b.reason, "--allow-protected" in b.fix) for b in taken.blocked] == [(True, True)]


@pytest.mark.parametrize(
    "protect",
    [
        {"tags": "wholesale"},
        {"channels": "web"},
        {"gateways": "klarna"},
        {"amount": 500},
        {"cancel_within_hours": 48},
        {"tags": "vip", "actions": ["delete"]},
    ],
)
def test_others_are_not(protect: dict[str, Any]) -> None:
    live = order(**paid(), tags=("vip",), facts=FACTS)
    asked = edits(Action="cancel", Cancel__Refund="TRUE")
    taken = steps(asked, live, Preferences(protect=Guard.of({}, protect).protect, now=NOW))
    assert [change.action for change in taken.changes] == ["cancel"]


def test_harmless_actions_are_protected_only_when_all_are() -> None:
    live = order(tags=("vip",))
    for actions, left in ((None, ["archive"]), ("all", [])):
        protect = Guard.of({}, {"tags": "vip", "actions": actions}).protect
        taken = steps(edits(Action="archive"), live, Preferences(protect=protect, now=NOW + timedelta(days=1)))
        assert [change.action for change in taken.changes] == left


def test_a_row_that_protects_an_order_and_acts_on_it_is_left_alone() -> None:
    """Live it may be cancelled; once the row's own tag is there apply would stop, with the tag put on it."""
    asked = edits(Action="cancel", Cancel__Refund="TRUE", Tags="vip")
    protect = Guard.of({}, {"tags": "vip"}).protect
    taken = steps(asked, order(**paid()), Preferences(protect=protect, now=NOW, recipe=True))
    assert taken.changes == ()
    (blocked,) = taken.blocked
    assert blocked.reason == "Protected: it is tagged vip by then: another cell of the row brings that about."
    off = edits(Action="cancel", Cancel__Refund="TRUE", Tags="vip", Tags_Command="DELETE")
    kept = steps(off, order(**paid(), tags=("vip",)), Preferences(protect=protect, now=NOW, recipe=True))
    assert [b.action for b in kept.blocked] == ["cancel"], "what protects it now protects it"
