"""`make languages`: what the sources say into the catalogues, with the translations that are there, and compiled.

    python -m bulk_orders.language.update

New sentences stand in the .po files without a translation: a person translates them (catalogues/GLOSSARY.md has the
words to hold to) and runs it again. A test fails until all are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bulk_orders.language.choosing import ENGLISH, LANGUAGES
from bulk_orders.language.extraction import MESSAGES
from bulk_orders.language.speaking import CATALOGUES, DOMAINS

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)
"""Catalogues differ when their texts do, not when they were made."""
_HEAD = "# {language} for bulk-orders: {domain}.\n# Made by `make languages`; the words to hold to are in GLOSSARY.md."


def template(domain: str) -> Catalog:
    """The catalogue of what the sources say, without translations."""
    found = _empty(domain, None)
    for message, where in MESSAGES[domain]().items():
        found.add(message, locations=[(where, 0)])
    return found


def po(code: str, domain: str) -> Path:
    """The file that people translate in."""
    return CATALOGUES / code / "LC_MESSAGES" / f"{domain}.po"


def translated(code: str, domain: str) -> Catalog:
    """The catalogue of a language, as it is kept."""
    with po(code, domain).open("rb") as file:
        return read_po(file, locale=code, domain=domain)


def compiled(catalogue: Catalog) -> bytes:
    """As gettext reads it."""
    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def _empty(domain: str, code: str | None) -> Catalog:
    return Catalog(
        locale=code,
        domain=domain,
        project="bulk-orders",
        version="1",
        header_comment=_HEAD.format(language=code or "Template", domain=domain),
        creation_date=_WHEN,
        revision_date=_WHEN,
        last_translator="bulk-orders",
        language_team="bulk-orders",
        msgid_bugs_address="bulk-orders",
        fuzzy=False,
    )


def _renewed(code: str, wanted: Catalog) -> Catalog:
    """What is wanted, with the translations that are there already."""
    assert wanted.domain is not None
    made = _empty(wanted.domain, code)
    there = translated(code, wanted.domain) if po(code, wanted.domain).exists() else made
    for message in wanted:
        if message.id:
            old = there.get(message.id)
            same = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
            made.add(
                message.id,
                old.string if old and same else None,
                message.locations,
                user_comments=old.user_comments if old else (),
            )
    return made


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_by_file=False, include_lineno=False, ignore_obsolete=True)


def missing(catalogue: Catalog) -> Iterator[str]:
    """The messages that nobody has translated yet."""
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(strings):
            yield message.id if isinstance(message.id, str) else message.id[0]


def main() -> int:
    for domain in DOMAINS:
        wanted = template(domain)
        _write(CATALOGUES / f"{domain}.pot", wanted)
        for code in LANGUAGES:
            if code == ENGLISH:
                continue
            made = _renewed(code, wanted)
            _write(po(code, domain), made)
            po(code, domain).with_suffix(".mo").write_bytes(compiled(made))
            left = len(list(missing(made)))
            sys.stdout.write(f"{code} {domain}: {len(made)} sentences, {left} without a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
