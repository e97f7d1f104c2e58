"""Rules > search > export > judged on the rows > a sheet, which is planned like any other.

The export is of the orders that Shopify's search does not rule out; what it holds is judged again, and `plan` reads
every order once more before it believes anything.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl

from bulk_orders.core import judging
from bulk_orders.core.board import Details, make_board
from bulk_orders.core.judging import Explanation
from bulk_orders.core.layout import Rows
from bulk_orders.core.names import bare_name
from bulk_orders.core.rules import Rule
from bulk_orders.core.search import Filters, quoted
from bulk_orders.errors import Misused
from bulk_orders.flows.export_orders import export_orders
from bulk_orders.flows.night_work import Named, Work
from bulk_orders.shopify.details import read_returns, read_waits
from bulk_orders.shopify.shop import Shop
from bulk_orders.storage.bases import new_export_id
from bulk_orders.storage.files import write_sheet
from bulk_orders.storage.scratch import scratch

_WINDOW = timedelta(days=60)
"""How far back orders are visible without read_all_orders (shopify-api.md 6)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the rules took: how many orders, by rule, and what could not be told."""

    orders: int
    by_rule: dict[str, int]
    notices: tuple[str, ...] = ()


async def rules_sheet(shop: Shop, work: Work, target: Path, theirs: Named) -> Taken:
    """Write the sheet of the orders that the rules take; without one where they take none.

    Orders that a sheet of this night names (`theirs`) are the sheet's.
    """
    rules, now = work.policy.rules, work.clock.now()
    notices = await _blind(shop, rules)
    judged, orders, untold = await _orders(shop, work, judging.search_for(rules, now), rules)
    taken = judging.take(judged, orders, now, work.settings.ages)
    for rule, other, number in judging.kept_from(judged, orders, now, work.settings.ages):
        notices.append(
            f"{number:,} orders that the rule {rule.name!r} fits are left alone: the rule {other.name!r} before it "
            "would take back at once what it does. A condition that tells the two apart ends that."
        )
    named = pl.col("order").is_in(list(theirs.ids)) | pl.col("name").str.strip_prefix("#").is_in(list(theirs.names))
    left = taken.filter(named).height
    taken = taken.filter(~named.fill_null(value=False))
    if left:
        they = "1 order that the rules would take is" if left == 1 else f"{left:,} orders that the rules would take are"
        notices.append(f"{they} named by this night's sheet, which goes before.")
    by_rule = {rule.name: taken.filter(pl.col("rule") == number).height for number, rule in enumerate(judged)}
    if taken.height:
        write_sheet(target, _sheet(judged, taken))
    return Taken(taken.height, by_rule, (*notices, *untold))


def _sheet(rules: Sequence[Rule], taken: pl.DataFrame) -> pl.DataFrame:
    """A recipe: identity, and what each order's rule asks for."""
    headers = list(dict.fromkeys(header for rule in rules for header in rule.cells))
    cells = []
    for header in headers:
        said = {number: rule.cells[header] for number, rule in enumerate(rules) if header in rule.cells}
        cells.append(pl.col("rule").replace_strict(said, default=None, return_dtype=pl.String).alias(header))
    gid = pl.concat_str(pl.lit("gid://shopify/Order/"), "order").alias("ID")
    return taken.sort("rule", "created", "order", maintain_order=True).select(gid, pl.col("name").alias("Name"), *cells)


async def _orders(
    shop: Shop, work: Work, search: str | None, rules: Sequence[Rule]
) -> tuple[list[Rule], pl.DataFrame, list[str]]:
    """The rules that can be judged, the orders to judge them on, and what is missing for the others."""
    filters = Filters(query=search)
    with scratch(work.settings.home) as folder:
        export = await export_orders(
            shop,
            folder / "orders.parquet",
            filters=filters,
            rows=Rows.FULFILLMENTS,
            columns=None,
            home=work.settings.home,
            clock=work.clock,
            export_id=new_export_id(work.clock.now(), work.new_id().replace("-", ""), socket.gethostname()),
            progress=lambda _: None,
        )
        cells = pl.read_parquet(export.base)
        export.base.unlink()  # nobody edits this export, so nothing will be compared with it
    waits = None
    if judging.needs_waits(rules):
        waits = await read_waits(shop, filters, lambda _: None)
    returns = await read_returns(shop, filters, lambda _: None) if judging.needs_returns(rules) else None
    board = make_board(cells, Details(waits, None, returns))
    able, untold = [], []
    for rule in rules:
        absent = judging.blind(rule, export.left_out)
        if absent is None and waits is None and judging.needs_waits([rule]):
            absent = "holds and schedules"
        if absent is None:
            able.append(rule)
            continue
        untold.append(f"Rule {rule.name!r} took nothing: {absent} could not be read. bulk-orders doctor tells why.")
    return able, judging.facts(board, cells), untold


async def _blind(shop: Shop, rules: Sequence[Rule]) -> list[str]:
    """What the app's scopes hide from the rules: without read_all_orders, silently, all that is older than 60 days."""
    scopes = await shop.known_scopes()
    if not scopes or "read_all_orders" in scopes:
        return []
    old = [
        r.name for r in rules if any(c.kind.how == "ago" and c.hours >= _WINDOW.total_seconds() / 3600 for c in r.when)
    ]
    hit = f" These rules can take none at all: {', '.join(old)}." if old else ""
    told = "The app lacks the scope read_all_orders: orders of more than 60 days are hidden from it and from the rules."
    return [f"{told}{hit} Give it that scope, and install it again."]


# --- why --------------------------------------------------------------------------------------------------------------


async def explain_order(named: str, work: Work, theirs: Named) -> Explanation:
    """Which rule takes an order, and why; Misused where there is no such order, or several. Reads only."""
    async with work.shop() as shop:
        notices = await _blind(shop, work.policy.rules)
        digits = named.rsplit("/", 1)[-1]
        by_id = named.startswith("gid://") or (digits == named and digits.isdigit() and len(digits) > 9)
        search = f"id:{digits}" if by_id else f"name:{quoted(bare_name(named))}"
        able, orders, untold = await _orders(shop, work, search, work.policy.rules)
    wanted = pl.col("order") == digits if by_id else pl.col("name").str.strip_prefix("#") == bare_name(named)
    found = orders.filter(wanted)
    if found.height != 1:
        what = f"There is no order {named}" if not found.height else f"{found.height} orders are called {named}"
        raise Misused(
            f"{what} that the app can see.",
            fix="Orders older than 60 days are visible only with the scope read_all_orders; bulk-orders doctor tells.",
        )
    now = work.clock.now()
    rules = judging.explain(able, found, now, work.settings.ages)
    by = next((each.rule for each in rules if each.takes), None)
    order, name = str(found["order"][0]), str(found["name"][0])
    theirs_too = order in theirs.ids or bare_name(name) in theirs.names
    verdict = work.policy.verdict(by.action) if by else ""
    return Explanation(name, order, tuple(rules), by, verdict, theirs_too, (*notices, *untold), now)
