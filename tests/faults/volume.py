"""F25: a large shop exported and much of it changed, by processes whose memory is measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from world import open_unpaid

from bulk_orders.devstore import DevStore, running
from bulk_orders.devstore import Settings as StoreSettings
from faults.judge import Verdict
from faults.process import Case, environment

_MEASURED = (
    "import re, sys\nfrom pathlib import Path\nfrom bulk_orders.cli.main import run\ncode = run(sys.argv[1:])\n"
    "own = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
    "sys.stderr.write(f'\\npeak {own}\\n')\nsys.exit(code)\n"
)
_HOURS = 3600
_STEADY = {"BULK_ORDERS_JOB_DEADLINE_SECONDS": "60", "POLARS_MAX_THREADS": "2"}
"""Threads have memory of their own: the same number on every machine."""


@dataclass(frozen=True)
class Measured:
    """What was done and the most memory, in MB, that export, plan and apply took."""

    orders: int
    changes: int
    verdict: Verdict
    peaks: dict[str, int]

    @property
    def told(self) -> str:
        """`export 210 MB, plan 190 MB, apply 150 MB`."""
        return ", ".join(f"{command} {peak} MB" for command, peak in self.peaks.items())


def measure(folder: Path, orders: int, changes: int) -> Measured:
    """Export so many orders, change so many of them (every tenth cancelled, the others noted), and measure it."""
    settings = StoreSettings(restore_rate=20_000.0, bucket_size=40_000.0, bulk_seconds=0.1, job_seconds=0.2,
                             index_lag_seconds=0.0)  # fmt: skip
    store = DevStore.seeded(orders, 7, settings=settings)
    folder.mkdir(parents=True)
    with running(store) as url:
        case = Case(store, folder, environment(folder / "state", url, **_STEADY))
        peaks = {"export": _run(case, "export", "-o", "orders.csv", "--columns", "Action,Note")[0]}
        _edit(case, changes)
        peaks["plan"], out = _run(case, "plan", "orders.csv", "--json")
        case.plan = json.loads(out)
        peaks["apply"], _ = _run(case, "apply", "orders.plan", "--confirm", "devstore")
        measured = Measured(orders, len(case.plan["changes"]), case.verdict(), peaks)
    shutil.rmtree(folder)
    return measured


def _edit(case: Case, changes: int) -> None:
    path = case.folder / "orders.csv"
    unpaid = [order.name for order in case.store.orders.values() if open_unpaid(order)][: changes // 10]
    noted = [name for name in (o.name for o in case.store.orders.values()) if name not in set(unpaid)]
    noted = noted[: changes - len(unpaid)]
    frame = pl.read_csv(path, infer_schema=False)
    first, name = pl.col("Name").is_first_distinct(), pl.col("Name")
    frame.with_columns(
        pl.when(first & name.is_in(unpaid)).then(pl.lit("cancel")).otherwise(pl.col("Action")).alias("Action"),
        pl.when(first & name.is_in(noted)).then(pl.lit("seen") + name).otherwise(pl.col("Note")).alias("Note"),
    ).write_csv(path, include_bom=True, line_terminator="\r\n")


def _run(case: Case, *arguments: str) -> tuple[int, str]:
    """A command to its good end; its peak in MB and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *arguments],
        cwd=case.folder, env=case.env, capture_output=True, text=True, check=False, timeout=_HOURS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    peak = re.search(r"\npeak (\d+)\n", done.stderr)
    assert peak is not None
    return int(peak[1]) // 1024, done.stdout
