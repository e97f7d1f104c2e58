"""What every HTML page of ours has in common: templates that escape, and a policy that lets nothing else in.

The policy allows a page's own style and script by their hashes and nothing else, so there is no inline style, no
outside resource, and nothing that a note or a name could run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from bulk_orders import language
from bulk_orders.views.words import count, duration, moment, numbered, seen
from bulk_orders.views.wrapping import isolated


@cache
def source(name: str) -> str:
    """The text of a file of templates/."""
    return files("bulk_orders.views").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Jinja with autoescape; what people wrote is stripped of controls on its way out."""
    made = Environment(loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, finalize=seen)
    made.filters |= {"moment": moment, "duration": duration, "count": count, "numbered": numbered}
    made.filters |= {"told": language.told}
    made.globals |= {
        "say": _say,
        "plural": _plural,
        "label": language.label,
        "forms": language.forms,
        "language": language.language,
        "colon": language.colon,
    }
    return made


def _say(text: str, **values: object) -> Markup:
    """A sentence of a page; what is put into it is escaped, unless it is markup of ours."""
    return _filled(language.say(text), values)


def _plural(one: str, many: str, number: int, **values: object) -> Markup:
    left = {name: f"{{{name}}}" for name in values}  # their places stay, to be filled with what is escaped
    return _filled(language.plural(one, many, number, **left), values)


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    """`text` is ours, from the sources or a catalogue, and is escaped all the same: its marks are none of HTML."""
    whole = escape(text)
    return whole.format(**{name: _apart(seen(value)) for name, value in values.items()}) if values else whole


def _apart(value: object) -> object:
    """What runs from right to left, so that it does not turn the sentence; in an element, as marks would be copied."""
    if not isinstance(value, str) or hasattr(value, "__html__") or isolated(value) == value:
        return value
    return Markup("<bdi>{}</bdi>").format(value)


def policy(css: str, script: str) -> str:
    """The Content-Security-Policy of a page with just this style and this script."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
