"""The slow and obvious way from a bulk result to a sheet: json + csv, one object at a time, everything in memory.

It is the judge of correctness (a checksum of every cell) and the peer that every ratio is taken against. It shares with
the product only the table of columns.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bulk_orders.core.columns import BY_HEADER, COLUMNS, Column, Kind, Level
from bulk_orders.core.fields import PAIRS, Step, steps_of
from bulk_orders.core.layout import Rows, headers

Cells = dict[str, str | None]


def plain_json(line: str) -> Any:
    """The standard library's parser; numbers stay as they are written."""
    return json.loads(line, parse_float=str, parse_int=str)


def rows_of(path: Path, rows: Rows, export_id: str, loads: Callable[[str], Any] = plain_json) -> Iterator[list[Any]]:
    """The header, then every row of the sheet."""
    orders: dict[str, Any] = {}
    children: dict[str, list[Any]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            node = loads(line)
            if "__parentId" in node:
                children.setdefault(node["__parentId"], []).append(node)
            else:
                orders[node["id"]] = node
    shown = headers(rows)
    yield shown
    readers = {level: _readers(level) for level in Level}
    for gid, order in orders.items():
        parts = (
            order["fulfillments"] if rows is Rows.FULFILLMENTS else children.get(gid, []) if rows is Rows.LINES else []
        )
        for number, part in enumerate(parts or [None], 1):
            yield [_row(order, part, number, rows, export_id, readers).get(header) for header in shown]


_Readers = dict[str, Callable[[Any], str | None]]


def _row(order: Any, part: Any, number: int, rows: Rows, export_id: str, readers: dict[Level, _Readers]) -> Cells:
    cells: Cells = {header: read(order) for header, read in readers[Level.ROW].items()}
    if number == 1:
        cells |= {header: read(order) for header, read in readers[Level.ORDER].items()}
    if part is not None:
        level = Level.FULFILLMENT if rows is Rows.FULFILLMENTS else Level.LINE
        cells |= {header: read(part) for header, read in readers[level].items()}
        cells["Line: Type"] = "Fulfillment Line" if level is Level.FULFILLMENT else "Line Item"
    cells["Row #"], cells["Top Row"] = str(number), "TRUE" if number == 1 else "FALSE"
    cells["Export: ID"] = export_id
    return cells


def _readers(level: Level) -> _Readers:
    return {column.header: _reader(column) for column in COLUMNS if column.source and column.level is level}


def _reader(column: Column) -> Callable[[Any], str | None]:
    assert column.source is not None
    steps = steps_of(column.source)

    def read(node: Any) -> str | None:
        text = _text(_walk(node, steps))
        if text is not None and column.kind is Kind.ENUM:
            return text.lower()
        return text.upper() if text is not None and column.kind is Kind.BOOLEAN else text

    return read


def _walk(node: Any, steps: Sequence[Step]) -> Any:
    if node is None or not steps:
        return node
    step, rest = steps[0], steps[1:]
    if step.name == PAIRS:
        return f"{node['key']}: {node['value'] or ''}"
    inner = node.get(step.name)
    if inner is None or not step.many:
        return _walk(inner, rest)
    if step.index is not None:
        return _walk(inner[step.index], rest) if len(inner) > step.index else None
    texts = [text for text in (_text(_walk(each, rest)) for each in inner) if text is not None]
    return ("\n" if rest and rest[-1].name == PAIRS else ", ").join(texts)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def write_csv(path: Path, rows: Iterable[list[Any]], guard: Callable[[str], str]) -> None:
    """The sheet, as the product writes it: BOM, CRLF, people's own text guarded against being taken for a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        coming = iter(rows)
        shown = next(coming)
        writer.writerow(shown)
        guarded = [BY_HEADER[header].guarded for header in shown]
        for row in coming:
            writer.writerow([guard(c) if c is not None and g else c for c, g in zip(row, guarded, strict=True)])


def checksum(path: Path) -> tuple[int, str]:
    """How many rows a CSV has, and a digest of all its cells in their order, whatever the quoting."""
    digest, count = hashlib.sha256(), 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            digest.update("\x1f".join(row).encode() + b"\x1e")
            count += 1
    return count - 1, digest.hexdigest()
