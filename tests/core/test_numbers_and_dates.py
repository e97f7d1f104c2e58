"""Numbers and dates in the forms of several locales; what has two meanings has none until a person says which."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from bulk_orders.core.comparing import localised
from bulk_orders.core.dates import one_date
from bulk_orders.core.numbers import UNCLEAR, number


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5", "5"),
        ("-5,0", "-5.0"),
        ("1234,50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("1\u202f234", "1234"),
        ("12'345.60", "12345.60"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("0,055", "0.055"),
        ("1E5", "100000"),
    ],
)
def test_numbers_that_can_only_be_meant_in_one_way(text: str, meant: str) -> None:
    assert number(text) == Decimal(meant)
    if "E" not in text:
        plain = pl.DataFrame({"a": [text]}).select(localised(pl.col("a"))).item()
        assert Decimal(plain) == Decimal(meant)


@pytest.mark.parametrize(("text", "english", "french"), [("1,234", "1234", "1.234"), ("12.345", "12.345", "12345")])
def test_numbers_with_two_meanings_need_a_locale(text: str, english: str, french: str) -> None:
    assert number(text) is UNCLEAR
    assert number(text, "en") == Decimal(english)
    assert number(text, "fr") == Decimal(french)
    frame = pl.DataFrame({"a": [text]})
    assert frame.select(localised(pl.col("a"))).item() == text
    assert Decimal(frame.select(localised(pl.col("a"), "en")).item()) == Decimal(english)
    assert Decimal(frame.select(localised(pl.col("a"), "nl")).item()) == Decimal(french)


@pytest.mark.parametrize("text", ["", "x", "1,2,3", "1.2.3", "--5", "5 apples", "1,23,456", "..", "E5", "٣"])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "date_format", "meant"),
    [
        ("2026-03-04", None, "2026-03-04T00:00:00"),
        ("2026-03-04T05:06:07", None, "2026-03-04T05:06:07"),
        ("31/01/2026 14:05:09", None, "2026-01-31T14:05:09"),
        ("1/31/2026 2:05:09 PM", None, "2026-01-31T14:05:09"),
        ("03/04/2026", None, None),
        ("03/04/2026", "dmy", "2026-04-03T00:00:00"),
        ("03/04/2026", "mdy", "2026-03-04T00:00:00"),
        ("31/01/2026", "mdy", None),
        ("04/04/2026", None, "2026-04-04T00:00:00"),
        ("4 mars 2026", None, "2026-03-04T00:00:00"),
        ("45384.5", None, "2024-04-02T12:00:00"),
        ("2026/11/22 10:11:12 AM GMT+1", None, "2026-11-22T10:11:12+01:00"),
        ("2026/04/03 1:02:03 PM GMT-3", "dmy", "2026-04-03T13:02:03-03:00"),
        ("2026/11/22 12:11:12 a.m. UTC+5:30", None, "2026-11-22T00:11:12+05:30"),
        ("2026/11/22 12:11:12 p. m. CET", "mdy", "2026-11-22T12:11:12+01:00"),
        ("2020/06/08 3:43:15 PM OEZ", None, "2020-06-08T15:43:15+03:00"),
        ("2026/11/22 1:11:12 PM MEZ", None, "2026-11-22T13:11:12+01:00"),
        ("2026/07/22 1:11:12 PM MESZ", None, "2026-07-22T13:11:12+02:00"),
        ("2026/07/22 1:11:12 PM UTC\u22123", None, "2026-07-22T13:11:12-03:00"),
        ("2022/06/22 11:07:29 AM IST", None, None),
        ("2022/06/22 11:07:29 AM GMT+25", None, None),
        ("2022/06/22 13:07:29 AM", None, None),
        ("11/22/2026 10:11:12", None, "2026-11-22T10:11:12"),
        ("22-11-2026 9:01:02", None, "2026-11-22T09:01:02"),
        ("22.11.2026 10:11:12", None, "2026-11-22T10:11:12"),
        ("22/11/2026 10.11.12", None, "2026-11-22T10:11:12"),
        ("2026-11-22 10:11:12 +0200", None, "2026-11-22T10:11:12+02:00"),
        ("2026-11-22T10:11:12+0200", None, "2026-11-22T10:11:12+02:00"),
        ("31 janv. 2026", None, "2026-01-31T00:00:00"),
        ("31 augustus 2026 10:11", None, "2026-08-31T10:11:00"),
        ("soon", None, None),
        ("31/02/2026", None, None),
    ],
)
def test_dates(text: str, date_format: str | None, meant: str | None) -> None:
    found = one_date(text, date_format)
    assert (found.isoformat() if found else None) == meant
