"""Turning conditions into a test on records, with the warnings that Shopify gives.

Its one rule: a field is one of a few kinds, and the kind decides what a value means; a record offers its
values through a `View`, so a live record and a lagging copy of it are searched alike.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bulk_orders.devstore.search.syntax import Group, Node, Not, Term, parse
from bulk_orders.devstore.times import parse_time

View = Callable[[str], Any]
Test = Callable[[View], bool]

_WORDS: Final = re.compile(r"\w+", re.UNICODE)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One searchable field. Kinds: exact, words, enum, time, number, boolean, id, none (known, no data)."""

    kind: str
    values: frozenset[str] = frozenset()


@dataclass(slots=True)
class Search:
    """A parsed and checked query. `test` is None where everything matches."""

    query: str
    node: Node | None
    test: Test | None = None
    nothing: bool = False
    warnings: list[dict[str, str]] = field(default_factory=list)

    def matches(self, view: View) -> bool:
        """Whether a record fits."""
        return not self.nothing and (self.test is None or self.test(view))

    def extension(self, path: list[str | int]) -> dict[str, Any]:
        """The entry of `extensions.search`."""
        entry: dict[str, Any] = {"path": path, "query": self.query}
        if self.node is not None:
            entry["parsed"] = self.node.parsed()
        if self.warnings:
            entry["warnings"] = self.warnings
        return entry


def prepare(query: str | None, fields: Mapping[str, Field], now: float) -> Search:
    """Parses and checks a query: unknown fields are ignored, an unknown value empties the result."""
    search = Search(query or "", parse(query or ""))
    if search.node is not None:
        search.test = _Compiler(search, fields, now).test(search.node)
    return search


class _Compiler:
    def __init__(self, search: Search, fields: Mapping[str, Field], now: float) -> None:
        self.search = search
        self.fields = fields
        self.now = now

    def test(self, node: Node) -> Test | None:
        """The test of a condition; None if it is ignored."""
        match node:
            case Term():
                return self._term(node)
            case Not():
                inner = self.test(node.part)
                return None if inner is None else _negated(inner)
            case Group():
                return self._group(node)

    def _group(self, group: Group) -> Test | None:
        tests = [test for part in group.parts if (test := self.test(part)) is not None]
        if not tests:
            return None
        return _any(tests) if group.connective == "or" else _all(tests)

    def _term(self, term: Term) -> Test | None:
        if term.field is None:
            return _default(term.value)
        known = self._field(term.field)
        if known is None:
            self._warn(term.field, "Invalid search field for this query.", "invalid_field")
            return None
        if term.field == "tag_not":
            return _negated(_texts("tag", _exact(term.value, quoted=term.quoted)))
        if term.value == "*" and not term.quoted:
            return _exists(term.field)
        return self._of_kind(term, known)

    def _field(self, name: str) -> Field | None:
        if name.startswith("metafields.") and "metafields" in self.fields:
            return Field("exact")
        return self.fields.get(name)

    def _of_kind(self, term: Term, known: Field) -> Test | None:
        name = term.field or ""
        match known.kind:
            case "enum":
                return self._enum(term, known)
            case "time":
                return self._compared(term, self._time(term.value))
            case "number":
                return self._number(term)
            case "id":
                return self._compared(term, _id_number(term.value))
            case "boolean":
                wanted = {"true": True, "false": False}.get(term.value.lower())
                return self._invalid(term) if wanted is None else lambda view: view(name) is wanted
            case "words":
                return _texts(name, _words_in(term.value))
        return _texts(name, _exact(term.value, quoted=term.quoted))

    def _enum(self, term: Term, known: Field) -> Test | None:
        wanted = {part.strip().lower() for part in term.value.split(",")}
        if not wanted <= known.values:
            return self._invalid(term)
        name = term.field or ""
        return lambda view: any(value in wanted for value in _many(view(name)))

    def _time(self, text: str) -> float | None:
        return self.now if text == "now" else parse_time(text)

    def _number(self, term: Term) -> Test | None:
        low, dots, high = term.value.partition("..")
        if dots:
            bounds = _decimal(low), _decimal(high)
            if bounds[0] is None or bounds[1] is None:
                return self._invalid(term)
            first, last, name = bounds[0], bounds[1], term.field or ""
            return lambda view: first <= view(name) <= last
        return self._compared(term, _grams(term.value) if term.field == "total_weight" else _decimal(low))

    def _compared(self, term: Term, wanted: Any) -> Test | None:
        if wanted is None:
            return self._invalid(term)
        name, compare = term.field or "", _COMPARE.get(term.comparator)
        if compare is None:
            return lambda view: wanted in _many(view(name))
        return lambda view: any(compare(value, wanted) for value in _many(view(name)))

    def _invalid(self, term: Term) -> Test | None:
        self.search.nothing = True
        self._warn(term.field or "", f"Input `{term.value}` is not an accepted value.", "invalid_value")
        return None

    def _warn(self, name: str, message: str, code: str) -> None:
        self.search.warnings.append({"field": name, "message": message, "code": code})


def _many(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple | set | frozenset) else (value,)


def _negated(test: Test) -> Test:
    return lambda view: not test(view)


def _any(tests: list[Test]) -> Test:
    return lambda view: any(test(view) for test in tests)


def _all(tests: list[Test]) -> Test:
    return lambda view: all(test(view) for test in tests)


def _exists(name: str) -> Test:
    return lambda view: any(value not in {None, ""} for value in _many(view(name)))


def words(text: str) -> list[str]:
    """The words of a text as the index keeps them: `#1001-A` is 1001 and a."""
    return [word.casefold() for word in _WORDS.findall(text)]


def _texts(name: str, fits: Callable[[str], bool]) -> Test:
    return lambda view: any(fits(value) for value in _many(view(name)) if value is not None)


def _exact(wanted: str, *, quoted: bool) -> Callable[[str], bool]:
    if wanted.endswith("*") and not quoted:
        start = wanted[:-1].casefold()
        return lambda value: str(value).casefold().startswith(start)
    options = {wanted.casefold()} if quoted else {part.strip().casefold() for part in wanted.split(",")}
    return lambda value: str(value).casefold() in options


def _words_in(wanted: str) -> Callable[[str], bool]:
    """Whether all words are there; the last may be the start of one if it ends in `*`."""
    parts, prefix = words(wanted.rstrip("*")), wanted.endswith("*")

    def fits(value: str) -> bool:
        have = words(str(value))
        if prefix and parts:
            return set(parts[:-1]) <= set(have) and any(word.startswith(parts[-1]) for word in have)
        return bool(parts) and set(parts) <= set(have)

    return fits


def _default(wanted: str) -> Test:
    fits = _words_in(wanted)
    return lambda view: fits(" ".join(str(value) for value in _many(view("default")) if value))


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _id_number(text: str) -> int | None:
    tail = text.rsplit("/", 1)[-1]
    return int(tail) if tail.isdecimal() else None


_UNITS: Final = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.592"), "oz": Decimal("28.3495")}


def _grams(text: str) -> Decimal | None:
    match = re.fullmatch(r"([\d.]+)\s*(g|kg|lb|oz)?", text.strip())
    amount = _decimal(match[1]) if match else None
    return amount * _UNITS[match[2] or "g"] if match and amount is not None else None
