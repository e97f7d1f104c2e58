"""Every sentence that the program makes while it is tested is told in French and in Dutch as well.

Overheard is what the program itself makes (a plan's reasons, a sheet's problems, errors with their fixes); what a test
makes up is none of our sentences.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bulk_orders import cli
from bulk_orders.core.changes import Back, Blocked, Change, Obstacle
from bulk_orders.core.columns import BY_HEADER
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.errors import BulkOrdersError
from bulk_orders.language import LANGUAGES, Spoken
from bulk_orders.language.choosing import ENGLISH
from bulk_orders.language.recognising import teller
from bulk_orders.language.speaking import TOLD, Speaking, shipped

_SAY = {
    Problem: ("what", "fix"),
    Notice: ("what",),
    Change: ("warnings", "by_hand"),
    Blocked: ("reason", "fix"),
    Back: ("how",),
    Obstacle: ("reason", "fix"),
    BulkOrdersError: ("what", "fix"),
}
_HEADERS = "|".join(sorted((re.escape(header) for header in BY_HEADER if ": " in header), key=len, reverse=True))
_COMMANDS = "|".join(path.stem.removesuffix("_command") for path in Path(cli.__file__).parent.glob("*_command.py"))
_FLAG = r"--[a-z][-a-z]*(?: (?:'[^']*'|\"[^\"]*\"|[a-z\d]+\d))?"
_TO_WRITE = re.compile(
    rf"(?<!\w)'[^']+'|\"[^\"]+\"|`[^`]+`|{_FLAG}|\b(?:{_HEADERS})|bulk-orders (?:{_COMMANDS})\b"
    r"|(?<=\brite )(?:-?\d[\d.,]*(?: [A-Z]{3})?|store credit|[a-z_]+(?=(?: or [a-z ]+)? in [A-Z])|[A-Z]{3,})"
)
_OF_OTHERS = re.compile(r"Query cost is \d+")
"""An error that Shopify words by itself."""
_fresh: list[str] = []
_known: set[str] = set()


def listen() -> None:
    """Hear what is made from now on, in this process."""
    for kind, fields in _SAY.items():
        _listen_to(kind, fields)


def _listen_to(kind: Any, fields: tuple[str, ...]) -> None:
    made = kind.__init__

    def heard(self: Any, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        if str(sys._getframe(1).f_globals.get("__name__")).startswith("bulk_orders."):
            for field in fields:
                said = getattr(self, field)
                for text in said if isinstance(said, tuple) else (said,):
                    if not text or text in _known or isinstance(text, Spoken) or _OF_OTHERS.match(text):
                        continue
                    _known.add(text)
                    _fresh.append(text)

    kind.__init__ = heard


def to_write(text: str) -> set[str]:
    """What a sentence has that must be the same in every language: to be written or found, letter for letter."""
    return set(_TO_WRITE.findall(_unescaped(text)))


def _unescaped(text: str) -> str:
    """A quote inside a quoted cell ends nothing."""
    return text.replace("\\'", "’")


@contextmanager
def _in(code: str) -> Iterator[None]:
    """Without what `use` does to the whole process."""
    before, Speaking.code = Speaking.code, code
    try:
        yield
    finally:
        Speaking.code = before


def misheard() -> list[str]:
    """What was made since it was last asked, and is told badly: not at all, or with a word that is to be written."""
    texts, wrong = list(_fresh), []
    _fresh.clear()
    for code in (code for code in LANGUAGES if code != ENGLISH and texts):
        with _in(code):
            for text in texts:
                found = teller(shipped(code, TOLD)).tell(text)
                if found is None:
                    wrong.append(f"{code}: nobody can tell: {text}")
                elif lost := {word for word in to_write(text) if word not in _unescaped(found.text)}:
                    wrong.append(f"{code}: {sorted(lost)} is to be written as it is: {text} -> {found.text}")
    return wrong
