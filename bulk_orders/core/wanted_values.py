"""Dates and amounts that are taken at their word (until when credit can be used, how much to refund): exactly one
meaning, or refused.

`Cancelled At` and `Closed At` are not among them: any date there is a yes, since Shopify stamps its own.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal

import polars as pl

from bulk_orders.core import cells
from bulk_orders.core.columns import Kind, Role, column
from bulk_orders.core.dates import moments, one_date
from bulk_orders.core.numbers import UNCLEAR, number
from bulk_orders.core.problems import Problem
from bulk_orders.core.reading import Reading
from bulk_orders.core.sheet import ROW, Sheet

_FORMAT = "Write it as 2026-12-31, or say how the sheet writes dates: --date-format dmy or --date-format mdy."


_AMOUNTS = ("Refund: Amount", "Refund: Quantity")
_SCIENTIFIC = re.compile(r"[0-9][eE][+-]?[0-9]")


def with_wanted_values(sheet: Sheet, reading: Reading) -> tuple[Sheet, list[Problem]]:
    """The sheet with these dates and amounts written plainly, and the cells that say none, or two."""
    dated, unclear = _with_dates(sheet, reading.date_format)
    counted, doubtful = _with_amounts(dated, reading.locale)
    return counted, [*unclear, *doubtful]


def _with_amounts(sheet: Sheet, locale: str | None) -> tuple[Sheet, list[Problem]]:
    """An amount in another locale's form, plainly; what is no number at all is judged by the column's own rule."""
    problems: list[Problem] = []
    frame = sheet.frame
    for header in (each for each in _AMOUNTS if each in sheet.headers):
        said = {text: number(cells.split_currency(text)[0], locale) for text in frame[header].drop_nulls().unique()}
        for row, text in frame.select(ROW, header).drop_nulls().iter_rows():
            if said[text] is UNCLEAR:
                what = f"{header} {text.strip()!r} can be read in two ways, with thousands or with decimals."
                fix = "Write it with two decimals, or say how the sheet writes numbers: --locale en, fr, nl or de."
                problems.append(Problem(row, header, sheet.address(header, row), what, fix, f"{header} unclear"))
            elif _SCIENTIFIC.search(text):
                what = f"{header} {text.strip()!r} was rewritten by a spreadsheet, which may have rounded it."
                fix = "Write the number out, such as 12.50, in a cell that is formatted as text."
                problems.append(Problem(row, header, sheet.address(header, row), what, fix, f"{header} rewritten"))
        plain = {
            text: _plain(text, meant)
            for text, meant in said.items()
            if isinstance(meant, Decimal) and not _SCIENTIFIC.search(text)
        }
        frame = frame.with_columns(pl.col(header).replace(plain))
    return replace(sheet, frame=frame), problems


def _plain(text: str, meant: Decimal) -> str:
    currency = cells.split_currency(text)[1]
    return f"{meant:f} {currency}" if currency else f"{meant:f}"


def _with_dates(sheet: Sheet, date_format: str | None) -> tuple[Sheet, list[Problem]]:
    problems: list[Problem] = []
    frame = sheet.frame
    for header in sheet.headers:
        col = column(header)
        if col.kind is not Kind.TIME or col.role is not Role.OPTION:
            continue
        said = {text: one_date(text, date_format) for text in frame[header].drop_nulls().unique()}
        problems += [
            _unclear(sheet, header, row, text, date_format)
            for row, text in frame.select(ROW, header).drop_nulls().iter_rows()
            if said[text] is None
        ]
        written = {text: _iso(text, moment) for text, moment in said.items() if moment is not None}
        frame = frame.with_columns(pl.col(header).replace(written))
    return replace(sheet, frame=frame), problems


def _iso(text: str, moment: dt.datetime) -> str:
    return moment.isoformat() if ":" in text or "T" in text else f"{moment:%Y-%m-%d}"


def _unclear(sheet: Sheet, header: str, row: int, text: str, date_format: str | None) -> Problem:
    several = date_format is None and any(None not in (m.year, m.month, m.day) for m in moments(text))
    what = "can be read as two dates" if several else "is no date in the form 2026-12-31"
    fix = _FORMAT if several else "Write the date as 2026-12-31."
    shown = text if len(text) <= 40 else f"{text[:37]}..."
    address = sheet.address(header, row)
    return Problem(row, header, address, f"{header} {shown!r} {what}.", fix, f"{header} date {several}")
