"""Writing JSONL: one line for every connection node, children with `__parentId`.

Its one rule: children come after their parents but not right after them. Without groupObjects the lines
of all connections are mixed, each connection in its own order, which is all that Shopify promises
(shopify-api.md 1.3); with it, children stand directly below their parent.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLObjectType, get_named_type

from bulk_orders.devstore.bulk.operation import Output
from bulk_orders.devstore.bulk.rules import BulkQuery
from bulk_orders.devstore.graph.connections import Listing
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.fields import Collected
from bulk_orders.devstore.graph.plan import Compiler, Run, Selection, is_connection

ROOT_WEIGHT: Final = 3  # roots run ahead of their children by so much
READING: Final = 0.99  # the share of the work that is reading; the rest is putting the file together
PAUSE: Final = 200  # lines
Records = Callable[[Any, Context], list[Any]]


@dataclass(slots=True)
class Row:
    """One line on its way: its text, its connection, and the rows below it."""

    text: str
    connection: int
    children: list["Row"] = field(default_factory=list)


class Lines:
    """The compiled lines of one connection."""

    def __init__(self, compiler: Compiler, node_type: Any, edges: list[Any], counter: Iterator[int]) -> None:
        self.compiler = compiler
        self.node_type = node_type
        self.nodes = edges
        self.index = next(counter)
        self.counter = counter
        self._by_type: dict[str, tuple[Selection, list[tuple[Records, Lines]]]] = {}
        for concrete in self._types():
            self._compiled(concrete)

    def _types(self) -> list[GraphQLObjectType]:
        if isinstance(self.node_type, GraphQLObjectType):
            return [self.node_type]
        return list(self.compiler.collector.schema.get_possible_types(self.node_type))

    def _compiled(self, of: GraphQLObjectType) -> tuple[Selection, list[tuple[Records, "Lines"]]]:
        if of.name not in self._by_type:
            selections = [node.selection_set for node in self.nodes]
            groups = self.compiler.collector.fields(of, *selections)
            children = list(nested(self.compiler, of, groups, self.counter))
            self._by_type[of.name] = self.compiler.selection(of, selections), children
        return self._by_type[of.name]

    def row(self, record: Any, parent: str | None, context: Context) -> Row:
        """The line of one record with everything below it."""
        concrete = self.compiler.collector.schema.type_map[context.registry.type_name(record)]
        assert isinstance(concrete, GraphQLObjectType)
        select, children = self._compiled(concrete)
        fields = select(record, context)
        if parent is not None:
            fields["__parentId"] = parent
        row = Row(_text(fields), self.index)
        for records, lines in children:
            row.children += [lines.row(child, record.id, context) for child in records(record, context)]
        return row


def _text(fields: dict[str, Any]) -> str:
    # Slashes are escaped in the recordings ("gid:\/\/shopify\/Order\/1").
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def nested(
    compiler: Compiler, of: GraphQLObjectType, groups: Collected, counter: Iterator[int]
) -> Iterator[tuple[Records, Lines]]:
    """The connections of a selection, also those inside its objects, each with how to read it."""
    for nodes in groups.values():
        definition = of.fields.get(nodes[0].name.value)
        if definition is None:
            continue
        named = get_named_type(definition.type)
        resolve = compiler.resolver(of, nodes[0], definition)
        if is_connection(definition):
            assert isinstance(named, GraphQLObjectType)
            yield _all_of(resolve), _lines(compiler, named, nodes, counter)
        elif isinstance(named, GraphQLObjectType):
            inner = compiler.collector.fields(named, *(n.selection_set for n in nodes))
            for records, lines in nested(compiler, named, inner, counter):
                yield _through(resolve, records), lines


def _lines(compiler: Compiler, connection: GraphQLObjectType, nodes: list[Any], counter: Iterator[int]) -> Lines:
    edge = get_named_type(connection.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    inside = compiler.collector.fields(connection, *(n.selection_set for n in nodes))
    edges = [n for group in inside.values() for n in group if n.name.value == "edges"]
    found = compiler.collector.fields(edge, *(e.selection_set for e in edges))
    rows = [n for group in found.values() for n in group if n.name.value == "node"]
    return Lines(compiler, get_named_type(edge.fields["node"].type), rows, counter)


def _all_of(resolve: Run) -> Records:
    def records(parent: Any, context: Context) -> list[Any]:
        value = resolve(parent, context)
        return list(value.items if isinstance(value, Listing) else value or [])

    return records


def _through(resolve: Run, records: Records) -> Records:
    def inner(parent: Any, context: Context) -> list[Any]:
        value = resolve(parent, context)
        return [] if value is None else records(value, context)

    return inner


def write(query: BulkQuery, context: Context, output: Output, *, grouped: bool, seed: int) -> Iterator[float]:
    """Writes the lines of a bulk query into `output`, root by root; yields the share that is done."""
    compiler = Compiler(query.collector, context, drop_connections=True)
    root = query.collector.schema.query_type
    assert root is not None
    groups = query.collector.fields(root, query.operation.selection_set)
    if _denied(query, context, root):
        output.error = "ACCESS_DENIED"
        return
    sources = list(nested(compiler, root, groups, iter(range(1000))))
    rows = [(lines, record) for records, lines in sources for record in records(None, context)]
    done: list[Row] = []
    for count, (lines, record) in enumerate(rows, 1):
        if record.id in context.store.records:  # it may have been deleted since the search
            done.append(lines.row(record, None, context))
            output.roots += 1
            output.lines += _flat(done[-1])
        if context.errors:
            output.error = "ACCESS_DENIED"
            return
        yield READING * count / len(rows)
    if not grouped:
        texts: list[str] = []
        for _ in mix(done, seed, texts):
            yield READING
        output.lines = texts


def _denied(query: BulkQuery, context: Context, root: GraphQLObjectType) -> bool:
    """Whether any field of the query needs a scope that is not granted: one is enough to fail it all."""
    compiler = Compiler(query.collector, context)
    compiler.selection(root, [query.operation.selection_set])
    return bool(compiler.denials)


def _flat(row: Row) -> list[str]:
    texts = [row.text]
    for child in row.children:
        texts += _flat(child)
    return texts


def mix(rows: list[Row], seed: int, texts: list[str]) -> Iterator[None]:
    """Puts the lines of all connections into one list: each in its own order, children after their parents;
    pauses now and then."""
    picks = random.Random(seed)  # noqa: S311 - a reproducible mix
    queues: dict[int, list[Row]] = {-1: rows}
    taken: dict[int, int] = {-1: 0}
    while open_queues := [i for i, queue in queues.items() if taken[i] < len(queue)]:
        weights = [ROOT_WEIGHT if i == -1 else 1 for i in open_queues]
        index = picks.choices(open_queues, weights)[0]
        row = queues[index][taken[index]]
        taken[index] += 1
        texts.append(row.text)
        for child in row.children:
            queues.setdefault(child.connection, []).append(child)
            taken.setdefault(child.connection, 0)
        if len(texts) % PAUSE == 0:
            yield
