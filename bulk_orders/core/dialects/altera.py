"""Altera's order sheets: Matrixify's headers, and in its older exports shorter ones for what is only shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bulk_orders.core.dialects.base import Adapted, Adapter, present, renamed
from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import RawSheet

_SHORT = {
    "Payment Status": "Payment: Status",
    "Fulfillment Status": "Order Fulfillment Status",
    "Customer ID": "Customer: ID",
    "Customer Email": "Customer: Email",
    "Customer First Name": "Customer: First Name",
    "Customer Last Name": "Customer: Last Name",
    "Line Item ID": "Line: ID",
    "Product ID": "Line: Product ID",
    "Variant ID": "Line: Variant ID",
    "Title": "Line: Title",
    "Quantity": "Line: Quantity",
    "Price": "Line: Price",
    "SKU": "Line: SKU",
    "Fulfillable Quantity": "Line: Fulfillable Quantity",
    "Subtotal": "Price: Subtotal",
    "Total Tax": "Tax: Total",
    "Total": "Price: Total",
    "Total Outstanding": "Price: Total Outstanding",
    "Total Refunded": "Price: Total Refund",
}
_OTHERS = ("Billing Address", "Shipping Address", "Total Discount", "Total Discounts")


class Altera(Adapter):
    name: ClassVar[str] = "an Altera sheet"

    def knows(self, header: str, reading: Reading) -> bool:
        return bool(present([header], [*_SHORT, *_OTHERS]))

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        found = present(header, [*_SHORT, *_OTHERS])
        return f"It has Altera's own headers ({', '.join(found[:3])})." if found else None

    def adapt(self, raw: RawSheet, reading: Reading, why: str) -> Adapted:
        names: dict[int, str] = {}
        for at, written in enumerate(raw.header):
            short = present([written], list(_SHORT))
            if short:
                names[at] = _SHORT[short[0]]
        return Adapted(renamed(raw, names).shown_only(_OTHERS), self.name, why)
