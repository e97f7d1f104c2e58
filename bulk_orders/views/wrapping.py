"""Text of a terminal's width: 88 cells at most, of which a Chinese character takes two and an accent of its own none.

`textwrap` counts characters, so a wide name would run over the edge and push the columns beside it out of line. While
lines are made, each character is taken together with the accents that stand on it, and a wide one is given a companion:
so counting comes out right, and no character is halved.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator

WIDTH = 88
"""No line is wider, however wide the terminal: longer ones are hard to read."""
NARROWEST = 32
"""On what is narrower yet, the terminal breaks lines itself."""
ISOLATE, END = "\u2068", "\u2069"
"""Around a text that runs from right to left, so that it turns nothing around on its line (FSI and PDI)."""
_COMPANION = "\ue000"
"""From the private area, as are the stand-ins: nothing that a person writes, and no place where a line is broken."""
_STAND_INS = 0xF0000


class _Screen:
    """What is written on now; one for the whole process, set before its first line."""

    width = WIDTH


def fit(columns: int | None) -> None:
    """Have lines fit a terminal of so many columns; None where there is none."""
    _Screen.width = WIDTH if columns is None else max(NARROWEST, min(WIDTH, columns))


def width() -> int:
    """How many cells a line has."""
    return _Screen.width


def cells(text: str) -> int:
    """How many cells of a terminal a text on one line takes."""
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def padded(text: str, width: int) -> str:
    """A text with blanks behind it up to `width` cells."""
    return text + " " * max(0, width - cells(text))


def isolated(text: str) -> str:
    """A text that may run from right to left, so that what stands beside it stays where it is."""
    if text.isascii() or not any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in text):
        return text
    return f"{ISOLATE}{text}{END}"


def wrap(
    text: str,
    *,
    initial_indent: str = "",
    subsequent_indent: str = "",
    break_on_hyphens: bool = True,
    break_long_words: bool = True,
) -> list[str]:
    """As textwrap.wrap, in cells, to the width of the screen. No blank at a line's end is lost, no character halved."""
    stand_ins: dict[str, str] = {}
    shown = text if text.isascii() else "".join(_stand_in(cluster, stand_ins) for cluster in _clusters(text))
    lines = textwrap.wrap(
        shown,
        width() - (_COMPANION in shown),  # a long word may be cut between a character and its companion
        initial_indent=initial_indent,
        subsequent_indent=subsequent_indent,
        break_on_hyphens=break_on_hyphens,
        break_long_words=break_long_words,
    )
    if not stand_ins:
        return lines
    back = str.maketrans(stand_ins | {_COMPANION: ""})
    return list(_closed(line.translate(back) for line in lines))


def _clusters(text: str) -> Iterator[str]:
    """Characters with what takes no room of its own: behind them, or before, as the beginning of an isolate does."""
    cluster = ""
    for character in text:
        begins = _width(character) > 0 or character == ISOLATE or cluster == " "
        if cluster and begins and not _only_marks(cluster):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _only_marks(text: str) -> bool:
    return all(_width(character) == 0 for character in text)


def _stand_in(cluster: str, stand_ins: dict[str, str]) -> str:
    taken = cells(cluster)
    if len(cluster) == taken == 1:
        return cluster
    found = chr(_STAND_INS + len(stand_ins))
    stand_ins[found] = cluster
    return f"{found}{_COMPANION}" if taken == 2 else found


def _closed(lines: Iterator[str]) -> Iterator[str]:
    """Each line with the isolates that it is in opened and ended on itself: a terminal knows one line at a time."""
    inside = 0
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        opened = f"{line[:indent]}{ISOLATE * inside}{line[indent:]}"
        inside = max(0, inside + line.count(ISOLATE) - line.count(END))
        yield f"{opened}{END * inside}"
