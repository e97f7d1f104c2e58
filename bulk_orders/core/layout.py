"""Orders as Shopify describes them -> the rows of a sheet: one per order, per fulfillment or per line item.

The values of an order stand on its first row (`Top Row` TRUE), as in Matrixify; ID and Name on every row, so that a
row is known by what it says and never by where it stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from enum import StrEnum

import polars as pl

from bulk_orders.core.columns import BY_HEADER, COLUMNS, Column, Kind, Level, Role
from bulk_orders.core.fields import PAIRS, Field, Step, steps_of
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER
from bulk_orders.errors import Misused

_AT = "_at"
_NUMBER = "_number"


class Rows(StrEnum):
    """What a row of an export is."""

    ORDERS = "orders"
    FULFILLMENTS = "fulfillments"
    LINES = "lines"


def json_type(fields: dict[str, Field]) -> pl.Struct:
    """The polars type of a JSON object with these fields. Scalars are strings: nothing is inferred or rounded."""
    return pl.Struct([pl.Field(found.name, _type(found)) for found in fields.values()])


def _type(found: Field) -> pl.DataType:
    inner: pl.DataType = json_type(found.children) if found.children else pl.String()
    return pl.List(inner) if found.many else inner


def value(column: Column) -> pl.Expr:
    """The cell of a column, in a frame that has the fields of its object as columns."""
    assert column.source is not None
    first, *rest = steps_of(column.source)
    return _as_cell(_into(pl.col(first.name), first, rest), column.kind).alias(column.header)


def _walk(node: pl.Expr, steps: Sequence[Step]) -> pl.Expr:
    if not steps:
        return node
    step, rest = steps[0], steps[1:]
    if step.name == PAIRS:
        return pl.concat_str(node.struct.field("key"), node.struct.field("value").fill_null(""), separator=": ")
    return _into(node.struct.field(step.name), step, rest)


def _into(inner: pl.Expr, step: Step, rest: Sequence[Step]) -> pl.Expr:
    """On from the field of `step`, by the rest of the path."""
    if not step.many:
        return _walk(inner, rest)
    if step.index is not None:
        return _walk(inner.list.get(step.index, null_on_oob=True), rest)
    each = inner.list.eval(_walk(pl.element(), rest)) if rest else inner
    return _filled(each.list.join("\n" if rest and rest[-1].name == PAIRS else ", ", ignore_nulls=True))


def _as_cell(text: pl.Expr, kind: Kind) -> pl.Expr:
    if kind is Kind.ENUM:
        text = text.str.to_lowercase()
    elif kind is Kind.BOOLEAN:
        text = text.str.to_uppercase()
    return _filled(text)


def _filled(text: pl.Expr) -> pl.Expr:
    """Null where it is empty. Not by `when`, which works its text out twice: nested, what joins a list four times."""
    return text.replace("", None)


def _sources(levels: Iterable[Level], fields: pl.Schema) -> list[Column]:
    """The columns of these levels that an object with these fields can fill; what the shop gives not is left out."""
    wanted = frozenset(levels)
    node = pl.Struct(dict(fields))
    return [c for c in COLUMNS if c.source and c.level in wanted and _leads(steps_of(c.source), node)]


def _leads(steps: Sequence[Step], node_type: pl.DataType) -> bool:
    """Whether a path leads somewhere in this type."""
    if not steps or steps[0].name == PAIRS:
        return True
    if isinstance(node_type, pl.List) and isinstance(node_type.inner, pl.DataType):
        return _leads(steps, node_type.inner)
    if not isinstance(node_type, pl.Struct):
        return False
    inner = next((field.dtype for field in node_type.fields if field.name == steps[0].name), None)
    return isinstance(inner, pl.DataType) and _leads(steps[1:], inner)


def sheet_rows(orders: pl.DataFrame, lines: pl.DataFrame | None, rows: Rows, export_id: str) -> pl.DataFrame:
    """The whole sheet with every column, and ORDER, FULFILLMENT and LINE as keys.

    `orders` has a column for each field of an order, `lines` for each of a line item and `__parentId`, its order's gid.
    """
    order_columns = _sources((Level.ORDER, Level.ROW), orders.schema)
    heads = orders.select(value(c) for c in order_columns)
    detail = _details(orders, lines, rows).sort(_AT, _NUMBER)
    below = pl.col(_NUMBER) > 1
    every, first = detail[_AT], detail.select(pl.when(~below).then(_AT)).to_series()
    cells = [heads[c.header].gather(every if c.level is Level.ROW else first) for c in order_columns]
    frame = detail.hstack(cells).with_columns(
        pl.col(_NUMBER).cast(pl.String).alias("Row #"),
        pl.when(below).then(pl.lit("FALSE")).otherwise(pl.lit("TRUE")).alias("Top Row"),
        pl.lit(export_id).alias("Export: ID"),
        _digits(pl.col("ID"), "Order").alias(ORDER),
    )
    shown = [name for name in headers(rows) if name in frame.columns or not BY_HEADER[name].source]
    blank = [pl.lit(None, pl.String).alias(name) for name in shown if name not in frame.columns]
    return frame.with_columns(blank).select(*shown, ORDER, FULFILLMENT, LINE)


def _details(orders: pl.DataFrame, lines: pl.DataFrame | None, rows: Rows) -> pl.DataFrame:
    """One row per sheet row: which order (_AT), its number within the order, and the cells of its own level."""
    at = orders.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(_AT), "id", "fulfillments")
    if rows is Rows.FULFILLMENTS:
        cells = _fulfillment_cells(at)
    elif rows is Rows.LINES:
        assert lines is not None
        cells = _line_cells(at, lines)
    else:
        nothing = pl.lit(None, pl.String)
        cells = at.select(_AT, nothing.alias(FULFILLMENT), nothing.alias(LINE))
    place = pl.int_range(pl.len())
    first = pl.when(pl.col(_AT).ne_missing(pl.col(_AT).shift())).then(place).forward_fill()
    return cells.with_columns((place - first + 1).alias(_NUMBER))


def _fulfillment_cells(at: pl.DataFrame) -> pl.DataFrame:
    parts = at.select(_AT, "fulfillments").explode("fulfillments", empty_as_null=True)
    fields = parts["fulfillments"].struct.unnest()
    columns = _sources((Level.FULFILLMENT,), fields.schema)
    return (
        parts.select(_AT)
        .hstack(fields.select(value(c) for c in columns))
        .with_columns(
            _digits(pl.col("Fulfillment: ID"), "Fulfillment").alias(FULFILLMENT),
            pl.lit(None, pl.String).alias(LINE),
            pl.when(pl.col("Fulfillment: ID").is_not_null()).then(pl.lit("Fulfillment Line")).alias("Line: Type"),
        )
    )


def _line_cells(at: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    columns = _sources((Level.LINE,), lines.schema)
    own = lines.select(pl.col("__parentId").alias("id"), *(value(c) for c in columns))
    return (
        at.select(_AT, "id")
        .join(own, on="id", how="left", maintain_order="left_right")
        .drop("id")
        .with_columns(
            _digits(pl.col("Line: ID"), "LineItem").alias(LINE),
            pl.lit(None, pl.String).alias(FULFILLMENT),
            pl.when(pl.col("Line: ID").is_not_null()).then(pl.lit("Line Item")).alias("Line: Type"),
        )
    )


def _digits(gid: pl.Expr, kind: str) -> pl.Expr:
    return gid.str.strip_prefix(f"gid://shopify/{kind}/")


def headers(rows: Rows) -> list[str]:
    """The columns that an export can have: what the shop fills, and the cells in which people write."""
    levels = {Level.ORDER, Level.ROW}
    if rows is Rows.FULFILLMENTS:
        levels.add(Level.FULFILLMENT)
    if rows is Rows.LINES:
        levels.add(Level.LINE)
    shown = [c.header for c in COLUMNS if c.level in levels and (c.source or c.role is not Role.READ)]
    shown = [name for name in shown if not name.startswith("Request: ")]  # they come from a form, not from the shop
    if rows is Rows.FULFILLMENTS:
        shown.insert(shown.index("Fulfillment: ID"), "Line: Type")
    return shown


_ALWAYS = ("ID", "Name", "Row #", "Top Row", "Fulfillment: ID", "Line: ID", "Export: ID")


def refuse_unknown(headers: Sequence[str] | None) -> None:
    """Refuse columns that no sheet has, before anybody is asked for anything."""
    unknown = [header for header in headers or () if header not in BY_HEADER]
    if unknown:
        near = difflib.get_close_matches(unknown[0].casefold(), [name.casefold() for name in BY_HEADER], n=1)
        meant = next((f"Did you mean {name!r}? " for name in BY_HEADER if name.casefold() in near), "")
        raise Misused(f"There is no column {unknown[0]!r}.", fix=f"{meant}All of them are told by: bulk-orders columns")


def chosen(columns: Iterable[str], headers: Sequence[str] | None) -> list[str]:
    """Of an export's columns those that a person asked for, in the sheet's order; those that identify always stay."""
    shown = [name for name in columns if name not in (ORDER, FULFILLMENT, LINE)]
    if headers is None:
        return shown
    absent = [header for header in headers if header not in shown]
    if absent:
        level = BY_HEADER[absent[0]].level
        rows = {Level.FULFILLMENT: "fulfillments", Level.LINE: "lines"}.get(level)
        fix = f"Export with --rows {rows}." if rows else "The shop does not fill it; leave it out of --columns."
        raise Misused(f"This export has no column {absent[0]!r}.", fix=fix)
    wanted = {*headers, *_ALWAYS}
    return [name for name in shown if name in wanted]
