"""The story of the demo: the real commands, as a person would type them, with a real kill -9 in the middle.

Every line that begins with $ is run as it stands, in a process of its own, against a devstore on loopback, whose own
log of what it did is looked at in the end. One thing is chosen, and said on the screen: the moment of the kill, so that
no cancellation is on its way just then; such a one would end as unknown, for a person to look at, after minutes.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bulk_orders.cli.console import Console
from bulk_orders.core.results import State
from bulk_orders.demo.store import DemoFailed, Store
from bulk_orders.errors import Misused, StorageError
from bulk_orders.flows.run_status import Status, run_status
from bulk_orders.language import Spoken, chosen, language, plural, say
from bulk_orders.settings import load
from bulk_orders.views.lines import titled, to_type
from bulk_orders.views.words import outcome
from bulk_orders.views.wrapping import wrap

ORDERS = 150
_SETTLE_SECONDS = "2"
_LATENCY = 0.12
_KILL_AFTER = 4
"""Changes applied after which the first apply is killed."""


def run_demo(console: Console, folder: Path) -> int:
    """Run the story in `folder` (made, or emptied of an earlier demo's files); 0 if all went as told."""
    folder = folder.absolute()
    _prepare(folder)
    with Store(folder, orders=ORDERS, latency=_LATENCY) as store:
        _Story(console, folder, store).tell()
    return 0


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Misused(f"{folder} is no folder.", fix="Name another with --folder.")
    folder.mkdir(parents=True, exist_ok=True)
    names = {each.name for each in folder.iterdir()}
    foreign = sorted(names if _LOG not in names else names - set(_FILES))
    if foreign:
        raise Misused(f"{folder} holds other things ({foreign[0]}).", fix="Name an empty folder with --folder.")
    for name in _FILES:
        if (folder / name).is_dir():
            _remove(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


_LOG = "store.log"
"""What every demo leaves and nobody else does: by it a folder is known as an earlier demo's."""
_REPORTS = ("edited.plan.html", "edited.results.csv", "edited.results.html")
_FILES = ("orders.xlsx", "edited.xlsx", "edited.plan", *_REPORTS, "state", _LOG)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)


class _Story:
    """The steps, in their order."""

    def __init__(self, console: Console, folder: Path, store: Store) -> None:
        self._console = console
        self._folder = folder
        self._store = store
        self._environment = {
            **os.environ,
            "SHOPIFY_SHOP": store.url,
            "SHOPIFY_ACCESS_TOKEN": store.token,
            "BULK_ORDERS_HOME": str(folder / "state"),
            "BULK_ORDERS_SETTLE_SECONDS": _SETTLE_SECONDS,
        }
        self._spoken = () if chosen((), os.environ) == language() else ("--lang", language())
        self._began = time.monotonic()

    def tell(self) -> None:
        made_up = plural(
            "{count} made-up order, served on this machine only.",
            "{count} made-up orders, served on this machine only.",
            ORDERS,
        )
        self._title(say("A store in a box"), made_up)
        self._title(say("1  Export"), say("Orders into a spreadsheet, through a bulk operation."))
        self._run("export", "-o", "orders.xlsx")
        meanwhile = say("A copy, as somebody would in Excel; meanwhile a colleague works in the shop.")
        self._title(say("2  Edit"), meanwhile)
        self._edit()
        dry_run = say("The dry run: what would happen, what Shopify would refuse, what it costs.")
        self._title(say("3  Plan"), dry_run)
        self._run("plan", "edited.xlsx")
        self._title(say("4  Apply"), say("In rate-limited batches. In the middle of it: kill -9."))
        self._tell(
            say("(while no cancellation is on its way: one that may not have left would wait for a person to look)")
        )
        self._killed("apply", "edited.plan", "--confirm", self._handle())
        self._run("status", "edited.plan")
        goes_on = say("It reads what became of the interrupted change, and goes on.")
        self._title(say("5  The same command again"), goes_on)
        self._run("apply", "edited.plan", "--confirm", self._handle())
        self._title(say("6  And again"), say("A plan is used once: nothing is sent."))
        self._run("apply", "edited.plan", "--confirm", self._handle(), expected=5)
        self._verify()

    # --- steps --------------------------------------------------------------------------------------------------------

    def _edit(self) -> None:
        from bulk_orders.demo.edits import edit_copy

        edited = edit_copy(self._folder / "orders.xlsx", self._folder / "edited.xlsx")
        for line in edited.told:
            self._tell(line, "  ")
        self._store.person(edited.contested, note=say("Customer will collect"))
        colleague = say("(and in the shop, a colleague changes the note of {order})", order=edited.contested)
        self._tell(colleague, "  ")

    def _killed(self, *arguments: str) -> None:
        """Start it, and kill it without warning in the middle."""
        arguments = (*arguments, *self._spoken)
        self._say(f"$ bulk-orders {shlex.join(arguments)} &")
        process = subprocess.Popen(
            self._command(*arguments),
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._until(lambda: self._worth_killing(process) or process.poll() is not None)
            if process.poll() is not None:
                raise DemoFailed(Spoken(say("The run ended before it could be killed.")))
        finally:  # nothing is left running, or held still, where the demo itself fails or is stopped
            process.kill()
            process.wait()
        self._say(f"$ kill -9 {process.pid}")

    def _worth_killing(self, process: subprocess.Popen[bytes]) -> bool:
        """Hold the process still and look at its journal; let it go on if the moment makes a long story.

        A cancellation that is written down but may not have left is never sent again on a guess: it would end as
        unknown, for a person to look at, after minutes. The demo is to end in one.
        """
        if self._standing()[State.APPLIED] < _KILL_AFTER:
            return False
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        try:
            good = not self._cancels_on_their_way()
        except StorageError:  # it was stopped in the middle of writing its journal
            good = False
        if not good:
            process.send_signal(signal.SIGCONT)
        return good

    def _cancels_on_their_way(self) -> bool:
        status = self._run_status(patience=0)  # a commit of a run that is held still cannot end by waiting for it
        cancels = [change.id for change in status.plan.changes if change.action == "cancel"]
        return any(status.entries[change].state is State.SENDING for change in cancels)

    def _standing(self) -> dict[str, int]:
        return self._run_status().outcomes

    def _run_status(self, **patience: float) -> Status:
        """Where the plan stands, read as `status` reads it."""
        home = self._environment["BULK_ORDERS_HOME"]
        return run_status(self._folder / "edited.plan", load({"BULK_ORDERS_HOME": home}, self._folder), **patience)

    def _until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            if time.monotonic() > deadline:
                raise DemoFailed(Spoken(say("Nothing happened for a minute.")))
            time.sleep(0.05)

    def _verify(self) -> None:
        """Hold the store's own log against what was reported."""
        plan = json.loads((self._folder / "edited.plan").read_text(encoding="utf-8"))
        status = self._status()
        done = Counter(
            (effect["kind"], effect["order"], str(effect.get("detail")) if effect["kind"] not in _ONCE_AN_ORDER else "")
            for effect in self._store.effects()
            if effect["kind"] in _MUTATIONS
        )
        doubled = [key for key, number in done.items() if number > 1]
        self._title(say("7  The store's own log"), say("What really happened there, each thing once."))
        for kind, times in sorted(Counter(kind for kind, _, _ in done.elements()).items()):
            self._say(f"  {times:>3} {kind}")
        if doubled or status["left"] or status["unknown"]:
            found = doubled or status
            raise DemoFailed(Spoken(say("The log does not agree with the report: {found}", found=found)))
        summed = plural(
            "{count} change planned, {applied}, {already}; none lost, none doubled.",
            "{count} changes planned, {applied}, {already}; none lost, none doubled.",
            len(plan["changes"]),
            applied=outcome("applied", status["applied"]),
            already=outcome("already", status["already"]),
        )
        self._tell(summed, "  ")
        self._paths()

    def _status(self) -> dict[str, int]:
        done = subprocess.run(
            self._command("status", "edited.plan", "--json"),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        outcomes: dict[str, int] = json.loads(done.stdout)["outcomes"]
        return outcomes

    def _paths(self) -> None:
        seconds = f"{time.monotonic() - self._began:.0f}"
        self._title(say("To look at"), say("All of it took {seconds} s.", seconds=seconds))
        for name, what in (
            ("edited.xlsx", say("the edited sheet")),
            ("edited.plan.html", say("the dry-run report, for a browser")),
            ("edited.results.html", say("what became of it, for a browser")),
            ("edited.results.csv", say("the same, row by row")),
        ):
            for line in to_type(what, str(self._folder / name), indent=2):
                self._say(line)

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _handle(self) -> str:
        plan = json.loads((self._folder / "edited.plan").read_text(encoding="utf-8"))
        return str(plan["shop"]).removesuffix(".myshopify.com")

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bulk_orders", *arguments]

    def _run(self, *arguments: str, expected: int = 0) -> None:
        arguments = (*arguments, *self._spoken)
        self._say(f"$ bulk-orders {shlex.join(arguments)}")
        done = subprocess.run(self._command(*arguments), cwd=self._folder, env=self._environment, check=False)
        if done.returncode != expected:
            codes = {"command": arguments[0], "code": done.returncode, "expected": expected}
            raise DemoFailed(Spoken(say("bulk-orders {command} ended with {code} instead of {expected}.", **codes)))

    def _title(self, title: str, words: str) -> None:
        self._console.result("\n".join(["", *titled(title, words, self._console.paint)]))

    def _tell(self, text: str, indent: str = "") -> None:
        """A sentence of ours, over as many lines as it takes."""
        for line in wrap(text, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False):
            self._say(line)

    def _say(self, line: str) -> None:
        self._console.result(line)


_ONCE_AN_ORDER = frozenset({"orderCancel", "orderClose"})
_MUTATIONS = _ONCE_AN_ORDER | {"fulfillmentCancel", "orderOpen", "orderUpdate", "tagsAdd", "tagsRemove", "refund"}
