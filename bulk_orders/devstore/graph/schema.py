"""The pruned official schema, built once, and what access its types and fields require.

Its one rule: it is read from the generated files and never patched in code.
"""

import functools
import json
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    build_schema,
)

_HERE: Final = Path(__file__).parent.parent
NEW_IN_2026_10: Final = frozenset({("OrderCancelPayload", "jobResult")})
TYPES_NEW_IN_2026_10: Final = frozenset({"OrderCancelJobResult"})


@functools.cache
def schema() -> GraphQLSchema:
    """The schema of the box."""
    return build_schema((_HERE / "schema.graphql").read_text("utf-8"), assume_valid=True)


@functools.cache
def required_access() -> dict[str, dict[str, Any]]:
    """Required access by type ("Order") or field ("Mutation.orderCancel")."""
    access: dict[str, dict[str, Any]] = json.loads((_HERE / "access.json").read_text("utf-8"))
    return access


def required(argument: GraphQLArgument | GraphQLInputField) -> bool:
    """Whether an argument or an input field must be given: non-null and without a default."""
    absent = argument.default is None and argument.default_value is Undefined
    return isinstance(argument.type, GraphQLNonNull) and absent


def unknown_field(type_name: str, field_name: str, version: str) -> bool:
    """Whether a field that the schema has is not there yet in an older version."""
    return version < "2026-10" and (type_name, field_name) in NEW_IN_2026_10


def unknown_type(type_name: str, version: str) -> bool:
    """Whether a type that the schema has is not there yet in an older version."""
    return version < "2026-10" and type_name in TYPES_NEW_IN_2026_10


def connection_node(named: GraphQLNamedType) -> str | None:
    """The type of a connection's nodes; None for a type that is no connection."""
    name = named.name
    return name.removesuffix("Connection") if name.endswith("Connection") else None
