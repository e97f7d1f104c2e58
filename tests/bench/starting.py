"""What a command costs before it does anything: whole processes, against a store in a box on loopback."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from faults.process import Case, environment

from bench.measuring import Goal, goals_table
from bulk_orders.devstore import DevStore, running


def _bare() -> float:
    """A Python that does nothing, for comparison."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", ""], check=True)
    return time.perf_counter() - began


def _whole(case: Case, *arguments: str) -> Callable[[], float]:
    def seconds() -> float:
        began = time.perf_counter()
        ran = case.command(*arguments)
        assert ran.code == 0, ran.err
        return time.perf_counter() - began

    return seconds


def _to_first_request(case: Case) -> Callable[[], float]:
    """How long after its start `apply` of one change is heard by the store; another note each time."""

    def seconds() -> float:
        order = next(iter(case.store.orders.values()))
        (case.folder / "one.csv").write_text(f"ID,Note\n{order.id},{time.time()}\n", encoding="utf-8")
        made = case.command("plan", "one.csv", "-o", "one.plan")
        assert made.code == 0, made.err
        seen, began = len(case.store.requests), time.time()
        done = case.command("apply", "one.plan", "--confirm", "devstore", "--json")
        assert done.code == 0, done.err
        return float(case.store.requests[seen].at - began)

    return seconds


def measure(runs: int) -> tuple[str, list[Goal]]:
    """Medians of so many runs each."""
    store = DevStore.seeded(60, 7)
    with tempfile.TemporaryDirectory() as name, running(store) as url:
        case = Case(store, Path(name), environment(Path(name) / "state", url))
        first = _to_first_request(case)
        first()
        timed: list[tuple[str, float | None, Callable[[], float]]] = [
            ("python -c ''", None, _bare),
            ("--help", 0.1, _whole(case, "--help")),
            ("status", 0.25, _whole(case, "status", "one.plan")),
            ("show", 0.25, _whole(case, "show", "one.plan")),
            ("apply of one change, to its first request", 0.6, first),
        ]
        lines, goals = ["| command | s |", "|---|---|"], []
        for what, most, run in timed:
            seconds = statistics.median(run() for _ in range(runs))
            lines.append(f"| {what} | {seconds:.2f} |")
            goals += [Goal(f"start-up: {what}", seconds, most, unit=" s")] if most else []
    return "\n".join(lines), goals


def main() -> None:
    """`python -m bench.starting [--runs N]`."""
    parser = argparse.ArgumentParser(description="What a command costs before it does anything.")
    parser.add_argument("--runs", type=int, default=9)
    print(
        *(part if isinstance(part, str) else goals_table(part) for part in measure(parser.parse_args().runs)),
        sep="\n\n",
    )


if __name__ == "__main__":
    main()
