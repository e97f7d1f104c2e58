"""Workbooks that mean harm, made on the spot from a harmless one."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
_STRAY = '<row r="1048576"><c {} t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
_ONE_CELL = '<c r="A3"><v>1</v></c>'
_MANY_ROWS = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(3, 510_003))
_LAUGHS = (
    b'<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]>"
)


def harmless(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        sheet.write_row(0, 0, ["ID", "Name", "Action"])
        sheet.write_row(1, 0, ["6123456789012", "#1001", "archive"])


def _changed(path: Path, change: Callable[[bytes], bytes], part: str = SHEET) -> None:
    plain = path.with_name("plain.zip")
    harmless(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry.filename)
            new.writestr(entry.filename, change(data) if entry.filename == part else data)
    plain.unlink()


def _at_the_end(cells: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"</sheetData>", cells.encode())


def bomb(path: Path) -> None:
    """More than 300 MB of shared strings in 1 MB."""
    _changed(path, lambda data: data)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/big.xml", "w") as part:
        for _ in range(310):
            part.write(b"<si><t>aaaaaaaa</t></si>" * 42_000)


def lying_bomb(path: Path) -> None:
    """The same, and the zip says that it is small."""
    bomb(path)
    with zipfile.ZipFile(path) as book:
        size = book.getinfo("xl/big.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 1000)))


def many_bombs(path: Path) -> None:
    """Parts that are each small enough, of which there are ten."""
    _changed(path, lambda data: data)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        for number in range(10):
            book.writestr(f"xl/part{number}.xml", b"<a>" + b"<b/>" * 6_900_000 + b"</a>")


def many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        for number in range(2001):
            book.writestr(f"part{number}.xml", "<a/>")


def macros(path: Path) -> None:
    _changed(path, lambda data: data)
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"Sub Auto_Open()")


def encrypted(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))


def locked_zip(path: Path) -> None:
    _changed(path, lambda data: data)
    data = bytearray(path.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(sign)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(sign, at + 4)
    path.write_bytes(data)


def two_of_a_name(path: Path) -> None:
    import warnings

    _changed(path, lambda data: data)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as book:
        warnings.simplefilter("ignore")
        book.writestr(SHEET, b"<worksheet/>")


def in_utf16(path: Path) -> None:
    def turned(data: bytes) -> bytes:
        return ('<?xml version="1.0" encoding="UTF-16"?>' + data.decode().split("?>", 1)[1]).encode("utf-16")

    _changed(path, turned)


def cut_off(path: Path) -> None:
    harmless(path)
    path.write_bytes(path.read_bytes()[:3000])


def _of(data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


EMPTY: dict[str, str] = {
    "a million empty rows": "".join(f'<row r="{row}"/>' for row in range(3, 1_000_003)),
    "a million coloured cells": "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(3, 1_000_003)),
}
"""What people make by formatting whole columns: nothing is in it, so nothing is wrong with it."""


def with_empty(path: Path, rows: str) -> None:
    _changed(path, _at_the_end(f"{rows}</sheetData>"))


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "zip bomb": (bomb, "more than 100 times its size"),
    "zip bomb that lies": (lying_bomb, "more than 100 times its size"),
    "many small bombs": (many_bombs, "more than 100 times its size"),
    "50 million texts that no cell shows": (
        lambda path: _changed(path, lambda d: d.replace(b"</sst>", b"<si/>" * 50_000_000 + b"</sst>"), TEXTS),
        "more than 100 times its size",
    ),
    "five million rows of nothing": (
        lambda path: _changed(path, _at_the_end("<row><c/></row>" * 5_000_000 + "</sheetData>")),
        "more than 100 times its size",
    ),
    "2,001 parts": (many_parts, "2,001 parts"),
    "two parts of a name": (two_of_a_name, "two parts of the same name"),
    "billion laughs": (
        lambda path: _changed(path, lambda data: data.replace(b"<worksheet", _LAUGHS + b"<worksheet", 1)),
        "defines entities",
    ),
    "UTF-16 parts": (in_utf16, "encoding"),
    "XFD1048576": (lambda path: _changed(path, _at_the_end(_STRAY.format('r="XFD1048576"'))), "XFD1048576"),
    "XFD1048576, spelled oddly": (
        lambda path: _changed(path, _at_the_end(_STRAY.format('r = "XFD1048576"'))),
        "more memory or time",
    ),
    "far apart within the limits": (
        lambda path: _changed(path, _at_the_end(_STRAY.format('r="SR499999"').replace("1048576", "499999"))),
        "more memory or time",
    ),
    "a million columns": (
        lambda path: _changed(
            path,
            lambda data: data.replace(b"</row></sheetData>", b"<c><v>1</v></c>" * 1_000_000 + b"</row></sheetData>"),
        ),
        "more than 16,384 cells",
    ),
    "one cell a hundred thousand times": (
        lambda path: _changed(path, _at_the_end(f"<row r='3'>{_ONE_CELL * 100_000}</row></sheetData>")),
        "more than 16,384 cells",
    ),
    "510,000 rows": (
        lambda path: _changed(path, _at_the_end(_MANY_ROWS + "</sheetData>")),
        "A500002",
    ),
    "broken off after whole rows": (
        lambda path: _changed(path, lambda data: data.replace(b"</sheetData>", b"</sheetData><bad")),
        "breaks off",
    ),
    "rows that are never closed": (lambda path: _changed(path, _at_the_end("<row>" * 1000 + "</sheetData>")), "breaks"),
    "half of the texts": (lambda path: _changed(path, lambda data: data[:-40], "xl/sharedStrings.xml"), "breaks off"),
    "600 columns": (
        lambda path: _changed(path, _at_the_end('<row r="3"><c r="WB3"><v>1</v></c></row></sheetData>')),
        "WB3",
    ),
    "macros": (macros, "macros"),
    "a password": (encrypted, "password"),
    "a locked zip": (locked_zip, "password"),
    "no zip": (_of(b"ID,Name\n1,#1\n"), "no workbook"),
    "cut off": (cut_off, "damaged"),
    "empty": (_of(b""), "no workbook"),
}
"""What makes each file, and what is said of it."""
