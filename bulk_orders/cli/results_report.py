"""The HTML report of a run beside its results sheet: `orders.results.html` beside `orders.results.csv`.

A report is a convenience beside the sheet, so a run never fails for it; where it cannot be written a notice says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bulk_orders.core.events import Summary
from bulk_orders.core.plan import Plan
from bulk_orders.core.results import Entry, no_report
from bulk_orders.core.verified import Verified
from bulk_orders.errors import StorageError
from bulk_orders.settings import Settings

_OWNER = re.compile(r'<meta name="bulk-orders-plan" content="([A-Za-z0-9-]{1,64})">')
_HEAD = 4096


def with_report(summary: Summary, plan: Plan, plan_path: Path, entries: Mapping[str, Entry]) -> Summary:
    """Write the report of a run that has ended; the summary says where it is."""
    if summary.results is None:
        return summary
    from bulk_orders.storage.atomic import write_text
    from bulk_orders.views.results_html import results_html

    target = Path(summary.results).with_suffix(".html")
    try:
        _keep_other(target, plan.plan_id)
        write_text(target, results_html(plan, plan_path, entries, summary))
    except (StorageError, OSError) as error:
        return replace(summary, notices=(*summary.notices, no_report(target.name, error)))
    return replace(summary, report=str(target))


def renew_report(verified: Verified, plan_path: Path, settings: Settings) -> Verified:
    """Write the report anew after outcomes were recorded, as the results sheet was."""
    from bulk_orders.clock import SystemClock
    from bulk_orders.core.results import exit_code, tally
    from bulk_orders.flows.begin_run import load_plan
    from bulk_orders.flows.taking_back import told_of, undone
    from bulk_orders.storage.journal import Journal, journal_path

    plan = load_plan(plan_path)
    journal = Journal.read(journal_path(settings.home, plan.plan_id), plan_id=plan.plan_id, digest=plan.digest)
    if journal is None:
        return verified
    outcomes = tally(journal.entries.values())
    code = exit_code(outcomes, interrupted=False, failed=journal.unfinished)
    at = SystemClock().now().isoformat(timespec="milliseconds")
    summary = Summary(at, plan.plan_id, outcomes, code, verified.results, notices=verified.notices)
    entries = told_of(journal.entries, undone(journal, settings.home))
    return replace(verified, notices=with_report(summary, plan, plan_path, entries).notices)


def _keep_other(target: Path, plan_id: str) -> None:
    """Move aside what is not this plan's, as the results sheet does."""
    if not target.is_file() or target.is_symlink():
        return
    with target.open(encoding="utf-8", errors="replace") as file:
        found = _OWNER.search(file.read(_HEAD))
    if found and found[1] == plan_id:
        return
    stamp = f"{datetime.fromtimestamp(target.stat().st_mtime, UTC):%Y%m%d-%H%M%S}"
    target.replace(target.with_name(f"{target.stem}-{found[1] if found else stamp}.html"))
