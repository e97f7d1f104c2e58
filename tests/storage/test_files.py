"""Sheets on disk: what is written comes back, and what cannot be read is said with its row."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import ROW
from bulk_orders.errors import Misused, SheetInvalid
from bulk_orders.storage import atomic
from bulk_orders.storage.files import check_target, read_sheet, write_sheet

NASTY = [
    "plain",
    'comma, and "quotes"',
    "two\nlines",
    "=1+1",
    "'=already quoted",
    "-5",
    "@mention",
    "\ttab first",
    "＝full width",
    "emoji 🎁 and é",
    "<script>alert(1)</script>",
    "[/] {{7*7}}",
    "00340434",
    "12345678901234567890",
    "1E5",
    "+33612345678",
    "3-4",
    "TRUE",
    "  blanks around  ",
    "\u202ereversed",
    "a\u00a0b",
    "'",
    "x" * 5000,
]


def _frame() -> pl.DataFrame:
    count = len(NASTY)
    return pl.DataFrame(
        {
            "ID": [f"gid://shopify/Order/{6123456789012 + at}" for at in range(count)],
            "Name": [f"#{1001 + at}" for at in range(count)],
            "Note": NASTY,
            "Tags": ["=tag, b"] * count,
            "Price: Total": ["84.0"] * count,
            "Top Row": ["TRUE"] * count,
            "Email": [None] * count,
        },
        schema_overrides={"Email": pl.String},
    )


@pytest.mark.parametrize("ending", [".xlsx", ".parquet"])
def test_texts_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"orders{ending}"
    write_sheet(path, _frame())
    raw = read_sheet(path)
    assert raw.header == tuple(_frame().columns)
    assert raw.frame["2"].to_list() == NASTY
    assert raw.frame["0"].to_list() == _frame()["ID"].to_list()
    assert raw.frame[ROW].to_list() == list(range(2, len(NASTY) + 2))


def test_csv_is_guarded_on_disk_and_comes_back_through_the_guard(tmp_path: Path) -> None:
    from bulk_orders.core.sheet import read_rows

    path = tmp_path / "orders.csv"
    write_sheet(path, _frame())
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfID,Name,")
    assert b"\r\n" in data
    assert b",'=1+1," in data
    sheet, problems = read_rows(read_sheet(path))
    assert problems == []
    assert sheet.frame["Note"].to_list() == NASTY
    assert sheet.frame["Tags"].to_list() == _frame()["Tags"].to_list()


def test_numbers_and_booleans_are_typed_in_xlsx_and_mean_the_same(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    write_sheet(path, _frame())
    raw = read_sheet(path)
    assert raw.frame["4"].to_list()[0] == "84"
    assert raw.frame["5"].to_list()[0] == "TRUE"


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_files_are_private(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"orders{ending}"
    write_sheet(path, _frame())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name], "no temporary file is left"


def _csv(tmp_path: Path, data: bytes, name: str = "orders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        "ID,Note\n1,café\n".encode(),
        b"\xef\xbb\xbf" + "ID,Note\r\n1,café\r\n".encode(),
        "ID;Note\n1;café\n".encode(),
        "sep=;\nID;Note\n1;café\n".encode(),
        "ID\tNote\n1\tcafé\n".encode("utf-16"),
        "ID\tNote\n1\tcafé\n".encode("utf-16-le"),
        "ID|Note\r1|café\r".encode(),
        "ID,Note,,\n1,café,,\n,,,\n".encode(),
    ],
    ids=["utf8", "bom", "semicolon", "sep line", "utf16", "utf16 bare", "mac", "trailing"],
)
def test_csv_is_decoded_by_rule(tmp_path: Path, data: bytes) -> None:
    raw = read_sheet(_csv(tmp_path, data))
    assert raw.header == ("ID", "Note")
    assert raw.frame.select("0", "1").rows() == [("1", "café")]


def test_western_european_is_read_with_a_notice_that_shows_words(tmp_path: Path) -> None:
    raw = read_sheet(_csv(tmp_path, "ID,Note\n1,café crème\n".encode("cp1252")))
    assert raw.frame["1"].to_list() == ["café crème"]
    assert ["'café', 'crème'" in notice.what for notice in raw.notices] == [True]


def test_rows_are_numbered_as_the_spreadsheet_does(tmp_path: Path) -> None:
    raw = read_sheet(_csv(tmp_path, b'ID,Note\n1,"two\nlines"\n\n3,c\n\n'))
    assert raw.frame[ROW].to_list() == [2, 4]
    assert [notice.rows for notice in raw.notices] == [(3,)]


@pytest.mark.parametrize(
    ("data", "row", "says"),
    [
        (b"ID,Note\n1,a\n2,b,c\n", 3, "cells have shifted"),
        (b'ID,Note\n1,"never closed\n2,b\n', 2, "never closed"),
        (b"", 1, "empty"),
        (b"ID,Note\n", 1, "empty"),
        (b"\xef\xbb\xbf", 1, "empty"),
        (b"ID,Note\n,\n,\n", 1, "empty"),
    ],
)
def test_what_is_no_table_is_refused_with_its_row(tmp_path: Path, data: bytes, row: int, says: str) -> None:
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(_csv(tmp_path, data))
    assert [problem.row for problem in caught.value.problems] == [row]
    assert says in caught.value.problems[0].what


@pytest.mark.parametrize("name", ["orders.xls", "orders.xlsm", "orders.xlsb"])
def test_old_workbooks_are_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(_csv(tmp_path, b"x", name))
    (problem,) = caught.value.problems
    assert problem.fix == "Open it, and save it as .xlsx or .csv."


@pytest.mark.parametrize("name", ["orders.doc", "orders"])
def test_other_files_are_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misused) as caught:
        read_sheet(_csv(tmp_path, b"x", name))
    assert caught.value.fix == "Save it as .xlsx or .csv."


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.parquet"])
def test_a_broken_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SheetInvalid):
        read_sheet(_csv(tmp_path, b"PK\x03\x04 broken", name))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="no file"):
        read_sheet(tmp_path / "nowhere.csv")


def test_a_target_is_judged_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="ends in none of"):
        check_target(tmp_path / "orders.txt")
    with pytest.raises(Misused, match="no folder"):
        check_target(tmp_path / "nowhere" / "orders.csv")


def test_a_new_folder_is_as_durable_as_what_is_put_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut takes a folder whose name was never synced, and the journal in it."""
    synced: list[Path] = []
    monkeypatch.setattr(atomic, "sync", synced.append)
    atomic.make_folder(tmp_path / "state" / "journals")
    assert synced == [tmp_path, tmp_path / "state"]


def test_a_symlink_is_not_followed(tmp_path: Path) -> None:
    from bulk_orders.errors import StorageError

    target = tmp_path / "elsewhere.csv"
    target.write_text("keep", encoding="utf-8")
    link = tmp_path / "orders.csv"
    link.symlink_to(target)
    with pytest.raises(StorageError, match="symbolic link"):
        write_sheet(link, _frame())
    assert target.read_text(encoding="utf-8") == "keep"


def _book(path: Path, *rows: list[object], tabs: tuple[str, ...] = ("Orders",)) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for tab in tabs:
            sheet = book.add_worksheet(tab)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell.startswith("="):
                        sheet.write_formula(at, column, cell, None, "archive")
                    elif cell is not None:
                        sheet.write(at, column, cell)
    return path


def test_formula_cells_are_refused_by_their_address(tmp_path: Path) -> None:
    rows: list[list[object]] = [[f"{number}", f"#{number}", "archive"] for number in range(1, 3000)]
    rows[0][2] = '=IF(TRUE,"archive","")'
    rows[1500][1] = "=A1502"
    path = _book(tmp_path / "orders.xlsx", ["ID", "Name", "Action"], *rows)
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(path)
    assert [problem.cell for problem in caught.value.problems] == ["C2", "B1502"]
    assert "paste them as values" in caught.value.problems[0].fix


def test_true_and_false_as_libreoffice_writes_them_are_values(tmp_path: Path) -> None:
    path = _book(tmp_path / "orders.xlsx", ["ID", "Cancel: Restock"], ["1", "=TRUE()"], ["2", "=FALSE()"])
    assert read_sheet(path).frame.height == 2


def test_a_table_that_begins_further_in_keeps_its_addresses(tmp_path: Path) -> None:
    path = _book(tmp_path / "orders.xlsx", [], [], [None, "ID", "Action"], [None, "1", "explode"])
    raw = read_sheet(path)
    assert (raw.header, raw.header_row) == (("ID", "Action"), 3)
    assert raw.address(1, int(raw.frame[ROW][0])) == "C4"


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        for row, cells in enumerate([["ID", "Action"], *([str(at), "archive"] for at in range(1, 2000))]):
            sheet.write_row(row, 0, cells)
        for row in (1, 3, 1500, 5000):  # the last one is empty
            sheet.set_row(row, None, None, {"hidden": True})
    raw = read_sheet(path)
    assert raw.frame.height == 1999
    assert [(n.rows, "3 rows are hidden" in n.what) for n in raw.notices] == [((2, 4, 1501), True)]


def test_cells_merged_over_rows_are_told(tmp_path: Path) -> None:
    """Whoever looks at the sheet sees one note beside three orders; the file has it for the first alone."""
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Orders")
        for row, cells in enumerate([["ID", "Action", "Note"], *([str(at), "archive"] for at in range(1, 6))]):
            sheet.write_row(row, 0, cells)
        sheet.merge_range("C2:C4", "Call first")
        sheet.merge_range("F2:G2", "")
    (notice,) = read_sheet(path).notices
    assert "merged over several rows (C2:C4): what they show was read for the first of these alone" in notice.what


def test_a_hidden_tab_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write(0, 0, "Hello")
        tab = book.add_worksheet("Orders")
        tab.write_row(0, 0, ["ID", "Action"])
        tab.write_row(1, 0, ["1", "archive"])
        tab.hide()
    told = [notice.what for notice in read_sheet(path).notices]
    assert [any(says in each for each in told) for says in ("is hidden in the file", "not read: 'Notes'")] == [True] * 2


def test_rows_that_a_filter_hides_in_an_opendocument_are_told_too(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = [("", "ID", "Action"), ("", "1", "archive"), ('table:visibility="filter"', "2", "archive")]
    body = "".join(
        f"<table:table-row {how}>{''.join(map(cell.format, cells))}</table:table-row>" for how, *cells in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Orders">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "orders.ods"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    raw = read_sheet(path)
    assert (raw.frame.height, [notice.rows for notice in raw.notices]) == (2, [(3,)])


@pytest.mark.parametrize(
    ("tabs", "asked", "read"),
    [
        (("Readme", "orders "), None, "orders "),
        (("Orders EU", "Notes"), None, "Orders EU"),
        (("Orders US", "Orders EU"), None, None),
        (("Orders US", "Orders EU"), "orders eu", "Orders EU"),
        (("Orders", "More"), "Missing", None),
        (("Whatever",), None, "Whatever"),
    ],
)
def test_the_tab_is_the_one_that_can_be_meant(
    tmp_path: Path, tabs: tuple[str, ...], asked: str | None, read: str | None
) -> None:
    path = _book(tmp_path / "orders.xlsx", ["ID", "Action"], ["1", "archive"], tabs=tabs)
    if read is None:
        with pytest.raises(SheetInvalid) as caught:
            read_sheet(path, Reading(tab=asked))
        assert "--tab" in caught.value.problems[0].fix
        return
    raw = read_sheet(path, Reading(tab=asked))
    assert len(raw.notices) == (len(tabs) > 1)
    assert all(repr(read) in notice.what for notice in raw.notices)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xef\xbb\xbfID,Note\n1,ok\n2,caf\xe9\n", "row 3: not UTF-8"),
        (b"ID,Note\n1,\x81\n\xff", "row 2: not UTF-8 nor Western European"),
        ("ID,Note\n1,é\n".encode("utf-16")[:-1], "row 1: not UTF-16"),
        (b"ID,Note\n" + b"1,ok\n" * 300_000 + b"2,\xe9\x81\n", "row 300002: not UTF-8 nor Western European"),
    ],
)
def test_a_byte_that_does_not_fit_is_never_patched_up(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(_csv(tmp_path, data))
    (problem,) = caught.value.problems
    row, _, what = says.partition(": ")
    assert f"row {problem.row}" == row or "UTF-16" in what
    assert what.removeprefix("not ") in problem.what
    assert "--encoding" in problem.fix


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "rot13", "base64", "hex", "zlib", "unicode_escape", "raw_unicode_escape", "utf-7"]
)
def test_what_is_no_encoding_of_texts_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misused) as caught:
        read_sheet(_csv(tmp_path, b"ID,Note\n1,ok\n"), Reading(encoding=name))
    assert "cp1252" in str(caught.value.fix)


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF8", "cp1252", "latin1", "macroman", "utf-16", "utf-16-le", "cp850", "gbk"]
)
def test_encodings_of_texts_are_read(tmp_path: Path, name: str) -> None:
    raw = read_sheet(_csv(tmp_path, "ID,Note\n1,ok\n".encode(name)), Reading(encoding=name))
    assert raw.frame["1"].to_list() == ["ok"]
