"""Makes bulk results of any size: the JSONL that Shopify would send for our export query, from a seed.

A thousand distinct orders are written once and repeated under new ids, so that gigabytes take seconds and need no
memory. The real thing's manners are kept: escaped slashes, children after their parents but not beside them where
`scattered` asks for it, numbers in strings where Shopify's type is one.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bulk_orders.core.fields import Field
from bulk_orders.shopify.documents import line_fields, order_fields

_DISTINCT = 1000
_FIRST_ID = 6_100_000_000_000
_STEP = 32_768
_NASTY = ("", "", "", "gift", 'say "hello"', "line one\nline two", "=1+1", "été 🎁", "a, b; c", "\\ back / slash")


@dataclass(frozen=True, slots=True)
class Made:
    """A file and what Shopify would state about it. Counts are objects (lines) and roots (orders)."""

    path: Path
    objects: int
    roots: int
    size: int


def generate(
    path: Path,
    orders: int,
    *,
    lines: bool = True,
    scattered: bool = False,
    seed: int = 1,
    without: frozenset[str] = frozenset(),
) -> Made:
    """Write a bulk result of `orders` orders with two line items each on average.

    `scattered` is the worst that Shopify's ungrouped results allow: every child stands after the last order. `without`
    are fields that were not asked for, as `order_fields` takes them.
    """
    shapes = [_shape(random.Random(f"{seed}-{number}"), without, lines=lines) for number in range(_DISTINCT)]
    objects = 0
    with path.open("wb") as file:
        for part in _parts(shapes, orders, scattered=scattered):
            file.write(b"".join(part))
            objects += len(part)
    return Made(path, objects, orders, path.stat().st_size)


_Shape = tuple[bytes, tuple[bytes, ...]]


def _parts(shapes: list[_Shape], orders: int, *, scattered: bool) -> Iterator[list[bytes]]:
    """Lines in lists of some thousands."""
    for only in ("root", "children") if scattered else ("both",):
        for start in range(0, orders, 2000):
            part: list[bytes] = []
            for at in range(start, min(start + 2000, orders)):
                root, children = shapes[at % _DISTINCT]
                ids = {b"order": b"%d" % (_FIRST_ID + at * _STEP), b"number": b"%d" % (1001 + at), b"at": b"%d" % at}
                if only != "children":
                    part.append(root % ids)
                if only != "root":
                    part += [child % ids for child in children]
            yield part


def _shape(rng: random.Random, without: frozenset[str], *, lines: bool) -> _Shape:
    root = _node(order_fields(without), rng, "Order")
    root["id"], root["name"] = "gid://shopify/Order/\0order", "#\0number"
    if "number" in root:
        root["number"] = "\0number"
    parcels = rng.choices((0, 1, 2), (15, 75, 10))[0]
    inside = order_fields(without)["fulfillments"].children
    root["fulfillments"] = [_node(inside, rng, "Fulfillment") for _ in range(parcels)]
    for number, parcel in enumerate(root["fulfillments"], 1):
        parcel["id"] = f"gid://shopify/Fulfillment/5\0at{number}"
    children = []
    for number in range(1, (rng.choices((1, 2, 3, 6), (30, 45, 20, 5))[0] if lines else 0) + 1):
        child = {"__typename": "LineItem", **_node(line_fields(without), rng, "LineItem")}
        child["id"] = f"gid://shopify/LineItem/15\0at{number:02}"
        child["__parentId"] = "gid://shopify/Order/\0order"
        children.append(_template(child))
    return _template({"__typename": "Order", **root}), tuple(children)


def _template(node: dict[str, Any]) -> bytes:
    """One line, with `%(name)s` where ids come in; slashes escaped as Shopify's are."""
    text = json.dumps(node, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/").replace("%", "%%")
    for name in ("order", "number", "at"):
        text = text.replace(f"\\u0000{name}", f"%({name})s")
    return text.encode() + b"\n"


def _node(fields: dict[str, Field], rng: random.Random, kind: str) -> dict[str, Any]:
    return {name: _value(found, rng, kind) for name, found in fields.items()}


def _value(found: Field, rng: random.Random, kind: str) -> Any:
    if found.children:
        if not found.many:
            return _node(found.children, rng, found.name)
        return [_node(found.children, rng, found.name) for _ in range(rng.choice((0, 1, 1, 2)))]
    if found.many:
        return rng.sample(["vip", "wholesale", "red, white", "Été", "summer-sale"], rng.randint(0, 3))
    return _scalar(found.name, rng, kind)


def _scalar(name: str, rng: random.Random, kind: str) -> Any:
    money = f"{rng.randint(100, 99999) / 100:.2f}"
    known: dict[str, Any] = {
        "id": f"gid://shopify/{kind.title()}/{rng.randint(10**9, 10**10)}",
        "note": rng.choice(_NASTY) or None,
        "amount": money,
        "rate": 0.2,
        "createdAt": f"2026-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T10:{rng.randint(10, 59)}:00Z",
        "updatedAt": "2026-10-02T08:00:00Z",
        "processedAt": "2026-10-01T08:00:00Z",
        "closedAt": rng.choice((None, "2026-10-03T08:00:00Z")),
        "cancelledAt": None,
        "cancelReason": None,
        "email": f"customer.{rng.randint(1, 9999)}@example.com",
        "emailAddress": f"customer.{rng.randint(1, 9999)}@example.com",
        "phone": f"+316{rng.randint(10**7, 10**8)}",
        "zip": f"0{rng.randint(1000, 9999)}",
        "quantity": rng.randint(1, 9),
        "unfulfilledQuantity": rng.randint(0, 9),
        "taxesIncluded": True,
        "totalWeight": str(rng.randint(100, 9000)),
    }
    return known.get(name, f"{name} {rng.randint(1, 999)}")


def main() -> None:
    """`python -m bench.generate FILE --orders N [--scattered]`."""
    parser = argparse.ArgumentParser(description="Make a bulk result of any size.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--scattered", action="store_true", help="every child after the last order")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    made = generate(chosen.file, chosen.orders, scattered=chosen.scattered, seed=chosen.seed)
    print(f"{made.path}: {made.size / 1e6:,.0f} MB, {made.objects:,} lines, {made.roots:,} orders")


if __name__ == "__main__":
    main()
