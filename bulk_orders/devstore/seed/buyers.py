"""Fictional customers and their addresses.

Its one rule: mail goes to example.com, telephone numbers are from the ranges that regulators keep for
fiction where there is one, and zips with leading zeros and names with particles are common, because they
break spreadsheets.
"""

import random
import unicodedata
from typing import Final

from bulk_orders.devstore.changes.addresses import COUNTRIES, PROVINCES
from bulk_orders.devstore.gids import gid
from bulk_orders.devstore.model.shop import Address, Customer
from bulk_orders.devstore.state import State

_FIRST: Final = (
    "Anna", "Bérénice", "Clara", "Daan", "Élodie", "Femke", "Giulia", "Hugo", "Inès", "Jan", "Kenji", "Lotte",
    "María", "Noé", "Olivia", "Pieter", "Quentin", "Rosa", "Søren", "Thomas", "Ursula", "Victor", "Wout", "Zoë",
)  # fmt: skip
_LAST: Final = (
    "Exemple", "van der Voorbeeld", "Muster", "Esempio-Bianchi", "O'Sample", "Fictief", "Modèle", "de la Démo",
    "Beispiel", "Núñez Ejemplo", "Sample Jr.", "Tanaka-Demo", "Testament", "Probst", "Specimen", "Essai",
)  # fmt: skip
_STREETS: Final = ("rue de l'Exemple", "Voorbeeldstraat", "Musterweg", "Via Esempio", "Sample Street", "quai Fictif")
_PLACES: Final = (  # country, city, zip, province, telephone
    ("FR", "Bourg-en-Bresse", "01000", None, "+33639981{0:03}"),
    ("FR", "Nice", "06000", None, "+33639982{0:03}"),
    ("FR", "Paris", "75011", None, "+33639983{0:03}"),
    ("BE", "Gent", "9000", None, "+32470009{0:03}"),
    ("BE", "Liège", "4000", None, "+32470008{0:03}"),
    ("NL", "Utrecht", "3511 AB", None, "+31610000{0:03}"),
    ("DE", "Leipzig", "04109", None, "+4917139200{1:02}"),
    ("DE", "Dresden", "01067", None, "+4917139200{1:02}"),
    ("ES", "Barcelona", "08001", None, "+34600000{0:03}"),
    ("IT", "Roma", "00144", None, "+39320000{0:03}"),
    ("GB", "London", "SW1A 0AA", None, "+447700900{0:03}"),
    ("US", "Boston", "02134", "MA", "+16175550{0:03}"),
    ("US", "Newark", "07102", "NJ", "+19735550{0:03}"),
    ("CA", "Ottawa", "K1A 0B1", "ON", "+16135550{0:03}"),
    ("JP", "東京", "100-0001", None, "+81300000{0:03}"),
)


def ascii_slug(text: str) -> str:
    """Letters and digits only, without accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(c for c in plain.lower() if c.isalnum())


class Buyers:
    """Makes customers, and picks returning ones."""

    def __init__(self, store: State, picks: random.Random) -> None:
        self._store = store
        self._picks = picks
        self.known: list[Customer] = []

    def address(self, first: str, last: str) -> Address:
        """A fresh address."""
        picks = self._picks
        country, city, zip_code, province, phone = picks.choice(_PLACES)
        return Address(
            id=self._store.ids.new("MailingAddress") + "?model_name=Address",
            first_name=first,
            last_name=last,
            company=picks.choice((None, None, None, None, "Example & Co")),
            address1=f"{picks.randrange(1, 99)} {picks.choice(_STREETS)}",
            address2=picks.choice((None, None, None, "apt. 4/2", "bus 0101")),
            city=city,
            province=PROVINCES.get(country, {}).get(province or ""),
            province_code=province,
            country=COUNTRIES[country],
            country_code=country,
            zip=zip_code,
            phone=phone.format(line := picks.randrange(100, 200), line % 100),
        )

    def new(self, at: float) -> Customer:
        """A customer who was never here before."""
        picks, number = self._picks, self._store.ids.number("Customer")
        first, last = picks.choice(_FIRST), picks.choice(_LAST)
        address = self.address(first, last)
        count = len(self.known) + 1
        customer = Customer(
            id=gid("Customer", number),
            legacy_resource_id=number,
            first_name=first,
            last_name=last,
            email=f"{ascii_slug(first)}.{ascii_slug(last)}.{count}@example.com",
            phone=address.phone if picks.random() < 0.4 else None,
            created_at=at - picks.randrange(60, 3600),
            state=picks.choice(("DISABLED", "ENABLED", "INVITED")),
            tags=["VIP"] if picks.random() < 0.05 else [],
            accepts_marketing=picks.random() < 0.3,
            default_address=address,
        )
        self.known.append(customer)
        self._store.customers[customer.id] = customer
        self._store.register(customer, address)
        return customer

    def pick(self, at: float) -> Customer:
        """A customer: two in five were here before."""
        if self.known and self._picks.random() < 0.4:
            return self._picks.choice(self.known)
        return self.new(at)
