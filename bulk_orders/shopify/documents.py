"""What a GraphQL document is, and those that ask for the shop, its bulk operations and its exports.

What is read of live orders stands in order_state, what changes them in mutations; a test validates each document that
is ever sent against the official schema.
Selections stay small: a field without scope inside a mutation's payload gives errors beside a mutation that did
happen (shopify-api.md 8). Nothing here is built from text of a user, except a search filter, quoted by `literal`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bulk_orders.core.columns import COLUMNS, Column, Level
from bulk_orders.core.fields import Field, selection, steps_of, tree


@dataclass(frozen=True, slots=True)
class Document:
    """One operation. For a mutation `root` is its field and `errors` the payload's field of user errors."""

    name: str
    text: str
    root: str = ""
    errors: str = "userErrors"


# --- reading ----------------------------------------------------------------------------------------------------------

SHOP = Document(
    "shop",
    "query BulkOrdersShop { shop { id myshopifyDomain name ianaTimezone currencyCode plan { publicDisplayName } } }",
)

SCOPES = Document("scopes", "query BulkOrdersScopes { currentAppInstallation { accessScopes { handle } } }")

BY_NAME = Document(
    "orders_by_name",
    "query BulkOrdersByName($q: String!, $after: String) { orders(first: 100, after: $after, query: $q) "
    "{ nodes { id name } pageInfo { hasNextPage endCursor } } }",
)

MOST_NODES = 250  # [USAGE limits]

MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"

CANCEL_RESULTS = Document(
    "cancel_results",
    "query BulkOrdersCancelResults($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on OrderCancelJobResult "
    "{ id done status errors { code field message } } } }",
)
"""How cancellation jobs ended; from API version 2026-10 on."""


# --- bulk -------------------------------------------------------------------------------------------------------------

BULK_RUN = Document(
    "bulk_run",
    "mutation BulkOrdersBulkRun($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) "
    "{ bulkOperation { id status } userErrors { field message code } } }",
    root="bulkOperationRunQuery",
)

BULK_POLL = Document(
    "bulk_poll",
    "query BulkOrdersBulkPoll($id: ID!) { bulkOperation(id: $id) "
    "{ id status errorCode objectCount rootObjectCount fileSize url partialDataUrl query } }",
)

BULK_LIST = Document(
    "bulk_list",
    "query BulkOrdersBulkList($q: String!) { bulkOperations(first: 20, query: $q) "
    "{ nodes { id status createdAt query } } }",
)

BULK_CANCEL = Document(
    "bulk_cancel",
    "mutation BulkOrdersBulkCancel($id: ID!) { bulkOperationCancel(id: $id) "
    "{ bulkOperation { id status } userErrors { field message } } }",
    root="bulkOperationCancel",
)

BULK_STAGE = Document(
    "bulk_stage",
    "mutation BulkOrdersStage($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) "
    "{ stagedTargets { url parameters { name value } } userErrors { field message } } }",
    root="stagedUploadsCreate",
)

BULK_MUTATE = Document(
    "bulk_mutate",
    "mutation BulkOrdersBulkMutate($m: String!, $path: String!) "
    "{ bulkOperationRunMutation(mutation: $m, stagedUploadPath: $path) "
    "{ bulkOperation { id status } userErrors { field message code } } }",
    root="bulkOperationRunMutation",
)


def marked(document: Document, mark: str) -> str:
    """The text of a mutation whose operation is named by `mark`: what an operation in the shop is known again by.

    The shop gives the text of an operation back as it was submitted [LIVE bulk-operation-run-mutation-allowed-roots].
    """
    return re.sub(r"^mutation (\w+)", rf"mutation \1_{mark}", document.text, count=1)


def literal(text: str) -> str:
    """A text as a GraphQL string: a bulk query takes no variables (shopify-api.md 1.1)."""
    return json.dumps(text)


_TYPE_OF = {Level.ORDER: "Order", Level.ROW: "Order", Level.FULFILLMENT: "Fulfillment", Level.LINE: "LineItem"}


def left_out(column: Column, unavailable: frozenset[str]) -> bool:
    """Whether the shop does not give what the column needs.

    `unavailable` holds dotted fields, as `Order.customer` or `Order.customer.state`, or `*.state` where only the
    field's own name is known.
    """
    if column.source is None:
        return False
    names = [step.name for step in steps_of(column.source)]
    whole = ".".join([_TYPE_OF[column.level], *names])
    return any(whole == field or whole.startswith(f"{field}.") for field in unavailable) or any(
        f"*.{name}" in unavailable for name in names
    )


def _fields(levels: tuple[Level, ...], unavailable: frozenset[str]) -> dict[str, Field]:
    sources = (c.source for c in COLUMNS if c.source and c.level in levels and not left_out(c, unavailable))
    return tree(["id", *sources])


def order_fields(unavailable: frozenset[str] = frozenset()) -> dict[str, Field]:
    """What an export asks of each order, its fulfillments inside it."""
    inside = _fields((Level.FULFILLMENT,), unavailable)
    orders = _fields((Level.ORDER, Level.ROW), unavailable)
    return orders | {"fulfillments": Field("fulfillments", many=True, children=inside)}


def line_fields(unavailable: frozenset[str] = frozenset()) -> dict[str, Field]:
    """What an export asks of each line item."""
    return _fields((Level.LINE,), unavailable)


def export_query(
    search: str | None, *, lines: bool, unavailable: frozenset[str] = frozenset(), first: int | None = None
) -> str:
    """The export's query: as a bulk query, or with `first` as an ordinary one that shows what bulk would refuse."""
    parts = ["__typename", selection(order_fields(unavailable))]
    if lines:
        at_most = f"(first: {first})" if first else ""
        items = selection(line_fields(unavailable))
        parts.append(f"lineItems{at_most} {{ edges {{ node {{ __typename {items} }} }} }}")
    arguments = ", ".join(
        filter(None, (f"first: {first}" if first else "", f"query: {literal(search)}" if search else ""))
    )
    return f"{{ orders{f'({arguments})' if arguments else ''} {{ edges {{ node {{ {' '.join(parts)} }} }} }} }}"


def backup(unavailable: frozenset[str] = frozenset()) -> Document:
    """All that is kept of an order before it is deleted: what an export has, its lines, payments and refunds."""
    order = selection(order_fields(unavailable))
    lines = selection(line_fields(unavailable))
    payments = (
        f"transactions {{ id kind status gateway test processedAt amountSet {MONEY} parentTransaction {{ id }} }}"
    )
    refunds = f"refunds {{ id note createdAt totalRefundedSet {MONEY} }}"
    items = f"lineItems(first: 250) {{ nodes {{ {lines} }} pageInfo {{ hasNextPage }} }}"
    text = (
        "query BulkOrdersBackup($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Order { "
        f"{order} {items} {payments} {refunds} }} }} }}"
    )
    return Document("backup", text)
