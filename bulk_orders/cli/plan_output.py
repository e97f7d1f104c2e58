"""What `plan` and `show` have in common: a plan on the screen, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bulk_orders.cli.options import Here
from bulk_orders.core.plan import Plan
from bulk_orders.language import say


def write_plan_files(plan: Plan, target: Path, report: Path) -> dict[str, Any]:
    """The plan file and its HTML report; the document written is returned."""
    from bulk_orders.core.plan_document import to_document
    from bulk_orders.storage.atomic import write_text
    from bulk_orders.storage.planfile import write_document
    from bulk_orders.views.plan_html import plan_html

    document = to_document(plan)
    write_text(report, plan_html(replace(plan, digest=document["digest"]), target))
    write_document(target, document)
    return document


_FOR_RESULTS = ("sheet_columns", "sheet_rows")
"""Whole rows, for the results sheet: in the plan file, and nowhere that a log could keep them."""


def show_plan(
    here: Here, plan: Plan, document: Mapping[str, Any], path: Path, *, full: bool, begun: str | None = None
) -> None:
    """The plan as text, or as the JSON that the file is; `begun` says how far it is."""
    if here.console.json:
        here.console.document({key: value for key, value in document.items() if key not in _FOR_RESULTS})
        return
    from bulk_orders.views.plan_text import plan_text

    here.console.result(plan_text(plan, path, paint=here.console.paint, full=full, begun=begun))


def written_words(target: Path, report: Path, before: str | None) -> str:
    """Where a plan and its report are; an applied plan (its id) that was written over is not lost."""
    lines = [say("Plan: {file}", file=target), say("Report: {file}", file=report)]
    if before:
        lines.append(f"{say('The plan that was in it was applied; to take that one back:')} bulk-orders undo {before}")
    return "\n".join(lines)
