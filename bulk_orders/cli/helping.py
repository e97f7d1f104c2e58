"""Commands as they are shown: with `--lang`, and their help in the language that is spoken.

Commands and their options are written in English where they are defined, once; each call gets copies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from typing import TypeVar

import click

from bulk_orders.language import ENGLISH, LANGUAGES, clauses, colon, language, phrase, say
from bulk_orders.language.paragraphs import paragraphs

C = TypeVar("C", bound=click.Command)
P = TypeVar("P", bound=click.Parameter)

WORDS = {
    "ARGS": phrase("ARGS"),
    "COLUMN": phrase("COLUMN"),
    "COMMAND": phrase("COMMAND"),
    "DATE": phrase("DATE"),
    "DAYS": phrase("DAYS"),
    "FILE": phrase("FILE"),
    "FINDING": phrase("FINDING"),
    "FOLDER": phrase("FOLDER"),
    "NAME": phrase("NAME"),
    "OPTIONS": phrase("OPTIONS"),
    "ORDER": phrase("ORDER"),
    "OUTCOME": phrase("OUTCOME"),
    "PART": phrase("PART"),
    "PERCENT": phrase("PERCENT"),
    "SEARCH": phrase("SEARCH"),
    "SECONDS": phrase("SECONDS"),
    "SHEET": phrase("SHEET"),
    "SHOP": phrase("SHOP"),
    "TAG": phrase("TAG"),
    "TIME": phrase("TIME"),
    "UNDOPLAN": phrase("UNDOPLAN"),
}
"""What stands in capitals for what is to be typed there."""
_NUMBERS = {
    "integer": phrase("whole number"),
    "integer range": phrase("whole number"),
    "float": phrase("number"),
    "float range": phrase("number"),
}
"""What click calls the types of values, as people call them."""


class _Formatter(click.HelpFormatter):
    """As click's, with the points that the language has."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}{colon()}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, _pointed(text)) for term, text in rows], col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


def _pointed(text: str) -> str:
    """`[default: 20; x>=1]`, which click has put together."""
    return re.sub(r"\[([^][]*; [^][]*)\]$", lambda found: f"[{clauses(found[1].split('; '))}]", text)


def shown(command: C) -> C:
    """The command for the call that is under way; the language itself is read before (`language.chosen`)."""
    made = copy(command)
    made.context_class = _Context
    made.params = [*(_told(each) for each in command.params), _told(_language())]
    if language() != ENGLISH:
        made.help, made.epilog = _said(command.help), _said(command.epilog)
        made.options_metavar = _in_capitals(command.options_metavar or "")
        if isinstance(made, click.Group):
            made.subcommand_metavar = _in_capitals(made.subcommand_metavar)
    return made


def _language() -> click.Option:
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="The language to speak. Default: what LC_ALL, LC_MESSAGES or LANG says.",
    )


def _told(parameter: P) -> P:
    made = copy(parameter)
    if made.type.name in _NUMBERS:
        made.type = copy(made.type)
        made.type.name = say(_NUMBERS[made.type.name])
    if language() == ENGLISH:
        return made
    if not (isinstance(made, click.Option) and (made.is_flag or made.count)):
        made.metavar = _in_capitals(parameter.make_metavar(click.Context(click.Command("any"))))
    if isinstance(made, click.Option):
        made.help = _said(made.help)
    return made


def _in_capitals(metavar: str) -> str:
    return re.sub(r"[A-Z]+", lambda found: say(WORDS.get(found[0], found[0])), metavar)


def _said(text: str | None) -> str | None:
    return None if text is None else "\n\n".join(say(each) for each in paragraphs(text))
