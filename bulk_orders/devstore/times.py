"""Times: the store counts in epoch seconds (UTC) and writes ISO 8601 with second resolution.

Its one rule: what leaves the box ends in `Z` and has no fraction, as every recorded time does.
"""

import datetime as dt
import functools
import re
from typing import Final

DAY: Final = 86_400.0
_PARTIAL: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::?(\d{2}))?(?::?(\d{2})(?:\.\d+)?)?)?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)


@functools.lru_cache(maxsize=65_536)
def iso(seconds: float) -> str:
    """Epoch seconds as `2026-01-31T23:59:59Z`."""
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> float | None:
    """Epoch seconds of an ISO time or of a part of one (`2024`, `2024-05`, `2024-05-01T00`); else None."""
    match = _PARTIAL.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    try:
        moment = dt.datetime(
            year or 1, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=_zone(match[7])
        )
    except ValueError:
        return None
    return moment.timestamp()


def _zone(text: str | None) -> dt.timezone:
    if text is None or text == "Z":
        return dt.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone(dt.timedelta(minutes=minutes if text[0] == "+" else -minutes))
