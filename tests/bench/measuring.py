"""Whole processes measured from outside, and goals that are met or not."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """What one process told of itself: seconds of the wall and of the processors, peak of memory, and more."""

    seconds: float
    cpu: float
    peak_mb: float
    more: dict[str, Any] = field(default_factory=dict)


def run(command: Sequence[object]) -> Run:
    """A process whose last line is its Run as JSON."""
    words = [str(word) for word in command]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stderr[-2000:]}"
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Run(told.pop("seconds"), told.pop("cpu"), told.pop("peak_mb"), told)


def median(runs: Sequence[Run]) -> Run:
    """Fact by fact; what else they tell is that of the first, unless it is measured too."""
    seconds, cpu, peak = (statistics.median(getattr(r, fact) for r in runs) for fact in ("seconds", "cpu", "peak_mb"))
    more = {
        name: statistics.median(run.more[name] for run in runs) if isinstance(told, float) else told
        for name, told in runs[0].more.items()
    }
    return Run(seconds, cpu, peak, more)


def python_with(module: str | None, folders: Sequence[Path]) -> Path | None:
    """The Python that has a module: this one, or one of these virtual environments; None if nobody has it."""
    pythons = [Path(sys.executable), *(folder.resolve() / "bin" / "python" for folder in folders)]
    if module is None:
        return pythons[0]
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module.partition('.')[0]}') is None)"
    able = (python for python in pythons if subprocess.run([python, "-c", look], check=False).returncode == 0)
    return next(able, None)


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise of speed or memory; `reached` must not be above `most`, or not below `least`."""

    what: str
    reached: float
    most: float | None = None
    least: float | None = None
    unit: str = ""

    @property
    def met(self) -> bool:
        return (self.most is None or self.reached <= self.most) and (self.least is None or self.reached >= self.least)

    def row(self) -> str:
        aim = f"at most {self.most:,g}" if self.most is not None else f"at least {self.least:,g}"
        digits = 0 if self.reached >= 100 else 2
        reached = f"{self.reached:,.{digits}f}{self.unit}"
        return f"| {self.what} | {aim}{self.unit} | {reached} | {'met' if self.met else '**missed**'} |"


GOALS_HEAD = "| goal | aim | reached | |\n|---|---|---|---|"


def goals_table(goals: Iterable[Goal]) -> str:
    """Markdown."""
    return "\n".join([GOALS_HEAD, *(goal.row() for goal in goals)])
