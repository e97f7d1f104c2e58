"""What every test has: no network but loopback, a clean environment, and where the shared material is."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
        raise AssertionError(f"a test reached for the network: {address}")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own settings reaches a test."""
    for name in list(os.environ):
        if name.startswith(("SHOPIFY_", "BULK_ORDERS_")) and name not in {
            "BULK_ORDERS_REQUIRE_ALL",
            "BULK_ORDERS_SHARED",
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("BULK_ORDERS_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The state folder."""
    return tmp_path / "state"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`needs(program)`: skip with a notice, or fail where everything has to be there."""
    for mark in item.iter_markers("needs"):
        missing = [program for program in mark.args if shutil.which(program) is None]
        if missing and os.environ.get("BULK_ORDERS_REQUIRE_ALL") == "1":
            pytest.fail(f"not installed: {', '.join(missing)}")
        elif missing:
            pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The official schema and the recordings, where they are at hand."""
    path = Path(os.environ.get("BULK_ORDERS_SHARED") or ROOT.parent / "shared")
    if not (path / "shopify").is_dir():
        pytest.skip(f"the official schema and the recordings are not at {path}")
    return path
