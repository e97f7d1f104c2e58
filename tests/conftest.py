"""What every test has: no network but loopback, a clean environment, and where the shared material is."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from overheard import listen, misheard

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

listen()
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup the programs that are tested would inherit its deafness

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
            "BULK_ORDERS_FAILPOINTS_LOG",
            _TROUBLES_LOG,
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("BULK_ORDERS_HOME", str(tmp_path / "state"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):  # the machine's own language is no test's
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.fixture(autouse=True)
def _every_sentence_is_told_in_every_language() -> Iterator[None]:
    yield
    wrong = misheard()
    assert wrong == [], "run `make languages` and translate what is new, or see bulk_orders/language"


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


# --- what has to hold of the whole suite ------------------------------------------------------------------------------


_OWN_LOG = "failpoints-of-this-suite.log"
_TROUBLES_LOG = "BULK_ORDERS_TROUBLES_LOG"
_OWN_TROUBLES = "troubles-of-this-suite.log"


def pytest_configure(config: pytest.Config) -> None:
    """Every failpoint that is passed in a process of the program, and every trouble that strikes in a store, is noted
    in one file for all workers."""
    if not hasattr(config, "workerinput"):
        os.environ.setdefault("BULK_ORDERS_FAILPOINTS_LOG", str(Path(tempfile.mkdtemp()) / _OWN_LOG))
        os.environ.setdefault(_TROUBLES_LOG, str(Path(tempfile.mkdtemp()) / _OWN_TROUBLES))
    _note_troubles(Path(os.environ[_TROUBLES_LOG]))


def _note_troubles(log: Path) -> None:
    from bulk_orders.devstore import troubles

    noted: set[str] = set()

    def note(name: str) -> None:
        if name not in noted:
            noted.add(name)
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")

    troubles.watcher = note


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After all tests: no known token in any file that they left; after the whole suite, every failpoint was passed and
    every trouble has struck."""
    if hasattr(session.config, "workerinput"):
        return
    wrong = [f"a token stands in {path}" for path in _telling(session.config)]
    passed = _read(Path(os.environ["BULK_ORDERS_FAILPOINTS_LOG"]), _OWN_LOG)
    struck = _read(Path(os.environ[_TROUBLES_LOG]), _OWN_TROUBLES)
    if _is_whole(session):
        from bulk_orders.devstore import TROUBLES
        from bulk_orders.failpoints import POINTS

        wrong += [f"failpoint {point} was never passed" for point in POINTS if point not in passed]
        wrong += [f"trouble {name!r} never struck" for name in TROUBLES if name not in struck]
    if wrong:
        print("\n".join(["", *wrong]))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _read(log: Path, own: str) -> set[str]:
    """The lines of a log; one of our own making is removed, with its folder."""
    lines = set(log.read_text(encoding="utf-8").splitlines()) if log.exists() else set()
    if log.name == own:  # never a folder of somebody else's
        log.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            log.parent.rmdir()
    return lines


def _is_whole(session: pytest.Session) -> bool:
    """Nothing was left out by name, mark or place, and nothing failed."""
    option = session.config.option
    chosen = option.keyword or option.markexpr or getattr(option, "lf", False) or getattr(option, "maxfail", 0)
    return not chosen and session.config.args == ["tests"] and session.testsfailed == 0


def _telling(config: pytest.Config) -> Iterator[Path]:
    """The files below the suite's own temporary folder in which a token or secret of the devstore stands."""
    from bulk_orders.devstore import CLIENT_SECRET, TOKEN

    factory = getattr(config, "_tmp_path_factory", None)
    if factory is None:
        return
    for folder, _, names in os.walk(factory.getbasetemp()):  # which passes over what another run clears away meanwhile
        for path in (Path(folder, name) for name in names if "token" not in name):
            content = b""
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            if TOKEN.encode() in content or CLIENT_SECRET.encode() in content:
                yield path
