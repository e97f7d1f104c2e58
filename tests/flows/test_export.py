"""An export's download and the thread that reads behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bulk_orders.flows.export_orders import _downloaded
from bulk_orders.shopify.arriving import Arriving
from bulk_orders.shopify.bulk import BulkFailed, BulkResult
from bulk_orders.shopify.shop import Shop

_RESULT = BulkResult("gid://b/1", "http://127.0.0.1/x", 0, 0, 0)


class _Local:
    """A shop whose download tells of these sizes on disk."""

    def __init__(self, *sizes: int) -> None:
        self._sizes = sizes

    async def download(self, _result: BulkResult, target: Path, arrived: Callable[[int], None]) -> None:
        target.touch()
        for size in self._sizes:
            arrived(size)


async def _read(shop: _Local, target: Path, snapshot: Callable[[Arriving], Path]) -> Path:
    return await _downloaded(cast(Shop, shop), _RESULT, target, snapshot, lambda _: None)


def test_who_stops_an_export_waits_for_what_still_writes(tmp_path: Path) -> None:
    """Customers' data would be written into a folder that has just been removed, and stay."""
    ended, given_up = threading.Event(), threading.Event()

    async def stopped() -> None:
        loop = asyncio.get_running_loop()

        def snapshot(arriving: Arriving) -> Path:
            try:
                while not arriving.wait(1):
                    pass
                loop.call_soon_threadsafe(task.cancel)
                while arriving.wait(0) and not given_up.is_set():
                    pass
            finally:
                ended.set()
            return tmp_path

        task: asyncio.Task[Any] = asyncio.ensure_future(_read(_Local(), tmp_path / "x", snapshot))
        try:
            with pytest.raises(asyncio.CancelledError):
                await task
            assert ended.is_set()
        finally:
            given_up.set()

    asyncio.run(stopped())


def test_what_is_wrong_with_a_file_that_began_anew_is_looked_at_again(tmp_path: Path) -> None:
    """Its first part may be of the file before."""
    tries: list[Arriving] = []

    def snapshot(arriving: Arriving) -> Path:
        tries.append(arriving)
        if arriving is tries[0]:
            while not arriving.restarted:
                pass
            raise BulkFailed("The result has lines of another form than was asked for.")
        assert arriving.wait(1 << 40), "it is whole by now"
        return tmp_path

    assert asyncio.run(_read(_Local(500, 10, 600), tmp_path / "x", snapshot)) == tmp_path


def test_what_is_wrong_with_a_file_that_came_in_one_piece_is_wrong(tmp_path: Path) -> None:
    tries: list[Arriving] = []

    def snapshot(arriving: Arriving) -> Path:
        tries.append(arriving)
        raise BulkFailed("The result has an order twice.")

    with pytest.raises(BulkFailed, match="twice"):
        asyncio.run(_read(_Local(600), tmp_path / "x", snapshot))
    assert len(tries) == 1
