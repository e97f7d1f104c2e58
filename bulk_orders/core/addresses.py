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

_COUNTRIES = frozenset(
    """
    AC AD AE AF AG AI AL AM AN AO AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV
    BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES
    ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GW GY HK HM HN HR HT HU ID IE IL IM
    IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
    MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE
    PF PG PH PK PL PM PN PS PT PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VN VU WF WS
    XK YE YT ZA ZM ZW ZZ
    """.split()  # noqa: SIM905  as the schema lists them
)
"""CountryCode of the schema 2026-10; any other word fails as a request, before Shopify looks at the address."""
_MISTAKEN = {"UK": "GB", "EN": "GB", "EL": "GR"}
"""What is written for a country that has another code."""
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
    elif country in _MISTAKEN:
        yield f"{country} is no country code; {_MISTAKEN[country]} may be meant"
    elif country not in _COUNTRIES:
        yield f"{country} is no country code"
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
