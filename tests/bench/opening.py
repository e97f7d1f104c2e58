"""How long the overview of many orders and the report of a large plan take to open in a real browser.

And whether the overview's figures are right: the export is written by the csv module and counted by Counter,
row by row, so that nothing of ours has a part in what is expected.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hostile_plan import hostile_plan
from playwright.sync_api import Browser, Page, sync_playwright

from bench.measuring import Goal, goals_table
from bulk_orders.flows.overview import kept_orders, overview_of
from bulk_orders.views.overview_html import overview_html
from bulk_orders.views.plan_html import plan_html

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HEADERS = (
    "ID",
    "Name",
    "Created At",
    "Processed At",
    "Cancelled At",
    "Cancel: Reason",
    "Closed At",
    "Source",
    "Currency",
    "Price: Total",
    "Payment: Status",
    "Order Fulfillment Status",
    "Return: Status",
)
_SECONDS_TO_OPEN = "performance.now() / 1000"

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """The page, the rows that it was made of, and how long that took."""

    page: Path
    rows: Sequence[Row]
    seconds: float


def make_page(folder: Path, orders: int) -> Made:
    """An export of so many orders, and its overview."""
    path, html = folder / "many.csv", folder / "overview.html"
    _export(path, orders)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    before = time.perf_counter()
    overview = overview_of(kept_orders(str(path), folder, AT), {}, None)
    html.write_text(overview_html(overview, {}), encoding="utf-8")
    return Made(html, rows, time.perf_counter() - before)


def _export(path: Path, orders: int) -> None:
    draw = random.Random(5)
    payments = ["paid"] * 12 + ["pending", "refunded", "voided", ""]
    fulfillments = ["fulfilled"] * 3 + ["unfulfilled", "on_hold", "partially_fulfilled"]
    returns = ["no_return"] * 9 + ["return_requested"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for at in range(orders):
            day = f"2026-{1 + at * 10 // orders:02d}-{draw.randint(1, 28):02d}T{draw.randint(0, 23):02d}:00:00Z"
            cancelled = day if draw.random() < 0.04 else ""
            closed = day if cancelled or draw.random() < 0.5 else ""
            head = [f"gid://shopify/Order/{6_000_000_000_000 + at * 32_769}", f"#{1001 + at}", day, day, cancelled]
            why = draw.choice(["customer", "fraud", "other"]) if cancelled else ""
            money = [draw.choice(["web", "pos"]), "EUR", f"{draw.randint(100, 90_000) / 100:.2f}"]
            tail = [draw.choice(payments), draw.choice(fulfillments), draw.choice(returns)]
            writer.writerow([*head, why, closed, *money, *tail])


def differences(page: Page, rows: Sequence[Row]) -> list[str]:
    """What the open page shows otherwise than its rows say: the counts, a finding, and a filtered list of orders."""
    told = {
        "payment": Counter((row["Payment: Status"] or "no payment").replace("_", " ") for row in rows),
        "fulfillment": Counter(row["Order Fulfillment Status"].replace("_", " ") for row in rows),
        "return": Counter(row["Return: Status"].replace("_", " ") for row in rows),
        "state": Counter("cancelled" if r["Cancelled At"] else "archived" if r["Closed At"] else "open" for r in rows),
    }
    wrong = [
        f"{name}: {found}, not {dict(right)}" for name, right in told.items() if (found := _picked(page, name)) != right
    ]
    stuck = sum(
        row["Payment: Status"] == "paid"
        and not row["Closed At"]
        and row["Order Fulfillment Status"] in ("unfulfilled", "partially_fulfilled")
        and (AT - datetime.fromisoformat(row["Processed At"])).total_seconds() >= 2 * 86400
        for row in rows
    )
    shown = page.locator(".find", has_text="Paid and unfulfilled").locator("b").first.inner_text()
    wrong += [f"paid and unfulfilled: {shown}, not {stuck:,}"] if shown != f"{stuck:,}" else []
    return [*wrong, *_filtered(page, rows)]


def _filtered(page: Page, rows: Sequence[Row]) -> list[str]:
    waiting = [r for r in rows if r["Return: Status"] == "return_requested" and r["Payment: Status"] == "paid"]
    page.locator("[data-pick=return]", has_text="return requested").click()
    page.locator("[data-pick=payment]", has_text="paid").click()
    shown = page.locator("#shown").inner_text()
    names = page.locator("#board tbody tr td:first-child").all_inner_texts()
    page.get_by_role("button", name="Clear all filters").click()
    wrong = [] if f"of {len(waiting):,} shown, of {len(rows):,}" in shown else [f"filtered: {shown}"]
    return wrong + ([] if names == [row["Name"] for row in waiting[:50]] else ["filtered: other orders"])


def _picked(page: Page, name: str) -> dict[str, int]:
    texts = page.locator(f"[data-pick={name}]").all_inner_texts()
    pairs = (text.strip().rsplit(" ", 1) for text in texts)
    return {word.strip(): int(number.replace(",", "")) for word, number in pairs}


def measure(orders: int, times: int) -> tuple[str, list[Goal]]:
    """The table and the goals; without a Chromium nothing is measured, and none is stated."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return "There is no Chromium here: not measured.", []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = make_page(Path(folder), orders)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds, wrong = [], list[str]()
        for number in range(times):
            page = browser.new_page()
            seconds.append(_opened(page, made.page))
            wrong += differences(page, made.rows) if number == 0 else []
            page.close()
        report = _report(browser, Path(folder), min(10_000, orders // 2), times)
        browser.close()
        size = made.page.stat().st_size / 1e6
    median = statistics.median(seconds)
    told = (
        f"{orders:,} orders, a page of {size:.1f} MB made in {made.seconds:.1f} s; open, with every order to "
        f"filter, in {median:.2f} s ({min(seconds):.2f} to {max(seconds):.2f}, {times} times). "
    )
    told += f"Otherwise than counted: {'; '.join(wrong)}" if wrong else "Its figures are those of the count."
    what = f"the overview of {orders:,} orders in a browser"
    goals = [Goal(f"{what}: open", median, most=2, unit=" s"), Goal(f"{what}: wrong figures", len(wrong), most=0)]
    return f"{told}\n\n{report[0]}", [*goals, report[1]]


def _opened(page: Page, path: Path) -> float:
    """Seconds until everything on it works."""
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector("html[data-ready=yes]")
    return float(page.evaluate(_SECONDS_TO_OPEN))


def _report(browser: Browser, folder: Path, changes: int, times: int) -> tuple[str, Goal]:
    """The report of a plan with so many changes."""
    path = folder / "orders.plan.html"
    path.write_text(plan_html(hostile_plan(changes - 5), Path("orders.plan")), encoding="utf-8")
    seconds = []
    for _ in range(times):
        page = browser.new_page()
        seconds.append(_opened(page, path))
        page.close()
    median, size = statistics.median(seconds), path.stat().st_size / 1e6
    span = f"{min(seconds):.2f} to {max(seconds):.2f}, {times} times"
    told = f"The report of {changes:,} changes, a page of {size:.1f} MB: open in {median:.2f} s ({span})."
    return told, Goal(f"the report of {changes:,} changes in a browser: open", median, most=1.5, unit=" s")


def main() -> int:
    """0 if every goal is met, else 1."""
    parser = argparse.ArgumentParser(description="The overview in a real browser.")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=5, help="How often it is opened.")
    asked = parser.parse_args()
    told, goals = measure(asked.orders, asked.times)
    print(f"{told}\n\n{goals_table(goals)}")
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
