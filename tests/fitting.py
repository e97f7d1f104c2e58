"""Whether what the program prints fits the schemas that are shipped with it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

PLAN, EVENTS, POLICY = "plan.schema.json", "events.schema.json", "policy.schema.json"
_PRINTED = {"plan": PLAN, "show": PLAN, "undo": PLAN, "apply": EVENTS}
"""What is printed with --json, by command; of `apply` each line."""


@cache
def validator(name: str) -> Draft202012Validator:
    text = files("bulk_orders").joinpath("schemas", name).read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def wrong(name: str, document: Any) -> list[str]:
    """What does not fit, with its place."""
    return [f"{error.json_path}: {error.message}"[:200] for error in validator(name).iter_errors(document)]


def printed_fits(arguments: tuple[str, ...], out: str) -> None:
    """For every call of a test: a plan is a plan, each line of an apply an event; an error has its own form."""
    if "--json" not in arguments or arguments[0] not in _PRINTED or not out:
        return
    name = _PRINTED[arguments[0]]
    documents = [json.loads(line) for line in out.splitlines()] if name == EVENTS else [json.loads(out)]
    for document in documents:
        if name == EVENTS or "error" not in document:
            assert wrong(name, document) == [], arguments
