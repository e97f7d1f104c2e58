"""What tests of pages share: how a page is opened, and what keeps people from using it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Opened = Callable[..., contextlib.AbstractContextManager[Page]]


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people from using a page: serious and critical findings, with the places."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {[node['target'] for node in each['nodes'][:3]]} {each['help']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
