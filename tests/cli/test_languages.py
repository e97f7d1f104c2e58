"""The language of a call: by flag or environment, in help, errors and results; scripts get English."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pseudo import bracketed, outside

from bulk_orders.cli import main
from bulk_orders.cli.helping import WORDS
from bulk_orders.cli.main import COMMANDS, app, run
from bulk_orders.core.ages import DEFAULT_HOURS
from bulk_orders.language import ENGLISH, LANGUAGES, use
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


_THE_SAME = {"A", "B", "DIGEST", "EUR", "HANDLE", "IMAGE", "N", "PLAN"}
"""Placeholders that every language writes alike."""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_placeholder_has_its_word(command: str) -> None:
    context = click.Context(app)
    made = app.get_command(context, command)
    assert made is not None
    taking = [each for each in made.params if not (getattr(each, "is_flag", False) or getattr(each, "count", False))]
    words = {word for each in taking for word in re.findall("[A-Z]+", each.make_metavar(context))}
    assert words - _THE_SAME - set(WORDS) == set()


_WRONG = (
    ("plan",),
    ("plan", "a", "b"),
    ("plan", "a", "--alow"),
    ("plan", "a", "--tap=x"),
    ("plna",),
    ("unod",),
    ("plan", "a", "--on-conflict", "yes"),
    ("plan", "a", "--json=1"),
    ("plan", "a", "--tab"),
    ("plan", "a", "--max-deletes", "x"),
    ("plan", "a", "--max-share", "x"),
    ("plan", "a", "--max-share", "101"),
    ("runs", "--limit", "x"),
    ("runs", "--limit", "0"),
    ("export",),
    ("export", "-o", "x.csv", "--created-from", "x"),
    ("overview", "--created-to", "x"),
    ("overview", "--age", "x=1"),
    ("overview", "--age", "on_hold=x"),
    ("purge", "--older-than", "x"),
    ("schedule", "cron", "--at", "x"),
    ("schedule", "corn"),
)


@pytest.mark.parametrize("code", [each for each in LANGUAGES if each != ENGLISH])
@pytest.mark.parametrize("wrong", _WRONG, ids=" ".join)
def test_wrong_usage_is_told_in_the_language(
    wrong: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not three words of it are those of the English."""
    assert run(["--lang", ENGLISH, *wrong]) == run(["--lang", code, *wrong]) == 2
    english, spoken = capsys.readouterr().err.split("✗ ")[1:]
    shared = _in_threes(english) & _in_threes(spoken)
    assert shared == set(), spoken


def _in_threes(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"(?<![-\w'/])[A-Za-z]{2,}(?![-\w'/=])", re.sub(r"bulk-orders [a-z]+ --help|'[^']*'", "", text))
    return set(zip(words, words[1:], words[2:], strict=False))


def test_choices_of_a_missing_argument_stand_in_the_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "Choose from: systemd, cron, kubernetes, github" in told, told


def test_a_command_that_is_nearly_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plna"]) == 2
    assert "No such command 'plna'. Did you mean 'plan'?" in capsys.readouterr().err


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
