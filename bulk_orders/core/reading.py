"""How a person says that a sheet is to be read, where the sheet itself leaves it open."""

from __future__ import annotations

from dataclasses import dataclass

from bulk_orders.core.requests import RequestForm


@dataclass(frozen=True, slots=True)
class Reading:
    """`--encoding`, `--locale`, `--date-format`, `--tab`, and `[requests]` of the settings; None: by rule."""

    encoding: str | None = None
    locale: str | None = None
    """en, fr, nl or de: what a comma and a point in a number mean."""
    date_format: str | None = None
    """dmy, mdy or ymd."""
    tab: str | None = None
    requests: RequestForm | None = None


BY_RULE = Reading()
