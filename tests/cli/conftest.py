"""A served store, and the program called as its user calls it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fitting import printed_fits
from world import World

from bulk_orders.cli.main import run
from bulk_orders.devstore import TOKEN, DevStore, running
from bulk_orders.devstore import Settings as StoreSettings


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Shell:
    """A folder, a store and the command line."""

    folder: Path
    store: DevStore
    capture: pytest.CaptureFixture[str]
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World.__new__(World)
        self.world.folder = self.folder
        self.world.store = self.store

    def __call__(self, *arguments: str) -> Ran:
        self.capture.readouterr()
        code = run(list(arguments))
        told = self.capture.readouterr()
        printed_fits(arguments, told.out)
        return Ran(code, told.out, told.err)

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def mutations(self) -> int:
        return sum(r.mutation and not r.root.startswith("bulk") for r in self.store.requests)


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[DevStore, str]]:
    """One store for all tests that change nothing in it."""
    store = DevStore.seeded(80, 7, settings=StoreSettings(job_seconds=0.1, bulk_seconds=0.1))
    with running(store) as url:
        yield store, url


@pytest.fixture
def sh(
    served: tuple[DevStore, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    store, url = served
    return _shell(store, url, tmp_path, monkeypatch, capsys)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A store of the test's own, to change things in."""
    store = DevStore.seeded(120, 7, settings=StoreSettings(job_seconds=0.1, bulk_seconds=0.1))
    with running(store) as url:
        yield _shell(store, url, tmp_path, monkeypatch, capsys)


def _shell(
    store: DevStore, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SHOPIFY_SHOP", url)
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", TOKEN)
    return Shell(folder, store, capsys)
