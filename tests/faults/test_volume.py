"""F25, the smaller: many orders exported and changed within bounded memory; `make torture` has 100,000 and 10,000."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from faults.volume import measure

ORDERS, CHANGES = 1000, 100
MOST_MB = 220
"""Seen: 128 to export, 136 to plan, 92 to apply, most of it the libraries themselves."""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_f25_many_orders_in_bounded_memory(tmp_path: Path) -> None:
    """A thousand orders take little more than the libraries do by themselves."""
    measured = measure(tmp_path / "many", ORDERS, CHANGES)
    assert measured.verdict.fine, str(measured.verdict)
    assert measured.changes == CHANGES
    assert max(measured.peaks.values()) < MOST_MB, measured.told
