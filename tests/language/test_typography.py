"""French has a no-break space before `;`, `:`, `!`, `?` and inside « », wherever a French text stands."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from counted import views_of

from bulk_orders.cli.main import COMMANDS, run
from bulk_orders.core.columns import BY_HEADER
from bulk_orders.core.reference import entries
from bulk_orders.language import ENGLISH, use
from bulk_orders.language.speaking import DOMAINS
from bulk_orders.language.update import translated
from bulk_orders.views.columns import columns_markdown, columns_text
from bulk_orders.views.paint import Paint

DOCS = ROOT / "bulk_orders" / "docs"
_NAMES = {*BY_HEADER, *(alias for entry in entries() for alias in entry.aliases)}
_HEADERS = "|".join(sorted((re.escape(name) for name in _NAMES if ":" in name), key=len, reverse=True))
_LITERAL = re.compile(
    rf"""\w+://\S*|`[^`]*`|(?<!\w)'[^']*'|"[^"]*"|(?:{_HEADERS})(?!\w)|\w+:\w\S*  # URLs, what is typed, times, searches
    |Archived:\ YES|\#REF!|(?:Gift\ wrap|Emballage\ cadeau):                      # cells of other sheets
    |(?:^|(?<=,\ ))\s*[!?](?=\ |$)                                                # signs before their words
    |(?<=Exemple\u00a0:\ ).*""",
    re.VERBOSE | re.MULTILINE,
)
_WRONG = re.compile(r"[^\u00a0\u202f][;:!?»](?!\S*://)(?=[\s.,)\]|*]|$)|«(?!\u00a0)")


def wrong(text: str) -> list[str]:
    """Points of a text that break off from their words, or stick to them."""
    bare = _LITERAL.sub("x", text)
    return [bare[max(0, found.start() - 20) : found.end() + 5] for found in _WRONG.finditer(bare)]


@pytest.fixture(autouse=True)
def _french() -> Iterator[None]:
    use("fr")
    yield
    use(ENGLISH)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Remarque\u00a0: rien", True),
        ("Remarque : rien", False),
        ("Remarque: rien", False),
        ("«\u00a0a\u00a0»", True),
        ("« a »", False),
        ("à 14:05, voir https://example.com/?a", True),
        ("Videz Cancel: Refund\u00a0; ou non", True),
        ("Videz Cancel: Refund; ou non", False),
        ("Écrivez 'name: value'", True),
    ],
)
def test_what_is_wrong(text: str, *, right: bool) -> None:
    assert (wrong(text) == []) is right


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_french_sentence_keeps_its_points(domain: str) -> None:
    said = [message.string for message in translated("fr", domain) if message.id]
    texts = [text for each in said for text in ((each,) if isinstance(each, str) else each or ())]
    assert {text: found for text in texts if (found := wrong(re.sub(r"\{[^{}]*\}", "x", text)))} == {}


@pytest.mark.parametrize("name", tuple(views_of(0)))
def test_every_view_keeps_its_points(name: str) -> None:
    for many in (0, 1, 2):
        view = views_of(many)[name]()
        assert wrong(_bare(view) if view.startswith("<!doctype") else view) == []


def _bare(page: str) -> str:
    """What a page says, with its blanks as they are."""
    said = re.sub(r"<(style|script|title)\b.*?</\1>", "", page, flags=re.DOTALL)
    told = " ".join(re.findall(r' (?:aria-label|title|placeholder|data-[a-z]+)="([^"]*)"', said))
    return html.unescape(f"{re.sub('<[^>]+>', chr(10), said)} {told}")


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_keeps_its_points(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help", "--lang", "fr"]) == 0
    assert wrong(" ".join(capsys.readouterr().out.split(" "))) == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.fr.md")), ids=lambda page: page.name)
def test_the_french_pages_keep_their_points(page: Path) -> None:
    text = re.sub(r"```.*?```|\]\([^)]*\)", "x", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert wrong(text) == []


def test_the_reference_of_columns_keeps_its_points() -> None:
    text = " ".join(columns_text(entries(), Paint(colour=False)).split(" "))
    assert [each for each in wrong(text) if "Exemple" not in each] == []
    assert [each for each in wrong(columns_markdown(entries())) if "|" not in each] == []
