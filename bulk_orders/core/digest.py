"""Whether a plan's document is whole and as it was written: its format and its digest.

Apart from what the document means, so that a run is turned away at a taken lock before anything else is loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from bulk_orders.errors import Misused, PlanDamaged, PlanNotApproved, PlanOtherVersion

FORMAT_VERSION = "1.0"
_SHORT = 12
_GIVEN = re.compile(r"(?:sha256:)?([0-9a-f]{8,64})")


def digest(document: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's canonical JSON, without its own digest."""
    covered = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def verify(document: Any) -> dict[str, Any]:
    """The document of a plan file, or a refusal if it is none of ours or is not as it was written."""
    if not isinstance(document, dict) or "plan_id" not in document or "format_version" not in document:
        raise PlanDamaged("This is no plan file.", fix="Make a plan with: bulk-orders plan SHEET")
    major = str(document["format_version"]).split(".", maxsplit=1)[0]
    if major != FORMAT_VERSION.split(".", maxsplit=1)[0]:
        raise PlanOtherVersion(
            f"The plan was written in format {document['format_version']}; this version reads {FORMAT_VERSION}.",
            fix="Plan the sheet again with this version.",
        )
    if document.get("digest") != digest(document):
        raise PlanDamaged(
            "The plan file is not as it was written: it was edited, or is damaged.",
            fix="Plan the sheet again.",
        )
    return document


def short(whole: str) -> str:
    """The first twelve hex digits of a digest: what a report shows, a person passes on, and `--plan-digest` takes."""
    return whole.removeprefix("sha256:")[:_SHORT]


def refuse_unapproved(document: Mapping[str, Any], approved: str | None) -> None:
    """What was approved is what is applied: PlanNotApproved for another plan than the one whose digest was given.

    Eight digits are the fewest that are taken: fewer might be those of another plan by chance.
    """
    if approved is None:
        return
    given = _digits(approved)
    found = str(document["digest"]).removeprefix("sha256:")
    if not found.startswith(given):
        raise PlanNotApproved(
            f"This is not the plan that was approved: its digest begins with {found[:_SHORT]}, not {given[:_SHORT]}.",
            fix="Look at this plan (bulk-orders show PLAN) and have it approved, or apply the file that was.",
        )


def _digits(text: str) -> str:
    match = _GIVEN.fullmatch(text.strip().lower())
    if match is None:
        raise Misused(
            f"--plan-digest {text!r} is no digest of a plan.",
            fix="Copy it from the plan's report: at least eight digits of 0-9 and a-f.",
        )
    return match[1]
