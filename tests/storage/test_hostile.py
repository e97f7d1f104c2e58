"""Files that mean harm are refused, quickly and within little memory, and the program lives on (F24)."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile import EMPTY, HOSTILE, harmless, with_empty

from bulk_orders.errors import SheetInvalid
from bulk_orders.storage.files import read_sheet

MOST_KB = 300_000


def _checked(path: Path, tmp_path: Path) -> tuple[int, str, int, float]:
    """`bulk-orders check` as a process: its code, words, the peak of it or its child in KB, and seconds."""
    script = (
        "import re, resource, sys\nfrom pathlib import Path\nfrom bulk_orders.cli.main import run\n"
        "code = run(sys.argv[1:])\n"
        "own = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"  # rusage's outlives an exec
        "child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "sys.stderr.write(f'\\npeak {max(int(own), child)}\\n')\nsys.exit(code)\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, "check", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "BULK_ORDERS_HOME": str(tmp_path / "state")},
    )
    words, _, peak = done.stderr.rpartition("peak ")
    return done.returncode, " ".join(words.split()), int(peak), time.monotonic() - started


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_in_little_memory(tmp_path: Path, name: str) -> None:
    make, says = HOSTILE[name]
    path = tmp_path / "orders.xlsx"
    make(path)
    code, words, peak, seconds = _checked(path, tmp_path)
    assert code == 4, words
    assert says in words
    assert "Traceback" not in words
    assert peak < MOST_KB
    assert seconds < 60, "a generous limit: what is measured alone is under 2 s"


@pytest.mark.parametrize("name", EMPTY)
def test_rows_that_are_only_formatted_are_passed_over_in_little_memory(tmp_path: Path, name: str) -> None:
    with_empty(tmp_path / "orders.xlsx", EMPTY[name])
    code, words, peak, _ = _checked(tmp_path / "orders.xlsx", tmp_path)
    assert (code, "Taken for a Matrixify sheet" in words) == (0, True), words
    assert peak < MOST_KB


def test_what_may_be_unpacked_grows_with_the_file_within_limits() -> None:
    from bulk_orders.storage.book_preflight import most_inflated

    mb = 1_000_000
    allowed = [most_inflated(packed * mb // 1000) // mb for packed in (1, 300, 1000, 3000, 10_000, 20_000, 90_000)]
    assert allowed == [30, 30, 100, 300, 300, 500, 600]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("one line.csv", b"ID,Name\n1," + b"a" * 5_000_000, "millions of characters"),
        ("zeros.csv", bytes(30_000_000), "millions of characters"),
        ("nul.csv", b"ID,Name\n1,#1\n2,#\x002\n", "row 3: There is a NUL"),
        ("columns.csv", b",".join([b"ID", *(b"c%d" % n for n in range(20_000))]) + b"\n1\n", "columns"),
        ("blank columns.csv", b"ID,Name" + b"," * 1_000_000 + b"\n1,#1\n", "1,000,002 columns"),
        ("unclosed quote.csv", b'ID,Name\n1,"#1\n' + b"x\n" * 20_000_000, "more than 3,000,000 lines"),
        ("unclosed, shorter.csv", b'ID,Name\n1,"#1\n' + b"xxxxxxx\n" * 2_500_000, "row 2: A cell of this row begins"),
        ("unclosed header.csv", b'ID,"Name\n' + b"x\n" * 2_900_000, "row 1: A cell of this row begins"),
        ("blank lines.csv", b"ID,Name\n1,#1\n" + b",\n" * 4_000_000, "more than 3,000,000 lines"),
        ("workbook.csv", b"PK\x03\x04" + bytes(5000), "an Excel workbook under the name of a text"),
        ("page.csv", b"<html><table><tr><td>ID</td></tr></table></html>", "a web page"),
        ("book.xlsm", b"PK", "macros"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "cannot be read safely"),
        ("binary.xlsb", b"PK", "binary format"),
    ],
)
def test_other_hostile_files_are_refused_in_little_memory(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    code, words, peak, _ = _checked(path, tmp_path)
    assert code == 4, words
    assert says in words
    assert words.count(says) == 1, "told once"
    assert peak < MOST_KB


def test_a_harmless_workbook_is_read_by_the_same_way(tmp_path: Path) -> None:
    harmless(tmp_path / "orders.xlsx")
    code, words, peak, _ = _checked(tmp_path / "orders.xlsx", tmp_path)
    assert (code, "Taken for a Matrixify sheet" in words) == (0, True)
    assert peak < MOST_KB


def test_a_file_larger_than_any_sheet_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with path.open("wb") as file:
        file.truncate(700_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SheetInvalid) as caught:
        read_sheet(path)
    assert "600 MB are read" in caught.value.problems[0].what
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_the_child_that_reads_workbooks_has_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    from bulk_orders.storage.books import child_environment

    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "shpat_0123456789")
    monkeypatch.setenv("SOMETHING_SECRET", "shpat_0123456789")
    assert "shpat_0123456789" not in child_environment().values()


def test_a_workbook_with_an_odd_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "commandes d’été -x é.xlsx"
    harmless(path)
    assert read_sheet(path).header == ("ID", "Name", "Action")
