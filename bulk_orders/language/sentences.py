"""The sentences of a source, as templates: what an f-string can come out as, with named holes for what it is told.

Read from the syntax tree, so that the layers below go on writing plain English where it is needed. A condition inside
a sentence gives a template for each way; a local name that only ever holds parts of sentences is followed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from bulk_orders.language.templates import HOLE, TYPED, Template, is_to_write

_MOST_WAYS = 16
_GENERIC = frozenset(
    {"name", "id", "value", "header", "what", "message", "strerror", "status", "text", "words", "parts"}
)
_DOORS_TO_A_PART = frozenset(
    {"lower", "upper", "strip", "rstrip", "removeprefix", "removesuffix", "replace", "rsplit", "get", "decode"}
)
_OPENING = re.compile(r"(?<=[.!?]) (?=[A-Z{])")
_COLUMN = re.compile(r"[A-Z][\w#&/]*:?(?: [A-Z0-9#(][\w#)]*:?)*(?:, [A-Z][\w ]*)?")
_OTHER_TONGUES = re.compile(
    r"(?:SELECT|INSERT|UPDATE \w+ SET|CREATE|ALTER|PRAGMA|DELETE FROM|query|mutation|import) |^# \{|%[sd.]"
    r"|\(\?[<P!=:]|\\[dws]"
    r"|\bnodes?\b.*\{|^\{? ?[a-zA-Z{}]+\(?.*\{ |[a-z][A-Z]\w* [a-z]+[A-Z]|^first: |edges \{"
)
_SENTENCE = re.compile(r"[a-z]{2,}[^\W\d]*['’.,:;!?)]*\s|\s[('\"]?[a-z]{2,}|^[A-Z][a-z]+ .*[.!?]$|^[A-Z][a-z]+\.$")
_FOR_PROGRAMMERS = frozenset({"AssertionError", "RuntimeError", "NotImplementedError", "KeyError", "TypeError"})
_LOGS = frozenset({"debug", "info", "warning", "error", "exception", "log"})
_SEARCHES = frozenset(
    {"compile", "fullmatch", "search", "sub", "execute", "column", "get_template", "getLogger", "col"}
)


@dataclass(frozen=True)
class Found:
    """A template and the line it stands on."""

    text: str
    line: int


@dataclass(frozen=True)
class _Hole:
    expression: str
    name: str
    form: str = ""


@dataclass(frozen=True)
class _Way:
    """One way in which a text can come out, and how the conditions on the way to it were answered."""

    pieces: tuple[str | _Hole, ...]
    answers: frozenset[tuple[str, bool]] = frozenset()

    def beside(self, other: _Way) -> _Way | None:
        """Both, one after the other; None where they answer a condition differently."""
        answers = self.answers | other.answers
        agree = len({condition for condition, _ in answers}) == len(answers)
        return _Way(self.pieces + other.pieces, answers) if agree else None


_Scope = dict[str, list[ast.expr]]


def sentences(source: str, inside: frozenset[str] | None = None) -> Iterator[Found]:
    """Every template of a module that can be recognised, each once, in its order.

    `inside` names the calls whose texts alone are meant: the errors of a layer that says all else itself.
    """
    seen: set[str] = set()
    for node, scope in _roots(ast.parse(source), inside):
        for way in _ways(node, scope):
            for text in _apart(_template(way)):
                if text not in seen and is_said(text):
                    seen.add(text)
                    yield Found(text, node.lineno)


def is_said(text: str) -> bool:
    """Whether a text of a source is one that people read, and certain enough to be known again."""
    bare = HOLE.sub("0", text)
    if _OTHER_TONGUES.search(bare) or not _SENTENCE.search(bare) or _COLUMN.fullmatch(bare):
        return False
    return not Template(text).vague and len(text) < 1_000


# --- where they stand -------------------------------------------------------------------------------------------------


def _roots(tree: ast.Module, inside: frozenset[str] | None) -> Iterator[tuple[ast.expr, _Scope]]:
    """Every outermost text expression, with what the names around it may hold."""
    meant = None if inside is None else _inside(tree, inside)
    for node, scope in _within(tree, _assigned(tree.body), _parts(tree)):
        if meant is None or id(node) in meant:
            yield node, scope


def _within(node: ast.AST, scope: _Scope, parts: frozenset[int]) -> Iterator[tuple[ast.expr, _Scope]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _within(child, {**scope, **_assigned(child.body)}, parts)
        elif isinstance(child, ast.Subscript):  # the key is for the program, the table may hold sentences
            yield from _within(ast.Expression(child.value), scope, parts)
        elif _silent(child):
            continue
        elif isinstance(child, ast.expr) and _texty(child):
            if id(child) not in parts:
                yield child, scope
        else:
            yield from _within(child, scope, parts)


def _inside(tree: ast.Module, calls: frozenset[str]) -> set[int]:
    """The texts that are given to these calls, in place or by a local name."""
    found: set[int] = set()
    for function in [tree, *ast.walk(tree)]:
        if not isinstance(function, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        scope = _assigned(function.body)
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _called(call) in calls:
                found |= {id(each) for each in ast.walk(call)}
                names = [each.id for each in ast.walk(call) if isinstance(each, ast.Name)]
                found |= {id(value) for name in names for value in scope.get(name, ())}
    return found


def _silent(node: ast.AST) -> bool:
    """What nobody reads: docstrings, comparisons, logs, patterns, what only a programmer sees."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _logged(node.value)
    if isinstance(node, ast.Assert | ast.Compare | ast.Match):
        return True
    if isinstance(node, ast.Call):
        keys = _called(node) == "fromkeys" and isinstance(node.args[0], ast.Tuple)  # words that stand for another
        return keys or _called(node) in _FOR_PROGRAMMERS | _SEARCHES
    return False


def _logged(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LOGS
        and "log" in ast.unparse(node.func.value).lower()
    )


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _assigned(body: list[ast.stmt]) -> _Scope:
    """What each name of a body is given, where all of it is text; nested functions have scopes of their own."""
    given: dict[str, list[ast.expr | None]] = {}
    for node in _statements(body):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _give(target, node.value, given)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _give(node.target, node.value, given)
        elif isinstance(node, ast.AugAssign | ast.For):
            _give(node.target, None, given)
    return {
        name: [value for value in values if value is not None]
        for name, values in given.items()
        if all(value is not None and (_texty(value) or _is_table(value)) for value in values)
    }


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _give(target: ast.expr, value: ast.expr | None, given: dict[str, list[ast.expr | None]]) -> None:
    if isinstance(target, ast.Name):
        given.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple):
        values = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
        for at, each in enumerate(target.elts):
            _give(each, values[at] if values else None, given)


def _parts(tree: ast.Module) -> frozenset[int]:
    """The texts that are given to a name which is used inside other texts alone: they are told with those."""
    found: set[int] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        scope = _assigned(function.body)
        loads = [n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        inside = {
            id(each.value)
            for text in ast.walk(function)
            if isinstance(text, ast.JoinedStr)
            for each in text.values
            if isinstance(each, ast.FormattedValue) and each.conversion == -1 and each.format_spec is None
        }
        for name, values in scope.items():
            uses = [n for n in loads if n.id == name]
            if uses and all(id(use) in inside for use in uses):
                found |= {id(value) for value in values}
    return frozenset(found)


def _is_table(node: ast.expr) -> bool:
    """A dictionary of texts, which a sentence takes one of."""
    return isinstance(node, ast.Dict) and 0 < len(node.values) <= _MOST_WAYS and all(map(_texty, node.values))


def _looked_up(node: ast.expr, scope: _Scope) -> list[ast.expr]:
    """The texts that `TABLE[key]` may be."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)):
        return []
    tables = scope.get(node.value.id, [])
    return [value for table in tables if isinstance(table, ast.Dict) for value in table.values]


def _texty(node: ast.expr) -> bool:
    """Whether an expression is a text with words of its own."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.IfExp):
        return _texty(node.body) or _texty(node.orelse)
    if isinstance(node, ast.BoolOp):
        return any(_texty(each) for each in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (_texty(node.left) or _texty(node.right))
    return isinstance(node, ast.JoinedStr)


# --- what they can come out as ----------------------------------------------------------------------------------------


def _ways(node: ast.expr, scope: _Scope, depth: int = 0) -> list[_Way]:
    if isinstance(node, ast.Constant):
        return [_Way((_numbered(str(node.value)),))]
    if isinstance(node, ast.IfExp):
        return [*_answered(node, True, scope, depth), *_answered(node, False, scope, depth)]
    if isinstance(node, ast.BoolOp):
        return [way for each in node.values for way in _ways(each, scope, depth)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_ways(node.left, scope, depth), _ways(node.right, scope, depth)])
    if isinstance(node, ast.JoinedStr):
        return _joined([_formatted(each, scope, depth) for each in node.values])
    texts = [value for value in scope.get(node.id, ()) if _texty(value)] if isinstance(node, ast.Name) else []
    if depth < 3 and (texts := texts or _looked_up(node, scope)):
        return [way for value in texts for way in _ways(value, scope, depth + 1)]
    return [_Way((_Hole(ast.unparse(node), _named(node)),))]


def _answered(node: ast.IfExp, answer: bool, scope: _Scope, depth: int) -> Iterator[_Way]:
    condition = ast.unparse(node.test)
    for way in _ways(node.body if answer else node.orelse, scope, depth):
        both = _Way((), frozenset({(condition, answer)})).beside(way)
        if both is not None:
            yield both


def _numbered(text: str) -> str:
    """A text for `str.format` that only counts its holes: `{}` and `{0}` get a name."""
    count = iter(range(1, 10))
    return re.sub(r"\{(\d?)\}", lambda hole: f"{{part_{int(hole[1]) + 1 if hole[1] else next(count)}}}", text)


def _joined(parts: list[list[_Way]]) -> list[_Way]:
    """Every combination; where that would be too many, the parts with most ways become holes of the whole."""
    while True:
        ways = 1
        for part in parts:
            ways *= len(part)
        if ways <= _MOST_WAYS:
            return [way for each in product(*parts) if (way := _beside(each)) is not None]
        widest = max(range(len(parts)), key=lambda at: len(parts[at]))
        parts[widest] = [_Way((_Hole(f"part{widest}", "part"),))]


def _beside(ways: tuple[_Way, ...]) -> _Way | None:
    whole: _Way | None = _Way(())
    for way in ways:
        whole = whole.beside(way) if whole else None
    return whole


def _formatted(node: ast.expr, scope: _Scope, depth: int) -> list[_Way]:
    if isinstance(node, ast.Constant):
        return [_Way((str(node.value).replace("{", "⦃").replace("}", "⦄"),))]
    assert isinstance(node, ast.FormattedValue)
    form = f"!{chr(node.conversion)}" if node.conversion != -1 else ""
    if isinstance(node.format_spec, ast.JoinedStr):
        plain = all(isinstance(each, ast.Constant) for each in node.format_spec.values)
        form += ":" + "".join(str(each.value) for each in node.format_spec.values) if plain else ":f"  # type: ignore[attr-defined]
    if form:
        return [_Way((_Hole(f"{ast.unparse(node.value)}{form}", _named(node.value), form),))]
    if isinstance(node.value, ast.Name | ast.Subscript) or _texty(node.value):
        return _ways(node.value, scope, depth)
    return [_Way((_Hole(ast.unparse(node.value), _named(node.value)),))]


def _named(node: ast.expr) -> str:
    """A name that tells a translator what stands in the hole."""
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower() or "value"
    if isinstance(node, ast.Attribute):
        own = node.attr.strip("_").lower()
        return f"{_named(node.value)}_{own}" if own in _GENERIC else own
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
            return key.value.lower()
        return _named(node.value)
    if isinstance(node, ast.Call):
        return _named_call(node)
    if isinstance(node, ast.BoolOp | ast.BinOp):
        return _named(node.values[0] if isinstance(node, ast.BoolOp) else node.left)
    if isinstance(node, ast.IfExp):
        return _named(node.body)
    return "value"


def _named_call(node: ast.Call) -> str:
    called = _called(node)
    if called == "len" and node.args:
        return f"{_named(node.args[0])}_count"
    if called == "typed" and node.args:
        first = node.args[0]
        return f"{TYPED}{_named(first.value if isinstance(first, ast.Starred) else first)}"
    if called == "join" and node.args:
        listed = node.args[0]
        return _named(listed.generators[0].iter if isinstance(listed, ast.GeneratorExp | ast.ListComp) else listed)
    if called in _DOORS_TO_A_PART and isinstance(node.func, ast.Attribute):
        return _named(node.func.value)
    if called in {"words", "plain", "str", "int", "sum", "min", "max", "plain_amount", "abs"} and node.args:
        return _named(node.args[-1] if called == "min" else node.args[0])
    return called.strip("_").lower() or "value"


def _template(way: _Way) -> str:
    """A way as a text with named holes: holes side by side are one, equal ones have one name, others never share it.

    A hole where something is to be written letter for letter says so by its name.
    """
    names: dict[tuple[str, bool], str] = {}
    taken: set[str] = set()
    text = ""
    for piece in way.pieces:
        if isinstance(piece, str):
            text += piece
            continue
        typed = is_to_write(_OPENING.split(text)[-1])
        if (piece.expression, typed) not in names:
            name = re.sub(r"\W+", "_", piece.name, flags=re.ASCII).strip("_") or "value"
            name = name if name[0].isalpha() else f"of_{name}"
            names[piece.expression, typed] = _free(f"{TYPED}{name.removeprefix(TYPED)}" if typed else name, taken)
        text += f"{{{names[piece.expression, typed]}{piece.form}}}"
    return re.sub(r"(\{[^{}]*\})(?:\{[^{}]*\})+", r"\1", text)


def _free(base: str, taken: set[str]) -> str:
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def _apart(text: str) -> Iterator[str]:
    """Each sentence of a text alone; a hole that fills a place of a sentence is one by itself and says nothing here."""
    if "⦃" in text or "\x00" in text:
        return
    parts = [part.strip() for part in _OPENING.split(text)]
    for part in parts:
        bare = re.sub(r"^\{[^{}]*\} (?=[A-Z][a-z])", "", part) if len(parts) > 1 or part.endswith(".") else part
        bare = re.sub(r"(?<=[.!?])\{[^{}]*\}$", "", bare) if bare[:1].isupper() else bare
        if bare:
            yield bare
