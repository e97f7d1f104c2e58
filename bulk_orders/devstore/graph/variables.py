"""Checking and coercing variables.

Its one rule: one error per variable, with every problem and its path inside, as recorded ([LIVE
bulk-operation-status-catalog-cancel malformedId]); nothing runs if there is one.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    print_ast,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values

from bulk_orders.devstore.gids import is_gid
from bulk_orders.devstore.graph.errors import location
from bulk_orders.devstore.graph.schema import required

Path = list[str | int]
Problems = Iterator[dict[str, Any]]


def coerce(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: dict[str, Any]
) -> tuple[VariableValues | None, list[dict[str, Any]]]:
    """The variables as the operation declares them, or what is wrong with them."""
    definitions = operation.variable_definitions or ()
    errors = [e for node in definitions if (e := _error(schema, node, values)) is not None]
    if errors:
        return None, errors
    coerced = get_variable_values(schema, definitions, values)
    if isinstance(coerced, list):
        return None, [{"message": e.message, "extensions": {"code": "INVALID_VARIABLE"}} for e in coerced]
    return coerced, []


def _error(schema: GraphQLSchema, node: VariableDefinitionNode, values: dict[str, Any]) -> dict[str, Any] | None:
    name = node.variable.name.value
    if name not in values and node.default_value is not None:
        return None
    wanted = type_from_ast(schema, node.type)
    if wanted is None or (name not in values and not isinstance(wanted, GraphQLNonNull)):
        return None
    value = values.get(name)
    problems = list(_problems(value, wanted, []))
    if not problems:
        return None
    message = f"Variable ${name} of type {print_ast(node.type)} was provided invalid value"
    placed = [f"{'.'.join(map(str, p['path']))} ({p['explanation']})" for p in problems if p["path"]]
    if placed:
        message += f" for {', '.join(dict.fromkeys(placed))}"
    extensions = {"code": "INVALID_VARIABLE", "value": value, "problems": problems}
    return {"message": message, "locations": location(node), "extensions": extensions}


def _problems(value: Any, wanted: Any, path: Path) -> Problems:
    if isinstance(wanted, GraphQLNonNull):
        if value is None:
            yield {"path": path, "explanation": "Expected value to not be null"}
        else:
            yield from _problems(value, wanted.of_type, path)
    elif value is None:
        return
    elif isinstance(wanted, GraphQLList):
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            yield from _problems(item, wanted.of_type, [*path, index] if isinstance(value, list) else path)
    elif isinstance(wanted, GraphQLInputObjectType):
        yield from _input_problems(value, wanted, path)
    elif isinstance(wanted, GraphQLEnumType):
        if value not in wanted.values:
            names = ", ".join(wanted.values)
            yield {"path": path, "explanation": f'Expected "{value}" to be one of: {names}'}
    else:
        yield from _scalar_problems(value, wanted, path)


def _input_problems(value: Any, wanted: GraphQLInputObjectType, path: Path) -> Problems:
    if not isinstance(value, dict):
        explanation = f"Expected {value!r} to be a key-value object."
        yield {"path": path, "explanation": explanation}
        return
    for key in value:
        if key not in wanted.fields:
            yield {"path": [*path, key], "explanation": f"Field is not defined on {wanted.name}"}
    for key, field in wanted.fields.items():
        if key in value or required(field):
            yield from _problems(value.get(key), field.type, [*path, key])
    given = [key for key, one in value.items() if one is not None]
    if wanted.is_one_of and (len(value) != 1 or not given):
        explanation = f"'{wanted.name}' requires exactly one argument, but {len(value)} were provided."
        if len(value) == 1:
            explanation = f"'{wanted.name}' requires exactly one argument, but '{next(iter(value))}' was `null`."
        yield {"path": path, "explanation": explanation}


def _scalar_problems(value: Any, wanted: GraphQLScalarType, path: Path) -> Problems:
    if wanted.name == "ID":
        if not isinstance(value, str) or not is_gid(value):
            explanation = f"Invalid global id '{value}'"
            yield {"path": path, "explanation": explanation, "message": explanation}
        return
    if not _fits(value, wanted.name):
        yield {"path": path, "explanation": f"Could not coerce value {_shown(value)} to {wanted.name}"}


def _fits(value: Any, scalar: str) -> bool:
    if scalar == "Boolean":
        return isinstance(value, bool)
    if scalar == "Int":
        return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31
    if scalar == "Float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if scalar in {"String", "URL", "DateTime"}:
        return isinstance(value, str)
    if scalar in {"Money", "Decimal", "UnsignedInt64"}:
        return _numeric(value)
    return True


def _numeric(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
