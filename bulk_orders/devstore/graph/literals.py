"""Checking arguments that are written into a document.

Its one rule: the messages and codes are those that Shopify's server (graphql-ruby) gives, recorded in the
captures or documented by it: argumentNotAccepted, missingRequiredArguments, argumentLiteralsIncompatible.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    print_ast,
    value_from_ast,
)

from bulk_orders.devstore.gids import is_gid
from bulk_orders.devstore.graph.errors import static_error
from bulk_orders.devstore.graph.schema import required

Errors = Iterator[dict[str, Any]]


def argument_errors(node: FieldNode, field: GraphQLField, path: list[str | int]) -> Errors:
    """Everything wrong with the arguments of one field."""
    name = node.name.value
    given = {argument.name.value: argument for argument in node.arguments or ()}
    for key, argument in given.items():
        if key not in field.args:
            message = f"Field '{name}' doesn't accept argument '{key}'"
            yield static_error(
                message, argument, [*path, key],
                code="argumentNotAccepted", name=name, typeName="Field", argumentName=key,
            )  # fmt: skip
        else:
            yield from _argument(node, argument, field.args[key], path)
    if missing := [key for key, a in field.args.items() if required(a) and key not in given]:
        names = ", ".join(missing)
        message = f"Field '{name}' is missing required arguments: {names}"
        yield static_error(
            message, node, path,
            code="missingRequiredArguments", className="Field", name=name, arguments=names,
        )  # fmt: skip


def _argument(node: FieldNode, argument: ArgumentNode, definition: GraphQLArgument, path: list[str | int]) -> Errors:
    place = _Place("Field", node.name.value, argument.name.value, node, [*path, argument.name.value])
    yield from place.check(argument.value, definition.type)


class _Place:
    """An argument of a field, or a field of an input object inside one."""

    def __init__(self, kind: str, owner: str, name: str, node: Node, path: list[str | int]) -> None:
        self.kind, self.owner, self.name, self.node, self.path = kind, owner, name, node, path

    def check(self, value: ValueNode, wanted: GraphQLInputType) -> Errors:
        """Errors of a literal; variables are checked with their values."""
        if isinstance(value, VariableNode):
            return
        inner = wanted.of_type if isinstance(wanted, GraphQLNonNull) else wanted
        if isinstance(value, NullValueNode):
            if isinstance(wanted, GraphQLNonNull):
                yield self._incompatible(value, wanted)
        elif isinstance(inner, GraphQLList):
            for item in value.values if isinstance(value, ListValueNode) else [value]:
                yield from self.check(item, inner.of_type)
        elif isinstance(inner, GraphQLInputObjectType):
            yield from self._input_object(value, inner, wanted)
        elif str(inner) == "ID" and isinstance(value, StringValueNode) and not is_gid(value.value):
            yield self._invalid_gid(value.value)
        elif value_from_ast(value, inner) is Undefined:
            yield self._incompatible(value, wanted)

    def _input_object(self, value: ValueNode, inner: GraphQLInputObjectType, wanted: GraphQLInputType) -> Errors:
        if not isinstance(value, ObjectValueNode):
            yield self._incompatible(value, wanted)
            return
        given = {field.name.value: field for field in value.fields}
        for key, field in given.items():
            if key not in inner.fields:
                yield static_error(
                    f"InputObject '{inner.name}' doesn't accept argument '{key}'", field, [*self.path, key],
                    code="argumentNotAccepted", name=inner.name, typeName="InputObject", argumentName=key,
                )  # fmt: skip
            else:
                place = _Place("InputObject", inner.name, key, field, [*self.path, key])
                yield from place.check(field.value, inner.fields[key].type)
        for key, definition in inner.fields.items():
            if required(definition) and key not in given:
                words = f"Argument '{key}' on InputObject '{inner.name}' is required. Expected type"
                yield static_error(
                    f"{words} {definition.type}", value, [*self.path, key],
                    code="missingRequiredInputObjectAttribute", argumentName=key,
                    argumentType=str(definition.type), inputObjectType=inner.name,
                )  # fmt: skip
        if inner.is_one_of and len(given) != 1:
            words = f"`{inner.name}` is a OneOf type, so only one argument may be given"
            yield static_error(
                f"{words} (instead of {len(given)})", value, self.path,
                code="invalidOneOfInputObject", inputObjectType=inner.name,
            )  # fmt: skip

    def _invalid_gid(self, text: str) -> dict[str, Any]:
        """[LIVE bulk-operations-read-arg-validation malformedInlineId]"""
        return static_error(
            f"Invalid global id '{text}'", self.node, self.path,
            code="argumentLiteralsIncompatible", typeName="CoercionError",
        )  # fmt: skip

    def _incompatible(self, value: ValueNode, wanted: GraphQLInputType) -> dict[str, Any]:
        words = f"Argument '{self.name}' on {self.kind} '{self.owner}' has an invalid value"
        return static_error(
            f"{words} ({print_ast(value)}). Expected type '{wanted}'.", self.node, self.path,
            code="argumentLiteralsIncompatible", typeName=self.kind, argumentName=self.name,
        )  # fmt: skip
