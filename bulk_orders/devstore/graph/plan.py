"""Compiling a selection into plain functions, once per request.

Its one rule: everything that does not depend on the record (arguments, access, which fields apply) is
decided while compiling, so that a row costs little more than reading its values. The same functions
serve interactive requests and bulk operations.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from bulk_orders.devstore.changes.errors import TopLevelError
from bulk_orders.devstore.graph.access import denied, missing_access, missing_for_type
from bulk_orders.devstore.graph.connections import window
from bulk_orders.devstore.graph.context import Context, NullBubble
from bulk_orders.devstore.graph.fields import Collector
from bulk_orders.devstore.graph.scalars import SERIALIZERS

Run = Callable[[Any, Context], Any]
Selection = Callable[[Any, Context], dict[str, Any]]


class Compiler:
    """Compiles the selections of one operation."""

    def __init__(self, collector: Collector, context: Context, *, drop_connections: bool = False) -> None:
        self.collector = collector
        self.context = context
        self.drop_connections = drop_connections
        self.denials: list[str] = []

    def selection(self, of: GraphQLObjectType, selections: Sequence[SelectionSetNode | None]) -> Selection:
        """The fields of an object type, in the order of the document."""
        fields = []
        for key, nodes in self.collector.fields(of, *selections).items():
            if self._dropped(of, nodes[0]):
                continue
            fields.append((key, self.field(of, key, nodes)))
        return lambda record, context: {key: run(record, context) for key, run in fields}

    def _dropped(self, of: GraphQLObjectType, node: FieldNode) -> bool:
        field = of.fields.get(node.name.value)
        return self.drop_connections and field is not None and is_connection(field)

    def field(self, of: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Run:
        """One field: resolve, complete, and turn errors into nulls."""
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _record, _context: of.name
        field = of.fields[name]
        named = get_named_type(field.type)
        if (requires := missing_access(of.name, name, named, self.context.scopes)) is not None:
            self.denials.append(name)
            return _denying(denied(name, requires), key, nodes[0], field)
        try:
            resolve = self.resolver(of, nodes[0], field)
        except TopLevelError as error:
            return _denying(error, key, nodes[0], field)
        if is_leaf_type(named):
            return _leaf(resolve, self._complete(field.type, nodes), key, nodes[0], field)
        if is_connection(field):
            resolve = _windowed(resolve, get_argument_values(field, nodes[0], self.collector.variables))
        return _composite(resolve, self._complete(field.type, nodes), key, nodes[0], field)

    def resolver(self, of: GraphQLObjectType, node: FieldNode, field: GraphQLField) -> Run:
        """The value of a field, before it is completed or cut into pages."""
        name = node.name.value
        call = self.context.registry.call(of.name, name)
        if call is not None:
            arguments = self._arguments(node, field)
            if of is self.collector.schema.mutation_type:
                return lambda record, context: context.payload(call(record, arguments, context))
            return lambda record, context: call(record, arguments, context)
        get = self.context.registry.getter(of.name, name)
        return lambda record, _context: get(record)

    def _arguments(self, node: FieldNode, field: GraphQLField) -> dict[str, Any]:
        arguments = get_argument_values(field, node, self.collector.variables)
        check_array_sizes(arguments)
        for directive in self.collector.schema.directives:
            if node.directives and directive.name == "idempotent":
                given = get_directive_values(directive, node, self.collector.variables)
                arguments["@idempotent"] = given["key"] if given else None
        return arguments

    def _complete(self, kind: GraphQLOutputType, nodes: list[FieldNode]) -> Run:
        if isinstance(kind, GraphQLNonNull):
            return self._complete(kind.of_type, nodes)
        if isinstance(kind, GraphQLList):
            return self._list(kind, nodes)
        named = get_named_type(kind)
        if is_leaf_type(named):
            serialize = SERIALIZERS.get(named.name)
            return (lambda value, _: value) if serialize is None else (lambda value, _: serialize(value))
        selections = [node.selection_set for node in nodes]
        if isinstance(named, GraphQLObjectType):
            return self.selection(named, selections)
        assert is_abstract_type(named)
        return self._abstract(selections, nodes[0].name.value)

    def _list(self, kind: GraphQLList[Any], nodes: list[FieldNode]) -> Run:
        inner = self._complete(kind.of_type, nodes)
        if is_leaf_type(get_named_type(kind)):
            return lambda values, context: [v if v is None else inner(v, context) for v in values]
        nullable = not isinstance(kind.of_type, GraphQLNonNull)

        def run(values: Any, context: Context) -> list[Any]:
            out, path = [], context.path
            for index, value in enumerate(values):
                path.append(index)
                out.append(_item(inner, value, context, nullable=nullable))
                path.pop()
            return out

        return run

    def _abstract(self, selections: list[SelectionSetNode | None], field_name: str) -> Run:
        by_type: dict[str, Selection] = {}

        def run(value: Any, context: Context) -> dict[str, Any]:
            name = context.registry.type_name(value)
            if name not in by_type:
                concrete = self.collector.schema.type_map[name]
                assert isinstance(concrete, GraphQLObjectType)
                if (requires := missing_for_type(name, context.scopes)) is not None:
                    raise denied(field_name, requires)
                by_type[name] = self.selection(concrete, selections)
            return by_type[name](value, context)

        return run


def is_connection(field: GraphQLField) -> bool:
    """Whether a field is a page of a list."""
    return get_named_type(field.type).name.endswith("Connection")


def _item(inner: Run, value: Any, context: Context, *, nullable: bool) -> Any:
    if value is None:
        if not nullable:
            raise NullBubble
        return None
    depth = len(context.path)
    try:
        return inner(value, context)
    except NullBubble:
        del context.path[depth:]
        if not nullable:
            raise
        return None


def _windowed(resolve: Run, arguments: dict[str, Any]) -> Run:
    return lambda record, context: window(resolve(record, context), arguments)


def _leaf(resolve: Run, complete: Run, key: str, node: FieldNode, field: GraphQLField) -> Run:
    required = isinstance(field.type, GraphQLNonNull)

    def run(record: Any, context: Context) -> Any:
        try:
            value = resolve(record, context)
        except TopLevelError as error:
            context.report(error, node, [*context.path, key])
            value = None
        if value is None:
            if required:
                raise NullBubble
            return None
        return complete(value, context)

    return run


def _composite(resolve: Run, complete: Run, key: str, node: FieldNode, field: GraphQLField) -> Run:
    required = isinstance(field.type, GraphQLNonNull)

    def run(record: Any, context: Context) -> Any:
        path = context.path
        depth = len(path)
        path.append(key)
        result = None
        try:
            value = resolve(record, context)
            result = None if value is None else complete(value, context)
        except TopLevelError as error:
            del path[depth + 1 :]
            context.report(error, node, list(path))
        except NullBubble:
            pass
        del path[depth:]
        if result is None and required:
            raise NullBubble
        return result

    return run


def _denying(error: TopLevelError, key: str, node: FieldNode, field: GraphQLField) -> Run:
    required = isinstance(field.type, GraphQLNonNull)

    def run(_record: Any, context: Context) -> None:
        context.report(error, node, [*context.path, key])
        if required:
            raise NullBubble

    return run


ARRAY_LIMIT: Final = 250


def check_array_sizes(value: Any) -> None:
    """Input arrays have at most 250 entries (shopify-api.md 3)."""
    if isinstance(value, list):
        if len(value) > ARRAY_LIMIT:
            words = f"The input array size of {len(value)} is greater than the maximum allowed of {ARRAY_LIMIT}."
            raise TopLevelError(words, "MAX_INPUT_SIZE_EXCEEDED")
        for item in value:
            check_array_sizes(item)
    elif isinstance(value, dict):
        for item in value.values():
            check_array_sizes(item)
