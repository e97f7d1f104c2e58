"""Lines that several views have: a heading with a word beside it, and a command to type."""

from __future__ import annotations

from collections.abc import Callable

from bulk_orders.views.paint import Paint
from bulk_orders.views.wrapping import cells, width, wrap


def titled(title: str, beside: str, paint: Paint) -> list[str]:
    """A heading with a soft word beside it, or below it where there is no room."""
    if cells(title) + 3 + cells(beside) <= width():
        return [f"{paint.bold(title)}   {paint.soft(beside)}"]
    below = wrap(beside, initial_indent="  ", subsequent_indent="  ")
    return [*painted(paint.bold, title), *map(paint.soft, below)]


def painted(paint: Callable[[str], str], text: str, *, indent: int = 0, hang: int = 2) -> list[str]:
    """A sentence in a colour, each of its lines by itself; a path or a command in it is never broken."""
    blank = " " * indent
    found = wrap(
        text,
        initial_indent=blank,
        subsequent_indent=blank + " " * hang,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [paint(line) for line in found]


def to_type(what: str, command: str, *, indent: int = 0) -> list[str]:
    """A command behind what it is for, or below it where there is no room; it is never broken itself."""
    blank = " " * indent
    if indent + cells(what) + 2 + cells(command) <= width():
        return [f"{blank}{what}  {command}"]
    return [*wrap(what, initial_indent=blank, subsequent_indent=blank), f"{blank}  {command}"]
