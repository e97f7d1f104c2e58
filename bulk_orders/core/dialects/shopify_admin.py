"""The order CSV that Shopify's admin exports, with an `Action` column (or other columns of ours) added to it.

One row per line item, the order's fields on its first row. What Shopify wrote there tells how things were: its
`Cancelled at` is a fact and not a wish, so only what a person added commands. Note, tags, e-mail and phone are
compared with the shop, so that an edit in them is shown and never lost in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bulk_orders.core.dialects.base import Adapted, Adapter, present, renamed
from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import RawSheet

_MEANT = {"Name": "Name", "Id": "ID", "Email": "Email", "Phone": "Phone", "Notes": "Note", "Tags": "Tags"}
_SHOWN = (
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Shipping Method",
    "Created at",
    *(
        f"Lineitem {part}"
        for part in (
            "quantity",
            "name",
            "price",
            "compare at price",
            "sku",
            "requires shipping",
            "taxable",
            "fulfillment status",
            "discount",
        )
    ),
    *(
        f"{side} {part}"
        for side in ("Billing", "Shipping")
        for part in (
            "Name",
            "Street",
            "Address1",
            "Address2",
            "Company",
            "City",
            "Zip",
            "Province",
            "Country",
            "Phone",
            "Province Name",
        )
    ),
    "Note Attributes",
    "Cancelled at",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Employee",
    "Location",
    "Device ID",
    "Risk Level",
    "Source",
    *(f"Tax {number} {part}" for number in range(1, 6) for part in ("Name", "Value")),
    "Receipt Number",
    "Duties",
    "Payment ID",
    "Payment Terms Name",
    "Next Payment Due At",
    "Payment References",
)
_SIGNS = ("Financial Status", "Paid at", "Fulfilled at", *(each for each in _SHOWN if each.startswith("Lineitem ")))
"""Columns that only this export has."""
_FURTHER = ("Notes", "Accepts Marketing", "Payment Method", "Payment Reference", "Risk Level", "Discount Code")
"""Columns that it has beside one of those."""


class ShopifyAdmin(Adapter):
    name: ClassVar[str] = "the order export of Shopify's admin"

    def knows(self, header: str, reading: Reading) -> bool:
        return bool(present([header], _SHOWN))

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        signs, further = present(header, _SIGNS), present(header, _FURTHER)
        if not signs or len(signs) + len(further) < 2 or not present(header, ["Name"]):
            return None
        return f"It has the columns {', '.join([*signs, *further][:4])}."

    def adapt(self, raw: RawSheet, reading: Reading, why: str) -> Adapted:
        names: dict[int, str] = {}
        for at, written in enumerate(raw.header):
            meant = present([written], list(_MEANT))
            if meant:
                names[at] = _MEANT[meant[0]]
        return Adapted(renamed(raw, names).shown_only(_SHOWN), self.name, why)
