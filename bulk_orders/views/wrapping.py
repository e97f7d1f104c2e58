"""Text of a terminal's width: 88 cells, of which a Chinese character takes two and an accent of its own none.

`textwrap` counts characters, so a wide name would run over the edge and push the columns beside it out of line. Each
wide character is given a companion while lines are made, so that counting comes out right, and loses it again.
"""

from __future__ import annotations

import textwrap
import unicodedata

WIDTH = 88
_COMPANION = "\ue000"
"""From the private area: nothing that a person writes, and no place where a line is broken."""


def cells(text: str) -> int:
    """How many cells of a terminal a text on one line takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return 2
    return 0 if unicodedata.category(character) in {"Mn", "Me", "Cf"} else 1


def padded(text: str, width: int) -> str:
    """A text with blanks behind it up to `width` cells."""
    return text + " " * max(0, width - cells(text))


def wrap(
    text: str,
    width: int = WIDTH,
    *,
    initial_indent: str = "",
    subsequent_indent: str = "",
    break_on_hyphens: bool = True,
    break_long_words: bool = True,
) -> list[str]:
    """As textwrap.wrap, in cells. Where a line ends no blank is lost and no character halved."""
    shown = text if text.isascii() else "".join(_accompanied(character) for character in text)
    lines = textwrap.wrap(
        shown,
        width - (_COMPANION in shown),  # a long word may be cut between a character and its companion
        initial_indent=initial_indent,
        subsequent_indent=subsequent_indent,
        break_on_hyphens=break_on_hyphens,
        break_long_words=break_long_words,
    )
    return [line.replace(_COMPANION, "") for line in lines]


def _accompanied(character: str) -> str:
    return f"{character}{_COMPANION}" if _width(character) == 2 else character
