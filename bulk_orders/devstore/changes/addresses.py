"""Checking and taking in mailing addresses.

Its one rule: the messages are per field and by country, as recorded ("Enter a ZIP code", "State is not
a valid state in United States", [LIVE orderUpdate-input-validation]); unrecorded ones are [INFER].
"""

from typing import Any, Final

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.model.shop import Address
from bulk_orders.devstore.state import State

_US: Final = (
    "AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut DE:Delaware "
    "DC:District_of_Columbia FL:Florida GA:Georgia HI:Hawaii ID:Idaho IL:Illinois IN:Indiana IA:Iowa "
    "KS:Kansas KY:Kentucky LA:Louisiana ME:Maine MD:Maryland MA:Massachusetts MI:Michigan MN:Minnesota "
    "MS:Mississippi MO:Missouri MT:Montana NE:Nebraska NV:Nevada NH:New_Hampshire NJ:New_Jersey "
    "NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota OH:Ohio OK:Oklahoma OR:Oregon "
    "PA:Pennsylvania RI:Rhode_Island SC:South_Carolina SD:South_Dakota TN:Tennessee TX:Texas UT:Utah "
    "VT:Vermont VA:Virginia WA:Washington WV:West_Virginia WI:Wisconsin WY:Wyoming PR:Puerto_Rico"
)
_CA: Final = (
    "AB:Alberta BC:British_Columbia MB:Manitoba NB:New_Brunswick NL:Newfoundland_and_Labrador "
    "NT:Northwest_Territories NS:Nova_Scotia NU:Nunavut ON:Ontario PE:Prince_Edward_Island QC:Quebec "
    "SK:Saskatchewan YT:Yukon"
)


def _table(text: str) -> dict[str, str]:
    pairs = (entry.split(":") for entry in text.split())
    return {code: name.replace("_", " ") for code, name in pairs}


PROVINCES: Final[dict[str, dict[str, str]]] = {"US": _table(_US), "CA": _table(_CA)}
COUNTRIES: Final = {
    "US": "United States", "CA": "Canada", "FR": "France", "BE": "Belgium", "NL": "Netherlands",
    "DE": "Germany", "GB": "United Kingdom", "JP": "Japan", "ES": "Spain", "IT": "Italy",
    "CH": "Switzerland", "AT": "Austria", "LU": "Luxembourg", "IE": "Ireland", "PT": "Portugal",
}  # fmt: skip
_PROVINCE_WORD: Final = {"US": ("State", "state"), "CA": ("Province", "province")}
_ZIP_WORD: Final = {"US": "ZIP code"}
_NO_ZIP: Final = frozenset({"IE", "HK", "AE"})


def address_errors(fields: dict[str, Any], path: tuple[str, ...]) -> list[UserError]:
    """What Shopify would refuse in an address, in its order of complaint."""
    country = fields.get("countryCode")
    errors = []
    if not fields.get("lastName"):
        errors.append(UserError((*path, "lastName"), "Enter a last name"))
    if not fields.get("address1"):
        errors.append(UserError((*path, "address1"), "Enter an address"))
    if not fields.get("city"):
        errors.append(UserError((*path, "city"), "Enter a city"))
    if not country:
        errors.append(UserError((*path, "country"), "Select a country"))
    if not fields.get("zip") and country not in _NO_ZIP:
        word = _ZIP_WORD.get(country or "", "postal code")
        errors.append(UserError((*path, "zip"), f"Enter a {word}"))
    return errors + _province_errors(country, fields.get("provinceCode"), path)


def _province_errors(country: str | None, province: str | None, path: tuple[str, ...]) -> list[UserError]:
    known = PROVINCES.get(country or "")
    if known is None or province in known:
        return []
    first, word = _PROVINCE_WORD[country or ""]
    message = f"{first} is not a valid {word} in {COUNTRIES[country or '']}"
    return [UserError((*path, "province"), message if province else f"Select a {word}")]


def new_address(store: State, fields: dict[str, Any]) -> Address:
    """An address record from the input of a mutation."""
    country, province = fields.get("countryCode"), fields.get("provinceCode")
    address = Address(
        id=store.ids.new("MailingAddress") + "?model_name=Address",
        first_name=fields.get("firstName"),
        last_name=fields.get("lastName"),
        company=fields.get("company"),
        address1=fields.get("address1"),
        address2=fields.get("address2"),
        city=fields.get("city"),
        province=PROVINCES.get(country or "", {}).get(province or ""),
        province_code=province,
        country=COUNTRIES.get(country or "", country),
        country_code=country,
        zip=fields.get("zip"),
        phone=fields.get("phone"),
    )
    store.register(address)
    return address
