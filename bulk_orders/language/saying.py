"""The door for the sentences of views and the command line: each stands in the catalogue word for word."""

from __future__ import annotations

from bulk_orders.language.choosing import ENGLISH
from bulk_orders.language.figures import number
from bulk_orders.language.speaking import SHOWN, catalogue, language


def say(text: str, **values: object) -> str:
    """A sentence of views or the command line, with its `{placeholders}` filled in; `text` stands in the catalogue."""
    spoken = text if language() == ENGLISH else catalogue(SHOWN).gettext(text)
    return spoken.format(**values) if values else spoken


def plural(one: str, many: str, count: int, **values: object) -> str:
    """As `say`, for one or many; `{count}` is the number, as the language writes it."""
    return _form(one, many, count).format(count=number(count), **values)


def label(one: str, many: str, count: int) -> str:
    """What stands beside a number that is shown by itself: `plural` without the number, agreeing with it."""
    return " ".join(filter(None, _form(one, many, count).replace("{count}", "").split(" ")))


def _form(one: str, many: str, count: int) -> str:
    if language() == ENGLISH:
        return one if count == 1 else many
    return catalogue(SHOWN).ngettext(one, many, count)


def forms(one: str, many: str) -> tuple[str, str]:
    """Both forms with their places left open, for a page's script to choose from and to fill."""
    if language() == ENGLISH:
        return one, many
    spoken = catalogue(SHOWN)
    return spoken.ngettext(one, many, 1), spoken.ngettext(one, many, 2)


def phrases(one: str, many: str) -> tuple[str, str]:
    """As `phrase`, for what `plural` gets later."""
    return one, many


def phrase(text: str) -> str:
    """Itself: marks a text of a table for the catalogue, which `say` gets later."""
    return text
