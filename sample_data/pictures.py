"""Takes the pictures that the README shows: `make pictures`, with an installed Chromium.

The sample plan's report as it opens on a desk, then pages of the demo, which is run for it: what came of a plan, and
a French plan on a phone in the evening.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def take(folder: Path) -> list[Path]:
    """Save each picture into `folder`; where they are."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed; on Debian: apt install chromium")
    plan, results, phone = (folder / name for name in ("plan.png", "results.png", "plan-fr.png"))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as runs:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        _photograph(browser, folder / "plan.html", plan, 1120, 900)
        _photograph(browser, _demo(Path(runs), "en") / "edited.results.html", results, 1120, 760)
        _photograph(browser, _demo(Path(runs), "fr") / "edited.plan.html", phone, 390, 844, scheme="dark")
        browser.close()
    return [plan, results, phone]


def _demo(runs: Path, language: str) -> Path:
    """The whole story, told in a language; the folder that it leaves."""
    folder = runs / language
    command = [sys.executable, "-m", "bulk_orders", "--lang", language, "demo", "--folder", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def _photograph(
    browser: Browser,
    page: Path,
    target: Path,
    width: int,
    height: int,
    *,
    scheme: Literal["light", "dark"] = "light",
) -> None:
    """The first screen of a page, as a person would open it."""
    opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    opened.goto(page.absolute().as_uri())
    opened.screenshot(path=target)
    opened.close()


if __name__ == "__main__":
    for picture in take(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(picture)  # noqa: T201
