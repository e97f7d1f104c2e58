"""Who a row is about, and how a spreadsheet damages that: rounded ids, ids and names that have come apart.

The rule: a damaged identity is refused with its cell, what it probably was, and how to keep it from happening. It
is never mended: a rounded id can be the id of somebody else's order.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from bulk_orders.core.names import bare_expr
from bulk_orders.core.problems import Problem
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, ROW, Sheet


@dataclass(frozen=True, slots=True)
class _Kind:
    """An id column: the type in its gids, the key made of it, and what to call one."""

    header: str
    type: str
    key: str
    one: str


_KINDS = (
    _Kind("ID", "Order", ORDER, "an order"),
    _Kind("Fulfillment: ID", "Fulfillment", FULFILLMENT, "a fulfillment"),
    _Kind("Line: ID", "LineItem", LINE, "a line item"),
)
_SCIENTIFIC = r"(?i)^\s*[+-]?[0-9]+([.,][0-9]+)?e[+]?[0-9]+\s*$"
_ZEROS = r"^\s*[0-9]{6,14}0{6}\s*$"
"""No id ends so by itself, or once in a million; a spreadsheet that shows six digits makes every id end so."""
_DIGITS_OF_AN_ID = 13
_MOST_NEAR = 8
_FEWEST_OF_A_COLUMN = 3
_LARGEST = 1e21
_PAST_15_DIGITS = r"^\s*[0-9]{15}0{1,5}\s*$"
_KEEP = (
    "Take the id from the export again. To keep a spreadsheet from rounding it, work in the .xlsx export, or format "
    "the column as text before ids are pasted into it."
)
_BY_NAME = "Or delete the column ID, where the names in the column Name are right: they say which orders these are."
_KEEP_NAME = "Take the name from the export again, and keep the column formatted as text; the .xlsx export does."
_MOVED = "Cells have moved between rows, or one was overwritten: put back the right pair, or export again."


def identity_problems(sheet: Sheet, base: pl.DataFrame | None = None) -> list[Problem]:
    """Rows that say no order, damaged ids, and ids and names that contradict each other or the `base` frame."""
    problems = list(_nameless(sheet))
    for kind in _KINDS:
        if kind.header in sheet.headers:
            problems += _damaged(sheet, kind, base)
    problems += _rounded_names(sheet, base)
    damaged = {problem.row for problem in problems}  # what stands beside a damaged id contradicts nothing
    whole = replace(sheet, frame=sheet.frame.filter(~pl.col(ROW).is_in(damaged))) if damaged else sheet
    problems += _contradictions(whole)
    if base is not None:
        told = {problem.row for problem in problems}
        problems += [problem for problem in _strangers(sheet, base) if problem.row not in told]
        told = {problem.row for problem in problems}
        problems += [problem for problem in _astray(sheet, base) if problem.row not in told]
    return problems


def _nameless(sheet: Sheet) -> Iterator[Problem]:
    identity = [header for header in ("ID", "Name") if header in sheet.headers]
    if not identity:
        return
    empty = sheet.frame.filter(pl.all_horizontal(pl.col(header).is_null() for header in identity))
    for row in empty[ROW]:
        address = sheet.address(identity[0], int(row))
        yield Problem(int(row), identity[0], address, "This row names no order.", "Fill in its ID or its Name.")


# --- damaged ids ------------------------------------------------------------------------------------------------------


def _damaged(sheet: Sheet, kind: _Kind, base: pl.DataFrame | None) -> Iterator[Problem]:
    """Ids in E-notation or with a rounded tail, and what is no id of this kind at all."""
    cell = pl.col(kind.header)
    as_exported = cell.str.contains(rf"^gid://shopify/{kind.type}/[1-9][0-9]{{0,19}}$")
    name = pl.col("Name") if "Name" in sheet.headers else pl.lit(None, pl.String).alias("Name")
    doubtful = sheet.frame.lazy().select(ROW, cell, name).filter(~as_exported).collect()
    if not doubtful.height:  # mostly: nothing has touched them
        return
    bare = ~cell.str.contains("gid://", literal=True)
    zeros = bare & (cell.str.contains(_ZEROS) | cell.str.contains(_PAST_15_DIGITS))
    if base is not None and kind.key in base.columns:
        zeros &= ~cell.str.strip_chars().is_in(base[kind.key].drop_nulls().unique().implode())
    rounded = cell.str.contains(_SCIENTIFIC) | zeros
    right = cell.str.contains(rf"^\s*(gid://shopify/{kind.type}/)?(0|[1-9][0-9]{{0,19}})\s*$") | (
        bare & cell.str.contains(r"^\s*[1-9][0-9]{0,14}[.,]0+\s*$")
    )
    found = doubtful.with_columns(rounded.fill_null(value=False).alias("_rounded"), right.alias("_right"))
    found = found.filter(pl.col("_rounded") | ~pl.col("_right"))
    originals = _Originals(base, kind) if base is not None and found.height else None
    many = int(found["_rounded"].sum())
    most = many >= _FEWEST_OF_A_COLUMN and many * 2 > sheet.frame[kind.header].count()
    example = found.filter("_rounded")[kind.header][0].strip() if most else None
    by_name = most and kind.key == ORDER and "Name" in sheet.headers
    for row, text, called, is_rounded, _ in found.iter_rows():
        address = sheet.address(kind.header, row)
        if is_rounded:
            problem = _rounded(kind, row, address, text.strip(), called, originals, example)
            yield replace(problem, fix=f"{problem.fix} {_BY_NAME}") if by_name else problem
            continue
        fix = f"Write it as gid://shopify/{kind.type}/1234567890123, or only its digits."
        what = f"{kind.header} {_short(text)!r} is not the id of {kind.one}."
        yield Problem(row, kind.header, address, what, fix, f"{kind.header} is no id")


def _rounded(
    kind: _Kind,
    row: int,
    address: str,
    text: str,
    called: str | None,
    originals: _Originals | None,
    example: str | None,
) -> Problem:
    """What is sure of a damaged id: E-notation is no id, zeros at the end may be, and the export knows its own.

    Where most ids of the column are so, `example` is one of them: then they all are damaged, and are told in one.
    """
    original = originals.of(text, called) if originals else None
    if original is not None:
        what = f"{kind.header} {text!r} was rounded by a spreadsheet. It was probably {original}."
        return Problem(row, kind.header, address, what, _KEEP, f"{kind.header} rounded")
    if example is not None:
        what = (
            f"{kind.header} was rounded by a spreadsheet, as most of its column ({example}): the last digits are lost."
        )
        return Problem(row, kind.header, address, what, _KEEP, f"{kind.header} column rounded")
    if "e" in text.lower():
        lost = "may be" if _digits_of(text) >= _DIGITS_OF_AN_ID else "are"
        what = f"{kind.header} {text!r} was rounded by a spreadsheet: its last digits {lost} lost."
        return Problem(row, kind.header, address, what, _KEEP, f"{kind.header} rounded")
    not_ours = " and the export has no such ID" if originals else ""
    what = f"{kind.header} {text!r} ends in zeros as a rounded number does{not_ours}: it could be rounded."
    fix = f"{_KEEP} If the id does end so, write gid://shopify/{kind.type}/ before its digits."
    return Problem(row, kind.header, address, what, fix, f"{kind.header} perhaps rounded")


def _digits_of(text: str) -> int:
    """How many digits a number has before its power."""
    return len(re.sub(r"\D", "", text.lower().split("e")[0]))


class _Originals:
    """Which id of the base a rounded one may have been, with the order that it is of."""

    def __init__(self, base: pl.DataFrame, kind: _Kind) -> None:
        rows = base.select(kind.key, "Name").drop_nulls().unique(maintain_order=True)
        self.ids = sorted({(int(key), key) for key in rows[kind.key]})
        self.names = dict(rows.iter_rows())
        self.by_name: dict[str, set[str]] = {}
        for key, name in rows.iter_rows():
            self.by_name.setdefault(name.strip(), set()).add(key)

    def of(self, text: str, name: str | None) -> str | None:
        """The only one that fits the digits that are left, among those of the row's name if that is known."""
        candidates = self.by_name.get(name.strip()) if name else None
        fitting = [key for key in candidates or self._near(text) if _could_be(key, text)]
        return f"{fitting[0]} ({self.names[fitting[0]]})" if len(fitting) == 1 else None

    def _near(self, text: str) -> list[str]:
        """The few ids about as large; none where there are many, since then only a name could tell."""
        shown = _shown(text)
        if shown is None:
            return []
        within = _half_a_digit(text, len(f"{shown:.0f}"))
        begin = bisect_left(self.ids, (math.floor(shown - within), ""))
        near = [key for number, key in self.ids[begin : begin + _MOST_NEAR + 1] if number <= shown + within]
        return near if len(near) <= _MOST_NEAR else []


def _shown(text: str) -> float | None:
    try:
        shown = float(text.replace(",", "."))
    except ValueError:
        return None
    return shown if shown < _LARGEST else None


def _half_a_digit(text: str, length: int) -> float:
    """How far a rounded number of so many digits may be from what it was."""
    digits = len(text.lower().split("e")[0].replace(".", "").replace(",", "").rstrip("0")) or 1
    return 0.51 * float(10.0 ** (length - digits))


def _could_be(key: str, text: str) -> bool:
    shown = _shown(text)
    return shown is not None and abs(int(key) - shown) <= _half_a_digit(text, len(key))


def _rounded_names(sheet: Sheet, base: pl.DataFrame | None) -> Iterator[Problem]:
    """Names that are numbers, damaged as ids are: in E-notation, or without their leading zeros."""
    if "Name" not in sheet.headers:
        return
    name = pl.col("Name").str.strip_chars()
    zeroed: list[str] = []
    if base is not None:
        zeroed = base.select(name).filter(name.str.contains("^0[0-9]+$"))["Name"].unique(maintain_order=True).to_list()
    by_number: dict[str, list[str]] = {}
    for each in zeroed:
        by_number.setdefault(each.lstrip("0"), []).append(each)
    suspect = name.str.contains(r"^[0-9]+([.,][0-9]+)?[eE]\+[0-9]{2,}$") | name.is_in(list(by_number))
    suspects = sheet.frame.filter(suspect).select(ROW, name.alias("Name"))
    if not suspects.height:
        return
    known: set[str] = set(base["Name"].drop_nulls().str.strip_chars()) if base is not None else set()
    for row, text in suspects.iter_rows():
        if text in known:
            continue
        was = by_number.get(text, [])
        probably = f" It was probably {was[0]!r}." if len(was) == 1 else ""
        lost = "lost its leading zeros to a spreadsheet" if was else "was rounded by a spreadsheet"
        what = f"Name {text!r} {lost}.{probably}"
        yield Problem(row, "Name", sheet.address("Name", row), what, _KEEP_NAME, "Name rounded")


# --- what stands together ---------------------------------------------------------------------------------------------


def _contradictions(sheet: Sheet) -> list[Problem]:
    """One id beside two names, one name beside two ids, one fulfillment in two orders."""
    problems: list[Problem] = []
    if {"ID", "Name"} <= set(sheet.headers):
        problems += _two_for_one(sheet, ORDER, "Name", "The ID {key} stands beside two names: {first} and {second}.")
        problems += _two_for_one(sheet, "Name", ORDER, "The name {key} stands beside two IDs: {first} and {second}.")
    parcel = "The fulfillment {key} stands with two orders: {first} and {second}."
    line = "The line item {key} stands with two orders: {first} and {second}."
    for header, key, what in (("Fulfillment: ID", FULFILLMENT, parcel), ("Line: ID", LINE, line)):
        if {"ID", header} <= set(sheet.headers):
            problems += _two_for_one(sheet, key, ORDER, what)
    return problems


def _two_for_one(sheet: Sheet, key: str, other: str, what: str) -> Iterator[Problem]:
    header = "Name" if "Name" in (key, other) else "Line: ID" if key == LINE else "Fulfillment: ID"
    pairs = sheet.frame.lazy().select(key, other).drop_nulls().unique().collect()
    if pairs[key].n_unique() == pairs.height:
        return
    several = pairs.filter(pl.len().over(key) > 1)[key].unique()
    double = (
        sheet.frame.lazy()
        .select(key, other, ROW)
        .filter(pl.col(key).is_in(several.implode()))
        .drop_nulls()
        .unique([key, other], keep="first", maintain_order=True)
        .collect()
    )
    fix = "Cells have moved between rows: export again, and do not sort single columns."
    for (value,), group in double.group_by(key, maintain_order=True):
        first, second = group[other][0], group[other][1]
        row = int(group[ROW][1])
        told = what.format(key=value, first=first, second=second)
        yield Problem(row, header, sheet.address(header, row), told, fix, f"two for one {key}")


def _strangers(sheet: Sheet, base: pl.DataFrame) -> Iterator[Problem]:
    """Rows whose ID and Name do not stand together in the base."""
    if "Name" not in sheet.headers:
        return
    bare = bare_expr(pl.col("Name")).alias("_bare")
    pairs = base.lazy().select(ORDER, bare, pl.col("Name").alias("_name")).unique(maintain_order=True)
    says = sheet.frame.lazy().select(ROW, ORDER, bare, pl.col("Name").alias("_says"))
    other = says.join(pairs, on=[ORDER, "_bare"], how="anti", maintain_order="left")
    rows, exported = pl.collect_all([other, pairs])
    if not rows.height:  # mostly: each stands where the export put it
        return
    first = exported.unique(ORDER, keep="first", maintain_order=True)
    beside = rows.join(first.drop("_bare"), on=ORDER, how="left", maintain_order="left")
    renamed = beside.filter(pl.col("_name").is_not_null(), pl.col("_says").is_not_null())
    for row, was, says in renamed.select(ROW, "_name", "_says").iter_rows():
        what = f"The export had {was!r} for this ID, the sheet says {says!r}."
        yield Problem(row, "Name", sheet.address("Name", row), what, _MOVED, "renamed")
    if "ID" not in sheet.headers:
        return
    single = exported.filter(pl.len().over("_bare") == 1).select("_bare", pl.col(ORDER).alias("_was"))
    renumbered = beside.filter(pl.col(ORDER).is_not_null() & pl.col("_name").is_null()).join(
        single, on="_bare", how="inner", maintain_order="left"
    )
    for row, says, was, name in renumbered.select(ROW, ORDER, "_was", "_says").iter_rows():
        what = f"The export had the ID {was} for {name!r}, the sheet says {says}."
        yield Problem(row, "ID", sheet.address("ID", row), what, _MOVED, "another id")


def _astray(sheet: Sheet, base: pl.DataFrame) -> Iterator[Problem]:
    """Fulfillments and line items that belong to another order in the base."""
    for kind in _KINDS[1:]:
        if kind.header not in sheet.headers or kind.key not in base.columns:
            continue
        owners = base.select(kind.key, pl.col(ORDER).alias("_owner"), pl.col("Name").alias("_owned")).drop_nulls()
        owners = owners.unique(kind.key, keep="first", maintain_order=True)
        rows = sheet.frame.select(ROW, ORDER, kind.key).drop_nulls()
        wrong = rows.join(owners, on=kind.key, how="inner", maintain_order="left").filter(
            pl.col("_owner") != pl.col(ORDER)
        )
        for row, name in wrong.select(ROW, "_owned").iter_rows():
            what = f"In the export this {kind.one.split(' ', 1)[1]} belonged to {name}."
            yield Problem(row, kind.header, sheet.address(kind.header, row), what, _MOVED, f"{kind.header} astray")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
