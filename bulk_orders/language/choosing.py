"""Which language: `--lang`, else the environment, else English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ENGLISH = "en"
LANGUAGES = (ENGLISH, "fr", "nl")
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX asks them; the first that is set and not empty decides."""
_FLAG = "--lang"


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """The language of one call: read before anything is parsed, so that help and wrong usage are told in it too."""
    said = _flag(arguments)
    if said is not None:
        return _known(said)
    return _known(next(filter(None, map(environment.get, _VARIABLES)), ""))


def _flag(arguments: Sequence[str]) -> str | None:
    """The last `--lang` before `--`, which is the one that click takes."""
    found = None
    for at, each in enumerate(arguments):
        if each == "--":
            break
        if each == _FLAG and at + 1 < len(arguments):
            found = arguments[at + 1]
        elif each.startswith(f"{_FLAG}="):
            found = each.partition("=")[2]
    return found


def _known(name: str) -> str:
    """`fr_BE.UTF-8` is French; what we do not speak is English, and so is a wrong `--lang`, which click refuses."""
    code = name.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else ENGLISH
