"""Regenerates `schema.graphql` and `access.json` from the official Admin API introspection.

    python -m bulk_orders.devstore.make_schema SOURCE

SOURCE is the npm package @shopify/dev-mcp (its .tgz or unpacked folder), an introspection file
(.json or .json.gz) or the schema as SDL (.graphql, without access data). Its one rule: nothing is
written that is not in the source, so the pruned schema is a subset and unknown names fail as they do
in Shopify. Descriptions are left out; the required access scopes of what is kept go to `access.json`.
"""

import gzip
import json
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    build_schema,
    get_named_type,
    print_schema,
    specified_directives,
    specified_scalar_types,
)

from bulk_orders.devstore.keep import INPUTS, INTERFACES, OBJECTS, UNIONS

VERSION: Final = "2026-10"
HERE: Final = Path(__file__).parent
T = TypeVar("T")


def read_source(source: Path) -> tuple[GraphQLSchema, list[dict[str, Any]]]:
    """Returns the official schema, and the required access of its types and fields (empty for SDL)."""
    if source.suffix == ".graphql":
        return build_schema(source.read_text("utf-8"), assume_valid=True), []
    document = json.loads(_introspection_bytes(source))
    return build_client_schema(document["data"]), document.get("offline_scopes", {}).get("items", [])


def _introspection_bytes(source: Path) -> bytes:
    name = f"dist/data/admin_{VERSION}.json.gz"
    if source.is_dir():
        source = next(path for path in source.rglob(Path(name).name) if str(path).endswith(name))
    if source.suffix in {".tgz", ".tar"}:
        with tarfile.open(source) as package:
            member = package.extractfile(f"package/{name}")
            if member is None:
                raise FileNotFoundError(name)
            return gzip.decompress(member.read())
    data = source.read_bytes()
    return gzip.decompress(data) if source.suffix == ".gz" else data


class Pruner:
    """Copies the kept part of a schema, type by type, each one once."""

    def __init__(self, official: GraphQLSchema) -> None:
        self.official = official
        self.made: dict[str, GraphQLNamedType] = {}
        self.interfaces = {name: set(fields.split()) for name, fields in INTERFACES.items()}

    def schema(self) -> GraphQLSchema:
        """The pruned schema with every kept type, also those that only an interface leads to."""
        types = [self.named(name) for name in sorted({*OBJECTS, *INTERFACES, *UNIONS, *INPUTS})]
        standard = {directive.name for directive in specified_directives}
        own = [self._directive(d) for d in self.official.directives if d.name not in standard]
        query, mutation = self.made["QueryRoot"], self.made["Mutation"]
        assert isinstance(query, GraphQLObjectType)
        assert isinstance(mutation, GraphQLObjectType)
        return GraphQLSchema(query, mutation, types=types, directives=[*own, *specified_directives])

    def named(self, name: str) -> GraphQLNamedType:
        """The pruned copy of the official type of that name."""
        if name not in self.made:
            official = self.official.type_map.get(name)
            if official is None:
                raise SystemExit(f"the official schema has no type {name}")
            self.made[name] = self._copy(official)
        return self.made[name]

    def _copy(self, official: GraphQLNamedType) -> GraphQLNamedType:
        match official:
            case GraphQLScalarType():
                return official if official.name in specified_scalar_types else _scalar(official)
            case GraphQLEnumType():
                return GraphQLEnumType(official.name, _sorted(official.values, _enum_value))
            case GraphQLUnionType():
                members = [t for t in official.types if t.name in OBJECTS]
                return GraphQLUnionType(official.name, lambda: self._many(members, GraphQLObjectType))
            case GraphQLInputObjectType():
                return self._input(official)
            case GraphQLInterfaceType() | GraphQLObjectType():
                return self._composite(official)
        raise SystemExit(f"{official.name} is of a kind that is not copied")

    def _input(self, official: GraphQLInputObjectType) -> GraphQLInputObjectType:
        wanted = INPUTS.get(official.name)
        if wanted is None:
            raise SystemExit(f"{official.name} is used but not in INPUTS")
        names = set(official.fields) if wanted == "*" else set(wanted.split())
        _check(names, official.fields, official.name)
        kept = {name: field for name, field in official.fields.items() if name in names}
        return GraphQLInputObjectType(
            official.name, lambda: _sorted(kept, self._input_field), is_one_of=official.is_one_of
        )

    def _composite(
        self, official: GraphQLInterfaceType | GraphQLObjectType
    ) -> GraphQLInterfaceType | GraphQLObjectType:
        names = self._field_names(official)
        _check(names, official.fields, official.name)
        kept = {name: field for name, field in official.fields.items() if name in names}
        parents = [i for i in official.interfaces if i.name in INTERFACES]
        make = GraphQLInterfaceType if isinstance(official, GraphQLInterfaceType) else GraphQLObjectType
        return make(
            official.name,
            lambda: _sorted(kept, self._field),
            interfaces=lambda: self._many(parents, GraphQLInterfaceType),
        )

    def _field_names(self, official: GraphQLInterfaceType | GraphQLObjectType) -> set[str]:
        name = official.name
        if name.endswith("Connection") and name not in OBJECTS:
            return {"edges", "nodes", "pageInfo"} & set(official.fields)
        if name.endswith("Edge") and name not in OBJECTS:
            return {"cursor", "node"}
        own = OBJECTS.get(name) or INTERFACES.get(name)
        if own is None:
            raise SystemExit(f"{name} is used but neither in OBJECTS nor in INTERFACES")
        inherited = (self.interfaces.get(i.name, set()) for i in official.interfaces)
        return set(own.split()).union(*inherited)

    def _many(self, types: list[Any], kind: type[T]) -> list[T]:
        copies = [self.named(t.name) for t in sorted(types, key=lambda t: str(t.name))]
        return [c for c in copies if isinstance(c, kind)]

    def _wrapped(self, official: Any) -> Any:
        if isinstance(official, GraphQLNonNull):
            return GraphQLNonNull(self._wrapped(official.of_type))
        if isinstance(official, GraphQLList):
            return GraphQLList(self._wrapped(official.of_type))
        return self.named(official.name)

    def _field(self, official: GraphQLField) -> GraphQLField:
        kept = {n: a for n, a in official.args.items() if self._usable(a.type)}
        return GraphQLField(
            self._wrapped(official.type),
            args=_sorted(kept, self._argument),
            deprecation_reason=official.deprecation_reason,
        )

    def _usable(self, official: Any) -> bool:
        named = get_named_type(official)
        return not isinstance(named, GraphQLInputObjectType) or named.name in INPUTS

    def _directive(self, official: GraphQLDirective) -> GraphQLDirective:
        return GraphQLDirective(official.name, official.locations, _sorted(official.args, self._argument))

    def _argument(self, official: GraphQLArgument) -> GraphQLArgument:
        return GraphQLArgument(
            self._wrapped(official.type),
            default_value=official.default_value,
            default=official.default,
            deprecation_reason=official.deprecation_reason,
        )

    def _input_field(self, official: GraphQLInputField) -> GraphQLInputField:
        return GraphQLInputField(
            self._wrapped(official.type),
            default_value=official.default_value,
            default=official.default,
            deprecation_reason=official.deprecation_reason,
        )


def _enum_value(official: GraphQLEnumValue) -> GraphQLEnumValue:
    return GraphQLEnumValue(official.value, deprecation_reason=official.deprecation_reason)


def _scalar(official: GraphQLScalarType) -> GraphQLScalarType:
    return GraphQLScalarType(official.name, specified_by_url=official.specified_by_url)


def _sorted(items: Mapping[str, Any], copy: Callable[[Any], T]) -> dict[str, T]:
    return {name: copy(items[name]) for name in sorted(items)}


def _check(names: set[str], known: Mapping[str, Any], owner: str) -> None:
    if missing := names - set(known):
        raise SystemExit(f"the official {owner} has no {', '.join(sorted(missing))}")


def prune(official: GraphQLSchema) -> str:
    """The pruned schema as SDL, sorted, without descriptions."""
    return print_schema(Pruner(official).schema()) + "\n"


def prune_access(items: list[dict[str, Any]], kept: GraphQLSchema) -> dict[str, dict[str, Any]]:
    """Required access of the kept types ("Order") and fields ("Mutation.orderCancel") that need any."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        owner = kept.type_map.get(item["typeName"])
        key = item["typeName"] if item["type"] == "type" else f"{item['typeName']}.{item['fieldName']}"
        fields = getattr(owner, "fields", {})
        if owner is None or not item["offlineScopes"]:
            continue
        if item["type"] == "field" and item["fieldName"] not in fields:
            continue
        found[key] = {"requires": item["requiredAccess"], "any_of": item["offlineScopes"]}
    return dict(sorted(found.items()))


def main(arguments: list[str]) -> None:
    """Writes both files next to this module."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m bulk_orders.devstore.make_schema SOURCE")
    official, access = read_source(Path(arguments[0]))
    sdl = prune(official)
    (HERE / "schema.graphql").write_text(sdl, "utf-8")
    if access:
        kept = prune_access(access, build_schema(sdl, assume_valid=True))
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items())
        (HERE / "access.json").write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
