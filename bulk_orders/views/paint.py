"""Colours of a terminal, or none. A colour never stands alone: the word or sign beside it says the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints where `colour` is on; plain text otherwise."""

    colour: bool = False

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def soft(self, text: str) -> str:
        return self._in("2", text)

    def red(self, text: str) -> str:
        """Only for what cannot be undone, and for what failed."""
        return self._in("31", text)

    def amber(self, text: str) -> str:
        return self._in("33", text)

    def green(self, text: str) -> str:
        return self._in("32", text)

    def removed(self, text: str) -> str:
        return self._in("2", text)
