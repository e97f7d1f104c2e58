"""How many decimals a currency has (ISO 4217): 1500 JPY and 12.500 KWD are whole amounts, 1500.00 JPY is none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

_PLACES: Mapping[str, int] = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
"""Those that do not have two."""


def places(currency: str) -> int:
    """Its decimals."""
    return _PLACES.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount that can be paid in this currency, half up."""
    return amount.quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_UP)


def plain_amount(amount: Decimal, currency: str) -> str:
    """With the currency's decimals, and more only where it has them: `84.00` (EUR), `1500` (JPY), `84.125` (EUR)."""
    normal = amount.normalize()
    exponent = normal.as_tuple().exponent
    return f"{normal:.{max(places(currency), -exponent if isinstance(exponent, int) else 0)}f}"
