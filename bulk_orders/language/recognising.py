"""The door for sentences from below: they come in English, and go out in the language that is spoken.

A sentence is recognised by its pattern in the catalogue, and what stands in its holes is told in turn: it may be a
sentence, a word or a list itself. What people wrote is left as it is. What nothing recognises stays English, and is
remembered, for the tests to ask.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations

from bulk_orders.language.choosing import ENGLISH
from bulk_orders.language.figures import day, decimal, moment, money
from bulk_orders.language.speaking import TOLD, catalogue, language
from bulk_orders.language.templates import Template, fill, is_number, is_of_people

_ENDS = re.compile(r"(?<=[.!?])\s+(?=\S)")
_BETWEEN = re.compile(r"(; |, | and | or )")
_CODE = re.compile(r"[^a-z\s]+|'[^']*'|\"[^\"]*\"|x-\S+|--\S+")
_MONEY = re.compile(r"(-?\d[\d,]*(?:\.\d+)?) ([A-Z]{3})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z|\+00:00)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GROUPED = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)")
_NAME = re.compile(r"\S*[/\\.\d]\S*(?: \([\da-f]{4}-[\da-f]{4}\))?")
"""A path, a file, an id: nothing that could be told."""
_BEFORE = (
    re.compile(r"""([A-Z][^'"]* (?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") )(.+)(\.)"""),
    re.compile(r"([\w.-]+\.toml: )(.+)()"),
)
"""Sentences that are nothing but holes: a cell by its header, or a file, and what is told of it, which must be ours."""
_LONGEST = 4_000
"""Longer texts are somebody's, not ours."""
_DEEPEST = 6

missed: Counter[str] = Counter()
"""What was to be told and could not be, in this process."""


class Spoken(str):
    """A text that comes in the language that is spoken already: what click says, for one."""

    __slots__ = ()


def told(text: str) -> str:
    """A sentence, several, or a word of ours, from below; in English it comes back as it is."""
    if language() == ENGLISH or not text or text.isspace() or isinstance(text, Spoken):
        return text
    found = _told(text, catalogue(TOLD))
    if found is None:
        if not _NAME.fullmatch(text):
            missed[text] += 1
        return text
    return found


@lru_cache(maxsize=50_000)
def _told(text: str, catalogue: NullTranslations) -> str | None:
    return _Teller(_book(catalogue)).tell(text)


class _Book:
    """A catalogue in a form in which the sentence of a text is found without asking each."""

    def __init__(self, said: dict[str, str]) -> None:
        self.fixed: dict[str, str] = {}
        self._by_word: dict[str, list[tuple[Template, str]]] = {}
        open_ = [Template(text) for text in said if "{" in text]
        self.fixed = {text: spoken for text, spoken in said.items() if "{" not in text}
        frequency = Counter(word for template in open_ for word in template.words)
        for template in open_:
            if template.words:
                rarest = min(sorted(template.words), key=frequency.__getitem__)
                self._by_word.setdefault(rarest, []).append((template, said[template.text]))

    def like(self, text: str) -> Iterator[tuple[Template, str]]:
        """The sentences that this text may be, those that say most for certain first."""
        words = set(re.findall(r"[^\W\d_]+", text))
        found = [each for word in words for each in self._by_word.get(word, ())]
        return iter(sorted(found, key=lambda each: (-each[0].letters, len(each[0].holes), each[0].text)))


@lru_cache(maxsize=8)
def _book(catalogue: NullTranslations) -> _Book:
    said = getattr(catalogue, "_catalog", {})
    return _Book({text: spoken for text, spoken in said.items() if isinstance(text, str) and text and spoken})


class _Teller:
    def __init__(self, book: _Book) -> None:
        self._book = book

    def tell(self, text: str, depth: int = 0) -> str | None:
        """A text of ours in the other language; None if it is none of ours."""
        inner = text.strip()
        if not inner or len(inner) > _LONGEST or depth > _DEEPEST:
            return None
        spoken = self._figure(inner)
        for way in (self._word, self._words, self._sentence, self._sentences, self._of_something, self._listed):
            spoken = spoken or way(inner, depth)
        return None if spoken is None else text.replace(inner, spoken, 1)

    @staticmethod
    def _figure(text: str) -> str | None:
        """An amount or a time: it stands in no catalogue."""
        if found := _MONEY.fullmatch(text):
            return money(found[1], found[2])
        if _MOMENT.fullmatch(text):
            return _time(text, moment)
        if _DAY.fullmatch(text):
            return _time(text, day)
        return decimal(text) if _GROUPED.fullmatch(text) else None

    def _words(self, text: str, _depth: int) -> str | None:
        """`open, 2 items, paid`: nothing but words and numbers of ours, which no sentence may swallow."""
        words = [self._word(part) for part in text.split(", ")]
        return ", ".join(filter(None, words)) if len(words) > 1 and all(words) else None

    def _word(self, text: str, _depth: int = 0) -> str | None:
        """By its words alone, or with its numbers."""
        found = self._book.fixed.get(text)
        if found or " " not in text:
            return found
        counting = (each for each in self._book.like(text) if all(map(is_number, each[0].holes)))
        read = ((spoken, template.read(text)) for template, spoken in counting)
        return next((fill(spoken, holes) for spoken, holes in read if holes is not None), None)

    def _sentence(self, text: str, depth: int) -> str | None:
        """By its words alone, or by its pattern."""
        fixed = self._book.fixed.get(text)
        if fixed:
            return fixed
        for template, spoken in self._book.like(text):
            holes = template.read(text)
            if holes is not None:
                kinds = {hole[0]: hole for hole in template.holes}
                return fill(spoken, {name: self._value(kinds[name], value, depth) for name, value in holes.items()})
        return None

    def _value(self, hole: tuple[str, str, str], value: str, depth: int) -> str:
        if is_number(hole):
            return decimal(value) if _GROUPED.fullmatch(value) else value
        if is_of_people(hole) or value[:1] in "'\"":
            return value
        return self.tell(value, depth + 1) or value

    def _sentences(self, text: str, depth: int) -> str | None:
        """Several, one after the other: each must be ours, the longest first."""
        for end in reversed(list(_ENDS.finditer(text))):
            first = self._sentence(text[: end.start()], depth)
            if first is not None:
                rest = text[end.end() :]
                after = self._sentence(rest, depth) or self._sentences(rest, depth)
                if after is not None:
                    return f"{first} {after}"
        return None

    def _of_something(self, text: str, depth: int) -> str | None:
        """`Action 'cancle' holds a word that is no action.`"""
        for pattern in _BEFORE:
            if found := pattern.fullmatch(text):
                what = self.tell(found[2], depth + 1)
                if what is not None:
                    return f"{found[1]}{what}{found[3]}"
        return None

    def _listed(self, text: str, depth: int) -> str | None:
        """`a, b and c`, where some of it is ours, or all of it codes and names of columns."""
        parts = _BETWEEN.split(text)
        if len(parts) < 2:
            return None
        spoken = [self._sentence(part, depth) or self._figure(part) for part in parts[::2]]
        if not (any(spoken) or all(_CODE.fullmatch(part) for part in parts[::2])):
            return None
        words = [self._book.fixed.get(each.strip()) for each in parts[1::2]]
        between = [f" {word} " if word else said for word, said in zip(words, parts[1::2], strict=True)]
        shown = [new or old for new, old in zip(spoken, parts[::2], strict=True)]
        return "".join(each for pair in zip(shown, [*between, ""], strict=True) for each in pair)


def _time(text: str, shown: Callable[[datetime], str]) -> str | None:
    try:
        return shown(datetime.fromisoformat(text.replace(" UTC", "+00:00")))
    except ValueError:
        return None
