"""Our own export, edited: known by the export id that says what it has to be compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bulk_orders.core.dialects.base import Adapter, own_header
from bulk_orders.core.reading import Reading


class Own(Adapter):
    name: ClassVar[str] = "an export of bulk-orders"

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        if any(own_header(each) == "Export: ID" for each in header):
            return "It has the column Export: ID."
        return None
