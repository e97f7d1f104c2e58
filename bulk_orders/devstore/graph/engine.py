"""From a document to an answer: parse, validate, price, execute.

Its one rule: the steps and their refusals stand in Shopify's order. What fails before execution has no
`data` and changes nothing; what fails during it stands beside `data`, and the change has happened.
"""

import functools
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    parse,
)

from bulk_orders.devstore.graph.context import Context, NullBubble
from bulk_orders.devstore.graph.cost import Cost
from bulk_orders.devstore.graph.errors import syntax_error
from bulk_orders.devstore.graph.fields import Collector, fragments_of
from bulk_orders.devstore.graph.plan import Compiler
from bulk_orders.devstore.graph.schema import schema
from bulk_orders.devstore.graph.validation import validation_errors
from bulk_orders.devstore.graph.variables import coerce

Errors = list[dict[str, Any]]
BULK_ROOTS: Final = frozenset({"bulkOperation", "bulkOperations", "currentBulkOperation", "node", "nodes"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document that was parsed and validated, once for all its requests."""

    document: DocumentNode | None
    errors: Errors


@functools.lru_cache(maxsize=512)
def parsed(source: str, version: str) -> Parsed:
    """Parses and validates a document."""
    try:
        document = parse(source)
    except GraphQLSyntaxError as error:
        return Parsed(None, [syntax_error(error)])
    except RecursionError:
        return Parsed(None, [{"message": "syntax error, the document is nested too deeply"}])
    return Parsed(document, validation_errors(schema(), document, version))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation with its variables, ready to be priced and run."""

    operation: OperationDefinitionNode
    collector: Collector
    cost: Cost
    root: GraphQLObjectType
    document: DocumentNode

    @property
    def mutation(self) -> bool:
        """Whether it may change anything."""
        return self.operation.operation.value == "mutation"

    @property
    def name(self) -> str:
        """The operation's name, if it has one."""
        return self.operation.name.value if self.operation.name else ""

    def roots(self) -> dict[str, FieldNode]:
        """Its root fields by response key."""
        fields = self.collector.fields(self.root, self.operation.selection_set)
        return {key: nodes[0] for key, nodes in fields.items()}

    def touches_bulk(self) -> bool:
        """Whether it looks at bulk operations, or changes what they may still read."""
        return self.mutation or any(node.name.value in BULK_ROOTS for node in self.roots().values())


def prepare(
    source: str, variables: dict[str, Any], operation_name: str | None, version: str
) -> tuple[Prepared | None, Errors]:
    """An operation that can run, or everything that is wrong with it."""
    found = parsed(source, version)
    if found.document is None or found.errors:
        return None, found.errors
    operation = _operation(found.document, operation_name)
    if operation is None:
        return None, [{"message": _no_operation(operation_name)}]
    coerced, errors = coerce(schema(), operation, variables)
    if coerced is None:
        return None, errors
    collector = Collector(schema(), fragments_of(found.document), coerced)
    root = schema().get_root_type(operation.operation)
    assert root is not None
    cost = Cost(schema(), collector, operation)
    return Prepared(operation, collector, cost, root, found.document), []


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name:
        return next((o for o in operations if o.name and o.name.value == name), None)
    return operations[0] if len(operations) == 1 else None


def _no_operation(name: str | None) -> str:
    return f'No operation named "{name}"' if name else "An operation name is required"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one root field came to: accepted, refused (userErrors), denied (access) or failed."""

    key: str
    verdict: str


def run(prepared: Prepared, context: Context) -> tuple[dict[str, Any] | None, list[Outcome]]:
    """Executes an operation, root field by root field in the order of the document."""
    if any(node.name.value in {"__schema", "__type"} for node in prepared.roots().values()):
        return _introspect(prepared), []
    compiler = Compiler(prepared.collector, context)
    data: dict[str, Any] = {}
    outcomes = []
    bubbled = False
    fields = prepared.collector.fields(prepared.root, prepared.operation.selection_set)
    for key, nodes in fields.items():
        before, context.refused = len(context.errors), None
        try:
            data[key] = compiler.field(prepared.root, key, nodes)(None, context)
        except NullBubble:
            data[key], bubbled = None, True
        outcomes.append(Outcome(key, _verdict(context, context.errors[before:])))
    return (None if bubbled else data), outcomes


def _verdict(context: Context, errors: Errors) -> str:
    if context.refused is not None:  # it ran, whatever went wrong while its payload was read
        return "refused" if context.refused else "accepted"
    if not errors:
        return "accepted"
    denied = errors[0].get("extensions", {}).get("code") == "ACCESS_DENIED"
    return "denied" if denied else "failed"


def _introspect(prepared: Prepared) -> dict[str, Any] | None:
    values = prepared.collector.variables.coerced
    result = execute_sync(schema(), prepared.document, variable_values=values, operation_name=prepared.name or None)
    return result.data
