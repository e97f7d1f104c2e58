"""`runs` and `purge` as people and scripts call them."""

from __future__ import annotations

import os

import pytest
from world import shipped

from .conftest import Shell


def _applied(own: Shell) -> None:
    (order,) = own.world.some(shipped, 1)
    own.world.recipe({"ID": order.id, "Action": "archive"}, name="one.csv")
    assert own("plan", "one.csv").code == 0
    assert own("apply", "one.plan", "--yes").code == 0


def _age(own: Shell) -> None:
    for path in (own.folder / "state").rglob("*"):
        os.utime(path, (0, 0))


def test_runs_tells_what_was_applied(own: Shell) -> None:
    assert own("runs").out == "Nothing has been applied yet.\n"
    _applied(own)
    told = own("runs")
    assert "devstore.myshopify.com  finished" in told.out
    assert "  1 applied\n" in told.out
    assert str(own.folder / "one.plan") in told.out
    (run,) = own("runs", "--json").json["runs"]
    assert (run["state"], run["exit_code"], run["outcomes"]["applied"]) == ("finished", 0, 1)
    assert own("runs", "--shop", "other", "--json").json == {"runs": []}


def test_purge_shows_first_and_removes_with_yes_only(own: Shell) -> None:
    own("export", "-o", "orders.csv")
    _age(own)
    bases = own.folder / "state" / "bases"
    shown = own("purge")
    assert shown.code == 0
    assert "1 base snapshot of an export" in shown.out
    assert "Nothing was removed. To remove it, add --yes." in shown.out
    assert len(list(bases.iterdir())) == 1
    document = own("purge", "--older-than", "30d", "--json").json
    assert (document["removed"], len(document["old"])) == (False, 1)
    assert "Removed" in own("purge", "--yes").out
    assert list(bases.iterdir()) == []
    assert "nothing to remove" in own("purge", "--yes").out


@pytest.mark.parametrize(
    ("age", "says"), [("1d", "younger than two days"), ("90", "write it in days"), ("-3d", "days")]
)
def test_a_wrong_age_removes_nothing(own: Shell, age: str, says: str) -> None:
    own("export", "-o", "orders.csv")
    _age(own)
    done = own("purge", f"--older-than={age}", "--yes")
    assert done.code == 2
    assert says in done.err
    assert len(list((own.folder / "state" / "bases").iterdir())) == 1
