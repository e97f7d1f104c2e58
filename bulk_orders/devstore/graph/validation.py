"""Validating documents, with errors in Shopify's shapes.

Its one rule: what Shopify words itself (unknown fields, arguments, missing selections) is found by an own
walk over the document; every other rule of the specification is graphql-core's, with a code beside it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_leaf_type,
    is_union_type,
    specified_rules,
    validate,
)

from bulk_orders.devstore.graph.errors import location, static_error
from bulk_orders.devstore.graph.literals import argument_errors
from bulk_orders.devstore.graph.schema import unknown_field, unknown_type

Errors = Iterator[dict[str, Any]]

_OWN: Final = frozenset(
    {
        "ScalarLeafsRule",
        "FieldsOnCorrectTypeRule",
        "KnownArgumentNamesRule",
        "ValuesOfCorrectTypeRule",
        "ProvidedRequiredArgumentsRule",
    }
)
_CODES: Final = {
    "NoUndefinedVariablesRule": "variableNotDefined",
    "NoUnusedVariablesRule": "variableNotUsed",
    "VariablesInAllowedPositionRule": "variableMismatch",
    "KnownTypeNamesRule": "undefinedType",
    "NoUnusedFragmentsRule": "useAndDefineFragment",
    "KnownFragmentNamesRule": "useAndDefineFragment",
    "OverlappingFieldsCanBeMergedRule": "fieldConflict",
    "PossibleFragmentSpreadsRule": "cannotSpreadFragment",
    "UniqueOperationNamesRule": "uniquelyNamedOperations",
    "KnownDirectivesRule": "undefinedDirective",
}


def validation_errors(schema: GraphQLSchema, document: DocumentNode, version: str) -> list[dict[str, Any]]:
    """Everything wrong with a document; empty if it can be executed."""
    walk = _Walk(schema, version)
    errors = [e for definition in document.definitions for e in walk.definition(definition)]
    for rule in specified_rules:
        if rule.__name__ not in _OWN:
            errors += [_standard(error, rule.__name__) for error in validate(schema, document, [rule])]
    return errors


def _standard(error: GraphQLError, rule: str) -> dict[str, Any]:
    node = error.nodes[0] if error.nodes else None
    words = _WORDS.get(rule)
    message = words(error.message) if words else error.message
    return {
        "message": message,
        "locations": location(node),
        "path": [],
        "extensions": {"code": _CODES.get(rule, "invalid")},
    }


def _type_mismatch(text: str) -> str:
    """`Variable '$id' of type 'String!' used in position expecting type 'ID!'.` in Ruby's words."""
    name, _, rest = text.removeprefix("Variable '$").partition("' of type '")
    kind, _, wanted = rest.partition("' used in position expecting type '")
    return f"Type mismatch on variable ${name} and argument ({kind} / {wanted.rstrip(chr(39) + '.')})"


_WORDS: Final[dict[str, Callable[[str], str]]] = {"VariablesInAllowedPositionRule": _type_mismatch}


def operation_label(operation: OperationDefinitionNode) -> str:
    """How a path begins: `mutation Name`, or only the kind."""
    kind = operation.operation.value
    return f"{kind} {operation.name.value}" if operation.name else kind


class _Walk:
    def __init__(self, schema: GraphQLSchema, version: str) -> None:
        self.schema = schema
        self.version = version

    def definition(self, definition: Any) -> Errors:
        if isinstance(definition, OperationDefinitionNode):
            root = self.schema.get_root_type(definition.operation)
            if root is not None:
                yield from self.selections(definition.selection_set, root, [operation_label(definition)])
        elif isinstance(definition, FragmentDefinitionNode):
            condition = definition.type_condition.name.value
            yield from self._fragment(definition, condition, [f"fragment {definition.name.value}"])

    def _fragment(self, node: Any, condition: str, path: list[str | int]) -> Errors:
        named = self.schema.type_map.get(condition)
        if named is None or unknown_type(condition, self.version):
            if named is not None:  # else graphql-core's KnownTypeNamesRule says so
                message = f"No such type {condition}, so it can't be a fragment condition"
                yield static_error(message, node, path, code="undefinedType", typeName=condition)
            return
        yield from self.selections(node.selection_set, named, path)

    def selections(self, selection: SelectionSetNode, parent: Any, path: list[str | int]) -> Errors:
        for node in selection.selections:
            yield from self._selection(node, parent, path)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType, path: list[str | int]) -> Errors:
        if isinstance(node, FieldNode):
            yield from self._field(node, parent, path)
        elif isinstance(node, InlineFragmentNode):
            if node.type_condition is None:
                yield from self.selections(node.selection_set, parent, [*path, "..."])
            else:
                condition = node.type_condition.name.value
                yield from self._fragment(node, condition, [*path, f"... on {condition}"])

    def _field(self, node: FieldNode, parent: GraphQLNamedType, path: list[str | int]) -> Errors:
        name = node.name.value
        here = [*path, (node.alias or node.name).value]
        if name.startswith("__"):
            return
        field = None if is_union_type(parent) else getattr(parent, "fields", {}).get(name)
        if field is None or unknown_field(parent.name, name, self.version):
            message = f"Field '{name}' doesn't exist on type '{parent.name}'"
            yield static_error(message, node, here, code="undefinedField", typeName=parent.name, fieldName=name)
            return
        yield from argument_errors(node, field, here)
        named = get_named_type(field.type)
        if node.selection_set is not None and is_leaf_type(named):
            words = f"Selections can't be made on {_kind(named)}s (field '{name}' returns {named.name}"
            inner = ", ".join(f'"{_label(selection)}"' for selection in node.selection_set.selections)
            message = f"{words} but has selections [{inner}])"
            yield static_error(message, node, here, code="selectionMismatch", nodeName=f"field '{name}'")
        elif node.selection_set is None and is_composite_type(named):
            words = f"field '{name}' returns {named.name} but has no selections. Did you mean '{name} {{ ... }}'?"
            message = f"Field must have selections ({words})"
            yield static_error(
                message, node, here,
                code="selectionMismatch", nodeName=f"field '{name}'", typeName=named.name,
            )  # fmt: skip
        elif node.selection_set is not None:
            yield from self.selections(node.selection_set, named, here)


def _kind(named: GraphQLNamedType) -> str:
    return "enum" if is_enum_type(named) else "scalar"


def _label(selection: SelectionNode) -> str:
    if isinstance(selection, InlineFragmentNode):
        return "..."
    assert isinstance(selection, FieldNode | FragmentSpreadNode)
    return selection.name.value
