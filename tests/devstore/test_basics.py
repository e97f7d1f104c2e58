"""Ids, times, money, buckets of time: the small things that everything else stands on."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest

from bulk_orders.devstore.gids import Ids, decode_cursor, encode_cursor, gid, is_gid, split_gid
from bulk_orders.devstore.money import MoneyBag, decimal_text, rounded
from bulk_orders.devstore.settings import seconds
from bulk_orders.devstore.timeline import Timeline
from bulk_orders.devstore.times import iso, parse_time


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07.999Z", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07+02:30", "2026-03-04T02:36:07Z"),
        ("2026-03-04T05:06:07-0800", "2026-03-04T13:06:07Z"),
        ("2026-03-04 05:06", "2026-03-04T05:06:00Z"),
        ("2026-03-04T05", "2026-03-04T05:00:00Z"),
        ("2026-03-04", "2026-03-04T00:00:00Z"),
        ("2026-03", "2026-03-01T00:00:00Z"),
        ("2026", "2026-01-01T00:00:00Z"),
        ("2026-02-30", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times(text: str, shown: str | None) -> None:
    found = parse_time(text)
    assert (None if found is None else iso(found)) == shown


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("gid://shopify/Order/1", True),
        ("gid://shopify/MailingAddress/1?model_name=Address", True),
        ("gid://shopify/Job/1b4e28ba-2fa1-11d2-883f-0016d3cca427", True),
        ("gid://shopify/Order/", False),
        ("gid://shopify/Order/1 ", False),
        ("Order/1", False),
        ("1", False),
        ("", False),
    ],
)
def test_gids(text: str, fine: bool) -> None:
    assert is_gid(text) is fine
    assert bool(split_gid(text)[0]) is fine
    assert split_gid(gid("Order", 17)) == ("Order", "17")


def test_ids_are_new_seeded_and_never_neighbours() -> None:
    ids = Ids(1)
    numbers = [ids.number("Order") for _ in range(1000)]
    assert len(set(numbers)) == 1000
    assert all(len(str(number)) == 13 for number in numbers)
    assert min(b - a for a, b in pairwise(numbers)) > 10_000
    assert [Ids(1).number("Order") for _ in range(2)] == numbers[:1] * 2
    assert len({ids.uuid() for _ in range(100)}) == 100


def test_cursors() -> None:
    cursor = encode_cursor(17, "2026")
    assert decode_cursor(cursor) == (17, "2026")
    assert [decode_cursor(text) for text in ("", "x", "e30=", "W10=")] == [None] * 4


@pytest.mark.parametrize(
    ("amount", "text"),
    [("20.00", "20.0"), ("0", "0.0"), ("16.990", "16.99"), ("100", "100.0"), ("-3.50", "-3.5"), ("1E+3", "1000.0")],
)
def test_decimals_have_a_scale_of_their_own(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text


@pytest.mark.parametrize(("currency", "amount"), [("EUR", "1.01"), ("JPY", "1")])
def test_minor_units(currency: str, amount: str) -> None:
    assert rounded(Decimal("1.005"), currency) == Decimal(amount)


def test_money_in_two_currencies() -> None:
    one = MoneyBag(Decimal(10), Decimal(1600), "EUR", "JPY")
    assert (one + one - one) == one
    assert (one * 3).presentment == 4800
    third = one.share(Decimal(1), Decimal(3))
    assert (third.shop, third.presentment) == (Decimal("3.33"), Decimal(533))
    assert one.share(Decimal(1), Decimal(0)).shop == 0
    assert one.least(third) is not one
    assert third.least(one) is third
    assert bool(one)
    assert not (one - one)


def test_a_timeline_keeps_its_order() -> None:
    timeline, seen = Timeline(), []
    for name, at in (("b", 2.0), ("a", 1.0), ("c", 2.0), ("never", math.inf), ("later", 9.0)):
        timeline.at(at, "x", lambda name=name: seen.append(name))  # type: ignore[misc]
    while (event := timeline.next_due(5.0)) is not None:
        event[2]()
    assert seen == ["a", "b", "c"]


def test_durations() -> None:
    assert seconds(3.5) == 3.5
    assert seconds(lambda: 7.0) == 7.0
