"""Every sheet column, in one table: header, meaning, kind, where it stands, what an edit does, where it comes from.

The rule: nothing about a column is said anywhere else. The reader, the schema, the export query, the JSON
types of the bulk result, the base comparison and the column reference are all derived from this table.
Headers are Matrixify's (its order export of 2026); our own additions stand last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Kind(Enum):
    """How a cell is read and compared."""

    TEXT = "text"
    ID = "id"
    INTEGER = "whole number"
    DECIMAL = "number"
    BOOLEAN = "TRUE or FALSE"
    TIME = "date and time"
    ENUM = "one of a list"
    TAGS = "comma-separated tags"


class Level(Enum):
    """What a cell speaks of: the whole order, one fulfillment, one line item, or the row itself."""

    ORDER = "order"
    FULFILLMENT = "fulfillment"
    LINE = "line"
    ROW = "row"


class Role(Enum):
    """What an edit of the cell does."""

    IDENTITY = "identifies"  # never edited
    COMMAND = "commands"  # asks for an action
    OPTION = "option of a command"  # says how; means nothing alone
    EDIT = "edits"  # the value itself is what is wanted
    READ = "read only"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `source` is a path below the object of its level: `a.b` object, `a[].b` list, `a[0].b` its first."""

    header: str
    kind: Kind = Kind.TEXT
    level: Level = Level.ORDER
    role: Role = Role.READ
    source: str | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ours: bool = False
    """An addition of ours to Matrixify's columns."""
    guarded: bool = False
    """People's own text: exported with the formula guard."""


_REASONS = ("customer", "declined", "fraud", "inventory", "other", "staff")
_HOLDS = (
    "AWAITING_PAYMENT",
    "AWAITING_RETURN_ITEMS",
    "HIGH_RISK_OF_FRAUD",
    "INCORRECT_ADDRESS",
    "INVENTORY_OUT_OF_STOCK",
    "ONLINE_STORE_POST_PURCHASE_CROSS_SELL",
    "OTHER",
    "UNKNOWN_DELIVERY_DATE",
)
ACTION_WORDS = (
    "unfulfill",
    "cancel",
    "archive",
    "unarchive",
    "delete",
    "hold",
    "release",
    "fulfill",
    "mark_paid",
    "capture",
    "refund",
)


def _read(header: str, source: str | None = None, kind: Kind = Kind.TEXT, level: Level = Level.ORDER) -> Column:
    return Column(header, kind, level, source=source, guarded=kind is Kind.TEXT and source is not None)


def _option(header: str, kind: Kind, choices: tuple[str, ...] = (), *, ours: bool = False) -> Column:
    return Column(header, kind, role=Role.OPTION, choices=choices, ours=ours)


def _edit(header: str, source: str, level: Level = Level.ORDER, *, kind: Kind = Kind.TEXT) -> Column:
    return Column(header, kind, level, Role.EDIT, source, guarded=True)


def _money(header: str, field: str, level: Level = Level.ORDER) -> Column:
    return _read(header, f"{field}.shopMoney.amount", Kind.DECIMAL, level)


def _address(group: str, field: str, *, editable: bool = False) -> tuple[Column, ...]:
    parts = {
        "First Name": "firstName",
        "Last Name": "lastName",
        "Company": "company",
        "Phone": "phone",
        "Address 1": "address1",
        "Address 2": "address2",
        "Zip": "zip",
        "City": "city",
        "Province": "province",
        "Province Code": "provinceCode",
        "Country": "country",
        "Country Code": "countryCodeV2",
    }
    return tuple(
        _edit(f"{group}: {name}", f"{field}.{part}")
        if editable and part not in ("province", "country")  # Shopify takes these by their codes
        else _read(f"{group}: {name}", f"{field}.{part}")
        for name, part in parts.items()
    )


def _tax(number: int) -> tuple[Column, ...]:
    line = f"taxLines[{number - 1}]"
    return (
        _read(f"Tax {number}: Title", f"{line}.title"),
        _read(f"Tax {number}: Rate", f"{line}.rate", Kind.DECIMAL),
        _read(f"Tax {number}: Price", f"{line}.priceSet.shopMoney.amount", Kind.DECIMAL),
    )


_ORDER = (
    Column("ID", Kind.ID, Level.ROW, Role.IDENTITY, "id"),
    Column("Name", level=Level.ROW, role=Role.IDENTITY, source="name", guarded=True),
    Column(
        "Command",
        Kind.ENUM,
        Level.ROW,
        Role.COMMAND,
        choices=("UPDATE", "DELETE", "IGNORE", "NEW", "MERGE", "REPLACE"),
    ),
    _read("Send Receipt", kind=Kind.BOOLEAN),
    _read("Inventory Behaviour"),
    _read("Number", "number", Kind.INTEGER),
    _edit("Phone", "phone"),
    _edit("Email", "email"),
    _edit("Note", "note"),
    _edit("Tags", "tags[]", kind=Kind.TAGS),
    _option("Tags Command", Kind.ENUM, ("MERGE", "DELETE", "REPLACE")),
    _read("Created At", "createdAt", Kind.TIME),
    Column("Updated At", Kind.TIME, role=Role.IDENTITY, source="updatedAt"),
    Column("Cancelled At", Kind.TIME, role=Role.COMMAND, source="cancelledAt"),
    Column("Cancel: Reason", Kind.ENUM, role=Role.OPTION, source="cancelReason", choices=_REASONS),
    _option("Cancel: Send Receipt", Kind.BOOLEAN),
    _option("Cancel: Refund", Kind.ENUM, ("TRUE", "FALSE", "store credit")),
    _read("Processed At", "processedAt", Kind.TIME),
    Column("Closed At", Kind.TIME, role=Role.COMMAND, source="closedAt"),
    _read("Currency", "currencyCode"),
    _read("Source", "sourceName"),
    _read("Source Identifier", "sourceIdentifier"),
    _read("Source URL", "registeredSourceUrl"),
    _read("User ID"),
    _read("Checkout ID"),
    _read("Cart Token", "cartToken"),
    _read("Token"),
    _read("Order Status URL"),
    _read("Weight Total", "totalWeight", Kind.DECIMAL),
    _read("Price: Total Line Items", kind=Kind.DECIMAL),
    _money("Price: Subtotal", "subtotalPriceSet"),
    _money("Price: Total Shipping", "totalShippingPriceSet"),
    *_tax(1),
    *_tax(2),
    *_tax(3),
    _read("Tax: Included", "taxesIncluded", Kind.BOOLEAN),
    _money("Tax: Total", "totalTaxSet"),
    _money("Price: Total", "totalPriceSet"),
    _money("Price: Total Refund", "totalRefundedSet"),
    _money("Price: Total Outstanding", "totalOutstandingSet"),
    _money("Price: Current Total", "currentTotalPriceSet"),
    Column("Payment: Status", Kind.ENUM, source="displayFinancialStatus"),
    _read("Payment: Processing Method", "paymentGatewayNames[]"),
    Column("Order Fulfillment Status", Kind.ENUM, source="displayFulfillmentStatus"),
    _edit("Additional Details", "customAttributes[].key=value"),
    _edit("Purchase Order Number", "poNumber"),
    Column("Customer: ID", Kind.ID, source="customer.id"),
    _read("Customer: Email", "customer.defaultEmailAddress.emailAddress"),
    _read("Customer: Phone", "customer.defaultPhoneNumber.phoneNumber"),
    _read("Customer: First Name", "customer.firstName"),
    _read("Customer: Last Name", "customer.lastName"),
    _read("Customer: Note", "customer.note"),
    _read("Customer: Orders Count", "customer.numberOfOrders", Kind.INTEGER),
    Column("Customer: State", Kind.ENUM, source="customer.state"),
    _read("Customer: Total Spent", "customer.amountSpent.amount", Kind.DECIMAL),
    Column("Customer: Tags", Kind.TAGS, source="customer.tags[]", guarded=True),
    _read("Customer: Accepts Marketing", "customerAcceptsMarketing", Kind.BOOLEAN),
    *_address("Billing", "billingAddress"),
    *_address("Shipping", "shippingAddress", editable=True),
    _read("Browser: IP", "clientIp"),
    _read("Browser: User Agent"),
    _read("Browser: Landing Page"),
    _read("Browser: Referrer"),
    _read("Browser: Referrer Domain"),
)

_ROWS = (
    Column("Row #", Kind.INTEGER, Level.ROW, Role.IDENTITY),
    Column("Top Row", Kind.BOOLEAN, Level.ROW, Role.IDENTITY),
)

_LINE = (
    Column("Line: Type", Kind.ENUM, Level.LINE, Role.IDENTITY),
    Column("Line: ID", Kind.ID, Level.LINE, Role.IDENTITY, "id"),
    Column("Line: Product ID", Kind.ID, Level.LINE, source="product.id"),
    _read("Line: Product Handle", "product.handle", level=Level.LINE),
    _read("Line: Title", "title", level=Level.LINE),
    _read("Line: Name", "name", level=Level.LINE),
    Column("Line: Variant ID", Kind.ID, Level.LINE, source="variant.id"),
    _read("Line: Variant Title", "variantTitle", level=Level.LINE),
    _read("Line: SKU", "sku", level=Level.LINE),
    _read("Line: Quantity", "quantity", Kind.INTEGER, Level.LINE),
    _money("Line: Price", "originalUnitPriceSet", Level.LINE),
    _money("Line: Discount", "totalDiscountSet", Level.LINE),
    _money("Line: Total", "discountedTotalSet", Level.LINE),
    _read("Line: Grams", level=Level.LINE),
    _read("Line: Requires Shipping", "requiresShipping", Kind.BOOLEAN, Level.LINE),
    _read("Line: Vendor", "vendor", level=Level.LINE),
    _read("Line: Properties", "customAttributes[].key=value", level=Level.LINE),
    _read("Line: Gift Card", "isGiftCard", Kind.BOOLEAN, Level.LINE),
    _read("Line: Taxable", "taxable", Kind.BOOLEAN, Level.LINE),
    _read("Line: Fulfillable Quantity", "unfulfilledQuantity", Kind.INTEGER, Level.LINE),
    _read("Line: Fulfillment Service", level=Level.LINE),
    _read("Line: Fulfillment Status", level=Level.LINE),
)

_OTHER_LINES = tuple(
    _read(header, level=Level.LINE)
    for header in (
        "Refund: ID",
        "Refund: Created At",
        "Refund: Note",
        "Refund: Restock",
        "Refund: Restock Type",
        "Refund: Restock Location",
        "Refund: Send Receipt",
        "Refund: Generate Transaction",
        "Transaction: ID",
        "Transaction: Kind",
        "Transaction: Processed At",
        "Transaction: Amount",
        "Transaction: Currency",
        "Transaction: Status",
        "Transaction: Message",
        "Transaction: Gateway",
        "Transaction: Force Gateway",
        "Transaction: Test",
        "Transaction: Authorization",
        "Transaction: Parent ID",
        "Transaction: Error Code",
        "Risk: Source",
        "Risk: Score",
        "Risk: Recommendation",
        "Risk: Cause Cancel",
        "Risk: Message",
    )
)

_FULFILLMENT = (
    Column("Fulfillment: ID", Kind.ID, Level.FULFILLMENT, Role.IDENTITY, "id"),
    Column("Fulfillment: Status", Kind.ENUM, Level.FULFILLMENT, Role.COMMAND, "status"),
    _read("Fulfillment: Created At", "createdAt", Kind.TIME, Level.FULFILLMENT),
    _read("Fulfillment: Updated At", "updatedAt", Kind.TIME, Level.FULFILLMENT),
    _read("Fulfillment: Processed At", level=Level.FULFILLMENT),
    _edit("Fulfillment: Tracking Company", "trackingInfo[].company", Level.FULFILLMENT),
    _read("Fulfillment: Location", "location.name", level=Level.FULFILLMENT),
    Column("Fulfillment: Shipment Status", Kind.ENUM, Level.FULFILLMENT, source="displayStatus"),
    _edit("Fulfillment: Tracking Number", "trackingInfo[].number", Level.FULFILLMENT),
    _edit("Fulfillment: Tracking URL", "trackingInfo[].url", Level.FULFILLMENT),
    Column(
        "Fulfillment: Send Receipt",
        Kind.BOOLEAN,
        Level.FULFILLMENT,
        Role.OPTION,
        aliases=("Fulfillment: Send Notification",),
    ),
)

_OURS = (
    Column("Action", Kind.TAGS, Level.ORDER, Role.COMMAND, choices=ACTION_WORDS, ours=True),
    _option("Cancel: Restock", Kind.BOOLEAN, ours=True),
    Column("Cancel: Staff Note", role=Role.OPTION, source="cancellation.staffNote", ours=True, guarded=True),
    _option("Cancel: Store Credit Expires At", Kind.TIME, ours=True),
    _option("Note Command", Kind.ENUM, ("REPLACE", "APPEND"), ours=True),
    Column("Request: Email", level=Level.ROW, role=Role.OPTION, ours=True),
    Column("Request: At", Kind.TIME, Level.ROW, Role.OPTION, ours=True),
    _option("Hold: Reason", Kind.ENUM, _HOLDS, ours=True),
    Column("Hold: Note", role=Role.OPTION, ours=True),
    Column("Refund: Amount", role=Role.OPTION, ours=True),
    _option("Refund: To", Kind.ENUM, ("original", "store credit"), ours=True),
    _option("Refund: Store Credit Expires At", Kind.TIME, ours=True),
    Column("Refund: Reason", role=Role.OPTION, ours=True),
    _option("Refund: Notify", Kind.BOOLEAN, ours=True),
    Column("Refund: Quantity", Kind.INTEGER, Level.LINE, Role.OPTION, ours=True),
    Column("Export: ID", level=Level.ROW, role=Role.IDENTITY, ours=True),
    Column("Return: Status", Kind.ENUM, source="returnStatus", ours=True),
    Column("Payment: Authorization Expires At", Kind.TIME, source="transactions[].authorizationExpiresAt", ours=True),
    Column("Fulfillment: Delivered At", Kind.TIME, Level.FULFILLMENT, source="deliveredAt", ours=True),
    Column("Payment: Currency", source="presentmentCurrencyCode", ours=True),
)

COLUMNS: tuple[Column, ...] = (*_ORDER, *_ROWS, *_LINE, *_OTHER_LINES, *_FULFILLMENT, *_OURS)
"""In the order of a sheet: Matrixify's columns as it writes them, then ours."""

BY_HEADER: dict[str, Column] = {column.header: column for column in COLUMNS}

FURTHER_GROUPS = re.compile(r"(Metafield|Tax \d+|Line: Metafield|Line: Tax \d+|Customer: Metafield|Company|Payout)\b.*")
"""Groups of Matrixify's that vary in number: known, read only, never compared with the shop."""


@cache
def _spellings() -> dict[str, str]:
    table = {folded_header(column.header): column.header for column in COLUMNS}
    for column in COLUMNS:
        table |= {folded_header(alias): column.header for alias in column.aliases}
    return table


def folded_header(header: str) -> str:
    """A header without case, repeated blanks and marks that nobody sees."""
    return " ".join(header.replace("\ufeff", "").replace("\u200b", "").split()).casefold()


def canonical_header(header: str) -> str | None:
    """The table's spelling of a header, whatever its case and blanks; None for one that is not known."""
    known = _spellings().get(folded_header(header))
    if known is None and FURTHER_GROUPS.fullmatch(header.strip()):
        return header.strip()
    return known


def column(header: str) -> Column:
    """The column of a canonical header; Matrixify's further groups are read-only text."""
    return BY_HEADER.get(header) or Column(header)
