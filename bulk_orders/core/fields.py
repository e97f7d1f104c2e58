"""The paths by which columns name their source, as one tree: from it come the GraphQL selection and the JSON types.

A path is dotted; `tags[]` is a list, `taxLines[0]` the first of a list, `customAttributes[].key=value` the pairs of a
list of attributes. Derived from one table, a query cannot ask for less than the reader expects.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_STEP = re.compile(r"(?P<name>\w+)(?P<list>\[(?P<index>\d*)\])?")
PAIRS = "key=value"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path. `index` is None for a whole list; `many` False for a single object or scalar."""

    name: str
    many: bool = False
    index: int | None = None


@dataclass(slots=True)
class Field:
    """A field of the tree; without children it is a scalar."""

    name: str
    many: bool = False
    children: dict[str, Field] = field(default_factory=dict)


@functools.cache
def steps_of(path: str) -> tuple[Step, ...]:
    """`a[].b` -> a list of a, then b of each."""
    found = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if part == PAIRS:
            found.append(Step(PAIRS))
        elif match is None:
            raise ValueError(f"{path!r} is no path")
        else:
            index = match["index"]
            found.append(Step(match["name"], many=match["list"] is not None, index=int(index) if index else None))
    return tuple(found)


def tree(paths: Iterable[str]) -> dict[str, Field]:
    """All paths as one tree, fields in the order in which they first come."""
    root: dict[str, Field] = {}
    for path in paths:
        level = root
        for step in steps_of(path):
            names = ("key", "value") if step.name == PAIRS else (step.name,)
            for name in names:
                level.setdefault(name, Field(name, many=step.many))
            level = level[names[0]].children
    return root


def selection(fields: dict[str, Field]) -> str:
    """The tree as the inside of a GraphQL selection set, on one line."""
    return " ".join(
        f"{found.name} {{ {selection(found.children)} }}" if found.children else found.name for found in fields.values()
    )
