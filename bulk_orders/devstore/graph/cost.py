"""Query costs, by the formula that fits the recordings (shopify-api.md 3.1).

Its one rule: one place says what a field costs. A connection costs 2 + max(1, floor(2 ln n)) x (1 + its
children), a MoneyBag and a PageInfo nothing, a Count 10, every other object or list 1; a mutation costs
10 (some more), and what stands directly in its payload is free. A list counts its children once however
long it is, `nodes(ids:)` too ([LIVE product-relationship-roots-mutation-preflight]: 3 ids, 1 + 20 points).
"""

import math
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.execution.values import get_argument_values

from bulk_orders.devstore.graph.fields import Collector

MUTATION: Final = 10
MUTATION_COSTS: Final = {"fulfillmentTrackingInfoUpdate": 50, "orderCapture": 20, "refundCreate": 20}
COUNT: Final = 10
FREE: Final = frozenset({"MoneyBag", "PageInfo"})


def page_factor(count: int) -> int:
    """How a connection's page size counts: below linear."""
    return max(1, math.floor(2 * math.log(count))) if count > 0 else 0


class Cost:
    """The cost of one operation, before (requested) and after (actual) it ran."""

    def __init__(self, schema: GraphQLSchema, collector: Collector, operation: OperationDefinitionNode) -> None:
        self.schema = schema
        self.collector = collector
        self.operation = operation
        self.mutation = operation.operation.value == "mutation"

    def requested(self) -> int:
        """What the operation may cost at most; checked before anything runs."""
        return self._root(None)

    def actual(self, data: dict[str, Any] | None) -> int:
        """What it cost in the end. An empty page costs as much as a full one (recorded); a short page less,
        by a rule that was not found: here the formula is applied to the rows that came [INFER]."""
        return min(self.requested(), self._root(data if data is not None else {}))

    def _root(self, data: dict[str, Any] | None) -> int:
        root = self.schema.mutation_type if self.mutation else self.schema.query_type
        assert root is not None
        total = 0
        for key, nodes in self.collector.fields(root, self.operation.selection_set).items():
            if nodes[0].name.value.startswith("__"):
                continue
            value = _MISSING if data is None else data.get(key)
            total += self._mutation(root, nodes, value) if self.mutation else self._field(root, nodes, value)
        return total

    def _mutation(self, root: GraphQLObjectType, nodes: list[FieldNode], value: Any) -> int:
        name = nodes[0].name.value
        base = MUTATION_COSTS.get(name, MUTATION)
        payload = get_named_type(root.fields[name].type)
        if value is None or not isinstance(payload, GraphQLObjectType):
            return base
        for key, inner in self.collector.fields(payload, *(n.selection_set for n in nodes)).items():
            part = value if value is _MISSING else value.get(key)
            base += self._free_object(payload, inner, part)
        return base

    def _free_object(self, payload: GraphQLObjectType, nodes: list[FieldNode], value: Any) -> int:
        """Objects and lists directly in a payload cost only what is below them."""
        field = payload.fields.get(nodes[0].name.value)
        named = get_named_type(field.type) if field else None
        if named is None or not is_composite_type(named) or value is None:
            return 0
        return self._children(named, nodes, value)

    def _field(self, parent: GraphQLObjectType, nodes: list[FieldNode], value: Any) -> int:
        name = nodes[0].name.value
        field = parent.fields.get(name)
        named = get_named_type(field.type) if field else None
        if named is None or not is_composite_type(named) or named.name in FREE:
            return 0
        if named.name == "Count":
            return COUNT
        if named.name.endswith("Connection"):
            return self._connection(parent, named, nodes, value)
        return 1 + self._children(named, nodes, value)

    def _connection(
        self, parent: GraphQLObjectType, named: GraphQLNamedType, nodes: list[FieldNode], value: Any
    ) -> int:
        arguments = self._arguments(parent, nodes[0])
        size = arguments.get("first") or arguments.get("last") or 0
        assert isinstance(named, GraphQLObjectType)
        rows = [_MISSING]
        if value is not _MISSING and (found := _rows(value)):
            rows, size = found, min(size, len(found))
        inner = max(self._node(named, nodes, row) for row in rows)
        return 2 + page_factor(size) * (1 + inner)

    def _node(self, connection: GraphQLObjectType, nodes: list[FieldNode], row: Any) -> int:
        node_type = get_named_type(connection.fields["nodes"].type)
        selections = []
        for found in self.collector.fields(connection, *(n.selection_set for n in nodes)).values():
            if found[0].name.value == "nodes":
                selections += found
            elif found[0].name.value == "edges":
                edge = get_named_type(connection.fields["edges"].type)
                assert isinstance(edge, GraphQLObjectType)
                inside = self.collector.fields(edge, *(n.selection_set for n in found)).values()
                selections += [n for group in inside for n in group if n.name.value == "node"]
        return self._children(node_type, selections, row)

    def _children(self, named: GraphQLNamedType, nodes: list[FieldNode], value: Any) -> int:
        selections = [n.selection_set for n in nodes]
        if value is not _MISSING:
            return self._actual_children(named, nodes, value)
        if isinstance(named, GraphQLObjectType):
            return self._object(named, nodes, _MISSING)
        assert is_abstract_type(named)
        wanted: set[str] = set()
        for selection in selections:
            wanted |= self.collector.conditions(selection) if selection else set()
        possible = [t for t in self.schema.get_possible_types(named) if self._hit(t, wanted)]
        return max((self._object(t, nodes, _MISSING) for t in possible), default=0)

    def _hit(self, of: GraphQLObjectType, conditions: set[str]) -> bool:
        return not conditions or any(self.collector.applies(name, of) for name in conditions)

    def _actual_children(self, named: GraphQLNamedType, nodes: list[FieldNode], value: Any) -> int:
        if value is None:
            return 0
        if isinstance(value, list):
            return max((self._actual_children(named, nodes, one) for one in value), default=0)
        if isinstance(named, GraphQLObjectType):
            return self._object(named, nodes, value)
        assert is_abstract_type(named)
        found = (self._object(t, nodes, value) for t in self.schema.get_possible_types(named))
        return max(found, default=0)

    def _object(self, of: GraphQLObjectType, nodes: list[FieldNode], value: Any) -> int:
        total = 0
        for key, inner in self.collector.fields(of, *(n.selection_set for n in nodes)).items():
            if value is _MISSING:
                total += self._field(of, inner, _MISSING)
            elif key in value:
                total += self._field(of, inner, value[key])
        return total

    def _arguments(self, parent: GraphQLObjectType, node: FieldNode) -> dict[str, Any]:
        return get_argument_values(parent.fields[node.name.value], node, self.collector.variables)


_MISSING: Final[Any] = object()  # "not run yet", as opposed to null


def _rows(value: Any) -> list[Any]:
    if value is None:
        return []
    for key, found in value.items():
        if isinstance(found, list):
            nested = [one.get("node") for one in found if isinstance(one, dict) and "node" in one]
            return nested if nested and key != "nodes" else found
    return []
