"""The full numbers: 50 orders, a thousand kills and more, ten thousand seeds. Takes most of an hour.

    make torture                                             everything
    python -m faults.torture --seeds 200 --kills 50          less of it (run in the folder tests)
    python -m faults.torture --parts stories --first 4711 --seeds 1       one seed

Prints one line of figures per fault, the seed of anything that fails, and how many effects were executed; exits 1 if
anything was lost, doubled or misreported, or if a failpoint or a trouble was never met.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from bulk_orders.failpoints import LOG_VARIABLE, POINTS
from faults.process import KILLED, Case, Theatre, killed_in_turn, settled, until_done
from faults.scenes import BULK, DEEDS, ORDERS_PER_DEED, STEPS
from faults.simulation import WORLDS, Told, play, template
from faults.volume import measure

ORDERS = 50
POINTS_OF_APPLY = {
    "plan.loaded": 1, "lock.before": 1, "lock.taken": 1, "journal.made": 1, "run.before-begin": 1, "run.before-end": 1,
    "file.make": 1, "file.sync": 1, "file.rename": 1, "file.renamed": 1,
    "intent.before": 4, "intent.after": 4, "send.before": 4, "response.after": 4, "outcome.before": 4,
    "outcome.after": 4,
}  # fmt: skip
"""How many times each is tried: first, second, middle, last."""


@dataclass
class Figures:
    """One line of the report."""

    fault: str
    what: str
    kills: int = 0
    cases: int = 0
    changes: int = 0
    effects: int = 0
    lost: int = 0
    doubled: int = 0
    misreported: int = 0
    failed: list[str] = field(default_factory=list)

    def line(self) -> str:
        """`F2  kill at the n-th commit   | 170 | ...`"""
        return (
            f"| {self.fault} | {self.what} | {self.cases:,} | {self.kills:,} | {self.changes:,} | {self.effects:,} "
            f"| {self.lost} | {self.doubled} | {self.misreported} |"
        )

    def take(self, case: Case, kills: int) -> None:
        """Add a case that has come to its end."""
        verdict = case.verdict()
        self.cases += 1
        self.kills += kills
        self.changes += len(case.plan["changes"])
        self.effects += verdict.effects
        self.lost += len(verdict.lost)
        self.doubled += len(verdict.doubled)
        self.misreported += len(verdict.misreported)


Played = tuple[Figures, Counter[str], Counter[str]]
"""Stories: their line, what struck, and which failpoints were passed."""

HEAD = (
    "| fault | what was done | cases | kills | changes | effects | lost | doubled | misreported |\n" + "|---" * 9 + "|"
)


@contextmanager
def noted(figures: Figures, case: Case, kills: Callable[[], int], name: str) -> Iterator[None]:
    """Whatever fails is told by its name, and the rest goes on."""
    try:
        yield
    except Exception as error:
        figures.failed.append(f"{name}: {type(error).__name__}: {error}"[:600])
    figures.take(case, kills())


def named_points(theatre: Theatre) -> Figures:
    """F1: kill at every named point of apply; first, second, middle and last time."""
    figures = Figures("F1", "SIGKILL at every named point of apply: first, second, middle, last")
    changes = len(theatre.plan["changes"])
    for point, times in POINTS_OF_APPLY.items():
        for number in (1, 2, changes // 2, changes - 4)[:times]:
            _killed_at(theatre, figures, point, number)
    return figures


def _killed_at(theatre: Theatre, figures: Figures, point: str, number: int) -> None:
    """On a slow machine the store has archived some orders by itself, and fewer are sent: then a little earlier.

    So too in bulk, where few operations carry all of the changes.
    """
    killed = False
    while not killed and number > 0:
        with theatre.case() as case:
            ended = case.apply(f"{point}=kill@{number}")
            killed = ended.code == KILLED
            if killed or number <= 2:
                with noted(figures, case, lambda: 1, f"{point}@{number}"):
                    assert killed, f"not killed: {ended.code} {ended.err}"
                    settled(case)
        number = 0 if number <= 2 else max(2, number - 3)


def every_action(folder: Path) -> Figures:
    """F1: each action alone, and what goes in bulk: killed at every point it passes, and at all of them in turn."""
    figures = Figures("F1", "SIGKILL at every point of each action alone, and of bulk operations; and at all in turn")
    for name, scene in {**DEEDS, "in bulk": BULK}.items():
        theatre = Theatre(folder / name.replace(", ", "-").replace(" ", "-"), ORDERS_PER_DEED, scene=scene)
        for point in scene.points:
            for number in (1, 2, ORDERS_PER_DEED - 3) if point in STEPS else (1,):
                _killed_at(theatre, figures, point, number)
        with theatre.case() as case:
            kills = len(scene.points)
            with noted(figures, case, lambda: kills, f"{name} in turn"):  # noqa: B023
                killed_in_turn(case)
                settled(case)
    return figures


def every_commit(theatre: Theatre, most: int) -> Figures:
    """F2: kill at the n-th commit, for every n, until it no longer dies."""
    figures = Figures(
        "F2", f"SIGKILL at the n-th journal commit of {theatre.orders} orders, every n until none is left"
    )
    for number in range(1, most + 1):
        with theatre.case() as case:
            killed = case.apply(f"commit.{'before' if number % 2 else 'after'}=kill@{number}").code == KILLED
            with noted(figures, case, lambda: int(killed), f"commit {number}"):  # noqa: B023
                settled(case, once_more=number % 10 == 0)
        if not killed:
            break
    return figures


def from_outside(theatre: Theatre, kills: int, seed: int) -> Figures:
    """F3: SIGKILL from outside 0.05 to 0.8 s after the first event, until done, over and over."""
    figures = Figures("F3", "SIGKILL from outside 0.05 to 0.8 s after the first event, until done")
    chance = random.Random(seed)
    while figures.kills < kills and len(figures.failed) < 5:
        name = f"seed {seed} case {figures.cases + 1}"
        with theatre.case() as case:
            done = 0

            def so_far() -> int:
                return done  # noqa: B023

            with noted(figures, case, so_far, name):
                done = until_done(case, kill_after=(0.05, 0.8), chance=chance, most=400)
                settled(case)
    return figures


def stories(first: int, number: int, report: Callable[[str], None]) -> Played:
    """Seeded stories in virtual time; also what struck and which failpoints were passed."""
    figures = Figures(
        "F4 to F8, F17, F18", "seeded stories in virtual time: deaths, lost answers, storms, lagging jobs, people"
    )
    made = {n: template(n) for n in {seed % WORLDS for seed in range(first, first + min(number, WORLDS))}}
    struck: Counter[str] = Counter()
    points: Counter[str] = Counter()
    began = time.monotonic()
    for seed in range(first, first + number):
        told = play(seed, made[seed % WORLDS])
        _add(figures, told)
        struck += told.struck
        points += told.points
        if not told.fine:
            figures.failed.append(f"seed {seed}: {told.verdict}; {told.trouble or ''}")
            report(figures.failed[-1])
        if (seed - first + 1) % 1000 == 0:
            report(f"{seed - first + 1:,} seeds after {time.monotonic() - began:,.0f} s, {len(figures.failed)} failed")
    return figures, struck, points


def _begun(pool: ProcessPoolExecutor, folder: str, chosen: argparse.Namespace) -> list[Future[Played]]:
    """The stories in shares, in processes beside the parts that have processes of their own."""
    share = -(-chosen.seeds // chosen.workers)
    ends = range(chosen.first, chosen.first + chosen.seeds, share)
    last = chosen.first + chosen.seeds
    return [pool.submit(_share, folder, begin, min(share, last - begin)) for begin in ends]


def _share(folder: str, first: int, number: int) -> Played:
    tempfile.tempdir = folder
    return stories(first, number, _report)


def _together(played: list[Played], struck: Counter[str], points: set[str]) -> Figures:
    """One line of all shares."""
    whole = Figures(played[0][0].fault, played[0][0].what)
    for figures, theirs, passed in played:
        for count in ("kills", "cases", "changes", "effects", "lost", "doubled", "misreported"):
            setattr(whole, count, getattr(whole, count) + getattr(figures, count))
        whole.failed += figures.failed
        struck.update(theirs)
        points.update(passed)
    return whole


def _add(figures: Figures, told: Told) -> None:
    figures.cases += 1
    figures.kills += told.deaths
    figures.changes += told.changes
    figures.effects += told.verdict.effects
    figures.lost += len(told.verdict.lost)
    figures.doubled += len(told.verdict.doubled)
    figures.misreported += len(told.verdict.misreported)


def never_met(points: set[str], struck: Counter[str]) -> list[str]:
    """Failpoints that nobody passed, and troubles of the stories that never struck."""
    from faults.simulation import FIGURES, FRUITLESS, LOSING, SLOWING, STOPPING

    tried = {*LOSING, *FRUITLESS, *SLOWING, *STOPPING, *FIGURES}
    return [f"failpoint {name}" for name in POINTS if name not in points] + [
        f"trouble {name}" for name in sorted(tried) if not struck[name]
    ]


def volume(folder: Path, orders: int, changes: int) -> Figures:
    """F25: a large shop exported, a tenth of it changed, the memory of each process measured."""
    figures = Figures("F25", f"{orders:,} orders exported, {changes:,} changed")
    try:
        measured = measure(folder, orders, changes)
    except Exception as error:
        figures.failed.append(f"{type(error).__name__}: {error}"[:600])
        return figures
    figures.what += f": {measured.told}"
    figures.cases, figures.changes, figures.effects = 1, measured.changes, measured.verdict.effects
    figures.lost, figures.doubled = len(measured.verdict.lost), len(measured.verdict.doubled)
    figures.misreported = len(measured.verdict.misreported)
    if max(measured.peaks.values()) > MOST_MB:
        figures.failed.append(f"more than {MOST_MB} MB: {measured.told}")
    return figures


MOST_MB = 1500
PARTS = ("points", "actions", "commits", "elsewhere", "outside", "volume", "stories")


def main() -> int:
    """Everything, in the order of the table; or the parts that are named."""
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=10_000)
    options.add_argument("--first", type=int, default=1, help="the first seed")
    options.add_argument("--kills", type=int, default=800, help="kills from outside, at the least")
    options.add_argument("--orders", type=int, default=ORDERS)
    options.add_argument("--commits", type=int, default=1000, help="the last commit that is tried")
    options.add_argument("--exported", type=int, default=100_000, help="orders of the large shop")
    options.add_argument("--changed", type=int, default=10_000, help="how many of them are changed")
    options.add_argument("--record", action="store_true", help="put the figures into the README, if all is well")
    options.add_argument("--workers", type=int, default=2, help="processes that play stories")
    options.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    chosen = options.parse_args()
    began = time.monotonic()
    lines: list[Figures] = []
    points: set[str] = set()
    struck: Counter[str] = Counter()
    pool = ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn"))
    with tempfile.TemporaryDirectory(prefix="bulk-orders-torture-") as name, pool:
        told = _begun(pool, name, chosen) if "stories" in chosen.parts else []
        log = Path(name) / "failpoints.log"
        os.environ[LOG_VARIABLE] = str(log)
        for figures in _processes(Path(name), chosen):
            _report(figures.line())
            lines.append(figures)
        points |= set(log.read_text().split()) if log.exists() else set()
        del os.environ[LOG_VARIABLE]
        if told:
            lines.append(_together([future.result() for future in told], struck, points))
    whole = tuple(chosen.parts) == PARTS
    code = _end(lines, never_met(points, struck) if whole else [], time.monotonic() - began)
    if chosen.record and code == 0 and whole:
        _record(lines)
    elif chosen.record:
        _report("Not put into the README: only what is whole and well goes there.")
    return code


def _record(lines: list[Figures]) -> None:
    """Put the figures between the README's marks."""
    readme = Path(__file__).resolve().parents[2] / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition("<!-- torture -->\n")
    _, mark, after = rest.partition("<!-- /torture -->")
    assert mark, "the README has lost its marks"
    figures = "".join(f"{each.line()}\n" for each in lines)
    readme.write_text(f"{before}<!-- torture -->\n{HEAD}\n{figures}{mark}{after}", encoding="utf-8")
    _report("The README has them.")


def _processes(folder: Path, chosen: argparse.Namespace) -> Iterator[Figures]:
    """The parts that need processes of their own."""
    if "volume" in chosen.parts:
        yield volume(folder / "volume", chosen.exported, chosen.changed)
    if "actions" in chosen.parts:
        yield every_action(folder / "actions")
    if not {"points", "commits", "elsewhere", "outside"} & set(chosen.parts):
        return
    theatre = Theatre(folder / "theatre", chosen.orders)
    if "points" in chosen.parts:
        yield named_points(theatre)
    if "commits" in chosen.parts:
        yield every_commit(theatre, chosen.commits)
    if "elsewhere" in chosen.parts:
        yield _elsewhere(theatre)
    if "outside" in chosen.parts:
        yield from_outside(theatre, chosen.kills, seed=1)


def _elsewhere(theatre: Theatre) -> Figures:
    """F1 in the other commands, and the points where nobody dies but a disk may fail."""
    figures = Figures("F1, F15", "SIGKILL while exporting, planning; a full disk at every write of apply")
    for point in ("bulk.submitted", "download.block", "file.make", "file.sync", "file.rename", "file.renamed"):
        with theatre.case() as case, noted(figures, case, lambda: 1, f"export {point}"):
            killed = case.command("export", "-o", "again.csv", failpoints=f"{point}=kill")
            assert killed.code == KILLED, killed.err
            done = case.command("export", "-o", "again.csv")
            assert done.code == 0, done.err
    for point in ("commit.before", "intent.before", "outcome.before", "run.before-begin", "run.before-end", "file.make",
                  "file.sync", "file.rename", "lock.before", "folder.make"):  # fmt: skip
        for number in ("1", "3", "2+"):
            with theatre.case() as case, noted(figures, case, lambda: 0, f"full {point}@{number}"):
                ran = case.apply(f"{point}=full@{number},rescue=io@2")
                assert ran.code in (0, 1), f"{ran.code}: {ran.out[-300:]} {ran.err}"
                settled(case)
    return figures


def _report(line: str) -> None:
    print(line, flush=True)


def _end(lines: list[Figures], missing: list[str], seconds: float) -> int:
    _report(f"\n{HEAD}")
    for each in lines:
        _report(each.line())
    wrong = sum(each.lost + each.doubled + each.misreported for each in lines)
    failed = [f"{each.fault} {told}" for each in lines for told in each.failed]
    kills, effects = sum(each.kills for each in lines), sum(each.effects for each in lines)
    lost, doubled, misreported = (sum(getattr(each, n) for each in lines) for n in ("lost", "doubled", "misreported"))
    _report(
        f"\n{effects:,} effects executed, {kills:,} kills, {sum(each.cases for each in lines):,} cases in "
        f"{seconds / 60:,.0f} min: {lost} lost, {doubled} doubled, {misreported} misreported."
    )
    for told in [*failed, *(f"never met: {name}" for name in missing)]:
        _report(f"FAILED {told}")
    return 1 if wrong or failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
