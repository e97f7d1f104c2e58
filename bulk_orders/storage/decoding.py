"""Bytes to text by rule, never by statistics: those were wrong on every French and Dutch sample (spreadsheets.md 3).

A BOM says it; else strict UTF-8; else UTF-16 by its pattern of zeros; else cp1252, which fits nearly anything, so
a notice shows three words that came of it. What does not decode exactly is refused with its row, never patched up.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace

from bulk_orders.core.problems import Notice, Problem
from bulk_orders.errors import Misused, SheetInvalid

_SAVE_AS_UTF8 = "Save it as .xlsx, or as CSV UTF-8; or name the encoding with --encoding, such as --encoding cp1252."
_SAVE = "Save it as .xlsx, or as CSV UTF-8; or name the encoding with --encoding."


def as_utf8(data: bytes, encoding: str | None = None) -> tuple[bytes, list[Notice]]:
    """A file's text as UTF-8 without a BOM, from the encoding that is named or by rule.

    SheetInvalid where a byte does not fit. UTF-8 is checked piece by piece and kept as it is, since as a text a large
    sheet would take four times the memory.
    """
    if encoding is not None:
        codec = _named(encoding)
        return (_checked(data) if codec == "utf-8" else _strictly(data, codec, encoding)), []
    if data.startswith(codecs.BOM_UTF8):
        return _checked(data), []
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _strictly(data, "utf-32", "UTF-32"), []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(data, "utf-16", "UTF-16"), []
    head = data[:400]
    if head.count(0) > len(head) // 4:
        little = head[1::2].count(0) > head[::2].count(0)
        return _strictly(data, "utf-16-le" if little else "utf-16-be", "UTF-16"), []
    if _first_misfit(data) is None:
        return data, []
    try:
        text = _strictly(data, "cp1252", "UTF-8 nor Western European (cp1252)")
    except SheetInvalid as error:
        raise _with_mac_hint(error, data) from None
    return text, [_shown(text.decode(), data)]


_PIECE = 1 << 20


def _first_misfit(data: bytes) -> int | None:
    """Where bytes stop being UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data) or 1, _PIECE):
        try:
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            return max(0, start + error.start - (len(error.object) - len(data[start : start + _PIECE])))
    return None


def _checked(data: bytes) -> bytes:
    plain = data.removeprefix(codecs.BOM_UTF8)
    misfit = _first_misfit(plain)
    if misfit is not None:
        raise _misfit(plain, misfit, "UTF-8")
    return plain


def _named(encoding: str) -> str:
    fix = "Name one such as utf-8, cp1252, utf-16, macroman."
    try:
        name = codecs.lookup(encoding).name
        written = "ID,;1".encode(name).replace(b"\0", b"")
    except (LookupError, ValueError, TypeError):
        raise Misused(f"There is no encoding {encoding!r}.", fix=fix) from None
    if name in _NO_TEXTS or not written.endswith(b"ID,;1"):
        raise Misused(f"{encoding!r} is no encoding that spreadsheets write texts in.", fix=fix)
    return name


_NO_TEXTS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"})
"""What Python calls encodings beside those of texts: ways to write other letters in ASCII."""


def _strictly(data: bytes, codec: str, called: str) -> bytes:
    try:
        return data.decode(codec).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise _misfit(error.object, error.start, called) from None
    except UnicodeEncodeError:
        raise _misfit(data, 0, called) from None  # half a surrogate pair
    except UnicodeError as error:  # not every codec says where
        raise SheetInvalid(
            "The file cannot be read as text.", [Problem(0, None, None, f"The text is not {called}.", _SAVE_AS_UTF8)]
        ) from error


def _misfit(data: bytes, at: int, called: str) -> SheetInvalid:
    row = data.count(b"\n", 0, at) + 1
    what = f"The text is not {called}: byte {data[at]:#04x} does not fit."
    return SheetInvalid("The file cannot be read as text.", [Problem(row, None, None, what, _SAVE_AS_UTF8)])


def _shown(text: str, data: bytes) -> Notice:
    mac = f" On a Mac it may have been {_words_of_a_mac(data)} (--encoding macroman)." if _ODD.search(data) else ""
    return Notice(
        f"The file is not UTF-8; it was read as Western European (cp1252), which gives {_words(text)}. "
        f"If that is wrong, name the encoding with --encoding.{mac}"
    )


_ODD = re.compile(rb"[A-Za-z\x80-\xff][\x81-\x84\x86-\x90\x98\x99\x9b\x9d-\x9f][a-z]|[a-z][\x8e\x8f\x88](?![A-Za-z])")
"""Signs within words that cp1252 has no letters for, or ones that are rare there; a Mac's accents are among them."""


def _words(text: str) -> str:
    words = list(dict.fromkeys(re.findall(r"\w*[^\x00-\x7f]\w*", text)))[:3]
    return ", ".join(repr(word) for word in words)


def _words_of_a_mac(data: bytes) -> str:
    """The words in which the odd signs stand, as an old Mac would have meant them."""
    begun = _ODD.search(data)
    at = begun.start() if begun else 0
    return _words(data[data.rfind(b"\n", 0, at) + 1 : at + 400].decode("mac_roman"))


def _with_mac_hint(error: SheetInvalid, data: bytes) -> SheetInvalid:
    """What a Mac would have meant by the bytes that do not fit."""
    (problem,) = error.problems
    misfit = next(at for at, byte in enumerate(data) if byte in b"\x81\x8d\x8f\x90\x9d")
    around = data[max(0, misfit - 30) : misfit + 30].decode("mac_roman")
    word = next(
        (word for word in re.findall(r"\w+", around) if data[misfit : misfit + 1].decode("mac_roman") in word), ""
    )
    hint = f" If it was saved on a Mac, {word!r} may be meant: --encoding macroman." if word else ""
    return SheetInvalid(error.what, [replace(problem, fix=f"{_SAVE}{hint}")])
