"""What is said of rounded ids: what is sure, and which id each of them probably was."""

from __future__ import annotations

import polars as pl
import pytest
from builders import sheet

from bulk_orders.core.identity import identity_problems
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER
from bulk_orders.errors import SheetInvalid
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import error_text, problem_lines

IDS = [f"61234{number:05}0{number % 97:02}" for number in range(11, 99_999, 7919)]


def _base() -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    names = [f"#{1001 + at}" for at in range(len(IDS))]
    return pl.DataFrame({ORDER: IDS, "Name": names}).with_columns(nothing.alias(FULFILLMENT), nothing.alias(LINE))


def _rounded(digits: int) -> list[str]:
    return [f"{int(each):.{digits - 1}E}" for each in IDS]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("6.12346E+12", "was rounded by a spreadsheet: its last digits are lost."),
        ("6.123456789012E+12", "was rounded by a spreadsheet: its last digits may be lost."),
        ("6123460000000", "ends in zeros as a rounded number does: it could be rounded."),
        ("12345678901234500", "ends in zeros as a rounded number does: it could be rounded."),
    ],
)
def test_without_a_base_only_what_is_sure_is_said(written: str, says: str) -> None:
    (problem,) = identity_problems(sheet("ID,Action", f"{written},archive"))
    assert problem.what == f"ID '{written}' {says}"
    assert ("If the id does end so, write gid://shopify/Order/" in problem.fix) == ("could be" in says)


def test_an_id_that_ends_in_zeros_is_taken_where_it_is_written_so() -> None:
    assert identity_problems(sheet("ID,Action", "gid://shopify/Order/6123460000000,archive")) == []


def test_with_a_base_each_cell_is_told_its_own_id_and_order_even_without_names() -> None:
    found = identity_problems(sheet("ID,Action", *(f"{each},archive" for each in _rounded(10))), _base())
    assert [p.what.rsplit("It was probably ", 1)[1] for p in found] == [
        f"{each} (#{1001 + at})." for at, each in enumerate(IDS)
    ]


def test_zeros_that_no_id_of_the_base_fits_are_not_called_rounded() -> None:
    (problem,) = identity_problems(sheet("ID,Action", "7770000000000,archive"), _base())
    assert "the export has no such ID: it could be rounded" in problem.what


def test_too_many_ids_that_fit_name_none() -> None:
    (problem,) = identity_problems(sheet("ID,Action", "6.1E+12,archive"), _base())
    assert "probably" not in problem.what


def _told(*, full: bool) -> str:
    found = identity_problems(sheet("ID,Action", *(f"{each},archive" for each in _rounded(10))), _base())
    return " ".join(" ".join(problem_lines(found, full=full)).split())


def test_the_first_cells_are_told_each_with_its_id_and_all_of_them_with_full() -> None:
    short, full = _told(full=False), _told(full=True)
    assert [each for each in IDS if each in short] == IDS[:5]
    assert "A7, A8, A9, A10, A11, A12, A13, A14: likewise; --full tells each of them." in short
    assert [each for each in IDS if each in full] == IDS
    assert short.count("Fix:") == full.count("Fix:") == 1


def test_an_error_says_all_of_it_in_full() -> None:
    problems = [Problem(row, "Note", f"A{row}", f"Note {row}.", "Mend it.", "notes") for row in range(2, 40)]
    error = SheetInvalid("orders.csv has 38 problems.", problems)
    assert "Note 39." not in error_text(error, Paint(colour=False), sent=False)
    assert "Note 39." in error_text(error, Paint(colour=False), sent=False, full=True)


@pytest.mark.parametrize("written", ["6.12346E+12", "6123460000000"])
def test_a_rounded_column_is_told_once_with_the_names_as_a_way_out(written: str) -> None:
    """Not as ids that stand beside two names, and not with a way to make of it an id that passes."""
    found = identity_problems(sheet("ID,Name,Action", *(f"{written},#{at},archive" for at in range(1001, 1006))))
    assert [problem.cell for problem in found] == ["A2", "A3", "A4", "A5", "A6"]
    assert {problem.what for problem in found} == {
        f"ID was rounded by a spreadsheet, as most of its column ({written}): the last digits are lost."
    }
    assert all("Or delete the column ID" in problem.fix and "gid://" not in problem.fix for problem in found)


def test_without_names_there_is_no_such_way_out() -> None:
    found = identity_problems(sheet("ID,Action", *["6.12346E+12,archive"] * 3))
    assert not any("delete the column" in problem.fix for problem in found)
