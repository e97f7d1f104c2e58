"""StoreRobo's order sheets: Matrixify's headers, and a column `Archived` with YES or NO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import polars as pl

from bulk_orders.core.columns import Kind
from bulk_orders.core.comparing import comparable
from bulk_orders.core.dialects.base import Adapted, Adapter, own_header, present, renamed
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import ROW, RawSheet

_COLUMN = "Archived"
_ARCHIVED = "1970-01-01"
"""Any date in Closed At archives; Shopify stamps its own."""


class StoreRobo(Adapter):
    name: ClassVar[str] = "a StoreRobo sheet"

    def knows(self, header: str, reading: Reading) -> bool:
        return bool(present([header], [_COLUMN]))

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        return f"It has StoreRobo's column {_COLUMN}." if present(header, [_COLUMN]) else None

    def adapt(self, raw: RawSheet, reading: Reading, why: str) -> Adapted:
        at = next(at for at, written in enumerate(raw.header) if present([written], [_COLUMN]))
        if any(own_header(written) == "Closed At" for written in raw.header):
            problem = Problem(
                raw.header_row,
                _COLUMN,
                raw.address(at, raw.header_row),
                "Both Archived and Closed At say whether an order is archived.",
                "Delete one of the two columns.",
            )
            return Adapted(raw.shown_only([_COLUMN]), self.name, why, (problem,))
        cell = pl.col(str(at))
        said = comparable(cell, Kind.BOOLEAN)
        wrong = raw.frame.filter(~said.is_in(["TRUE", "FALSE"]))
        problems = tuple(
            Problem(
                int(row),
                _COLUMN,
                raw.address(at, int(row)),
                f"Archived {text!r} is neither YES nor NO.",
                "Write YES to archive the order, or empty the cell.",
            )
            for row, text in wrong.select(ROW, cell).iter_rows()
        )
        frame = raw.frame.with_columns(pl.when(said == "TRUE").then(pl.lit(_ARCHIVED)).alias(str(at)))
        notices = (*raw.notices, Notice("Archived: YES archives; NO means no change (write unarchive in Action)."))
        return Adapted(renamed(replace(raw, frame=frame, notices=notices), {at: "Closed At"}), self.name, why, problems)
