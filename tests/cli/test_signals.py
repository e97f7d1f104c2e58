"""A signal ends the program with 130, whatever was being done and whatever comes of the exception that it raises."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from bulk_orders.cli import main as entry
from bulk_orders.cli.main import run

_STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def _translated() -> None:
    """What an import does whose metaclass was interrupted."""
    try:
        _signalled()
    except BaseException as error:
        raise TypeError("metaclass") from error


def _grouped() -> None:
    """What a task group does with the end of its tasks."""
    try:
        _signalled()
    except BaseException as error:
        raise BaseExceptionGroup("unhandled errors in a TaskGroup", [error]) from None


def _signalled() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("ends", [_signalled, _translated, _grouped])
def test_whatever_a_signal_breaks_is_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ends: Callable[[], None]
) -> None:
    monkeypatch.setattr(entry.app, "main", lambda *_, **__: ends())
    assert run(["columns"]) == 130
    assert "Interrupted." in capsys.readouterr().err


def test_an_exception_group_without_a_signal_is_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise BaseExceptionGroup("tasks", [ValueError("x")])

    monkeypatch.setattr(entry.app, "main", breaks)
    assert run(["columns"]) == 1
    assert "A bug in bulk-orders" in capsys.readouterr().err


def test_a_refusal_is_no_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    def misused(*_: object, **__: object) -> None:
        raise click.UsageError("no")

    monkeypatch.setattr(entry.app, "main", misused)
    assert run(["columns"]) == 2


_EARLY = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.{signal})
        return None
sys.meta_path.insert(0, Finder())
sys.argv = ["bulk-orders", "columns"]
from bulk_orders.cli import start
start()
"""


@pytest.mark.parametrize("number", _STOPPING)
def test_a_signal_before_the_program_has_begun(number: signal.Signals) -> None:
    """While the program itself is being imported: the end, without a word."""
    ran = _python(_EARLY.format(module="click", signal=number.name))
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


_LATE = """
import atexit, os, signal, sys
atexit.register(lambda: os.kill(os.getpid(), signal.{signal}))
sys.argv = ["bulk-orders", "columns", "--json"]
from bulk_orders.cli import start
start()
"""


@pytest.mark.parametrize("number", _STOPPING)
def test_a_signal_after_the_outcome_leaves_the_outcome(number: signal.Signals) -> None:
    ran = _python(_LATE.format(signal=number.name))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_output_that_nobody_takes_is_our_failure_not_pythons() -> None:
    """What is left in the buffer when the program ends: 1, not the 120 that Python would end with."""
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        for arguments in (["columns"], ["columns", "--json"], ["--help"]):
            command = [sys.executable, "-m", "bulk_orders", *arguments]
            ran = subprocess.run(
                command, stdout=full, stderr=subprocess.PIPE, env=buffered, timeout=120, check=False, text=True
            )
            assert ran.returncode == 1
            assert "Exception ignored" not in ran.stderr


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
