"""The formula guard and the words of cells."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_orders.core.cells import boolean, enum, guard, legacy_id, tags, unguard, words
from bulk_orders.core.columns import Kind
from bulk_orders.core.comparing import comparable, guard_expr, unguard_expr
from bulk_orders.core.sheet import read_rows
from bulk_orders.storage.files import read_sheet, write_sheet

_LETTERS = st.sampled_from("'=+-@\t\r\n\0＝＋－＠aé ") | st.characters(exclude_categories=["Cs"])
_NASTY = st.text(alphabet=_LETTERS, max_size=12)


@given(_NASTY)
@example("'=1+1")
@example("''")
@example("=cmd")
def test_what_is_guarded_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text


@given(_NASTY)
def test_a_guarded_text_is_no_formula(text: str) -> None:
    assert guard(text)[:1] not in tuple("=+-@\t\r\n\0＝＋－＠")


@given(st.lists(_NASTY.filter(bool), min_size=1, max_size=20))
@settings(max_examples=200)
def test_columns_are_guarded_as_single_texts_are(texts: list[str]) -> None:
    frame = pl.DataFrame({"a": texts})
    guarded = frame.select(guard_expr(pl.col("a")))["a"]
    assert guarded.to_list() == [guard(text) for text in texts]
    assert guarded.to_frame().select(unguard_expr(pl.col("a")))["a"].to_list() == texts


@pytest.mark.parametrize(
    ("text", "meant"),
    [("TRUE", True), (" vrai ", True), ("WAAR", True), ("1", True), ("Nein", False), ("ONWAAR", False), ("0", False)],
)
def test_booleans_in_the_languages_of_spreadsheets(text: str, *, meant: bool) -> None:
    assert boolean(text) is meant


@pytest.mark.parametrize("text", ["", "maybe", "2", "TRUEE"])
def test_anything_else_is_no_boolean(text: str) -> None:
    assert boolean(text) is None


def test_tags_are_trimmed_and_kept_once() -> None:
    assert tags(" vip , , red,vip, Red") == ("vip", "red", "Red")


def test_words_and_enums() -> None:
    assert words("Unfulfill, CANCEL") == ("unfulfill", "cancel")
    assert enum(" store credit ") == "STORE_CREDIT"


@pytest.mark.parametrize(
    ("text", "digits"),
    [("gid://shopify/Order/12", "12"), (" 12 ", "12"), ("12.0", None), ("1.2E+12", None), ("#12", None)],
)
def test_ids(text: str, digits: str | None) -> None:
    assert legacy_id(text) == digits


def _same(kind: Kind, one: str, other: str) -> bool:
    frame = pl.DataFrame({"a": [one], "b": [other]})
    return bool(frame.select(comparable(pl.col("a"), kind).eq_missing(comparable(pl.col("b"), kind))).item())


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.TEXT, "a\r\nb ", "a\nb"),
        (Kind.TEXT, "12\u00a0345", "12 345"),
        (Kind.DECIMAL, "84.0", "84"),
        (Kind.DECIMAL, "1234.50", "1234.5"),
        (Kind.INTEGER, "3.0", "3"),
        (Kind.BOOLEAN, "VRAI", "TRUE"),
        (Kind.ENUM, "Partially Paid", "partially_paid"),
        (Kind.TIME, "2026-03-04 05:06:07", "2026-03-04T05:06:07Z"),
        (Kind.TIME, "2026-03-04T05:06:07.000", "2026-03-04T05:06:07Z"),
        (Kind.TAGS, "b, a", "a,b,"),
        (Kind.ID, "gid://shopify/Order/7", "7"),
    ],
)
def test_another_spelling_is_no_edit(kind: Kind, one: str, other: str) -> None:
    assert _same(kind, one, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.TEXT, "a", "A"),
        (Kind.DECIMAL, "84.01", "84"),
        (Kind.BOOLEAN, "TRUE", "FALSE"),
        (Kind.BOOLEAN, "perhaps", "TRUE"),
        (Kind.ENUM, "paid", "pending"),
        (Kind.TIME, "2026-03-04T05:06:08Z", "2026-03-04T05:06:07Z"),
        (Kind.TAGS, "red", "Red"),
        (Kind.ID, "7", "8"),
    ],
)
def test_another_meaning_is_an_edit(kind: Kind, one: str, other: str) -> None:
    assert not _same(kind, one, other)


def test_half_a_million_texts_survive_guard_and_unguard_on_disk(tmp_path: Path) -> None:
    """Through the file that people open: the guard, the quoting, the encoding and the line ends, for every locale."""
    chance = random.Random(4)
    letters = "'=+-@\t\r\n\0＝＋－＠;,\"|aé日 0😀\u00a0"
    texts = ["".join(chance.choices(letters, k=chance.randint(1, 9))) for _ in range(500_000)]
    frame = pl.DataFrame({"text": texts})
    guarded = frame.select(guard_expr(pl.col("text")))
    assert not guarded["text"].str.contains(r"^[=+\-@\t\r\n\x00＝＋－＠]").any()
    assert guarded.select(unguard_expr(pl.col("text")).alias("text")).equals(frame)
    for number, locale in enumerate(("en", "fr")):
        some = frame.slice(number * 250_000, 250_000).select(pl.col("text").str.replace_all("\0", "", literal=True))
        some = some.filter(guard_expr(pl.col("text")).str.strip_chars() != "")  # a blank cell says nothing
        path = tmp_path / f"{locale}.csv"
        write_sheet(path, some.select(pl.lit("1").alias("ID"), pl.col("text").alias("Note")), locale)
        sheet, problems = read_rows(read_sheet(path))
        assert problems == []
        assert sheet.frame["Note"].to_list() == some["text"].to_list()
