"""All goals of speed and memory in one run: `make bench`, and `make bench-quick`: less than two minutes of it.

Prints the tables as they come, then every goal with what was reached; `--record` writes them into results.md here and
into the README between its marks. Ratios are of this run, on this machine; the seconds only say which machine it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import exporting, journalling, opening, planning, replay, starting, tables
from bench.measuring import Goal, goals_table

_HERE = Path(__file__).resolve().parent
_README = _HERE.parents[1] / "README.md"
_MARKS = ("<!-- bench -->\n", "<!-- /bench -->")
Part = tuple[str, Callable[[], tuple[str, list[Goal]]]]


def parts(folders: list[Path], *, quick: bool) -> list[Part]:
    """What is measured, by its title."""
    runs = 3 if quick else 5
    orders, sizes, most = (15_000, [10_000, 30_000], 2_000) if quick else (200_000, [140_000, 700_000], 20_000)
    rows = [100_000] if quick else [100_000, 1_000_000]
    return [
        ("Start-up", lambda: starting.measure(5 if quick else 15)),
        ("A bulk result to two tables, beside other ways", lambda: tables.measure(orders, runs, folders)),
        ("The whole export by size", lambda: exporting.measure(sizes)),
        *((f"check of {each:,} rows", lambda each=each: planning.measure(each, runs, folders)) for each in rows),
        ("The journal, on the disk of the temporary files", lambda: journalling.measure(200 if quick else 1000, runs)),
        ("apply against the rate limit, on the virtual clock", lambda: replay.measure(most)),
        ("The overview in a browser", lambda: opening.measure(orders, runs)),
    ]


def machine() -> str:
    """What it ran on."""
    model = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("model name")[2].partition("\n")[0].strip(" \t:")
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}"


def record(text: str, goals: list[Goal], command: str) -> None:
    """The whole into results.md, the goals into the README."""
    (_HERE / "results.md").write_text(text, encoding="utf-8")
    before, mark, rest = _README.read_text(encoding="utf-8").partition(_MARKS[0])
    _, end, after = rest.partition(_MARKS[1])
    assert mark, "the README has lost its marks"
    assert end, "the README has lost its marks"
    told = f"By `{command}` on {machine()}; [all tables](tests/bench/results.md).\n\n{goals_table(goals)}\n"
    _README.write_text(f"{before}{mark}{told}{end}{after}", encoding="utf-8")


def main() -> int:
    """0 if every goal is met, else 1."""
    parser = argparse.ArgumentParser(description="All goals of speed and memory in one run.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true", help="put the figures into results.md and the README")
    parser.add_argument("--peers", type=Path, nargs="*", default=[], help="virtual environments that have the peers")
    parser.add_argument("--load", action="store_true", help="measure although the machine is busy")
    chosen = parser.parse_args()
    busy = os.getloadavg()[0]
    if busy > 1 and not chosen.load:
        print(f"The machine is busy (load {busy:.1f}): figures of now would say nothing. --load measures all the same.")
        return 1
    began, goals, told = time.monotonic(), list[Goal](), [f"# What was measured\n\nOn {machine()}."]
    print(told[0], flush=True)
    for title, measure in parts(chosen.peers, quick=chosen.quick):
        table, reached = measure()
        goals += reached
        told.append(f"## {title}\n\n{table}")
        print(f"\n{told[-1]}", flush=True)
    told.append(f"## Goals\n\n{goals_table(goals)}")
    print(f"\n{told[-1]}\n\n{time.monotonic() - began:.0f} s in all")
    if chosen.record:
        record("\n\n".join(told) + "\n", goals, "make bench-quick" if chosen.quick else "make bench")
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
