"""Filling a store: the catalogue, then order after order, from 120 days ago until now.

Its one rule: 60 of 100 orders are ordinary; the others take the special scenarios in turn, so that a shop
of 200 orders has every one of them, and only they carry nasty texts.
"""

import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

from bulk_orders.devstore.log import EffectLog
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.seed import texts
from bulk_orders.devstore.seed.buyers import Buyers
from bulk_orders.devstore.seed.catalog import make
from bulk_orders.devstore.seed.dealings import DEALINGS
from bulk_orders.devstore.seed.maker import Maker
from bulk_orders.devstore.seed.ordinary import SHARE, Scenario, ordinary
from bulk_orders.devstore.seed.shipments import SHIPMENTS
from bulk_orders.devstore.settings import Settings
from bulk_orders.devstore.state import State
from bulk_orders.devstore.times import DAY

SPAN: Final = 120 * DAY
SPECIAL: Final[tuple[Scenario, ...]] = (*SHIPMENTS, *DEALINGS)


def fill(store: State, orders: int, seed: int, now: float) -> None:
    """Makes the shop and so many orders; nothing of it is in the logs."""
    settings = store.settings
    store.settings = Settings(index_lag_seconds=0, auto_archive_seconds=None)
    try:
        _fill(store, orders, random.Random(seed), now)  # noqa: S311 - reproducible, no secrets
    finally:
        store.settings = settings
    store.effects = EffectLog()
    store.idempotency.clear()
    store.under_way.clear()


def _fill(store: State, orders: int, picks: random.Random, now: float) -> None:
    store.shop.created_at = now - 900 * DAY
    buyers = Buyers(store, picks)
    with store.acting("seed", now - 700 * DAY):
        catalog = make(store, buyers, now)
    maker = Maker(store, picks, buyers, catalog, now)
    scenarios = _scenarios(orders, picks)
    nasty = _nasty(picks)
    for at in _moments(orders, picks, now):
        maker.created = at
        scenario = next(scenarios)
        order = scenario(maker)
        if scenario is not ordinary:
            _dress(maker, order, nasty)
    catalog.closed_place.is_active = False
    catalog.closed_place.deactivated_at = now - 2 * DAY
    store.advance_until(now)


def _moments(orders: int, picks: random.Random, now: float) -> list[float]:
    """When orders come: any time of the last 120 days, the last one some minutes ago."""
    return sorted(float(int(now - 300 - picks.random() * (SPAN - 600))) for _ in range(orders))


def _scenarios(orders: int, picks: random.Random) -> Iterator[Scenario]:
    special = list(SPECIAL)
    picks.shuffle(special)
    turn = cycle(special)
    count = round(orders * (1 - SHARE))
    plan: list[Scenario] = [next(turn) for _ in range(count)] + [ordinary] * (orders - count)
    picks.shuffle(plan)
    return iter(plan)


def _nasty(picks: random.Random) -> dict[str, Iterator[Any]]:
    decks: dict[str, list[Any]] = {
        "note": list(texts.NASTY_NOTES),
        "tags": list(texts.NASTY_TAG_SETS),
        "po": list(texts.PO_NUMBERS),
    }
    for deck in decks.values():
        picks.shuffle(deck)
    return {name: cycle(deck) for name, deck in decks.items()}


def _dress(maker: Maker, order: Order, nasty: dict[str, Iterator[Any]]) -> None:
    """Nasty texts for a special order: a note for every second one, the rest more rarely."""
    picks = maker.picks
    if order.note is None and picks.random() < 0.5:
        order.note = next(nasty["note"])
    if not order.tags and picks.random() < 0.4:
        order.tags = sorted(next(nasty["tags"]), key=lambda tag: (tag.casefold(), tag))
    if order.po_number is None and picks.random() < 0.15:
        order.po_number = next(nasty["po"])
    if picks.random() < 0.2:
        maker.attributes(order)
