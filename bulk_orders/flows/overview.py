"""Overview: export (or a sheet that is there already) > board > counts, findings, cancellations, what changed.

It changes nothing in the shop. Every finding is written as a sheet that `plan` takes as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from bulk_orders.clock import Clock
from bulk_orders.core.board import WAITS, Board, Details, make_board
from bulk_orders.core.diff import Base
from bulk_orders.core.findings import RETURN_UNDER_WAY, finding_sheet
from bulk_orders.core.layout import Rows
from bulk_orders.core.overview import Overview, Source, make_overview
from bulk_orders.core.search import Filters
from bulk_orders.core.sheet import ORDER, read_rows
from bulk_orders.errors import Misused, SheetInvalid
from bulk_orders.flows.export_orders import ExportProgress, export_orders
from bulk_orders.shopify.details import read_products, read_returns, read_waits
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.atomic import make_folder, make_new_folder
from bulk_orders.storage.bases import made_when, read_base
from bulk_orders.storage.files import read_sheet, write_sheet
from bulk_orders.storage.kept import kept_bases

LAST = "last"
EXPORT = "orders.csv"


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders that an overview is made of, and their base where this state folder has it."""

    board: Board
    source: Source
    base: Base | None
    notices: tuple[str, ...] = ()


async def live_orders(
    shop: Shop,
    folder: Path,
    *,
    filters: Filters,
    home: Path,
    clock: Clock,
    export_id: str,
    progress: Callable[[ExportProgress], None],
) -> Orders:
    """Export the orders that `filters` find into `folder`, and read beside it what an export does not hold."""
    done = await export_orders(
        shop,
        folder / EXPORT,
        filters=filters,
        rows=Rows.FULFILLMENTS,
        columns=None,
        home=home,
        clock=clock,
        export_id=export_id,
        progress=progress,
    )
    details = await _details(shop, filters, lambda count: progress(ExportProgress("running", count)))
    notices = [
        f"{what} could not be read: the token may not, or the shop does not give it. {fix}"
        for what, fix, absent in (
            ("Holds and schedules", "bulk-orders doctor names the missing scope.", details.waits is None),
            ("The products of cancelled orders", "bulk-orders doctor tells more.", details.products is None),
        )
        if absent
    ]
    base = _base(home, done.export_id)
    source = Source(done.shop, str(done.target), done.export_id, datetime.fromisoformat(base.made_at))
    board = make_board(base.frame, details)
    if details.returns is None and board.frame["return"].is_in(list(RETURN_UNDER_WAY)).any():
        notices.append(
            "When returns began could not be read: their ages count from the orders' last touch. "
            "The scope read_returns lets them be read."
        )
    return Orders(board, source, base, tuple(notices))


async def _details(shop: Shop, filters: Filters, progress: Callable[[int], None]) -> Details:
    """Holds of open orders, products of cancelled ones; what the filter leaves out is not asked for."""

    async def waits() -> pl.DataFrame | None:
        if filters.status in ("closed", "cancelled"):
            return pl.DataFrame(schema=WAITS)
        return await read_waits(shop, replace(filters, status="open"), progress)

    async def products() -> pl.DataFrame | None:
        if filters.status in ("open", "not_closed"):
            return pl.DataFrame(schema={"order": pl.String, "product": pl.String})
        return await read_products(shop, replace(filters, status="cancelled"), progress)

    returning = read_returns(shop, filters, progress)
    return Details(*await asyncio.gather(waits(), products(), returning))


def kept_orders(named: str, home: Path, now: datetime) -> Orders:
    """The orders of a sheet, or of the base snapshot of an export id.

    A sheet of an export of ours is taken as it was exported, for the orders that it has: what people wrote into it is
    not what the shop says.
    """
    if named.startswith("x-") and not Path(named).exists():
        base = _base(home, named)
        return Orders(make_board(base.frame), _source_of(base, f"export {named}"), base)
    raw = read_sheet(Path(named))
    sheet, problems = read_rows(raw)
    if problems:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise SheetInvalid(f"{Path(named).name} has {count}.", problems, where=named)
    known = read_base(home, sheet.export_id) if sheet.export_id else None
    if known is not None:
        asked = sheet.frame.select(ORDER).drop_nulls().unique()
        frame = known.frame.join(asked, on=ORDER, how="semi", maintain_order="left")
        foreign = asked.join(known.frame, on=ORDER, how="anti").height
        missing = f"not in its export {known.export_id}"
        said = (
            f"1 order of the sheet is {missing}, and is not counted."
            if foreign == 1
            else f"{foreign:,} orders of the sheet are {missing}, and are not counted."
        )
        return Orders(make_board(frame), _source_of(known, named), known, (said,) if foreign else ())
    made = made_when(sheet.export_id) if sheet.export_id else None
    unsaid = () if made else (f"{Path(named).name} does not say when it was made, so ages count to now.",)
    return Orders(make_board(sheet.frame), Source("", named, None, made or now), None, unsaid)


def _source_of(base: Base, path: str) -> Source:
    return Source(base.shop, path, base.export_id, datetime.fromisoformat(base.made_at))


def _base(home: Path, export_id: str) -> Base:
    base = read_base(home, export_id)
    if base is None:
        raise Misused(
            f"There is no export {export_id} in the state folder.",
            where=str(home),
            fix="Name a sheet, or one of the exports that are there (they begin with x-, in its folder bases).",
        )
    return base


def earlier_orders(named: str, orders: Orders, home: Path, now: datetime) -> Orders | None:
    """What to compare with: a sheet, an export id, or `last`, the newest earlier export of the same shop if any."""
    if named == LAST:
        last = _last_before(orders.source, home)
        if last is None:
            return None
        named = last
    older = kept_orders(named, home, now)
    if older.source.shop and orders.source.shop and older.source.shop != orders.source.shop:
        raise Misused(
            f"{named} is of {older.source.shop}, not of {orders.source.shop}.", fix="Compare exports of one shop."
        )
    return older


def _last_before(source: Source, home: Path) -> str | None:
    earlier = (
        base.export_id
        for base in reversed(kept_bases(home))
        if base.shop == source.shop and base.export_id != source.export_id and base.made_at <= source.at
    )
    return next(earlier, None)


NOTHING_EARLIER = "There is no earlier export of this shop to compare with; the next overview has this one."


def overview_of(
    orders: Orders, ages: Mapping[str, float], before: Orders | None, notices: tuple[str, ...] = ()
) -> Overview:
    """Count everything."""
    notices = (*notices, *orders.notices, *(before.notices if before else ()))
    older = (before.board, before.source) if before else None
    return make_overview(orders.board, orders.source, ages=ages, before=older, notices=tuple(dict.fromkeys(notices)))


def write_findings(overview: Overview, base: Base | None, folder: Path) -> dict[str, Path]:
    """A sheet for every finding that has orders; their paths by key."""
    written = {}
    for found in overview.findings:
        if not found.count:
            continue
        frame = base.frame if base else None
        path = make_folder(folder) / f"{found.finding.tag}.csv"
        write_sheet(path, finding_sheet(found, frame, base.export_id if base else None))
        written[found.finding.key] = path
    return written


@contextlib.contextmanager
def own_folder(named: Path | None, now: datetime) -> Iterator[Path]:
    """The folder of an overview: the one that was named, or a new one with the time in its name, of this run alone.

    One that was made here goes again when nothing came of it.
    """
    made = named is None or not named.exists()
    if named is None:
        folder = make_new_folder(Path(f"overview-{now:%Y%m%d-%H%M%S}"))
    else:
        refuse_filled(named)
        folder = make_folder(named)
    try:
        yield folder
    except BaseException:
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise


def refuse_filled(folder: Path) -> None:
    """An overview goes into a folder of its own: a sheet in which somebody has worked is never overwritten."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise Misused(f"{folder} is there already and is no empty folder.", fix="Name a new folder with -o.")
    if not folder.parent.is_dir():
        raise Misused(f"There is no folder {folder.parent}.", fix="Make it, or name another one with -o.")
