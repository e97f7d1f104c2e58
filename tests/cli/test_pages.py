"""Every command that a page for merchants shows is run, in its order, with the sheets that the page shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

import pytest
from cli.conftest import Shell
from conftest import ROOT
from world import open_paid, open_unpaid, shipped

from bulk_orders.core.actions import REGISTRY
from bulk_orders.devstore.model.order import Order
from bulk_orders.flows.examine import NEEDED, USEFUL
from bulk_orders.language import ENGLISH, use
from bulk_orders.views.text import finding_name

DOCS = ROOT / "bulk_orders" / "docs"


def _never_charged(order: Order) -> bool:
    return open_unpaid(order) and not order.transactions


ORDERS: dict[str, Callable[[Order], bool]] = {
    "connect.md": shipped,
    "connect.fr.md": shipped,
    "connect.nl.md": shipped,
    "spreadsheets.md": shipped,
    "spreadsheets.fr.md": shipped,
    "spreadsheets.nl.md": shipped,
    "unfulfill.md": shipped,
    "unfulfill.fr.md": shipped,
    "unfulfill.nl.md": shipped,
    "cancel.md": open_paid,
    "cancel.fr.md": open_paid,
    "cancel.nl.md": open_paid,
    "archive.md": shipped,
    "archive.fr.md": shipped,
    "archive.nl.md": shipped,
    "delete.md": _never_charged,
}
_BLOCK = re.compile(r"^( *)```(sh|csv \S+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def _blocks(page: str) -> Iterator[tuple[str, list[str]]]:
    for indent, kind, body in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        yield kind, [line.removeprefix(indent) for line in body.splitlines()]


@pytest.mark.parametrize("page", ORDERS)
def test_the_commands_of_a_page_do_what_it_says(page: str, own: Shell) -> None:
    asked = sorted(set(re.findall(r"^(#\d{4}),", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)))
    names = dict(zip(asked, (order.name for order in own.world.some(ORDERS[page], len(asked))), strict=True))
    ran = 0
    for kind, lines in _blocks(page):
        if kind != "sh":
            text = re.sub(r"^#\d{4}", lambda name: names[name[0]], "\n".join(lines), flags=re.MULTILINE)
            own.write(kind.split()[1], f"{text}\n")
            continue
        for line in lines:
            program, *arguments = shlex.split(line.replace("your-handle", "devstore"))
            assert program == "bulk-orders"
            done = own(*arguments)
            assert done.code == 0, f"{line}\n{done.out}{done.err}"
            assert "No changes" not in done.out or page.startswith("connect."), line
            ran += 1
    assert ran > 1


@pytest.mark.parametrize(("page", "code"), [("connect.md", "en"), ("connect.fr.md", "fr"), ("connect.nl.md", "nl")])
def test_doctors_findings_are_all_on_the_page(page: str, code: str) -> None:
    table = (DOCS / page).read_text(encoding="utf-8").partition("\n## ")[2]
    there = set(re.findall(r"^\| ([^|]+?) \| ", table, re.MULTILINE))
    source = (ROOT / "bulk_orders" / "flows" / "examine.py").read_text(encoding="utf-8")
    named = set(re.findall(r'Finding\("([^"]+)"', source)) | {"shop", "token", "API version"}
    use(code)
    shown = {finding_name(name) for name in named | set(NEEDED) | set(USEFUL)}
    use(ENGLISH)
    assert shown <= there


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", (DOCS / page).read_text(encoding="utf-8")):
        assert (DOCS / link).exists(), link


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.??.md")))
def test_a_page_leads_to_others_in_its_own_language(page: str) -> None:
    """Where there are such; but for the first lines, which name the languages."""
    code = page.split(".")[-2]
    text = (DOCS / page).read_text(encoding="utf-8").partition("\n\n")[2].partition("\n\n")[2]
    links = re.findall(r"\]\(([\w-]+)\.md\)", text)
    assert [link for link in links if (DOCS / f"{link}.{code}.md").exists()] == []


def test_the_page_for_carriers_on_names_what_there_is() -> None:
    text = (DOCS / "carry-on.md").read_text(encoding="utf-8")
    base = next(iter(REGISTRY.values()))
    for name in ("wanted", "blocked_by", "satisfied_by", "after", "mutation", "reversal"):
        assert f"`{name}`" in text
        assert hasattr(base, name), name
    for path in re.findall(r"`((?:bulk_orders|tests)/[\w/.]+)`", text):
        assert path.endswith("NAME.py") or (ROOT / path).exists(), path


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in DOCS.glob("*.md")} == set(re.findall(r"\(bulk_orders/docs/([\w.-]+\.md)\)", readme))
