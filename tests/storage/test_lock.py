"""One run per shop: a second process is turned away, and asking does not get in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bulk_orders.errors import ShopLocked
from bulk_orders.storage.lock import ShopLock, slug

SHOP = "box.myshopify.com"


@contextmanager
def _held_elsewhere(home: Path) -> Iterator[subprocess.Popen[str]]:
    script = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.lock import ShopLock\n"
        "with ShopLock(Path(sys.argv[1]), 'box.myshopify.com'):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_turned_away_and_told_who_holds_it(home: Path) -> None:
    with _held_elsewhere(home) as holder:
        with pytest.raises(ShopLocked, match=f"process {holder.pid}"), ShopLock(home, SHOP):
            pass
        assert ShopLock(home, SHOP).holder() == holder.pid


def test_a_second_run_of_one_process_is_turned_away_too_and_asking_lets_go_of_nothing(home: Path) -> None:
    ask = (
        "import sys\nfrom pathlib import Path\nfrom bulk_orders.storage.lock import ShopLock\n"
        "print(ShopLock(Path(sys.argv[1]), 'box.myshopify.com').holder())\n"
    )
    with ShopLock(home, SHOP):
        with pytest.raises(ShopLocked, match=f"process {os.getpid()}"), ShopLock(home, SHOP):
            pass
        assert ShopLock(home, SHOP).holder() == os.getpid()
        told = subprocess.run([sys.executable, "-c", ask, str(home)], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == str(os.getpid())
    assert ShopLock(home, SHOP).holder() is None


def test_asking_does_not_take_it(home: Path) -> None:
    assert ShopLock(home, SHOP).holder() is None
    with ShopLock(home, SHOP):
        pass
    assert ShopLock(home, SHOP).holder() is None


def test_it_dies_with_its_process(home: Path) -> None:
    with _held_elsewhere(home) as holder:
        holder.kill()
        holder.wait()
        with ShopLock(home, SHOP):
            pass


def test_another_shop_is_free(home: Path) -> None:
    with _held_elsewhere(home), ShopLock(home, "other.myshopify.com"):
        pass


@pytest.mark.parametrize(
    ("text", "name"),
    [("Box.myshopify.com", "box.myshopify.com"), ("../../etc", "etc"), ("", "shop"), ("a/b c", "a-b-c")],
)
def test_a_name_makes_no_path(text: str, name: str) -> None:
    assert slug(text) == name
