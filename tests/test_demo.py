"""The demo tells the whole story, and what it tells is so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pseudo import in_files, outside, text_of

from bulk_orders.cli.console import Console
from bulk_orders.demo.store import DemoFailed, Store
from bulk_orders.demo.story import _Story
from bulk_orders.errors import StorageError
from bulk_orders.flows.run_status import Status
from bulk_orders.views.wrapping import WIDTH, cells


def _demo(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bulk_orders", "demo", "--folder", str(folder), *arguments],
        cwd=folder.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    done = _demo(tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "$ bulk-orders export -o orders.xlsx",
        "$ bulk-orders plan edited.xlsx",
        "Write unfulfill, cancel in Action.",
        "was changed on both sides",
        "$ kill -9 ",
        " is interrupted: ",
        "none lost, none doubled.",
    ):
        assert words in " ".join(done.stdout.split()), words
    wide = [line for line in done.stdout.splitlines() if cells(line) > WIDTH]
    assert [line for line in wide if "/" not in line and not line.startswith("  waiting")] == [], "but paths and events"
    names = {path.name for path in (tmp_path / "demo").iterdir()}
    assert names >= {"orders.xlsx", "edited.xlsx", "edited.plan", "edited.plan.html", "edited.results.csv"}
    again = _demo(tmp_path / "demo", "--lang", "fr", **in_files(tmp_path / "catalogues"))
    assert again.returncode == 0, "it can be run again in the same folder"
    _said_nothing_in_english(again.stdout + again.stderr, tmp_path / "demo")


def test_a_demo_that_fails_leaves_no_run_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that is held still: nobody would ever let it go on."""
    started: list[subprocess.Popen[bytes]] = []

    def fails(story: _Story, process: subprocess.Popen[bytes]) -> bool:
        started.append(process)
        process.send_signal(signal.SIGSTOP)
        raise DemoFailed("x")

    store = SimpleNamespace(url="", token="")
    story = _Story(Console(), tmp_path, cast(Store, store))
    monkeypatch.setattr(_Story, "_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(_Story, "_worth_killing", fails)
    try:
        with pytest.raises(DemoFailed):
            story._killed("apply")
        assert started[0].returncode is not None
    finally:
        started[0].kill()


def test_a_run_in_the_middle_of_a_commit_is_let_go_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float | None] = []

    def busy(*_: object, patience: float | None = None) -> Status:
        asked.append(patience)
        raise StorageError("x")

    story = _Story(Console(), tmp_path, cast(Store, SimpleNamespace(url="", token="")))
    monkeypatch.setattr("bulk_orders.demo.story.run_status", busy)
    with pytest.raises(StorageError):
        story._cancels_on_their_way()
    assert asked == [0]


_COMMANDS = re.compile(r"bulk-orders (?:apply|plan|show|status|undo|verify) [^\n⟦⟧]*|\$ .*")


def _said_nothing_in_english(told: str, folder: Path) -> None:
    """In a language of brackets, what went past the catalogues stands outside of them; so it is in French and Dutch."""
    assert "$ bulk-orders plan edited.xlsx --lang fr" in told, "the commands speak it too"
    assert _bare(told) == []
    for name in ("edited.plan.html", "edited.results.html"):
        page = (folder / name).read_text(encoding="utf-8")
        assert '<html lang="fr">' in page
        assert _bare(text_of(page)) == [], name


_THEIRS = re.compile("shopify payments|dhl express|flag e|(?:First|Second|Third) line")
"""What customers wrote before, gateways and carriers; what the demo itself writes is in the language."""


def _bare(text: str) -> list[str]:
    return outside(_THEIRS.sub("", re.sub(r"[ \n]+", " ", _COMMANDS.sub("", text))))
