"""The language that is spoken now, and its catalogues.

One language for the whole process, as in gettext itself: set once for each call of the program, before its first word.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations, bindtextdomain, textdomain
from pathlib import Path

from bulk_orders.language.choosing import ENGLISH

CATALOGUES = Path(__file__).with_name("catalogues")
SHOWN = "shown"
"""What views and the command line say themselves."""
TOLD = "told"
"""What comes from below."""
CLICK = "click"
"""What click says by itself: `Usage:`, `No such option`."""
DOMAINS = (SHOWN, TOLD, CLICK)

Catalogues = Callable[[str, str], NullTranslations]
"""Gives the translations of (language, domain)."""


@cache
def shipped(code: str, domain: str) -> NullTranslations:
    """A catalogue that came with the program; what it lacks is said in English."""
    try:
        with (CATALOGUES / code / "LC_MESSAGES" / f"{domain}.mo").open("rb") as file:
            return GNUTranslations(file)
    except FileNotFoundError:
        return NullTranslations()


class Speaking:
    """What is spoken now."""

    code = ENGLISH
    catalogues: Catalogues = staticmethod(shipped)


def use(code: str, catalogues: Catalogues = shipped) -> None:
    """Speak this language from now on; tests bring catalogues of their own."""
    Speaking.code, Speaking.catalogues = code, staticmethod(catalogues)
    if code == ENGLISH:
        textdomain("messages")
        return
    # click has its words from gettext, which asks the environment alone; a program that is started from here hears it
    os.environ["LANGUAGE"] = code
    bindtextdomain(CLICK, str(CATALOGUES))
    textdomain(CLICK)


def language() -> str:
    """Its code, as in `<html lang>`."""
    return Speaking.code


def catalogue(domain: str) -> NullTranslations:
    """Of the language that is spoken now."""
    return Speaking.catalogues(Speaking.code, domain)
