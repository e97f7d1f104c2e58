"""What somebody is to write letter for letter, or has written, in a sentence."""

from __future__ import annotations


def typed(*words: object) -> str:
    """`a`, `a or b`, `a, b or c`: words of a cell, a file or a command, as they have to be written.

    A sentence that is told in another language keeps them as they are: the extraction of sentences knows them by this
    call. What stands after `Write`, after a flag or in quotes is known by its place, and needs no call.
    """
    listed = [str(word) for word in words]
    return " or ".join(filter(None, (", ".join(listed[:-1]), *listed[-1:])))
