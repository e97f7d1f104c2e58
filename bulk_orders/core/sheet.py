"""A sheet as people saved it -> rows under known headers, or every problem at once.

Everything is text here; nothing is inferred. A header that nobody knows is an error with a suggestion, since
a column ignored in silence is a change that somebody believes was made.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from bulk_orders.core.columns import BY_HEADER, Kind, Role, canonical_header, column, folded_header
from bulk_orders.core.comparing import unguard_expr
from bulk_orders.core.names import seen_expr
from bulk_orders.core.problems import Notice, Problem, cell_address

ROW = "_row"
ORDER = "_order"
FULFILLMENT = "_fulfillment"
LINE = "_line"
EXPORT = "Export: ID"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A file's cells before anybody asked what they mean.

    `frame` has a string column per header, named by its position ("0", "1", ...), with null for an empty cell,
    and ROW: the row's number as the spreadsheet shows it (the header is row 1).
    """

    path: str
    sha256: str
    header: tuple[str, ...]
    frame: pl.DataFrame
    guarded: bool
    """Text cells carry the formula guard (CSV)."""
    notices: tuple[Notice, ...] = ()
    header_row: int = 1
    at: tuple[int, ...] = ()
    """The file's own column of each header, where that is not its position (an adapter made columns of others)."""
    shown: frozenset[str] = frozenset()
    """Headers of a dialect that only tell how things were: known, never compared, never an edit."""

    def column_of(self, position: int) -> int:
        return self.at[position] if self.at else position

    def address(self, position: int, row: int) -> str:
        return cell_address(self.column_of(position), row)

    def shown_only(self, headers: Iterable[str]) -> RawSheet:
        """The sheet with these headers known as a dialect's own, which nobody edits."""
        return replace(self, shown=frozenset(folded_header(each) for each in headers))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under canonical headers, all strings, null for empty, with ROW, ORDER, FULFILLMENT and LINE as keys.

    The keys are the digits of the ids; ORDER is null where a row has only a Name.
    """

    path: str
    sha256: str
    frame: pl.DataFrame
    positions: dict[str, int]
    export_id: str | None
    notices: tuple[Notice, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(self.positions)

    def address(self, header: str, row: int) -> str:
        return cell_address(self.positions[header], row)

    @property
    def is_recipe(self) -> bool:
        """Its sole columns are identity and edits, so every cell in it was meant (interface.md, the sheet)."""
        return all(column(header).role is not Role.READ or header == "Line: Quantity" for header in self.headers)


@dataclass(slots=True)
class _Reading:
    """The header as far as it was understood; `columns` are the file's, `positions` those of the frame."""

    whose: Callable[[str], str | None]
    columns: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)


def read_rows(
    raw: RawSheet, whose: Callable[[str], str | None] = lambda _: None, asked_for: Sequence[str] = ()
) -> tuple[Sheet, list[Problem]]:
    """Give the cells their headers and keys; the problems are those of the header and of the rows' identity.

    `whose` says which other kind of sheet has a header that this one may not have; `asked_for` are the columns that
    the settings say a form has.
    """
    reading = _Reading(whose=whose)
    _read_header(raw, reading)
    frame = raw.frame.select(
        ROW, *(pl.col(str(position)).alias(header) for header, position in reading.positions.items())
    )
    if raw.guarded:
        texts = [header for header in reading.positions if column(header).kind in (Kind.TEXT, Kind.TAGS)]
        frame = frame.with_columns(unguard_expr(pl.col(header)) for header in texts)
    if "Name" in reading.positions:
        frame = frame.with_columns(seen_expr(pl.col("Name")).replace("", None).alias("Name"))
    frame = frame.with_columns(
        _key(frame, "ID").alias(ORDER),
        _key(frame, "Fulfillment: ID").alias(FULFILLMENT),
        _key(frame, "Line: ID").alias(LINE),
    )
    if not {"ID", "Name"} & reading.positions.keys():
        reading.problems = _without_identity(raw, reading.problems, asked_for)
    sheet = Sheet(raw.path, raw.sha256, frame, reading.columns, None, raw.notices)
    sheet = _with_export_id(sheet, reading.problems)
    return sheet, reading.problems


def _without_identity(raw: RawSheet, problems: list[Problem], asked_for: Sequence[str]) -> list[Problem]:
    """What is wrong with a header that names no order; where one thing mends it all, that alone."""
    headers = _headers_below(raw)
    if headers is not None:
        what = f"The headers are in row {headers}, and something else stands above them."
        fix = f"Delete what is above row {headers}, so that the headers are the first row."
        return [Problem(raw.header_row, None, None, what, fix)]
    there = {folded_header(each) for each in raw.header}
    lacking = [each for each in asked_for if folded_header(each) not in there]
    if lacking and len(lacking) < len(asked_for):
        what = f"The column {lacking[0]!r}, which [requests] in bulk_orders.toml names, is not in the sheet."
        named = ", ".join(repr(each.strip()) for each in raw.header if each.strip())
        fix = f"Name it under [requests] as it stands in the sheet's first row, which has {named}."
        return [Problem(raw.header_row, None, None, what, fix)]
    for position, written in enumerate(raw.header):
        if written.strip().casefold() in _STAMPS:
            what = (
                f"This looks like the answers of a form ({written.strip()!r}), and nothing says what its columns hold."
            )
            address = raw.address(position, raw.header_row)
            return [Problem(raw.header_row, written, address, what, _NAME_THEM)]
    what, fix = "There is neither an ID nor a Name column.", "Add one: it says which order a row is."
    return [*problems, Problem(raw.header_row, None, None, what, fix)]


def _headers_below(raw: RawSheet) -> int | None:
    """The row of the headers under a title or remarks: an ID or Name in it, and no cell but known headers."""
    for row, *cells in raw.frame.head(10).iter_rows():
        known = [canonical_header(cell) for cell in cells if cell and cell.strip()]
        if len(known) > 1 and None not in known and {"ID", "Name"} & set(known):
            return int(row)
    return None


_STAMPS = frozenset(("timestamp", "horodateur", "tijdstempel", "zeitstempel", "marca temporal", "submitted at"))
"""The first column of a form's answers, as Google Forms calls it."""
_NAME_THEM = (
    "Name them under [requests] in bulk_orders.toml, as they stand in the first row: order (the order number), email "
    "and time; reason if there is one. The README has an example. Or add a column Name with the order numbers."
)


def _key(frame: pl.DataFrame, header: str) -> pl.Expr:
    """The digits of an id, from a gid or a plain number; a float's `.0` is as good as none, up to 15 digits."""
    if header not in frame.columns:
        return pl.lit(None, pl.String)
    plain = pl.col(header).str.strip_chars()
    written = plain.str.extract(r"^(?:gid://shopify/\w+/)?([0-9]{1,20})$")
    return pl.coalesce(written, plain.str.extract(r"^([0-9]{1,15})[.,]0+$"))


def _read_header(raw: RawSheet, reading: _Reading) -> None:
    row = raw.header_row
    for position, written in enumerate(raw.header):
        address = raw.address(position, row)
        if not written.strip():
            reading.problems.append(
                Problem(row, None, address, "This column has cells but no header.", "Name it, or delete the column.")
            )
            continue
        header = written.strip() if folded_header(written) in raw.shown else canonical_header(written)
        if header is None:
            reading.problems.append(_unknown(row, written, address, reading.whose(written)))
            continue
        if header in reading.positions:
            first = raw.address(reading.positions[header], row)
            what = f"The column {header!r} is there twice: here and in {first}."
            reading.problems.append(Problem(row, header, address, what, "Delete one of the two."))
            continue
        reading.positions[header] = position
        reading.columns[header] = raw.column_of(position)


def _unknown(row: int, written: str, address: str, kind: str | None) -> Problem:
    what, fix = f"Unknown column {written!r}.", _suggestion(written)
    if kind is None:
        return Problem(row, written, address, what, fix)
    kept = "Keep that export's own columns in the sheet, so that it is known by them; or delete this one."
    mended = f"{fix} Or: {kept[0].lower()}{kept[1:]}" if fix.startswith("Did you mean") else kept
    return Problem(row, written, address, f"Unknown column {written!r}: it is one of {kind}.", mended)


_USUAL_WORDS = {
    **dict.fromkeys(("order id", "id de commande", "bestelling id", "order-id", "shopify id", "gid"), "ID"),
    **dict.fromkeys(("order", "orders", "order name", "order number", "order no", "order #", "number #"), "Name"),
    **dict.fromkeys(("commande", "numéro de commande", "n° de commande", "bestelling", "bestelnummer"), "Name"),
    **dict.fromkeys(("notes", "remarque", "remarques", "notitie", "opmerking", "comment"), "Note"),
    **dict.fromkeys(("tag", "étiquettes", "labels"), "Tags"),
    **dict.fromkeys(("e-mail", "mail", "courriel", "customer email address"), "Email"),
    **dict.fromkeys(("tracking", "tracking no", "tracking number", "numéro de suivi"), "Fulfillment: Tracking Number"),
    **dict.fromkeys(("carrier", "tracking company", "transporteur", "vervoerder"), "Fulfillment: Tracking Company"),
    **dict.fromkeys(("tracking url", "tracking link"), "Fulfillment: Tracking URL"),
    **dict.fromkeys(("reason", "raison", "reden", "cancel reason"), "Cancel: Reason"),
    **dict.fromkeys(("refund", "amount", "refund amount"), "Refund: Amount"),
    **dict.fromkeys(("actie", "actions"), "Action"),
}
_NEAR = 0.75
"""How alike two headers are before one is suggested: at 0.6 `Order ID` was `User ID`."""


def _suggestion(written: str) -> str:
    plain = folded_header(written)
    if plain in _USUAL_WORDS:
        return f"Did you mean {_USUAL_WORDS[plain]!r}?"
    folded = {folded_header(header): header for header in BY_HEADER}
    near = difflib.get_close_matches(plain, list(folded), n=1, cutoff=_NEAR)
    return f"Did you mean {folded[near[0]]!r}?" if near else "Delete the column, or give it one of the known headers."


def _with_export_id(sheet: Sheet, problems: list[Problem]) -> Sheet:
    if EXPORT not in sheet.positions:
        return sheet
    found = sheet.frame.select(pl.col(EXPORT).str.strip_chars(), ROW).drop_nulls()
    counts = found.group_by(EXPORT, maintain_order=True).len().sort("len", descending=True, maintain_order=True)
    ids = counts[EXPORT].to_list()
    if len(ids) > 1:
        most = ids[0]  # of two as frequent ones, the first
        for row, other in found.filter(pl.col(EXPORT) != most).select(ROW, EXPORT).iter_rows():
            problems.append(
                Problem(
                    row,
                    EXPORT,
                    sheet.address(EXPORT, row),
                    f"This row is of the export {other}; the sheet's other rows ({counts['len'][0]:,}) are of {most}.",
                    "Keep the rows of one export in one sheet: each is compared with what its export saw.",
                    "another export",
                )
            )
        return sheet
    if not ids:
        return sheet
    return replace(sheet, export_id=ids[0])
