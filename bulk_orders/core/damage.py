"""What befell a sheet as a whole: cells that a spreadsheet rewrote, columns that moved, one value dragged over all.

Works on the cells that differ from the base, after `core.comparing` and before anybody calls them edits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from bulk_orders.core.columns import Column, Kind, Role, column
from bulk_orders.core.comparing import comparable, localised
from bulk_orders.core.dates import MONTHS
from bulk_orders.core.fill_down import nearly_all
from bulk_orders.core.mangling import mangled
from bulk_orders.core.numbers import AMBIGUOUS
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.sheet import ORDER, ROW, Sheet

_FEWEST_MOVED = 3
_SHARE_MOVED = 0.8
_LONG_NUMBERS = ("Phone", "Purchase Order Number", "Fulfillment: Tracking Number")
_AS_SHOWN = r"^\s*[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,3}\s*$"
_CUT_OFF = r"^\s*[0-9]{15}0{1,25}\s*$"
_BOOLEANS = ("TRUE", "VRAI", "WAAR", "WAHR", "FALSE", "FAUX", "ONWAAR", "FALSCH")
_WORDS_OF_NUMBERS_AND_DATES = (
    rf"\b(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))}|true|vrai|waar|wahr|false|faux|onwaar|falsch"
    r"|eur|usd|gbp|chf|cad|[0-9]*[ehtz][0-9]*z?|[0-9]*[ap]m?|m|[0-9]*(?:utc|gmt|[cew]es?t|[mow]es?z|[cemp][sd]t))\b"
)
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_MOMENT_PARTS = ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2), (17, 2))
_DRAWN = (
    r"^(?<one>[0-9]{1,2})[/.-](?<other>[0-9]{1,2})[/.-](?<year>[0-9]{4})"
    r"(?: (?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2}))?)?$"
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The differing cells of one column, told apart."""

    edited: pl.DataFrame
    rewritten: pl.DataFrame


def sort_out(col: Column, differing: pl.DataFrame) -> Sorted:
    """Tell edits from what a spreadsheet made of a cell; `differing` has `sheet`, `base` and `known`."""
    if not differing.height or (col.role is Role.IDENTITY and col.kind is not Kind.TIME):
        return Sorted(differing, differing.clear())
    pairs = differing.filter("known", pl.col("base").is_not_null()).select("base", "sheet").unique()
    if not pairs.height:
        return Sorted(differing, differing.clear())
    quickly = pairs.with_columns(quick_verdict(col).alias("_rewritten"))
    sure = quickly.drop_nulls("_rewritten")
    rest = quickly.filter(pl.col("_rewritten").is_null())
    judged = pl.Series("_rewritten", [mangled(col, base, says) for base, says, _ in rest.iter_rows()], pl.Boolean)
    verdicts = pl.concat([sure, rest.with_columns(judged)])
    told = differing.join(verdicts, on=["base", "sheet"], how="left", maintain_order="left")
    rewritten = pl.col("_rewritten").fill_null(value=False) & pl.col("known")
    return Sorted(
        told.filter(~rewritten).drop("_rewritten"),
        told.filter(rewritten).drop("_rewritten"),
    )


def quick_verdict(col: Column) -> pl.Expr:
    """What `mangled` says of `base` and `sheet` where that shows at once; null where it has to be asked.

    A sheet whose every date was redrawn, or whose every row came apart, has millions of such pairs.
    """
    if col.kind is Kind.TIME:
        return _quick_date()
    if col.kind in (Kind.TEXT, Kind.TAGS) and col.role in (Role.READ, Role.EDIT):
        lost = _lost_in_front() if col.kind is Kind.TEXT else pl.lit(value=False)
        sure = _other_words() | _neither_number_nor_date() | _other_digits() | _other_beginning()
        return pl.when(lost).then(pl.lit(value=True)).when(sure).then(pl.lit(value=False))
    return pl.lit(value=False)


def _lost_in_front() -> pl.Expr:
    """Leading zeros and the + of a number, by far the commonest."""
    bare = pl.col("base").str.strip_chars_start("+0")
    return pl.col("base").str.contains(r"^\+?[0-9]{2,15}$") & (bare == pl.col("sheet")) & (bare != "")


def _other_words() -> pl.Expr:
    """Plain letters that differ, and no number or date in one of the two: only a person writes so."""
    base, says = pl.col("base"), pl.col("sheet")
    no_number = pl.any_horizontal(~cell.str.contains(r"[0-9]") | cell.str.contains("@") for cell in (base, says))
    return _plain_and_apart() & no_number & ~base.str.to_uppercase().str.strip_chars().is_in(_BOOLEANS)


def _plain_and_apart() -> pl.Expr:
    """Nothing but ASCII in both, and other letters or digits: no lost letters, quotes or blanks make that."""
    base, says = pl.col("base"), pl.col("sheet")
    plain = base.str.contains(r"^[ -~]+$") & says.str.contains(r"^[ -~]+$")
    letters = [cell.str.replace_all(r"[^0-9A-Za-z]", "") for cell in (base, says)]
    return plain & (letters[0] != letters[1])


def _neither_number_nor_date() -> pl.Expr:
    """A word in the exported cell that is in no number, date, time or boolean, so that nothing redraws it."""
    return _plain_and_apart() & _with_a_word()


def _other_beginning() -> pl.Expr:
    """Such a cell that begins with a letter, where the sheet's begins with another: whatever a spreadsheet or an
    encoding does to the letters after it, it keeps the first."""
    base, says = pl.col("base"), pl.col("sheet")
    begins = base.str.contains(r"^[A-Za-z](?:[^\p{M}]|$)") & says.str.contains(r"^[\p{L}0-9](?:[^\p{M}]|$)")
    return begins & (base.str.slice(0, 1) != says.str.slice(0, 1)) & _with_a_word()


def _with_a_word() -> pl.Expr:
    words = pl.col("base").str.to_lowercase().str.replace_all(_WORDS_OF_NUMBERS_AND_DATES, " ")
    return words.str.contains("[a-z]")


def _other_digits() -> pl.Expr:
    """Two whole numbers (or two addresses of machines) that every spreadsheet holds exactly, and that differ."""
    both = (pl.col("base"), pl.col("sheet"))
    digits = pl.all_horizontal(cell.str.contains(r"^\+?[0-9]{1,15}$") for cell in both)
    addresses = pl.all_horizontal(cell.str.contains(r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$") for cell in both)
    bare = [cell.str.replace_all(r"\.", "").str.strip_chars_start("+0") for cell in both]
    return (digits | addresses) & (bare[0] != bare[1])


def _quick_date() -> pl.Expr:
    """A moment as exported, written with day, month and year in any usual order; or another one, as exported."""
    exported = pl.col("base").str.contains(_MOMENT)
    year, month, day, *time = (pl.col("base").str.slice(at, size) for at, size in _MOMENT_PARTS)
    drawn = pl.col("sheet").str.extract_groups(_DRAWN).struct
    one, other = (drawn.field(name).str.zfill(2) for name in ("one", "other"))
    same_day = ((one == day) & (other == month)) | ((one == month) & (other == day))
    same_year = drawn.field("year") == year
    hour, minute, second = (drawn.field(name) for name in ("hour", "minute", "second"))
    same_time = hour.is_null() | (
        (hour.str.zfill(2) == time[0]) & (minute == time[1]) & (second.is_null() | (second == time[2]))
    )
    redrawn = exported & one.is_not_null() & same_day & same_year & same_time
    another = exported & pl.col("sheet").str.contains(_MOMENT) & (pl.col("base") != pl.col("sheet"))
    return pl.when(redrawn).then(pl.lit(value=True)).when(another).then(pl.lit(value=False))


def rewritten_notice(found: pl.DataFrame, sheet: Sheet) -> Iterator[Notice]:
    """One summary of every cell that a spreadsheet rewrote; `found` has ROW, `column`, `base` and `sheet`."""
    if not found.height:
        return
    by_column = found.group_by("column", maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    counts = [f"{header} {number:,}" for header, number in by_column.iter_rows()]
    others = len(counts) - 5
    more = f" and {others:,} other column{'' if others == 1 else 's'}" if others > 0 else ""
    row, header, base, says = found.select(ROW, "column", "base", "sheet").row(0)
    cells = "1 cell was" if found.height == 1 else f"{found.height:,} cells were"
    yield Notice(
        f"{cells} rewritten by a spreadsheet and edited by nobody: taken as unchanged ({', '.join(counts[:5])}{more}). "
        f"Such as {sheet.address(header, row)}: {_short(says)!r}, exported as {_short(base)!r}. "
        "The .xlsx export keeps such cells as they are.",
        tuple(found[ROW].unique().sort().to_list()),
    )


def unclear_numbers(col: Column, edited: pl.DataFrame, sheet: Sheet, locale: str | None) -> Iterator[Problem]:
    """Numbers that are the exported one in one locale and another one in the next."""
    if locale is not None or col.kind not in (Kind.DECIMAL, Kind.INTEGER):
        return
    base = comparable(pl.col("base"), col.kind)
    either = [comparable(localised(pl.col("sheet"), locale), col.kind) == base for locale in ("en", "fr")]
    unclear = edited.filter("known", pl.col("sheet").str.contains(AMBIGUOUS)).filter(either[0] | either[1])
    for row, text in unclear.select(ROW, "sheet").iter_rows():
        yield Problem(
            row,
            col.header,
            sheet.address(col.header, row),
            f"{col.header} {text.strip()!r} can be read in two ways, with thousands or with decimals.",
            "Say how the sheet writes numbers: --locale en (1,234.50) or --locale fr, nl, de (1.234,50).",
            f"{col.header} unclear",
        )


def cut_off_values(edited: pl.DataFrame, sheet: Sheet) -> Iterator[Problem]:
    """New values of long numbers that came out of a spreadsheet rounded."""
    cell = pl.col("sheet")
    long = pl.col("column").is_in(_LONG_NUMBERS)
    for row, header, text in (
        edited.filter(long & (cell.str.contains(_AS_SHOWN) | cell.str.contains(_CUT_OFF)))
        .select(ROW, "column", "sheet")
        .iter_rows()
    ):
        yield Problem(
            row,
            header,
            sheet.address(header, row),
            f"{header} {text.strip()!r} was rounded by a spreadsheet: its last digits are lost.",
            "Write it again, into a cell that is formatted as text.",
            f"{header} rounded",
        )


def moved_columns(edited: pl.DataFrame, base: pl.DataFrame, sheet: Sheet) -> Iterator[Problem]:
    """Columns whose changed cells hold what the export had for other rows: sorted apart, or shifted.

    Each exported value is looked for once more than it still stands where it was, so that a value that others have as
    well is no sign: somebody who writes a tag that many orders bear moves nothing.
    """
    by_column = edited.filter("known").partition_by("column", as_dict=True, maintain_order=True)
    here = base[ORDER].is_in(sheet.frame[ORDER].drop_nulls().unique().implode())
    for (name,), cells in by_column.items():
        header = str(name)
        if header not in base.columns:
            continue
        col = column(header)
        if col.role is Role.IDENTITY or cells.height < _FEWEST_MOVED:
            continue
        exported = base.select(pl.col(header).alias("_cell"), pl.col("Name").alias("_of")).filter(here)
        strays = _strays(col, cells, exported.drop_nulls("_cell"), sheet)
        if strays.height < _FEWEST_MOVED or strays.height < _SHARE_MOVED * cells.height:
            continue
        row, owner = strays.select(ROW, "_of").row(0)
        yield Problem(
            row,
            header,
            sheet.address(header, row),
            f"{strays.height} cells of {header} hold what the export had for other orders (here: {owner}'s).",
            "The column was sorted or shifted apart from its rows: undo that, or make the edits in a new export.",
            f"{header} moved",
        )


def _strays(col: Column, cells: pl.DataFrame, exported: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    """The changed cells whose value has gone from where the export had it, with an order that it was of.

    `exported` has what the export had of the sheet's orders: `_cell`, and `_of`, the order's name.
    """
    changed = _said(cells.select(ROW, pl.col("sheet").alias("_cell")), col).select(ROW, "_says")
    had = _said(exported, col).group_by("_says").agg(pl.len().alias("_had"), pl.col("_of").first())
    stands = _said(sheet.frame.select(pl.col(col.header).alias("_cell")).drop_nulls(), col)
    counted = changed.join(had, on="_says", maintain_order="left").join(
        stands.group_by("_says").len("_now"), on="_says", how="left", maintain_order="left"
    )
    nth = pl.int_range(1, pl.len() + 1).over("_says")
    still = pl.col("_now") - pl.len().over("_says")
    return counted.filter(nth <= pl.col("_had").cast(pl.Int64) - still.cast(pl.Int64))


def _said(cells: pl.DataFrame, col: Column) -> pl.DataFrame:
    """With what each `_cell` says in `_says`; each value is read once, however many orders bear it."""
    cell = pl.col("_cell")
    read = localised(cell) if col.kind in (Kind.DECIMAL, Kind.INTEGER) else cell
    values = cells.select(cell).unique().with_columns(comparable(read, col.kind).alias("_says"))
    return cells.join(values, on="_cell", how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class FilledDown:
    """One value that stands in a column of nearly every order, over values that differed."""

    header: str
    value: str
    filled: int
    """Orders that say so now, the one that was dragged from among them."""
    orders: int


def filled_down(edited: pl.DataFrame, sheet: Sheet) -> tuple[FilledDown, ...]:
    """Columns in which one value was dragged down over nearly every order of the sheet."""
    orders = sheet.frame[ORDER].drop_nulls().n_unique()
    found: list[FilledDown] = []
    for (name,), cells in edited.filter("known").group_by("column", maintain_order=True):
        header = str(name)
        if column(header).role is not Role.EDIT:
            continue
        value, over = _commonest(cells)
        # the cell that was dragged from says what it said before, so it counts although it is no edit
        filled = sheet.frame.filter(pl.col(header).str.strip_chars() == value)[ORDER].drop_nulls().n_unique()
        if over.drop_nulls().n_unique() >= 2 and nearly_all(filled, orders) and len(over) * 2 > orders:
            found.append(FilledDown(header, value, filled, orders))
    return tuple(found)


def _commonest(cells: pl.DataFrame) -> tuple[str, pl.Series]:
    """The value that most orders were changed to, and what each of those said before."""
    says = cells.with_columns(pl.col("sheet").str.strip_chars().alias("_says"))
    counted = says.group_by("_says", maintain_order=True).agg(pl.col(ORDER).n_unique().alias("_orders"))
    value = str(counted.sort("_orders", descending=True, maintain_order=True)["_says"][0])
    return value, says.filter(pl.col("_says") == value).unique(ORDER, keep="first", maintain_order=True)["base"]


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
