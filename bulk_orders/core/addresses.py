"""Shipping addresses and custom attributes as cells: what they say, and what Shopify would not take of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ADDRESS: Mapping[str, str] = {
    "Shipping: First Name": "firstName",
    "Shipping: Last Name": "lastName",
    "Shipping: Company": "company",
    "Shipping: Phone": "phone",
    "Shipping: Address 1": "address1",
    "Shipping: Address 2": "address2",
    "Shipping: Zip": "zip",
    "Shipping: City": "city",
    "Shipping: Province Code": "provinceCode",
    "Shipping: Country Code": "countryCode",
}
"""Sheet header -> the field of MailingAddressInput."""
DETAILS = "Additional Details"

_NO_ZIP = frozenset({"IE", "HK", "AE", "QA", "PA", "JM", "AO"})
_WITH_PROVINCE = {"US": "state", "CA": "province", "AU": "state", "IT": "province", "JP": "prefecture", "MX": "state"}


def address_faults(address: Mapping[str, str]) -> Iterator[str]:
    """What Shopify would refuse of an address, in its words where they are recorded (shopify-api.md 4.8)."""
    country = address.get("countryCode", "")
    for field, words in (("lastName", "Enter a last name"), ("address1", "Enter an address"), ("city", "Enter a city")):
        if not address.get(field):
            yield words
    if not country:
        yield "Select a country"
    elif len(country) != 2 or not country.isalpha():
        yield f"{country} is no country code of two letters"
    if not address.get("zip") and country not in _NO_ZIP:
        yield "Enter a ZIP code" if country == "US" else "Enter a postal code"
    if country in _WITH_PROVINCE and not address.get("provinceCode"):
        yield f"Select a {_WITH_PROVINCE[country]}"


def details_text(attributes: tuple[tuple[str, str], ...]) -> str:
    """As an export writes them: one `key: value` a line."""
    return "\n".join(f"{key}: {value}" for key, value in attributes)


def details_of(text: str) -> tuple[tuple[str, str], ...] | str:
    """The attributes that a cell says, or what is wrong with it."""
    found = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            continue
        key, colon, value = line.partition(":")
        if not colon or not key.strip():
            return f"The line {line.strip()!r} has no name before a colon."
        found.append((key.strip(), value.strip()))
    return tuple(found)
