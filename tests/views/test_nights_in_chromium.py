"""The page of a night in a real browser: what it tells, and texts stay texts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browsing import Opened
from hostile_plan import HOSTILE
from nights import Nights
from world import World, open_paid, open_unpaid, shipped

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night that did something, left something alone, and has something waiting."""
    folder = tmp_path_factory.mktemp("night")
    world = World(folder, orders=120)
    rows = [{"ID": order.id, "Action": "archive"} for order in world.some(shipped, 3)]
    rows += [{"ID": order.id, "Action": "cancel", "Cancel: Refund": "TRUE"} for order in world.some(open_paid, 2)]
    rows += [{"ID": order.id, "Note": HOSTILE} for order in world.some(open_unpaid, 1)]
    rows.append({"ID": world.some(shipped, 4)[3].id, "Action": "cancel", "Cancel: Refund": "TRUE"})
    world.recipe(*rows, name="orders.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BULK_ORDERS_HOME", str(world.home))
        night = Nights(world, '[actions]\narchive = "do"\nupdate = "do"\n')
        with ThreadPoolExecutor(1) as elsewhere:  # the browser's event loop runs in this thread
            ran = elsewhere.submit(night, "orders.csv").result()
    path = folder / "report.html"
    path.write_text(ran.html, encoding="utf-8")
    return path


def test_it_says_what_waits_and_what_was_left_alone(opened: Opened, report: Path) -> None:
    with opened(report) as page:
        assert page.evaluate("window.hacked") is None
        text = page.locator("main").inner_text()
        assert "For you to decide" in text
        assert "Left alone" in text
        assert "<script>window.hacked = 1</script>" in text
