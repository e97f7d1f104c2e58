"""The reference of the columns is whole, and the page in the package is what the program prints."""

from __future__ import annotations

import pytest
from conftest import ROOT

from bulk_orders.core.columns import COLUMNS, Kind, canonical_header
from bulk_orders.core.reference import _WORDS, Entry, entries
from bulk_orders.language import ENGLISH, use
from bulk_orders.views.columns import columns_markdown

PAGE = ROOT / "bulk_orders" / "docs" / "columns.md"


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.header)
def test_every_column_has_a_meaning(entry: Entry) -> None:
    assert entry.meaning.endswith((".", "release."))
    assert entry.values
    if entry.editable:
        assert entry.example, "a column that people write in shows how"
        assert entry.header in _WORDS or entry.header.startswith("Shipping: ")


def test_no_words_are_left_over() -> None:
    assert set(_WORDS) <= {column.header for column in COLUMNS}


def test_examples_are_values_that_the_column_takes() -> None:
    for column, entry in zip(COLUMNS, entries(), strict=True):
        if column.choices and entry.editable and column.kind is Kind.ENUM:
            assert entry.example.lower() in {choice.lower() for choice in column.choices}, column.header


def test_the_page_is_what_the_program_prints() -> None:
    written = PAGE.read_text(encoding="utf-8").rstrip()
    assert written == columns_markdown(entries()).rstrip(), "run: bulk-orders columns --markdown > bulk_orders/docs/..."


@pytest.mark.parametrize(
    ("spoken", "sentences"),
    [
        ("fr", ("Cadeau : ne pas joindre la facture", "Demandé par téléphone", "En attente du fournisseur")),
        ("nl", ("Cadeau: factuur niet meesturen", "Telefonisch gevraagd", "Wachten op de leverancier")),
    ],
)
def test_an_example_is_said_where_it_is_a_sentence_and_kept_where_it_is_to_be_typed(
    spoken: str, sentences: tuple[str, ...]
) -> None:
    use(spoken)
    try:
        page = columns_markdown(entries()).replace("\N{NO-BREAK SPACE}", " ")
    finally:
        use(ENGLISH)
    for words in (*sentences, "customer", "cancelled", "2026-12-31", "12.50 USD", "12 rue des Lilas"):
        assert f"`{words}`" in page, words
    for words in ("Gift: leave the invoice out", "Asked for by phone", "Prefers mornings", "Parcel came late"):
        assert words not in page


def test_the_page_escapes_what_a_table_would_take_for_a_border() -> None:
    for line in columns_markdown(entries()).splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 7, line


def test_aliases_lead_to_their_column() -> None:
    for column in COLUMNS:
        for alias in column.aliases:
            assert canonical_header(alias) == column.header
