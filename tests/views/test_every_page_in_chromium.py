"""What holds of every page that people open: plan, results, night, overview, and those of several shops.

Each in light and dark, on a phone and a desk and on paper, with texts that would like to be more than text.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from browsing import Opened, serious
from hostile_plan import HOSTILE, hostile_plan
from nights import Nights
from playwright.sync_api import Page
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.events import Summary
from bulk_orders.core.order import Money
from bulk_orders.core.results import OUTCOMES, Entry, State, tally
from bulk_orders.errors import ShopifyError
from bulk_orders.flows.overview import kept_orders, overview_of
from bulk_orders.language import use
from bulk_orders.views.all_shops import ShopLine, ShopNight, all_nights_html, shops_page
from bulk_orders.views.overview_html import overview_html
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.results_html import results_html

pytestmark = pytest.mark.needs("chromium")

NAMES = ("plan", "results", "night", "overview", "shops", "shops-overview")
LONGEST = {"plan": 9, "results": 12, "night": 3, "overview": 9, "shops": 1, "shops-overview": 1}
"""Pages of paper at most; of what was squeezed into a narrow column there would be dozens."""
SCREENS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
ANYTHING_WIDER = """() => [...document.querySelectorAll('main *')].filter(e =>
  e.getBoundingClientRect().width && !e.closest('.matrix, .board, svg, .said, thead')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.outerHTML.slice(0, 99))"""
INNER_SCROLLS = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as elsewhere:
        patch.setenv("BULK_ORDERS_HOME", str(folder / "state"))
        made = elsewhere.submit(_made, folder).result()  # the browser's event loop runs in this thread
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


def _made(folder: Path) -> dict[str, str]:
    plan = hostile_plan()
    entries = {change.id: Entry(change.id, State.APPLIED) for change in plan.changes}
    for change, state in zip(plan.changes, OUTCOMES, strict=False):
        entries[change.id] = Entry(change.id, state, reason=None if state is State.APPLIED else HOSTILE)
    summary = Summary("2026-11-22T10:05:00.000+00:00", plan.plan_id, tally(entries.values()), 7, "orders.results.csv")
    world = World(folder, orders=120)
    rows = [{"ID": order.id, "Action": "archive"} for order in world.some(shipped, 3)]
    rows += [{"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for order in world.some(open_paid, 2)]
    rows += [{"ID": order.id, "Note": HOSTILE} for order in world.some(open_unpaid, 1)]
    world.recipe(*rows, name="orders.csv")
    night = Nights(world, '[actions]\narchive = "do"\nupdate = "do"\n')("orders.csv")
    world.export("all.csv")
    overview = overview_of(kept_orders(str(folder / "all.csv"), world.home, START), {}, None)
    wrong = ShopifyError(f"The shop does not take the token. {HOSTILE}", fix="Make another.")
    shops = [ShopNight("north", night.night, None, 0, folder / "night.html"), ShopNight("south", None, wrong, 1, None)]
    lines = [
        ShopLine("north", "north.myshopify.com", False, ("120", "Paid and unfulfilled: 27; On hold: 3"), "night.html"),
        ShopLine("south", HOSTILE, True, ("", ""), None),
    ]
    return {
        "plan": plan_html(plan, Path("orders.plan")),
        "results": results_html(plan, Path("orders.plan"), entries, summary),
        "night": night.html,
        "overview": overview_html(overview, {}),
        "shops": all_nights_html(shops, folder, date(2026, 11, 22)),
        "shops-overview": shops_page("All shops: where every order stands", ("Orders", "Needs a look"), lines),
    }


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_and_everybody_can_use_it(
    name: str, width: int, scheme: str, opened: Opened, pages: dict[str, Path]
) -> None:
    with opened(pages[name], viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(ANYTHING_WIDER) == []
        if name != "overview":  # whose matrix and list of orders are wider than a phone
            assert page.evaluate(INNER_SCROLLS) == 0, "nothing is cut off at the edge of a box"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
        assert dark is (scheme == "dark")
        assert page.evaluate("window.hacked") is None
        assert page.locator("main img").count() == 0
        assert serious(page) == []


def test_hostile_texts_are_shown_as_they_are(opened: Opened, pages: dict[str, Path]) -> None:
    for name in set(NAMES) - {"overview"}:  # an export of the store has no such note in its figures
        with opened(pages[name]) as page:
            text = page.locator("main").inner_text()
            assert "<script>window.hacked = 1</script>" in text, name
            assert not re.search("[\u202e\x1b]", text), name


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_on_a4_in_dark_as_in_light(name: str, opened: Opened, pages: dict[str, Path]) -> None:
    looks = []
    for scheme in ("light", "dark"):
        with opened(pages[name], color_scheme=scheme) as page:
            pdf = page.pdf(prefer_css_page_size=True)
            assert re.search(rb"/MediaBox\s*\[0 0 59[45]\.\d+ 84[12]\.\d+\]", pdf), "A4"
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= LONGEST[name]
            page.emulate_media(media="print")
            looks.append(_look(page))
    assert looks[0] == looks[1], "paper is white"


def _look(page: Page) -> set[str]:
    return set(
        page.evaluate(
            """() => [...document.querySelectorAll('main *')].map(e => { const s = getComputedStyle(e);
            return `${e.tagName} ${e.getAttribute('class')} ${s.color} ${s.backgroundColor} ${s.fill}` })"""
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_without_javascript(name: str, opened: Opened, pages: dict[str, Path]) -> None:
    with opened(pages[name], java_script_enabled=False) as page:
        assert page.locator("h1").is_visible()
        assert page.locator(".copy:visible").count() == 0, "what would not work is not shown"


@pytest.mark.parametrize(("name", "command"), [("plan", "apply"), ("results", "undo"), ("night", "apply")])
def test_a_command_is_copied(name: str, command: str, opened: Opened, pages: dict[str, Path]) -> None:
    with opened(pages[name], permissions=("clipboard-read", "clipboard-write")) as page:
        page.locator(".cmd", has_text=f"bulk-orders {command}").get_by_role("button", name="Copy").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(f"bulk-orders {command} ")
        assert page.get_by_role("button", name="Copied").is_visible()


@pytest.mark.parametrize("name", ["night", "shops", "shops-overview"])
def test_on_a_phone_each_cell_says_what_it_is(name: str, opened: Opened, pages: dict[str, Path]) -> None:
    with opened(pages[name], viewport={"width": 360, "height": 900}) as page:
        assert page.locator(".stack").count() > 0
        label = page.evaluate("getComputedStyle(document.querySelector('.stack td'), '::before').content")
        assert label == ('"Order"' if name == "night" else '"Shop"')


@pytest.mark.parametrize(("spoken", "word"), [("en", "row"), ("fr", "ligne"), ("nl", "rij")])
def test_on_a_phone_the_row_of_a_sheet_is_called_so_in_the_language(
    spoken: str, word: str, opened: Opened, tmp_path: Path
) -> None:
    path = tmp_path / "plan.html"
    try:
        use(spoken)
        path.write_text(plan_html(hostile_plan(), Path("orders.plan")), encoding="utf-8")
    finally:
        use("en")
    with opened(path, viewport={"width": 360, "height": 900}) as page:
        shown = page.evaluate(
            "getComputedStyle(document.querySelector('#changes td:nth-child(2)'), '::before').content"
        )
        assert shown == f'"{word} "'


@pytest.mark.parametrize("spoken", ["en", "fr", "nl"])
def test_on_a_phone_an_action_stands_behind_its_dot(spoken: str, opened: Opened, tmp_path: Path) -> None:
    """However long the amount beside it: what has no room goes below as a whole."""
    plan = hostile_plan()
    changes = tuple(replace(each, refund=Money(Decimal("12345.67"), "EUR")) for each in plan.changes)
    path = tmp_path / "plan.html"
    try:
        use(spoken)
        path.write_text(plan_html(replace(plan, changes=changes), Path("orders.plan")), encoding="utf-8")
    finally:
        use("en")
    with opened(path, viewport={"width": 375, "height": 900}) as page:
        assert page.locator("#changes .act").count() > 0
        assert page.evaluate(_DROPPED) == 0


_DROPPED = """() => [...document.querySelectorAll('#changes .act')].filter(cell => {
  const text = document.createRange(); text.selectNodeContents(cell.lastChild);
  return text.getClientRects()[0].top > cell.querySelector('.dot').getBoundingClientRect().bottom }).length"""
"""How many actions stand below their dots."""


def test_what_runs_from_right_to_left_turns_no_sentence_around(opened: Opened, tmp_path: Path) -> None:
    """Seen by eye it is: in your sheet "…", then in the shop now "…"; each within its own quotation marks."""
    plan = hostile_plan()
    told = replace(plan.conflicts[0], base="שלום", sheet="אחת", live="שתיים")
    path = tmp_path / "plan.html"
    path.write_text(plan_html(replace(plan, conflicts=(told,)), Path("orders.plan")), encoding="utf-8")
    with opened(path) as page:
        words = page.locator(".warn", has_text="At export").locator("bdi")
        assert words.all_inner_texts() == ["שלום", "אחת", "שתיים"]
        places = [word.bounding_box() for word in words.all()]
        assert sorted(places, key=lambda box: (box["y"], box["x"]) if box else (0, 0)) == places


def test_nothing_that_was_not_there_is_struck_out(opened: Opened, pages: dict[str, Path]) -> None:
    with opened(pages["plan"]) as page:
        assert page.locator("dd", has_text="(empty)").count() > 0
        assert page.locator("del", has_text="(empty)").count() == 0


def test_ten_thousand_results_open_page_by_page(opened: Opened, tmp_path: Path) -> None:
    plan = hostile_plan(9_995)
    entries = {change.id: Entry(change.id, State.APPLIED) for change in plan.changes}
    summary = Summary("2026-11-22T10:05:00.000+00:00", plan.plan_id, tally(entries.values()), 0, None)
    path = tmp_path / "results.html"
    path.write_text(results_html(plan, Path("orders.plan"), entries, summary), encoding="utf-8")
    with opened(path) as page:
        page.wait_for_selector("html[data-ready=yes]", timeout=15_000)
        assert page.locator("#shown").inner_text() == "1–100 of 10,000 shown"
        page.get_by_role("button", name="Next ›").click()
        assert page.locator("#shown").inner_text() == "101–200 of 10,000 shown"


BROKEN_FIGURES = """() => [...document.querySelectorAll('.fig b')].filter(e => {
  const text = document.createRange(); text.selectNodeContents(e);
  const lines = new Set([...text.getClientRects()].map(r => Math.round(r.top))).size;
  const words = e.textContent.trim().split(/[ \\n]+/).length;
  return e.scrollWidth > e.clientWidth || lines > words }).map(e => e.textContent)"""
"""Figures that stick out of their boxes, or that are broken within a word or an amount."""


PAPER = 703
"""What A4 leaves between its margins."""


@pytest.mark.parametrize("width", [360, PAPER, 1280])
@pytest.mark.parametrize("spoken", ["en", "fr", "nl"])
def test_no_figure_is_broken_or_leaves_its_box(spoken: str, width: int, opened: Opened, tmp_path: Path) -> None:
    plan = hostile_plan(1)
    costly = tuple(replace(each, refund=Money(Decimal("12345.67"), "EUR")) for each in plan.changes)
    paths = []
    try:
        use(spoken)
        for name, changes in (("costly", costly), ("free", tuple(replace(each, refund=None) for each in costly))):
            paths.append(tmp_path / f"{name}.html")
            paths[-1].write_text(plan_html(replace(plan, changes=changes), Path("orders.plan")), encoding="utf-8")
    finally:
        use("en")
    for path in paths:
        with opened(path, viewport={"width": width, "height": 900}) as page:
            if width == PAPER:
                page.emulate_media(media="print")
                assert page.evaluate(_DROPPED) == 0
            assert page.evaluate(BROKEN_FIGURES) == []


def test_what_changed_has_room_beside_its_outcome(opened: Opened, pages: dict[str, Path]) -> None:
    """Before and after are what people came to read: on a desk they are no narrow strip."""
    with opened(pages["results"], viewport={"width": 1280, "height": 900}) as page:
        page.locator("#changes td.act").first.evaluate("cell => cell.lastChild.textContent = 'Annuler le traitement'")
        what, whole = (page.locator(at).first.evaluate("e => e.offsetWidth") for at in ("#changes td.what", "#changes"))
        assert what / whole > 0.35


@pytest.mark.parametrize("spoken", ["en", "fr", "nl"])
def test_on_a_desk_the_overview_is_cut_off_nowhere(spoken: str, opened: Opened, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(_overview_in, spoken, tmp_path).result()
    with opened(tmp_path / "overview.html", viewport={"width": 1280, "height": 900}) as page:
        page.wait_for_selector("#board tbody tr")
        assert page.evaluate(INNER_SCROLLS) == 0


def _overview_in(spoken: str, folder: Path) -> None:
    world = World(folder, orders=300)
    world.export("all.csv")
    overview = overview_of(kept_orders(str(folder / "all.csv"), world.home, START), {}, None)
    try:
        use(spoken)
        (folder / "overview.html").write_text(overview_html(overview, {}), encoding="utf-8")
    finally:
        use("en")


@pytest.mark.parametrize("searched", ["etiquette", "ÉTIQUETTE", "étiquette"])
def test_a_search_finds_words_with_or_without_their_accents(searched: str, opened: Opened, tmp_path: Path) -> None:
    plan = hostile_plan()
    renamed = replace(plan.changes[-1], name="#étiquette")
    path = tmp_path / "plan.html"
    path.write_text(plan_html(replace(plan, changes=(*plan.changes[:-1], renamed)), Path("a.plan")), encoding="utf-8")
    with opened(path) as page:
        page.wait_for_selector("html[data-ready=yes]")
        page.get_by_role("searchbox").fill(searched)
        page.wait_for_function("document.querySelectorAll('#changes tbody tr:not([hidden])').length < 5")
        assert "#étiquette" in page.locator("#changes tbody").inner_text()
