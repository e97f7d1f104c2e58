"""Orders as Shopify describes them -> the rows of a sheet: one per order, per fulfillment or per line item.

The values of an order stand on its first row (`Top Row` TRUE), as in Matrixify; ID and Name on every row, so that a
row is known by what it says and never by where it stands.
"""

from __future__ import annotations

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


def value(node: pl.Expr, column: Column) -> pl.Expr:
    """The cell of a column, from the struct that describes its object."""
    assert column.source is not None
    return _as_cell(_walk(node, steps_of(column.source)), column.kind).alias(column.header)


def _walk(node: pl.Expr, steps: Sequence[Step]) -> pl.Expr:
    if not steps:
        return node
    step, rest = steps[0], steps[1:]
    if step.name == PAIRS:
        return pl.concat_str(node.struct.field("key"), node.struct.field("value").fill_null(""), separator=": ")
    inner = node.struct.field(step.name)
    if not step.many:
        return _walk(inner, rest)
    if step.index is not None:
        return _walk(inner.list.get(step.index, null_on_oob=True), rest)
    each = inner.list.eval(_walk(pl.element(), rest)) if rest else inner
    joined = each.list.drop_nulls().list.join("\n" if rest and rest[-1].name == PAIRS else ", ")
    return pl.when(joined != "").then(joined)


def _as_cell(text: pl.Expr, kind: Kind) -> pl.Expr:
    if kind is Kind.ENUM:
        text = text.str.to_lowercase()
    elif kind is Kind.BOOLEAN:
        text = text.str.to_uppercase()
    return pl.when(text != "").then(text)


def _sources(levels: Iterable[Level], node_type: pl.DataType) -> list[Column]:
    """The columns of these levels that the node can fill; a field the shop does not give has none."""
    wanted = frozenset(levels)
    return [c for c in COLUMNS if c.source and c.level in wanted and _leads(steps_of(c.source), node_type)]


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

    `orders` has a struct column `node`; `lines` has `parent` (the order's gid) and a struct column `node`.
    """
    order_columns = _sources((Level.ORDER, Level.ROW), orders.schema["node"])
    heads = orders.with_row_index(_AT).select(_AT, *(value(pl.col("node"), c) for c in order_columns))
    detail = _details(orders, lines, rows)
    frame = detail.join(heads, on=_AT, how="left", maintain_order="left").sort(_AT, _NUMBER)
    below = pl.col(_NUMBER) > 1
    first_row_only = [c.header for c in order_columns if c.level is Level.ORDER]
    frame = frame.with_columns(
        *(pl.when(~below).then(pl.col(header)).alias(header) for header in first_row_only),
        pl.col(_NUMBER).cast(pl.String).alias("Row #"),
        pl.when(below).then(pl.lit("FALSE")).otherwise(pl.lit("TRUE")).alias("Top Row"),
        pl.lit(export_id).alias("Export: ID"),
        _digits(pl.col("ID")).alias(ORDER),
    )
    shown = [name for name in headers(rows) if name in frame.columns or not BY_HEADER[name].source]
    blank = [pl.lit(None, pl.String).alias(name) for name in shown if name not in frame.columns]
    return frame.with_columns(blank).select(*shown, ORDER, FULFILLMENT, LINE)


def _details(orders: pl.DataFrame, lines: pl.DataFrame | None, rows: Rows) -> pl.DataFrame:
    """One row per sheet row: which order (_AT), its number within the order, and the cells of its own level."""
    at = orders.with_row_index(_AT)
    if rows is Rows.FULFILLMENTS:
        parts = at.select(_AT, pl.col("node").struct.field("fulfillments")).explode("fulfillments", empty_as_null=True)
        columns = _sources((Level.FULFILLMENT,), parts.schema["fulfillments"])
        cells = parts.select(_AT, *(value(pl.col("fulfillments"), c) for c in columns))
        cells = cells.with_columns(
            _digits(pl.col("Fulfillment: ID")).alias(FULFILLMENT),
            pl.lit(None, pl.String).alias(LINE),
            pl.when(pl.col("Fulfillment: ID").is_not_null()).then(pl.lit("Fulfillment Line")).alias("Line: Type"),
        )
    elif rows is Rows.LINES:
        assert lines is not None
        keyed = at.select(_AT, pl.col("node").struct.field("id").alias("parent"))
        columns = _sources((Level.LINE,), lines.schema["node"])
        own = lines.select("parent", *(value(pl.col("node"), c) for c in columns))
        cells = keyed.join(own, on="parent", how="left", maintain_order="left_right").drop("parent")
        cells = cells.with_columns(
            _digits(pl.col("Line: ID")).alias(LINE),
            pl.lit(None, pl.String).alias(FULFILLMENT),
            pl.when(pl.col("Line: ID").is_not_null()).then(pl.lit("Line Item")).alias("Line: Type"),
        )
    else:
        nothing = pl.lit(None, pl.String)
        cells = at.select(_AT, nothing.alias(FULFILLMENT), nothing.alias(LINE))
    return cells.with_columns(pl.int_range(1, pl.len() + 1).over(_AT).alias(_NUMBER))


def _digits(gid: pl.Expr) -> pl.Expr:
    return gid.str.extract(r"(\d+)$")


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
        raise Misused(
            f"There is no column {unknown[0]!r}.", fix="The columns are those of an export without --columns."
        )


def chosen(frame: pl.DataFrame, headers: Sequence[str] | None) -> pl.DataFrame:
    """The columns that a person asked for, in the sheet's order; those that identify always stay."""
    shown = [name for name in frame.columns if name not in (ORDER, FULFILLMENT, LINE)]
    if headers is None:
        return frame.select(shown)
    absent = [header for header in headers if header not in shown]
    if absent:
        raise Misused(f"This export has no column {absent[0]!r}.", fix="Another --rows may have it.")
    wanted = {*headers, *_ALWAYS}
    return frame.select(name for name in shown if name in wanted)
