"""Policy files: TOML, read whole and checked before anything else happens. Light to import."""

from __future__ import annotations

import tomllib
from pathlib import Path

from bulk_orders.core.policy import Policy, read_policy
from bulk_orders.errors import Misused


def load_policy(path: Path) -> Policy:
    """The policy of a file; Misused, naming the key, where it cannot be read or makes no sense."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Misused(f"There is no policy file {path}.", fix="Name it with --policy.") from error
    except IsADirectoryError as error:
        raise Misused(f"{path} is a folder, not a policy file.", fix="Name the file in it with --policy.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misused(f"{path.name} cannot be read: {error}.", where=str(path), fix="Correct it.") from error
    return read_policy(values, path.name)
