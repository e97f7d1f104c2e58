"""One Chromium for every page that a test looks at: Debian's own, which never goes online."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Opened
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module and no longer: while it is open its event loop runs, and asyncio.run would fail elsewhere."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser) -> Opened:
    """Opens a file; when it is closed, nothing may have failed in it and nobody may have been asked for anything."""

    @contextlib.contextmanager
    def open_(path: Path, *, permissions: tuple[str, ...] = (), **how: Any) -> Iterator[Page]:
        context = browser.new_context(**how)
        context.grant_permissions(list(permissions))
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith("file:") else troubles.append(request.url))
        page.goto(path.as_uri())
        yield page
        assert troubles == [], "nothing fails, and the page asks nobody for anything"
        context.close()

    return open_
