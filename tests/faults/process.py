"""The program as a process, a served store, and a plan: what kill -9, full disks and signals are tried on.

The plan is made once; every case gets a fresh store of the same seed, a fresh state folder, and that plan.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bulk_orders.core.results import State
from bulk_orders.devstore import TOKEN, DevStore, running
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.storage.journal import Journal, journal_path
from faults.judge import Verdict, judge
from faults.scenes import CORRIDOR, Cast, Scene

HANG = 180
"""Seconds after which a process hangs, however busy the machine is."""
KILLED = -9


def environment(home: Path, url: str, **more: str) -> dict[str, str]:
    """A clean one: nothing of the machine's own settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SHOPIFY_", "BULK_ORDERS_"))}
    log = os.environ.get("BULK_ORDERS_FAILPOINTS_LOG")
    return {
        **inherited,
        **({"BULK_ORDERS_FAILPOINTS_LOG": log} if log else {}),
        "SHOPIFY_SHOP": url,
        "SHOPIFY_ACCESS_TOKEN": TOKEN,
        "BULK_ORDERS_HOME": str(home),
        "BULK_ORDERS_SETTLE_SECONDS": "0.5",
        "BULK_ORDERS_JOB_DEADLINE_SECONDS": "2",
        "NO_COLOR": "1",
        **more,
    }


@dataclass
class Ran:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def summary(self) -> dict[str, Any]:
        return self.events[-1]


@dataclass
class Case:
    """One store, one folder, one plan."""

    store: DevStore
    folder: Path
    env: dict[str, str]
    plan: dict[str, Any] = field(default_factory=dict)
    scene: Scene = CORRIDOR
    runs: list[Ran] = field(default_factory=list)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return Path(self.env["BULK_ORDERS_HOME"])

    def start(self, *arguments: str, failpoints: str = "", **how: Any) -> subprocess.Popen[str]:
        """A process of the program."""
        env = {**self.env, **({"BULK_ORDERS_FAILPOINTS": failpoints} if failpoints else {})}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | how
        process = subprocess.Popen([sys.executable, "-m", "bulk_orders", *arguments], cwd=self.folder, env=env, **pipes)
        self.processes.append(process)
        return process

    def stopped(self, *arguments: str, at: str, **how: Any) -> subprocess.Popen[str]:
        """A process that has come to a failpoint and stands still there, until it is sent SIGCONT."""
        process = self.start(*arguments, failpoints=f"{at}=stop", **how)
        ended = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert ended is not None
        assert ended.si_code == os.CLD_STOPPED, f"{at} was never passed: {process.communicate(timeout=HANG)}"
        return process

    def end(self) -> None:
        """Nothing of it is left running, however a test ended."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=HANG)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def command(self, *arguments: str, failpoints: str = "", **how: Any) -> Ran:
        """Run a command to its end, whichever that is."""
        process = self.start(*arguments, failpoints=failpoints, **how)
        out, err = process.communicate(timeout=HANG)
        ran = Ran(process.returncode, out or "", err or "")
        self.runs.append(ran)
        return ran

    def apply(self, failpoints: str = "", **how: Any) -> Ran:
        """`bulk-orders apply`, confirmed."""
        arguments = ("apply", "orders.plan", "--confirm", "devstore", "--json", *self.scene.apply)
        return self.command(*arguments, failpoints=failpoints, **how)

    def status(self) -> Any:
        """`bulk-orders status --json`."""
        return json.loads(self.command("status", "orders.plan", "--json").out)

    def journal(self) -> Journal | None:
        path = journal_path(self.home, self.plan["plan_id"])
        return Journal.read(path, plan_id=self.plan["plan_id"], digest=self.plan["digest"])

    def states(self) -> dict[str, str]:
        """Where every change stands, by its id."""
        journal = self.journal()
        if journal is None:
            return {change["id"]: State.PENDING.value for change in self.plan["changes"]}
        return {gid: entry.state.value for gid, entry in journal.entries.items()}

    def verdict(self) -> Verdict:
        """The journal against the store's own log."""
        self.store.advance()
        return judge(self.plan["changes"], self.states(), list(self.store.effects))

    def sent(self) -> int:
        """Mutations that the store has seen, bulk exports apart."""
        return sum(r.mutation and not r.root.startswith("bulk") for r in list(self.store.requests))

    def told_tokens(self) -> list[str]:
        """Wherever the token stands and must not."""
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        found = [str(each) for each in files if TOKEN.encode() in each.read_bytes()]
        return found + [run.err or run.out for run in self.runs if TOKEN in run.out + run.err]


def settled(case: Case, *, once_more: bool = True) -> Ran:
    """Without troubles until it is done; then the invariants, and once more, which sends nothing."""
    done = case.apply()
    assert done.code in (0, 3, 5, 7), f"{done.code}: {done.out[-600:]} {done.err}"
    if done.code != 5:
        assert sum(done.summary["outcomes"].values()) == len(case.plan["changes"])
    fair(case)
    if not once_more:
        return done
    sent = case.sent()
    again = case.apply()
    assert again.code == (7 if "unknown" in case.states().values() else 5), again.out + again.err
    assert case.sent() == sent, "running again sends nothing"
    return done


def killed_in_turn(case: Case, number: int = 1) -> int:
    """Killed at each of the scene's points, in one run after the other; how many kills that were."""
    for point in case.scene.points:
        ended = case.apply(f"{point}=kill@{number}")
        assert ended.code == KILLED, f"not killed at {point}: {ended.code} {ended.out[-600:]} {ended.err}"
        fair(case)
    return len(case.scene.points)


def fair(case: Case) -> None:
    """The invariants after every case (guarantees.md)."""
    found = case.verdict()
    assert found.fine, str(found)
    assert case.told_tokens() == []
    assert case.store.leaks == []


class Theatre:
    """Makes cases: a plan once, then a fresh store and state folder each time."""

    def __init__(self, folder: Path, orders: int, *, scene: Scene = CORRIDOR, seed: int = 7, **settings: Any) -> None:
        self.folder = folder
        self.orders = orders
        self.scene = scene
        self._seed = seed
        self._settings = {"job_seconds": 0.2, "bulk_seconds": 0.1, "index_lag_seconds": 0.0, **settings}
        self._count = 0
        self._lock = threading.Lock()
        self._made = folder / "made"
        self._prepare()

    def _opened(self) -> tuple[DevStore, Cast]:
        """A fresh store, and what is asked of which of its orders."""
        size = self.scene.orders_of_store(self.orders)
        store = DevStore.seeded(size, self._seed, settings=StoreSettings(**self._settings))
        return store, self.scene.cast(store, self.orders)

    def _prepare(self) -> None:
        self._made.mkdir(parents=True)
        store, cast = self._opened()
        with running(store) as url:
            case = Case(store, self._made, environment(self._made / "state", url))
            if self.scene.exported:
                exported = case.command("export", "-o", "orders.csv", "--columns", "Action,Note,Cancel: Refund,Tags")
                assert exported.code == 0, exported.err
            self.scene.write(cast, store, self._made)
            made = case.command("plan", "orders.csv", "--json", "--allow-delivered")
            assert made.code == 0, made.err
            self.plan = json.loads(made.out)
        assert not self.plan["blocked"], self.plan["blocked"]
        self._made = self._made.rename(self.folder / "template")  # so that each plan reports beside itself

    @contextlib.contextmanager
    def case(self, **more: str) -> Iterator[Case]:
        """A fresh store that is served, and the plan beside its sheet."""
        with self._lock:
            self._count += 1
            folder = self.folder / f"case-{self._count}"
        shutil.copytree(self._made, folder, ignore=shutil.ignore_patterns("locks", "journals"))
        store, _ = self._opened()
        with running(store) as url:
            case = Case(store, folder, environment(folder / "state", url, **more), self.plan, self.scene)
            try:
                yield case
            finally:
                case.end()
        shutil.rmtree(folder, ignore_errors=True)


def until_done(case: Case, *, kill_after: tuple[float, float], chance: random.Random, most: int) -> int:
    """SIGKILL from outside some time after the first event, again and again, until a run comes to its end."""
    for kills in range(most):
        process = case.start("apply", "orders.plan", "--confirm", "devstore", "--json", stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        process.stdout.readline()
        deadline = time.monotonic() + chance.uniform(*kill_after)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
        process.communicate(timeout=HANG)
        if process.returncode != KILLED:
            return kills
    raise AssertionError(f"{most} kills, and it still is not done")
