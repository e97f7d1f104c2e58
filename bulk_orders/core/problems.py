"""What is wrong with a sheet, cell by cell.

A Problem is found offline and refuses the whole sheet; it names the cell as the spreadsheet shows it, so that
a person can click there. Nothing is ever repaired in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend in a sheet. `row` is the spreadsheet's own number; 0 is the file as a whole.

    Problems of one `kind` (where it is said) are told together, whatever each cell says.
    """

    row: int
    column: str | None
    cell: str | None
    what: str
    fix: str
    kind: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know about the sheet and that changes nothing."""

    what: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Equal problems told once, with every row that has them."""

    column: str | None
    what: str
    fix: str
    rows: tuple[int, ...]
    cells: tuple[str, ...]
    each: tuple[str, ...] = ()
    """What is said of every one."""

    @property
    def alike(self) -> bool:
        """Every one of them is told in the same words."""
        return len(set(self.each)) < 2


def grouped(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Equal problems together, in the order of their first row."""
    groups: dict[tuple[str | None, str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda p: (p.row, p.cell or "", p.what)):
        groups.setdefault((problem.column, problem.kind or problem.what, problem.fix), []).append(problem)
    return [
        ProblemGroup(
            column,
            found[0].what,
            fix,
            tuple(p.row for p in found),
            tuple(p.cell for p in found if p.cell),
            tuple(p.what for p in found),
        )
        for (column, _, fix), found in groups.items()
    ]


def cell_address(column: int, row: int) -> str:
    """The address that a spreadsheet shows: column 0, row 2 is `A2`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
