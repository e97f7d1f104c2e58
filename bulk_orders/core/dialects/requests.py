"""The answers of a form in which customers ask to cancel (Google Forms), mapped by `[requests]` in the settings.

Each answer becomes a row that cancels: its words become a reason and the staff note; who asked and when go along,
and are judged against the live order (core.requests).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

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
            "Command": (self.form.order, self._commands(orders, emails)),
        }
        return Adapted(self._under(columns), name, why, tuple(self.problems))

    def _under(self, columns: dict[str, tuple[str, list[str | None]]]) -> RawSheet:
        """The mapped columns, with what else is in the sheet beside them: our own columns act, others are passed by."""
        raw = self.raw
        mapped = set(self.places.values())
        kept = [
            at for at, name in enumerate(raw.header) if at not in mapped and (own_header(name) or name) not in columns
        ]
        kept = [at for at in kept if own_header(raw.header[at])]
        header = [*columns, *(raw.header[at] for at in kept)]
        at = [raw.column_of(each) for each in [*(self.places[source] or 0 for source, _ in columns.values()), *kept]]
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

    def _commands(self, orders: list[str | None], emails: list[str | None]) -> list[str | None]:
        """Who asks twice for one order is heard once."""
        seen: set[tuple[str, str]] = set()
        commands: list[str | None] = []
        for row, order, email in zip(self._rows(), orders, emails, strict=True):
            asked = (folded(order or ""), folded(email or ""))
            again = asked in seen and order != NOBODY
            seen.add(asked)
            commands.append("IGNORE" if again else None)
            self.repeated += [row] if again else []
        return commands


def _order_name(text: str | None) -> str:
    """`no. 1001`, `order #1001`, ` # 1001 `: what a customer writes for #1001."""
    if not text or not text.strip():
        return NOBODY
    plain = text.strip()
    found = re.fullmatch(r"(?i)[^\d#]*[#№]?\s*([\w-]*\d[\w-]*)\s*\.?", plain)
    return found[1] if found else plain


def _note(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    said = " ".join(text.split())
    return said[:STAFF_NOTE_MAX]
