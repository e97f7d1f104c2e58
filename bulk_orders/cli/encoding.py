"""Words on a terminal or in a pipe that cannot write all of them: an old code page, a machine set to ASCII.

A sign that is missing gets its plain form, a letter loses its accent, any other letter becomes its number, as JSON
writes it. In JSON itself every one becomes its number, so that it stays what it is. Nothing ends for the sake of a
letter in somebody's name, and a question mark, which means something, stands for nothing else.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

PLAIN = {
    "✓": "+",
    "✗": "x",
    "→": "->",
    "⏎": "/",
    "…": "...",
    "█": "#",
    "━": "#",
    "─": "-",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "·": "-",
    "×": "x",
    "€": "EUR",
    "œ": "oe",
    "Œ": "OE",
    "\u2009": " ",
    "\u202f": " ",
    "\u00a0": " ",
    "\u2068": "",
    "\u2069": "",
}
"""What our own sentences are written with, in every language: the signs, and what keeps words together or apart."""
_FOR_PEOPLE, _FOR_PROGRAMS = "bulk-orders-plainly", "bulk-orders-exactly"


def encode_plainly(*, json: bool = False) -> None:
    """Have stdout and stderr write what they can of every text; with `json` what stdout says is read by a program."""
    codecs.register_error(_FOR_PEOPLE, _plainly)
    codecs.register_error(_FOR_PROGRAMS, _exactly)
    for stream, errors in ((sys.stdout, _FOR_PROGRAMS if json else _FOR_PEOPLE), (sys.stderr, _FOR_PEOPLE)):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    missing, end, encoding = _missing(error)
    return "".join(_plain(character, encoding) for character in missing), end


def _exactly(error: UnicodeError) -> tuple[str, int]:
    missing, end, _ = _missing(error)
    return "".join(map(_numbered, missing)), end


def _missing(error: UnicodeError) -> tuple[str, int, str]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end], error.end, error.encoding


def _plain(character: str, encoding: str) -> str:
    found = PLAIN.get(character)
    if found is None:
        found = "".join(each for each in unicodedata.normalize("NFD", character) if not unicodedata.combining(each))
    try:
        found.encode(encoding)
    except UnicodeEncodeError:
        return _numbered(character)
    return found


def _numbered(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
