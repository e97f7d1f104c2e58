"""Commands as a log keeps them: what each says on both streams, in the order in which it was said, and its exit code.

Both streams go into one file through buffers of their own, as under `>log 2>&1`: who does not hand over what the other
has to come after stands in the wrong place. After a change that is meant: GOLDEN=write pytest tests/cli/FILE, and read
the difference.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from world import World, open_paid, open_unpaid, shipped

from bulk_orders import __version__
from bulk_orders.cli.main import COMMANDS, run
from bulk_orders.devstore import TOKEN, DevStore, running
from bulk_orders.devstore import Settings as StoreSettings

GOLDEN = ROOT / "tests" / "golden" / "commands"
POLICY = """
[actions]
archive = "do"
[[rules]]
name = "sent"
do = "archive"
when = { fulfillment = "fulfilled", payment = "paid", placed_ago = "100d" }
"""
KINDS = (shipped, open_paid, open_unpaid)
NAMES = ("help", "offline", "refusals", "round", "unhappy", "nights", "shops", "schedule")


class _Log(io.RawIOBase):
    """A file that two buffers write to."""

    def __init__(self) -> None:
        self.written = bytearray()

    def stream(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BufferedWriter(self, 1 << 20), encoding="utf-8")  # type: ignore[type-var]

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += bytes(data)
        return len(data)


class _Session:
    """A folder, a store, and a log of what is called."""

    def __init__(self, folder: Path, store: DevStore) -> None:
        self.world = World.__new__(World)
        self.world.store, self.world.folder = store, folder
        self._log: list[str] = []

    def __call__(self, *arguments: str) -> None:
        log = _Log()
        out, err = log.stream(), log.stream()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = run(list(arguments))
            err.flush()
            out.flush()
        words = " ".join(word if re.fullmatch(r"[\w./#:=-]+", word) else f"'{word}'" for word in arguments)
        self._log.append(f"$ bulk-orders {words}\n{log.written.decode()}" + (f"[exit {code}]\n" if code else ""))

    def names(self) -> tuple[list[str], list[str], list[str]]:
        return tuple([o.name for o in self.world.some(kind, 2)] for kind in KINDS)  # type: ignore[return-value]

    def write(self, name: str, text: str) -> None:
        (self.world.folder / name).write_text(text, encoding="utf-8")

    def text(self) -> str:
        return _timeless("\n".join(self._log), self.world.folder)


def _timeless(text: str, folder: Path) -> str:
    """Without what is another each time: places, times, ids."""
    for found, stands in (
        (re.escape(f"{folder.resolve()}/"), ""),
        (re.escape(str(folder.resolve())), "."),
        (re.escape(__version__), "VERSION"),
        (r"127\.0\.0\.1([:-])\d+", r"127.0.0.1\1PORT"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-22 10:00 UTC"),
        (r"\d{4}-\d\d-\d\d", "2026-11-22"),
        (r"\b[0-9a-f]{4}-[0-9a-f]{4}\b", "0000-0000"),
        (r"\b[0-9a-f]{12}\b", "0" * 12),
        (r"  (?:-h, )?--help +Show", "  --help  Show"),  # as click keeps it, whether or not it has helped before
        (r"\(process \d+\)", "(process 1)"),
        (r"\d+\.\d days ago", "N days ago"),
        (r"[\d,]+ saved up", "2000 saved up"),
    ):
        text = re.sub(found, stands, text)
    return text


@pytest.fixture(scope="module")
def logs() -> Iterator[dict[str, str]]:
    """Every session by name. Its folder has a name of the same length each time, on which the ends of lines depend."""
    with contextlib.ExitStack() as outside, pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.which", lambda name: f"/opt/bulk-orders/bin/{name}")
        for name in [each for each in os.environ if each.startswith(("SHOPIFY_", "BULK_ORDERS_"))]:
            patch.delenv(name)
        for name, value in {"NO_COLOR": "1", "LANG": "C.UTF-8", "PATH": "", "COLUMNS": "80"}.items():
            patch.setenv(name, value)
        for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
            patch.delenv(name, raising=False)
        told = {}
        for name, session in {
            "help": _help,
            "offline": _offline,
            "refusals": _refusals,
            "round": _round,
            "unhappy": _unhappy,
            "nights": _nights,
            "shops": _shops,
            "schedule": _schedule,
        }.items():
            folder = Path(outside.enter_context(tempfile.TemporaryDirectory(prefix="bo-", dir="/tmp")))
            store = DevStore.seeded(60, 7, settings=StoreSettings(job_seconds=0.0, bulk_seconds=0.0))
            patch.chdir(folder)
            patch.setenv("BULK_ORDERS_HOME", str(folder / "state"))
            with running(store) as url:
                patch.setenv("SHOPIFY_SHOP", url)
                patch.setenv("SHOPIFY_ACCESS_TOKEN", TOKEN)
                made = _Session(folder, store)
                session(made)
                told[name] = made.text()
        yield told


def _help(call: _Session) -> None:
    call("--help")
    for name in COMMANDS:
        call(name, "--help")


def _offline(call: _Session) -> None:
    call("columns", "cancel: re")
    call("columns", "colour")
    call("runs")
    call("runs", "--nights")
    call("purge", "--older-than", "1d")
    call("purge")
    call("status", "nothing.plan")
    call("show", "nothing.plan")
    call("expotr")
    call("export")


def _refusals(call: _Session) -> None:
    """What is stopped before anything happens."""
    sent, paid, unpaid = call.names()
    call("export", "-o", "orders.doc")
    call("export", "-o", "orders.csv", "--created-from", "2026-02-01", "--created-to", "2026-01-01")
    call("plan", "nothing.csv")
    call.write("wrong.csv", f"Name,Action,Nonsense\n{sent[0]},cancle,x\n,archive,\n")
    call("check", "wrong.csv")
    call("plan", "wrong.csv")
    call.write("cancel.csv", "Name,Action,Cancel: Refund\n" + "".join(f"{name},cancel,TRUE\n" for name in paid))
    call("plan", "cancel.csv", "--max-irreversible", "1", "--max-refunds", "1 EUR")
    call("plan", "cancel.csv", "-q")
    call("apply", "cancel.plan")
    call("apply", "cancel.plan", "--yes")
    call("apply", "cancel.plan", "--confirm", "another")
    call("apply", "cancel.plan", "--confirm", "devstore", "--plan-digest", "000000000000")
    call("apply", "cancel.plan", "--confirm", "devstore", "--max-irreversible", "1")
    call("undo", "cancel.plan")
    call("verify", "cancel.plan")
    text = Path("cancel.plan").read_text(encoding="utf-8")
    Path("cancel.plan").write_text(text.replace("TRUE", "FALSE").replace(paid[0], unpaid[0]), encoding="utf-8")
    call("apply", "cancel.plan", "--confirm", "devstore")
    filled = "".join(f"{o.name},cancel,note {o.name}\n" for o in list(call.world.store.orders.values())[:30])
    call.write("filled.csv", f"Name,Action,Note\n{filled}")
    call("check", "filled.csv")
    call("plan", "filled.csv")


def _round(call: _Session) -> None:
    """A day on which all goes well."""
    sent, _, unpaid = call.names()
    call("doctor")
    call("export", "-o", "my orders.csv")
    call("export", "-o", "none.csv", "--tag", "nobody-has-it")
    call("plan", "my orders.csv")
    call.write("edited.csv", f"Name,Action,Note\n{sent[0]},archive,\n{sent[1]},archive,\n{unpaid[0]},,call\n")
    call("check", "edited.csv")
    call("plan", "edited.csv")
    call("apply", "edited.plan", "--yes")
    call("status", "edited.plan")
    call("apply", "edited.plan", "--yes")
    call("verify", "edited.plan")
    call("undo", "edited.plan")
    call("apply", "edited.undo.plan", "--yes")
    call("runs")
    call("purge", "--older-than", "2d")


def _unhappy(call: _Session) -> None:
    """Somebody was quicker, and the token is revoked."""
    sent, _, _ = call.names()
    call.write("edited.csv", "Name,Note\n" + "".join(f"{name},mine\n" for name in sent))
    call("plan", "edited.csv", "-q")
    call.world.named(sent[0]).note = "theirs"
    call("apply", "edited.plan", "--yes", "--transport", "single")
    call.world.named(sent[1]).note = "theirs, later"
    call("verify", "edited.plan")
    os.environ["SHOPIFY_ACCESS_TOKEN"] = "no-longer-good"
    call("doctor")
    call("plan", "edited.csv")
    call("export", "-o", "orders.csv")


def _nights(call: _Session) -> None:
    sent, paid, _ = call.names()
    call.write("policy.toml", POLICY)
    call.write("orders.csv", f"Name,Action,Cancel: Refund\n{sent[0]},archive,\n{paid[0]},cancel,TRUE\n")
    call("reconcile", "orders.csv")
    call("reconcile", "orders.csv", "--policy", "policy.toml", "--dry-run")
    call("reconcile", "orders.csv", "--policy", "policy.toml")
    call("reconcile", "--policy", "policy.toml")
    call("reconcile", "--policy", "policy.toml", "--explain", sent[0])
    call("reconcile", "--policy", "policy.toml", "--explain", "#9")
    call("runs", "--nights")


def _shops(call: _Session) -> None:
    south = DevStore.seeded(40, 8, settings=StoreSettings(job_seconds=0.0, bulk_seconds=0.0))
    south.shop.myshopify_domain = "south.myshopify.com"
    call.world.store.shop.myshopify_domain = "north.myshopify.com"
    os.environ["NORTH_TOKEN"] = TOKEN
    call.write("policy.toml", POLICY)
    try:
        with running(south) as url:
            call.write(
                "bulk_orders.toml",
                f'[shops.north]\nshop = "{os.environ.pop("SHOPIFY_SHOP")}"\ntoken_env = "NORTH_TOKEN"\n'
                f'[shops.south]\nshop = "{url}"\ntoken_env = "SOUTH_TOKEN"\n',
            )
            os.environ.pop("SHOPIFY_ACCESS_TOKEN")
            call("overview", "--all-shops", "-o", "look")
            call("reconcile", "--all-shops", "--policy", "policy.toml")
            call("doctor", "--shop", "suoth")
    finally:
        del os.environ["NORTH_TOKEN"]


def _schedule(call: _Session) -> None:
    os.environ["SHOPIFY_SHOP"] = "your-handle.myshopify.com"
    for kind in ("systemd", "cron", "kubernetes", "github"):
        place = () if kind in ("systemd", "kubernetes") else ("--folder", "/srv/bulk-orders")
        call("schedule", kind, *place)
    call("schedule", "cron", "--", "apply", "orders.plan")
    call("schedule", "cron", "--", "plan", "orders.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_session_is_as_it_was(name: str, logs: dict[str, str]) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(logs[name], encoding="utf-8")
    assert logs[name] == path.read_text(encoding="utf-8")


def test_every_command_is_in_a_session(logs: dict[str, str]) -> None:
    called = set(re.findall(r"^\$ bulk-orders (\w+)(?! --help)", "".join(logs.values()), re.MULTILINE))
    assert called >= set(COMMANDS) - {"demo", "devstore"}, "those two have tests of their own, as processes"
    assert {path.stem for path in GOLDEN.iterdir()} == set(NAMES)


def test_no_secret_and_no_trace_is_in_a_session(logs: dict[str, str]) -> None:
    for text in logs.values():
        assert TOKEN not in text
        assert "no-longer-good" not in text
        assert "Traceback" not in text
