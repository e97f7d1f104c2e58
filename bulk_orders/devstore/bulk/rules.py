"""What a bulk query may be, with Shopify's exact refusals ([LIVE bulk-operation-run-query-validators]).

Its one rule: rules are independent, and every one that is broken is reported, in the order of this file
(the recordings show two at once for a top-level `node`; the order of others is [INFER]).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    parse,
)
from graphql.execution.values import VariableValues

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.graph.fields import Collector, fragments_of
from bulk_orders.devstore.graph.plan import is_connection
from bulk_orders.devstore.graph.validation import validation_errors

MAX_BYTES: Final = 65_535
MAX_CONNECTIONS: Final = 5
MAX_DEPTH: Final = 2


@dataclass(slots=True)
class Found:
    """One connection of a bulk query."""

    name: str
    depth: int
    in_list: bool
    uses_nodes: bool
    has_edges: bool
    selects_id: bool
    implements_node: bool
    nested: list["Found"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BulkQuery:
    """A bulk query that may run."""

    document: DocumentNode
    operation: OperationDefinitionNode
    collector: Collector


def refuse(message: str) -> UserError:
    """A userError as all rules give it."""
    return UserError(("query",), message, "INVALID")


def check(query: str, schema: GraphQLSchema, version: str) -> tuple[BulkQuery | None, list[UserError]]:
    """The parsed bulk query, or every reason against it."""
    size = len(query.encode())
    if size > MAX_BYTES:
        return None, [refuse(f"Query is too large ({size} bytes; maximum is {MAX_BYTES} bytes)")]
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return None, [refuse(f"Invalid bulk query: {_syntax(error)}")]
    operation = next((d for d in document.definitions if isinstance(d, OperationDefinitionNode)), None)
    if operation is None or operation.operation.value != "query":
        return None, [refuse("Invalid operation type. Only `query` operations are supported.")]
    if errors := validation_errors(schema, document, version):
        return None, [refuse(f"Invalid bulk query: {e['message']}") for e in errors]  # words [INFER]
    collector = Collector(schema, fragments_of(document), VariableValues({}, {}))
    root = schema.query_type
    assert root is not None
    top = list(collector.fields(root, operation.selection_set).values())
    connections = list(_connections(collector, root, top, depth=0, in_list=False))
    shape = Shape([group[0].name.value for group in top], connections)
    broken = [refuse(message) for rule in RULES if (message := rule(shape)) is not None]
    return (None, broken) if broken else (BulkQuery(document, operation, collector), [])


def connections_of(document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema) -> int:
    """How many connections a valid mutation selects, nested ones too."""
    collector = Collector(schema, fragments_of(document), VariableValues({}, {}))
    root = schema.mutation_type
    assert root is not None
    top = list(collector.fields(root, operation.selection_set).values())
    return len(list(_all(list(_connections(collector, root, top, depth=0, in_list=False)))))


def _syntax(error: GraphQLSyntaxError) -> str:
    if "<EOF>" in error.message:
        return "syntax error, unexpected end of file"
    return "syntax error, " + error.message.removeprefix("Syntax Error: ")  # words [INFER]


def _connections(
    collector: Collector,
    of: GraphQLObjectType,
    groups: list[list[FieldNode]],
    depth: int,
    *,
    in_list: bool,
) -> Iterator[Found]:
    """The connections of a selection, each with those nested in it."""
    for nodes in groups:
        definition = of.fields.get(nodes[0].name.value)
        named = get_named_type(definition.type) if definition else None
        if definition is None or named is None or not is_composite_type(named):
            continue
        if is_connection(definition):
            assert isinstance(named, GraphQLObjectType)
            yield _found(collector, named, nodes, depth, in_list=in_list)
            continue
        listed = in_list or isinstance(get_nullable_type(definition.type), GraphQLList)
        for concrete in _concrete(collector, named):
            inner = list(collector.fields(concrete, *(n.selection_set for n in nodes)).values())
            yield from _connections(collector, concrete, inner, depth, in_list=listed)


def _concrete(collector: Collector, named: object) -> list[GraphQLObjectType]:
    if isinstance(named, GraphQLObjectType):
        return [named]
    return list(collector.schema.get_possible_types(named))  # type: ignore[arg-type]


def _found(
    collector: Collector, connection: GraphQLObjectType, nodes: list[FieldNode], depth: int, *, in_list: bool
) -> Found:
    inside = collector.fields(connection, *(n.selection_set for n in nodes))
    names = {group[0].name.value for group in inside.values()}
    edges = [n for group in inside.values() for n in group if n.name.value == "edges"]
    edge = get_named_type(connection.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    rows = [
        n
        for group in collector.fields(edge, *(e.selection_set for e in edges)).values()
        for n in group
        if n.name.value == "node"
    ]
    rows += [n for group in inside.values() for n in group if n.name.value == "nodes"]
    node_type = get_named_type(edge.fields["node"].type)
    found = Found(
        name=nodes[0].name.value,
        depth=depth,
        in_list=in_list,
        uses_nodes="nodes" in names,
        has_edges=bool(edges),
        selects_id=False,
        implements_node=all(_is_node(concrete) for concrete in _concrete(collector, node_type)),
    )
    for concrete in _concrete(collector, node_type):
        groups = collector.fields(concrete, *(n.selection_set for n in rows))
        found.selects_id = found.selects_id or _plain_id(groups.get("id"))
        found.nested += _connections(collector, concrete, list(groups.values()), depth + 1, in_list=False)
    return found


def _plain_id(nodes: list[FieldNode] | None) -> bool:
    return nodes is not None and nodes[0].name.value == "id"


def _is_node(concrete: GraphQLObjectType) -> bool:
    return any(interface.name == "Node" for interface in concrete.interfaces)


def _all(connections: list[Found]) -> Iterator[Found]:
    for connection in connections:
        yield connection
        yield from _all(connection.nested)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rules look at: the top-level fields and the connections."""

    top: list[str]
    found: list[Found]

    def connections(self) -> list[Found]:
        """All connections, nested ones too."""
        return list(_all(self.found))


Rule = Callable[[Shape], str | None]


def _single_top_level(shape: Shape) -> str | None:
    # The rule is [USAGE]; its words are ours [INFER].
    return "Bulk queries must contain a single top level field." if len(shape.top) > 1 else None


def _no_top_level_node(shape: Shape) -> str | None:
    for name in ("node", "nodes"):
        if name in shape.top:
            return f"Bulk queries cannot contain a top level `{name}` field."
    return None


def _any_connection(shape: Shape) -> str | None:
    return None if shape.found else "Bulk queries must contain at least one connection."


def _not_too_many(shape: Shape) -> str | None:
    if len(shape.connections()) <= MAX_CONNECTIONS:
        return None
    return f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections."


def _not_too_deep(shape: Shape) -> str | None:
    if all(connection.depth <= MAX_DEPTH for connection in shape.connections()):
        return None
    return f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}."


def _edges_only(shape: Shape) -> str | None:
    names = [c.name for c in shape.connections() if c.uses_nodes or not c.has_edges]
    if not names:
        return None
    return (
        "All connection fields in a bulk query must select their contents using 'edges' > 'node', "
        f"e.g: '{names[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
        f"Invalid connection fields: '{', '.join(names)}'."
    )


def _parents_have_ids(shape: Shape) -> str | None:
    names = [c.name for c in shape.connections() if c.nested and not c.selects_id]
    if not names:
        return None
    return (
        "The parent 'node' field for a nested connection must select the 'id' field without an alias and "
        f"must be of 'ID' return type. Connection fields without 'id': {', '.join(names)}."
    )


def _not_in_lists(shape: Shape) -> str | None:
    if not any(connection.in_list for connection in shape.connections()):
        return None
    return "Queries that contain a connection field within a list field are not currently supported."


def _nodes_only(shape: Shape) -> str | None:
    # The rule is [USAGE]; its words are ours [INFER].
    names = [c.name for c in shape.connections() if not c.implements_node]
    if not names:
        return None
    return f"Connections in a bulk query must return nodes that implement Node: {', '.join(names)}."


RULES: Final[tuple[Rule, ...]] = (
    _no_top_level_node,
    _single_top_level,
    _any_connection,
    _not_too_many,
    _not_too_deep,
    _edges_only,
    _parents_have_ids,
    _not_in_lists,
    _nodes_only,
)
