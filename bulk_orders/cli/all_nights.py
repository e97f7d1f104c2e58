"""`reconcile --all-shops`: the nights of all shops of [shops] side by side, and one page about them all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bulk_orders.cli.night_runner import REPORT, Job, report_of, run_nights
from bulk_orders.cli.night_telling import Listeners, find_listeners, tell
from bulk_orders.cli.options import Here
from bulk_orders.clock import SystemClock
from bulk_orders.core.policy import Policy, check_wanted
from bulk_orders.core.shops import ShopEntry
from bulk_orders.errors import BulkOrdersError, Misused
from bulk_orders.settings import for_shop
from bulk_orders.storage.atomic import write_text
from bulk_orders.storage.nights import ALL_SHOPS, new_folder, shelf
from bulk_orders.storage.policies import load_policy
from bulk_orders.views.all_shops import ShopNight, all_nights_html, all_nights_text
from bulk_orders.views.machine import error_json


def all_nights(here: Here, policy_file: Path | None, sheet: str | None, *, trial: bool) -> int:
    """Run them all; the exit code is the loudest of theirs."""
    entries = here.settings.required_shops()
    common = load_policy(policy_file) if policy_file is not None else None
    listeners = find_listeners(common, os.environ) if common is not None else Listeners()
    jobs = [_job(here, entry, common, policy_file, sheet) for entry in entries]
    code = run_nights(jobs, here.console, trial=trial)
    told = [ShopNight(job.name, job.night, _error(here, job), job.exit_code, report_of(job)) for job in jobs]
    today = (common or Policy()).today(SystemClock().now())
    folder, _ = new_folder(shelf(here.settings.home, ALL_SHOPS), today)
    report = folder / REPORT
    write_text(report, all_nights_html(told, folder, today))
    tell(listeners, jobs, here.settings.home, here.console, report, trial=trial)
    if here.console.json:
        here.console.document({"exit_code": code, "report": str(report), "shops": {n.name: _document(n) for n in told}})
    else:
        here.console.result(all_nights_text(told, report, here.console.paint))
    return code


def _job(here: Here, entry: ShopEntry, common: Policy | None, file: Path | None, sheet: str | None) -> Job:
    """What is wrong with one shop's settings is that shop's error alone."""
    job = Job(entry.name, entry.shop, sheet=sheet or entry.sheet)
    try:
        job.settings = for_shop(here.settings, entry)
        job.settings.required_credentials()
        job.address = str(job.settings.required_shop())
        own = Path(entry.policy).expanduser() if entry.policy else None
        if own is None and (common is None or file is None):
            raise Misused(
                f"{entry.name} has no policy.", fix="Pass --policy FILE, or write policy = FILE for the shop."
            )
        job.policy = load_policy(own) if own is not None else common
        assert job.policy is not None
        check_wanted(job.sheet, job.policy, (own or file or Path()).name)
    except BulkOrdersError as error:
        job.error = error
    return job


def _error(here: Here, job: Job) -> BulkOrdersError | None:
    if job.error is None or isinstance(job.error, BulkOrdersError):
        return job.error
    here.console.crash(job.error)
    return BulkOrdersError(f"A bug in bulk-orders: {type(job.error).__name__}.", sent=True)


def _document(told: ShopNight) -> Mapping[str, Any]:
    error = error_json(told.error, sent=told.error.sent) if told.error is not None else {}
    return {"exit_code": told.exit_code, "night": told.night.document() if told.night else None, **error}
