"""The door for sentences from below: they come in English, and go out in the language that is spoken.

A sentence is recognised by its pattern in the catalogue, and what stands in its holes is told in turn: it may be a
sentence, a word or a list itself. What people wrote is left as it is. What nothing recognises stays English, and is
remembered, for the tests to ask.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, reduce
from gettext import NullTranslations
from itertools import chain

from bulk_orders.language.choosing import ENGLISH
from bulk_orders.language.figures import day, decimal, moment, money
from bulk_orders.language.speaking import TOLD, catalogue, language
from bulk_orders.language.templates import Template, fill, is_of_people, is_typed
from bulk_orders.language.words import CLAUSES, SKELETONS

_ENDS = re.compile(r"(?<=[.!?])\s+(?=\S)")
_BETWEEN = re.compile(r"(; |, | and | or )")
_OF_A_CELL = re.compile(r"\S '[^']*' [a-z]")
"""`Reason 'x' is none of a, b or c`: a sentence, though commas stand in it; a, b and c are to be typed."""
_CODE = re.compile(
    r"""[^a-z\s]+|'[^']*'|"[^"]*"|x-\S+|--\S+  # numbers, currencies, ids, flags, what stands in quotes
    |\w+_\w+|\[\w+\]|\S*\.\S*\w(?:\ \([\w-]+\))?      # scopes, names of files, of plans with their ids
    |[A-Z]\w*:\ .*|[A-Z][\w\ ]*\ \d+          # names of columns, and with how many cells""",
    re.VERBOSE,
)
_MONEY = re.compile(r"(-?\d[\d,]*(?:\.\d+)?) ([A-Z]{3})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?( UTC|Z|\+00:00)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GROUPED = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)")
_COUNTED = re.compile(r"(-?\d[\d,]*) ([a-z].*)", re.DOTALL)
_NAME = re.compile(r"\S*[/\\.\d]\S*(?: \([\da-f]{4}-[\da-f]{4}\))?")
"""A path, a file, an id: nothing that could be told."""
_WORDS = re.compile(r"[a-z]{2,}")
_LETTERS = re.compile(r"[^\W\d_]|[.;]")
_LONGEST = 4_000
"""Longer texts are somebody's, not ours."""
_MEMORY = 50_000
"""So many texts are remembered with how they were told: a plan says the same of many orders."""

missed: Counter[str] = Counter()
"""What was to be told and could not be, in this process."""
leaked: Counter[str] = Counter()
"""What stands in a sentence that was told, is ours by its place, and stayed English."""


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
    leaked.update(found.left)
    return found.text


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to understand a text: what it is in the other language, and what of it stayed English.

    `kept` is how many letters and stops stayed as they are, by right or not: who keeps least understands most.
    """

    text: str
    kept: int = 0
    left: tuple[str, ...] = ()


def _as_it_is(text: str) -> _Reading:
    """What people wrote, or are to write."""
    return _Reading(text, len(_LETTERS.findall(text)))


def _in_english(text: str) -> _Reading:
    """What nothing recognises; numbers, codes and names of columns are no English."""
    said = _WORDS.search(text) and not _CODE.fullmatch(text)
    return replace(_as_it_is(text), left=(text,) if said else ())


def _joined(text: str, parts: Iterable[_Reading]) -> _Reading:
    every = list(parts)
    return _Reading(text, sum(each.kept for each in every), tuple(left for each in every for left in each.left))


def _told(text: str, catalogue: NullTranslations) -> _Reading | None:
    return teller(catalogue).tell(text)


class _Book:
    """A catalogue in a form in which the sentence of a text is found without asking each."""

    def __init__(self, said: dict[str, str]) -> None:
        self.fixed = said
        self._by_word: dict[str, list[tuple[Template, str]]] = {}
        open_ = [Template(text) for text in said if "{" in text and text not in (*SKELETONS, CLAUSES)]
        frequency = Counter(word for template in open_ for word in template.words)
        for template in open_:
            if template.words:
                rarest = min(sorted(template.words), key=frequency.__getitem__)
                self._by_word.setdefault(rarest, []).append((template, said[template.text]))
        self.skeletons = [(Template(text), said.get(text, text)) for text in SKELETONS]

    def like(self, text: str) -> list[tuple[Template, str]]:
        """The sentences that this text may be, those that say most for certain first."""
        words = set(re.findall(r"[^\W\d_]+", text))
        found = [each for word in words for each in self._by_word.get(word, ()) if each[0].words <= words]
        return sorted(found, key=lambda each: (-each[0].letters, len(each[0].holes), each[0].text))


@lru_cache(maxsize=8)
def teller(catalogue: NullTranslations) -> _Teller:
    said = getattr(catalogue, "_catalog", {})
    return _Teller(_Book({text: spoken for text, spoken in said.items() if isinstance(text, str) and text and spoken}))


class _Teller:
    def __init__(self, book: _Book) -> None:
        self._book = book
        self._tell = lru_cache(maxsize=_MEMORY)(self._anew)
        self._ways = (
            (self._words, self._sentences, self._clauses, self._patterns),
            (self._otherwise, self._counted, self._listed, self._skeletons),
        )

    def tell(self, text: str) -> _Reading | None:
        """A text of ours in the other language; None if it is none of ours."""
        inner = text.strip()
        found = self._tell(inner) if 0 < len(inner) <= _LONGEST else None
        if found is None or len(inner) == len(text):
            return found
        return replace(found, text=text.replace(inner, found.text, 1))

    def _anew(self, text: str) -> _Reading | None:
        """The reading that keeps least of it, the first of those that keep as little.

        The later ways are asked only where the earlier ones leave something in English.
        """
        figure = self._figure(text) or self._book.fixed.get(text)
        if figure:
            return _Reading(figure)
        best: _Reading | None = None
        for ways in self._ways:
            for reading in chain.from_iterable(way(text) for way in ways):
                if best is None or reading.kept < best.kept:
                    best = reading
                if not best.kept:
                    return best
            if best is not None and not best.left:
                return best
        return best

    @staticmethod
    def _figure(text: str) -> str | None:
        """An amount or a time: it stands in no catalogue."""
        if not (text[:1].isdigit() or text[:1] == "-"):
            return None
        if found := _MONEY.fullmatch(text):
            return money(found[1], found[2])
        if found := _MOMENT.fullmatch(text):
            spoken = _time(text, moment)
            return spoken if found[1] or spoken is None else spoken.removesuffix(" UTC")
        if _DAY.fullmatch(text):
            return _time(text, day)
        return decimal(text) if _GROUPED.fullmatch(text) else None

    def _words(self, text: str) -> Iterator[_Reading]:
        """`open, 2 items, paid`: nothing but words and counts of ours, which no sentence may swallow."""
        words = [self._word(part) for part in text.split(", ")]
        if len(words) > 1 and all(words):
            yield _Reading(", ".join(filter(None, words)))

    def _word(self, text: str) -> str | None:
        fixed = self._book.fixed.get(text)
        counted = (each.text for each in self._counted(text)) if fixed is None else ()
        return fixed or next(iter(counted), None)

    def _patterns(self, text: str) -> Iterator[_Reading]:
        """By the sentences that look like it."""
        for template, spoken in self._book.like(text):
            ends = text.endswith(".") and not template.literals[-1]  # its full stop is not what stands in a hole
            holes = None if ends else template.read(text)
            if holes is not None:
                yield self._filled(template, spoken, holes)

    def _filled(self, template: Template, spoken: str, holes: Mapping[str, str]) -> _Reading:
        kinds = {hole[0]: hole for hole in template.holes}
        read = {name: self._value(kinds[name], value) for name, value in holes.items()}
        return _joined(fill(spoken, {name: reading.text for name, reading in read.items()}), read.values())

    def _value(self, hole: tuple[str, str, str], value: str) -> _Reading:
        if is_typed(hole):
            return replace(_as_it_is(value), text=self._to_write(value))
        if is_of_people(hole) or value[:1] in "'\"":
            return _as_it_is(value)
        return self.tell(value) or _in_english(value)

    def _to_write(self, value: str) -> str:
        """What is to be written stays as it is; between several, `or` is a word of the sentence."""
        return value.replace(" or ", f" {self._book.fixed.get('or', 'or')} ")

    def _sentences(self, text: str) -> Iterator[_Reading]:
        """Several, one after the other: each must be ours."""
        for end in _ENDS.finditer(text):
            first = self.tell(text[: end.start()])
            after = self.tell(text[end.end() :]) if first else None
            if first and after:
                yield _joined(f"{first.text} {after.text}", (first, after))

    def _clauses(self, text: str) -> Iterator[_Reading]:
        """`this; that`: each must be ours."""
        clauses = text.split("; ")
        spoken = [each for each in map(self.tell, clauses) if each] if len(clauses) > 1 else []
        if spoken and len(spoken) == len(clauses):
            between = self._book.fixed.get(CLAUSES, CLAUSES)
            told = reduce(lambda one, other: fill(between, {"first": one, "second": other}), (c.text for c in spoken))
            yield _joined(told, spoken)

    def _otherwise(self, text: str) -> Iterator[_Reading]:
        """With or without its full stop, or with another first letter: what is a sentence here and a part there."""
        turned = [text[:1].swapcase() + text[1:]] if text[:1].isascii() and text[:1].isalpha() else []
        forms = [(form, "", "") for form in turned]
        if text.endswith("."):
            forms += [(form[:-1], "", ".") for form in (text, *turned)]
        elif text[-1].isalnum() or text[-1] == ")":
            forms += [(f"{form}.", ".", "") for form in (text, *turned)]
        for form, added, lacking in forms:
            for reading in self._as_it_stands(form):
                spoken = reading.text.removesuffix(added) + lacking
                first = spoken[:1].upper() if text[:1].isupper() else spoken[:1].lower()
                yield replace(reading, text=(spoken[:1] if form[:1] == text[:1] else first) + spoken[1:])

    def _as_it_stands(self, text: str) -> Iterator[_Reading]:
        fixed = self._book.fixed.get(text)
        if fixed:
            yield _Reading(fixed)
        else:
            yield from self._patterns(text)

    def _counted(self, text: str) -> Iterator[_Reading]:
        """`3 days`: a figure with a word of ours."""
        found = _COUNTED.fullmatch(text)
        spoken = self._book.fixed.get(f"{{count}} {found[2]}") if found else None
        if found and spoken:
            yield _Reading(fill(spoken, {"count": self._figure(found[1]) or found[1]}))

    def _listed(self, text: str) -> Iterator[_Reading]:
        """`a, b and c`, where some of it is ours, or all of it codes and names of columns."""
        parts = _BETWEEN.split(text)
        if len(parts) < 2 or _OF_A_CELL.search(parts[0]):
            return
        items = parts[::2]
        told = [None if _BETWEEN.search(part) else self.tell(part) for part in items]
        if not (any(told) or all(_CODE.fullmatch(part) for part in items)):
            return
        words = [self._book.fixed.get(each.strip()) for each in parts[1::2]]
        between = [f" {word} " if word else said for word, said in zip(words, parts[1::2], strict=True)]
        shown = [new or _in_english(old) for new, old in zip(told, items, strict=True)]
        listed = "".join(f"{item.text}{after}" for item, after in zip(shown, [*between, ""], strict=True))
        yield _joined(listed, shown)

    def _skeletons(self, text: str) -> Iterator[_Reading]:
        """What has no words of its own: only where all of it but names is ours."""
        for template, spoken in self._book.skeletons:
            holes = template.read(text)
            ours = [hole[0] for hole in template.holes if not is_of_people(hole)]
            if holes is not None and all(self.tell(holes[name]) for name in ours):
                yield self._filled(template, spoken, holes)


def _time(text: str, shown: Callable[[datetime], str]) -> str | None:
    try:
        return shown(datetime.fromisoformat(text.replace(" UTC", "+00:00")))
    except ValueError:
        return None
