"""Sheets on disk, by the ending of their name: CSV, XLSX, Parquet."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bulk_orders.core.columns import Kind, canonical_header, column
from bulk_orders.core.comparing import guard_expr
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.reading import BY_RULE, Reading
from bulk_orders.core.sheet import ROW, RawSheet
from bulk_orders.errors import Misused, SheetEmpty, SheetInvalid
from bulk_orders.storage.atomic import replacing
from bulk_orders.storage.book_preflight import MOST_ROWS, most_inflated, unpacked_size
from bulk_orders.storage.books import read_book
from bulk_orders.storage.csv_files import Table, read_csv, write_csv
from bulk_orders.storage.streams import sink_parquet, slices
from bulk_orders.storage.xlsx_files import write_xlsx

ENDINGS = (".csv", ".xlsx", ".parquet")
"""What is written; these are read as well, and so are the next."""
_TEXTS = (".csv", ".txt", ".tsv")
_BOOKS = (".xlsx", ".ods")
_OLD_BOOKS = {
    ".xls": "is Excel's format of before 2007, which cannot be read safely",
    ".xlsm": "can hold macros, which are never opened",
    ".xlsb": "is Excel's binary format, which cannot be read safely",
    ".xlam": "can hold macros, which are never opened",
    ".xltm": "can hold macros, which are never opened",
}
MOST_BYTES = 600_000_000
MOST_BOOK_BYTES = 150_000_000
MOST_LINE_BYTES = 2_000_000
MOST_LINES = 3_000_000
"""A spreadsheet has a million rows, and notes have line breaks in them."""


def read_sheet(path: Path, reading: Reading = BY_RULE, known: Callable[[str], bool] | None = None) -> RawSheet:
    """The cells of a sheet; Misused if there is no such file, SheetInvalid if it is no table or not to be read.

    `known` tells the headers that the kinds of sheets have (core.dialects.knows), by which the separator is found.
    """
    ending = path.suffix.lower()
    readable = (*_TEXTS, *_BOOKS, ".parquet", *_OLD_BOOKS)
    if ending not in readable:
        raise Misused(f"{path.name} is no sheet: its name ends in none of {', '.join(ENDINGS)}.", fix=_SAVE_AS)
    sha256 = _look(path, ending)
    if ending in _OLD_BOOKS:
        raise _file_problem(path, f"{ending} {_OLD_BOOKS[ending]}.", "Open it, and save it as .xlsx or .csv.")
    notices: list[Notice] = []
    if ending in _BOOKS:
        table, notices = read_book(path, reading.tab)
        table = _with_booleans(table) if ending == ".ods" else table
    elif ending == ".parquet":
        table = _read_parquet(path)
    else:
        named = known or (lambda header: canonical_header(header) is not None)
        table, notices = read_csv(path, path.read_bytes(), named, reading.encoding)
    return _raw_sheet(path, sha256, table, notices, guarded=ending in _TEXTS)


def _raw_sheet(path: Path, sha256: str, table: Table, notices: list[Notice], *, guarded: bool) -> RawSheet:
    header, frame, header_row = table
    header, frame, at = _without_empty_columns(header, _without_blanks(frame))
    frame, blank = _without_blank_rows(frame, header_row)
    if not header or not frame.height:
        problem = Problem(1, None, "A1", "The sheet is empty.", "Export one: bulk-orders export -o orders.xlsx")
        ours = {"ID", "Name"} & {canonical_header(each) for each in header}  # not some program's words on an error
        kind = SheetEmpty if ours else SheetInvalid
        raise kind(f"{path.name} has no rows.", [problem], where=str(path))
    if len(header) > _MOST_COLUMNS:
        raise _file_problem(path, f"The sheet has {len(header):,} columns.", "Delete those that are not of orders.")
    if blank:
        notices = [*notices, Notice("Blank rows inside the sheet are passed over.", tuple(blank))]
    return RawSheet(str(path), sha256, header, frame, guarded, tuple(notices), header_row, at)


def too_large_to_read(path: Path, rows: int) -> str | None:
    """What of a sheet with so many rows, just written, is more than `read_sheet` takes; None if nothing is."""
    size, most = path.stat().st_size, MOST_BOOK_BYTES if path.suffix.lower() in _BOOKS else MOST_BYTES
    if path.suffix.lower() == ".xlsx":
        if rows > MOST_ROWS:
            return f"it has {rows:,} rows, of which {MOST_ROWS:,} are read"
        unpacked, allowed = unpacked_size(path), most_inflated(size)
        if unpacked > allowed:
            return f"unpacked it has {unpacked // 1_000_000:,} MB, of which {allowed // 1_000_000} MB are read"
    if path.suffix.lower() != ".parquet" and size > most:
        return f"it has {size // 1_000_000:,} MB, of which {most // 1_000_000} MB are read"
    return None


_SAVE_AS = "Save it as .xlsx or .csv."
_MOST_COLUMNS = 512
_PIECE = 1 << 20


def _look(path: Path, ending: str) -> str:
    """The hash of a file, read piece by piece; what is far too large, or no text of lines, is refused on the way."""
    digest = hashlib.sha256()
    text = _TextLook() if ending in _TEXTS else None
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for without end
            raise Misused(f"{path} is no file.", fix="Name the sheet itself.")
        size = about.st_size
        most = MOST_BOOK_BYTES if ending in _BOOKS else MOST_BYTES
        if size > most:
            raise _file_problem(
                path, f"The file has {size // 1_000_000:,} MB; {most // 1_000_000} MB are read.", "Send fewer rows."
            )
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                if text is not None and (wrong := text.sees(piece)) is not None:
                    raise _file_problem(path, *wrong)
    except FileNotFoundError as error:
        raise Misused(
            f"There is no file {path}.", fix="Check the name; the sheet is written by: bulk-orders export"
        ) from error
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


_NOT_A_SHEET = "This is no sheet of orders: save it again as .xlsx or .csv."


@dataclass(slots=True)
class _TextLook:
    """What shows in a text while it goes by in pieces: a workbook under another name, and what no sheet has."""

    begun: int = 0
    """How long the line is so far that a piece broke off in."""
    lines: int = 0
    first: bool = True

    def sees(self, piece: bytes) -> tuple[str, str] | None:
        """What is wrong, and how to mend it."""
        if self.first and (named := _other_format(piece)) is not None:
            return named
        self.first = False
        self.begun = _longest_line(piece, self.begun)
        self.lines += max(piece.count(b"\n"), piece.count(b"\r"))
        if self.begun > MOST_LINE_BYTES:
            return "A line of the file is millions of characters long.", _NOT_A_SHEET
        if self.lines > MOST_LINES:
            return (
                f"The file has more than {MOST_LINES:,} lines.",
                "Delete the empty rows at its end, or send fewer rows at a time.",
            )
        return None


def _other_format(head: bytes) -> tuple[str, str] | None:
    """A workbook, or a web page, that bears the ending of a text."""
    if head.startswith(b"PK\x03\x04"):
        kind = "an OpenDocument" if b"opendocument" in head[:200] else "an Excel"
        ending = ".ods" if kind == "an OpenDocument" else ".xlsx"
        return (
            f"This is {kind} workbook under the name of a text file.",
            f"Rename it so that it ends in {ending}, or open it in the spreadsheet program and save it as CSV.",
        )
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return (
            "This is an old Excel workbook (.xls), or one with a password, under the name of a text file.",
            "Open it in the spreadsheet program, and save it as .xlsx or as CSV.",
        )
    if (
        head[:1000]
        .lstrip(b"\xef\xbb\xbf \t\r\n")
        .lower()
        .startswith((b"<!doctype html", b"<html", b"<table", b"<?xml"))
    ):
        return (
            "This is a web page or XML, and no table of cells.",
            "Open it in a spreadsheet program, and save it as CSV.",
        )
    if head.startswith(b"PAR1"):
        return "This is a Parquet file under the name of a text file.", "Rename it so that it ends in .parquet."
    return None


def _longest_line(piece: bytes, begun: int) -> int:
    """How long the line is that goes on at the end of a piece, or the first that is too long."""
    ends = [at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0]
    if not ends:
        return begun + len(piece)
    if begun + min(ends) > MOST_LINE_BYTES:
        return begun + min(ends)
    return len(piece) - max(piece.rfind(b"\n"), piece.rfind(b"\r"))


def _file_problem(path: Path, what: str, fix: str) -> SheetInvalid:
    return SheetInvalid(f"{path.name} was not read.", [Problem(0, None, None, what, fix)], where=str(path))


def _with_booleans(table: Table) -> Table:
    """TRUE and FALSE as the sheet shows them: of an OpenDocument, the reader hands back numbers."""
    header, frame, header_row = table
    flags = [
        pl.col(str(at)).replace({"1": "TRUE", "0": "FALSE"})
        for at, written in enumerate(header)
        if (name := canonical_header(written)) and (column(name).kind is Kind.BOOLEAN or "TRUE" in column(name).choices)
    ]
    return header, frame.with_columns(flags), header_row


def _read_parquet(path: Path) -> Table:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _file_problem(path, "The file is no Parquet file that can be read.", "Export it again.") from error
    header = tuple(frame.columns)
    texts = [pl.col(name).cast(pl.String).alias(str(position)) for position, name in enumerate(header)]
    return header, frame.select(texts), 1


def _without_blanks(frame: pl.DataFrame) -> pl.DataFrame:
    """A cell that shows nothing says nothing: a space, or the no-break space that spreadsheets leave behind."""
    return frame.with_columns(
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in frame.columns
    )


def _without_empty_columns(
    header: tuple[str, ...], frame: pl.DataFrame
) -> tuple[tuple[str, ...], pl.DataFrame, tuple[int, ...]]:
    """Columns that have neither a header nor a cell are not there; with the file's own position of each that is."""
    there = [at for at, name in enumerate(header) if name.strip() or not frame[str(at)].is_null().all()]
    left = frame.select(pl.col(str(at)).alias(str(position)) for position, at in enumerate(there))
    return tuple(header[at] for at in there), left, tuple(there)


def _without_blank_rows(frame: pl.DataFrame, header_row: int) -> tuple[pl.DataFrame, list[int]]:
    """Number the rows as the spreadsheet does, drop the blank ones, and say which stood between others."""
    if not frame.width:
        return frame, []
    numbered = frame.with_row_index(ROW, offset=header_row + 1).with_columns(pl.col(ROW).cast(pl.Int64))
    filled = numbered.filter(pl.any_horizontal(pl.exclude(ROW).is_not_null()))
    if not filled.height:
        return filled, []
    inside = numbered.filter(pl.col(ROW) < filled[ROW][-1]).filter(~pl.col(ROW).is_in(filled[ROW].implode()))
    return filled, inside[ROW].to_list()


def check_target(path: Path) -> None:
    """Refuse early what `write_sheet` could not write."""
    if path.suffix.lower() not in ENDINGS:
        raise Misused(
            f"{path} does not say what to write: its name ends in none of {', '.join(ENDINGS)}.",
            fix=f"Name it {path.with_suffix('.xlsx').name}, or {path.with_suffix('.csv').name}.",
        )
    if not path.parent.is_dir():
        raise Misused(f"There is no folder {path.parent}.", fix="Make it, or write elsewhere.")


def write_sheet(path: Path, cells: pl.DataFrame | pl.LazyFrame, locale: str = "en") -> None:
    """Write cells under canonical headers, in the format that the name's ending says; a lazy frame block by block.

    `locale` (en, fr, nl, de) is whose spreadsheets a CSV is for; the other formats need none.
    """
    ending = path.suffix.lower()
    frame = cells.lazy().with_columns(pl.col(pl.String).str.replace_all("\0", "", literal=True))
    headers = frame.collect_schema().names()
    with replacing(path) as temporary:
        if ending == ".xlsx":
            write_xlsx(temporary, frame)
        elif ending == ".parquet":
            sink_parquet(temporary, slices(frame), {})
        else:
            guarded = [name for name in headers if column(name).guarded]
            write_csv(temporary, frame.with_columns(guard_expr(pl.col(name)) for name in guarded), locale)
