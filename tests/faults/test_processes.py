"""F16, F22: two and ten applies at once; Ctrl-C, a service that is stopped, a terminal that goes away, a pause."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_orders.devstore import Faults, Rule, Script
from faults.process import HANG, Case, Theatre, fair, settled

CONFIRMED = ("apply", "orders.plan", "--confirm", "devstore", "--json")


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    return Theatre(tmp_path_factory.mktemp("processes"), 8, latency_seconds=0.1)


@pytest.fixture
def case(theatre: Theatre) -> Iterator[Case]:
    with theatre.case() as made:
        yield made


def _first_change(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    while '"change"' not in process.stdout.readline():
        assert process.poll() is None


@pytest.mark.parametrize("many", [2, 10])
def test_f16_several_applies_at_once(case: Case, many: int) -> None:
    """One goes on, the others are turned away and say who is at it: the one stands still in the middle meanwhile."""
    first = case.stopped(*CONFIRMED, at="intent.before")
    others = [case.start(*CONFIRMED) for _ in range(many - 1)]
    for other in others:
        out, _ = other.communicate(timeout=HANG)
        assert other.returncode == 5, out
        error = json.loads(out)["error"]
        assert error["code"] == "shop_locked"
        assert str(first.pid) in error["what"]
    assert case.status()["state"] == "running"
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=HANG)
    assert first.returncode == 0
    fair(case)


def test_f16_a_plan_that_is_being_applied_is_not_overwritten(case: Case) -> None:
    first = case.stopped(*CONFIRMED, at="intent.before")
    planned = case.command("plan", "orders.csv", "--allow-delivered", "--json")
    assert (planned.code, json.loads(planned.out)["error"]["code"]) == (5, "plan_unfinished")
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=HANG)
    assert first.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_f22_a_signal_ends_a_run_after_what_is_in_flight(case: Case, number: signal.Signals) -> None:
    process = case.stopped(*CONFIRMED, at="response.after")
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=HANG)
    assert process.returncode == 130, out + err
    summary = json.loads(out.splitlines()[-1])
    assert sum(summary["outcomes"].values()) == len(case.plan["changes"])
    assert case.status()["state"] == "interrupted"
    settled(case)


def test_f22_the_second_ctrl_c_stops_at_once(case: Case) -> None:
    case.store.settings.job_seconds = 600.0
    process = case.start(*CONFIRMED)
    _first_change(process)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert any("Stopping" in line for line in iter(process.stderr.readline, "")), "the first one is heard"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=HANG)
    assert process.returncode == 130, out + err
    case.store.settings.job_seconds = 0.2
    fair(case)


MOMENTS = [
    ("apply", "plan.loaded", signal.SIGINT, 130), ("apply", "lock.taken", signal.SIGTERM, 130),
    ("apply", "run.before-begin", signal.SIGHUP, 130), ("apply", "run.before-end", signal.SIGTERM, 0),
    ("export", "bulk.submitted", signal.SIGHUP, 130), ("export", "download.block", signal.SIGINT, 130),
    ("plan", "file.make", signal.SIGTERM, 130),
]  # fmt: skip
"""Where a signal comes, which, and how the command ends: at the end of a run there is nothing left to interrupt."""


@pytest.mark.parametrize(("command", "moment", "number", "code"), MOMENTS)
def test_f22_a_signal_at_any_moment_is_130(
    case: Case, command: str, moment: str, number: signal.Signals, code: int
) -> None:
    """While it starts, while it asks, while it waits: never a bare death, never a traceback."""
    arguments = {
        "apply": CONFIRMED,
        "export": ("export", "-o", "more.csv", "--json"),
        "plan": ("plan", "orders.csv", "-o", "more.plan", "--json"),
    }[command]
    process = case.stopped(*arguments, at=moment)
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=HANG)
    assert "Traceback" not in out + err
    assert process.returncode == code, (out, err)
    fair(case)


def test_f22_nohup_is_respected(case: Case) -> None:
    process = case.start(*CONFIRMED, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    _first_change(process)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=HANG)
    assert process.returncode == 0


def test_f22_stopped_for_a_while_and_continued(case: Case) -> None:
    """SIGSTOP: sockets and jobs go on without it; it goes on where it was."""
    process = case.start(*CONFIRMED)
    _first_change(process)
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=HANG)
    assert process.returncode in (0, 7), out + err
    settled(case)


def test_a_reader_that_goes_away_is_no_harm(case: Case) -> None:
    process = case.start(*CONFIRMED, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=HANG)
    settled(case)


@pytest.mark.parametrize("status", ["430", "402", "423"])
def test_f7_an_answer_that_stops_the_run(case: Case, status: str) -> None:
    """In the middle of a run, on the wire: exit 1 with its number, and the same command goes on later."""
    case.store.faults = Script(Rule(status, at=range(4, 1000)))
    stopped = case.apply()
    assert stopped.code == 1, stopped.err
    assert status in stopped.summary["error"]["what"]
    status_ = case.status()
    assert (status_["state"], status in status_["last_error"]) == ("interrupted", True)
    assert status_["outcomes"]["left"] > 0
    fair(case)
    case.store.faults = Faults()
    settled(case)


def test_failpoints_are_off_by_default_and_checked() -> None:
    from bulk_orders import failpoints

    assert failpoints.read({}) is None
    for wrong in ("nowhere=kill", "lock.before", "lock.before=explode", "lock.before=kill@x"):
        with pytest.raises(ValueError, match=r"failpoint|invalid literal"):
            failpoints.read({failpoints.VARIABLE: wrong})
    with pytest.raises(LookupError):
        failpoints.Failpoints({}, None)("nowhere")
    assert Path(sys.executable).exists()
