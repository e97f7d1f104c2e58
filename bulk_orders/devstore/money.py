"""Money in two currencies at once: the shop's and the customer's (presentment).

Its one rule: amounts are Decimals inside and texts of variable scale outside ("20.0", "16.99"), as
recorded, so that a client which compares money as text is caught.
"""

import functools
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self

ZERO: Final = Decimal(0)
_NO_MINOR_UNIT: Final = frozenset({"JPY", "KRW", "VND", "CLP"})


@functools.lru_cache(maxsize=65_536)
def decimal_text(amount: Decimal) -> str:
    """An amount as the API writes a Decimal: no trailing zeros, but at least one decimal place."""
    text = format(amount.normalize(), "f")
    return text if "." in text else f"{text}.0"


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency."""
    return Decimal(1) if currency in _NO_MINOR_UNIT else Decimal("0.01")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole minor units of its currency."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class MoneyV2:
    """One amount in one currency."""

    amount: Decimal
    currency_code: str


@dataclass(frozen=True, slots=True)
class MoneyBag:
    """One amount in the shop's currency and in the customer's."""

    shop: Decimal
    presentment: Decimal
    shop_currency: str
    presentment_currency: str

    @property
    def shop_money(self) -> MoneyV2:
        """The amount in the shop's currency."""
        return MoneyV2(self.shop, self.shop_currency)

    @property
    def presentment_money(self) -> MoneyV2:
        """The amount in the customer's currency."""
        return MoneyV2(self.presentment, self.presentment_currency)

    def like(self, shop: Decimal, presentment: Decimal) -> Self:
        """Other amounts in the same two currencies."""
        return type(self)(shop, presentment, self.shop_currency, self.presentment_currency)

    def __add__(self, other: "MoneyBag") -> Self:
        return self.like(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other: "MoneyBag") -> Self:
        return self.like(self.shop - other.shop, self.presentment - other.presentment)

    def __mul__(self, count: int) -> Self:
        return self.like(self.shop * count, self.presentment * count)

    def __bool__(self) -> bool:
        return self.shop != 0

    def share(self, part: Decimal, whole: Decimal) -> Self:
        """`part / whole` of the amount, rounded in each currency."""
        if whole == 0:
            return self.like(ZERO, ZERO)
        return self.like(
            rounded(self.shop * part / whole, self.shop_currency),
            rounded(self.presentment * part / whole, self.presentment_currency),
        )

    def least(self, other: "MoneyBag") -> Self:
        """The smaller of two amounts, judged in the shop's currency."""
        return self if self.shop <= other.shop else self.like(other.shop, other.presentment)
