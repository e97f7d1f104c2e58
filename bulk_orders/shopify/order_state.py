"""What is read of live orders: each facet as a selection, through `nodes` or in bulk.

Selections stay small: what an order costs to read decides how many fit into a request (shopify-api.md 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bulk_orders.core.order import Facet
from bulk_orders.shopify.documents import MONEY, Document, literal

_ORDER = (
    "id name createdAt closed cancelledAt cancelReason displayFinancialStatus displayFulfillmentStatus returnStatus "
    f"note tags email phone poNumber capturable canNotifyCustomer netPaymentSet {MONEY}"
)
_LISTS = {
    Facet.FULFILLMENTS: (
        "fulfillments { id name status displayStatus totalQuantity trackingInfo { company number url } }"
    ),
    Facet.CANCELLATION: "cancellation { staffNote }",
    Facet.FACTS: f"createdAt sourceName paymentGatewayNames test totalPriceSet {MONEY}",
    Facet.PAYMENTS: (
        f"canMarkAsPaid totalOutstandingSet {MONEY} refunds {{ id note createdAt totalRefundedSet {MONEY} }} "
        f"transactions {{ kind status manualPaymentGateway id gateway test amountSet {MONEY} "
        f"totalUnsettledSet {MONEY} parentTransaction {{ id }} }}"
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


BULK_FACETS = frozenset(Facet) - {Facet.CONTENTS}
"""What a bulk query can read of an order: a connection inside a list is refused there (shopify-api.md 1.2)."""


def bulk_state(search: str, facets: Iterable[Facet]) -> str:
    """The bulk query that reads the state of all orders that `search` finds."""
    return f"{{ orders(query: {literal(search)}) {{ edges {{ node {{ __typename {_state(facets, _BULK)} }} }} }} }}"
