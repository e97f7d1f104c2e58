"""Every GraphQL document that is ever sent, each validated by a test against the official schema.

Selections stay small: a field without scope inside a mutation's payload gives errors beside a mutation that did
happen (shopify-api.md 8). Nothing here is built from text of a user, except a search filter, quoted by `literal`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bulk_orders.core.columns import COLUMNS, Column, Level
from bulk_orders.core.fields import Field, selection, steps_of, tree
from bulk_orders.core.order import Facet


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

_MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
_ORDER = (
    "id name createdAt closed cancelledAt cancelReason displayFinancialStatus displayFulfillmentStatus returnStatus "
    f"note tags email phone poNumber capturable canNotifyCustomer netPaymentSet {_MONEY}"
)
_LISTS = {
    Facet.FULFILLMENTS: (
        "fulfillments { id name status displayStatus totalQuantity trackingInfo { company number url } }"
    ),
    Facet.CANCELLATION: "cancellation { staffNote }",
    Facet.FACTS: f"createdAt sourceName paymentGatewayNames test totalPriceSet {_MONEY}",
    Facet.PAYMENTS: (
        f"canMarkAsPaid totalOutstandingSet {_MONEY} refunds {{ id note createdAt totalRefundedSet {_MONEY} }} "
        f"transactions {{ kind status manualPaymentGateway id gateway test amountSet {_MONEY} "
        f"totalUnsettledSet {_MONEY} parentTransaction {{ id }} }}"
    ),
    Facet.FEES: "transactions { kind status manualPaymentGateway fees { amount { amount currencyCode } } }",
    Facet.ADDRESS: (
        "shippingAddress { firstName lastName company phone address1 address2 city zip provinceCode countryCodeV2 }"
    ),
    Facet.ATTRIBUTES: "customAttributes { key value }",
    Facet.CUSTOMER: "customer { id } purchasingEntity { __typename }",
    Facet.TRANSACTIONS: "transactions { kind status manualPaymentGateway }",
}
"""Facets that stand inside the order. Selections of one field in several facets are merged, as GraphQL does."""


@dataclass(frozen=True, slots=True)
class _Pages:
    """How many rows of a connection are asked for; 0 in a bulk query, which has no pages and takes no `nodes`."""

    orders: int
    lines: int

    def connection(self, name: str, size: int, inner: str) -> str:
        if not size:
            return f"{name} {{ edges {{ node {{ __typename id {inner} }} }} }}"
        return f"{name}(first: {size}) {{ nodes {{ id {inner} }} pageInfo {{ hasNextPage }} }}"

    def connections(self, facets: frozenset[Facet]) -> Iterator[str]:
        """Facets that are connections."""
        if Facet.WORK in facets:
            parts = [
                "status requestStatus assignedLocation { name } supportedActions { action }",
                "fulfillmentHolds { id reason reasonNotes handle heldByRequestingApp }",
                "assignedLocation { location { id isActive } }" if Facet.PLACES in facets else "",
                "fulfillmentHolds { heldByApp { title } }" if Facet.APPS in facets else "",
                self.connection("lineItems", self.lines, "remainingQuantity lineItem { id name }"),
            ]
            yield self.connection("fulfillmentOrders", self.orders, " ".join(filter(None, parts)))
        if Facet.LINES in facets:
            price = "discountedUnitPriceAfterAllDiscountsSet { presentmentMoney { amount currencyCode } }"
            taxes = "taxLines { priceSet { presentmentMoney { amount } } }"
            lines = f"name quantity currentQuantity isGiftCard {price} {taxes}"
            yield f"taxesIncluded {self.connection('lineItems', self.lines, lines)}"
        if Facet.PLACES in facets:
            yield "fulfillments { service { type } location { name } }"
        if Facet.CONTENTS in facets:
            contents = self.connection("fulfillmentLineItems", self.lines, "quantity lineItem { id }")
            yield f"fulfillments {{ location {{ name }} {contents} }}"


_USUAL, _LARGE, _BULK = _Pages(10, 30), _Pages(50, 250), _Pages(0, 0)


def _state(facets: Iterable[Facet], pages: _Pages) -> str:
    chosen = frozenset(facets)
    lists = (text for facet, text in _LISTS.items() if facet in chosen)
    return " ".join([_ORDER, *lists, *pages.connections(chosen)])


def orders_state(facets: Iterable[Facet], *, large: bool = False) -> Document:
    """Read up to 250 orders by gid with just these facets; `large` for one whose lists are longer than usual."""
    chosen = sorted(facet.value for facet in facets)
    text = (
        "query BulkOrdersState($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Order { "
        + _state(facets, _LARGE if large else _USUAL)
        + " } } }"
    )
    return Document(("large" if large else "") + "state" + "".join(f"+{facet}" for facet in chosen), text)


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


BULK_FACETS = frozenset(Facet) - {Facet.CONTENTS}
"""What a bulk query can read of an order: a connection inside a list is refused there (shopify-api.md 1.2)."""


def bulk_state(search: str, facets: Iterable[Facet]) -> str:
    """The bulk query that reads the state of all orders that `search` finds."""
    return f"{{ orders(query: {literal(search)}) {{ edges {{ node {{ __typename {_state(facets, _BULK)} }} }} }} }}"


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
        f"transactions {{ id kind status gateway test processedAt amountSet {_MONEY} parentTransaction {{ id }} }}"
    )
    refunds = f"refunds {{ id note createdAt totalRefundedSet {_MONEY} }}"
    items = f"lineItems(first: 250) {{ nodes {{ {lines} }} pageInfo {{ hasNextPage }} }}"
    text = (
        "query BulkOrdersBackup($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Order { "
        f"{order} {items} {payments} {refunds} }} }} }}"
    )
    return Document("backup", text)


# --- changing ---------------------------------------------------------------------------------------------------------

_USER_ERRORS = "userErrors { field message }"
_CANCEL_ARGUMENTS = (
    "mutation BulkOrdersCancel($id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $notify: Boolean, "
    "$rm: OrderCancelRefundMethodInput, $note: String) { orderCancel(orderId: $id, reason: $reason, restock: $restock, "
    "notifyCustomer: $notify, refundMethod: $rm, staffNote: $note) "
)

_MUTATIONS = {
    document.root: document
    for document in (
        Document(
            "orderCancel",
            _CANCEL_ARGUMENTS
            + "{ job { id done } jobResult { id done status } orderCancelUserErrors { code field message } } }",
            root="orderCancel",
            errors="orderCancelUserErrors",
        ),
        Document(
            "fulfillmentCancel",
            "mutation BulkOrdersUnfulfill($id: ID!) { fulfillmentCancel(id: $id) "
            f"{{ fulfillment {{ id status }} {_USER_ERRORS} }} }}",
            root="fulfillmentCancel",
        ),
        Document(
            "orderClose",
            "mutation BulkOrdersArchive($id: ID!) { orderClose(input: { id: $id }) "
            f"{{ order {{ id closed }} {_USER_ERRORS} }} }}",
            root="orderClose",
        ),
        Document(
            "orderOpen",
            "mutation BulkOrdersUnarchive($id: ID!) { orderOpen(input: { id: $id }) "
            f"{{ order {{ id closed }} {_USER_ERRORS} }} }}",
            root="orderOpen",
        ),
        Document(
            "orderUpdate",
            "mutation BulkOrdersUpdate($input: OrderInput!) { orderUpdate(input: $input) "
            f"{{ order {{ id note email phone poNumber }} {_USER_ERRORS} }} }}",
            root="orderUpdate",
        ),
        Document(
            "orderDelete",
            "mutation BulkOrdersDelete($id: ID!) { orderDelete(orderId: $id) "
            "{ deletedId userErrors { code field message } } }",
            root="orderDelete",
        ),
        Document(
            "orderMarkAsPaid",
            "mutation BulkOrdersMarkAsPaid($id: ID!) { orderMarkAsPaid(input: { id: $id }) "
            f"{{ order {{ id displayFinancialStatus }} {_USER_ERRORS} }} }}",
            root="orderMarkAsPaid",
        ),
        Document(
            "orderCapture",
            "mutation BulkOrdersCapture($input: OrderCaptureInput!) { orderCapture(input: $input) "
            f"{{ transaction {{ id status }} {_USER_ERRORS} }} }}",
            root="orderCapture",
        ),
        Document(
            "refundCreate",
            "mutation BulkOrdersRefund($input: RefundInput!, $key: String!) "
            f"{{ refundCreate(input: $input) @idempotent(key: $key) {{ refund {{ id note }} {_USER_ERRORS} }} }}",
            root="refundCreate",
        ),
        Document(
            "fulfillmentCreate",
            "mutation BulkOrdersFulfill($fulfillment: FulfillmentInput!) "
            "{ fulfillmentCreate(fulfillment: $fulfillment) "
            f"{{ fulfillment {{ id status }} {_USER_ERRORS} }} }}",
            root="fulfillmentCreate",
        ),
        Document(
            "fulfillmentTrackingInfoUpdate",
            "mutation BulkOrdersTrack($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) "
            "{ fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, "
            "notifyCustomer: $notify) "
            f"{{ fulfillment {{ id trackingInfo {{ company number url }} }} {_USER_ERRORS} }} }}",
            root="fulfillmentTrackingInfoUpdate",
        ),
        Document(
            "fulfillmentOrderHold",
            "mutation BulkOrdersHold($id: ID!, $hold: FulfillmentOrderHoldInput!) "
            "{ fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) { fulfillmentHold { id handle } "
            "fulfillmentOrder { id status } userErrors { code field message } } }",
            root="fulfillmentOrderHold",
        ),
        Document(
            "fulfillmentOrderReleaseHold",
            "mutation BulkOrdersRelease($id: ID!, $holds: [ID!]!) { fulfillmentOrderReleaseHold(id: $id, "
            "holdIds: $holds) { fulfillmentOrder { id status fulfillmentHolds { id } } "
            "userErrors { code field message } } }",
            root="fulfillmentOrderReleaseHold",
        ),
        Document(
            "tagsAdd",
            "mutation BulkOrdersTagsAdd($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) "
            f"{{ node {{ id ... on Order {{ tags }} }} {_USER_ERRORS} }} }}",
            root="tagsAdd",
        ),
        Document(
            "tagsRemove",
            "mutation BulkOrdersTagsRemove($id: ID!, $tags: [String!]!) { tagsRemove(id: $id, tags: $tags) "
            f"{{ node {{ id ... on Order {{ tags }} }} {_USER_ERRORS} }} }}",
            root="tagsRemove",
        ),
    )
}

_CANCEL_2026_07 = Document(
    "orderCancel",
    _CANCEL_ARGUMENTS + "{ job { id done } orderCancelUserErrors { code field message } } }",
    root="orderCancel",
    errors="orderCancelUserErrors",
)


def has_cancel_results(api_version: str) -> bool:
    """orderCancel.jobResult is there from 2026-10 on (shopify-api.md, head)."""
    return api_version == "unstable" or api_version >= "2026-10"


def mutation(name: str, api_version: str) -> Document:
    """The document of a mutation, as that API version knows it."""
    if name == "orderCancel" and not has_cancel_results(api_version):
        return _CANCEL_2026_07
    return _MUTATIONS[name]


def all_documents() -> list[Document]:
    """Every document, for the test that holds them against the schema."""
    states = [orders_state(facets) for facets in ((), (Facet.FULFILLMENTS,), tuple(Facet))]
    states.append(orders_state(tuple(Facet), large=True))
    exports = [
        Document(f"export lines={lines} first={first}", export_query("status:open", lines=lines, first=first))
        for lines in (False, True)
        for first in (None, 1)
    ]
    bulk = [Document("bulk_state", bulk_state("id:1 OR id:2", BULK_FACETS))]
    reads = [SHOP, SCOPES, backup(), BY_NAME, CANCEL_RESULTS, BULK_RUN, BULK_POLL, BULK_LIST, BULK_CANCEL]
    reads += [BULK_STAGE, BULK_MUTATE]
    return [*reads, *states, *exports, *bulk, *_MUTATIONS.values(), _CANCEL_2026_07]
