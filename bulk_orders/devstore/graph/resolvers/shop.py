"""Fields of the shop, its customers, products, places and apps."""

from dataclasses import dataclass
from typing import Any, Final

from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.gids import gid
from bulk_orders.devstore.graph.connections import Listing
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call, Getter
from bulk_orders.devstore.graph.resolvers.orders_search import search_orders
from bulk_orders.devstore.model.shop import Address, Customer, Product, Shop
from bulk_orders.devstore.money import ZERO, MoneyV2
from bulk_orders.devstore.settings import PLAN_NAMES
from bulk_orders.devstore.times import iso


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """What the merchant pays for."""

    public_display_name: str
    shopify_plus: bool
    partner_development: bool = False

    @property
    def display_name(self) -> str:
        """The older field of the same."""
        return self.public_display_name


@dataclass(frozen=True, slots=True)
class Domain:
    """The shop's own domain."""

    id: str
    host: str
    url: str
    ssl_enabled: bool = True


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """A customer's e-mail address."""

    email_address: str
    marketing_state: str
    marketing_opt_in_level: str | None = None
    valid_format: bool = True


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A customer's phone number."""

    phone_number: str
    marketing_state: str = "NOT_SUBSCRIBED"


@dataclass(frozen=True, slots=True)
class AccessScope:
    """One granted scope."""

    handle: str

    @property
    def description(self) -> str:
        """In words."""
        return self.handle.replace("_", " ").capitalize()


def display_name(customer: Customer) -> str:
    """First and last name, else the e-mail address ([LIVE orderClose-noop-on-already-closed])."""
    names = [name for name in (customer.first_name, customer.last_name) if name]
    return " ".join(names) or customer.email or customer.phone or ""


def _email(customer: Customer) -> EmailAddress | None:
    state = "SUBSCRIBED" if customer.accepts_marketing else "NOT_SUBSCRIBED"
    return EmailAddress(customer.email, state) if customer.email else None


def _formatted(address: Address) -> list[str]:
    city = " ".join(part for part in (address.city, address.province_code, address.zip) if part)
    parts = (address.company, address.address1, address.address2, city, address.country)
    return [part for part in parts if part]


GETTERS: Final[dict[str, dict[str, Getter]]] = {
    "Customer": {
        "defaultEmailAddress": _email,
        "defaultPhoneNumber": lambda c: PhoneNumber(c.phone) if c.phone else None,
        "displayName": display_name,
        "numberOfOrders": lambda c: len(c.order_ids),
        "updatedAt": lambda c: c.created_at,
        "verifiedEmail": lambda c: c.email is not None,
    },
    "MailingAddress": {
        "coordinatesValidated": lambda _: False,
        "countryCodeV2": lambda a: a.country_code,
        "formatted": _formatted,
        "formattedArea": lambda a: ", ".join(p for p in (a.city, a.province_code, a.country) if p) or None,
        "latitude": lambda _: None,
        "longitude": lambda _: None,
        "name": flags.address_name,
        "timeZone": lambda _: None,
    },
    "Location": {
        "activatable": lambda place: not place.is_active,
        "deactivatable": lambda place: place.is_active and not place.is_primary,
        "deactivatedAt": lambda place: iso(place.deactivated_at) if place.deactivated_at else None,
        "fulfillsOnlineOrders": lambda place: place.is_active,
        "isFulfillmentService": lambda place: place.fulfillment_service is not None,
        "shipsInventory": lambda place: place.is_active,
        "updatedAt": lambda place: place.deactivated_at or place.created_at,
    },
    "Product": {
        "collections": lambda _: [],
        "media": lambda _: [],
        "metafields": lambda _: [],
        "sellingPlanGroups": lambda _: [],
    },
    "ProductVariant": {
        "displayName": lambda v: f"{v.product.title} - {v.title}",
        "metafields": lambda _: [],
    },
    "App": {
        "apiKey": lambda app: f"devstore-api-key-{app.handle}",
    },
    "Shop": {
        "contactEmail": lambda shop: shop.email,
        "enabledPresentmentCurrencies": lambda shop: shop.presentment_currencies,
        "orderNumberFormatPrefix": lambda shop: shop.prefix,
        "orderNumberFormatSuffix": lambda shop: shop.suffix,
        "primaryDomain": lambda _: Domain(gid("Domain", 1), "devstore.example.com", "https://devstore.example.com"),
        "taxShipping": lambda _: False,
        "url": lambda _: "https://devstore.example.com",
        "weightUnit": lambda _: "KILOGRAMS",
    },
    "AppInstallation": {"launchUrl": lambda _: "https://devstore.example.com/launch"},
}


def _plan(_shop: Shop, _arguments: dict[str, Any], context: Context) -> ShopPlan:
    plan = context.store.settings.plan
    return ShopPlan(PLAN_NAMES[plan], plan in {"plus", "enterprise"})


def _spent(customer: Customer, _arguments: dict[str, Any], context: Context) -> MoneyV2:
    orders = (context.store.orders[order_id] for order_id in customer.order_ids)
    spent = sum((payment.net_payment(order).shop for order in orders), ZERO)
    return MoneyV2(spent, context.store.shop.currency_code)


def _customer_orders(customer: Customer, arguments: dict[str, Any], context: Context) -> Listing:
    return search_orders(context, arguments, [context.store.orders[i] for i in customer.order_ids])


def _products(_parent: Any, _arguments: dict[str, Any], context: Context) -> list[Product]:
    return context.store.products


CALLS: Final[dict[str, dict[str, Call]]] = {
    "Customer": {"amountSpent": _spent, "orders": _customer_orders},
    "Collection": {"products": _products},
    "Product": {},
    "Shop": {"plan": _plan},
    "AppInstallation": {
        "accessScopes": lambda _i, _a, context: [AccessScope(s) for s in context.store.settings.scopes],
        "app": lambda _i, _a, context: context.store.app,
    },
}
