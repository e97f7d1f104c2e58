"""What has to be in the catalogues: read from the sources of the layers, from the pages' templates, and from click.

Three catalogues: `shown` (what views and the command line say), `told` (sentences from below, as templates) and `click`
(click's own words). Files are named without lines, so that code may move without its catalogue.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from bulk_orders.language.paragraphs import paragraphs
from bulk_orders.language.sentences import sentences
from bulk_orders.language.speaking import CLICK, SHOWN, TOLD
from bulk_orders.language.templates import HOLE, Template, is_number
from bulk_orders.language.words import SKELETONS, WORDS

PACKAGE = Path(__file__).resolve().parents[1]
Message = str | tuple[str, str]
"""A text, or one for one and one for many."""
Sources = dict[Message, str]
"""Each message and the file that it stands in first."""

_BELOW = ("core", "errors.py", "flows", "settings.py", "shopify", "storage", "telling", "tokens.py")
_ABOVE = ("cli", "demo", "views")
_ERRORS = frozenset(
    {"BulkOrdersError", "Declined", "Interrupted", "Misused", "OverLimit", "StorageError", "Unreachable"}
)
"""What the command line raises itself: told where it is caught, since --json has it in English."""
_TONGUE_TIED = (
    "core/carriers.py",
    "core/json_schemas.py",
    "shopify/documents.py",
    "shopify/mutations.py",
    "shopify/order_state.py",
)
"""Names, schemas and GraphQL: nothing in them is a sentence for people."""
_NOT_SAID = re.compile(
    r"\{\w+\} (?:rounded|rewritten|exchanged \{\w+\}|perhaps rounded|unclear|moved|astray|date \{\w+\})"
    r"|two for one .*|Name rounded|another id|\{\w+\} column rounded|shifted (?:\{\w+\}|export id)"
    r"|\{\w+\} column rounded|shifted (?:\{step\}|export id)"
    r"|another order's cells|another export|(?:un)?expected (?:after|end)|field limit|cells beyond the header"
    r"|new:.*|refund \{.*|(?:Paid|Fulfilled|Created|Cancelled) at|Lineitem .*|compare at price|requires shipping"
    r"|\(?(?:Billing|Refund|Transaction|Risk|Customer|Browser|Line|Fulfillment).*\(\.\*\)"
    r"|bytes \{.*|filter \{search\}|query: .*"
    r"|.* first=\{.*|(?:OR )?id:.*|WHERE .*|urn:.*|taxesIncluded .*|marca temporal|submitted at|\{connection\}.*"
    r"|bulk-orders \{hexdigest\}|The (?:fulfillments|transactions).* were not read"
)
"""What has the form of a sentence and is none: keys that group problems, parts of queries, headers of other sheets."""
_EXAMPLES = ("core/reference.py",)
_ASKED_BY_NAME = ("required",)
"""What click asks its catalogue for without naming it there."""
_DOORS = {"say": 1, "phrase": 1, "plural": 2, "label": 2, "forms": 2, "phrases": 2}


def told() -> Sources:
    """The templates of what comes from below."""
    found: Sources = dict.fromkeys((*WORDS, *SKELETONS), "language/words.py")
    shapes: dict[str, str] = {}
    for text, where in _from_below():
        shape = HOLE.sub("{}", text)
        if shape in shapes:  # said in two places with other names for the same holes
            if _numbers(text) <= _numbers(shapes[shape]):
                continue
            del found[shapes[shape]]
        shapes[shape] = text
        found.setdefault(text, where)
    return found


def _from_below() -> Iterator[tuple[str, str]]:
    for path in _files(_BELOW):
        where = path.relative_to(PACKAGE).as_posix()
        if where not in _TONGUE_TIED:
            for each in sentences(path.read_text(encoding="utf-8")):
                if not _NOT_SAID.fullmatch(each.text):
                    yield each.text, where
    for path in _files(_ABOVE):
        for each in sentences(path.read_text(encoding="utf-8"), inside=_ERRORS):
            yield each.text, path.relative_to(PACKAGE).as_posix()


def _numbers(text: str) -> int:
    return sum(is_number(hole) for hole in Template(text).holes)


def shown() -> Sources:
    """What views and the command line say themselves."""
    found: Sources = {}
    for path in _files((*_ABOVE, "language")):
        for message in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(message, path.relative_to(PACKAGE).as_posix())
    for path in sorted((PACKAGE / "views" / "templates").glob("*.j2")):
        for message in _in_template(path.read_text(encoding="utf-8")):
            found.setdefault(message, path.relative_to(PACKAGE).as_posix())
    return found


def click() -> Sources:
    """What click says by itself, in help and about wrong usage."""
    import click as library

    folder = Path(inspect.getfile(library)).parent
    found: Sources = dict.fromkeys(_ASKED_BY_NAME, "click/core.py")
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "types"):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
                message = _message(node, 1 if node.func.id == "_" else 2)
                if message is not None:
                    found.setdefault(message, f"click/{name}.py")
    return found


MESSAGES = {SHOWN: shown, TOLD: told, CLICK: click}


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = PACKAGE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _message(node: ast.Call, texts: int, skipped: int = 0) -> Message | None:
    arguments = node.args[skipped : skipped + texts]
    said = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if len(said) < texts:
        return None
    return said[0] if texts == 1 else (said[0], said[1])


def _calls(tree: ast.Module) -> Iterator[Message]:
    """What is put through the doors, and what click is told to show: help texts and the docstrings of commands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _called(node.func)
            message = _message(node, _DOORS[name]) if name in _DOORS else None
            if name == "count":
                message = _counted(node)
            if message is not None:
                yield message
            yield from _helps(node)
        elif isinstance(node, ast.FunctionDef) and any(_is_command(each) for each in node.decorator_list):
            yield from paragraphs(ast.get_docstring(node) or "")


def _called(function: ast.expr) -> str:
    """A door by its name, or as `language.say`; `console.say` is none."""
    if isinstance(function, ast.Attribute):
        return function.attr if isinstance(function.value, ast.Name) and function.value.id == "language" else ""
    return getattr(function, "id", "")


def _counted(node: ast.Call) -> Message | None:
    """`count(n, "row")` of views: the noun of a number, with an `s` for many where nothing else is said."""
    nouns = [each.value for each in node.args[1:3] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not nouns or len(nouns) < len(node.args) - 1:
        return None
    return f"{{count}} {nouns[0]}", f"{{count}} {nouns[1] if len(nouns) > 1 else nouns[0] + 's'}"


def _helps(node: ast.Call) -> Iterator[str]:
    for keyword in node.keywords:
        if keyword.arg in {"help", "epilog"} and isinstance(keyword.value, ast.Constant):
            yield from paragraphs(str(keyword.value.value))


def _is_command(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"click.command", "click.group"}


def _in_template(source: str) -> Iterator[Message]:
    """The same doors in a page's template, as functions and (`count`) as a filter."""
    from jinja2 import Environment, nodes

    for node in Environment(autoescape=True).parse(source).find_all((nodes.Call, nodes.Filter)):
        assert isinstance(node, nodes.Call | nodes.Filter)
        name = node.name if isinstance(node, nodes.Filter) else getattr(node.node, "name", "")
        said = [each.value for each in node.args if isinstance(each, nodes.Const) and isinstance(each.value, str)]
        if name in {"say", "phrase"} and said:
            yield said[0]
        elif name in {"plural", "label", "forms"} and len(said) == 2:
            yield said[0], said[1]
        elif name == "count" and said:
            yield f"{{count}} {said[0]}", f"{{count}} {said[1] if len(said) > 1 else said[0] + 's'}"
