"""Names as they come out of spreadsheets, mails and pages: what is the same name, and what one may have been."""

from __future__ import annotations

import polars as pl
import pytest
from builders import base, differences, sheet

from bulk_orders.core.identity import identity_problems
from bulk_orders.core.names import bare_expr, bare_name, likely

BLANKS = [" ", "\u00a0", "\u202f", "\u2009", "\t", "\n", "\u200b", "\ufeff", "\u2060", " \u200b "]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_name_is_the_same_with_blanks_around_it(blank: str) -> None:
    for text in (f"#1001{blank}", f"{blank}#1001", f"{blank}1001{blank}"):
        assert bare_name(text) == "1001"
        assert pl.DataFrame({"a": [text]}).select(bare_expr(pl.col("a"))).item() == "1001"
    found = sheet("Name,Action", f"#1001{blank},archive", f"{blank},archive")
    assert found.frame["Name"].to_list() == ["#1001", None]


@pytest.mark.parametrize("inner", ["EN 1001", "EN\u00a01001", "10-01", "#10#01"])
def test_what_stands_inside_a_name_is_its_own(inner: str) -> None:
    assert bare_name(inner) == inner.removeprefix("#")


@pytest.mark.parametrize(
    "written",
    [
        "1,001",
        "1.001",
        "1001.0",
        "1001,00",
        "# 1001",
        "'#1001",
        "01001",
        "+1001",
        "1 001",
        "1\u202f001",
        "-1001",
        "＃１００１",
        "10\u200b01",
    ],
)
def test_what_a_damaged_name_may_have_been(written: str) -> None:
    assert likely(written) == "1001"


@pytest.mark.parametrize("written", ["#1001", "1001", "#1001.1", "EN1001", "1,01", "", "Jan-01"])
def test_a_name_without_damage_may_have_been_nothing_else(written: str) -> None:
    assert likely(written) is None


def test_a_name_without_its_number_sign_is_that_of_the_export() -> None:
    was = base("ID,Name,Note", "1,#1001,", "2,#1002,")
    assert identity_problems(sheet("ID,Name,Note", "1,1001,new", "2,1002,"), was.frame) == []
    swapped = identity_problems(sheet("ID,Name,Note", "1,1002,new"), was.frame)
    assert [problem.what for problem in swapped] == ["The export had '#1001' for this ID, the sheet says '1002'."]
    edits = differences(sheet("Name,Note", "1001 ,new"), was).orders
    assert [(each.order, each.edits[0].known) for each in edits] == [("gid://shopify/Order/1", True)]


@pytest.mark.parametrize("text", ["06100195854707", "gid://shopify/Order/06100195854707", "00"])
def test_no_id_begins_with_a_zero(text: str) -> None:
    (problem,) = identity_problems(sheet("ID,Action", f"{text},archive"))
    assert (problem.cell, "is not the id of an order" in problem.what) == ("A2", True)
