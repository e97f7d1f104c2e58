"""The results' report in a real browser: what became of each change, what a person must do, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Opened
from hostile_plan import HOSTILE, hostile_plan

from bulk_orders.core.events import Summary
from bulk_orders.core.results import OUTCOMES, Entry, State, tally
from bulk_orders.views.results_html import results_html

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = hostile_plan()
    entries = {change.id: Entry(change.id, State.APPLIED) for change in plan.changes}
    for change, state in zip(plan.changes, OUTCOMES, strict=False):
        entries[change.id] = Entry(change.id, state, reason=None if state is State.APPLIED else HOSTILE)
    entries["c9"] = Entry("c9", State.SENDING)
    outcomes = tally(entries.values())
    summary = Summary("2026-11-22T10:05:00.000+00:00", plan.plan_id, outcomes, 7, "/sheets/orders.results.csv")
    path = tmp_path_factory.mktemp("results") / "orders.results.html"
    path.write_text(results_html(plan, Path("orders.plan"), entries, summary), encoding="utf-8")
    return path


def test_it_says_what_became_of_everything_and_what_to_do(opened: Opened, report: Path) -> None:
    with opened(report) as page:
        assert page.evaluate("window.hacked") is None
        text = page.locator("main").inner_text()
        for told in (
            "35 changes: 29 applied, 1 so already, 1 changed meanwhile, 1 refused, 1 not attempted and 2 unknown.",
            "For you to do by hand",
            "bulk-orders verify orders.plan --settle",
            "bulk-orders undo orders.plan",
            "went back to customers",
            "this page says how it was 2026-11-22 10:05 UTC",
        ):
            assert told in text, told
        page.get_by_role("button", name="Refused 1").click()
        assert page.locator("#shown").inner_text() == "1 of 35 shown"
        assert "✗ refused" in page.locator("#changes tbody").inner_text()
        page.get_by_role("button", name="Outcome").click()
        assert page.locator("th[aria-sort]").inner_text().startswith("Outcome")
