"""The answers of a form in which customers ask to cancel (Google Forms), mapped by `[requests]` in the settings.

Each answer becomes a row that cancels: its words become a reason and the staff note; who asked and when go along,
and are judged against the live order (core.requests).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import polars as pl

from bulk_orders.core.dates import DATE_FORMATS, one_date, zone_not_known
from bulk_orders.core.dialects.base import Adapted, Adapter, own_header
from bulk_orders.core.preferences import STAFF_NOTE_MAX
from bulk_orders.core.problems import Notice, Problem
from bulk_orders.core.reading import Reading
from bulk_orders.core.requests import AT, EMAIL, NOBODY, RequestForm, folded
from bulk_orders.core.sheet import ROW, RawSheet


class Requests(Adapter):
    name: ClassVar[str] = "a form's cancellation requests"

    def knows(self, header: str, reading: Reading) -> bool:
        form = reading.requests
        return form is not None and folded(header) in {folded(each) for each in form.headers}

    def why(self, header: Sequence[str], reading: Reading) -> str | None:
        form = reading.requests
        if form is None:
            return None
        written = {folded(each) for each in header}
        if all(folded(each) in written for each in (form.order, form.email, form.time)):
            return "It has the columns that [requests] in bulk_orders.toml names."
        return None

    def adapt(self, raw: RawSheet, reading: Reading, why: str) -> Adapted:
        form = reading.requests
        assert form is not None
        return _Answers(raw, form, reading).adapted(self.name, why)


class _Answers:
    """One sheet of answers."""

    def __init__(self, raw: RawSheet, form: RequestForm, reading: Reading) -> None:
        self.raw = raw
        self.form = form
        self.date_format = reading.date_format or form.date_format
        self.problems: list[Problem] = []
        self.repeated: list[int] = []
        places = {folded(written): at for at, written in reversed(list(enumerate(raw.header)))}
        self.places = {name: places.get(folded(name)) for name in form.headers}
        mapped = set(self.places.values())
        own = (at for at, written in enumerate(raw.header) if own_header(written) == "Command" and at not in mapped)
        self.command: int | None = next(own, None)

    def adapted(self, name: str, why: str) -> Adapted:
        orders: list[str | None] = [_order_name(text) for text in self._cells(self.form.order)]
        emails = self._cells(self.form.email)
        times = [self._time(row, text) for row, text in zip(self._rows(), self._cells(self.form.time), strict=True)]
        words = self._cells(self.form.reason)
        columns: dict[str, tuple[str, list[str | None]]] = {
            "Name": (self.form.order, orders),
            EMAIL: (self.form.email, [text.strip() if text else None for text in emails]),
            AT: (self.form.time, times),
            "Cancel: Reason": (self.form.reason or self.form.order, [self.form.meant(text or "") for text in words]),
            "Cancel: Staff Note": (self.form.reason or self.form.order, [_note(text) for text in words]),
            "Command": (self.form.order, self._commands(orders, emails, times)),
        }
        return Adapted(self._under(columns), name, why, tuple(self.problems))

    def _under(self, columns: dict[str, tuple[str, list[str | None]]]) -> RawSheet:
        """The mapped columns, with what else is in the sheet beside them: our own columns act, others are passed by."""
        raw = self.raw
        mapped = {*self.places.values(), self.command}
        kept = [
            at for at, name in enumerate(raw.header) if at not in mapped and (own_header(name) or name) not in columns
        ]
        kept = [at for at in kept if own_header(raw.header[at])]
        header = [*columns, *(raw.header[at] for at in kept)]
        sources = [self.places[source] or 0 for source, _ in columns.values()]
        if self.command is not None:
            sources[list(columns).index("Command")] = self.command
        at = [raw.column_of(each) for each in [*sources, *kept]]
        made = [pl.Series(str(position), cells, pl.String) for position, (_, cells) in enumerate(columns.values())]
        others = [raw.frame[str(each)].alias(str(len(columns) + number)) for number, each in enumerate(kept)]
        frame = pl.DataFrame([raw.frame[ROW], *made, *others])
        return replace(
            raw, header=tuple(header), at=tuple(at), frame=frame, guarded=False, notices=self._notices(mapped, kept)
        )

    def _notices(self, mapped: set[int | None], kept: list[int]) -> tuple[Notice, ...]:
        notices = list(self.raw.notices)
        passed = [w for at, w in enumerate(self.raw.header) if at not in mapped and at not in kept and w.strip()]
        if passed:
            notices.append(Notice(f"Not used for requests: the columns {', '.join(repr(each) for each in passed)}."))
        if self.repeated:
            notices.append(Notice("Asked before for the same order: passed over.", tuple(self.repeated)))
        return tuple(notices)

    def _rows(self) -> list[int]:
        return [int(row) for row in self.raw.frame[ROW]]

    def _cells(self, header: str | None) -> list[str | None]:
        at = self.places.get(header or "")
        if at is None:
            return [None] * self.raw.frame.height
        return self.raw.frame[str(at)].to_list()

    def _time(self, row: int, text: str | None) -> str | None:
        moment = one_date(text, self.date_format) if text else None
        if moment is not None:
            return moment.isoformat()
        at = self.places[self.form.time] or 0
        said = repr(text) if text else "the cell is empty"
        what, fix = f"It cannot be told when the request was made: {said}.", "Write the time as 2026-01-31 14:05."
        zone = zone_not_known(text) if text else None
        if zone:
            fix = (
                f"Write {zone.upper()} as far from UTC, such as GMT+1; or take it out, and set timezone in [requests]."
            )
        elif text and self.date_format is None and any(one_date(text, each) for each in DATE_FORMATS):
            fix = "Say how the form writes dates: --date-format dmy or mdy, or date_format in [requests]."
        self.problems.append(Problem(row, self.form.time, self.raw.address(at, row), what, fix))
        return None

    def _commands(
        self, orders: list[str | None], emails: list[str | None], times: list[str | None]
    ) -> list[str | None]:
        """What stands in the sheet's own Command; who asks twice for one order is heard once, by the earliest.

        IGNORE at one of such answers passes over all of them: a repeat must not cancel what somebody has struck out.
        """
        written = [None] * len(orders) if self.command is None else self.raw.frame[str(self.command)].to_list()
        asked: dict[tuple[str, ...], list[int]] = {}
        for at, (order, email) in enumerate(zip(orders, emails, strict=True)):
            alone = (str(at),) if order == NOBODY else ()
            asked.setdefault((folded(order or ""), folded(email or ""), *alone), []).append(at)
        commands: list[str | None] = list(written)
        rows = self._rows()
        for answers in asked.values():
            struck = any(folded(written[at] or "") == "ignore" for at in answers)
            heard = min(answers, key=lambda at: self._asked_at(times[at]))
            for at in answers:
                if struck or at != heard:
                    commands[at] = "IGNORE"
                if at != heard:
                    self.repeated.append(rows[at])
        self.repeated.sort()
        return commands

    def _asked_at(self, time: str | None) -> datetime:
        if time is None:
            return datetime.max.replace(tzinfo=UTC)
        moment = datetime.fromisoformat(time)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.form.timezone or "UTC"))


_BEFORE = re.compile(
    r"(?i)^(?:(?:order|commande|bestelling|bestelnummer|ordernummer|bestellung|number|nummer|numéro|ordernr)[.:-]*"
    r"|(?:no|nr|n)[.:°º]+|n[°º])(?=[0-9])"
)
"""A word that a customer glues to the number. `NO-1001` is none of them: it is a name with a prefix."""


def _order_name(text: str | None) -> str:
    """`no. 1001`, `order #1001`, ` # 1001 `: what a customer writes for #1001; `EU-1001-B` is a name as it stands.

    Letters that are no such word belong to the name: without its prefix it could be another order's.
    """
    if not text or not text.strip():
        return NOBODY
    words = re.sub(r"[#№]", " ", text).rstrip(" .").split()
    numbers = [word for word in words if re.search(r"[0-9]", word)]
    if len(numbers) == 1 and numbers[0] == words[-1]:
        name = _BEFORE.sub("", numbers[0])
        if re.fullmatch(r"[\w-]+", name):
            return name
    return text.strip()


def _note(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    said = " ".join(text.split())
    return said[:STAFF_NOTE_MAX]
