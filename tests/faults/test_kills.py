"""F1, F2, F3: kill -9, for real: at every named point, at every commit, from outside at any moment; every action."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_orders.core.actions import REGISTRY
from faults.process import KILLED, Case, Theatre, killed_in_turn, settled, until_done
from faults.scenes import BULK, DEEDS, ORDERS_PER_DEED, STEPS, Scene, killed

ORDERS = 10
POINTS = (
    "plan.loaded", "lock.before", "lock.taken", "journal.made", "run.before-begin", "intent.before", "intent.after",
    "send.before", "response.after", "outcome.before", "outcome.after", "file.make", "file.sync", "file.rename",
    "file.renamed", "run.before-end",
)  # fmt: skip


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre(tmp_path_factory.mktemp("kills"), ORDERS)


@pytest.fixture
def case(theatre: Theatre) -> Iterator[Case]:
    with theatre.case() as made:
        yield made


def _numbers(point: str) -> tuple[str, ...]:
    return ("first", "second", "middle", "last") if point in STEPS else ("first",)


@pytest.mark.parametrize(("point", "which"), [(p, w) for p in POINTS for w in _numbers(p)])
def test_f1_killed_at_a_named_point(case: Case, point: str, which: str) -> None:
    changes = len(case.plan["changes"])
    number = {"first": 1, "second": 2, "middle": changes // 2, "last": changes - 3}[which]
    killed = case.apply(f"{point}=kill@{number}")
    assert killed.code == KILLED, killed.err
    status = case.status()
    assert sum(status["outcomes"].values()) == changes
    assert status["state"] in ("pending", "interrupted", "finished")
    settled(case)
    assert (case.folder / "orders.results.csv").exists(), "the report, whenever it died"


@pytest.mark.parametrize("number", range(1, 41))
def test_f2_killed_at_the_nth_commit(case: Case, number: int) -> None:
    """Every commit of the journal that there is, and a few more: the last ones are never reached."""
    ran = case.apply(f"commit.{'before' if number % 2 else 'after'}=kill@{number}")
    assert ran.code == KILLED or number > 2 * len(case.plan["changes"])
    settled(case, once_more=ran.code == KILLED and number % 10 == 0)


def test_f3_killed_from_outside_at_any_moment(case: Case) -> None:
    until_done(case, kill_after=(0.0, 0.4), chance=random.Random(3), most=60)
    settled(case)


@pytest.mark.parametrize(
    "point", ["bulk.submitted", "download.block", "file.make", "file.sync", "file.rename", "file.renamed"]
)
def test_f1_killed_while_exporting(case: Case, point: str) -> None:
    """Never half a file; the same command again has the whole."""
    for number in (1, 2):
        killed = case.command("export", "-o", "again.csv", failpoints=f"{point}=kill@{number}")
        if killed.code == KILLED:
            whole = case.folder / "again.csv"
            assert not whole.exists() or whole.read_bytes().endswith(b"\r\n")
    done = case.command("export", "-o", "again.csv", "--json")
    assert done.code == 0, done.err
    planned = case.command("plan", "again.csv", "--json")
    assert planned.code == 0, planned.err


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("point", ["file.make", "file.sync", "file.rename", "file.renamed"])
def test_f1_killed_while_planning(case: Case, point: str, number: int) -> None:
    """The plan file is the old one or the new one, and either can be shown."""
    assert case.command("plan", "orders.csv", "--allow-delivered", failpoints=f"{point}=kill@{number}").code == KILLED
    shown = case.command("show", "orders.plan", "--json")
    assert shown.code == 0, shown.err
    case.plan = json.loads(shown.out)
    settled(case)


def test_every_action_has_a_scene() -> None:
    assert set(killed()) == set(REGISTRY)


@pytest.mark.parametrize("scene", [*DEEDS.values(), BULK], ids=[*DEEDS, "in bulk"])
def test_f1_every_action_killed_at_every_point_in_turn(tmp_path: Path, scene: Scene) -> None:
    """Each run is killed one point further than the one before: it goes on from what the dead have left."""
    with Theatre(tmp_path, ORDERS_PER_DEED, scene=scene).case() as case:
        killed_in_turn(case)
        settled(case)
