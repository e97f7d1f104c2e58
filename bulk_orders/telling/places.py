"""URLs that let their owner in, from where the policy says they stand. Read before the night begins, never shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bulk_orders.core.policy import SecretPlace
from bulk_orders.errors import Misused
from bulk_orders.tokens import Secret, too_open


def read_place(place: SecretPlace, table: str, environ: Mapping[str, str]) -> Secret:
    """The text of an environment variable or of a file (mode 0600); Misused, without it, where it cannot be had."""
    if place.env is not None:
        text = environ.get(place.env, "").strip()
        if not text:
            fix = f"Set {place.env} in the environment."
            raise Misused(f"[{table}] of the policy names {place.env}, which is not set.", fix=fix)
        return Secret(text)
    path = Path(place.file or "").expanduser()
    try:
        status = path.stat()
        if too_open(status.st_mode, status.st_uid, os.geteuid()):
            raise Misused(f"{path} can be read by others.", fix=f"Run: chmod 600 {path}")
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(f"{path}, which [{table}] of the policy names, cannot be read.", fix="Check the path.") from error
    if not text:
        raise Misused(f"{path}, which [{table}] of the policy names, is empty.", fix="Write the URL into it.")
    return Secret(text)
