"""Check: sheet > decode > header > cells > edits against the base, offline, every problem at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from bulk_orders.core import cells, fill_down
from bulk_orders.core.check import cell_problems, judged
from bulk_orders.core.damage import FilledDown
from bulk_orders.core.dialects import Adapted, adapted, knows, whose
from bulk_orders.core.dialects.requests import Requests
from bulk_orders.core.diff import Base, Differences, find_edits, without_exported
from bulk_orders.core.first_look import FirstLook, first_look
from bulk_orders.core.guard import Limits
from bulk_orders.core.identity import identity_problems
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.sheet import ORDER, ROW, RawSheet, Sheet, read_rows
from bulk_orders.core.shifted import export_id_beside
from bulk_orders.core.wanted_values import with_wanted_values
from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.bases import made_where, read_base
from bulk_orders.storage.files import read_sheet


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet without problems, and what was edited in it. `base` is None for a sheet from elsewhere."""

    sheet: Sheet
    base: Base | None
    differences: Differences
    dialect: str
    """The kind of sheet it was taken for, and `why`."""
    why: str

    @property
    def notices(self) -> tuple[Notice, ...]:
        filled = tuple(Notice(filled_down_text(each)) for each in self.differences.filled_down)
        dragged = tuple(Notice(_sentence(told)) for told in fill_down.noted(self.asked))
        return (*self.sheet.notices, *self.differences.notices, *filled, *dragged)

    @property
    def unseen(self) -> tuple[Notice, ...]:
        """What only live orders show, and a person may want to know before: which money an amount is in."""
        amounts = (edits.first("Refund: Amount") for edits in self.differences.orders)
        bare = [edit.row for edit in amounts if edit and _bare(edit.sheet)]
        if not bare:
            return ()
        what = (
            "Refund: Amount without a currency is an amount of the shop's own, as all amounts of a sheet are. Orders "
            "that were paid in another currency are left alone by plan until the cell names it, as in 12.50 USD."
        )
        return (Notice(what, tuple(bare)),)

    @property
    def asked(self) -> dict[str, int]:
        """How many orders the sheet shows, and how many of them ask for each action; empty for a list made to ask."""
        if (self.base is None and self.sheet.is_recipe) or self.dialect == Requests.name:
            return {}
        names = pl.coalesce(ORDER, "Name") if "Name" in self.sheet.headers else pl.col(ORDER)
        asked = Counter(action for edits in self.differences.orders for action in edits.asked())
        return {"orders": self.sheet.frame.select(names).drop_nulls().n_unique(), **asked}

    def refusals(self, limits: Limits) -> tuple[str, ...]:
        """What a plan of the sheet would be refused for, as far as the sheet alone shows it."""
        if limits.allow_fill_down:
            return ()
        filled = (filled_down_text(each) for each in self.differences.filled_down)
        return (*filled, *(f"{_sentence(told)}." for told in fill_down.stopped(self.asked)))


def check_sheet(path: Path, home: Path, reading: Reading = BY_RULE) -> Checked:
    """Read and judge a sheet; SheetInvalid has every problem that the file alone (with its base) shows."""
    raw, taken, sheet, problems = _rows(path, reading)
    sheet, unclear = with_wanted_values(sheet, reading)
    problems += [*taken.problems, *unclear]
    base, missing = _base(sheet, home)
    problems += missing
    if beside := export_id_beside(sheet):
        header = [problem for problem in problems if problem.row <= raw.header_row]
        raise _invalid(path, [*header, *beside])  # without its base more would only be guessed
    mistaken = identity_problems(sheet, base.frame if base else None)
    first = first_look(sheet, base, reading) if base else FirstLook()
    named = {problem.row for problem in mistaken}
    mistaken += [problem for problem in first.problems if problem.row not in named]
    if first.apart:
        raise _invalid(path, [*problems, *mistaken])
    doubtful = {problem.cell for problem in unclear}
    moved = {problem.row for problem in first.problems}  # whose cells are not those of their columns
    wrong = cell_problems(without_exported(sheet, base, judged(sheet.headers), reading) if base else sheet)
    problems += [problem for problem in wrong if problem.cell not in doubtful and problem.row not in moved]
    problems += mistaken
    if any(problem.row <= raw.header_row for problem in problems):
        raise _invalid(path, problems)  # without a sound header more would only be guessed
    nobodys = {problem.row for problem in mistaken}  # what such a row seems to say is said of another order
    sound = sheet.frame.filter(~pl.col(ROW).is_in(nobodys)) if nobodys else sheet.frame
    differences = find_edits(replace(sheet, frame=sound), base, reading)
    problems += differences.problems
    if problems:
        raise _invalid(path, problems)
    return Checked(sheet, base, differences, taken.name, taken.why)


def rows_of(path: Path, reading: Reading = BY_RULE) -> Sheet:
    """The sheet's rows, whatever is wrong in them; SheetInvalid only where there are none to be read."""
    return _rows(path, reading)[2]


def _rows(path: Path, reading: Reading) -> tuple[RawSheet, Adapted, Sheet, list[Problem]]:
    raw = read_sheet(path, reading, known=lambda header: knows(header, reading))
    taken = adapted(raw, reading)
    form = reading.requests
    return raw, taken, *read_rows(taken.raw, whose, (form.order, form.email, form.time) if form else ())


def filled_down_text(filled: FilledDown) -> str:
    """One value over all, in a sentence."""
    value = filled.value if len(filled.value) <= 40 else f"{filled.value[:37]}..."
    every = filled.filled == filled.orders
    which = f"every one of the {filled.orders:,}" if every else f"{filled.filled:,} of the {filled.orders:,}"
    return f"{filled.header} says {value!r} for {which} orders, over what differed before."


def _bare(written: str) -> bool:
    """An amount without its currency."""
    return written.strip().lower() != "all" and cells.split_currency(written)[1] is None


def _sentence(told: str) -> str:
    return f"{told[0].upper()}{told[1:]}"


def _invalid(path: Path, problems: list[Problem]) -> SheetInvalid:
    ordered = sorted(set(problems), key=lambda problem: (problem.row, problem.cell or "", problem.what))
    count = f"{len(ordered)} problem{'' if len(ordered) == 1 else 's'}"
    return SheetInvalid(f"{path.name} has {count}.", ordered, where=str(path))


def _base(sheet: Sheet, home: Path) -> tuple[Base | None, list[Problem]]:
    if sheet.export_id is None:
        return None, []
    base = read_base(home, sheet.export_id, sheet.headers)
    if base is not None:
        return base, []
    where = made_where(sheet.export_id)
    row = int(sheet.frame[ROW][0])
    made = f"it was made {where}" if where else "it is no export id of ours"
    return None, [
        Problem(
            row,
            "Export: ID",
            sheet.address("Export: ID", row),
            f"The base of this sheet, export {sheet.export_id}, is not in the state folder {home}: {made}.",
            "Plan it there, or set BULK_ORDERS_HOME to that state folder, or export again here; "
            "or delete the column Export: ID to compare with the shop alone.",
        )
    ]
