"""The box's schema is a part of the official one, and only generated files say what it is."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    print_ast,
)

from bulk_orders import devstore
from bulk_orders.devstore.graph.schema import required, schema
from bulk_orders.devstore.make_schema import prune, prune_access, read_source

HOME = Path(devstore.__file__).parent


@pytest.fixture(scope="module")
def official(shared: Path) -> GraphQLSchema:
    return build_schema((shared / "shopify" / "admin-2026-10.graphql").read_text("utf-8"), assume_valid=True)


def _own_types() -> list[GraphQLNamedType]:
    return [t for t in schema().type_map.values() if not is_introspection_type(t) and not is_specified_scalar_type(t)]


@pytest.mark.parametrize("ours", _own_types(), ids=lambda t: t.name)
def test_a_type_is_as_the_official_one(official: GraphQLSchema, ours: GraphQLNamedType) -> None:
    theirs = official.type_map[ours.name]
    assert type(ours) is type(theirs)
    if isinstance(ours, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        assert set(ours.values) == set(theirs.values)
    if isinstance(ours, GraphQLUnionType) and isinstance(theirs, GraphQLUnionType):
        assert {t.name for t in ours.types} <= {t.name for t in theirs.types}
        assert ours.types
    if isinstance(ours, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
        assert ours.is_one_of == theirs.is_one_of
        _inputs_are_equal(ours.fields, theirs.fields)
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
        assert {i.name for i in ours.interfaces} <= {i.name for i in theirs.interfaces}
        for name, field in ours.fields.items():
            assert str(field.type) == str(theirs.fields[name].type), name
            assert field.deprecation_reason == theirs.fields[name].deprecation_reason, name
            _inputs_are_equal(field.args, theirs.fields[name].args)


def _inputs_are_equal(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, one in ours.items():
        assert str(one.type) == str(theirs[name].type), name
        assert required(one) == required(theirs[name]), name
        assert _default(one) == _default(theirs[name]), name
    assert {n for n, one in theirs.items() if required(one)} <= set(ours)


def _default(argument: Any) -> str | None:
    value = argument.ast_node.default_value
    return print_ast(value) if value else None


def test_the_directives_are_the_official_ones(official: GraphQLSchema) -> None:
    ours, theirs = ({d.name: d for d in s.directives} for s in (schema(), official))
    assert {"idempotent", "oneOf", "deprecated"} <= set(ours)
    for name, directive in ours.items():
        assert directive.locations == theirs[name].locations
        assert {k: str(a.type) for k, a in directive.args.items()} == {
            k: str(a.type) for k, a in theirs[name].args.items()
        }


def test_it_is_generated(shared: Path, official: GraphQLSchema) -> None:
    committed = (HOME / "schema.graphql").read_text("utf-8")
    assert prune(official) == committed
    assert '"""' not in committed


def test_the_required_access_is_generated(shared: Path) -> None:
    source, access = read_source(shared / "shopify" / "admin-2026-10.introspection.json.gz")
    assert prune(source) == (HOME / "schema.graphql").read_text("utf-8")
    assert prune_access(access, schema()) == json.loads((HOME / "access.json").read_text("utf-8"))


def test_any_form_of_the_source_will_do(shared: Path, tmp_path: Path) -> None:
    packed = shared / "shopify" / "admin-2026-10.introspection.json.gz"
    plain = tmp_path / "introspection.json"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    folder = tmp_path / "package" / "dist" / "data"
    folder.mkdir(parents=True)
    (folder / "admin_2026-10.json.gz").write_bytes(packed.read_bytes())
    assert build_client_schema(json.loads(plain.read_text("utf-8"))["data"]).type_map.keys()
    for source in (plain, tmp_path / "package"):
        assert prune(read_source(source)[0]) == (HOME / "schema.graphql").read_text("utf-8")


def test_no_file_of_the_box_names_a_registry_or_a_machine() -> None:
    for path in HOME.rglob("*"):
        if path.suffix in {".py", ".json", ".graphql"}:
            text = path.read_text("utf-8")
            assert not re.search(r"registry\.\w+\.org|/(?:home|root|Users)/", text), path
