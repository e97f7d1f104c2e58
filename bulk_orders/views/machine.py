"""What scripts read: one JSON document on stdout, or one event a line. Keys are promised in interface.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bulk_orders.core.events import Event
from bulk_orders.core.problems import Problem
from bulk_orders.core.taken_back import TakenBack
from bulk_orders.errors import BulkOrdersError, SheetInvalid


def dumps(document: Mapping[str, Any], indent: int | None = 2) -> str:
    """A document, readable and stable; on one line without `indent`."""
    return json.dumps(document, ensure_ascii=False, indent=indent, default=str)


def event_json(event: Event) -> str:
    """One event on one line."""
    return json.dumps(event.as_json(), ensure_ascii=False, default=str)


def error_json(error: BulkOrdersError, *, sent: bool) -> dict[str, Any]:
    """A failure; with a sheet's problems beside it."""
    document: dict[str, Any] = {
        "error": {
            "code": error.code,
            "exit_code": error.exit_code,
            "what": error.what,
            "where": error.where,
            "fix": error.fix,
            "sent": sent,
        }
    }
    if isinstance(error, SheetInvalid):
        document["problems"] = problems_json(error.problems)
    return document


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Every problem; `row` is null for one of the file as a whole."""
    return [{"row": p.row or None, "column": p.column, "cell": p.cell, "what": p.what, "fix": p.fix} for p in problems]


def status_json(
    plan_id: str, state: str, outcomes: Mapping[str, int], last_error: str | None, undone: Mapping[str, TakenBack]
) -> dict[str, Any]:
    """`undone` says what undo plans have made of the plan's changes, by id."""
    return {
        "plan_id": plan_id,
        "state": state,
        "outcomes": dict(outcomes),
        "last_error": last_error,
        "undone": {change: undone_json(by) for change, by in undone.items()},
    }


def undone_json(by: TakenBack) -> dict[str, Any]:
    """`standing` is done, half, under_way or unsure; `again` the plan that has done it again, if one has."""
    return {"plan_id": by.plan, "standing": by.standing.value, "at": by.at, "again": by.again}
