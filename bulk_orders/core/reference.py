"""What every column means, in words, with an example: the reference that `bulk-orders columns` prints.

Headers, kinds and what an edit does come from the table (core.columns); only words and examples stand here, and a
test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bulk_orders.core.columns import ACTION_WORDS, COLUMNS, Column, Kind, Level, Role

_WORDS: Mapping[str, tuple[str, str]] = {
    "ID": ("The order's id: its gid, or only the digits.", "gid://shopify/Order/6123456789012"),
    "Name": ("The order's name, as the shop shows it; without an ID it must fit exactly one order.", "#1001"),
    "Command": ("What to do with the row; an empty cell means UPDATE.", "IGNORE"),
    "Send Receipt": ("Of Matrixify's imports; known and not used.", "FALSE"),
    "Inventory Behaviour": ("Of Matrixify's imports; known and not used.", "bypass"),
    "Number": ("The order's number, without prefix and suffix.", "1001"),
    "Phone": ("The phone number of the order, with its country code.", "+33612345678"),
    "Email": ("The e-mail address that the order's mail goes to.", "ada@example.com"),
    "Note": ("The note of the order, at most 5,000 characters.", "Gift: leave the invoice out"),
    "Tags": ("The order's tags; what is added to or taken from the cell is added or removed.", "vip, wholesale"),
    "Tags Command": ("How the Tags cell is meant: add these, remove these, or have exactly these.", "MERGE"),
    "Created At": ("When the order was made in the shop.", "2026-03-04T05:06:07Z"),
    "Updated At": ("When the order was last touched, as the export saw it.", "2026-03-04T05:06:07Z"),
    "Cancelled At": ("Any date cancels the order; Shopify stamps its own.", "2026-03-04"),
    "Cancel: Reason": ("Why the order is cancelled; filling it in cancels.", "customer"),
    "Cancel: Send Receipt": ("Whether the customer is written to about the cancellation.", "FALSE"),
    "Cancel: Refund": ("Whether the money goes back: to where it was paid from, not at all, or as credit.", "TRUE"),
    "Processed At": ("When the order counts as placed, in reports.", "2026-03-04T05:06:07Z"),
    "Closed At": ("Any date archives the order, [clear] unarchives it; Shopify stamps its own.", "2026-03-04"),
    "Currency": ("The shop's currency, in which the amounts of the sheet are.", "EUR"),
    "Source": ("The channel that the order came through.", "web"),
    "Source Identifier": ("The order's id in that channel.", "A-4711"),
    "Source URL": ("Where that channel shows the order.", "https://example.com/orders/4711"),
    "User ID": ("The staff member who made the order.", "548380009"),
    "Checkout ID": ("The checkout that the order came from.", "450789469"),
    "Cart Token": ("The cart that the order came from.", "68778783ad298f1c80c3bafcddeea02f"),
    "Token": ("Shopify's own token of the order.", "b1946ac92492d2347c6235b4d2611184"),
    "Order Status URL": ("The page on which the customer sees the order.", "https://example.com/orders/1"),
    "Browser: IP": ("The address (IP) from which the customer ordered.", ""),
    "Browser: User Agent": ("The browser with which the customer ordered.", ""),
    "Browser: Landing Page": ("The first page of the shop that the customer saw.", ""),
    "Browser: Referrer": ("The page from which the customer came to the shop.", ""),
    "Browser: Referrer Domain": ("The site from which the customer came to the shop.", ""),
    "Weight Total": ("The weight of all line items, in grams.", "1200"),
    "Price: Total Line Items": ("All line items before discounts.", "100.00"),
    "Price: Subtotal": ("All line items after discounts.", "90.00"),
    "Price: Total Shipping": ("What the customer pays for shipping.", "4.90"),
    "Tax: Included": ("Whether prices include taxes.", "TRUE"),
    "Tax: Total": ("All taxes.", "15.20"),
    "Price: Total": ("What the order was to cost when it was placed.", "94.90"),
    "Price: Total Refund": ("What was given back.", "0.00"),
    "Price: Total Outstanding": ("What the customer still owes.", "0.00"),
    "Price: Current Total": ("What the order costs now, after edits and returns.", "94.90"),
    "Payment: Status": ("Where the payment stands.", "paid"),
    "Payment: Processing Method": ("The payment gateways that were used.", "shopify_payments"),
    "Order Fulfillment Status": ("How much of the order is fulfilled.", "unfulfilled"),
    "Additional Details": ("The order's custom attributes, one a line.", "Gift wrap: yes"),
    "Purchase Order Number": ("The customer's own number for the order.", "PO-2026-0042"),
    "Customer: Email": ("The customer's e-mail address.", ""),
    "Customer: Phone": ("The customer's phone number.", "+33612345678"),
    "Customer: First Name": ("The customer's first name.", "Ada"),
    "Customer: Last Name": ("The customer's last name.", "Lovelace"),
    "Customer: ID": ("The customer's id.", "gid://shopify/Customer/6123456789012"),
    "Customer: Note": ("The shop's note about the customer.", "Prefers mornings"),
    "Customer: Orders Count": ("How many orders the customer has placed.", "3"),
    "Customer: State": ("Whether the customer has an account.", "enabled"),
    "Customer: Total Spent": ("What the customer has spent in all.", "284.70"),
    "Customer: Tags": ("The customer's tags.", "vip"),
    "Customer: Accepts Marketing": ("Whether the customer agreed to marketing with this order.", "FALSE"),
    "Row #": ("The number of the row within its order.", "1"),
    "Top Row": ("Whether the row is the first of its order, where the order's own cells stand.", "TRUE"),
    "Line: Type": ("What the row is, beside its order.", "Fulfillment Line"),
    "Line: ID": ("The line item's id.", "gid://shopify/LineItem/6123456789012"),
    "Line: Name": ("Title and variant of the line item.", "Mug - blue"),
    "Line: Product ID": ("The product's id.", ""),
    "Line: Product Handle": ("The product's handle, as it stands in its address.", ""),
    "Line: Title": ("The product's title.", ""),
    "Line: Variant ID": ("The variant's id.", ""),
    "Line: Variant Title": ("The variant's title.", ""),
    "Line: SKU": ("The article number (SKU) of the variant.", ""),
    "Line: Quantity": ("How many of it were ordered.", ""),
    "Line: Price": ("What one of it costs, before discounts.", ""),
    "Line: Discount": ("What all discounts take off it.", ""),
    "Line: Total": ("What all of it costs, after discounts.", ""),
    "Line: Grams": ("What one of it weighs, in grams.", ""),
    "Line: Requires Shipping": ("Whether it has to be shipped.", ""),
    "Line: Vendor": ("Who makes or sells it.", ""),
    "Line: Properties": ("What the customer chose for it, one property a line.", ""),
    "Line: Gift Card": ("Whether it is a gift card.", ""),
    "Line: Taxable": ("Whether taxes are due on it.", ""),
    "Line: Fulfillment Service": ("The fulfillment service that ships it.", ""),
    "Line: Fulfillment Status": ("How much of it is fulfilled.", ""),
    "Line: Fulfillable Quantity": ("How many of it are still to be fulfilled.", "1"),
    "Fulfillment: ID": ("The fulfillment's id: which parcel the row is about.", "gid://shopify/Fulfillment/4123456789"),
    "Fulfillment: Created At": ("When the fulfillment was made.", ""),
    "Fulfillment: Updated At": ("When the fulfillment was last touched.", ""),
    "Fulfillment: Processed At": ("When the fulfillment counts as done.", ""),
    "Fulfillment: Location": ("The location that the parcel left from.", ""),
    "Fulfillment: Status": ("How the fulfillment stands; cancelled unfulfills it.", "cancelled"),
    "Fulfillment: Tracking Company": ("Who carries the parcel.", "Chronopost"),
    "Fulfillment: Tracking Number": ("The parcel's number; several with commas between.", "XY123456789FR"),
    "Fulfillment: Tracking URL": ("Where the parcel can be followed.", "https://example.com/track/XY123456789FR"),
    "Fulfillment: Send Receipt": ("Whether the customer is written to about the new tracking.", "FALSE"),
    "Fulfillment: Shipment Status": ("Where the parcel is.", "in_transit"),
    "Action": (f"What to do with the order: {', '.join(ACTION_WORDS)}; several with commas.", "unfulfill, cancel"),
    "Cancel: Restock": ("Whether the cancelled items go back into stock; an empty cell means TRUE.", "TRUE"),
    "Cancel: Staff Note": ("A note for the staff, at most 240 characters.", "Asked for by phone"),
    "Cancel: Store Credit Expires At": (
        "Until when refunded store credit can be used; only with store credit in Cancel: Refund.",
        "2026-12-31",
    ),
    "Note Command": ("Whether Note replaces the note or is put below it; an empty cell means REPLACE.", "APPEND"),
    "Refund: Amount": (
        (
            "How much to give back: an amount, or all. Where the customer paid in another currency than the shop's, "
            "name it with the amount: Shopify refunds in that one, and a bare number is not acted on."
        ),
        "12.50 USD",
    ),
    "Refund: To": ("Where the money goes: to where it was paid from, or as store credit.", "original"),
    "Refund: Store Credit Expires At": (
        "Until when refunded store credit can be used; only with store credit in Refund: To.",
        "2026-12-31",
    ),
    "Refund: Reason": ("A note on the refund, for the staff.", "Parcel came late"),
    "Refund: Notify": ("Whether the customer is written to about the refund.", "FALSE"),
    "Refund: Quantity": (
        "How many units of the row's line item are refunded; each line on one row, and not beside Refund: Amount all.",
        "1",
    ),
    "Request: Email": ("Acts only if this is the order's own e-mail address; made from a form.", "ada@example.com"),
    "Request: At": ("When a customer asked; acts only within the window of [requests].", "2026-03-04T05:06:07"),
    "Hold: Reason": ("Why the order is held.", "INVENTORY_OUT_OF_STOCK"),
    "Hold: Note": ("A note beside the reason.", "Waiting for the supplier"),
    "Return: Status": ("Whether something of the order comes back, and how far that is.", "no_return"),
    "Payment: Currency": ("The currency that the customer paid in; refunds are made in it.", "USD"),
    "Payment: Authorization Expires At": (
        "Until when a reserved payment can be captured, where the shop says so.",
        "2026-03-11T05:06:07Z",
    ),
    "Fulfillment: Delivered At": ("When the carrier delivered the parcel.", "2026-03-06T09:00:00Z"),
    "Export: ID": ("Which export the sheet comes from, so that edits can be told from older values.", "x-20260304-..."),
}

_ADDRESS_EXAMPLES = {
    "First Name": "Ada",
    "Last Name": "Lovelace",
    "Company": "Analytical Engines",
    "Phone": "+33612345678",
    "Address 1": "12 rue des Lilas",
    "Address 2": "Bâtiment B",
    "Zip": "75011",
    "City": "Paris",
    "Province Code": "ON",
    "Country Code": "FR",
}

_GROUPS: tuple[tuple[str, str], ...] = (
    (r"Billing: (?P<part>.*)", "The billing address: {part}."),
    (r"Shipping: (?P<part>.*)", "The shipping address: {part}."),
    (r"Tax (?P<number>\d): Title", "The name of tax line {number}."),
    (r"Tax (?P<number>\d): Rate", "The rate of tax line {number}, as a part of one."),
    (r"Tax (?P<number>\d): Price", "The amount of tax line {number}."),
    (r"Refund: (.*)", "Of Matrixify's refund rows; known and not used."),
    (r"Transaction: (.*)", "Of Matrixify's transaction rows; known and not used."),
    (r"Risk: (.*)", "Of Matrixify's risk rows; known and not used."),
)
"""Headers that are many of a kind; the parts of an address are told."""
_PARTS = {
    "First Name": "the first name",
    "Last Name": "the last name",
    "Company": "the company",
    "Phone": "the phone number",
    "Address 1": "street and number",
    "Address 2": "what else the address needs",
    "Zip": "the postal code",
    "City": "the city",
    "Province": "the province or state",
    "Province Code": "the code of the province or state",
    "Country": "the country",
    "Country Code": "the code of the country",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of the reference."""

    header: str
    meaning: str
    editable: bool
    edit: str
    values: str
    example: str
    level: str
    aliases: tuple[str, ...]
    ours: bool
    typed: bool
    """`values` are words to be typed as they stand, in every language."""

    def as_json(self) -> dict[str, object]:
        return {
            "header": self.header,
            "meaning": self.meaning,
            "editable": self.editable,
            "edit": self.edit,
            "values": self.values,
            "example": self.example,
            "level": self.level,
            "aliases": list(self.aliases),
            "ours": self.ours,
        }


def entries(columns: Iterable[Column] = COLUMNS) -> tuple[Entry, ...]:
    """The reference of these columns, in the order of a sheet."""
    return tuple(_entry(col) for col in columns)


def _entry(col: Column) -> Entry:
    meaning, example = _WORDS.get(col.header, (None, _ADDRESS_EXAMPLES.get(col.header.partition(": ")[2], "")))
    values = _values(col)
    return Entry(
        header=col.header,
        meaning=meaning or _meaning_of_group(col.header),
        editable=editable(col),
        edit=_EDITS[col.role],
        values=values,
        example=example,
        level=_LEVELS[col.level],
        aliases=col.aliases,
        ours=col.ours,
        typed=bool(col.choices) and values == ", ".join(col.choices),
    )


def editable(col: Column) -> bool:
    """A person may write into it."""
    return col.role not in (Role.READ, Role.IDENTITY)


_EDITS = {
    Role.IDENTITY: "identifies; never edited",
    Role.COMMAND: "asks for an action",
    Role.OPTION: "says how an action is done",
    Role.EDIT: "the value becomes the shop's",
    Role.READ: "read only",
}
_LEVELS = {
    Level.ORDER: "order",
    Level.FULFILLMENT: "fulfillment",
    Level.LINE: "line item",
    Level.ROW: "row",
}


def _meaning_of_group(header: str) -> str:
    for pattern, meaning in _GROUPS:
        found = re.fullmatch(pattern, header)
        if found:
            words = found.groupdict()
            return meaning.format(**words | {"part": _PARTS.get(words.get("part", ""), words.get("part"))})
    return ""


def _values(col: Column) -> str:
    if col.header == "Command":
        return "UPDATE, DELETE or IGNORE"
    if col.header == "Fulfillment: Status":
        return "cancelled, to unfulfill"
    if col.header in ("Cancelled At", "Closed At"):
        return "any date"
    if col.choices:
        return ", ".join(col.choices)
    return {Kind.TIME: "2026-03-04 or 2026-03-04T05:06:07Z", Kind.ID: "a gid, or its digits"}.get(
        col.kind, col.kind.value
    )
