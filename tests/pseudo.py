"""A language for tests: every sentence of the catalogues in ⟦brackets⟧, so that what went past them shows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

from bulk_orders.language import ENGLISH, use
from bulk_orders.language.extraction import MESSAGES
from bulk_orders.language.recognising import missed
from bulk_orders.language.update import compiled, template

AGREES = "±"
"""Begins what was chosen by a number: it agrees with it."""


class Bracketed(NullTranslations):
    """What the sources say, in brackets; anything else as it is, as in a real catalogue."""

    def __init__(self, domain: str) -> None:
        super().__init__()
        self._catalog: dict[str, str] = {}
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}
        for message in MESSAGES[domain]():
            if isinstance(message, str):
                self._catalog[message] = f"⟦{message}⟧"
            else:
                self._pairs[message] = (f"⟦{AGREES}{message[0]}⟧", f"⟦{AGREES}{message[1]}⟧")

    def gettext(self, message: str) -> str:
        return self._catalog.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._pairs.get((msgid1, msgid2), (msgid1, msgid2))[n != 1]


@cache
def bracketed(_code: str, domain: str) -> NullTranslations:
    return Bracketed(domain)


def in_files(folder: Path) -> dict[str, str]:
    """The catalogues of this language in a folder, as French ones, and the environment in which Python takes those."""
    for domain in MESSAGES:
        catalogue = template(domain)
        for message in catalogue:
            if message.id:
                texts = [f"⟦{text}⟧" for text in ([message.id] if isinstance(message.id, str) else message.id)]
                message.string = texts[0] if isinstance(message.id, str) else tuple(texts)
        path = folder / "fr" / "LC_MESSAGES" / f"{domain}.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compiled(catalogue))
    (folder / "sitecustomize.py").write_text(
        "from pathlib import Path\n"
        "from bulk_orders.language import speaking\n"
        "speaking.CATALOGUES = Path(__file__).parent\n",
        encoding="utf-8",
    )
    return {"PYTHONPATH": str(folder)}


@contextlib.contextmanager
def speaking_in_brackets(code: str = "fr") -> Iterator[None]:
    """Figures are those of the language; what was missed is counted from nought."""
    missed.clear()
    use(code, bracketed)
    try:
        yield
    finally:
        use(ENGLISH)


def outside(text: str) -> list[str]:
    """Words of a text in no brackets, two or more side by side: a sentence that went past the catalogues."""
    depth, out = 0, []
    for character in text:
        depth += character == "⟦"
        out.append(character if depth == 0 else "\n" if depth == 1 and character == "⟦" else "")
        depth -= character == "⟧"
    bare = re.sub(r"bulk-orders [a-z]+ \S+", "", "".join(out))
    return re.findall(r"(?<![-\w/.])[A-Za-z]?[a-z']+(?: [a-z']+)+\b", bare)


_TOLD = frozenset(
    {
        "aria-label",
        "placeholder",
        "title",
        "alt",
        "data-all",
        "data-page",
        "data-fitting",
        "data-one",
        "data-many",
        "data-copied",
        "data-age",
        "data-unpacking",
        "data-old",
    }
)


class _Page(HTMLParser):
    """What a reader of a page is told: its texts and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script", "code"}
        self.texts += [value for name, value in attrs if value and name in _TOLD]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script", "code"}

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(" ".join(data.split()))


def text_of(page: str) -> str:
    """All that a page says."""
    parser = _Page()
    parser.feed(page)
    return "\n".join(parser.texts)
