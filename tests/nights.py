"""Nights of a merchant's world, in process: the real corridor, the store in a box, and time that nobody waits for."""

from __future__ import annotations

import gc
import json
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from virtual import START
from world import World

from bulk_orders import failpoints
from bulk_orders.core.events import Event, NightEnded
from bulk_orders.core.nights import Night
from bulk_orders.core.policy import Policy, read_policy
from bulk_orders.flows.night_work import Work
from bulk_orders.flows.reconcile import Ended, reconcile
from bulk_orders.flows.stop import Stop
from bulk_orders.storage.nights import Kept, read_nights, shelf
from bulk_orders.views.night_html import night_html
from bulk_orders.views.plan_html import plan_html

DAY = 24 * 3600.0


class Died(BaseException):
    """The process was killed here."""


def policy(text: str) -> Policy:
    return read_policy(tomllib.loads(text), "policy.toml")


@dataclass
class Ran:
    """One night: its events, its record, and what its report was made of."""

    events: list[Event]
    ended: Ended | None

    @property
    def night(self) -> Night:
        assert self.ended is not None
        return self.ended.night

    @property
    def folder(self) -> Path:
        assert self.ended is not None
        return self.ended.folder

    @property
    def code(self) -> int:
        last = self.events[-1]
        assert isinstance(last, NightEnded)
        return last.exit_code

    @property
    def outcomes(self) -> dict[str, int]:
        return {name: number for name, number in self.night.outcomes().items() if number}

    @property
    def html(self) -> str:
        assert self.ended is not None
        return night_html(self.ended.night, self.ended.shown)


@dataclass
class Nights:
    """A world in which reconcile runs."""

    world: World
    text: str = ""
    stop: Stop = field(default_factory=Stop)
    _ids: int = 0

    def __call__(self, sheet: str | None = None, text: str | None = None, *, trial: bool = False, **work: Any) -> Ran:
        """`bulk-orders reconcile SHEET --policy FILE`; `sheet` is a path below the world's folder."""
        events: list[Event] = []
        kept: list[Ended] = []
        watch = work.pop("watch", None)
        made = Work(
            work.pop("settings", self.world.settings),
            policy(self.text if text is None else text),
            self.world.clock,
            self._new_id,
            plan_html,
            "bulk-orders 0",
            stop=work.pop("stop", Stop()),
            transport=self.world.wire(),
            trial=trial,
        )
        pattern = str(self.world.folder / sheet) if sheet else None

        async def consume() -> None:
            async for event in reconcile(pattern, made, kept.append):
                events.append(event)
                if watch is not None:
                    watch(event, made)

        self.world.run(consume())
        return Ran(events, kept[0] if kept else None)

    def _new_id(self) -> str:
        self._ids += 1
        return f"aaaa-{self._ids:04x}"

    def killed(self, point: str, number: int, sheet: str | None = None, **more: Any) -> None:
        """A night whose process is killed the `number`-th time it passes a failpoint."""
        passed = 0

        def watch(name: str) -> None:
            nonlocal passed
            passed += name == point
            if name == point and passed == number:
                raise Died(point)

        self._with(watch, lambda: self(sheet, **more))

    def without_room(self, point: str, number: int, sheet: str | None = None) -> Ran:
        """A night on a disk that is full from the `number`-th time on that a failpoint is passed."""
        passed = 0
        ran: list[Ran] = []

        def watch(name: str) -> None:
            nonlocal passed
            passed += name == point
            if name == point and passed >= number:
                raise OSError(28, "No space left on device")

        self._with(watch, lambda: ran.append(self(sheet)))
        return ran[0]

    @staticmethod
    def _with(watch: Callable[[str], None], act: Callable[[], object]) -> None:
        before = failpoints.watcher
        failpoints.watcher = watch
        try:
            act()
        except (Died, OSError):
            pass
        finally:
            failpoints.watcher = before
            with warnings.catch_warnings():  # whoever dies leaves things half done
                warnings.simplefilter("ignore")
                gc.collect()

    # --- what is kept -------------------------------------------------------------------------------------------------

    def kept(self) -> list[Kept]:
        return read_nights(shelf(self.world.home, str(self.world.settings.shop)))

    def next_day(self, days: float = 1) -> None:
        """Let days pass: to the same hour of a later one."""
        day = int(self.world.passed // DAY)
        self.world.passed = (day + days) * DAY

    @property
    def today(self) -> str:
        return (START + timedelta(seconds=self.world.passed)).date().isoformat()

    def with_settings(self, **changed: Any) -> None:
        self.world.settings = replace(self.world.settings, **changed)


def line(ran: Ran) -> Any:
    """night.json, which is one line."""
    text = (ran.folder / "night.json").read_text(encoding="utf-8")
    assert text.count("\n") == 1
    return json.loads(text)
