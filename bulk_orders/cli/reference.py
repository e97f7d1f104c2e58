"""The reference of commands and errors as a page, made of what the program itself has: `make reference`.

The words of a command are those of its `--help`, the errors are those of `errors.py`, so that no page has its own.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from bulk_orders import errors
from bulk_orders.cli.helping import shown
from bulk_orders.cli.main import COMMANDS
from bulk_orders.errors import BulkOrdersError
from bulk_orders.language.paragraphs import paragraphs

EXIT_CODES = {
    0: "done, or nothing to do",
    1: "failed or could not go on, and can be resumed: network, access, journal not writable, a bug; or declined at "
    "the prompt",
    2: "wrong usage",
    3: "finished, but some changes were refused, drifted or not attempted",
    4: "the sheet has problems; nothing was sent",
    5: "refused: the plan is stale, used up, edited, over a limit, or for another shop, or another run holds the shop",
    6: "there are changes (only `plan --detailed-exitcode`)",
    7: "outcomes remain unknown and need a person",
    130: "interrupted; progress is kept",
}
_COMMON = ("--json", "--no-color", "--quiet", "--verbose")
_SHOP = ("--shop", "--token-file")
_LEAF = re.compile(r"^[^\w\n]*(\w+)(?: \(\d+\))? {2,}(\S.*)$", re.MULTILINE)


def commands_markdown() -> str:
    """Every command with its options, the exit codes, and the errors of `--json`."""
    lines = [
        "# Commands, exit codes and errors",
        "",
        "Made by `make reference` from the program itself; a test compares. `--help` of a command says the same.",
        "",
    ]
    for name in COMMANDS:
        command: click.Command = importlib.import_module(f"bulk_orders.cli.{name}_command").command
        lines += _command(name, command)
    lines += ["## What every command takes", "", *_table(_shared()), ""]
    lines += ["## Exit codes", "", "An unknown code means failure. Where several fit: 130, then 1, 7, 3.", ""]
    lines += ["| code | meaning |", "|---|---|", *(f"| {code} | {told} |" for code, told in EXIT_CODES.items()), ""]
    lines += [
        "## Errors",
        "",
        'With `--json` a command that fails prints `{"error": {"code", "what", "where", "fix", "sent"}}`; `sent` says',
        "whether anything may have been sent to Shopify before it.",
        "",
        "| code | exit code | meaning |",
        "|---|---|---|",
        *_errors(),
    ]
    return "\n".join(lines) + "\n"


def _command(name: str, command: click.Command) -> Iterator[str]:
    usage = " ".join(["bulk-orders", name, *(_argument(each) for each in command.params)]).strip()
    yield from (f"## {name}", "", f"`{usage}`", "")
    for paragraph in paragraphs(command.help or ""):
        yield from (paragraph.replace("\n", " "), "")
    own = [each for each in _options(command) if each.opts[0] not in _SHOP and not set(each.opts) & set(_COMMON)]
    if own:
        yield from (*_table(own), "")


def _argument(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return parameter.make_metavar(click.Context(click.Command("")))
    return ""


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def _shared() -> list[click.Option]:
    command = shown(importlib.import_module("bulk_orders.cli.plan_command").command)
    return [each for each in _options(command) if set(each.opts) & {*_COMMON, *_SHOP, "--lang"}]


def _table(options: list[click.Option]) -> Iterator[str]:
    yield from ("| option | meaning |", "|---|---|")
    for option in options:
        names = ", ".join(f"`{name}`" for name in option.opts)
        words = f" {_word(option)}" if not option.is_flag and not option.count else ""
        default = f" Default: {option.default}." if option.show_default and option.default not in (None, False) else ""
        told = f"{option.help or ''}{default}".replace("|", "\\|").replace("\n", " ")
        yield f"| {names}{words} | {told} |"


def _word(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return " \\| ".join(f"`{each}`" for each in option.type.choices)
    kind = option.type.name
    return option.metavar or ("NUMBER" if kind.startswith(("integer", "float")) else kind.upper())


def _errors() -> Iterator[str]:
    """Those of the tree that have a code of their own, with what the tree says of them."""
    told = dict(_LEAF.findall(inspect.getdoc(errors) or ""))
    seen = set()
    for kind in vars(errors).values():
        if not (isinstance(kind, type) and issubclass(kind, BulkOrdersError)) or kind.code in seen:
            continue
        seen.add(kind.code)
        yield f"| `{kind.code}` | {kind.exit_code} | {told.get(kind.__name__, _MEANINGS.get(kind.code, ''))} |"


_MEANINGS = {
    "failed": "anything else; a bug of ours is told with the file that has its traceback",
    "plan_refused": "the plan may not be applied, for another reason",
    "shopify": "Shopify answered in another way than it should",
}
"""Of the branches, which are raised by themselves now and then."""


def write(folder: Path) -> None:
    """Both references that are pages of the package."""
    from bulk_orders.core.reference import entries
    from bulk_orders.views.columns import columns_markdown

    (folder / "commands.md").write_text(commands_markdown(), encoding="utf-8")
    (folder / "columns.md").write_text(f"{columns_markdown(entries()).rstrip()}\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent.parent / "docs")
