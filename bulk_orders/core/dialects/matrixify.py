"""Matrixify's order sheets, whose columns are ours: exports, and the small recipes that its users write by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bulk_orders.core.dialects.base import Adapter, own_header
from bulk_orders.core.reading import Reading


class Matrixify(Adapter):
    name: ClassVar[str] = "a Matrixify sheet"

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        known = sum(own_header(each) is not None for each in header)
        return f"{known} of its {len(header)} headers are Matrixify's or ours."
