"""Several shops on one page and in one text: each in a line or two, with the way to its own report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup

from bulk_orders.core.nights import Night
from bulk_orders.errors import BulkOrdersError
from bulk_orders.views.night_text import night_text, refunded, wrapped
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import count, plain


@dataclass(frozen=True, slots=True)
class ShopNight:
    """One shop's night, or why it had none."""

    name: str
    night: Night | None
    error: BulkOrdersError | None
    exit_code: int
    report: Path | None


@dataclass(frozen=True, slots=True)
class ShopLine:
    """One line of the page: figures by heading, and where there is more."""

    name: str
    state: str
    bad: bool
    cells: tuple[str, ...]
    link: str | None


def all_nights_text(told: Sequence[ShopNight], report: Path, paint: Paint) -> str:
    """Each shop below its name; the page at the end."""
    lines = []
    for each in told:
        lines.append(paint.bold(f"[{plain(each.name)}]"))
        if each.night is not None:
            lines.append(night_text(each.night, paint))
        if each.error is not None:
            lines += map(paint.red, wrapped(f"✗ {each.error.what}", ""))
            lines += wrapped(f"Fix: {each.error.fix}") if each.error.fix else []
    bad = sum(each.exit_code != 0 for each in told)
    state = f"{count(bad, 'needs', 'need')} a look" if bad else "all well"
    lines.append(f"{count(len(told), 'shop')}, {state}: {plain(report)}")
    return "\n".join(lines)


def all_nights_html(told: Sequence[ShopNight], folder: Path, day: date) -> str:
    """The page about the nights of all shops; links to their own pages are relative to `folder`."""
    lines = [_night_line(each, folder) for each in told]
    return shops_page(f"All shops, night of {day.isoformat()}", _NIGHT_HEADINGS, lines)


_NIGHT_HEADINGS = ("Done", "Waits for you", "Left alone", "Refunded")


def _night_line(told: ShopNight, folder: Path) -> ShopLine:
    night = told.night
    cells = ("", "", "", "")
    if night is not None:
        money = ", ".join(text for part in night.parts for text in refunded(part))
        done = outcomes_line(night.outcomes()) if night.sent else "–"
        cells = (done, f"{night.waiting:,}", f"{night.left_alone:,}", money or "–")
    state = told.error.what if told.error is not None else _state(night, told.exit_code)
    return ShopLine(told.name, state, told.exit_code != 0, cells, relative(told.report, folder))


def _state(night: Night | None, code: int) -> str:
    if night is None:
        return "no night"
    if night.error is not None:
        return str(night.error["what"])
    return "as the policy wants it" if not code else f"needs a look (exit {code})"


def relative(target: Path | None, folder: Path) -> str | None:
    """A link from a page in `folder`."""
    return None if target is None else Path(os.path.relpath(target, folder)).as_posix()


def shops_page(title: str, headings: Sequence[str], lines: Sequence[ShopLine]) -> str:
    """A table with a line per shop."""
    css = source("page.css") + source("night.css")
    bad = sum(line.bad for line in lines)
    return (
        environment()
        .get_template("shops.html.j2")
        .render(
            title=title,
            csp=policy(css, ""),
            css=Markup(css),  # noqa: S704 (our own file)
            headings=headings,
            lines=lines,
            bad=bad,
        )
    )
