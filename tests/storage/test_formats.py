"""What is written for spreadsheets: locked and typed XLSX, CSV for a locale."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from bulk_orders.core.columns import COLUMNS, Kind, column
from bulk_orders.core.reference import editable
from bulk_orders.storage.files import read_sheet, write_sheet

_CELLS = {
    "ID": "gid://shopify/Order/6123456789012",
    "Name": "#1001",
    "Command": None,
    "Note": "=1+1",
    "Cancel: Reason": None,
    "Cancel: Send Receipt": "TRUE",
    "Price: Total": "1234.50",
    "Line: Quantity": "3",
    "Shipping: Zip": "00123",
    "Shipping: Phone": "+33612345678",
    "Tax: Included": "FALSE",
    "Fulfillment: Status": "success",
    "Fulfillment: Tracking Number": "12345678901234567890",
    "Action": None,
}


def _sheet() -> pl.DataFrame:
    return pl.DataFrame(
        {header: [text, text] for header, text in _CELLS.items()}, schema=dict.fromkeys(_CELLS, pl.String)
    )


def _xml(path: Path, part: str) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read(part).decode()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write_sheet(tmp_path / "orders.xlsx", _sheet())
    return tmp_path / "orders.xlsx"


def _cell_styles(book: Path) -> dict[str, tuple[bool, str]]:
    """For each header whether its first cell is locked, and its number format."""
    styles = _xml(book, "xl/styles.xml")
    formats = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    found = re.search(r"<cellXfs.*?</cellXfs>", styles, re.DOTALL)
    assert found
    kinds = []
    for style in re.findall(r"<xf .*?(?:/>|</xf>)", found[0]):
        number = re.search(r'numFmtId="(\d+)"', style)
        assert number
        code = {"0": "General", "1": "0", "2": "0.00", "49": "@"}.get(number[1]) or formats[number[1]]
        kinds.append(('locked="0"' not in style, code))
    cells = dict(re.findall(r'<c r="([A-Z]+)2" s="(\d+)"', _xml(book, "xl/worksheets/sheet1.xml")))
    letters = [chr(ord("A") + at) for at in range(len(_CELLS))]
    return {header: kinds[int(cells[at])] for header, at in zip(_CELLS, letters, strict=True) if at in cells}


def test_only_what_may_be_edited_can_be_written_in(book: Path) -> None:
    assert "<sheetProtection" in _xml(book, "xl/worksheets/sheet1.xml")
    for header, (locked, _) in _cell_styles(book).items():
        assert locked is not editable(column(header)), header


def test_what_a_spreadsheet_would_take_for_a_number_is_text(book: Path) -> None:
    styles = _cell_styles(book)
    texts = ("ID", "Name", "Note", "Shipping: Zip", "Shipping: Phone", "Fulfillment: Tracking Number")
    assert {styles[header][1] for header in texts} == {"@"}
    assert (styles["Price: Total"][1], styles["Line: Quantity"][1]) == ("0.00", "0")
    sheet = _xml(book, "xl/worksheets/sheet1.xml")
    assert "<f" not in re.sub(r"<formula1>.*?</formula1>", "", sheet)
    assert "<v>1234.5</v>" in sheet
    assert 't="b"' in sheet


def test_enums_have_drop_downs(book: Path) -> None:
    sheet = _xml(book, "xl/worksheets/sheet1.xml")
    lists = re.findall(r'sqref="([A-Z]+)2:[A-Z]+3"[^>]*><formula1>"(.*?)"</formula1>', sheet)
    letters = dict(zip((chr(ord("A") + at) for at in range(len(_CELLS))), _CELLS, strict=True))
    offered = {letters[letter]: choices for letter, choices in lists}
    assert offered["Command"] == "UPDATE,DELETE,IGNORE"
    assert offered["Cancel: Reason"] == "customer,declined,fraud,inventory,other,staff"
    assert offered["Cancel: Send Receipt"] == "TRUE,FALSE"
    assert offered["Fulfillment: Status"] == "cancelled"
    assert offered["Action"].startswith("unfulfill,cancel")
    assert set(offered) == {"Command", "Cancel: Reason", "Cancel: Send Receipt", "Fulfillment: Status", "Action"}


def test_the_header_stays_in_sight_and_filters(book: Path) -> None:
    sheet = _xml(book, "xl/worksheets/sheet1.xml")
    assert "<pane " in sheet
    assert "<autoFilter" in sheet


def test_every_enum_that_fits_has_a_drop_down() -> None:
    from bulk_orders.storage.xlsx_files import _choices

    for col in COLUMNS:
        if editable(col) and col.kind is Kind.ENUM and len(",".join(col.choices)) <= 255:
            assert _choices(col), col.header


@pytest.mark.parametrize(
    ("locale", "line"),
    [("en", "#1001,,'=1+1,"), ("fr", "#1001;;'=1+1;"), ("nl", "#1001;;'=1+1;"), ("de", "#1001;;'=1+1;")],
)
def test_a_csv_is_written_for_a_locale(tmp_path: Path, locale: str, line: str) -> None:
    write_sheet(tmp_path / "orders.csv", _sheet(), locale)
    data = (tmp_path / "orders.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfID")
    assert data.count(b"\r\n") == 3
    text = data.decode("utf-8-sig")
    assert line in text
    assert ("1234.50" if locale == "en" else "1234,50") in text
    raw = read_sheet(tmp_path / "orders.csv")
    assert raw.header == tuple(_CELLS)
    assert raw.frame.height == 2


def test_nul_is_left_out_of_every_sheet(tmp_path: Path) -> None:
    for name in ("orders.csv", "orders.xlsx"):
        write_sheet(tmp_path / name, pl.DataFrame({"ID": ["1"], "Note": ["a\0b"]}))
        assert read_sheet(tmp_path / name).frame["1"].to_list() == ["ab"]


@pytest.mark.parametrize("text", ["_x0041_", "a\x1bb", "\x07", "x" * 5000, "\u202e", "_x000D_", "a\rb", "\ud7ff\ue000"])
def test_odd_texts_come_back_from_xlsx(tmp_path: Path, text: str) -> None:
    write_sheet(tmp_path / "orders.xlsx", pl.DataFrame({"ID": ["1"], "Note": [text]}))
    assert read_sheet(tmp_path / "orders.xlsx").frame["1"].to_list() == [text]


def test_the_booleans_of_an_opendocument_are_as_the_sheet_shows_them(tmp_path: Path) -> None:
    """`1` is what its reader hands back for the TRUE() of LibreOffice; other numbers stay numbers."""
    cells = (
        '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:={}()" office:value-type="float" office:value="{}"/>',
        '<table:table-cell office:value-type="float" office:value="{}"/>',
    )
    header = "".join(cells[0].format(name) for name in ("ID", "Cancel: Refund", "Cancel: Restock", "Weight Total"))
    row = cells[0].format("1") + cells[1].format("TRUE", 1) + cells[1].format("FALSE", 0) + cells[2].format("1")
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name='Orders'>"
        f"<table:table-row>{header}</table:table-row><table:table-row>{row}</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "orders.ods"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    assert read_sheet(path).frame.row(0) == (2, "1", "TRUE", "FALSE", "1")
