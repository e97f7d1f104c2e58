"""A number and its word agree, in every view and every language: nothing is put beside a number in a fixed form."""

from __future__ import annotations

import re

import pytest
from counted import views_of
from pseudo import AGREES, speaking_in_brackets, text_of

from bulk_orders.language import ENGLISH, LANGUAGES, use
from bulk_orders.language.extraction import shown
from bulk_orders.language.speaking import SHOWN
from bulk_orders.language.update import translated

NAMES = tuple(views_of(0))
_LOOSE = rf"⟦(?!{AGREES}|\d)[^⟧]*⟧"
"""Chosen by no number, and none itself."""
_FIXED = re.compile(rf"(?<![\w#/.,:;-])\d(?:[\d.,\u00a0\u202f]*\d)? {_LOOSE}|<b>\d+</b><span>{_LOOSE}")
_BELOW = re.compile(r"⟦(?:changes?|deletions?|e-mails? to customers)(?: that cannot be undone)?⟧")
"""Words of sentences from below: English has chosen among them by their number, and each has its translation."""


def _said(name: str, many: int) -> str:
    view = views_of(many)[name]()
    return view if view.startswith("<!doctype") else " ".join(view.split())


@pytest.mark.parametrize("many", [0, 1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_no_word_stands_beside_a_number_in_a_fixed_form(name: str, many: int) -> None:
    with speaking_in_brackets():
        assert _FIXED.findall(_BELOW.sub("", _said(name, many))) == []


@pytest.mark.parametrize("name", NAMES)
def test_one_is_one_in_every_language(name: str) -> None:
    """English and Dutch say `0 orders`, French `0 commande`; a word after 1 is never that for many."""
    for code in LANGUAGES:
        use(code)
        try:
            many = _words_of_many(code)
            said = {count: text_of(_said(name, count)) or _said(name, count) for count in (0, 1)}
        finally:
            use(ENGLISH)
        for count in (0, 1) if code == "fr" else (1,):
            found = re.findall(rf"(?<![\w#/.,:;\u202f-]){count} ([^\W\d_]+(?: [^\W\d_]+)*)", said[count])
            assert [words for words in found if many & set(_beginnings(words))] == [], (code, count)


def test_a_sentence_with_a_number_and_a_noun_has_two_forms() -> None:
    """Units of measurement stay as they are, and what numbers something (`run 2 of this date`) is no count."""
    counted = re.compile(r"(?<!\brun )\{(?:count|number)\} (?!(?:s|min|h|kB|MB|%)(?![\w-]))[a-z]")
    assert [each for each in shown() if isinstance(each, str) and counted.search(each)] == []


def _words_of_many(code: str) -> set[str]:
    """What only follows many, of all that is counted: `orders`, `modifications effectuées`."""
    catalogue = [message for message in translated("fr" if code == ENGLISH else code, SHOWN) if message.pluralizable]
    pairs = [tuple(message.id if code == ENGLISH else message.string or ()) for message in catalogue]
    one, many = ({_after(pair[at]) for pair in pairs} - {""} for at in (0, 1))
    return many - one


def _after(text: str) -> str:
    found = re.match(r"\{count\} ([^\W\d_]+(?: [^\W\d_]+)*)", text)
    return found[1] if found else ""


def _beginnings(words: str) -> list[str]:
    parts = words.split()
    return [" ".join(parts[:end]) for end in range(1, len(parts) + 1)]
