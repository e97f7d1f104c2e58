"""F9 to F12: bulk operations and their files. Whole and counted, or nothing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from virtual import VirtualClock, run
from world import World, read_in_bulk

from bulk_orders.devstore import BulkFate, Rule, Script
from bulk_orders.errors import BulkOrdersError, StorageError
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.download import download

GONE_ON = [
    "cut at 0",
    "cut at 1 %",
    "cut at 50 %",
    "cut at 99.9 %",
    "answer lost",
    "500",
    "broken gzip after",
    "ends early without a length",
    "address expired",
]
"""What one more request mends."""
NEVER_WHOLE = [
    "cut at 0",
    "cut at 1 %",
    "a line twice",
    "a line twice, one missing",
    "cut inside a line",
    "a line missing",
    "no text",
    "500",
    "address expired",
    "redirect",
    "html after",
    "empty after",
    "broken gzip after",
]
STATED = ["more objects stated", "fewer roots stated", "another size stated", "counts no numbers", "no address",
          "a foreign address", "an address that is none"]  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


def _nothing_written(world: World) -> None:
    assert not (world.folder / "orders.csv").exists()
    assert not list(world.home.glob("bases/*"))


@pytest.mark.parametrize("rows", ["orders", "lines"])
@pytest.mark.parametrize("trouble", GONE_ON)
def test_f9_a_download_goes_on(world: World, trouble: str, rows: str) -> None:
    world.store.faults = script = Script(Rule(trouble, kinds=("file",), most=1))
    done = world.export(rows=rows)
    assert script.struck[trouble] == 1
    assert done.orders == 60
    assert world.sheet()["Name"].n_unique() == 60


@pytest.mark.parametrize("second", ["range ignored", "another file"])
def test_f9_the_rest_of_something_else_is_never_appended(world: World, second: str) -> None:
    world.export("sound.csv")
    world.store.faults = script = Script(
        Rule("cut at 50 %", kinds=("file",), most=1), Rule(second, kinds=("file",), at=(1,))
    )
    done = world.export()
    assert script.struck[second] == 1
    assert done.orders == 60
    assert world.sheet().drop("Export: ID").equals(world.sheet("sound.csv").drop("Export: ID"))


@pytest.mark.parametrize("rows", ["orders", "lines"])
@pytest.mark.parametrize("trouble", NEVER_WHOLE)
def test_f9_f10_a_file_that_is_never_whole_is_no_export(world: World, trouble: str, rows: str) -> None:
    world.store.faults = script = Script(Rule(trouble, kinds=("file",)))
    began = world.passed
    with pytest.raises(BulkOrdersError) as failed:
        world.export(rows=rows)
    assert failed.value.exit_code == 1
    assert script.struck[trouble] >= 1
    assert world.passed - began < 300, "given up in the end"
    _nothing_written(world)


@pytest.mark.parametrize("trouble", STATED)
def test_f9_f10_f11_counts_and_addresses_that_lie(world: World, trouble: str) -> None:
    world.store.faults = script = Script(Rule(trouble, kinds=("query",), roots=("bulkOperation",)))
    with pytest.raises(BulkOrdersError) as failed:
        world.export()
    assert failed.value.exit_code == 1
    assert script.struck[trouble] >= 1
    _nothing_written(world)


@pytest.mark.parametrize(
    "fate",
    [
        BulkFate("FAILED", "INTERNAL_SERVER_ERROR", None),
        BulkFate("FAILED", "INTERNAL_SERVER_ERROR", 0.6),
        BulkFate("FAILED", "TIMEOUT", 0.9),
        BulkFate("FAILED", "ACCESS_DENIED", None),
        BulkFate("FAILED", None, 1.0),
        BulkFate("CANCELED", None, 0.5),
        BulkFate("EXPIRED", None, None),
        BulkFate("PAUSED", None, None),
    ],
    ids=lambda fate: f"{fate.status} {fate.error_code} {fate.partial}",
)
def test_f11_an_operation_that_ends_otherwise_is_no_export(world: World, fate: BulkFate) -> None:
    """Partial data never exports and never plans anything."""
    world.store.settings.bulk_fate = lambda _: fate
    with pytest.raises(BulkOrdersError) as failed:
        world.export()
    assert failed.value.exit_code == 1
    _nothing_written(world)
    again = fate.status == "CANCELED" or fate.error_code in ("INTERNAL_SERVER_ERROR", "TIMEOUT")
    assert len(world.store.bulk.all) == (3 if again else 1)


def test_f11_what_shopify_cancels_once_is_started_again(world: World) -> None:
    fates = iter([BulkFate("CANCELED", None, 0.5), BulkFate("FAILED", "TIMEOUT", 0.5)])
    world.store.settings.bulk_fate = lambda _: next(fates, None)
    assert world.export().orders == 60


def test_f11_nothing_found_is_an_empty_sheet(world: World) -> None:
    assert world.export(query="name:nobody").orders == 0


def test_f10_a_plan_from_a_damaged_result_is_no_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where orders are read by a bulk operation: whole, or there is no plan."""
    read_in_bulk(monkeypatch)
    world.export(columns=["Action"])
    world.edit({order.name: {"Action": "archive"} for order in world.store.orders.values()})
    for trouble in ("cut inside a line", "no text", "a line missing"):
        world.store.faults = script = Script(Rule(trouble, kinds=("file",)))
        with pytest.raises(BulkOrdersError):
            world.plan()
        assert script.struck[trouble] >= 1
    world.store.faults = Script()
    assert world.plan().changes


def test_f12_an_operation_without_headway_is_given_up_and_cancelled(world: World) -> None:
    world.store.settings.bulk_seconds = math.inf
    began = world.passed
    with pytest.raises(BulkOrdersError, match="no headway"):
        world.export()
    assert world.passed - began < 10 * world.settings.job_deadline_seconds + 60
    assert [operation.status for operation in world.store.bulk.all] == ["CANCELING"]
    _nothing_written(world)


@pytest.mark.parametrize("trouble", ["500", "answer lost", "html", "hangs before"])
def test_f12_a_start_that_is_never_answered_is_given_up(world: World, trouble: str) -> None:
    """Where what was started shows, it is followed; else the shop is left alone after a few tries."""
    world.store.faults = Script(Rule(trouble, kinds=("mutation",), roots=("bulkOperationRunQuery",)))
    if trouble == "answer lost":
        assert world.export().orders == 60
        assert len(world.store.bulk.all) == 1, "not doubled"
        return
    with pytest.raises(BulkOrdersError, match="no usable answer"):
        world.export()
    assert len([r for r in world.store.requests if r.root == "bulkOperationRunQuery"]) <= 4


@pytest.mark.parametrize("seconds", [0.1, 2.0, 40.0])
def test_f12_a_lost_answer_to_the_start_does_not_double_it(world: World, seconds: float) -> None:
    """However fast it is: one that has ended by the time that we look is ours all the same."""
    world.store.settings.bulk_seconds = seconds
    world.store.faults = Script(Rule("answer lost", roots=("bulkOperationRunQuery",), most=1))
    assert world.export().orders == 60
    assert len(world.store.bulk.all) == 1


def test_f12_all_places_taken(world: World) -> None:
    """Other bulk queries of the same app hold all five places; ours waits for one."""
    world.store.settings.bulk_seconds = 30.0

    async def work() -> None:
        async with world.shop() as shop:
            queries = [f'{{ orders(query: "name:{n}") {{ edges {{ node {{ id }} }} }} }}' for n in range(6)]
            await asyncio.gather(*(shop.run_bulk(query) for query in queries))

    world.run(work())
    assert len(world.store.bulk.all) == 6


def test_f12_the_operation_of_a_dead_process_is_adopted(world: World) -> None:
    world.store.settings.bulk_seconds = 20.0

    class Dies(BaseException):
        pass

    class Dead(Script):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if "bulkOperation" in call.roots:
                raise Dies
            return reply

    world.store.faults = Dead()
    with pytest.raises(Dies):
        world.export()
    world.store.faults = Script()
    assert world.export().orders == 60
    assert len(world.store.bulk.all) == 1, "adopted, not doubled"


# --- files without a store: bytes as they come ------------------------------------------------------------------------


class _Dripping(httpx.AsyncByteStream):
    def __init__(self, clock: VirtualClock, size: int) -> None:
        self._clock, self._size = clock, size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._size):
            await self._clock.sleep(1.0)
            yield b"x"


def test_f9_f23_a_download_that_drips_is_given_up(tmp_path: Path) -> None:
    clock = VirtualClock()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=_Dripping(clock, 10**9))

    async def work() -> float:
        began = clock.monotonic()
        with pytest.raises(BulkOrdersError, match="could not be downloaded"):
            await download(
                BulkResult("gid://b/1", "http://127.0.0.1/f", 1, 1, 10**9),
                tmp_path / "f",
                address=ShopAddress.parse("http://127.0.0.1:1"),
                clock=clock,
                transport=httpx.MockTransport(answer),
            )
        return clock.monotonic() - began

    assert run(work()) < 200


def test_f15_a_download_that_does_not_fit(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from bulk_orders import failpoints

    monkeypatch.setattr(failpoints, "watcher", failpoints.read({failpoints.VARIABLE: "download.block=full"}))
    with pytest.raises(StorageError, match="cannot be kept"):
        world.export()
    _nothing_written(world)
