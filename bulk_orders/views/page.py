"""What every HTML page of ours has in common: templates that escape, and a policy that lets nothing else in.

The policy allows a page's own style and script by their hashes and nothing else, so there is no inline style, no
outside resource, and nothing that a note or a name could run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from bulk_orders.views.words import count, duration, moment, seen


@cache
def source(name: str) -> str:
    """The text of a file of templates/."""
    return files("bulk_orders.views").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Jinja with autoescape; what people wrote is stripped of controls on its way out."""
    made = Environment(loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, finalize=seen)
    made.filters |= {"moment": moment, "duration": duration, "count": count}
    return made


def policy(css: str, script: str) -> str:
    """The Content-Security-Policy of a page with just this style and this script."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
