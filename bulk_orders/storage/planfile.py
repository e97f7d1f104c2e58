"""Plan files: one JSON document, checked against its digest whenever it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_orders.core.digest import verify
from bulk_orders.errors import Misused, PlanDamaged
from bulk_orders.storage.atomic import write_text

if TYPE_CHECKING:
    from bulk_orders.core.plan import Plan

_LARGEST = 512 * 1024 * 1024


def write_plan(path: Path, plan: Plan) -> dict[str, Any]:
    """Write the plan; the document written is returned."""
    from bulk_orders.core.plan_document import to_document  # a lock is asked for without it

    document = to_document(plan)
    write_document(path, document)
    return document


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write the document of a plan."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def read_plan(path: Path) -> dict[str, Any]:
    """The document of a plan file; PlanDamaged or PlanOtherVersion where it cannot be trusted."""
    _refuse_sheet(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise PlanDamaged("This is no plan file: it is too large.", where=str(path))
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Misused(f"There is no plan {path}.", fix="Make one with: bulk-orders plan SHEET") from error
    except UnicodeDecodeError as error:
        raise PlanDamaged("This is no plan file.", where=str(path), fix="Plan the sheet again.") from error
    except OSError as error:
        raise Misused(f"The plan {path} cannot be read: {error.strerror}.") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanDamaged(
            "The plan file is cut off or damaged.", where=str(path), fix="Plan the sheet again."
        ) from error
    return verify(document)


_SHEETS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".parquet")


def _refuse_sheet(path: Path) -> None:
    """A sheet in the place of its plan is a slip of the hand, and no damage."""
    if not path.is_file() or looks_like_plan(path):
        return
    with path.open("rb") as file:
        book = file.read(4) in (b"PK\x03\x04", b"PAR1")
    if book or path.suffix.casefold() in _SHEETS:
        planned = path.with_suffix(".plan")
        made = f" Its plan may be {planned}." if planned.is_file() else ""
        raise PlanDamaged(
            f"{path.name} is a sheet and no plan.",
            where=str(path),
            fix=f"Make its plan with: bulk-orders plan {path} (nothing is sent by that).{made}",
        )


def looks_like_plan(path: Path) -> bool:
    """Whether a file is a plan, whole or damaged: told by its beginning. An empty file is nobody's loss."""
    try:
        with path.open("rb") as file:
            beginning = file.read(4096)
    except OSError:
        return False
    return not beginning or (beginning.lstrip().startswith(b"{") and b'"format_version"' in beginning)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
