"""Values that orders show and that are no records: counts, risks, discounts, terms.

Its one rule: they have no id of their own in the store and live only as long as an answer.
"""

from dataclasses import dataclass
from typing import Any

from bulk_orders.devstore.money import MoneyBag


@dataclass(frozen=True, slots=True)
class Count:
    """A number and how exact it is."""

    count: int
    precision: str = "EXACT"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling left behind."""

    staff_note: str | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The channel that brought an order."""

    handle: str
    display_name: str


@dataclass(frozen=True, slots=True)
class RiskFact:
    """What speaks for or against an order."""

    description: str
    sentiment: str


@dataclass(frozen=True, slots=True)
class RiskAssessment:
    """One opinion on the risk."""

    risk_level: str
    facts: tuple[RiskFact, ...] = ()
    provider: None = None


@dataclass(frozen=True, slots=True)
class RiskSummary:
    """The risk of an order."""

    recommendation: str
    assessments: list[RiskAssessment]


@dataclass(frozen=True, slots=True)
class CustomerVisit:
    """One visit to the shop before ordering."""

    id: str
    landing_page: str | None
    referrer_url: str | None
    source: str
    occurred_at: float


@dataclass(frozen=True, slots=True)
class Journey:
    """What is known of the visits before an order."""

    last_visit: CustomerVisit | None
    first_visit: CustomerVisit | None
    ready: bool = True
    customer_order_index: int | None = 0
    days_to_conversion: int | None = 0


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """When an order has to be paid."""

    id: str
    payment_terms_name: str
    payment_terms_type: str
    translated_name: str
    due_in_days: int | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class PricingPercentageValue:
    """A discount in percent."""

    percentage: float


@dataclass(frozen=True, slots=True)
class DiscountCodeApplication:
    """A discount that a code brought."""

    code: str
    index: int
    value: Any
    allocation_method: str = "ACROSS"
    target_selection: str = "ALL"
    target_type: str = "LINE_ITEM"


@dataclass(frozen=True, slots=True)
class ManualDiscountApplication:
    """A discount that staff gave by hand."""

    title: str
    description: str | None
    index: int
    value: Any
    allocation_method: str = "ACROSS"
    target_selection: str = "EXPLICIT"
    target_type: str = "LINE_ITEM"


@dataclass(frozen=True, slots=True)
class DiscountAllocation:
    """The share of a discount on a line."""

    allocated_amount_set: MoneyBag
    discount_application: Any


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight."""

    value: float
    unit: str
