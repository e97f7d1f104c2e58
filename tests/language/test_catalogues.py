"""The catalogues are what the sources say, whole, and keep their placeholders."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bulk_orders.language.choosing import ENGLISH, LANGUAGES
from bulk_orders.language.speaking import CATALOGUES, DOMAINS
from bulk_orders.language.update import compiled, missing, po, template, translated

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
EACH = [(code, domain) for code in OTHERS for domain in DOMAINS]
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)s|%[sd]")


def _ids(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_template_is_what_the_sources_say(domain: str) -> None:
    with (CATALOGUES / f"{domain}.pot").open("rb") as file:
        kept = _ids(read_po(file, domain=domain))
    said = _ids(template(domain))
    assert kept == said, (
        f"sentences were added, changed or removed: run `make languages`; {sorted(map(str, kept ^ said))[:5]}"
    )


@pytest.mark.parametrize(("code", "domain"), EACH)
def test_each_language_has_every_sentence_of_the_template(code: str, domain: str) -> None:
    assert _ids(translated(code, domain)) == _ids(template(domain)), "run `make languages`"


@pytest.mark.parametrize(("code", "domain"), EACH)
def test_what_is_compiled_is_what_was_translated(code: str, domain: str) -> None:
    made = po(code, domain).with_suffix(".mo").read_bytes()
    assert made == compiled(translated(code, domain)), "run `make languages`"


@pytest.mark.parametrize(("code", "domain"), EACH)
def test_a_translation_has_the_placeholders_of_its_sentence(code: str, domain: str) -> None:
    """For one, `{count}` may be a word of the language; nothing else comes or goes."""
    for message in translated(code, domain):
        if isinstance(message.id, tuple | list):
            wanted = {frozenset(_PLACEHOLDER.findall(each)) for each in message.id}
            for said in message.string or ():
                assert not said or frozenset(_PLACEHOLDER.findall(said)) in wanted, message.id
        elif message.id and message.string:
            assert set(_PLACEHOLDER.findall(str(message.string))) == set(_PLACEHOLDER.findall(message.id)), message.id


@pytest.mark.parametrize(("code", "domain"), EACH)
def test_no_translation_is_a_guess(code: str, domain: str) -> None:
    assert [message.id for message in translated(code, domain) if message.id and message.fuzzy] == []


@pytest.mark.parametrize(("code", "domain"), EACH)
def test_no_sentence_is_without_its_translation(code: str, domain: str) -> None:
    assert list(missing(translated(code, domain))) == []
