"""Pages of lists: first, last, after, before, cursors and pageInfo.

Its one rule: a resolver returns the whole `Listing`; the window is cut here, and bulk operations, which
ignore it, take everything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bulk_orders.devstore.changes.errors import TopLevelError
from bulk_orders.devstore.gids import decode_cursor, encode_cursor, split_gid

PAGE_LIMIT: Final = 250


def bad_request(message: str) -> TopLevelError:
    """A wrong combination of arguments ([LIVE bulk-operations-read-arg-validation])."""
    return TopLevelError(message, "BAD_REQUEST")


def _own_id(record: Any) -> tuple[int, Any]:
    tail = split_gid(getattr(record, "id", ""))[1].partition("?")[0]
    number = int(tail) if tail.isdecimal() else 0
    return number, number


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list in its order. `key` gives a record's id and sort value for its cursor."""

    items: Sequence[Any]
    key: Callable[[Any], tuple[int, Any]] = _own_id
    sorted: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A record and its cursor."""

    node: Any
    key: Callable[[Any], tuple[int, Any]]

    @property
    def cursor(self) -> str:
        """Where this record is."""
        return encode_cursor(*self.key(self.node))


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What is before and after a page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One page."""

    nodes: Sequence[Any]
    key: Callable[[Any], tuple[int, Any]]
    more_before: bool
    more_after: bool

    @property
    def edges(self) -> list[Edge]:
        """The records with their cursors."""
        return [Edge(node, self.key) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """What is around this page."""
        ends = [encode_cursor(*self.key(node)) for node in (self.nodes[0], self.nodes[-1])] if self.nodes else []
        return PageInfo(self.more_after, self.more_before, *(ends or (None, None)))


def window(value: Listing | Sequence[Any], arguments: dict[str, Any]) -> Connection:
    """Cuts the page that the arguments ask for."""
    listing = value if isinstance(value, Listing) else Listing(value)
    first, last = arguments.get("first"), arguments.get("last")
    _check(first, last)
    items = listing.items
    if arguments.get("reverse") and not listing.sorted:
        items = items[::-1]
    start = _place(items, listing, arguments.get("after"), 0, 1)
    end = _place(items, listing, arguments.get("before"), len(items), 0)
    if first is not None:
        end = min(end, start + first)
    elif last is not None:
        start = max(start, end - last)
    return Connection(items[start:end], listing.key, start > 0, end < len(items))


def _check(first: int | None, last: int | None) -> None:
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    name, size = ("first", first) if first is not None else ("last", last)
    if size is not None and size > PAGE_LIMIT:
        raise bad_request(f"{name} cannot exceed {PAGE_LIMIT}")  # the limit [USAGE], words [INFER]
    if size is not None and size < 0:
        raise bad_request(f"{name} cannot be negative")  # words [INFER]


def _place(items: Sequence[Any], listing: Listing, cursor: str | None, default: int, step: int) -> int:
    """The index right after (step 1) or at (step 0) the record of a cursor, even if it is gone."""
    if cursor is None:
        return default
    decoded = decode_cursor(cursor)
    if decoded is None:
        raise bad_request(f"Invalid cursor for current pagination sort: {cursor}")  # words [INFER]
    for index, item in enumerate(items):
        if listing.key(item)[0] == decoded[0]:
            return index + step
    return _nearest(items, listing, decoded)


def _nearest(items: Sequence[Any], listing: Listing, decoded: tuple[int, Any]) -> int:
    """Where a record that is gone would have stood."""
    wanted = (decoded[1], decoded[0])
    keys = [(value, number) for number, value in (listing.key(item) for item in items)]
    falling = len(keys) > 1 and _text(keys[0]) > _text(keys[-1])
    for index, key in enumerate(keys):
        if (_text(key) < _text(wanted)) if falling else (_text(key) > _text(wanted)):
            return index
    return len(keys)


def _text(key: tuple[Any, int]) -> tuple[Any, int]:
    value = key[0]
    return (f"{value:020}" if isinstance(value, int) else str(value), key[1])
