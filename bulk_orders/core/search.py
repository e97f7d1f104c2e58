"""Filters -> Shopify's search syntax. Values are quoted: an unquoted timestamp is cut at its first colon (3.1)."""

from __future__ import annotations

from dataclasses import dataclass

STATUSES = ("open", "closed", "cancelled", "not_closed")
FINANCIAL = (
    "paid",
    "pending",
    "authorized",
    "partially_paid",
    "partially_refunded",
    "refunded",
    "voided",
    "expired",
)
FULFILLMENT = (
    "unshipped",
    "shipped",
    "fulfilled",
    "partial",
    "scheduled",
    "on_hold",
    "unfulfilled",
    "request_declined",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an export is narrowed to. Dates are ISO 8601; `query` is Shopify's own search syntax, kept as it is."""

    query: str | None = None
    status: str | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    updated_from: str | None = None
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()

    def search(self) -> str | None:
        """The search that finds what all filters let through; None for every order."""
        parts = [f"({self.query.strip()})" if self._joined() else self.query.strip()] if self.query else []
        parts += self._parts()
        return " AND ".join(parts) or None

    def _joined(self) -> bool:
        return bool(self._parts())

    def _parts(self) -> list[str]:
        named = {
            "status:": self.status,
            "financial_status:": self.financial_status,
            "fulfillment_status:": self.fulfillment_status,
        }
        dates = {
            "created_at:>=": self.created_from,
            "created_at:<": self.created_to,
            "updated_at:>=": self.updated_from,
        }
        return [
            *(f"{field}{value}" for field, value in named.items() if value),
            *(f"{field}{quoted(value)}" for field, value in dates.items() if value),
            *(f"tag:{quoted(tag)}" for tag in self.tags),
            *(f"tag_not:{quoted(tag)}" for tag in self.without_tags),
        ]


def quoted(value: str) -> str:
    """A value in single quotes, with what would end them escaped."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
