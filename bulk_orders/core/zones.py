"""Zones as forms and spreadsheets write them behind a time.

Only what has one meaning is read: `IST` is in India, in Ireland and in Israel. Google Forms writes the winter name in
summer too (`2020/06/08 3:43:15 PM OEZ` was seen), so such a name is the local time of its region, in summer as well.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

_REGIONS = {
    **dict.fromkeys(("wet", "wez"), "Europe/Lisbon"),
    **dict.fromkeys(("cet", "mez"), "Europe/Paris"),
    **dict.fromkeys(("eet", "oez"), "Europe/Helsinki"),
    "est": "America/New_York",
    "pst": "America/Los_Angeles",
}
_HOURS = {
    **dict.fromkeys(("z", "utc", "gmt"), 0),
    **dict.fromkeys(("west", "wesz"), 1),
    **dict.fromkeys(("cest", "mesz"), 2),
    **dict.fromkeys(("eest", "oesz"), 3),
    "edt": -4,
    "cdt": -5,
    "mdt": -6,
    "pdt": -7,
}
SHAPE = r"[a-z]{1,5}|(?:utc|gmt)?\s*[+-]\s*[0-9]{1,2}(?::?[0-9]{2})?"
"""What may be a zone: a name, or how far from UTC."""
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*([0-9]{1,2})(?::?([0-9]{2}))?")


def zone_of(text: str) -> dt.tzinfo | None:
    """`gmt+1`, `+0200`, `mez`; None for what is no zone, or could be several."""
    plain = text.strip().casefold()
    if plain in _REGIONS:
        return ZoneInfo(_REGIONS[plain])
    if plain in _HOURS:
        return dt.timezone(dt.timedelta(hours=_HOURS[plain]))
    found = _OFFSET.fullmatch(plain)
    if found is None:
        return None
    east = dt.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if east > dt.timedelta(hours=14) or int(found[3] or 0) > 59:
        return None
    return dt.timezone(-east if found[1] == "-" else east)
