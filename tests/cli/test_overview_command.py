"""`bulk-orders overview` as its user calls it."""

from __future__ import annotations

import csv
import re
import stat
from collections import Counter
from pathlib import Path

import pytest

from .conftest import Shell


def _heads(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["Top Row"] == "TRUE"]


def test_an_overview_of_the_shop(sh: Shell) -> None:
    done = sh("overview", "-o", "look")
    assert done.code == 0
    heads = _heads(sh.folder / "look" / "orders.csv")
    assert done.out.startswith("Overview of devstore.myshopify.com   as of ")
    assert f"  {len(heads)} orders: " in done.out
    paid = sum(row["Payment: Status"] == "paid" for row in heads)
    assert re.search(rf" {paid} +[\d.]+ %  paid$", done.out, re.MULTILINE)
    assert max(len(line) for line in done.out.splitlines() if "look/" not in line) <= 88
    assert "To act on a finding:  bulk-orders plan look/" in done.out
    files = sorted((sh.folder / "look").iterdir())
    assert {path.name for path in files} >= {"orders.csv", "overview.html"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert sh.mutations() == 0


def test_its_json_is_one_document_with_the_same_figures(sh: Shell) -> None:
    document = sh("overview", "-o", "look", "--json").json
    heads = _heads(sh.folder / "look" / "orders.csv")
    assert document["orders"] == len(heads)
    assert document["counts"]["payment"] == Counter(row["Payment: Status"].upper() or "NONE" for row in heads)
    assert sum(row["orders"] for row in document["combinations"]) == len(heads)
    for finding in document["findings"]:
        assert (finding["sheet"] is not None) == (finding["orders"] > 0)
        if finding["sheet"]:
            with (sh.folder / finding["sheet"]).open(encoding="utf-8-sig", newline="") as file:
                assert len(list(csv.DictReader(file))) == finding["orders"]


def test_without_a_name_the_folder_has_the_time(sh: Shell) -> None:
    assert sh("overview", "--status", "cancelled").code == 0
    (folder,) = sh.folder.glob("overview-2*")
    assert (folder / "overview.html").exists()


def test_from_a_sheet_nothing_is_asked_of_the_shop(sh: Shell) -> None:
    sh("export", "-o", "orders.csv")
    before = len(sh.store.requests)
    done = sh("overview", "orders.csv", "-o", "look")
    assert done.code == 0
    assert "? cannot be told from this sheet: scheduled and overdue." in done.out
    assert len(sh.store.requests) == before
    compared = sh("overview", "orders.csv", "--compare", "orders.csv", "-o", "again")
    assert "0 new orders, 0 gone, 0 moved" in compared.out


def test_the_first_overview_has_nothing_to_compare_with_and_says_so(sh: Shell) -> None:
    first = sh("overview", "-o", "one", "--compare", "last")
    assert first.code == 0
    assert "no earlier export of this shop" in first.out
    assert "Changed since" in sh("overview", "-o", "two", "--compare", "last").out


def test_ages_come_from_the_file_and_from_flags(sh: Shell) -> None:
    sh("export", "-o", "orders.csv")
    sh.write("bulk_orders.toml", '[overview]\npaid_unfulfilled = "9999d"\non_hold = "9999d"\n')
    findings = sh("overview", "orders.csv", "-o", "a", "--json", "--age", "on_hold=1h").json["findings"]
    assert {f["finding"]: f["hours"] for f in findings} == {
        f["finding"]: {"paid_unfulfilled": 9999 * 24, "on_hold": 1}.get(f["finding"], f["hours"]) for f in findings
    }
    assert {f["finding"]: f["orders"] for f in findings}["paid_unfulfilled"] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--age", "on_holt=3d"], "Did you mean on_hold?"),
        (["--age", "on_hold=soon"], "Write hours or days"),
        (["--created-from", "yesterday"], "write it as 2026-01-31"),
        (["--created-from", "2026-02-01", "--created-to", "2026-01-01"], "no order fits both"),
        (["nothing.csv"], "There is no file"),
        (["--query", "colour:red"], "did not understand the filter"),
        (["-o", "filled"], "is there already and is no empty folder"),
    ],
)
def test_wrong_usage_is_told_and_leaves_nothing(sh: Shell, arguments: list[str], says: str) -> None:
    (sh.folder / "filled").mkdir()
    (sh.folder / "filled" / "mine.csv").touch()
    done = sh("overview", *(["-o", "look"] if "-o" not in arguments else []), *arguments)
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert not (sh.folder / "look").exists()


def test_a_sheet_and_a_filter_are_one_too_many(sh: Shell) -> None:
    sh("export", "-o", "orders.csv")
    assert "Leave one of the two out" in sh("overview", "orders.csv", "--status", "open").err


def test_a_misspelt_finding_in_the_settings(sh: Shell) -> None:
    sh.write("bulk_orders.toml", '[overview]\nno_movment = "3d"\n')
    done = sh("overview", "-o", "look")
    assert done.code == 2
    assert "Did you mean no_movement?" in done.err
