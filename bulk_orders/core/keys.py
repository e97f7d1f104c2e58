"""Tables that people write (bulk_orders.toml, a policy file): every key is known and of its kind, or it is an error.

A misspelt limit would protect nobody, so nothing is passed over, and an error says what was probably meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from bulk_orders.errors import Misused

Kinds = type | tuple[type, ...]

_WORDS = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "a table",
    list: "a list",
}


def check_keys(values: Any, known: Mapping[str, Kinds], prefix: str, file: str) -> None:
    """Misused for the first key of `values` that is not `known`, or is of another kind. `prefix` ends in a dot."""
    if not isinstance(values, Mapping):
        raise Misused(f"{file}: {prefix.removesuffix('.')} is of the wrong kind.", fix="It takes a table.")
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean {prefix}{near[0]}?" if near else f"Known keys: {', '.join(known)}."
            raise Misused(f"{file} has a key that nobody knows: {prefix}{key}.", fix=hint)
        allowed = known[key]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in _types(allowed)):
            raise Misused(
                f"{file}: {prefix}{key} = {value!r} is of the wrong kind.", fix=f"It takes {_kinds(allowed)}."
            )


def one_of(value: Any, choices: Iterable[str], key: str, file: str) -> str:
    """A word of a fixed list, or Misused with the nearest."""
    listed = list(choices)
    word = str(value).strip().lower()
    if word in listed:
        return word
    near = difflib.get_close_matches(word, listed, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"One of: {', '.join(listed)}."
    raise Misused(f"{file}: {key} = {value!r} is none of what it can be.", fix=hint)


def texts(value: Any) -> tuple[str, ...]:
    """One text, or a list of them."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def _types(allowed: Kinds) -> tuple[type, ...]:
    return allowed if isinstance(allowed, tuple) else (allowed,)


def _kinds(allowed: Kinds) -> str:
    return " or ".join(dict.fromkeys(_WORDS[kind] for kind in _types(allowed)))
