"""Looks at a workbook (a zip of XML) before anything parses it: what is hostile or would be guessed is told here.

Runs only in the memory-limited child process. The rule: count what really comes out of each entry while inflating
(what the zip says about itself is a claim), and never hand XML with a DOCTYPE to any parser (spreadsheets.md 4).
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET
from xml.parsers import expat

MOST_ENTRIES = 2000
MOST_INFLATED = 300_000_000
"""Bytes, of a small file; a larger one that is packed as spreadsheet programs pack may unpack to more."""
MOST_OF_A_LARGE_FILE = 600_000_000
_SMALL_PART = 30_000_000
_TIGHTEST = 100
"""No spreadsheet program packs the cells of a sheet tighter, which are 8 to 40 times as large unpacked."""
_AS_USUAL = 25
MOST_ROWS = 500_000
MOST_COLUMNS = 512
MOST_CELLS_OF_A_ROW = 16_384
"""Empty ones too: no spreadsheet program has more columns."""
MOST_TOLD = 1000
"""Formula cells that are named one by one."""

_XML = (".xml", ".rels")
_CHUNK = 1 << 20
_OVERLAP = 8192
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)")
_OTHER_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!(?i:utf-8|us-ascii)[\"'])")
_FORMULA = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?f[\s/>]")
_TRUE_OR_FALSE = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?f(?:\s[^>]*)?>\s*(?:TRUE|FALSE)\(\)\s*</")
"""LibreOffice writes a boolean so; it says the same as a value."""
_ERROR = re.compile(rb" t=[\"']e[\"']")
_CELL = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?c\s[^>]*?\br\s*=\s*[\"']([A-Z]+[0-9]+)[\"'][^>]*>")
_FAR = re.compile(
    rb"r=(?<=\sr=)[\"']((?:S[S-Z]|[T-Z][A-Z]|[A-Z]{3,})[0-9]+|[A-Z]+(?:[5-9][0-9]{5}|[0-9]{7,}))[\"'][^>]*(?<!/)>(?!\s*</)"
)
"""A cell far out that has something in it."""
_ROW_BEGINS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?row[\s/>]")
_HIDDEN_ROW = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?row\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_CELL_BEGINS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?c[\s/>]")

Told = tuple[int, str | None, str | None, str, str]
"""A problem as (row, column, cell, what, fix); row 0 is the file as a whole."""


class Hostile(Exception):
    """The file is not to be parsed."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.told: Told = (0, None, None, what, fix)


_SAVE_AGAIN = "Open it in the spreadsheet program and save it again as .xlsx or .csv."
_COPY = "Copy the cells into a new workbook and save that as .xlsx, or save the sheet as .csv."


def inspect(path: Path) -> dict[str, int]:
    """Refuse a container that is encrypted, too large, no zip, or has DOCTYPEs or macros; how large each part is."""
    with path.open("rb") as file:
        head = file.read(8)
        if head == _OLD_FORMAT:
            raise Hostile(
                "The file is locked with a password, or is an old .xls under another name.",
                "Remove the password (File, Info, Protect Workbook), and save it as .xlsx or .csv.",
            )
        if not head.startswith(b"PK"):
            raise Hostile("The file is no workbook, whatever its name says.", _SAVE_AGAIN)
        try:
            entries = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, OverflowError, NotImplementedError, RuntimeError):
            raise Hostile("The file is damaged: it cannot be opened as a workbook.", _SAVE_AGAIN) from None
        _check_entries(entries)
        sizes: dict[str, int] = {}
        left = most_inflated(path.stat().st_size)
        for entry in entries:
            sizes[entry.filename] = _check_part(file, entry, min(left, most_inflated(entry.compress_size)))
            left -= sizes[entry.filename]
        for entry in entries:  # only now: a bomb would keep a parser busy for long
            if sizes[entry.filename] and entry.filename.casefold().endswith(_XML):
                _check_well_formed(file, entry)
        return sizes


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MOST_ENTRIES:
        raise Hostile(f"The file holds {len(names):,} parts; a sheet of orders has a few dozen.", _COPY)
    if len(set(names)) < len(names):
        raise Hostile("The file holds two parts of the same name.", _SAVE_AGAIN)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Hostile("The file is locked with a password.", "Remove the password, and save it again as .xlsx.")
    for entry in entries:  # as far as the file says it itself, nothing has to be unpacked
        most = most_inflated(entry.compress_size)
        if entry.file_size > most:
            raise _too_large(most)
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise Hostile(
            "The workbook holds macros, which are never opened.", "Save it as .xlsx (without macros) or .csv."
        )
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Hostile("The file is packed in a way that spreadsheets do not use.", _SAVE_AGAIN)


def unpacked_size(path: Path) -> int:
    """What a workbook of our own says that it unpacks to, in bytes."""
    with zipfile.ZipFile(path) as book:
        return sum(entry.file_size for entry in book.infolist())


def most_inflated(packed: int) -> int:
    """How many bytes may come out of so many packed ones: what is tiny and huge at once is no sheet."""
    usual = min(MOST_INFLATED, max(_SMALL_PART, _TIGHTEST * packed))
    return max(usual, min(MOST_OF_A_LARGE_FILE, _AS_USUAL * packed))


def _too_large(most: int) -> Hostile:
    if most < MOST_INFLATED:
        return Hostile(f"The file unpacks to more than {_TIGHTEST} times its size, as no sheet of orders does.", _COPY)
    return Hostile(
        f"The file unpacks to more than {most // 1_000_000} MB.",
        "Send fewer rows or columns at a time, or save the sheet as .csv. Nothing of it was read.",
    )


def _check_part(file: IO[bytes], entry: zipfile.ZipInfo, most: int) -> int:
    is_xml = entry.filename.casefold().endswith((*_XML, ".vml"))
    size, tail = 0, b""
    for chunk in inflated(file, entry):
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        if not is_xml:
            continue
        if size == len(chunk) and (chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in chunk[:200]):
            raise Hostile("The file's parts are written in an encoding that spreadsheets do not use.", _SAVE_AGAIN)
        if size == len(chunk) and _OTHER_ENCODING.search(chunk[:200]):
            raise Hostile("The file's parts are written in an encoding that spreadsheets do not use.", _SAVE_AGAIN)
        seen = tail + chunk
        if b"<!" in seen and _DECLARATION.search(seen):
            raise Hostile("The file defines entities (DOCTYPE), as no spreadsheet program does.", _COPY)
        tail = chunk[-64:]
    return size


def _check_well_formed(file: IO[bytes], entry: zipfile.ZipInfo) -> None:
    """Half a workbook is no workbook: readers take the rows before a break for all there are."""
    parser = expat.ParserCreate()
    try:
        for chunk in inflated(file, entry):
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            raise MemoryError from None
        raise Hostile(
            f"The file is damaged: a part of it breaks off or makes no sense (line {error.lineno}, column "
            f"{error.offset} of {entry.filename}).",
            _SAVE_AGAIN,
        ) from None


def inflated(file: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of an entry, in pieces of at most 1 MB."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise Hostile("The file is damaged: a part is not where it should be.", _SAVE_AGAIN)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (raw := file.read(min(_CHUNK, left))):
            left -= len(raw)
            yield raw
        return
    machine = zlib.decompressobj(-15)
    try:
        while left > 0 and not machine.eof:
            raw = machine.unconsumed_tail or file.read(min(_CHUNK // 8, left))
            if not machine.unconsumed_tail:
                left -= len(raw)
            if not raw:
                break
            yield machine.decompress(raw, _CHUNK)
        while machine.unconsumed_tail and not machine.eof:
            yield machine.decompress(machine.unconsumed_tail, _CHUNK)
    except zlib.error:
        raise Hostile("The file is damaged: a part cannot be unpacked.", _SAVE_AGAIN) from None


def part_of_tab(path: Path, tab: str) -> str | None:
    """The name of the XML part that holds a tab of an XLSX, by the workbook's own relations."""
    with zipfile.ZipFile(path) as book:
        try:
            sheets = ET.fromstring(book.read("xl/workbook.xml"))  # noqa: S314  no DOCTYPE got as far as here
            relations = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        except (KeyError, ET.ParseError):
            return None
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    for each in sheets.iter():
        if each.tag.endswith("}sheet") and each.get("name") == tab:
            found = next((targets.get(value) for key, value in each.items() if key.endswith("}id")), None)
            return None if found is None else found.removeprefix("/") if found.startswith("/") else f"xl/{found}"
    return None


def tab_problems(path: Path, part: str) -> tuple[list[Told], list[int]]:
    """Formula and error cells of a tab, by address, and the rows that are hidden in it.

    Hostile for cells with content beyond what a sheet may have.
    """
    formulas: list[str] = []
    errors: list[str] = []
    hidden: list[int] = []
    with path.open("rb") as file:
        entry = next((e for e in zipfile.ZipFile(file).infolist() if e.filename == part), None)
        if entry is None:
            raise Hostile("The file is damaged: the tab has no cells of its own.", _SAVE_AGAIN)
        cells = 0
        for window, begin, end in _windows(inflated(file, entry)):
            _no_far_cells(window, begin, end)
            cells = _cells_of_a_row(window, begin, end, cells)
            if len(formulas) < MOST_TOLD:
                formulas += _formula_cells(window, begin, end)
            if len(errors) < MOST_TOLD:
                errors += _error_cells(window, begin, end)
            hidden += _hidden_rows(window, begin, end)
    told = [_told(cell, _FORMULA_WHAT, _FORMULA_FIX) for cell in dict.fromkeys(formulas)]
    told += [_told(cell, _ERROR_WHAT, _ERROR_FIX) for cell in dict.fromkeys(errors) if cell not in formulas]
    return told, hidden


_FORMULA_WHAT = "The cell holds a formula; what it showed when it was saved may not be what it says now."
_FORMULA_FIX = "Copy the cells and paste them as values only (Paste Special, Values), or save the sheet as .csv."
_ERROR_WHAT = "The cell holds an error, such as #N/A or #REF!."
_ERROR_FIX = "Write the value itself, or empty the cell."


def _told(cell: str, what: str, fix: str) -> Told:
    digits = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return (int(digits) if digits else 0, None, cell or None, what, fix)


def formula_told(column: int, row: int) -> Told:
    """The problem of a formula cell; `column` counts from 0, `row` from 1."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return _told(f"{letters}{row}", _FORMULA_WHAT, _FORMULA_FIX)


def _windows(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Overlapping pieces, each with the stretch in which a find counts: the rest is context, and counted elsewhere."""
    kept, begin = b"", 0
    for chunk in chunks:
        window = kept + chunk
        end = max(begin, len(window) - _OVERLAP)
        yield window, begin, end
        kept = window[max(0, end - _OVERLAP) :]
        begin = min(end, _OVERLAP)
    yield kept, begin, len(kept)


def _cells_of_a_row(window: bytes, begin: int, end: int, so_far: int) -> int:
    """How many cells the row has that goes on at the end of a stretch; Hostile for more than there can be."""
    rows = _rows(window[begin:end])
    for number, row in enumerate(rows):
        so_far = 0 if number else so_far
        if number + 1 < len(rows) and so_far + len(row) // len(b"<c/>") <= MOST_CELLS_OF_A_ROW:
            continue  # too short for so many
        so_far += len(_CELL_BEGINS.findall(row))
        if so_far > MOST_CELLS_OF_A_ROW:
            raise Hostile(
                f"A row of the sheet has more than {MOST_CELLS_OF_A_ROW:,} cells; {MOST_COLUMNS} columns are read.",
                "Copy the table alone into a new workbook, or save the sheet as .csv.",
            )
    return so_far


def _rows(stretch: bytes) -> list[bytes]:
    """Cut where rows begin; without looking at every tag where nothing else begins like a row."""
    rows = stretch.split(b"<row")
    if b":row" in stretch or any(row[:1] not in b" >/" for row in rows[1:]):
        return _ROW_BEGINS.split(stretch)
    return rows


def _no_far_cells(window: bytes, begin: int, end: int) -> None:
    for found in _FAR.finditer(window, begin):
        if found.start() >= end:
            return
        row = int(found[1].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        if row > MOST_ROWS + 1 or _column_number(found[1]) > MOST_COLUMNS:
            raise Hostile(
                f"There is something in cell {found[1].decode()}; a sheet may have {MOST_ROWS:,} rows and "
                f"{MOST_COLUMNS} columns.",
                "Delete the stray cell (Ctrl+End leads to it), or copy the table into a new workbook.",
            )


def _column_number(cell: bytes) -> int:
    number = 0
    for letter in cell:
        if not 65 <= letter <= 90:
            break
        number = number * 26 + letter - 64
    return number


def _formula_cells(window: bytes, begin: int, end: int) -> Iterator[str]:
    """The addresses of the cells that have a formula in them; "" where one cannot be told."""
    if b"<f" not in window and b":f" not in window:
        return
    for found in _FORMULA.finditer(window, begin):
        if found.start() >= end:
            return
        if _TRUE_OR_FALSE.match(window, found.start()):
            continue
        cells = _CELL.findall(window, max(0, found.start() - 600), found.start())
        yield cells[-1].decode() if cells else ""


def _hidden_rows(window: bytes, begin: int, end: int) -> Iterator[int]:
    if b"hidden=" not in window:
        return
    for found in _HIDDEN_ROW.finditer(window, begin):
        if found.start() >= end:
            return
        number = _ROW_NUMBER.search(found[0])
        if number:
            yield int(number[1])


def _error_cells(window: bytes, begin: int, end: int) -> Iterator[str]:
    if b't="e"' not in window and b"t='e'" not in window:
        return
    for found in _ERROR.finditer(window, begin):
        if found.start() >= end:
            return
        cell = _CELL.match(window, window.rfind(b"<", 0, found.start()))
        if cell:
            yield cell[1].decode()
