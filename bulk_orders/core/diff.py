"""Sheet against base: which cells a person edited. Frames compare; only edited orders become objects.

The three-way rule (design.md, idea 3): a cell is an edit only if it differs from the base that its export kept.
A row that the base does not know is compared with the shop alone (two-way), and says so in its edits.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import polars as pl

from bulk_orders.core import belonging, cells, damage
from bulk_orders.core.columns import Kind, Level, Role, column
from bulk_orders.core.comparing import comparable, each_once, meaning
from bulk_orders.core.contradictory import contradictory
from bulk_orders.core.damage import FilledDown
from bulk_orders.core.edits import FULFILLED, Edit, OrderEdits
from bulk_orders.core.elsewhere import unused_rows
from bulk_orders.core.exchanged import astray_rows
from bulk_orders.core.names import bare_expr
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.requests import EMAIL
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, ROW, Sheet

_MOST_GUESSED = 50_000
"""Differing cells beyond which those of a sheet that came apart are not looked at one by one."""
_UNCOMPARED = frozenset({"ID", "Name", "Export: ID", "Row #", "Top Row", "Fulfillment: ID", "Line: ID", "Line: Type"})


@dataclass(frozen=True, slots=True)
class Base:
    """What an export saw, as the cells it wrote: the frame that its sheet was made of, with every column."""

    export_id: str
    frame: pl.DataFrame
    shop: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Differences:
    """The edits of a sheet, order by order, and the rows that ask to be left out."""

    orders: tuple[OrderEdits, ...]
    ignored_rows: frozenset[int]
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    filled_down: tuple[FilledDown, ...] = ()


def find_edits(sheet: Sheet, base: Base | None, reading: Reading = BY_RULE) -> Differences:
    """Compare every cell of `sheet` with the base, offline; without one every cell that could act counts."""
    sheet = identified(sheet, base)
    ignored = _ignored(sheet)
    rows = sheet.frame.filter(~pl.col(ROW).is_in(list(ignored))) if ignored else sheet.frame
    compared = _compared(rows, sheet, base, reading)
    astray = astray_rows(compared.edited, rows, sheet, base.frame, reading.locale) if base is not None else {}
    found = compared.edited.filter(~pl.col(ROW).is_in(list(astray)))
    problems = [*astray.values(), *compared.problems, *damage.cut_off_values(found, sheet)]
    if base is not None:
        problems += damage.moved_columns(found, base.frame, sheet)
    apart = len(problems) > len(compared.problems) and found.height > _MOST_GUESSED
    problems += [] if apart else _disagreeing(found, sheet)
    orders = () if apart else tuple(_by_order(found))  # of a sheet that is refused, and is not what anybody edited
    problems += [problem for edits in orders for problem in contradictory(edits, sheet)]
    notices = [*damage.rewritten_notice(compared.rewritten, sheet), *unused_rows(rows, sheet)]
    notices += belonging.unsure_notice(sheet, base.frame if base is not None else None)
    notices += _emptied(rows, sheet, base, compared.matches) if base else []
    return Differences(orders, ignored, tuple(problems), tuple(notices), damage.filled_down(found, sheet))


def others_rows(sheet: Sheet, base: Base, reading: Reading = BY_RULE) -> tuple[dict[int, Problem], pl.DataFrame]:
    """The rows that hold another order's cells, and the differing cells of all others as `_placed` gives them."""
    compared = _compared(sheet.frame, sheet, base, reading)
    astray = astray_rows(compared.edited, sheet.frame, sheet, base.frame, reading.locale)
    return astray, compared.edited.filter(~pl.col(ROW).is_in(list(astray)))


def without_exported(sheet: Sheet, base: Base, headers: Container[str], reading: Reading = BY_RULE) -> Sheet:
    """The sheet without those cells of `headers` that still say what the export wrote: nobody is to blame for them."""
    sheet = identified(sheet, base)
    matches = base_rows(sheet.frame, base)
    edited = []
    for header in sheet.headers:
        col = column(header)
        if header in _UNCOMPARED or header not in headers or header not in base.frame.columns:
            continue
        told = damage.sort_out(col, _differing(sheet.frame, header, matches, base, reading))
        here = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(told.edited["_at"].implode())
        edited.append(pl.when(here).then(pl.col(header)).alias(header))
    return replace(sheet, frame=sheet.frame.with_columns(edited))


def _ignored(sheet: Sheet) -> frozenset[int]:
    if "Command" not in sheet.headers:
        return frozenset()
    asks = comparable(pl.col("Command"), column("Command").kind) == "IGNORE"
    return frozenset(sheet.frame.filter(asks)[ROW].to_list())


# --- who is who -------------------------------------------------------------------------------------------------------


def identified(sheet: Sheet, base: Base | None) -> Sheet:
    """Rows that say only a name get the id that the sheet or the base has for it."""
    if "Name" not in sheet.headers or not sheet.frame[ORDER].null_count():
        return sheet
    name = bare_expr(pl.col("Name")).alias("_name")
    known = sheet.frame.select(ORDER, name).drop_nulls()
    if base is not None:
        exported = base.frame.select(ORDER, name).drop_nulls().unique(ORDER, keep="first", maintain_order=True)
        known = pl.concat([known, exported])
    single = known.unique([ORDER, "_name"]).filter(pl.len().over("_name") == 1).rename({ORDER: "_named"})
    found = (  # of two columns only: a join of the whole sheet would copy it
        sheet.frame.select(ORDER, name)
        .join(single, on="_name", how="left", maintain_order="left")
        .select(pl.coalesce(ORDER, "_named").alias(ORDER))
    )
    return replace(sheet, frame=sheet.frame.with_columns(found[ORDER]))


# --- cells ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Compared:
    """Both frames have a row per cell: ROW, ORDER, name, FULFILLMENT, column, base, sheet, known."""

    edited: pl.DataFrame
    rewritten: pl.DataFrame
    problems: tuple[Problem, ...]
    matches: dict[Level, pl.Series]


def _compared(rows: pl.DataFrame, sheet: Sheet, base: Base | None, reading: Reading) -> _Compared:
    matches = base_rows(rows, base) if base else {}
    name = pl.col("Name") if "Name" in rows.columns else pl.lit(None, pl.String).alias("Name")
    quantity = pl.col("Line: Quantity") if "Line: Quantity" in rows.columns else pl.lit(None, pl.String)
    keys = rows.select(ROW, ORDER, FULFILLMENT, LINE, name, quantity.alias("_quantity")).with_row_index("_at")
    edited: list[pl.DataFrame] = []
    rewritten: list[pl.DataFrame] = []
    problems: list[Problem] = []
    for header in sheet.headers:
        if header in _UNCOMPARED:
            continue
        told = damage.sort_out(column(header), _differing(rows, header, matches, base, reading))
        edited.append(_wished(header, told.edited, rows))
        rewritten.append(told.rewritten)
        if edited[-1].height:
            cells_here = edited[-1].join(keys, on="_at", how="left", maintain_order="left")
            problems += damage.unclear_numbers(column(header), cells_here, sheet, reading.locale)
    return _Compared(_placed(edited, keys), _placed(rewritten, keys), tuple(problems), matches)


def _placed(parts: list[pl.DataFrame], keys: pl.DataFrame) -> pl.DataFrame:
    texts = dict.fromkeys(("column", "base", "sheet"), pl.String)
    empty = pl.DataFrame(schema={"_at": pl.UInt32, **texts, "known": pl.Boolean})
    found = pl.concat([empty, *(part.select(empty.columns) for part in parts)])
    return found.join(keys, on="_at", how="left", maintain_order="left").sort(ROW, maintain_order=True)


def base_rows(rows: pl.DataFrame, base: Base) -> dict[Level, pl.Series]:
    """For each level, which base row each sheet row is compared with: by identity, never by position."""
    keys = {Level.ORDER: [ORDER], Level.FULFILLMENT: [ORDER, FULFILLMENT], Level.LINE: [ORDER, LINE]}
    matches = {}
    for level, on in keys.items():
        first = base.frame.with_row_index("_at").select("_at", *on).drop_nulls().unique(on, keep="first")
        if first.height:
            matches[level] = rows.select(on).join(first, on=on, how="left", maintain_order="left")["_at"]
        else:  # an export of orders has none of the other levels
            matches[level] = pl.Series("_at", [None], pl.UInt32).new_from_index(0, rows.height)
    matches[Level.ROW] = matches[Level.ORDER]
    return matches


def _differing(
    rows: pl.DataFrame, header: str, matches: dict[Level, pl.Series], base: Base | None, reading: Reading
) -> pl.DataFrame:
    """The filled cells of a column that do not say what the base says: _at, column, base, sheet, known."""
    col = column(header)
    if base is not None and header in base.frame.columns:
        before = base.frame[header].gather(matches[col.level]).alias("base")
        known = matches[Level.ORDER].is_not_null().alias("known")
    else:
        before = pl.Series("base", [None], pl.String).new_from_index(0, rows.height)
        known = pl.Series("known", [False], pl.Boolean).new_from_index(0, rows.height)
    both = pl.DataFrame([rows[header].alias("sheet"), before, known]).with_row_index("_at")
    both = both.filter(pl.col("sheet").is_not_null(), pl.col("sheet").ne_missing(pl.col("base")))
    if not both.height:  # most columns, mostly: what is the same to the letter needs no rule
        return both.select("_at", pl.lit(header).alias("column"), "base", "sheet", "known")
    was = each_once(both["base"], lambda cell: comparable(cell, col.kind))
    says = each_once(both["sheet"], lambda cell: meaning(cell, col.kind, reading.locale))
    same = says.eq_missing(was)
    if col.kind in (Kind.DECIMAL, Kind.INTEGER) and reading.locale is None:
        same |= each_once(both["sheet"], lambda cell: comparable(cell, col.kind)).eq_missing(was)
    return both.filter(~same).select("_at", pl.lit(header).alias("column"), "base", "sheet", "known")


def _wished(header: str, edited: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Those of a column's differing cells that could ask for anything."""
    col = column(header)
    if not edited.height:
        return edited
    if col.role in (Role.READ, Role.IDENTITY):
        edited = edited.filter("known")  # without a base these are not compared
    if header == "Command":
        edited = edited.filter(comparable(pl.col("sheet"), col.kind) != "UPDATE")
    if header == "Fulfillment: Status":  # without a base only this status is a wish; the others are just reported
        says = comparable(pl.col("sheet"), col.kind)
        new = pl.Series("_new", rows[FULFILLMENT].is_null()).gather(edited["_at"])
        asks = says.is_in(["CANCELLED", "CANCELED"]) | (says.is_in(sorted(FULFILLED)) & new)
        edited = edited.filter(pl.col("known") | asks)
    return edited


def _by_order(found: pl.DataFrame) -> Iterator[OrderEdits]:
    """One OrderEdits per order in the order of the sheet; of an order cell that stands on several rows, the first.

    Each customer's request stands for itself: two people may ask about one order.
    """
    requests = frozenset(found.filter(pl.col("column") == EMAIL)[ROW])
    parts: dict[tuple[object, object], list[dict[str, object]]] = {}
    for cell in found.iter_rows(named=True):
        asked_on = cell[ROW] if cell[ROW] in requests else None
        parts.setdefault((cell[ORDER] or cell["Name"], asked_on), []).append(cell)
    for cells_of in parts.values():
        digits, name = cells_of[0][ORDER], next((cell["Name"] for cell in cells_of if cell["Name"] is not None), None)
        edits: dict[tuple[str, object], Edit] = {}
        for cell in cells_of:
            edit = _edit(cell)
            place = edit.row if column(edit.column).level is not Level.ORDER else None
            edits.setdefault((edit.column, place), edit)
        order = f"gid://shopify/Order/{digits}" if digits else None
        yield OrderEdits(order, str(name).strip() if name is not None else None, tuple(edits.values()))


def _edit(cell: dict[str, object]) -> Edit:
    fulfillment = cell[FULFILLMENT]
    return Edit(
        row=int(str(cell[ROW])),
        column=str(cell["column"]),
        base=None if cell["base"] is None else str(cell["base"]),
        sheet=str(cell["sheet"]),
        fulfillment=f"gid://shopify/Fulfillment/{fulfillment}" if fulfillment else None,
        known=bool(cell["known"]),
        line=f"gid://shopify/LineItem/{cell[LINE]}" if cell[LINE] else None,
        quantity=None if cell["_quantity"] is None else str(cell["_quantity"]),
    )


# --- what a sheet may not say -----------------------------------------------------------------------------------------


def _disagreeing(found: pl.DataFrame, sheet: Sheet) -> Iterator[Problem]:
    """Order cells edited to different values on several rows of one order; customers' requests may differ."""
    identity = pl.coalesce(ORDER, "Name").alias("_identity")
    asked_on = found.filter(pl.col("column") == EMAIL)[ROW].to_list()
    for header in found["column"].unique(maintain_order=True):
        col = column(header)
        if col.level is not Level.ORDER:
            continue
        cell = found.filter((pl.col("column") == header) & ~pl.col(ROW).is_in(asked_on)).with_columns(
            identity, comparable(pl.col("sheet"), col.kind).alias("_says")
        )
        several = cell.unique(["_identity", "_says"], keep="first", maintain_order=True).filter(
            pl.len().over("_identity") > 1
        )
        for (_,), group in several.group_by("_identity", maintain_order=True):
            row = int(group[ROW][1])
            yield Problem(
                row,
                header,
                sheet.address(header, row),
                f"{header} says {group['sheet'][0]!r} on row {group[ROW][0]} and {group['sheet'][1]!r} here, "
                "for one order.",
                "Fill it in once, on any row of the order.",
            )


def _emptied(rows: pl.DataFrame, sheet: Sheet, base: Base, matches: dict[Level, pl.Series]) -> Iterator[Notice]:
    """An emptied cell means "no change", which a person may not expect: said once per column."""
    for header in sheet.headers:
        col = column(header)
        if header not in base.frame.columns or col.role is not Role.EDIT or col.level is not Level.ORDER:
            continue
        says = pl.col(header).str.strip_chars().fill_null("") != ""
        bare = rows.select(ORDER, ROW, says.alias("_says"), matches[Level.ORDER].alias("_at")).filter(~pl.col("_says"))
        had = base.frame[header].gather(bare["_at"]).str.strip_chars() != ""
        bare = bare.filter(had)
        if bare.height:  # an order's value may stand on any of its rows
            bare = bare.join(rows.filter(says), on=ORDER, how="anti").unique(ORDER, keep="first").sort(ROW)
        if bare.height:
            yield Notice(
                f"{bare.height} emptied cell{' means' if bare.height == 1 else 's mean'} no change in the column "
                f"{header}. Write {cells.CLEAR} to empty the field.",
                tuple(bare[ROW].to_list()),
            )
