"""The child process that opens workbooks: looks first, parses within a memory limit, writes plain cells as CSV.

    python -I -c BOOT ROOT BOOK TARGET TAB

A file that makes a parser ask for terabytes, or crash, ends this process and not the program. It is started without
the environment (so without tokens), talks to nobody, and writes TARGET and one line of JSON on stdout.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from bulk_orders.storage.book_preflight import (
    MOST_COLUMNS,
    MOST_ROWS,
    Hostile,
    Told,
    inspect,
    part_of_tab,
    tab_problems,
)
from bulk_orders.storage.ods_preflight import ods_problems

_LOOKING = 192 << 20
_PARSING = 256 << 20
_PER_BYTE = 24
"""Parsed cells take some dozen times what their XML takes."""
_MOST = 6 << 30
_SECONDS = 300
_SAVE_AGAIN = "Open it in the spreadsheet program and save it again as .xlsx or .csv."


def main() -> None:
    """Read BOOK and say what came of it."""
    path, target, tab = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] or None
    try:
        _limit(_LOOKING)
        said = _read(path, target, tab)
    except Hostile as error:
        said = {"problems": [error.told]}
    except MemoryError:
        said = {"problems": [_unreadable("The file needs far more memory than a sheet of orders does.")]}
    except PasswordError:
        said = {"problems": [_unreadable("The file is locked with a password.")]}
    except (CalamineError, OSError, ValueError):
        said = {"problems": [_unreadable("The file is damaged: it cannot be read as a workbook.")]}
    sys.stdout.write(json.dumps(said))


def _unreadable(what: str) -> Told:
    return (0, None, None, what, _SAVE_AGAIN)


def _limit(size: int) -> None:
    """Allow this process so much memory; where the system knows no such limit (macOS), the look ahead has to do."""
    import resource

    try:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return


def _read(path: Path, target: Path, tab: str | None) -> dict[str, Any]:
    sizes = inspect(path)
    open_document = path.suffix.casefold() == ".ods"
    _limit(min(_MOST, _PARSING + _PER_BYTE * sizes.get("xl/sharedStrings.xml", 0)))
    with CalamineWorkbook.from_path(path) as book:
        names = book.sheet_names
        chosen = _chosen(names, tab)
        if open_document:
            part = "content.xml"
            told, hidden = ods_problems(path, chosen)
        else:
            found = part_of_tab(path, chosen)
            if found is None:
                raise Hostile("The file is damaged: the tab has no cells of its own.", _SAVE_AGAIN)
            part = found
            told, hidden = tab_problems(path, part)
        if told:
            return {"problems": told}
        _limit(min(_MOST, _PARSING + _PER_BYTE * (sizes.get(part, 0) + sizes.get("xl/sharedStrings.xml", 0))))
        sheet = book.get_sheet_by_name(chosen)
        merged = _merged(sheet)
        _write(sheet, target)
        unseen = [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]
    return {
        "tab": chosen,
        "unread": [name for name in names if name != chosen],
        "hidden": hidden,
        "unseen": chosen in unseen,
        "merged": merged,
    }


def _merged(sheet: CalamineSheet) -> tuple[list[tuple[int, int, int, int]], int]:
    """Cells merged over several rows (their first and last row and column, from 0): the first six, and how many."""
    ranges = sheet.merged_cell_ranges or ()
    found = [(top, bottom, left, right) for (top, left), (bottom, right) in ranges if bottom > top]
    return found[:6], len(found)


def _chosen(names: list[str], asked: str | None) -> str:
    """The tab that was asked for, else `Orders`, else the only one that can be meant."""
    if asked is not None:
        found = [name for name in names if name.strip().casefold() == asked.strip().casefold()]
        if found:
            return found[0]
        raise Hostile(f"There is no tab {asked!r}; the tabs are {_listed(names)}.", "Name one of them with --tab.")
    exact = [name for name in names if name.strip().casefold() in {"orders", "order"}]
    near = [name for name in names if name.strip().casefold().startswith("order")]
    for candidates in (exact, near, names):
        if len(candidates) == 1:
            return candidates[0]
    if not names:
        raise Hostile("The file has no tab.", _SAVE_AGAIN)
    raise Hostile(
        f"The file has {len(names)} tabs, and none is called Orders: {_listed(names)}.",
        f'Say which one to read, such as --tab "{(near or names)[0]}".',
    )


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names[:12])


def _write(sheet: CalamineSheet, target: Path) -> None:
    """The cells as text; rows and columns before the first filled one are there too, so that addresses are right."""
    first_row, first_column = sheet.start or (0, 0)
    rows, columns = first_row + sheet.height, first_column + sheet.width
    if columns > MOST_COLUMNS or rows > MOST_ROWS + 1:
        raise Hostile(
            f"The sheet has {rows:,} rows and {columns:,} columns; {MOST_ROWS:,} and {MOST_COLUMNS} are read.",
            "Delete what is not of orders (Ctrl+End leads to the last cell), or send fewer rows at a time.",
        )
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in sheet.iter_rows() if sheet.height else ():  # from the first row on, but from the first filled column
            writer.writerow([""] * first_column + [cell if type(cell) is str else text(cell) for cell in row])


def text(cell: Any) -> str:
    """A typed cell as the text it stands for."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
