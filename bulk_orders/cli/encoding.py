"""Words on a terminal or in a pipe that cannot write all of them: an old code page, a machine set to ASCII.

A sign that is missing gets its plain form, a letter its number, as JSON writes it (so that --json stays JSON). Nothing
ends for the sake of a letter in somebody's name, and a question mark, which means something, stands for nothing else.
"""

from __future__ import annotations

import codecs
import io
import sys

_PLAIN = {
    "✓": "+",
    "✗": "x",
    "→": "->",
    "…": "...",
    "█": "#",
    "–": "-",
    "’": "'",
    "“": '"',
    "”": '"',
    "·": "-",
    "×": "x",
}
_PLAIN |= {"«": '"', "»": '"', "\u00a0": " ", "\u202f": " "}
_NAME = "bulk-orders-plainly"


def encode_plainly() -> None:
    """Have stdout and stderr write what they can of every text."""
    codecs.register_error(_NAME, _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_NAME)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(character) or _numbered(character) for character in missing), error.end


def _numbered(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
