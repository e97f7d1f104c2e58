"""Where words go: results to stdout, talk to stderr, bugs into a file."""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from bulk_orders import language
from bulk_orders.errors import BulkOrdersError, StorageError
from bulk_orders.views.paint import Paint

_SIGNED = re.compile(r"(https?://[^\s'\"]+)\?[^\s'\"]+")
_TOKENS = re.compile(r"\b(shp[a-z]{2}_)[A-Za-z0-9]+")

_SAY_EVERY = 10.0


@dataclass(frozen=True, slots=True)
class Console:
    """How a command talks."""

    json: bool = False
    lines: bool = False
    """JSON comes as one document a line (`apply`)."""
    quiet: bool = False
    colour: bool = False
    """On stdout; stderr decides for itself."""
    no_color: bool = False
    full: bool = False
    """Nothing is cut short (`--full`)."""

    @classmethod
    def of(
        cls,
        *,
        json: bool = False,
        lines: bool = False,
        quiet: bool = False,
        no_color: bool = False,
        full: bool = False,
    ) -> Console:
        return cls(json, lines, quiet, _coloured(sys.stdout, no_color=no_color), no_color, full)

    @property
    def paint(self) -> Paint:
        """For results."""
        return Paint(self.colour)

    @property
    def talk_paint(self) -> Paint:
        """For talk."""
        return Paint(_coloured(sys.stderr, no_color=self.no_color))

    @property
    def live(self) -> bool:
        """Whether talk goes to a terminal that can be drawn on."""
        return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not self.quiet

    def say(self, text: str) -> None:
        """Talk: progress, notes, questions."""
        if not self.quiet:
            talk(f"{text}\n")

    def waits(self) -> Callable[[float], None]:
        """To be told of every wait for points: says so at the first, and then now and again."""
        said = -math.inf

        def tell(seconds: float) -> None:
            nonlocal said
            now = time.monotonic()
            if now - said >= _SAY_EVERY:
                said = now
                number = math.ceil(seconds)
                waiting = language.say("waiting about {number} s for the shop's rate limit", number=number)
                self.say(f"  {waiting}")

        return tell

    def result(self, text: str) -> None:
        """What the command was called for; StorageError where stdout is a file on a disk that does not take it."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StorageError(f"The output cannot be written: {error.strerror or error}.", sent=True) from error

    def document(self, document: Mapping[str, Any]) -> None:
        """The one JSON document of a --json command."""
        from bulk_orders.views.machine import dumps

        self.result(dumps(document, indent=None if self.lines else 2))

    def fail(self, error: BulkOrdersError) -> int:
        """Tell of an error, in the form that was asked for; its exit code."""
        if self.json:
            from bulk_orders.views.machine import error_json

            with contextlib.suppress(StorageError):  # there is nowhere left to say it
                self.document(error_json(error, sent=error.sent))
        else:
            from bulk_orders.views.text import error_text

            talk(f"{error_text(error, self.talk_paint, sent=error.sent, full=self.full)}\n")
        return error.exit_code

    def crash(self, error: BaseException) -> int:
        """A bug of ours: its traceback goes into a file."""
        where = _keep_traceback(error)
        told = BulkOrdersError(
            f"A bug in bulk-orders: {type(error).__name__}.",
            where=where,
            fix="Run the same command again; if it comes back, report it with that file (it names no customers).",
            sent=True,
        )
        return self.fail(told)


def talk(text: str) -> None:
    """Write to stderr, after what stdout was given before: in one log the two stand as they were said."""
    with contextlib.suppress(OSError):  # whose output it is has been told, or will be
        sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()


def screen_width() -> int | None:
    """The columns of the terminal that is written to: of stdout, else of stderr; None without one."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            with contextlib.suppress(OSError, ValueError):
                return os.get_terminal_size(stream.fileno()).columns or None
    return None


def _coloured(stream: TextIO, *, no_color: bool) -> bool:
    if no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def _keep_traceback(error: BaseException) -> str:
    """Write the traceback (code lines only, without values) where a person can find it."""
    from bulk_orders.errors import BulkOrdersError as Known
    from bulk_orders.settings import state_folder
    from bulk_orders.storage.atomic import make_folder, write_text

    frames = "".join(traceback.format_tb(error.__traceback__))
    text = _TOKENS.sub(r"\1...", _SIGNED.sub(r"\1?...", f"{frames}{type(error).__name__}\n"))
    try:
        folder = make_folder(state_folder(os.environ) / "crashes")
        path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        write_text(path, text)
    except (Known, OSError):
        return f"{type(error).__name__} at {traceback.extract_tb(error.__traceback__)[-1].name}"
    return str(path)
