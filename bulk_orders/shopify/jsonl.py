"""The JSONL of a bulk export -> frames, block by block, each order with its children whatever the order of the lines.

Lines are taken as text, told apart by a byte test, and parsed with explicit types (performance.md). Memory does not
grow with the file: a block of it is decoded at a time. Whatever does not add up with the counts that Shopify states is
an error that names the line: a file cut at a line's end looks whole.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bulk_orders.core.fields import Field
from bulk_orders.core.layout import json_type
from bulk_orders.shopify.arriving import Arriving
from bulk_orders.shopify.blocks import BLOCK_BYTES, LINE, Block, blocks_of, lines_of
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.documents import line_fields, order_fields
from bulk_orders.shopify.strays import PARENT, Strays

_CHILD = r'"__parentId"\s*:'
"""Exact: inside a JSON string the quotes of this text would be escaped."""
_GID = r'"gid:\\?/\\?/shopify\\?/Order\\?/(\d+)"'
"""An order's gid, its slashes escaped as Shopify's are or not. Under `id` only the order itself has one."""
_AGAIN = "Run the same command again."


@dataclass(frozen=True, slots=True)
class ExportFrames:
    """Orders that stand together in the file: a column for each field that was asked for.

    `lines` are the line items of these orders alone, with `__parentId`; None if not asked for.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame | None


def read_export(
    path: Path,
    result: BulkResult,
    *,
    lines: bool,
    unavailable: frozenset[str],
    folder: Path,
    arriving: Arriving | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[ExportFrames]:
    """A downloaded export in blocks, in the file's order; BulkFailed where it is not what `result` states.

    Without `lines` the blocks come while the counts are still being taken: what is made of them counts only once the
    iterator has ended well. `folder` takes the children that have to wait for their parents. With `arriving` the file
    is read behind its download.
    """
    types = _types(unavailable, lines=lines)
    blocks = blocks_of(path, block_bytes, arriving)
    yield from _families(path, blocks, result, types, folder) if lines else _orders(path, blocks, result, types)


@dataclass(frozen=True, slots=True)
class _Types:
    order: pl.Struct
    line: pl.Struct | None


def _types(unavailable: frozenset[str], *, lines: bool) -> _Types:
    line = json_type(line_fields(unavailable) | {"__parentId": Field("__parentId")}) if lines else None
    return _Types(json_type(order_fields(unavailable)), line)


@dataclass(slots=True)
class _Tally:
    """What has been seen of a file; `ids` are the orders' numbers, a series per block."""

    objects: int = 0
    ids: list[pl.Series] = field(default_factory=list)

    def add(self, lines: pl.DataFrame, ids: pl.Series) -> None:
        self.objects += lines.height
        self.ids.append(ids)

    def check(self, result: BulkResult) -> None:
        roots = sum(map(len, self.ids))
        if (self.objects, roots) != (result.objects, result.roots):
            raise BulkFailed(
                f"The result has {self.objects} lines and {roots} orders; Shopify stated {result.objects} and "
                f"{result.roots}.",
                fix=_AGAIN,
            )
        if self.ids and pl.concat(self.ids).is_duplicated().any():
            raise BulkFailed("The result has an order twice.", fix=_AGAIN)


def _orders(path: Path, blocks: Iterator[Block], result: BulkResult, types: _Types) -> Iterator[ExportFrames]:
    tally = _Tally()
    for block in blocks:
        with _blaming(path, block):
            lines, roots, children = _told_apart(block.lines(path))
            tally.add(lines, _numbers(roots, "id"))
            orders = _decoded(roots, types.order)
        if children.height:
            raise BulkFailed("The result has lines that were not asked for.", fix=_AGAIN)
        yield ExportFrames(orders, None)
    tally.check(result)
    if not tally.ids:
        yield ExportFrames(_decoded(lines_of(b""), types.order), None)


def _families(
    path: Path, blocks: Iterator[Block], result: BulkResult, types: _Types, folder: Path
) -> Iterator[ExportFrames]:
    """Twice through the file: once to learn who stands where, once to decode each block with its children."""
    tally, strays, seen = _Tally(), Strays(folder), list[tuple[Block, pl.Series]]()
    for block in blocks:
        with _blaming(path, block):
            lines, roots, children = _told_apart(block.lines(path))
            ids, parents = _numbers(roots, "id"), _numbers(children, "__parentId")
        tally.add(lines, ids)
        at_home = parents.is_in(ids.implode())
        strays.add(len(seen), children.with_columns(parents.alias(PARENT)).filter(~at_home), tally.ids)
        seen.append((block, at_home))
    tally.check(result)
    orphans = strays.settle(tally.ids)
    if orphans:
        raise BulkFailed(f"{orphans} line items of the result belong to no order in it.", fix=_AGAIN)
    for at, (block, at_home) in enumerate(seen):
        with _blaming(path, block):
            frames = _family(block.lines(path), at, at_home, strays, types)
        yield frames
    if not seen:
        yield _family(lines_of(b""), 0, pl.Series(dtype=pl.Boolean), strays, types)


def _family(lines: pl.DataFrame, at: int, at_home: pl.Series, strays: Strays, types: _Types) -> ExportFrames:
    """The orders of the block numbered `at` and all their children; `at_home` says which of its own are these."""
    assert types.line is not None
    _, roots, children = _told_apart(lines)
    items = _decoded(strays.joined(at, children.filter(at_home)), types.line)
    if items["id"].null_count() or items["id"].is_duplicated().any():  # one twice and another missing add up as well
        raise BulkFailed("The result has a line item twice, or without its id.", fix=_AGAIN)
    return ExportFrames(_decoded(roots, types.order), items)


def _told_apart(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All lines, those of orders, and those of children."""
    child = lines[LINE].str.contains(_CHILD)
    return lines, lines.filter(~child), lines.filter(child)


class _Unreadable(Exception):
    """Some line of these is not what was asked for."""


def _numbers(lines: pl.DataFrame, key: str) -> pl.Series:
    """The number in the order's gid that stands under this key, for each line."""
    found = lines[LINE].str.extract(rf'"{key}"\s*:\s*{_GID}').cast(pl.Int64, strict=False)
    if found.null_count():
        raise _Unreadable
    return found


def read_objects(path: Path, result: BulkResult) -> list[dict[str, Any]]:
    """The objects of a downloaded result, one a line; BulkFailed where it is not as stated."""
    found: list[dict[str, Any]] = []
    for block in blocks_of(path):
        with _blaming(path, block):
            found += [_object(line) for line in block.lines(path)[LINE]]
    if len(found) != result.objects:
        raise BulkFailed(f"The result has {len(found)} of {result.objects} lines.", fix=_AGAIN)
    return found


def _object(line: str) -> dict[str, Any]:
    try:
        node = json.loads(line)
    except ValueError as error:
        raise _Unreadable from error
    if not isinstance(node, dict):
        raise _Unreadable
    return node


def frames_of(node: Mapping[str, Any]) -> ExportFrames:
    """One order, read with its lines by an ordinary query, as the frames that an export would have of it."""
    lines = [
        json.dumps({**line, "__parentId": node["id"]}) for line in (node.get("lineItems") or {}).get("nodes") or ()
    ]
    types = _types(frozenset(), lines=True)
    assert types.line is not None
    orders = _decoded(pl.DataFrame({LINE: [json.dumps(node)]}), types.order)
    return ExportFrames(orders, _decoded(pl.DataFrame({LINE: lines}, schema={LINE: pl.String}), types.line))


def _decoded(lines: pl.DataFrame, shape: pl.Struct) -> pl.DataFrame:
    text = pl.col(LINE)
    whole = text.str.starts_with("{") & text.str.strip_chars_end().str.ends_with("}")
    if not lines.select(whole.all()).item():
        raise _Unreadable
    try:
        return lines.with_columns(text.str.json_decode(shape).alias("node"))["node"].struct.unnest()
    except pl.exceptions.PolarsError as error:
        raise _Unreadable from error


@contextlib.contextmanager
def _blaming(path: Path, block: Block) -> Iterator[None]:
    """Name the line that cannot be read, found slowly: in the block, or where a child of it stands."""
    try:
        yield
    except _Unreadable as error:
        for suspect in (block, Block(0, path.stat().st_size, 1)):
            number = _first_unreadable(path, suspect)
            if number is not None:
                raise BulkFailed(f"Line {number} of the result is no JSON object.", fix=_AGAIN) from error
        raise BulkFailed("The result has lines of another form than was asked for.", fix=_AGAIN) from error


def _first_unreadable(path: Path, block: Block) -> int | None:
    with path.open("rb") as file:
        file.seek(block.start)
        for number, line in enumerate(file, block.first):
            if line.strip() and not _is_object(line):
                return number
            if file.tell() >= block.end:
                break
    return None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
