"""Records that do not belong to one order: the shop, its apps, places, products and customers."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True, eq=False)
class Address:
    """A mailing address; `country_code` is what the API calls countryCodeV2."""

    id: str = ""
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    country: str | None = None
    country_code: str | None = None
    zip: str | None = None
    phone: str | None = None


@dataclass(slots=True, eq=False)
class App:
    """An app; the one that asks is `store.app`."""

    id: str
    title: str
    handle: str
    developer_name: str = "Devstore"


@dataclass(slots=True, eq=False)
class FulfillmentService:
    """Who packs and ships: the merchant (MANUAL) or a third party."""

    id: str
    service_name: str
    handle: str
    type: str
    location: "Location | None" = None


@dataclass(slots=True, eq=False)
class Location:
    """A place that stocks and ships; a deactivated one keeps its old orders."""

    id: str
    legacy_resource_id: int
    name: str
    address: Address
    created_at: float
    is_active: bool = True
    is_primary: bool = False
    deactivated_at: float | None = None
    fulfillment_service: FulfillmentService | None = None


@dataclass(slots=True, eq=False)
class Publication:
    """A sales channel, as orders name it."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class Product:
    """A product with its variants; only what orders show of it."""

    id: str
    legacy_resource_id: int
    title: str
    handle: str
    vendor: str
    is_gift_card: bool = False
    variants: list["ProductVariant"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class ProductVariant:
    """A variant of a product."""

    id: str
    legacy_resource_id: int
    product: Product
    title: str
    sku: str | None
    price: Decimal
    grams: int = 0
    taxable: bool = True
    requires_shipping: bool = True


@dataclass(slots=True, eq=False)
class Company:
    """A B2B customer."""

    id: str
    name: str
    external_id: str | None = None
    note: str | None = None


@dataclass(slots=True, eq=False)
class CompanyLocation:
    """A place of a B2B customer."""

    id: str
    name: str
    external_id: str | None = None


@dataclass(slots=True, eq=False)
class CompanyContact:
    """The person who orders for a B2B customer."""

    id: str
    customer: "Customer"
    title: str | None = None


@dataclass(slots=True, eq=False)
class PurchasingCompany:
    """The company, contact and location behind a B2B order."""

    company: Company
    contact: CompanyContact | None
    location: CompanyLocation


@dataclass(slots=True, eq=False)
class Customer:
    """A customer; every seeded one is evidently fictional."""

    id: str
    legacy_resource_id: int
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    created_at: float
    state: str = "DISABLED"
    note: str | None = None
    tags: list[str] = field(default_factory=list)
    locale: str = "en"
    tax_exempt: bool = False
    accepts_marketing: bool = False
    default_address: Address | None = None
    order_ids: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Shop:
    """The shop itself."""

    id: str
    name: str
    myshopify_domain: str
    currency_code: str
    iana_timezone: str
    timezone_offset: str
    timezone_abbreviation: str
    email: str
    created_at: float
    presentment_currencies: list[str]
    taxes_included: bool = True
    prefix: str = "#"
    suffix: str = ""
