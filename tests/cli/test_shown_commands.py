"""Every command that a page shows exists, with its options; the pages about the night are run as they stand."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator

import click
import pytest
from cli.conftest import Shell
from conftest import ROOT
from world import shipped

from bulk_orders.cli.helping import shown as as_shown
from bulk_orders.cli.main import COMMANDS
from bulk_orders.cli.reference import EXIT_CODES, commands_markdown
from bulk_orders.clock import SystemClock
from bulk_orders.devstore import TOKEN

DOCS = ROOT / "bulk_orders" / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
_BLOCK = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(bulk-orders [^`]+)`")
_STANDS_FOR = {"KIND": "systemd"}


def shown(text: str) -> Iterator[str]:
    """Commands in blocks, alone on a line or behind a prompt, and those within sentences."""
    for kind, body in _BLOCK.findall(text):
        if kind in {"sh", "text", ""}:
            lines = (line.strip().removeprefix("$ ") for line in body.splitlines())
            yield from (line for line in lines if re.match(r"bulk-orders [a-z]+( |$)", line))
    yield from _INLINE.findall(_BLOCK.sub("", text))


def parsed(line: str) -> None:
    """As far as a command line goes without a shop and files; a mention of a command alone has no arguments."""
    _, *words = shlex.split(line, comments=True)
    if not words or words[0].startswith("-") or words[0] in {"COMMAND", "X"}:
        return
    name, *arguments = (_STANDS_FOR.get(word, word) for word in words)
    assert name in COMMANDS, line
    if "[" in line or "]" in line:
        return  # a form of commands, as in their help
    command = as_shown(importlib.import_module(f"bulk_orders.cli.{name}_command").command)
    try:
        with command.make_context(name, arguments):
            pass
    except click.MissingParameter:
        pass
    except click.UsageError as error:
        if not isinstance(error, click.BadOptionUsage) or "requires an argument" not in error.message:
            raise AssertionError(f"{line}: {error.format_message()}") from error


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_a_page_shows_is_one(page: object) -> None:
    for line in shown(page.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
        parsed(line)


def test_a_command_that_is_none_would_be_found() -> None:
    found = list(shown("Try `bulk-orders plan x.csv --dry` or\n```sh\nbulk-orders aply x.plan  # now\n```\n"))
    assert found == ["bulk-orders aply x.plan  # now", "bulk-orders plan x.csv --dry"]
    for line in found:
        with pytest.raises(AssertionError):
            parsed(line)


@pytest.mark.parametrize("page", ["reconcile.md", "schedule.md", "overview.md"])
def test_the_pages_about_the_night_are_run_as_they_stand(
    page: str, own: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = SystemClock().now().date().isoformat()
    orders = own.world.some(shipped, 2)
    own.write("orders.csv", f"ID,Action\n{orders[0].id},archive\n")
    (own.folder / "in").mkdir()
    own.write(f"in/orders-{today}.csv", f"ID,Action\n{orders[1].id},archive\n")
    rule = '\n[[rules]]\nname = "done"\ndo = "archive"\nwhen = { fulfillment = "fulfilled", payment = "paid" }\n'
    own.write("policy.toml", f'[actions]\narchive = "do"\n{rule}')
    if page == "overview.md":
        assert own("export", "-o", "orders.csv").code == 0
    ran = 0
    for kind, body in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        for line in body.splitlines() if kind == "sh" else ():
            _, *arguments = shlex.split(line, comments=True)
            if arguments[0] == "overview":
                arguments += ["-o", f"look-{ran}"]
            done = own(*arguments)
            assert done.code == 0, f"{line}\n{done.out}{done.err}"
            assert TOKEN not in done.out + done.err
            ran += 1
    assert ran > 3


def test_the_reference_of_commands_is_what_the_program_makes() -> None:
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == commands_markdown(), "run make reference"


def test_every_option_of_every_command_is_in_the_reference() -> None:
    text = commands_markdown()
    for name in COMMANDS:
        command: click.Command = importlib.import_module(f"bulk_orders.cli.{name}_command").command
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(f"`{word}`" in text for word in option.opts), f"{name} {option.opts}"
    assert not re.search(r"\| +\|$", text, re.MULTILINE), "each has a meaning"


def test_an_option_says_what_it_does() -> None:
    for name in COMMANDS:
        command: click.Command = importlib.import_module(f"bulk_orders.cli.{name}_command").command
        for option in command.params:
            assert not isinstance(option, click.Option) or option.hidden or option.help, f"{name} {option.opts}"


def test_what_is_lacking_is_installed_from_the_source() -> None:
    """The project stands on no index, and nobody is to fetch what another has put there under its name."""
    for path in (ROOT / "bulk_orders").rglob("*.py"):
        assert not re.search(r"pipx? install (--\w+ )?'?bulk-orders", path.read_text(encoding="utf-8")), path


def test_the_readme_says_the_same_of_exit_codes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {int(c): told for c, told in re.findall(r"^\| (\d+) \| (.*) \|$", readme, re.MULTILINE)} == EXIT_CODES
