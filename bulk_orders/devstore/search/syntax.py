"""Parsing search queries into terms joined by AND, OR and NOT.

Its one rule: OR binds tighter than AND, and an unquoted value ends at its first colon, which is how an
unquoted timestamp loses its minutes and gains a field `00` (shopify-api.md 3.1 and 6).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_FIELD: Final = re.compile(r"([A-Za-z0-9_][\w.\-]*):")
_COMPARATOR: Final = re.compile(r">=|<=|>|<|=")
_RANGES: Final = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: `field:value` with a comparator, or a text without a field."""

    field: str | None
    comparator: str
    value: str
    quoted: bool = False

    def parsed(self) -> dict[str, Any]:
        """As `extensions.search[].parsed` shows it ([LIVE bulk-operations-read-arg-validation])."""
        field = self.field or "default"
        if self.comparator in _RANGES:
            return {"field": field, "range": {_RANGES[self.comparator]: self.value}}
        if self.value == "*":
            return {"field": field, "exists": True}
        if self.value.endswith("*"):
            return {"field": field, "prefix": self.value[:-1]}
        return {"field": field, "match_phrase" if self.quoted else "match_all": self.value}


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Node"

    def parsed(self) -> dict[str, Any]:
        """As shown in the response."""
        return {"not": self.part.parsed()}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by one connective, "and" or "or"."""

    connective: str
    parts: tuple["Node", ...]

    def parsed(self) -> dict[str, Any]:
        """As shown in the response."""
        return {self.connective: [part.parsed() for part in self.parts]}


Node = Term | Not | Group


def parse(query: str) -> Node | None:
    """The conditions of a query; None for an empty one."""
    return _Parser(query).conjunction()


def terms(node: Node | None) -> Iterator[Term]:
    """Every single condition."""
    match node:
        case Term():
            yield node
        case Not():
            yield from terms(node.part)
        case Group():
            for part in node.parts:
                yield from terms(part)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def conjunction(self) -> Node | None:
        parts = []
        while not self._end():
            start = self.at
            if self._word("AND"):
                continue
            if (part := self._disjunction()) is not None:
                parts.append(part)
            if self.at == start:
                self.at += 1
        return _group("and", parts)

    def _disjunction(self) -> Node | None:
        parts = [self._unary()]
        while self._word("OR"):
            parts.append(self._unary())
        return _group("or", [part for part in parts if part is not None])

    def _unary(self) -> Node | None:
        self._blank()
        if self._word("NOT") or self._sign("-"):
            part = self._unary()
            return Not(part) if part is not None else None
        if self._sign("("):
            inner = self.conjunction()
            self._sign(")")
            return inner
        return self._term()

    def _term(self) -> Term | None:
        field = _FIELD.match(self.text, self.at)
        comparator = ""
        if field:
            self.at = field.end()
            self._blank()
            if found := _COMPARATOR.match(self.text, self.at):
                comparator, self.at = found[0], found.end()
                self._blank()
        value, quoted = self._value()
        if self.text[self.at : self.at + 1] == ":":
            self.at += 1
        if field is None and not value:
            return None
        return Term(field[1] if field else None, comparator, value, quoted)

    def _value(self) -> tuple[str, bool]:
        quote = self.text[self.at : self.at + 1]
        if quote in {'"', "'"} and quote:
            self.at += 1
            value = self._until(lambda char: char == quote)
            self.at += 1
            return value, True
        return self._until(lambda char: char.isspace() or char in "():"), False

    def _until(self, ends: Any) -> str:
        out = []
        while self.at < len(self.text) and not ends(self.text[self.at]):
            if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            out.append(self.text[self.at])
            self.at += 1
        return "".join(out)

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _end(self) -> bool:
        self._blank()
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def _sign(self, sign: str) -> bool:
        if self.text[self.at : self.at + 1] == sign:
            self.at += 1
            return True
        return False

    def _word(self, word: str) -> bool:
        self._blank()
        after = self.at + len(word)
        if self.text[self.at : after] == word and (self.text[after : after + 1] in {"", "(", " ", "\t", "\n"}):
            self.at = after
            return True
        return False


def _group(connective: str, parts: list[Node]) -> Node | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return Group(connective, tuple(parts))
