"""How values leave the box, by scalar.

Its one rule: 64-bit numbers and decimals are texts in JSON, times end in Z (shopify-api.md 1.4 and 5).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.money import decimal_text
from bulk_orders.devstore.times import iso


def _decimal(value: Any) -> str:
    return decimal_text(value if isinstance(value, Decimal) else Decimal(str(value)))


SERIALIZERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "DateTime": iso,
    "Decimal": _decimal,
    "Float": float,
    "Money": _decimal,
    "UnsignedInt64": str,
}
