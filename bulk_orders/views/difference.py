"""What differs between two texts, word by word, so that an eye finds it in a long note.

Texts that have little in common are marked whole: a patchwork of single words would be harder to read. So are the
middles of very long ones, where comparing would cost more than it helps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces; the flag says whether a piece is not in the other text."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST = 2_500
_ALIKE = 0.35


@lru_cache(maxsize=4096)
def differences(before: str, after: str) -> tuple[Marked, Marked]:
    """Both texts in pieces; put together they are the texts again."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    same = [False] * len(old), [False] * len(new)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    for words, flags in zip((old, new), same, strict=True):
        flags[:head] = [True] * head
        flags[len(words) - tail :] = [True] * tail
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle[0]) * len(middle[1]) <= _MOST:
        for a, b, size in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
            same[0][head + a : head + a + size] = [True] * size
            same[1][head + b : head + b + size] = [True] * size
    if _share(old, same[0]) < _ALIKE and _share(new, same[1]) < _ALIKE:
        return _whole(before), _whole(after)
    return _pieces(old, same[0]), _pieces(new, same[1])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _share(words: Sequence[str], same: Sequence[bool]) -> float:
    """How much of a text the other has too, blanks not counted."""
    letters = sum(len(word.strip()) for word in words)
    return sum(len(w.strip()) for w, also in zip(words, same, strict=True) if also) / letters if letters else 0.0


def _whole(text: str) -> Marked:
    return ((text, True),) if text else ()


def _pieces(words: Sequence[str], same: Sequence[bool]) -> Marked:
    runs = groupby(zip(words, same, strict=True), key=lambda pair: pair[1])
    return tuple(("".join(word for word, _ in run), not also) for also, run in runs)
