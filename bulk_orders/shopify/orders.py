"""Shopify's JSON -> core.order.Order. A field that is not as the schema says is an error that names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from bulk_orders.core.order import Facet, Fulfillment, Money, Order, Tracking, Transaction
from bulk_orders.errors import ShopifyError


class UnexpectedAnswer(ShopifyError):
    """Shopify's answer lacks something that its schema promises."""

    code = "unexpected_answer"


def read_order(node: Mapping[str, Any], facets: Iterable[Facet]) -> Order:
    """The order of a node that was read with these facets."""
    chosen = frozenset(facets)
    try:
        return Order(
            id=node["id"],
            name=node["name"],
            closed=bool(node["closed"]),
            cancelled_at=node["cancelledAt"],
            cancel_reason=node["cancelReason"],
            financial_status=node["displayFinancialStatus"],
            fulfillment_status=node["displayFulfillmentStatus"] or "",
            return_status=node["returnStatus"] or "NO_RETURN",
            note=node["note"],
            tags=tuple(node["tags"] or ()),
            email=node["email"],
            phone=node["phone"],
            po_number=node["poNumber"],
            net_payment=_money(node["netPaymentSet"], "shopMoney"),
            presentment_payment=_money(node["netPaymentSet"], "presentmentMoney"),
            capturable=bool(node["capturable"]),
            can_notify=bool(node["canNotifyCustomer"]),
            fulfillments=_fulfillments(node["fulfillments"]) if Facet.FULFILLMENTS in chosen else None,
            staff_note=(node["cancellation"] or {}).get("staffNote") if Facet.CANCELLATION in chosen else None,
            transactions=_transactions(node["transactions"]) if Facet.TRANSACTIONS in chosen else None,
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise UnexpectedAnswer(
            f"Shopify's answer about order {node.get('name') or node.get('id')} lacks {error}.",
            fix="The token may lack a scope (bulk-orders doctor tells), or the API has changed.",
        ) from error


def _money(bag: Mapping[str, Any] | None, side: str) -> Money:
    if bag is None:
        return Money(Decimal(0), "")
    return Money(Decimal(bag[side]["amount"]), bag[side]["currencyCode"])


def _fulfillments(nodes: Iterable[Mapping[str, Any]]) -> tuple[Fulfillment, ...]:
    return tuple(
        Fulfillment(
            id=node["id"],
            name=node["name"],
            status=node["status"],
            display_status=node["displayStatus"],
            total_quantity=int(node["totalQuantity"] or 0),
            tracking=tuple(
                Tracking(info["company"], info["number"], info["url"]) for info in node["trackingInfo"] or ()
            ),
        )
        for node in nodes
    )


def _transactions(nodes: Iterable[Mapping[str, Any]]) -> tuple[Transaction, ...]:
    return tuple(Transaction(node["kind"], node["status"], manual=bool(node["manualPaymentGateway"])) for node in nodes)
