"""The demo tells the whole story, and what it tells is so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bulk_orders", "demo", "--folder", str(folder)],
        cwd=folder.parent,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    done = _demo(tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "$ bulk-orders export -o orders.xlsx",
        "$ bulk-orders plan edited.xlsx",
        "Write unfulfill, cancel in Action.",
        "was changed on both sides",
        "$ kill -9 ",
        " is interrupted: ",
        "none lost, none doubled.",
    ):
        assert words in " ".join(done.stdout.split()), words
    names = {path.name for path in (tmp_path / "demo").iterdir()}
    assert names >= {"orders.xlsx", "edited.xlsx", "edited.plan", "edited.plan.html", "edited.results.csv"}
    again = _demo(tmp_path / "demo")
    assert again.returncode == 0, "it can be run again in the same folder"


@pytest.mark.parametrize("name", ["thesis.txt", "orders.xlsx"])
def test_the_demo_touches_no_folder_of_somebody_elses(tmp_path: Path, name: str) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / name).write_text("mine", encoding="utf-8")
    done = _demo(tmp_path / "demo")
    assert done.returncode == 2
    assert f"holds other things ({name})" in " ".join(done.stderr.split())
    assert (tmp_path / "demo" / name).read_text(encoding="utf-8") == "mine"
