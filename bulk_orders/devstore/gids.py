"""Global ids: `gid://shopify/Order/1` as text, and seeded new ones that look like Shopify's.

Its one rule: an id is handed out once and never by adding one to the last, because a client that
guesses or rounds ids must not hit a neighbour by luck.
"""

import base64
import json
import random
import re
import uuid
from typing import Any, Final

PREFIX: Final = "gid://shopify/"
_SHAPE: Final = re.compile(r"gid://[A-Za-z0-9-]+/([A-Za-z0-9]+)/([^/?#\s]+)(\?[^\s]*)?")

# Where the ids of a type begin; lengths as recorded (orders 13 digits, lines 14).
_STARTS: Final = {
    "Order": 6_100_000_000_000,
    "LineItem": 15_200_000_000_000,
    "Fulfillment": 5_480_000_000_000,
    "FulfillmentOrder": 7_030_000_000_000,
    "FulfillmentOrderLineItem": 15_900_000_000_000,
    "FulfillmentLineItem": 13_700_000_000_000,
    "OrderTransaction": 7_410_000_000_000,
    "Customer": 8_020_000_000_000,
    "BulkOperation": 5_290_000_000_000,
    "FulfillmentHold": 264_200_000_000,
    "Refund": 1_024_000_000_000,
    "Return": 15_087_000_000,
}
_STEP: Final = 32_768  # the distance between neighbouring ids in the recordings, or a multiple of it


def gid(kind: str, number: int | str) -> str:
    """The global id of a record."""
    return f"{PREFIX}{kind}/{number}"


def is_gid(text: str) -> bool:
    """Whether a text has the shape of a global id, of whatever type."""
    return _SHAPE.fullmatch(text) is not None


def split_gid(text: str) -> tuple[str, str]:
    """The type and the last part of a global id; two empty texts if it is none."""
    match = _SHAPE.fullmatch(text)
    return (match[1], match[2]) if match and text.startswith(PREFIX) else ("", "")


class Ids:
    """Hands out ids, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible ids, no secrets
        self._last: dict[str, int] = {}

    def number(self, kind: str) -> int:
        """The next numeric id of a type."""
        last = self._last.get(kind) or _STARTS.get(kind, 900_000_000_000) + self._random.randrange(10**9)
        self._last[kind] = last + _STEP * self._random.choice((1, 1, 2, 3, 5, 9))
        return self._last[kind]

    def new(self, kind: str) -> str:
        """The next global id of a type."""
        return gid(kind, self.number(kind))

    def code(self, length: int = 9) -> str:
        """The next confirmation number: capitals and digits."""
        return "".join(self._random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=length))

    def uuid(self) -> str:
        """The next UUID, for jobs and files."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def encode_cursor(last_id: int, last_value: Any) -> str:
    """A cursor as recorded: base64 of the last id and the last sort value."""
    text = json.dumps({"last_id": last_id, "last_value": last_value}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def decode_cursor(cursor: str) -> tuple[int, Any] | None:
    """What `encode_cursor` was given; None for a text that is no cursor."""
    try:
        fields = json.loads(base64.b64decode(cursor, validate=True))
        return int(fields["last_id"]), fields["last_value"]
    except (ValueError, KeyError, TypeError):
        return None
