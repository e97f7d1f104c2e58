"""How many changes a second the journal takes on this disk: an intent and an outcome each, durably."""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.measuring import Goal, goals_table
from bulk_orders.core.results import State
from bulk_orders.storage.journal import Journal

ENTERPRISE = 200
"""Changes a second of 10 points each at 2,000 points a second, the fastest bucket that Shopify gives."""


def changes_a_second(folder: Path, changes: int) -> float:
    """The journal alone, one change after the other; apply has to wait for nothing else of ours."""
    ids = [f"c{number:05}" for number in range(changes)]
    journal = Journal.open(folder / f"{changes}.journal", plan_id="bench", digest="0" * 64, change_ids=ids)
    began = time.perf_counter()
    for each in ids:
        sending = replace(journal.entries[each], state=State.SENDING, attempt=1, sent_at="2026-01-01T00:00:00+00:00")
        journal.write([sending])
        journal.write([replace(sending, state=State.APPLIED, request_id="0" * 36)])
    seconds = time.perf_counter() - began
    journal.close()
    return changes / seconds


def bare_commits_a_second(folder: Path, commits: int) -> float:
    """What the disk allows: a page written and synced, again and again."""
    with (folder / "bare").open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(commits):
            file.write(b"\\0" * 4096)
            os.fsync(file.fileno())
        return commits / (time.perf_counter() - began)


def measure(changes: int, runs: int, folder: Path | None = None) -> tuple[str, list[Goal]]:
    """Medians, on the disk of `folder` (the temporary files', if None)."""
    found, bare = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            found.append(changes_a_second(Path(name), changes))
            bare.append(bare_commits_a_second(Path(name), changes))
    reached, synced = statistics.median(found), statistics.median(bare)
    table = f"{reached:,.0f} changes a second; a bare page written and synced: {synced:,.0f} a second"
    return table, [Goal("journal: changes a second, intent and outcome", reached, least=ENTERPRISE)]


def main() -> None:
    """`python -m bench.journalling [--changes N] [--runs N] [--folder FOLDER]`."""
    parser = argparse.ArgumentParser(description="How many changes a second the journal takes.")
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    table, reached = measure(chosen.changes, chosen.runs, chosen.folder)
    print(table, goals_table(reached), sep="\n\n")


if __name__ == "__main__":
    main()
