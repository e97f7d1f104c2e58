"""Every command, as a person calls it in another language: what it prints and writes holds no bare sentence.

The language is one of brackets (tests/pseudo.py): what went past the catalogues stands outside of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.conftest import Ran, Shell
from pseudo import bracketed, outside, text_of
from world import open_paid, open_unpaid, shipped

from bulk_orders.cli import main
from bulk_orders.core.reference import entries
from bulk_orders.language import ENGLISH, use
from bulk_orders.language.recognising import missed

POLICY = """
[actions]
archive = "do"
cancel = "wait"
hold = "report"
[limits]
changes = 4
[[rules]]
name = "done"
do = "archive"
when = { fulfillment = "fulfilled", payment = "paid", placed_ago = "1d" }
unless = { tags = "keep" }
[[rules]]
name = "unpaid"
do = "cancel"
when = { payment = "pending", fulfillment = "unfulfilled" }
"""
_COMMANDS = r"(?:bulk-orders|systemctl|kubectl|journalctl|mkdir|crontab) [^\n⟦⟧]*"
_CONDITIONS = r"(?:not )?(?:state|payment|fulfillment|tags|placed_ago) [\w, ]+"
_PEOPLES = r"[\w.-]+\.myshopify\.com|no more wanted|call the customer|shopify[ _]payments"
_PEOPLES = rf"{_PEOPLES}|[a-z]+ did it|Action 'cancle|(?:First|Second|Third) line"
_THEIRS = re.compile(f"{_COMMANDS}|{_CONDITIONS}|{_PEOPLES}")
"""Commands, conditions as a policy has them, names, and what people wrote."""


@pytest.fixture
def _in_brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(main, "use", lambda code: use(code, bracketed))
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    missed.clear()
    yield
    use(ENGLISH)


def bare(text: str) -> list[str]:
    """What stands outside of brackets, without what is nobody's to translate."""
    return outside(_THEIRS.sub("", re.sub(r"[ \n]+", " ", re.sub(_COMMANDS, "", text))))


def clean(done: Ran, *codes: int) -> Ran:
    assert done.code in (codes or (0,)), done.out + done.err
    assert bare(done.out) + bare(done.err) == []
    assert not missed
    return done


def pages(folder: Path) -> None:
    """Every page that was written."""
    found = list(folder.rglob("*.html"))
    assert found
    for path in found:
        page = path.read_text(encoding="utf-8")
        assert '<html lang="fr">' in page
        assert bare(text_of(page)) == [], path.name


def _sheet(own: Shell) -> list[str]:
    """A sheet that plans a bit of everything; the names of its orders."""
    sent, paid, unpaid = (own.world.some(kind, 3) for kind in (shipped, open_paid, open_unpaid))
    own.write(
        "edited.csv",
        "Name,Action,Cancel: Refund,Cancel: Staff Note,Note,Tags,Tags Command\n"
        f"{sent[0].name},archive,,,,wholesale,MERGE\n"
        f"{sent[1].name},unfulfill,,,,,\n"
        f"{paid[0].name},cancel,TRUE,no more wanted,,,\n"
        f"{paid[1].name},cancel,,,,,\n"
        f"{unpaid[0].name},cancel,,,,,\n"
        f"{unpaid[1].name},hold,,,call the customer,,\n",
    )
    return [order.name for order in (*sent, *paid, *unpaid)]


@pytest.mark.usefixtures("_in_brackets")
def test_the_daily_round(own: Shell) -> None:
    assert "[⟦" not in clean(own("doctor")).out
    clean(own("export", "-o", "orders.csv"))
    clean(own("export", "-o", "none.csv", "--tag", "nobody-has-it"))
    names = _sheet(own)
    clean(own("check", "orders.csv"))
    clean(own("check", "edited.csv"))
    own.write("wrong.csv", f"Name,Action,Nonsense\n{names[0]},cancle,x\n,archive,\n")
    clean(own("check", "wrong.csv"), 4)
    clean(own("plan", "orders.csv"))
    clean(own("plan", "edited.csv", "--full"))
    clean(own("show", "edited.plan"))
    clean(own("status", "edited.plan"))
    own.world.named(names[0]).note = "somebody did it"
    clean(own("apply", "edited.plan"), 2)
    clean(own("apply", "edited.plan", "--confirm", "devstore"), 0, 3)
    clean(own("apply", "edited.plan", "--confirm", "devstore"), 5)
    clean(own("status", "edited.plan"))
    clean(own("show", "edited.plan"))
    clean(own("verify", "edited.plan"), 0, 3)
    own.world.named(names[3]).note = "another did it"
    clean(own("undo", "edited.plan"))
    clean(own("apply", "edited.undo.plan", "--yes"), 0, 3)
    clean(own("verify", "edited.plan"), 0, 3)
    clean(own("plan", "edited.csv"))
    clean(own("runs"))
    clean(own("overview", "orders.csv", "-o", "look"))
    clean(own("overview", "-o", "live", "--compare", "last", "--full"))
    clean(own("purge", "--older-than", "1d"), 2)
    clean(own("purge", "--older-than", "2d"))
    pages(own.folder)


@pytest.mark.usefixtures("_in_brackets")
def test_a_night(own: Shell) -> None:
    names = _sheet(own)
    own.write("policy.toml", POLICY)
    clean(own("reconcile", "edited.csv", "--policy", "policy.toml", "--dry-run"), 0, 3)
    clean(own("reconcile", "edited.csv", "--policy", "policy.toml"), 0, 3)
    clean(own("reconcile", "--policy", "policy.toml"), 0, 3)
    for name in (names[0], names[6], names[8]):
        clean(own("reconcile", "--policy", "policy.toml", "--explain", name))
    clean(own("runs", "--nights"))
    pages(own.folder)


@pytest.mark.usefixtures("_in_brackets")
@pytest.mark.parametrize("kind", ["systemd", "cron", "kubernetes", "github"])
def test_a_schedule(kind: str, sh: Shell) -> None:
    """What is to be done with the files; the files themselves are for machines."""
    done = sh("schedule", kind, "--", "reconcile", "/tmp/orders.csv", "--policy", "policy.toml")
    assert done.code == 0
    assert bare(re.sub(r"\(\w+\)", "", done.err)) == []


@pytest.mark.usefixtures("_in_brackets")
@pytest.mark.parametrize("arguments", [("columns",), ("columns", "--markdown")])
def test_the_columns(arguments: tuple[str, ...], sh: Shell, in_cells: Callable[[str], str]) -> None:
    done = sh(*arguments)
    assert bare(in_cells(done.out)) == []
    assert not missed


@pytest.fixture
def in_cells() -> Callable[[str], str]:
    """A reference without its examples and the words of its cells, which are what people write."""

    def without(text: str) -> str:
        text = re.sub(r"⟦Example: .*?⟧(?=\n  \S|\n    ⟦|\n\n|$|\s⟦)", "", text, flags=re.DOTALL)
        for typed in (entry.values for entry in entries() if entry.typed):
            text = text.replace(f"| {typed} |", "| |")
        return re.sub(r"`[^`]*`", "", text)

    return without
