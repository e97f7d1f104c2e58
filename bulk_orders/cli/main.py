"""The entry point: from argv to an exit code, whatever happens in between.

The rule: no traceback for anything but our own bugs, and then into a file; no token and no signed URL anywhere.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from bulk_orders import __version__
from bulk_orders.cli.console import Console, screen_width
from bulk_orders.cli.helping import shown
from bulk_orders.cli.signals import deaf, listening, were_heard
from bulk_orders.errors import BulkOrdersError, Interrupted, Misused, StorageError
from bulk_orders.language import ENGLISH, Spoken, chosen, phrase, say, use
from bulk_orders.views.wrapping import END, ISOLATE, fit

COMMANDS = {
    "demo": phrase("The whole story on a store in a box; no account needed."),
    "devstore": phrase("Serve a store in a box on this machine, to try things on."),
    "doctor": phrase("Is everything in place? Token, scopes, API version, rate limit, clock, state folder."),
    "export": phrase("Orders into a sheet: .csv, .xlsx or .parquet."),
    "check": phrase("Every problem of a sheet at once; offline."),
    "columns": phrase("What every column of a sheet means; offline."),
    "plan": phrase("The dry run: what a sheet would change in the shop. Changes nothing."),
    "show": phrase("A plan again, from its file."),
    "apply": phrase("Do exactly a plan. The same command goes on after any interruption."),
    "status": phrase("How far a plan is; offline."),
    "verify": phrase("An applied plan's orders again: is the world as the report says?"),
    "reconcile": phrase("The nightly run: plan a sheet and rules, apply what a policy allows, leave the rest."),
    "overview": phrase("Where every order stands, and which are stuck: text, a page, a sheet per finding."),
    "undo": phrase("A plan that takes back what a plan applied, as far as Shopify allows it."),
    "runs": phrase("What was applied, when, and what became of it; offline."),
    "schedule": phrase("Ready files for a nightly run: systemd, cron, Kubernetes, GitHub."),
    "purge": phrase("Remove what is old from the state folder; shows it first."),
}


_COPIED_ALONG = {ord(ISOLATE): None, ord(END): None}
"""What a name from the screen may have around it, and no file or order has in its name."""


class _Commands(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bulk_orders.cli.{cmd_name}_command").command
        assert isinstance(command, click.Command)
        return shown(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:  # click knows only those that were imported
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(what)) for name, what in COMMANDS.items()])


_EPILOG = phrase("""\b
First time here?     bulk-orders demo
The daily round:     export, edit the sheet, plan, apply
Exit codes: 0 done, 1 failed (resumable), 2 wrong usage, 3 done in part, 4 problems
in the sheet, 5 plan refused, 6 there are changes (plan --detailed-exitcode),
7 outcomes unknown, 130 interrupted.""")


@click.group(cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="bulk-orders", help="Show the version and exit.")
def app() -> None:
    """Plan and apply for Shopify orders.

    Export orders to a spreadsheet, edit them in Excel, see what would change, then apply it in rate-limited, crash-safe
    batches.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code, whatever comes while Python ends."""
    try:
        with listening():
            code = run(sys.argv[1:] if argv is None else list(argv))
            deaf()  # the outcome stands: a signal that comes now must not put its own in its place
    except KeyboardInterrupt:
        code = Interrupted.exit_code
    sys.exit(_flushed(code))


def run(argv: list[str]) -> int:
    """Run a command and return its exit code."""
    if os.name == "nt":
        sys.stderr.write("bulk-orders runs on Linux and macOS; on Windows, use it inside WSL or the container.\n")
        return 1
    argv = [word.translate(_COPIED_ALONG) for word in argv]
    fit(screen_width())
    use(ENGLISH if "--json" in argv else chosen(argv, os.environ))
    console = Console.of(
        json="--json" in argv, lines="apply" in argv[:1], no_color="--no-color" in argv, full="--full" in argv
    )
    try:
        with listening():
            return _code(shown(app).main(argv, prog_name="bulk-orders", standalone_mode=False))
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.UsageError as error:
        return _usage(console, error)
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(console)
    except BulkOrdersError as error:
        return console.fail(error)
    except BrokenPipeError:
        _close_stdout()
        return 1
    except OSError as error:
        return console.fail(_disk(error))
    except (Exception, BaseExceptionGroup) as error:  # of tasks that a signal ended
        return _interrupted(console) if were_heard() else console.crash(error)


def _interrupted(console: Console) -> int:
    return console.fail(Interrupted("Interrupted.", fix="Run the same command again."))


def _disk(error: OSError) -> StorageError:
    """What the machine does not give: room, files, permissions."""
    where = str(error.filename) if error.filename else None
    fix = "Make room, or check the permissions, then run the same command again."
    return StorageError(
        f"This machine does not let a file be read or written: {error.strerror or error}.",
        where=where,
        fix=fix,
        sent=True,
    )


def _code(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _usage(console: Console, error: click.UsageError) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not console.json:
        error.show()
        return error.exit_code
    command = error.ctx.command_path if error.ctx is not None else "bulk-orders"
    on_one_line = re.sub(r"[\n\t]+", " ", error.format_message())  # click sets choices out one below the other
    return console.fail(Misused(Spoken(on_one_line), fix=f"See: {command} --help"))


def _flushed(code: int) -> int:
    """Hand over what is left of the output; what nobody takes would have Python end with a code of its own (120)."""
    try:
        sys.stdout.flush()
    except OSError:
        _close_stdout()
        return code or 1
    return code


def _close_stdout() -> None:
    """A reader that went away (`| head`) is no error worth a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
