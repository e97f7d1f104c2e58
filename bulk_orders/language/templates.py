"""A sentence with holes, as catalogues have it: `{order} has no line {line}.`, and how one is recognised in a text.

Shared by the extraction, which keeps out what could not be recognised, and by the recognising itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

HOLE = re.compile(r"\{([a-z_][a-z0-9_]*)(![rsa])?(:[^{}]*)?\}")
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST_LETTERS = 4

_NUMBERS = re.compile(r"(.*_)?(count|number|units|rows|cells|days|percent|height|quantity)")
_NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?(?: [A-Z]{3})?"
"""A figure, or an amount: what a name promises to be a number may be money all the same."""
_REPR = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d[\d.]*|True|False|None|[\w.]*(?:\[.*?\]|\{.*?\}|\(.*?\)))"
"""What `!r` writes."""
_VERB = r"[a-z]+(?:[_ ][a-z]+)?"
_OF_PEOPLE = re.compile(
    r"(.*_)?(name|names|tagged|path|file|folder|company|location|gateway|place|places|owner|url|header|header_2|column|key"
    r"|home|note|title|domain|shop|origin|tag|tags|id|gid|marker|address|word|words|email|phone|carrier|word_2|app|channel|title|elsewhere|closed_place)"
)
_IDS = re.compile(r"(.*_)?g?id")
_VERBS = re.compile(r"(.*_)?(action|deed|verb)")
TYPED = "typed_"
"""How the name of a hole begins whose value is to be written letter for letter: in a cell, a file or a command."""
_TO_WRITE = re.compile(
    r"""\b(?:[Ww]rite|type|pass|Unset\ it,\ or\ write)\ (?:(?:any|one(?:\ or\ several)?)\ of:?\ |do\ =\ one\ of:\ )?$
    |(?<![\w-])--[a-z][-a-z]*[ =]$              # the value of a flag
    |\b(?:Set\ [A-Z_]+|set\ it)\ to\ $
    |\bbulk-orders\ [a-z]+(?:\ [^.,;:]*)?\ $    # a word of a command
    |\b[Ww]rite\ [^.;:]*\ in\ $                # a column
    |\bOne\ of:?\ $|\bKnown\ keys:\ $|\bDid\ you\ mean\ $
    |(?<!\w)'[^']*$|["`]                        # a quote that is open still""",
    re.VERBOSE,
)
_IN_QUOTES = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"|`[^`]*`")


@dataclass(frozen=True)
class Template:
    """A sentence of the catalogue."""

    text: str

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """What stands between the holes: one more than there are holes, and any may be empty."""
        return tuple(HOLE.split(self.text)[:: HOLE.groups + 1])

    @cached_property
    def holes(self) -> tuple[tuple[str, str, str], ...]:
        """(name, conversion, format) of each, in order."""
        return tuple((found[1], found[2] or "", found[3] or "") for found in HOLE.finditer(self.text))

    @cached_property
    def letters(self) -> int:
        """How many letters it says for certain: what tells it from other sentences."""
        return sum(len(word) for literal in self.literals for word in _WORD.findall(literal))

    @property
    def vague(self) -> bool:
        """Too little of it is certain for it to be recognised."""
        return self.letters < _FEWEST_LETTERS or not (self.words or not self.holes)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its whole words: those that no hole can be a part of."""
        found: set[str] = set()
        last = len(self.literals) - 1
        for at, literal in enumerate(self.literals):
            for word in _WORD.finditer(literal):
                open_left = at > 0 and word.start() == 0
                open_right = at < last and word.end() == len(literal)
                if not (open_left or open_right):
                    found.add(word[0])
        return frozenset(found)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts, seen = [re.escape(self.literals[0])], set()
        for hole, literal in zip(self.holes, self.literals[1:], strict=True):
            name = hole[0]
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{_inside(hole)})")
            parts.append(re.escape(literal))
            seen.add(name)
        return re.compile("".join(parts), re.DOTALL)

    def read(self, text: str) -> dict[str, str] | None:
        """What stands in its holes in this text; None for another sentence."""
        found = self._pattern.fullmatch(text)
        return found.groupdict() if found else None


def _inside(hole: tuple[str, str, str]) -> str:
    """What a hole may hold, as a pattern: nothing too, where a part of a sentence is not always said."""
    if is_number(hole):
        return _NUMBER
    if hole[1] == "!r":
        return _REPR
    if _VERBS.fullmatch(hole[0]):
        return _VERB
    if hole[0] == "toml_file":
        return r"[\w.-]+\.toml"
    if _IDS.fullmatch(hole[0]):
        return r"\S+?"
    return ".+" if hole[0] == "app" else ".*?"  # "by Name (of the app) (reason)": a name may have what a sentence has


def is_to_write(before: str) -> bool:
    """Whether what comes after these words of a sentence is to be written letter for letter: never told, never rounded.

    After `Write`, after a flag, in a command, after `One of`, and inside quotes or backquotes of any kind.
    """
    return _TO_WRITE.search(_IN_QUOTES.sub("q", before)) is not None


def is_typed(hole: tuple[str, str, str]) -> bool:
    """Whether a hole holds what somebody is to write letter for letter."""
    return hole[0].startswith(TYPED)


def is_number(hole: tuple[str, str, str]) -> bool:
    """Whether a hole holds a figure or an amount and nothing else."""
    name, conversion, form = hole
    if conversion:
        return False
    if form:
        return not form.startswith(":%") and not form.endswith("x")
    return not is_typed(hole) and _NUMBERS.fullmatch(name) is not None


def is_of_people(hole: tuple[str, str, str]) -> bool:
    """Whether a hole holds what somebody wrote (in quotes, or a name): that is never translated."""
    name, conversion, _ = hole
    return conversion == "!r" or _OF_PEOPLE.fullmatch(name) is not None


def fill(text: str, values: Mapping[str, str]) -> str:
    """A translated sentence with its holes filled; values are texts, whatever a hole says of their form."""
    return HOLE.sub(lambda found: values[found[1]], text)
