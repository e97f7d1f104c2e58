"""The report in a real browser: it opens, filters, copies, prints, and nothing leaves it or runs in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import SHEET, SHOP, edits, fulfillment, known_edits, order, paid
from playwright.sync_api import Browser, Page, Request, sync_playwright

from bulk_orders.core.edits import OrderEdits
from bulk_orders.core.order import Order
from bulk_orders.core.plan import LiveOrders, Plan, build_plan
from bulk_orders.core.preferences import Preferences
from bulk_orders.views.plan_html import plan_html

pytestmark = pytest.mark.needs("chromium")

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'{{7*7}} \u202e\x1b[31m"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def hostile_plan(cancellations: int = 30) -> Plan:
    """A plan of every kind of row, with texts that would like to be more than text."""
    asked: list[tuple[OrderEdits, Order]] = [
        (known_edits({"Note": HOSTILE}, Note=f"{HOSTILE} edited"), order(note=HOSTILE)),
        (known_edits({"Note": "a"}, Note=HOSTILE), order(note=f"theirs {HOSTILE}")),
        (edits(Action="unfulfill"), order(fulfillments=(fulfillment(1, display_status="IN_TRANSIT", name=HOSTILE),))),
        (edits(Action="cancel", Cancel__Refund="TRUE"), order(**paid(), fulfillments=(fulfillment(1, name=HOSTILE),))),
        (edits(Tags=HOSTILE.replace(",", ""), Tags_Command="MERGE"), order()),
    ]
    cancel = edits(Action="cancel", Cancel__Refund="TRUE", Cancel__Staff_Note=HOSTILE)
    asked += [(cancel, order(**paid())) for _ in range(cancellations)]
    found, live = [], {}
    for number, (cells, wanted) in enumerate(asked, 1):
        gid, name = f"gid://shopify/Order/{number}", f"#{1000 + number}"
        live[gid] = replace(wanted, id=gid, name=name)
        found.append(OrderEdits(gid, name, tuple(replace(edit, row=number + 1) for edit in cells.edits)))
    return build_plan(
        found,
        LiveOrders(live, {}),
        shop=SHOP,
        sheet=replace(SHEET, rows=len(found), path=f"/sheets/{HOSTILE[:8]}.csv"),
        ignored=0,
        preferences=Preferences(allow_delivered=True),
        plan_id="7f3a-19c2",
        made_at="2026-11-22T10:00:00+00:00",
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "orders.plan.html"
    path.write_text(plan_html(hostile_plan(), Path("orders.plan")), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    found = context.new_page()
    troubles: list[str] = []
    found.on("pageerror", lambda error: troubles.append(str(error)))
    found.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    left: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("file:"):
            left.append(request.url)

    found.on("request", note)
    found.goto(report.as_uri())
    yield found
    assert troubles == []
    assert left == [], "the page asks nobody for anything"
    context.close()


def test_hostile_texts_stay_texts(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    text = page.locator("main").inner_text()
    assert "<script>window.hacked = 1</script>" in text
    assert "{{7*7}}" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_rows_are_searched_and_filtered(page: Page) -> None:
    rows = page.locator("tbody tr:visible")
    everything = rows.count()
    assert everything == 33
    page.get_by_role("searchbox").fill("#1003")
    assert rows.count() == 1
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="Unfulfill 1").click()
    assert rows.count() == 1
    assert page.locator("#shown").inner_text() == "1 of 33 shown"
    page.get_by_role("button", name="With a warning 1").click()
    assert rows.count() == 1
    page.get_by_role("button", name="All 33").click()
    assert rows.count() == everything


def test_the_command_is_copied(page: Page) -> None:
    page.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "bulk-orders apply orders.plan --confirm box"


def test_orders_lead_to_the_admin(page: Page) -> None:
    link = page.locator("tbody a").first
    assert link.get_attribute("href") == "https://admin.shopify.com/store/box/orders/1"


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_phones_and_desks_in_light_and_dark(browser: Browser, report: Path, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(20, 23, 26)") is (scheme == "dark")
    context.close()


def test_it_reads_without_javascript(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("tbody tr:visible").count() == 33
    assert page.get_by_role("searchbox").count() == 0, "what would not work is not shown"
    context.close()


def test_it_prints(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_the_policy_is_strict(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    policy = text.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith(("default-src &#39;none&#39;", "default-src 'none'"))
    assert "unsafe" not in policy
    assert "style=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
