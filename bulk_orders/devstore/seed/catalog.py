"""The seeded shop around its orders: places, services, products, channels, apps, companies.

Its one rule: everything here is named so that nobody takes it for a real firm.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bulk_orders.devstore.gids import gid
from bulk_orders.devstore.model.shop import (
    Address,
    App,
    Company,
    CompanyContact,
    CompanyLocation,
    FulfillmentService,
    Location,
    Product,
    ProductVariant,
    Publication,
    PurchasingCompany,
)
from bulk_orders.devstore.seed.buyers import Buyers
from bulk_orders.devstore.state import State
from bulk_orders.devstore.times import DAY

_PRODUCTS: Final = (  # title, vendor, price, grams, variants as "title:sku"
    ("Linen Shirt", "Atelier Exemple", "49.00", 220, "S:SHIRT-S|M:SHIRT-M|L:SHIRT-L"),
    ("Wool Scarf", "Atelier Exemple", "35.50", 180, "Red:SCARF-RED|Blue:SCARF-BLUE"),
    ("Ceramic Mug", "Sample Pottery", "14.90", 380, "Default Title:00123"),
    ("Oak Tray", "Sample Pottery", "28.00", 900, "Default Title:1E5"),
    ("Beeswax Candle", "Lumière Fictive", "12.00", 250, "Small:CANDLE-S|Large:CANDLE-L"),
    ("Notebook, dotted", "Papier & Co", "9.50", 210, "A5:3-4|A6:NB-A6"),
    ("Fountain Pen", "Papier & Co", "64.00", 45, "Fine:PEN-F|Medium:PEN-M"),
    ("Cotton Tote", "Atelier Exemple", "19.00", 140, "Default Title:TOTE"),
    ("Espresso Beans 1 kg", "Rösterei Beispiel", "23.80", 1000, "Whole:BEAN-W|Ground:BEAN-G"),
    ("Olive Oil 0,5 l", "Frantoio Esempio", "17.25", 620, "Default Title:OIL-05"),
    ("Sea Salt", "Frantoio Esempio", "6.40", 300, "Default Title:"),
    ("Rain Jacket", "Nordlys Demo", "129.00", 540, "S:JACKET-S|M:JACKET-M|L:JACKET-L|XL:JACKET-XL"),
    ("Desk Lamp", "Lumière Fictive", "89.90", 1600, "Black:LAMP-BK|White:LAMP-WH"),
    ("Bicycle Bell", "Nordlys Demo", "11.20", 90, "Default Title:=BELL-1"),
    ("Tea Sampler", "Sample Pottery", "21.00", 260, "Default Title:TEA-12"),
    ("Poster «Éphémère»", "Papier & Co", "25.00", 120, "A3:POSTER-A3|A2:POSTER-A2"),
)


@dataclass(slots=True)
class Catalog:
    """What orders are made of."""

    main: Location
    store_place: Location
    depot: Location
    closed_place: Location
    third_party: Location
    variants: list[ProductVariant] = field(default_factory=list)
    gift_card: ProductVariant | None = None
    online: Publication | None = None
    pos: Publication | None = None
    web_app: App | None = None
    pos_app: App | None = None
    draft_app: App | None = None
    import_app: App | None = None
    companies: list[PurchasingCompany] = field(default_factory=list)


def make(store: State, buyers: Buyers, now: float) -> Catalog:
    """Fills the shop with everything but orders and registers it."""
    catalog = _places(store, now)
    for row in _PRODUCTS:
        catalog.variants += _product(store, *row)
    card = _product(store, "Gift Card", "Devstore", "50.00", 0, "50.00 €:GIFT-50")[0]
    card.product.is_gift_card, card.requires_shipping, card.taxable = True, False, False
    catalog.gift_card = card
    catalog.online = Publication(gid("Publication", 70_000_000_011), "Online Store")
    catalog.pos = Publication(gid("Publication", 70_000_000_012), "Point of Sale")
    store.publications += [catalog.online, catalog.pos]
    catalog.web_app = App(gid("App", 580_111), "Online Store", "online_store", "Shopify")
    catalog.pos_app = App(gid("App", 129_785), "Point of Sale", "pos", "Shopify")
    catalog.draft_app = App(gid("App", 1_354_745), "Draft Orders", "draft_orders", "Shopify")
    catalog.import_app = App(gid("App", 91_000_000_555), "Order Importer (fictional)", "order-importer")
    store.register(*store.publications, catalog.web_app, catalog.pos_app, catalog.draft_app, catalog.import_app)
    catalog.companies = [_company(store, buyers, name, now) for name in ("Example Hotels BV", "Société Fictive SARL")]
    return catalog


def _places(store: State, now: float) -> Catalog:
    manual = FulfillmentService(gid("FulfillmentService", 61_000_000_001), "Manual", "manual", "MANUAL")
    other = FulfillmentService(
        gid("FulfillmentService", 61_000_000_002), "Fulfil-Co (fictional)", "fulfil-co", "THIRD_PARTY"
    )
    places = [
        _place(store, "Entrepôt Lyon", "1 rue de l'Exemple", "Lyon", "69001", "FR", now),
        _place(store, "Boutique Paris", "2 place Fictive", "Paris", "75001", "FR", now),
        _place(store, "Magazijn Gent", "Voorbeeldstraat 3", "Gent", "9000", "BE", now),
        _place(store, "Ancien dépôt Lille", "4 quai du Modèle", "Lille", "59000", "FR", now),
        _place(store, "Fulfil-Co (fictional)", "Musterstraße 5", "Köln", "50667", "DE", now),
    ]
    places[0].is_primary = True
    places[4].fulfillment_service, other.location = other, places[4]
    store.services += [manual, other]
    store.locations += places
    store.register(*places, *store.services)
    main, shop, depot, closed, third = places
    return Catalog(main, shop, depot, closed, third)


def _place(store: State, name: str, street: str, city: str, zip_code: str, country: str, now: float) -> Location:
    number = store.ids.number("Location")
    address = Address(address1=street, city=city, zip=zip_code, country_code=country)
    return Location(gid("Location", number), number, name, address, now - 800 * DAY)


def _product(store: State, title: str, vendor: str, price: str, grams: int, variants: str) -> list[ProductVariant]:
    number = store.ids.number("Product")
    handle = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    product = Product(gid("Product", number), number, title, handle, vendor)
    for entry in variants.split("|"):
        name, _, sku = entry.partition(":")
        number = store.ids.number("ProductVariant")
        variant = ProductVariant(
            gid("ProductVariant", number), number, product, name, sku or None, Decimal(price), grams
        )
        product.variants.append(variant)
    store.products.append(product)
    store.register(product, *product.variants)
    return product.variants


def _company(store: State, buyers: Buyers, name: str, now: float) -> PurchasingCompany:
    company = Company(store.ids.new("Company"), name, external_id="0042")
    place = CompanyLocation(store.ids.new("CompanyLocation"), f"{name}, head office")
    contact = CompanyContact(store.ids.new("CompanyContact"), buyers.new(now - 200 * DAY), "Purchasing")
    store.register(company, place, contact)
    return PurchasingCompany(company, contact, place)
