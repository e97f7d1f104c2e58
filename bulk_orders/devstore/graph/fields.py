"""Collecting the fields of a selection for one type, as the GraphQL specification has it.

Its one rule: same response key, one field; fragments apply by their type condition, and @skip and
@include by the variables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    is_abstract_type,
)
from graphql.execution.values import VariableValues, get_directive_values

Collected = dict[str, list[FieldNode]]


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects fields of one document with its variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def fields(self, of: GraphQLObjectType | None, *selections: SelectionSetNode | None) -> Collected:
        """The fields of an object type by response key; of None, those of every fragment."""
        found: Collected = {}
        for selection in selections:
            if selection is not None:
                self._collect(of, selection, found)
        return found

    def _collect(self, of: GraphQLObjectType | None, selection: SelectionSetNode, found: Collected) -> None:
        for node in selection.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif (fragment := self._fragment(node)) is not None:
                condition = fragment.type_condition
                if condition is None or self.applies(condition.name.value, of):
                    self._collect(of, fragment.selection_set, found)

    def _fragment(self, node: Any) -> InlineFragmentNode | FragmentDefinitionNode | None:
        if isinstance(node, InlineFragmentNode):
            return node
        return self.fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else None

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def applies(self, condition: str, of: GraphQLObjectType | None) -> bool:
        """Whether a fragment on that type applies to an object type."""
        if of is None or condition == of.name:
            return True
        named = self.schema.type_map.get(condition)
        return named is not None and is_abstract_type(named) and self.schema.is_sub_type(named, of)

    def conditions(self, selection: SelectionSetNode) -> set[str]:
        """The type conditions of the fragments right inside a selection."""
        found = set()
        for node in selection.selections:
            fragment = None if isinstance(node, FieldNode) else self._fragment(node)
            if fragment is not None:
                if fragment.type_condition is not None:
                    found.add(fragment.type_condition.name.value)
                found |= self.conditions(fragment.selection_set)
        return found


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
