"""The reference of the columns, for a terminal and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from bulk_orders.core.reference import Entry
from bulk_orders.language import colon, phrase, plural, say, told
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import Said, numbered
from bulk_orders.views.wrapping import wrap

_PAGE = 108
"""Columns of a page of Markdown."""
_TITLES = ((phrase("Columns to write in"), True), (phrase("Columns that tell"), False))


_SHORT = Said(
    {
        "text": phrase("text"),
        "number": phrase("number"),
        "order": phrase("order"),
        "fulfillment": phrase("fulfillment"),
        "line item": phrase("line item"),
        "row": phrase("row"),
    }
)
"""Kinds of values and what a cell speaks of, where they are a single word."""
_SENTENCE = re.compile(r"[A-Z][a-z]+(?:[: ]+[a-z]+)+")


def _told(text: str) -> str:
    return _SHORT.get(text) or told(text)


def _values(entry: Entry) -> str:
    return entry.values if entry.typed else _told(entry.values)


def _example(entry: Entry) -> str:
    """What a person would write, in their language; words, dates and numbers to be typed are the same in all."""
    return told(entry.example) if entry.values == "text" and _SENTENCE.fullmatch(entry.example) else entry.example


def columns_text(entries: Sequence[Entry], paint: Paint) -> str:
    """One paragraph a column; those that can be edited come first."""
    lines: list[str] = []
    for title, editable in _TITLES:
        group = [entry for entry in entries if entry.editable is editable]
        if group:
            lines += ["", paint.bold(f"{say(title)}{colon()} {numbered(len(group))}")]
        for entry in group:
            lines += _paragraph(entry, paint)
    return "\n".join(lines[1:])


def _paragraph(entry: Entry, paint: Paint) -> list[str]:
    parts = [told(entry.meaning)]
    if entry.editable:
        parts.append(say("Values: {values}.", values=_values(entry)))
    if entry.aliases:
        parts.append(say("Also called {names}.", names=", ".join(entry.aliases)))
    if entry.example:  # the last: what is to be typed has no full stop behind it
        parts.append(say("Example: {example}", example=_example(entry)))
    body = wrap(" ".join(parts), initial_indent="    ", subsequent_indent="    ")
    return [f"  {paint.bold(entry.header)}", *body]


def columns_markdown(entries: Sequence[Entry]) -> str:
    """The whole reference as a page."""
    ours = sum(entry.ours for entry in entries)
    made = say(
        "Made by `bulk-orders columns --markdown` from the table that the program itself reads; a test compares."
    )
    whose = plural(
        "The headers are those of Matrixify's order sheets; {count} column of our own stands last.",
        "The headers are those of Matrixify's order sheets; {count} columns of our own stand last.",
        ours,
    )
    rules = say(
        "An empty cell means no change, `[clear]` empties a field. Case and blanks around a header do not matter; an "
        "unknown header is an error. `Metafield: ...`, `Tax 4: ...` and Matrixify's further groups are known and read "
        "only."
    )
    lines = [f"# {say('The columns of a sheet')}", "", made, *textwrap.wrap(f"{whose} {rules}", _PAGE), ""]
    head = say("column"), say("meaning"), say("of the"), say("an edit"), say("values"), say("example")
    for title, editable in _TITLES:
        lines += [f"## {say(title)}", "", f"| {' | '.join(head)} |", "|---|---|---|---|---|---|"]
        for entry in entries:
            if entry.editable is editable:
                lines.append(_row(entry))
        lines.append("")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    header = f"`{entry.header}`" + (f" ({say('ours')})" if entry.ours else "")
    if entry.aliases:
        header += f", {say('also {names}', names='`' + '`, `'.join(entry.aliases) + '`')}"
    example = f"`{_example(entry)}`" if entry.example else ""
    cells = (header, *(_told(each) for each in (entry.meaning, entry.level, entry.edit)), _values(entry), example)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
