"""The language of a call: by flag or environment, in help, errors and results; scripts get English."""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pseudo import bracketed, outside

from bulk_orders.cli import main
from bulk_orders.cli.main import COMMANDS, run
from bulk_orders.core.ages import DEFAULT_HOURS
from bulk_orders.language import ENGLISH, use
from bulk_orders.language.speaking import CATALOGUES, CLICK


@pytest.fixture
def _in_brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(main, "use", lambda code: use(code, bracketed))
    yield
    use(ENGLISH)


@pytest.mark.usefixtures("_in_brackets")
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_says_nothing_past_the_catalogues(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--help", "--lang", "fr"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    french = gettext.translation(CLICK, CATALOGUES, ["fr"]).gettext  # click asks gettext itself
    own = "Show this message and exit."  # click keeps it of the first call of a process, of which there is one
    clicks = {own.rstrip("."), french(own).rstrip(".")}
    assert [each for each in outside(shown) if each not in clicks] == []


def test_the_help_of_ages_names_every_finding_that_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["overview", "--help"]) == 0
    assert f"for: {', '.join(DEFAULT_HOURS)}." in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("_in_brackets")
def test_an_error_is_told_in_the_language_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "fr_BE.UTF-8")
    assert run(["show", "orders.plan"]) == 2
    assert "⟦There is no plan orders.plan.⟧" in capsys.readouterr().err
    assert run(["show", "orders.plan", "--lang", "en"]) == 2
    assert "✗ There is no plan orders.plan.\n" in capsys.readouterr().err


@pytest.mark.usefixtures("_in_brackets")
def test_scripts_get_english(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["show", str(tmp_path / "orders.plan"), "--json", "--lang", "fr"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["what"].startswith("There is no plan")


def test_a_language_that_is_not_spoken_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runs", "--lang", "klingon"]) == 2
    assert "--lang" in capsys.readouterr().err
