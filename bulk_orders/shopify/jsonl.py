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

from bulk_orders.ahead import ahead
from bulk_orders.core.fields import Field
from bulk_orders.core.layout import json_type
from bulk_orders.shopify.arriving import Arriving
from bulk_orders.shopify.blocks import BLOCK_BYTES, LINE, Block, blocks_of, lines_of
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.decoded import Decoded, ExportFrames
from bulk_orders.shopify.documents import line_fields, order_fields
from bulk_orders.shopify.strays import PARENT, Strays

_CHILD = r'"__parentId"\s*:'
"""Exact: inside a JSON string the quotes of this text would be escaped."""
_ORDER = "gid://shopify/Order/"
_AGAIN = "Run the same command again."


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
    iterator has ended well. `folder` takes what has to wait for its turn. With `arriving` the file is read behind its
    download, and no further than that is wanted.
    """
    types = _types(unavailable, lines=lines)
    blocks = blocks_of(path, block_bytes, arriving)
    if lines:
        yield from _families(path, blocks, result, types, folder, arriving)
    else:
        yield from _orders(path, blocks, result, types)


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

    def add(self, objects: int, ids: pl.Series) -> None:
        self.objects += objects
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
    def read(block: Block) -> tuple[int, int, pl.Series, pl.DataFrame]:
        with _blaming(path, block):
            lines, roots, children = _told_apart(block.lines(path))
            orders = _decoded(roots, types.order)
            return lines.height, children.height, _numbers(orders["id"]), orders

    tally = _Tally()
    for objects, children, ids, orders in ahead(read, blocks):
        tally.add(objects, ids)
        if children:
            raise BulkFailed("The result has lines that were not asked for.", fix=_AGAIN)
        yield ExportFrames(orders, None)
    tally.check(result)
    if not tally.ids:
        yield ExportFrames(_decoded(lines_of(b""), types.order), None)


@dataclass(frozen=True, slots=True)
class _Part:
    """A block of the file: its orders with those of their children that stand in it too, and the other children."""

    block: Block
    objects: int
    ids: pl.Series
    frames: ExportFrames
    strays: pl.DataFrame


def _families(
    path: Path, blocks: Iterator[Block], result: BulkResult, types: _Types, folder: Path, arriving: Arriving | None
) -> Iterator[ExportFrames]:
    """Each block is decoded as it comes; it waits until all are there, for children may stand anywhere."""
    tally, strays, decoded, seen = _Tally(), Strays(folder), Decoded(folder), list[Block]()
    for part in ahead(lambda block: _part(path, block, types), blocks):
        tally.add(part.objects, part.ids)
        strays.add(len(seen), part.strays, tally.ids)
        decoded.add(part.frames)
        seen.append(part.block)
    tally.check(result)
    orphans = strays.settle(tally.ids)
    if orphans:
        raise BulkFailed(f"{orphans} line items of the result belong to no order in it.", fix=_AGAIN)
    yield from ahead(lambda at: _family(decoded.take(at), strays.take(at)), _while_wanted(len(seen), arriving))
    if not seen:
        yield _frames(lines_of(b""), lines_of(b""), types)


def _while_wanted(blocks: int, arriving: Arriving | None) -> Iterator[int]:
    for at in range(blocks):
        if arriving is not None:
            arriving.wait(0)
        yield at


def _part(path: Path, block: Block, types: _Types) -> _Part:
    with _blaming(path, block):
        lines, roots, children = _told_apart(block.lines(path))
        frames = _frames(roots, children, types)
        ids, items = _numbers(frames.orders["id"]), frames.lines
        assert items is not None
        parents = _numbers(items["__parentId"])
    at_home = parents.is_in(ids.implode())
    strays = items.with_columns(parents.alias(PARENT)).filter(~at_home)
    if strays.height:
        frames = ExportFrames(frames.orders, items.filter(at_home))
    return _Part(block, lines.height, ids, frames, strays)


def _frames(orders: pl.DataFrame, children: pl.DataFrame, types: _Types) -> ExportFrames:
    assert types.line is not None
    return ExportFrames(_decoded(orders, types.order), _decoded(children, types.line))


def _family(frames: ExportFrames, came: tuple[pl.DataFrame, pl.DataFrame] | None) -> ExportFrames:
    """The orders of a block with all their children, in the file's order."""
    assert frames.lines is not None
    items = frames.lines if came is None else pl.concat([came[0], frames.lines, came[1]], rechunk=True)
    ids = items["id"]
    if ids.null_count() or ids.n_unique() < len(ids):  # one twice and another missing add up as well
        raise BulkFailed("The result has a line item twice, or without its id.", fix=_AGAIN)
    return ExportFrames(frames.orders, items)


def _told_apart(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All lines, those of orders, and those of children."""
    child = lines[LINE].str.contains(_CHILD)
    return lines, lines.filter(~child), lines.filter(child)


class _Unreadable(Exception):
    """Some line of these is not what was asked for."""


def _numbers(gids: pl.Series) -> pl.Series:
    """The numbers of orders.

    Of gids to the letter: by another spelling of one a line item would find its block, but not its order.
    """
    found = gids.str.strip_prefix(_ORDER).cast(pl.Int64, strict=False)
    if found.null_count() or (found < 0).any() or (_ORDER + found.cast(pl.String) != gids).any():
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
    begun, ended = text.str.starts_with("{"), text.str.ends_with("}")
    whole = begun & ended, begun & text.str.strip_chars_end().str.ends_with("}")  # the dear one last
    if not any(lines.select(each.all()).item() for each in whole):
        raise _Unreadable
    try:
        return lines.with_columns(text.str.json_decode(shape).alias("node"))["node"].struct.unnest().rechunk()
    except pl.exceptions.PolarsError as error:
        raise _Unreadable from error


@contextlib.contextmanager
def _blaming(path: Path, block: Block) -> Iterator[None]:
    """Name the line that cannot be read, found slowly: in the block, or where a child of it stands."""
    try:
        yield
    except _Unreadable as error:
        for suspect in (block, Block(0, path.stat().st_size)):
            number = _first_unreadable(path, suspect)
            if number is not None:
                raise BulkFailed(f"Line {number} of the result is no JSON object.", fix=_AGAIN) from error
        raise BulkFailed("The result has lines of another form than was asked for.", fix=_AGAIN) from error


def _first_unreadable(path: Path, block: Block) -> int | None:
    """Its number, counted from 1."""
    at = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if at >= block.start and line.strip() and not _is_object(line):
                return number
            at += len(line)
            if at >= block.end:
                break
    return None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
