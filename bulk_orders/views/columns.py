"""The reference of the columns, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_orders.core.reference import Entry
from bulk_orders.views.paint import Paint
from bulk_orders.views.words import count
from bulk_orders.views.wrapping import WIDTH, wrap


def columns_text(entries: Sequence[Entry], paint: Paint) -> str:
    """One paragraph a column; those that can be edited come first."""
    lines: list[str] = []
    for title, editable in (("Columns to write in", True), ("Columns that tell", False)):
        group = [entry for entry in entries if entry.editable is editable]
        if group:
            lines += ["", paint.bold(f"{title}: {len(group)}")]
        for entry in group:
            lines += _paragraph(entry, paint)
    return "\n".join(lines[1:])


def _paragraph(entry: Entry, paint: Paint) -> list[str]:
    told = [entry.meaning]
    if entry.editable:
        told.append(f"Values: {entry.values}.")
    if entry.example:
        told.append(f"Example: {entry.example}")
    if entry.aliases:
        told.append(f"Also called {', '.join(entry.aliases)}.")
    body = wrap(" ".join(told), WIDTH, initial_indent="    ", subsequent_indent="    ")
    return [f"  {paint.bold(entry.header)}", *body]


def columns_markdown(entries: Sequence[Entry]) -> str:
    """The whole reference as a page."""
    ours = sum(entry.ours for entry in entries)
    lines = [
        "# The columns of a sheet",
        "",
        "Made by `bulk-orders columns --markdown` from the table that the program itself reads; a test compares.",
        f"The headers are those of Matrixify's order sheets; {count(ours, 'column')} of our own stand last. An empty",
        "cell means no change, `[clear]` empties a field. Case and blanks around a header do not matter; an unknown",
        "header is an error. `Metafield: ...`, `Tax 4: ...` and Matrixify's further groups are known and read only.",
        "",
    ]
    for title, editable in (("Columns to write in", True), ("Columns that tell", False)):
        lines += [
            f"## {title}",
            "",
            "| column | meaning | of the | an edit | values | example |",
            "|---|---|---|---|---|---|",
        ]
        for entry in entries:
            if entry.editable is editable:
                lines.append(_row(entry))
        lines.append("")
    return "\n".join(lines)


def _row(entry: Entry) -> str:
    header = f"`{entry.header}`" + (" (ours)" if entry.ours else "")
    if entry.aliases:
        header += f", also `{'`, `'.join(entry.aliases)}`"
    example = f"`{entry.example}`" if entry.example else ""
    cells = (header, entry.meaning, entry.level, entry.edit, entry.values, example)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
