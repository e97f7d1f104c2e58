"""Refusals: userErrors in the payload, and the top-level error of an id that cannot be loaded.

Its one rule: the words are Shopify's where a recording or the documentation has them; the others are
ours and marked [INFER] where they are made.
"""

from dataclasses import dataclass
from typing import Final

ORDER_MISSING: Final = "Order does not exist"


@dataclass(frozen=True, slots=True)
class UserError:
    """One entry of userErrors; plain UserError types show no code."""

    field: tuple[str, ...] | None
    message: str
    code: str | None = None


class TopLevelError(Exception):
    """An entry of the top-level `errors`, at the field that raised it."""

    def __init__(self, message: str, code: str, **extensions: object) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: dict[str, object] = {"code": code, **extensions}


class GaveUp(Exception):
    """Shopify answers no more, although it is still at it: the request ends in a 504, its work does not."""


def invalid_id(message: str = "invalid id") -> TopLevelError:
    """An id of the wrong type or with number 0 ([LIVE tags-add-multi-resource], shopify-api.md 4.4)."""
    return TopLevelError(message, "RESOURCE_NOT_FOUND")
