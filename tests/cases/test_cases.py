"""Sheets as files: what somebody saved, and beneath it what is said of it.

Each `.txt` here is one case: a sentence, then sections. `--- as` says how the sheet's bytes are made (encoding,
newline, ending) and which flags it is read with; `--- base` is what the export had; `--- sheet` the sheet; `--- found`
what `check` finds. `x-...` in a sheet stands for the export's id. To write what is found now into the files, after
looking at it:  UPDATE_CASES=1 make test
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, read_rows
from bulk_orders.errors import SheetInvalid
from bulk_orders.flows.check_sheet import check_sheet
from bulk_orders.storage.bases import write_base
from bulk_orders.storage.files import read_sheet

FOLDER = Path(__file__).parent
EXPORT = "x-20261101-080000-abcdef-vm"
CASES = sorted(FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Case:
    """A file, taken apart."""

    title: str
    settings: dict[str, str]
    base: str | None
    sheet: str
    found: str

    @classmethod
    def read(cls, path: Path) -> Case:
        text = path.read_text(encoding="utf-8")
        title, *parts = re.split(r"^--- (\w+)\n", text, flags=re.MULTILINE)
        sections = dict(zip(parts[::2], parts[1::2], strict=True))
        settings = dict(line.split(": ", 1) for line in sections.get("as", "").splitlines() if line.strip())
        return cls(title.strip(), settings, sections.get("base"), sections["sheet"], sections.get("found", ""))

    def write(self, folder: Path) -> Path:
        """The sheet as its bytes were."""
        path = folder / f"orders{self.settings.get('ending', '.csv')}"
        newline = {"crlf": "\r\n", "cr": "\r", "lf": "\n"}[self.settings.get("newline", "lf")]
        text = self.sheet.replace("x-...", EXPORT).replace("→", "\t").replace("\n", newline)
        text = text.replace("<NBSP>", "\u00a0").replace("<BLANK>", " ")
        path.write_bytes(text.encode(self.settings.get("encoding", "utf-8")))
        return path

    def reading(self) -> Reading:
        said = self.settings.get
        return Reading(encoding=said("read_as"), locale=said("locale"), date_format=said("date_format"))


def _keep_base(case: Case, folder: Path, home: Path) -> None:
    if case.base is None:
        return
    path = folder / "base.csv"
    path.write_text(case.base.replace("x-...", EXPORT), encoding="utf-8")
    sheet, problems = read_rows(read_sheet(path))
    assert problems == []
    frame = sheet.frame.select(*sheet.headers, ORDER, FULFILLMENT, LINE).with_columns(
        pl.lit(EXPORT).alias("Export: ID")
    )
    write_base(home, EXPORT, "box.myshopify.com", "2026-11-01T08:00:00+00:00", [frame])


def _found(case: Case, tmp_path: Path) -> str:
    home = tmp_path / "state"
    _keep_base(case, tmp_path, home)
    path = case.write(tmp_path)
    try:
        checked = check_sheet(path, home, case.reading())
    except SheetInvalid as error:
        lines = [
            f"{p.cell or (p.row and f'row {p.row}') or 'file'}: {p.what}\n    Fix: {p.fix}" for p in error.problems
        ]
        return "\n".join(lines).replace(str(home), "HOME") + "\n"
    lines = [f"taken for {checked.dialect}"]
    lines += [f"note: {n.what}{f' rows {list(n.rows)}' if n.rows else ''}" for n in checked.notices]
    for edits in checked.differences.orders:
        lines += [
            f"edit: row {e.row} {edits.name or edits.order} {e.column}: {e.base!r} -> {e.sheet!r}" for e in edits.edits
        ]
    if not checked.differences.orders:
        lines.append("no edits")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    found = _found(case, tmp_path)
    if os.environ.get("UPDATE_CASES") == "1":
        head = path.read_text(encoding="utf-8").split("--- found\n")[0]
        path.write_text(f"{head}--- found\n{found}", encoding="utf-8")
    else:
        assert found == case.found, case.title


def test_there_is_a_case_for_every_line_of_the_damage_table() -> None:
    assert len(CASES) >= 30
    assert all(Case.read(path).title.endswith(".") for path in CASES)
