"""What somebody is to write, or to find in a sheet or a file, is the same in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from overheard import to_write

from bulk_orders.core.columns import COLUMNS
from bulk_orders.core.reference import entries
from bulk_orders.language import ENGLISH, LANGUAGES, told, use
from bulk_orders.language.extraction import told as sentences
from bulk_orders.language.recognising import missed
from bulk_orders.language.speaking import CATALOGUES, TOLD
from bulk_orders.language.templates import HOLE, Template, fill, is_number, is_to_write, is_typed
from bulk_orders.language.update import translated
from bulk_orders.views.columns import columns_markdown, columns_text
from bulk_orders.views.paint import Paint

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
WORDS = ("cancel", "store credit", "60.90 EUR", "1204.50", "2026-12-31", "paid", "hold")


@pytest.fixture(params=OTHERS)
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    use(request.param)
    yield request.param
    use(ENGLISH)


def test_what_is_to_be_written_comes_through_every_sentence_that_asks_for_it(spoken: str) -> None:
    wrong = []
    for text in map(str, sentences()):
        holes = Template(text).holes
        for word in WORDS if any(map(is_typed, holes)) else ():
            values = {hole[0]: "7" if is_number(hole) else "'x'" if hole[1] else word for hole in holes}
            values |= {hole[0]: "7" if hole[2] else word for hole in holes if is_typed(hole) and hole[1] != "!r"}
            english = fill(text, values)
            found = told(english)
            if any(value not in found for name, value in values.items() if name.startswith("typed_")):
                wrong.append((english, found))
    assert CATALOGUES.joinpath(spoken).is_dir()
    assert wrong == []


REASONS = "customer, declined, fraud, inventory, other"


def test_the_words_a_cell_may_hold_stay_as_they_are_typed(spoken: str) -> None:
    """They are words of ours as well, and a list of such is told where nobody is to type it."""
    missed.clear()
    english = f"Cancel: Reason 'fraude' is none of {REASONS} or staff."
    found = told(english)
    assert (REASONS in found, "none of" in found) == (True, False), found
    assert not missed


def test_the_reference_shows_the_words_of_a_cell_as_they_are_typed(spoken: str) -> None:
    text = " ".join(columns_text(entries(), Paint(colour=False)).split())
    page = columns_markdown(entries())
    lost = [
        entry.header
        for entry, column in zip(entries(), COLUMNS, strict=True)
        for choices in ([", ".join(column.choices)] if entry.editable and entry.typed else [])
        if choices not in text or f"| {choices} |" not in page
    ]
    assert lost == []
    assert f"{REASONS}, staff" in text


def test_the_meaning_of_a_column_is_not_its_header(spoken: str) -> None:
    """`Of the line item: Title.` tells nothing to somebody who reads no English."""
    named = {entry.header: entry.header.partition(": ")[2] for entry in entries()}
    wrong = [entry.header for entry in entries() if f": {named[entry.header] or '?'}" in told(entry.meaning)]
    assert CATALOGUES.joinpath(spoken).is_dir()
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_what_is_to_be_written(code: str) -> None:
    wrong = [
        (message.id, lost)
        for message in translated(code, TOLD)
        if message.id and (lost := {word for word in to_write(str(message.id)) if word not in str(message.string)})
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_refusal_that_is_foreseen_is_told_whole(code: str) -> None:
    """Shopify's own English is for what it really answered; nobody is to need it to understand a plan."""
    foretold = [message for message in translated(code, TOLD) if str(message.id).startswith("Shopify would refuse: ")]
    english = {message.id: re.findall(r"(?:\b[a-z]+\b ?){4,}", str(message.id)[22:]) for message in foretold}
    left = [each.string for each in foretold for words in english[each.id] if words.strip() in str(each.string)]
    assert foretold
    assert left == []


def test_a_hole_in_a_place_to_write_says_so_by_its_name() -> None:
    """The extraction sees to it; a sentence that got past it would have its word translated."""
    wrong = [
        text
        for text in map(str, sentences())
        for found in HOLE.finditer(text)
        if is_to_write(text[: found.start()]) and not is_typed((found[1], "", ""))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("before", "literal"),
    [
        ("Write ", True),
        ("or write ", True),
        ("Write store credit in ", True),
        ("(--max-refunds '", True),
        ("--max-share ", True),
        ("Go on with it: bulk-orders apply ", True),
        ('Say it, such as --tab "', True),
        ("One of: ", True),
        ("Shopify wrote ", False),
        ("the customers' ", False),
        ("'NAME' is not ", False),
        ("The order has ", False),
    ],
)
def test_where_something_is_to_be_written(before: str, literal: bool) -> None:
    assert is_to_write(before) is literal
