"""A real spreadsheet program between export and plan: LibreOffice opens, edits and saves the sheet."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from functools import cache
from pathlib import Path

import pytest
from world import World, open_unpaid, shipped

EDIT = Path(__file__).with_name("edit_cells.py")
XLSX = "Calc MS Excel 2007 XML"


@cache
def _python_with_uno() -> str | None:
    for candidate in ("/usr/bin/python3", shutil.which("python3")):
        if candidate and Path(candidate).exists():
            done = subprocess.run([candidate, "-c", "import uno"], capture_output=True, check=False)
            if done.returncode == 0:
                return candidate
    return None


def _edit(folder: Path, source: str, target: str, edits: dict[str, dict[str, str]]) -> None:
    python, soffice = _python_with_uno(), shutil.which("soffice")
    if python is None:
        if os.environ.get("BULK_ORDERS_REQUIRE_ALL") == "1":
            pytest.fail("not installed: python3-uno")
        pytest.skip("not installed: python3-uno")
    assert soffice is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [python, str(EDIT), soffice, port, str(folder / source), str(folder / target), XLSX, json.dumps(edits)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (folder / target).exists(), done.stdout + done.stderr


@pytest.mark.needs("soffice")
def test_an_edit_made_in_libreoffice_is_the_only_change(tmp_path: Path) -> None:
    world = World(tmp_path, orders=400)
    world.export("orders.xlsx")
    _edit(tmp_path, "orders.xlsx", "untouched.xlsx", {})
    plan = world.plan("untouched.xlsx")
    assert (plan.changes, plan.blocked, plan.conflicts) == ((), (), ())
    archived, noted, cancelled = world.some(shipped, 1)[0], *world.some(open_unpaid, 2)
    edits = {
        archived.name: {"Action": "archive"},
        noted.name: {"Note": "from LibreOffice é 🎁"},
        cancelled.name: {"Action": "cancel", "Cancel: Reason": "customer"},
    }
    _edit(tmp_path, "orders.xlsx", "edited.xlsx", edits)
    plan = world.plan("edited.xlsx")
    assert {c.name: c.action for c in plan.changes} == {
        archived.name: "archive",
        noted.name: "update",
        cancelled.name: "cancel",
    }
    assert world.apply("edited.xlsx").outcomes == {"applied": 3}
    touched = {e.order for e in world.effects("orderClose", "orderUpdate", "orderCancel")}
    assert touched == {archived.id, noted.id, cancelled.id}
    assert world.named(noted.name).note == "from LibreOffice é 🎁"
