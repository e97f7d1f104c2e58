"""The table of columns: complete, without two of the same, and its paths lead somewhere."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bulk_orders.core.columns import BY_HEADER, COLUMNS, Role, canonical_header, column
from bulk_orders.core.fields import selection, steps_of, tree


def test_every_header_stands_once() -> None:
    assert len(BY_HEADER) == len(COLUMNS)


def test_matrixifys_header_is_the_native_one(shared: Path) -> None:
    path = shared / "sheets" / "matrixify-orders.header.csv"
    header = next(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert [name for name in header if canonical_header(name) != name] == []
    ours = [column.header for column in COLUMNS if not column.ours]
    assert ours == header, "the order is Matrixify's"


def test_our_additions_stand_last() -> None:
    ours = [column.ours for column in COLUMNS]
    assert ours == sorted(ours)


@pytest.mark.parametrize(
    ("written", "header"),
    [
        ("id", "ID"),
        (" cancel:  reason ", "Cancel: Reason"),
        ("Fulfillment: Send Notification", "Fulfillment: Send Receipt"),
        ("Metafield: custom.gift [single_line_text_field]", "Metafield: custom.gift [single_line_text_field]"),
        ("Tax 7: Title", "Tax 7: Title"),
        ("Naem", None),
        ("", None),
    ],
)
def test_headers_are_known_in_any_spelling(written: str, header: str | None) -> None:
    assert canonical_header(written) == header


def test_further_groups_are_read_only() -> None:
    assert column("Metafield: custom.gift").role is Role.READ


def test_paths_become_one_tree_and_one_selection() -> None:
    fields = tree(["id", "a.b", "a.c", "tags[]", "taxes[0].title", "taxes[1].rate", "more[].key=value"])
    assert selection(fields) == "id a { b c } tags taxes { title rate } more { key value }"
    assert fields["taxes"].many
    assert not fields["a"].many


def test_a_path_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="no path"):
        steps_of("a..b")
