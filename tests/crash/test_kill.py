"""kill -9, for real: a process dies at a point of the protocol, the same command goes on, the store's log judges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.devstore import TOKEN, DevStore, running
from bulk_orders.devstore import Settings as StoreSettings

POINTS = ("before-intent", "after-intent", "after-answer", "before-outcome", "after-outcome")
CHANGES = 9


@dataclass
class Shop:
    """A served store, a folder with a plan, and the program as a process."""

    store: DevStore
    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str, dying: tuple[str, int] | None = None) -> subprocess.CompletedProcess[str]:
        die = ROOT / "tests" / "crash" / "die.py"
        start = [str(die), dying[0], str(dying[1])] if dying else ["-m", "bulk_orders"]
        return subprocess.run(
            [sys.executable, *start, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def apply(self, dying: tuple[str, int] | None = None) -> subprocess.CompletedProcess[str]:
        return self.command("apply", "orders.plan", "--confirm", "devstore", "--json", dying=dying)

    def effects(self) -> Counter[tuple[str, str]]:
        self.store.advance()
        return Counter((e.kind, e.order) for e in self.store.effects)

    def status(self) -> Any:
        return json.loads(self.command("status", "orders.plan", "--json").stdout)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    store = DevStore.seeded(120, 7, settings=StoreSettings(job_seconds=0.3, bulk_seconds=0.2))
    with running(store) as url:
        environment = {
            **os.environ,
            "SHOPIFY_SHOP": url,
            "SHOPIFY_ACCESS_TOKEN": TOKEN,
            "BULK_ORDERS_SETTLE_SECONDS": "1",
            "BULK_ORDERS_JOB_DEADLINE_SECONDS": "4",
        }
        made = Shop(store, tmp_path, environment)
        assert made.command("export", "-o", "orders.csv", "--columns", "Action,Note,Cancel: Refund").returncode == 0
        _edit(made)
        planned = made.command("plan", "orders.csv", "--json", "--allow-delivered")
        assert planned.returncode == 0, planned.stderr
        assert len(json.loads(planned.stdout)["changes"]) == CHANGES
        yield made


def _edit(shop: Shop) -> None:
    helper = World.__new__(World)
    helper.folder = shop.folder
    helper.store = shop.store
    unpaid, paid, parcels = (helper.some(kind, 2) for kind in (open_unpaid, open_paid, shipped))
    helper.edit(
        {
            unpaid[0].name: {"Action": "cancel"},
            unpaid[1].name: {"Note": "new"},
            paid[0].name: {"Action": "cancel", "Cancel: Refund": "TRUE"},
            paid[1].name: {"Action": "cancel, archive", "Cancel: Refund": "FALSE"},
            parcels[0].name: {"Action": "unfulfill, cancel, archive", "Cancel: Refund": "TRUE"},
            parcels[1].name: {"Action": "archive"},
        }
    )


@pytest.mark.parametrize("number", [1, 4, CHANGES - 2])
@pytest.mark.parametrize("point", POINTS)
def test_killed_and_gone_on(shop: Shop, point: str, number: int) -> None:
    killed = shop.apply(dying=(point, number))
    assert killed.returncode == -9, killed.stderr
    status = shop.status()
    assert status["state"] in ("interrupted", "pending")
    assert sum(status["outcomes"].values()) == CHANGES
    gone_on = shop.apply()
    summary = json.loads(gone_on.stdout.splitlines()[-1])
    assert summary["type"] == "summary"
    assert sum(summary["outcomes"].values()) == CHANGES
    effects = shop.effects()
    assert [key for key, times in effects.items() if times > 1] == [], "nothing doubled"
    _judge(shop, summary, gone_on.returncode)
    again = shop.apply()
    assert again.returncode == (7 if summary["outcomes"]["unknown"] else 5)
    assert shop.effects() == effects, "running again does nothing"


def _judge(shop: Shop, summary: dict[str, Any], code: int) -> None:
    """What is reported is what is so; only a cancellation that never left, and gives money back, may be unknown."""
    plan = json.loads((shop.folder / "orders.plan").read_text(encoding="utf-8"))
    from bulk_orders.storage.journal import Journal, journal_path

    home = Path(shop.environment["BULK_ORDERS_HOME"])
    journal = Journal.read(journal_path(home, plan["plan_id"]), plan_id=plan["plan_id"], digest=plan["digest"])
    assert journal is not None
    kinds = {
        "cancel": "orderCancel",
        "unfulfill": "fulfillmentCancel",
        "archive": "orderClose",
        "update": "orderUpdate",
    }
    effects = shop.effects()
    for change in plan["changes"]:
        state = journal.entries[change["id"]].state.value
        done = effects[kinds[change["action"]], change["order"]]
        if state == "applied":
            assert done == 1, change
        elif state in ("unknown", "not_attempted"):
            assert done == 0, change
            assert summary["outcomes"]["unknown"] == 1
            assert state == "not_attempted" or change["refund"]
        else:
            assert state == "already", f"{change['action']} {state}"
            assert change["action"] == "archive"
    assert code == (7 if summary["outcomes"]["unknown"] else 0)
