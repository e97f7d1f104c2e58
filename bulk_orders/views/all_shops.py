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
from bulk_orders.language import colon, phrase, plural, say, told
from bulk_orders.views.night_text import night_text, refunded, wrapped
from bulk_orders.views.page import environment, policy, source
from bulk_orders.views.paint import Paint
from bulk_orders.views.text import outcomes_line
from bulk_orders.views.words import numbered, plain


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


def all_nights_text(shops: Sequence[ShopNight], report: Path, paint: Paint) -> str:
    """Each shop below its name; the page at the end."""
    lines = []
    for each in shops:
        lines.append(paint.bold(f"[{plain(each.name)}]"))
        if each.night is not None:
            lines.append(night_text(each.night, paint))
        if each.error is not None:
            lines += map(paint.red, wrapped(f"✗ {told(each.error.what)}", ""))
            lines += wrapped(f"{say('Fix:')} {told(each.error.fix)}") if each.error.fix else []
    bad = sum(each.exit_code != 0 for each in shops)
    state = plural("{count} needs a look", "{count} need a look", bad) if bad else say("all well")
    lines.append(f"{plural('{count} shop', '{count} shops', len(shops))}, {state}{colon()} {plain(report)}")
    return "\n".join(lines)


def all_nights_html(shops: Sequence[ShopNight], folder: Path, day: date) -> str:
    """The page about the nights of all shops; links to their own pages are relative to `folder`."""
    lines = [_night_line(each, folder) for each in shops]
    headings = [say(heading) for heading in _NIGHT_HEADINGS]
    return shops_page(say("All shops, night of {day}", day=told(day.isoformat())), headings, lines)


_NIGHT_HEADINGS = (phrase("Done"), phrase("Waits for you"), phrase("Left alone"), phrase("Refunded"))


def _night_line(shop: ShopNight, folder: Path) -> ShopLine:
    night = shop.night
    cells = ("", "", "", "")
    if night is not None:
        money = ", ".join(text for part in night.parts for text in refunded(part))
        done = outcomes_line(night.outcomes()) if night.sent else "–"
        cells = (done, numbered(night.waiting), numbered(night.left_alone), money or "–")
    state = told(shop.error.what) if shop.error is not None else _state(night, shop.exit_code)
    return ShopLine(shop.name, state, shop.exit_code != 0, cells, relative(shop.report, folder))


def _state(night: Night | None, code: int) -> str:
    if night is None:
        return say("no night")
    if night.error is not None:
        return told(str(night.error["what"]))
    return say("needs a look (exit {code})", code=code) if code else say("as the policy wants it")


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
