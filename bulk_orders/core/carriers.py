"""The carriers whose names Shopify knows, spelled as it spells them.

A known name makes Shopify build the tracking link by itself, but only in this very spelling: the company of a tracking
update is case-sensitive (shopify-api.md 4.6).
"""

from __future__ import annotations

KNOWN = (
    "4PX",
    "APC",
    "Amazon Logistics UK",
    "Amazon Logistics US",
    "An Post",
    "Anjun Logistics",
    "Australia Post",
    "Bluedart",
    "Canada Post",
    "Canpar",
    "China Post",
    "Chronopost",
    "Correios",
    "Correos",
    "DHL Express",
    "DHL eCommerce",
    "DHL eCommerce Asia",
    "DPD",
    "DPD Local",
    "DPD UK",
    "Delhivery",
    "Deutsche Post",
    "Eagle",
    "FSC",
    "FedEx",
    "GLS",
    "GLS (US)",
    "Globegistics",
    "Japan Post (EN)",
    "Japan Post (JA)",
    "La Poste",
    "Lasership",
    "Mondial Relay",
    "New Zealand Post",
    "Newgistics",
    "PostNL",
    "PostNord",
    "Purolator",
    "Royal Mail",
    "SF Express",
    "SFC Fulfillment",
    "Sagawa (EN)",
    "Sagawa (JA)",
    "Sendle",
    "Singapore Post",
    "StarTrack",
    "TNT",
    "Toll IPEC",
    "UPS",
    "USPS",
    "Whistl",
    "Yamato (EN)",
    "Yamato (JA)",
    "YunExpress",
    "bpost",
)
_BY_FOLDED = {name.casefold(): name for name in KNOWN}


def spelled(company: str) -> str:
    """The name as Shopify spells it, whatever its case; one that it does not know stays as it is."""
    return _BY_FOLDED.get(company.strip().casefold(), company.strip())


def is_known(company: str | None) -> bool:
    """Whether Shopify builds the tracking link of this carrier by itself."""
    return company is not None and company in KNOWN
