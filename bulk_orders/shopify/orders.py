"""Shopify's JSON -> core.order.Order. A field that is not as the schema says is an error that names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from bulk_orders.core.order import (
    Facet,
    Facts,
    Fulfillment,
    FulfillmentOrder,
    Hold,
    LineItem,
    Money,
    Order,
    Refund,
    Tracking,
    Transaction,
    WorkLine,
)
from bulk_orders.errors import ShopifyError


class UnexpectedAnswer(ShopifyError):
    """Shopify's answer lacks something that its schema promises."""

    code = "unexpected_answer"


def read_order(node: Mapping[str, Any], facets: Iterable[Facet]) -> Order:
    """The order of a node that was read with these facets; UnexpectedAnswer where it is not as the schema says."""
    chosen = frozenset(facets)
    try:
        return Order(
            id=_text(node, "id"),
            name=_text(node, "name"),
            closed=_flag(node, "closed"),
            cancelled_at=_maybe(node, "cancelledAt"),
            cancel_reason=_maybe(node, "cancelReason"),
            financial_status=_maybe(node, "displayFinancialStatus"),
            fulfillment_status=_text(node, "displayFulfillmentStatus"),
            return_status=_text(node, "returnStatus"),
            note=_maybe(node, "note"),
            tags=tuple(_texts(node, "tags")),
            email=_maybe(node, "email"),
            phone=_maybe(node, "phone"),
            po_number=_maybe(node, "poNumber"),
            net_payment=_money(node["netPaymentSet"], "shopMoney"),
            presentment_payment=_money(node["netPaymentSet"], "presentmentMoney"),
            capturable=_flag(node, "capturable"),
            can_notify=_flag(node, "canNotifyCustomer"),
            fulfillments=_fulfillments(node["fulfillments"]) if Facet.FULFILLMENTS in chosen else None,
            staff_note=_maybe(node["cancellation"] or _NO_NOTE, "staffNote") if Facet.CANCELLATION in chosen else None,
            transactions=_transactions(node["transactions"]) if chosen & _PAYING else None,
            can_mark_paid=bool(node["canMarkAsPaid"]) if Facet.PAYMENTS in chosen else None,
            outstanding=_money(node["totalOutstandingSet"], "shopMoney") if Facet.PAYMENTS in chosen else None,
            presentment_outstanding=(
                _money(node["totalOutstandingSet"], "presentmentMoney") if Facet.PAYMENTS in chosen else None
            ),
            refunds=_refunds(node["refunds"]) if Facet.PAYMENTS in chosen else None,
            has_customer=node["customer"] is not None if Facet.CUSTOMER in chosen else None,
            company=_is_company(node) if Facet.CUSTOMER in chosen else False,
            address=_address(node["shippingAddress"]) if Facet.ADDRESS in chosen else None,
            attributes=_attributes(node["customAttributes"]) if Facet.ATTRIBUTES in chosen else None,
            lines=_lines(node) if Facet.LINES in chosen else None,
            facts=_facts(node) if Facet.FACTS in chosen else None,
            fulfillment_orders=_work(node["fulfillmentOrders"]) if Facet.WORK in chosen else None,
            created_at=node["createdAt"],
        )
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise UnexpectedAnswer(
            f"Shopify's answer about order {node.get('name') or node.get('id')} is not as its schema says: {error}.",
            fix="The token may lack a scope (bulk-orders doctor tells), or the API has changed.",
        ) from error


def _facts(node: Mapping[str, Any]) -> Facts:
    return Facts(
        created_at=node["createdAt"],
        source=node["sourceName"],
        gateways=tuple(node["paymentGatewayNames"] or ()),
        total=_money(node["totalPriceSet"], "shopMoney"),
        test=bool(node["test"]),
    )


def _text(node: Mapping[str, Any], field: str) -> str:
    """A text that is never null."""
    value = node[field]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{field} is {value!r}")
    return value


_NO_NOTE = {"staffNote": None}


def _maybe(node: Mapping[str, Any], field: str) -> str | None:
    """A text or null."""
    value = node[field]
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{field} is {value!r}")
    return value


def _texts(node: Mapping[str, Any], field: str) -> list[str]:
    values = node[field]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{field} is {values!r}")
    return values


def _flag(node: Mapping[str, Any], field: str) -> bool:
    """Yes or no: a null is neither."""
    value = node[field]
    if not isinstance(value, bool):
        raise TypeError(f"{field} is {value!r}")
    return value


def _money(bag: Mapping[str, Any], side: str) -> Money:
    amount = Decimal(_text(bag[side], "amount"))
    if not amount.is_finite():
        raise ValueError(f"an amount is {amount}")
    return Money(amount, _text(bag[side], "currencyCode"))


def _fulfillments(nodes: Iterable[Mapping[str, Any]]) -> tuple[Fulfillment, ...]:
    return tuple(
        Fulfillment(
            id=_text(node, "id"),
            name=_text(node, "name"),
            status=_text(node, "status"),
            display_status=_maybe(node, "displayStatus"),
            total_quantity=int(node["totalQuantity"]),
            tracking=tuple(
                Tracking(_maybe(info, "company"), _maybe(info, "number"), _maybe(info, "url"))
                for info in node["trackingInfo"]
            ),
            third_party=(node.get("service") or {}).get("type") == "THIRD_PARTY",
            contents=_contents(node.get("fulfillmentLineItems")),
            location_name=(node.get("location") or {}).get("name"),
        )
        for node in nodes
    )


def _contents(connection: Mapping[str, Any] | None) -> tuple[tuple[str, int], ...] | None:
    if connection is None:
        return None
    return tuple((part["lineItem"]["id"], int(part["quantity"])) for part in connection["nodes"])


def _work(connection: Mapping[str, Any]) -> tuple[FulfillmentOrder, ...]:
    return tuple(_fulfillment_order(node) for node in connection["nodes"])


def _fulfillment_order(node: Mapping[str, Any]) -> FulfillmentOrder:
    place = node["assignedLocation"] or {}
    location = place.get("location") or {}
    return FulfillmentOrder(
        id=node["id"],
        status=node["status"],
        request_status=node["requestStatus"],
        location_name=place.get("name") or "",
        actions=frozenset(action["action"] for action in node["supportedActions"] or ()),
        holds=tuple(_hold(hold) for hold in node["fulfillmentHolds"] or ()),
        lines=tuple(
            WorkLine(
                line["id"], line["lineItem"]["id"], int(line["remainingQuantity"]), line["lineItem"].get("name") or ""
            )
            for line in node["lineItems"]["nodes"]
        ),
        location_id=location.get("id"),
        location_active=location.get("isActive"),
    )


def _hold(node: Mapping[str, Any]) -> Hold:
    return Hold(
        id=node["id"],
        reason=node["reason"],
        note=node["reasonNotes"],
        handle=node["handle"],
        ours=bool(node["heldByRequestingApp"]),
        app=(node.get("heldByApp") or {}).get("title"),
    )


def is_cut(node: Any) -> bool:
    """Whether a connection in it has more rows than were asked for."""
    if isinstance(node, list):
        return any(map(is_cut, node))
    if not isinstance(node, Mapping):
        return False
    return node.get("hasNextPage") is True or any(map(is_cut, node.values()))


def assembled(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a bulk result as whole orders: each child put back into its parent's connection.

    Children come after their parents, but not right after them (shopify-api.md 1.3).
    """
    try:
        return _joined(lines)
    except (KeyError, TypeError, AttributeError) as error:
        raise UnexpectedAnswer(
            f"Shopify's bulk result is not as its schema says: {error}.", fix="Run it again."
        ) from error


def _joined(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    places = {"FulfillmentOrder": "fulfillmentOrders", "FulfillmentOrderLineItem": "lineItems", "LineItem": "lineItems"}
    roots: list[dict[str, Any]] = []
    by_id: dict[str, dict[str, Any]] = {}
    children: list[dict[str, Any]] = []
    for line in lines:
        by_id[line["id"]] = line
        for place in _CONNECTIONS.get(line["__typename"], ()):
            line[place] = {"nodes": []}
        (children if "__parentId" in line else roots).append(line)
    for child in children:
        parent = by_id.get(child["__parentId"])
        if parent is None:
            raise UnexpectedAnswer("Shopify's bulk result has a part without its order.", fix="Run it again.")
        parent[places[child["__typename"]]]["nodes"].append(child)
    return roots


_CONNECTIONS = {"Order": ("fulfillmentOrders", "lineItems"), "FulfillmentOrder": ("lineItems",)}


_PAYING = frozenset({Facet.TRANSACTIONS, Facet.PAYMENTS, Facet.FEES})


def _transactions(nodes: Iterable[Mapping[str, Any]]) -> tuple[Transaction, ...]:
    return tuple(
        Transaction(
            _text(node, "kind"),
            _text(node, "status"),
            manual=_flag(node, "manualPaymentGateway"),
            id=node.get("id") or "",
            gateway=node.get("gateway") or "",
            test=bool(node.get("test")),
            amount=_perhaps(node.get("amountSet"), "presentmentMoney"),
            shop_amount=_perhaps(node.get("amountSet"), "shopMoney"),
            unsettled=_perhaps(node.get("totalUnsettledSet"), "presentmentMoney"),
            parent=(node.get("parentTransaction") or {}).get("id"),
            fee=_fee(node.get("fees") or ()),
        )
        for node in nodes
    )


def _perhaps(bag: Mapping[str, Any] | None, side: str) -> Money | None:
    return None if bag is None else _money(bag, side)


def _fee(fees: Iterable[Mapping[str, Any]]) -> Money | None:
    amounts = [fee["amount"] for fee in fees]
    if not amounts:
        return None
    return Money(sum((Decimal(a["amount"]) for a in amounts), Decimal(0)), amounts[0]["currencyCode"])


def _refunds(nodes: Iterable[Mapping[str, Any]]) -> tuple[Refund, ...]:
    return tuple(
        Refund(node["id"], node["note"], node["createdAt"] or "", _money(node["totalRefundedSet"], "shopMoney"))
        for node in nodes
    )


def _address(node: Mapping[str, Any] | None) -> dict[str, str]:
    named = {"countryCode" if key == "countryCodeV2" else key: value for key, value in (node or {}).items()}
    return {key: str(value) for key, value in named.items() if value}


def _attributes(nodes: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((node["key"], node["value"] or "") for node in nodes)


def _is_company(node: Mapping[str, Any]) -> bool:
    return (node["purchasingEntity"] or {}).get("__typename") == "PurchasingCompany"


def _lines(node: Mapping[str, Any]) -> tuple[LineItem, ...]:
    return tuple(_line(line, taxed=bool(node["taxesIncluded"])) for line in node["lineItems"]["nodes"])


def _line(node: Mapping[str, Any], *, taxed: bool) -> LineItem:
    price = _money(node["discountedUnitPriceAfterAllDiscountsSet"], "presentmentMoney")
    taxes = sum((Decimal(tax["priceSet"]["presentmentMoney"]["amount"]) for tax in node["taxLines"]), Decimal(0))
    quantity = int(node["quantity"])
    each = price.amount if taxed or not quantity else price.amount + taxes / quantity
    return LineItem(
        id=node["id"],
        name=node["name"],
        quantity=quantity,
        current=int(node["currentQuantity"]),
        price=Money(each, price.currency),
        gift_card=bool(node["isGiftCard"]),
    )
