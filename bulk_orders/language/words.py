"""Single words and short phrases from below, which their sources show no pattern of: Shopify's states, and labels.

A sentence is found in its source by its form; a single word there may as well be a key. So the words that people see
are listed here, as Shopify spells them (lower case, blanks for underscores; schema 2026-10), for the catalogue of what
is told.
"""

from __future__ import annotations

STATES = (
    # orders
    "open", "archived", "cancelled", "deleted",
    # payment: OrderDisplayFinancialStatus
    "authorized", "expired", "paid", "partially paid", "partially refunded", "pending", "refunded", "voided",
    # fulfillment: OrderDisplayFulfillmentStatus, FulfillmentStatus, FulfillmentOrderStatus
    "fulfilled", "unfulfilled", "partially fulfilled", "partial", "in progress", "on hold", "pending fulfillment",
    "request declined", "restocked", "scheduled", "success", "error", "failure", "closed", "incomplete",
    # parcels: FulfillmentDisplayStatus
    "attempted delivery", "canceled", "carrier picked up", "confirmed", "delayed", "delivered", "in transit",
    "label printed", "label purchased", "label voided", "marked as fulfilled", "not delivered", "out for delivery",
    "picked up", "ready for pickup", "submitted",
    # what a fulfillment service was asked: FulfillmentOrderRequestStatus
    "accepted", "cancellation accepted", "cancellation rejected", "cancellation requested", "rejected", "unsubmitted",
    # returns: OrderReturnStatus
    "inspection complete", "no return", "returned", "return failed", "return requested",
)  # fmt: skip
REASONS = (
    # OrderCancelReason
    "customer", "declined", "fraud", "inventory", "other", "staff",
    # FulfillmentHoldReason
    "awaiting payment", "awaiting return items", "high risk of fraud", "incorrect address", "inventory out of stock",
    "online store post purchase cross sell", "unknown delivery date",
)  # fmt: skip
ACTIONS = (
    "unfulfill", "cancel", "archive", "unarchive", "delete", "hold", "release", "tag add", "tag remove", "update",
    "track", "fulfill", "mark paid", "capture", "refund",
)  # fmt: skip
OUTCOMES = ("applied", "already", "drifted", "refused", "not attempted", "unknown", "pending", "running", "interrupted")
LABELS = (
    "Status", "Reason", "Refund", "Restock", "E-mail", "Staff note", "How", "Payment", "To ship", "Why it can be",
    "Amount", "From", "To", "Through", "Tracking", "Backup",
    "yes", "no", "none", "some", "empty", "file", "sheet", "row", "and", "or", "finished",
    # what is said to have moved in the shop
    "fulfillment", "parcel", "payment", "refunds", "return", "shipped", "status", "tags", "tracking", "units", "owed",
    "to ship", "the shipping address", "line",
)  # fmt: skip
COUNTED = (
    "{count} minute", "{count} minutes", "{count} hour", "{count} hours", "{count} day", "{count} days",
    "{count} fulfillment", "{count} fulfillments", "{count} fulfillment order", "{count} fulfillment orders",
    "{count} hold", "{count} holds", "{count} refund", "{count} refunds", "{count} return", "{count} returns",
    "{count} line", "{count} lines", "{count} unit", "{count} units", "change", "changes", "deletion", "deletions",
)  # fmt: skip
CLAUSES = "{first}; {second}"
DONE = ("held", "released", "captured", "unarchived")
WORDS = tuple(dict.fromkeys((*STATES, *REASONS, *ACTIONS, *OUTCOMES, *LABELS, *COUNTED, *DONE, CLAUSES)))

SKELETONS = (
    "by {app} ({why})",
    "{what} ({why})",
    "{what} ({why}).",
    "{header} {cell!r} {what}.",
    "{names}: {what}.",
    "{toml_file}: {what}",
)
"""Sentences that are nothing but holes and points: recognised only where all that they hold but names is ours."""
