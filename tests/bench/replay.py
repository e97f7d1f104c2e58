"""How much of the rate limit an apply uses, on the virtual clock: nobody waits for the hours that it simulates.

The store's own request log is the judge. A bucket offers what is in it at the start and what comes back while the run
lasts, less what somebody else took; a run that needs no more than it offers at once is held by latency alone.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from world import World

from bench.measuring import Goal, goals_table
from bulk_orders.devstore import DevStore
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.devstore.settings import BUCKET_FACTOR, RESTORE_RATES

_OTHER = 0.3


class Slow(httpx.AsyncBaseTransport):
    """A network: every request and every answer is on its way for a random while, 300 +- 200 ms for both."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seed: int) -> None:
        self._inner = inner
        self._rng = random.Random(seed)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._rng.uniform(0.05, 0.25))
        response = await self._inner.handle_async_request(request)
        await asyncio.sleep(self._rng.uniform(0.05, 0.25))
        return response


class Shared(httpx.AsyncBaseTransport):
    """Somebody else with the same token, who steadily takes a share of the points that come back."""

    def __init__(self, inner: httpx.AsyncBaseTransport, store: DevStore, share: float) -> None:
        self._inner, self._store = inner, store
        self._rate = share * store.settings.rate()
        self._at: float | None = None
        self.taken = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token, now = request.headers.get("X-Shopify-Access-Token"), self._store.clock()
        if token is not None:  # the storage of uploads and results asks for none
            points = self._rate * (now - self._at) if self._at is not None else 0.0
            self._at = now
            self._store.buckets.drain(token, points, now)
            self.taken += points
        return await self._inner.handle_async_request(request)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run, of which somebody else took the share `other` of the points.

    `used` is the share of the offered points that were spent, None where the first bucketful was enough for all;
    `throttled` the share of the requests that were, `reading` the share of the points that reads cost.
    """

    plan: str
    mutations: int
    seconds: float
    used: float | None
    throttled: float
    reading: float
    cpu_seconds: float
    other: float = 0.0

    def __str__(self) -> str:
        used = f"{self.used:6.1%} of the points used" if self.used is not None else "  all in the first bucketful"
        beside = f", {self.other:.0%} of the points taken by somebody else" if self.other else ""
        return (
            f"{self.plan:10} {self.mutations:6,} mutations in {self.seconds:7.1f} s of the shop's time: "
            f"{used}, {self.throttled:5.2%} throttled, {self.reading:5.1%} for reading, "
            f"{self.cpu_seconds:.1f} s of ours{beside}"
        )


def replay(
    folder: Path,
    plan: str,
    mutations: int,
    action: str = "archive",
    *,
    seed: int = 3,
    share: float = 1.0,
    transport: str = "single",
    other: float = 0.0,
) -> Replayed:
    """Apply `mutations` independent changes at the rate of a Shopify plan, of which `other` is taken by others."""
    world = World(folder, orders=mutations + 200, store_settings=StoreSettings(plan=plan, job_seconds=1.0))
    world.settings = replace(world.settings, share=share, transport=transport)
    fresh = world.wire
    wires = list[Shared]()

    def wire() -> httpx.AsyncBaseTransport:
        wires.append(Shared(fresh(), world.store, other))
        return Slow(wires[-1], seed)

    world.wire = wire  # type: ignore[method-assign]
    orders = list(world.store.orders.values())[:mutations]
    rows = [{"ID": order.id, **_edit(action, closed=order.closed_at is not None)} for order in orders]
    made = world.plan(world.recipe(*rows, name="orders.csv"))
    world.later(3600.0)  # the bucket is full again
    seen, began, cpu = len(world.store.requests), world.passed, time.process_time()
    wires.clear()
    done = world.apply()
    cpu = time.process_time() - cpu
    assert done.outcomes.get("applied", 0) + done.outcomes.get("already", 0) == len(made.changes), done.outcomes
    requests = world.store.requests[seen:]
    elapsed = requests[-1].at - requests[0].at
    rate = RESTORE_RATES[plan]
    spent = sum(r.cost or 0 for r in requests if r.outcome != "throttled")
    offered = rate * (BUCKET_FACTOR + elapsed) - sum(each.taken for each in wires)
    reading = sum(r.cost or 0 for r in requests if not r.mutation and r.outcome != "throttled")
    return Replayed(
        plan,
        len(made.changes),
        world.passed - began,
        spent / offered if spent > rate * BUCKET_FACTOR else None,
        sum(r.outcome == "throttled" for r in requests) / len(requests),
        reading / spent,
        cpu,
        other,
    )


def _edit(action: str, *, closed: bool) -> dict[str, str]:
    if action == "archive":
        return {"Action": "unarchive" if closed else "archive"}
    return {"tag": {"Tags": "bench", "Tags Command": "MERGE"}, "note": {"Note": "bench"}}[action]


def measure(most: int, action: str = "archive", share: float = 1.0) -> tuple[str, list[Goal]]:
    """Every rate and number, then the largest in bulk beside one by one."""
    lines, goals = list[str](), list[Goal]()
    for plan in ("standard", "plus", "enterprise"):
        runs = [(each, 0.0) for each in (2_000, 20_000) if each <= most]
        for mutations, other in [*runs, (most, _OTHER)]:
            done = _replayed(plan, mutations, action, share=share, other=other)
            lines.append(str(done))
            what = f"replay, {plan}, {done.mutations:,} mutations"
            what += f", {other:.0%} taken by others" if other else ""
            if done.used is not None:
                goals.append(Goal(f"{what}: % of the offered points used", 100 * done.used / share, least=98))
            goals.append(Goal(f"{what}: % throttled", 100 * done.throttled, most=1))
            goals.append(Goal(f"{what}: % of the points for reading", 100 * done.reading, most=5))
    alone, bulk = (_replayed("standard", most, "tag", transport=how) for how in ("single", "bulk"))
    lines.append(
        f"tags, one by one: {alone.seconds:,.0f} s of the shop's time; in bulk: {bulk.seconds:,.0f} s, at the pace "
        "that the devstore takes for Shopify's"
    )
    goals.append(Goal(f"tags of {most:,} orders in bulk: time over one by one", bulk.seconds / alone.seconds, most=1))
    return "\n".join(lines), goals


def _replayed(plan: str, mutations: int, action: str, **how: Any) -> Replayed:
    with tempfile.TemporaryDirectory() as folder:
        return replay(Path(folder), plan, mutations, action, **how)


def main() -> None:
    """`python -m bench.replay [--most N]`."""
    parser = argparse.ArgumentParser(description="How much of the rate limit an apply uses.")
    parser.add_argument("--most", type=int, default=20_000)
    parser.add_argument("--action", default="archive", choices=["archive", "tag", "note"])
    parser.add_argument("--share", type=float, default=1.0)
    chosen = parser.parse_args()
    table, reached = measure(chosen.most, chosen.action, chosen.share)
    print(table, goals_table(reached), sep="\n\n")


if __name__ == "__main__":
    main()
