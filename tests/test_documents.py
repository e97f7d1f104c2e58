"""Every document that is ever sent validates against the official schema, the whole one and the devstore's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, parse, validate

from bulk_orders.core.known import KNOWN
from bulk_orders.core.order import Facet
from bulk_orders.shopify import documents, mutations
from bulk_orders.shopify.details import detail_documents
from bulk_orders.shopify.documents import Document, backup, export_query
from bulk_orders.shopify.order_state import BULK_FACETS, bulk_state, orders_state

DOCUMENTS = [
    *(document for document in vars(documents).values() if isinstance(document, Document)),
    *(orders_state(facets) for facets in ((), (Facet.FULFILLMENTS,), tuple(Facet))),
    orders_state(tuple(Facet), large=True),
    Document("bulk_state", bulk_state("id:1 OR id:2", BULK_FACETS)),
    *(
        Document(f"export lines={lines} first={first}", export_query("status:open", lines=lines, first=first))
        for lines in (False, True)
        for first in (None, 1)
    ),
    backup(),
    *mutations.MUTATIONS.values(),
    mutations.CANCEL_2026_07,
    *detail_documents(),
]
"""Those that stand by name are found, the others made."""


@pytest.fixture(scope="module")
def official(shared: Path) -> GraphQLSchema:
    text = (shared / "shopify" / "admin-2026-10.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


@pytest.fixture(scope="module")
def pruned() -> GraphQLSchema:
    text = (ROOT / "bulk_orders" / "devstore" / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_it_validates_against_the_official_schema(document: Document, official: GraphQLSchema) -> None:
    assert validate(official, parse(document.text)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_it_validates_against_the_devstores_schema(document: Document, pruned: GraphQLSchema) -> None:
    assert validate(pruned, parse(document.text)) == []


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d.root], ids=lambda document: document.name)
def test_a_mutation_is_one_mutation_and_asks_for_its_errors(document: Document) -> None:
    (operation,) = parse(document.text).definitions
    fields = operation.selection_set.selections  # type: ignore[attr-defined]
    assert [field.name.value for field in fields] == [document.root]
    asked = {field.name.value for field in fields[0].selection_set.selections}
    assert document.errors in asked


def test_no_document_asks_for_a_deprecated_field(official: GraphQLSchema) -> None:
    from graphql import NoDeprecatedCustomRule

    for document in DOCUMENTS:
        assert validate(official, parse(document.text), [NoDeprecatedCustomRule]) == [], document.name


@pytest.mark.parametrize("enum", KNOWN)
def test_the_values_that_decisions_rest_on_are_the_schemas(
    enum: str, official: GraphQLSchema, pruned: GraphQLSchema
) -> None:
    for schema in (official, pruned):
        declared = schema.type_map[enum]
        assert isinstance(declared, GraphQLEnumType)
        assert set(declared.values) == KNOWN[enum]
