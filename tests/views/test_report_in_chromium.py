"""The report in a real browser: it opens, filters, sorts, copies, prints, and nothing leaves it or runs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Opened
from hostile_plan import hostile_plan
from playwright.sync_api import Page

from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.words import VERBS

pytestmark = pytest.mark.needs("chromium")

HANG = 15_000
"""Milliseconds after which a report that does not open is taken for hanging; the commit says what was measured."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "orders.plan.html"
    path.write_text(plan_html(hostile_plan(), Path("orders.plan")), encoding="utf-8")
    return path


@pytest.fixture
def page(opened: Opened, report: Path) -> Iterator[Page]:
    with opened(report, permissions=("clipboard-read", "clipboard-write")) as found:
        yield found


def _names(page: Page) -> list[str]:
    return page.locator("#changes tbody tr:not(.group) td:first-child").all_inner_texts()


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
    everything = len(_names(page))
    assert everything == 35
    page.get_by_role("searchbox").fill("#1003")
    assert _names(page) == ["#1003"]
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="Unfulfill 1").click()
    assert page.locator("#shown").inner_text() == "1 of 35 shown"
    page.get_by_role("button", name="With a warning 1").click()
    assert _names(page) == ["#1003"]
    page.get_by_role("button", name="All 35").click()
    assert len(_names(page)) == everything
    page.get_by_label("Refund of at least").fill("110.5")
    assert _names(page) == ["#1034", "#1035", "#1036"]


def test_rows_are_sorted_and_grouped_by_order(page: Page) -> None:
    page.get_by_role("button", name="Refund").click()
    page.get_by_role("button", name="Refund").click()
    assert _names(page)[:2] == ["#1036", "#1035"]
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Action", exact=True).click()
    assert _names(page)[:3] == ["#1005", "#1006", "#1006"]
    page.get_by_role("button", name="Row", exact=True).click()
    page.get_by_label("Group by order").check()
    groups = page.locator("tr.group").all_inner_texts()
    assert "#1006 2 changes" in groups
    assert len(groups) == 34
    page.get_by_role("searchbox").fill("archived")
    assert page.locator("tr.group").all_inner_texts() == ["#1006 1 change"]


def test_before_and_after_stand_side_by_side_with_the_difference_marked(page: Page) -> None:
    row = page.locator("tr", has_text="edited").first
    was, now = row.locator("dd").nth(0), row.locator("dd").nth(1)
    assert was.locator("del").count() == 0, "nothing of the old note goes"
    assert now.locator("ins").inner_text().strip() == "edited"
    left, right = was.bounding_box(), now.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


def test_the_command_is_copied_with_the_digest_that_apply_checks(page: Page) -> None:
    page.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "bulk-orders apply orders.plan --confirm box --plan-digest 5f3a9c025f3a"
    assert page.get_by_role("button", name="Copied").is_visible()


def test_orders_lead_to_the_admin(page: Page) -> None:
    link = page.locator("tbody a").first
    assert link.get_attribute("href") == "https://admin.shopify.com/store/box/orders/1"


def test_the_first_screen_and_the_cards_say_what_a_person_decides_by(page: Page) -> None:
    first = page.locator("main").inner_text()
    for told in (
        "box.myshopify.com",
        "valid until 2026-11-23 10:00 UTC",
        "can’t be undone",
        "e-mails to customers",
        "2,955.00 EUR",
        "30 of 60 changes that can’t be undone",
        "Left alone: 2 rows need you",
        "#1007, #1008",
        "and 18 more",
        "bulk-orders undo orders.plan",
    ):
        assert told in first, told
    bars = page.locator("svg.bar").all()
    assert len(bars) == 2, "counts by action, and money"


def test_every_action_has_its_own_colour_in_light_and_dark(opened: Opened, report: Path) -> None:
    shown = "a => getComputedStyle(document.querySelector('main')).getPropertyValue(`--${a}`)"
    for scheme in ("light", "dark"):
        with opened(report, color_scheme=scheme) as page:
            colours = {page.evaluate(shown, action) for action in VERBS}
            assert len(colours - {""}) == len(VERBS)
            painted = page.locator("svg.bar").first.locator("rect").all()
            assert len({rect.evaluate("r => getComputedStyle(r).fill") for rect in painted}) == len(painted) > 3


def test_it_reads_without_javascript(opened: Opened, report: Path) -> None:
    with opened(report, java_script_enabled=False) as page:
        assert page.locator("tbody tr:visible").count() == 35
        assert page.get_by_role("searchbox").count() == 0, "what would not work is not shown"
        assert page.get_by_role("button").count() == 0


def test_a_keyboard_is_enough(page: Page) -> None:
    page.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#shown").inner_text() == "2 of 35 shown", "the chip after All: Add tags"


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_ten_thousand_changes_open_page_by_page_and_print_whole(opened: Opened, tmp_path: Path) -> None:
    """How long it takes is a hang limit here, since a busy machine proves nothing."""
    path = tmp_path / "orders.plan.html"
    path.write_text(plan_html(hostile_plan(9_995), Path("orders.plan")), encoding="utf-8")
    with opened(path) as page:
        page.wait_for_selector("html[data-ready=yes]", timeout=HANG)
        assert page.locator("#shown").inner_text() == "1–100 of 10,000 shown"
        assert len(_names(page)) == 100
        page.get_by_role("button", name="Next ›").click()
        assert page.locator("#shown").inner_text() == "101–200 of 10,000 shown"
        page.get_by_role("button", name="Cancel 9,995").click()
        assert page.locator("#shown").inner_text() == "1–100 of 9,995 that fit, of 10,000 shown"
        page.get_by_role("searchbox").fill("#1099")
        assert page.locator("#shown").inner_text() == "11 of 10,000 shown"
        page.get_by_role("searchbox").fill("#100")
        page.get_by_role("searchbox").press("End")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert len(_names(page)) > 100, "on paper stands all that was asked for, not one page of it"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert len(_names(page)) == 100


def test_it_prints_on_a4(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "orders.plan.html"
    path.write_text(plan_html(hostile_plan(200), Path("orders.plan")), encoding="utf-8")
    with opened(path) as page:
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        assert _pages(pdf) > 8, "every change is on paper, not one page of them"
        assert re.search(rb"/MediaBox\s*\[0 0 59[45]\.\d+ 84[12]\.\d+\]", pdf), "A4"


def test_the_policy_is_strict(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    policy = text.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith(("default-src &#39;none&#39;", "default-src 'none'"))
    assert "unsafe" not in policy
    assert "style=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
