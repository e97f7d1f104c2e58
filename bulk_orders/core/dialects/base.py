"""What an adapter is: it knows its sheets by their headers, and writes them under the table's headers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from bulk_orders.core.columns import canonical_header
from bulk_orders.core.problems import Problem
from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import RawSheet


@dataclass(frozen=True, slots=True)
class Adapted:
    """A sheet under the table's headers. `name` is the kind it was taken for, `why` one sentence on how that shows."""

    raw: RawSheet
    name: str
    why: str
    problems: tuple[Problem, ...] = ()


class Adapter(ABC):
    """One kind of sheet."""

    name: ClassVar[str]

    @abstractmethod
    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        """How these headers show that a sheet is of this kind; None if they do not."""

    def knows(self, header: str, reading: Reading) -> bool:
        """A column of this kind of sheet, beyond those of the table."""
        return False

    def adapt(self, raw: RawSheet, reading: Reading, why: str) -> Adapted:
        """The same cells under the table's headers; unknown headers stay as they are, and are told of later."""
        return Adapted(raw, self.name, why)


def own_header(written: str) -> str | None:
    """The table's header, if it is one."""
    return canonical_header(written)


def renamed(raw: RawSheet, names: dict[int, str]) -> RawSheet:
    """The sheet with some columns under other headers, by their position."""
    return replace(raw, header=tuple(names.get(at, written) for at, written in enumerate(raw.header)))


def present(header: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Those of the wanted headers that are there, spelled in any case."""
    written = {" ".join(each.split()).casefold() for each in header}
    return [each for each in wanted if each.casefold() in written]
