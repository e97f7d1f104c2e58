"""A copy of every plan that was begun, beside its journal: a new plan is written over the file of an old one.

Light to import, since a plan is begun before anything heavy is.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

from bulk_orders.errors import StorageError
from bulk_orders.storage.planfile import write_document

_ID = re.compile(r"[0-9a-f]{4}-[0-9a-f]{4}")


def copy_of(journal: Path) -> Path:
    """Where the plan of a journal is kept."""
    return journal.with_suffix(".plan")


def keep_plan(journal: Path, document: dict[str, Any]) -> None:
    """Keep the plan of a journal. Only a later undo needs it, so a disk that refuses stops nothing here."""
    copy = copy_of(journal)
    if not copy.exists():
        with contextlib.suppress(StorageError):
            write_document(copy, document)


def named(plan: Path, home: Path) -> Path:
    """The file of a plan that is named by its file, or by its id (`7311-4d30`) if it was begun from this folder."""
    kept = home / "journals" / f"{plan}.plan"
    return kept if _ID.fullmatch(str(plan)) and not plan.exists() and kept.is_file() else plan
