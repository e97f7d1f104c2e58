"""What is printed and what people write fits the schemas that are shipped; nothing broken does."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from cli.conftest import Shell
from conftest import ROOT
from fitting import wrong
from jsonschema import Draft202012Validator
from world import open_paid, shipped

from bulk_orders.core.json_schemas import schemas
from bulk_orders.core.policy import read_policy
from bulk_orders.devstore import CancelFate
from bulk_orders.errors import Misused


def _shipped(name: str) -> Any:
    return json.loads(files("bulk_orders").joinpath("schemas", name).read_text(encoding="utf-8"))


_wrong = wrong


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_files_are_what_the_code_makes(name: str) -> None:
    Draft202012Validator.check_schema(_shipped(name))
    assert _shipped(name) == json.loads(json.dumps(schemas()[name])), "run make schemas"


def test_no_other_file_lies_among_them() -> None:
    assert {each.name for each in (ROOT / "bulk_orders" / "schemas").iterdir()} == set(schemas())


# --- plan -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(own: Shell) -> Shell:
    """A plan with a cancellation that refunds, an archive, a blocked row and a conflict."""
    assert own("export", "-o", "orders.csv").code == 0
    paid = [order.name for order in own.world.some(open_paid, 2)]
    packed, other = (order.name for order in own.world.some(shipped, 2))
    own.world.edit(
        {
            paid[0]: {"Action": "cancel", "Cancel: Refund": "TRUE"},
            packed: {"Action": "archive"},
            other: {"Action": "cancel", "Cancel: Refund": "TRUE"},
            paid[1]: {"Note": "mine"},
        }
    )
    theirs = next(order for order in own.store.orders.values() if order.name == paid[1])
    theirs.note = "theirs"
    assert own("plan", "orders.csv").code == 0
    return own


def test_a_plan_fits_its_schema_as_a_file_and_as_it_is_printed(planned: Shell) -> None:
    document = json.loads((planned.folder / "orders.plan").read_text(encoding="utf-8"))
    assert _wrong("plan.schema.json", document) == []
    assert _wrong("plan.schema.json", planned("show", "orders.plan", "--json").json) == []
    assert all((document["changes"], document["blocked"], document["conflicts"])), "it has something of everything"


def test_a_plan_that_lacks_any_promised_key_or_has_another_kind_of_value_fails(planned: Shell) -> None:
    document = planned("show", "orders.plan", "--json").json
    broken = list(_broken(document, _shipped("plan.schema.json")))
    assert len(broken) > 100
    passed = [what for what, each in broken if not _wrong("plan.schema.json", each)]
    assert passed == []


def _broken(document: Any, schema: Any) -> Iterator[tuple[str, Any]]:
    """The document without each key that is needed, and with each value of a fixed kind made something else."""
    for path, part in _objects(document, schema, ()):
        for key in part.get("required", ()):
            changed = copy.deepcopy(document)
            del _at(changed, path)[key]
            yield f"{path} without {key}", changed
        for key in part.get("properties", {}):
            changed = copy.deepcopy(document)
            _at(changed, path)[key] = (
                {"of": ["another", "kind"]} if part["properties"][key] != {"type": "object"} else 7
            )
            yield f"{path} with another {key}", changed


def _objects(document: Any, schema: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(document, dict) and "properties" in schema:
        yield path, schema
        for key, part in schema["properties"].items():
            yield from _objects(document.get(key), part, (*path, key))
    elif isinstance(document, list) and document and "items" in schema:
        yield from _objects(document[0], schema["items"], (*path, 0))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


# --- events -----------------------------------------------------------------------------------------------------------


def test_every_line_of_apply_fits_its_schema(planned: Shell) -> None:
    planned.store.settings.cancel_fate = lambda order: CancelFate("Inventory cannot be restocked.", when="start")
    events = planned("apply", "orders.plan", "--confirm", "devstore", "--json").events
    assert {"started", "change", "summary"} <= {event["type"] for event in events}
    assert [_wrong("events.schema.json", event) for event in events if _wrong("events.schema.json", event)] == []
    again = planned("apply", "orders.plan", "--confirm", "devstore", "--json").events
    assert _wrong("events.schema.json", again[-1]) == [], "also the error for which nothing could begin"


@pytest.mark.parametrize("kind", [each["title"] for each in _shipped("events.schema.json")["oneOf"][:-1]])
def test_an_event_that_lacks_anything_fails(kind: str) -> None:
    part = next(each for each in _shipped("events.schema.json")["oneOf"] if each.get("title") == kind)
    whole = {key: _example(each) for key, each in part["properties"].items()}
    assert _wrong("events.schema.json", whole) == []
    for key in part["required"]:
        assert _wrong("events.schema.json", {name: value for name, value in whole.items() if name != key}), key
        assert _wrong("events.schema.json", whole | {key: {"of": "another kind"}}), key


def _example(schema: Any) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return None
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    patterns = {"gid": "gid://shopify/Order/1", r"\d{4}": "2026-11-22T10:00:00.000+00:00"}
    text = next((value for sign, value in patterns.items() if sign in schema.get("pattern", "")), "x")
    values: dict[str, Any] = {"string": text, "integer": 1, "number": 1.5, "boolean": True, "array": []}
    return values[kind] if kind != "object" else dict.fromkeys(schema["properties"], 0)


# --- policy -----------------------------------------------------------------------------------------------------------


def _examples() -> list[dict[str, Any]]:
    text = (ROOT / "bulk_orders" / "docs" / "policy.md").read_text(encoding="utf-8")
    return [tomllib.loads(found) for found in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("number", range(len(_examples())))
def test_the_policies_of_the_documentation_fit(number: int) -> None:
    assert _wrong("policy.schema.json", _examples()[number]) == []


RULE = {"name": "x", "do": "archive", "when": {"payment": "paid"}}


@pytest.mark.parametrize(
    "values",
    [
        {"action": {"archive": "do"}},
        {"actions": {"archived": "do"}},
        {"actions": {"archive": "maybe"}},
        {"actions": ["archive"]},
        {"limits": {"changes": "many"}},
        {"limits": {"changes": -1}},
        {"limits": {"actions": {"cancel": "ten"}}},
        {"limits": {"allow_fill_down": True}},
        {"protect": {"tag": "vip"}},
        {"sheet": {"on_conflict": "mine"}},
        {"sheet": {"catch_up_days": 90}},
        {"rules": [RULE | {"do": "delete"}]},
        {"rules": [RULE | {"when": {}}]},
        {"rules": [RULE | {"when": {"payment": "payed"}}]},
        {"rules": [RULE | {"when": {"paid": "yes"}}]},
        {"rules": [{"when": {"payment": "paid"}}]},
        {"notify": {"when": "always"}},
        {"notify": {"urls_env": "A", "when": "often"}},
        {"heartbeat": {"url": "https://example.com"}},
        {"metrics": {"textfile": "a.txt"}},
    ],
    ids=str,
)
def test_what_the_reader_refuses_the_schema_refuses(values: dict[str, Any]) -> None:
    with pytest.raises(Misused):
        read_policy(values, "policy.toml")
    assert _wrong("policy.schema.json", values) != []


def test_the_page_about_them_names_each() -> None:
    text = (ROOT / "bulk_orders" / "docs" / "scripts.md").read_text(encoding="utf-8")
    assert all(name in text for name in schemas())
