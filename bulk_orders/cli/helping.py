"""Commands as they are shown: with `--lang`, and their help in the language that is spoken.

Commands and their options are written in English where they are defined, once; each call gets copies.
"""

from __future__ import annotations

from copy import copy
from typing import TypeVar

import click

from bulk_orders.language import ENGLISH, LANGUAGES, language, say
from bulk_orders.language.paragraphs import paragraphs

C = TypeVar("C", bound=click.Command)


def shown(command: C) -> C:
    """The command for the call that is under way; the language itself is read before (`language.chosen`)."""
    made = copy(command)
    made.params = [*(_told(each) for each in command.params), _told(_language())]
    if language() != ENGLISH:
        made.help, made.epilog = _said(command.help), _said(command.epilog)
    return made


def _language() -> click.Option:
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="The language to speak. Default: what LC_ALL, LC_MESSAGES or LANG says.",
    )


def _told(parameter: click.Parameter) -> click.Parameter:
    if language() == ENGLISH or not isinstance(parameter, click.Option):
        return parameter
    made = copy(parameter)
    made.help = _said(parameter.help)
    return made


def _said(text: str | None) -> str | None:
    return None if text is None else "\n\n".join(say(each) for each in paragraphs(text))
