"""F25, the smaller: many orders exported and changed within bounded memory; `make torture` has 100,000 and 10,000."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from faults.volume import measure

MOST_MB = 400


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_f25_many_orders_in_bounded_memory(tmp_path: Path) -> None:
    """Four times as many orders and changes take little more than the programs and libraries themselves do."""
    few, many = measure(tmp_path / "few", 500, 50), measure(tmp_path / "many", 2000, 200)
    for measured in (few, many):
        assert measured.verdict.fine, str(measured.verdict)
        assert measured.changes == measured.orders // 10
    for command, peak in many.peaks.items():
        assert peak < MOST_MB, many.told
        assert peak - few.peaks[command] < 100, f"{few.told}; then {many.told}"
