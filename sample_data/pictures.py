"""Takes the picture of the plan report that the README shows: `make pictures`, with an installed Chromium."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def take(folder: Path, width: int = 1120, height: int = 900) -> Path:
    """Open plan.html as a person would and save its first screen beside it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is not installed; on Debian: apt install chromium")
    target = folder / "plan.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        page.goto((folder / "plan.html").absolute().as_uri())
        page.screenshot(path=target)
        browser.close()
    return target


if __name__ == "__main__":
    print(take(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))  # noqa: T201
