"""What a plan is made of before its process is killed: orders of a store, their past, the cells that ask for something.

One table for all: an action stands here by the story that tests/stories.py tells of it, and once more where it can send
an e-mail. An action of the registry that is in no scene fails tests/faults/test_kills.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stories import STORIES, Cells, archived
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.devstore import DevStore
from bulk_orders.devstore.model.order import Order

ORDERS_PER_DEED = 8
STEPS = ("intent.before", "intent.after", "send.before", "response.after", "outcome.before", "outcome.after")
"""Points that each change sent by itself passes, in the order in which it gets further by them."""
FILES = ("file.make", "file.sync", "file.rename", "file.renamed")
_IN_BULK = ("bulk.upload", *STEPS[:4], "place.before", "place.after", "bulk.ended", "bulk.joined", *STEPS[4:])
Cast = dict[str, Cells]
"""The rows that ask for something, by the names of their orders."""


@dataclass(frozen=True)
class Wish:
    """Something asked of an order of a kind, which has been through `before`."""

    kind: Callable[[Order], bool]
    rows: Callable[[Order], Cells]
    before: Callable[[World, Order], None] = lambda world, order: None


@dataclass(frozen=True)
class Scene:
    """Wishes, each on as many orders as the others. `points` are those that its changes pass, each more than once."""

    wishes: tuple[Wish, ...]
    actions: tuple[str, ...]
    points: tuple[str, ...] = STEPS
    exported: bool = False
    """The cells are written into an export; else into a sheet of their own."""
    apply: tuple[str, ...] = ()
    """Further flags of apply."""
    orders_of_store: Callable[[int], int] = lambda orders: max(60, orders * 5)

    def cast(self, store: DevStore, orders: int) -> Cast:
        """Choose so many orders of a fresh store, and have them go through what was before."""
        world, cast = on(store, Path()), Cast()
        while len(cast) < orders:
            had = len(cast)
            for wish in self.wishes:
                found = next((o for o in store.orders.values() if o.name not in cast and wish.kind(o)), None)
                if found is not None and len(cast) < orders:
                    cast[found.name] = wish.rows(found)
                    wish.before(world, found)
            assert len(cast) > had, "the store has too few such orders"
        return cast

    def write(self, cast: Cast, store: DevStore, folder: Path) -> None:
        """Write orders.csv."""
        if self.exported:
            on(store, folder).edit({name: rows[0] for name, rows in cast.items()})
        else:
            on(store, folder).recipe(*(row for rows in cast.values() for row in rows), name="orders.csv")


def on(store: DevStore, folder: Path) -> World:
    """What writes sheets, for a store that is served: nothing else of a world in one process is there."""
    world = World.__new__(World)
    world.folder, world.store = folder, store
    return world


def _wish(kind: Callable[[Order], bool], cells: dict[str, str]) -> Wish:
    return Wish(kind, lambda _: [cells])


def _deed(action: str, points: tuple[str, ...] = STEPS, **more: str) -> Scene:
    """One action by its story, with more cells on top; a header is written with blanks as `_` and `: ` as `__`."""
    story = STORIES[action]
    cells = {header.replace("__", ": ").replace("_", " "): cell for header, cell in more.items()}
    wish = Wish(story.kind, lambda order: [{**row, **cells} for row in story.cells(order)], story.before)
    return Scene((wish,), (action,), points, orders_of_store=lambda orders: orders * 200)  # some kinds are rare


CORRIDOR = Scene(
    (
        _wish(open_unpaid, {"Action": "cancel"}),
        _wish(shipped, {"Action": "archive"}),
        _wish(open_paid, {"Action": "cancel, archive", "Cancel: Refund": "TRUE"}),
        _wish(open_paid, {"Note": "new"}),
        _wish(shipped, {"Action": "unfulfill, cancel", "Cancel: Refund": "FALSE"}),
        _wish(open_paid, {"Tags": "only"}),
        _wish(shipped, {"Action": "unfulfill"}),
    ),
    ("cancel", "archive", "update", "unfulfill", "tag_add", "tag_remove"),
    exported=True,
)
"""Every action of the corridor, steps that depend on one another among them."""
BULK = Scene(
    (
        _wish(open_paid, {"Tags": "only"}),
        _wish(open_paid, {"Note": "new", "Action": "archive"}),
        _wish(archived, {"Action": "unarchive", "Note": "again"}),
        _wish(shipped, {"Tags": "back", "Action": "unfulfill, archive"}),
    ),
    ("tag_add", "tag_remove", "update", "archive", "unarchive"),
    _IN_BULK,
    exported=True,
    apply=("--transport", "bulk"),
)
"""What may go in bulk, several steps of one order among it, and one that does not go in bulk."""
DEEDS = {
    "hold": _deed("hold"),
    "release": _deed("release"),
    "track": _deed("track"),
    "track, e-mailed": _deed("track", Fulfillment__Send_Receipt="TRUE"),
    "mark paid": _deed("mark_paid"),
    "capture": _deed("capture"),
    "fulfill": _deed("fulfill"),
    "fulfill, e-mailed": _deed("fulfill", Fulfillment__Send_Receipt="TRUE"),
    "refund": _deed("refund"),
    "refund, e-mailed": _deed("refund", Refund__Notify="TRUE"),
    "cancel, e-mailed": _deed("cancel", Cancel__Send_Receipt="TRUE"),
    "delete": _deed("delete", (*STEPS[:3], "folder.make", *FILES, *STEPS[3:])),
}
"""Scenes of one action each."""
EVERYTHING = Scene(
    tuple(
        wish
        for name in ("capture", "delete", "mark paid", "release", "hold", "track", "track, e-mailed", "refund",
                     "refund, e-mailed", "fulfill", "fulfill, e-mailed", "cancel, e-mailed")
        for wish in DEEDS[name].wishes
    ),
    tuple(action for scene in DEEDS.values() for action in scene.actions),
)  # fmt: skip
"""All of these in one plan, the rarest kinds of orders first."""


def killed() -> Iterator[str]:
    """Every action that some scene has killed."""
    for scene in (CORRIDOR, BULK, *DEEDS.values()):
        yield from scene.actions
