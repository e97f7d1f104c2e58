"""The demo's devstore: a server in a process of its own, its log of effects, and a colleague who edits orders."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from bulk_orders.errors import BulkOrdersError
from bulk_orders.language import Spoken, say


class DemoFailed(BulkOrdersError):
    """A step of the demo did not end as it should."""

    code = "demo_failed"


class Store:
    """A devstore in a process of its own, on a free port."""

    def __init__(self, folder: Path, *, orders: int, latency: float) -> None:
        self._folder = folder
        self._orders = orders
        self._latency = latency
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.token = ""

    def __enter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "bulk_orders",
            "devstore",
            "--json",
            "--port",
            "0",
            "--orders",
            str(self._orders),
            "--latency",
            str(self._latency),
        ]
        self._log = (self._folder / "store.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self._process.stdout is not None
        told = ""
        for line in self._process.stdout:
            told += line
            if line.startswith("}"):
                break
        if not told.strip().endswith("}"):
            self.__exit__()
            reason = (self._folder / "store.log").read_text(encoding="utf-8").strip()
            raise DemoFailed(
                Spoken(say("The devstore did not start: {reason}", reason=reason or say("no reason given")))
            )
        lines = json.loads(told)
        self.url, self.token = lines["SHOPIFY_SHOP"], lines["SHOPIFY_ACCESS_TOKEN"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            if self._process.stdout is not None:
                self._process.stdout.close()
        self._log.close()

    def effects(self) -> list[dict[str, Any]]:
        """What the store really did: its own log, nothing of ours."""
        with urllib.request.urlopen(f"{self.url}/devstore/effects", timeout=10) as answer:  # noqa: S310 (loopback)
            effects: list[dict[str, Any]] = json.load(answer)["effects"]
        return effects

    def person(self, order: str, **edit: Any) -> None:
        """Somebody edits an order in the admin meanwhile."""
        body = json.dumps({"order": order, "do": "edit", **edit}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}/devstore/people", body, headers)  # noqa: S310 (loopback)
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 (loopback)
            pass
