"""Help texts in paragraphs: what click shows, and what a catalogue has, so that both mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

AS_IT_IS = "\b"
"""Begins a paragraph whose lines click leaves alone."""


def paragraphs(text: str) -> Iterator[str]:
    """Each on one line; those that click leaves as they are, as they are."""
    for part in re.split(r"\n\s*\n", cleandoc(text)):
        yield part if part.startswith(AS_IT_IS) else " ".join(part.split())
