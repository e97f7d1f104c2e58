"""What a command says while it waits for the shop's rate limit, where it has neither bar nor counter."""

from __future__ import annotations

import pytest

from bulk_orders.clock import SystemClock
from bulk_orders.shopify.throttle import Bucket

from .conftest import Shell


async def _at_once(_clock: SystemClock, _seconds: float) -> None:
    return None


def test_a_plan_that_waits_for_points_says_so_once(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sh("export", "-o", "orders.csv").code == 0
    due = [9.4, 10.4, 11.4]
    monkeypatch.setattr(Bucket, "wait", lambda *_: due.pop() if due else 0.0)
    monkeypatch.setattr(SystemClock, "sleep", _at_once)
    planned = sh("plan", "orders.csv")
    assert planned.code == 0
    assert planned.err.count("waiting about 12 s for the shop's rate limit") == 1
    assert planned.err.count("waiting") == 1
