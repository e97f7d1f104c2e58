"""Track: fulfillmentTrackingInfoUpdate overwrites a fulfillment's carrier, numbers and links (shopify-api.md 4.6).

What was not edited is sent along as it stands, except a link that Shopify builds from carrier and number by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bulk_orders.core import cells
from bulk_orders.core.actions.base import Action, Reversal, Wanted, blocked, same_text, value_conflict
from bulk_orders.core.carriers import is_known, spelled
from bulk_orders.core.changes import Blocked, Change, Conflict, Mutation, Obstacle
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import Facet, Fulfillment, Order, Tracking
from bulk_orders.core.preferences import Preferences

COMPANY, NUMBER, URL = "Fulfillment: Tracking Company", "Fulfillment: Tracking Number", "Fulfillment: Tracking URL"
RECEIPT = "Fulfillment: Send Receipt"
HEADERS = (COMPANY, NUMBER, URL)


@dataclass(frozen=True, slots=True)
class Parcels:
    """The tracking of one fulfillment: one carrier, and a number and a link per parcel."""

    company: str | None
    numbers: tuple[str, ...]
    urls: tuple[str, ...]

    @classmethod
    def of(cls, tracking: tuple[Tracking, ...]) -> Parcels:
        return cls(
            next((t.company for t in tracking if t.company), None),
            tuple(t.number for t in tracking if t.number),
            tuple(t.url for t in tracking if t.url),
        )

    def shown(self) -> dict[str, str]:
        """The same as the cells of a sheet."""
        return {COMPANY: self.company or "", NUMBER: ", ".join(self.numbers), URL: ", ".join(self.urls)}

    def request(self) -> dict[str, Any]:
        """The same as FulfillmentTrackingInput: `number` and `numbers` are never mixed, nor are `url` and `urls`."""
        sent: dict[str, Any] = {"company": self.company or ""}
        if len(self.numbers) > 1 or len(self.urls) > 1:
            return sent | {"numbers": list(self.numbers)} | ({"urls": list(self.urls)} if self.urls else {})
        sent["number"] = self.numbers[0] if self.numbers else ""
        return sent | ({"url": self.urls[0]} if self.urls else {})


def written(edits: Mapping[str, Edit], live: Parcels) -> Parcels | str:
    """The tracking that a row's cells ask for, over what is there; or what is wrong with it."""
    company, numbers, urls = live.company, live.numbers, live.urls
    if COMPANY in edits:
        names = tuple(dict.fromkeys(_words(edits[COMPANY])))
        if len(names) > 1:
            return f"Shopify takes one carrier for a fulfillment, not {len(names)}."
        company = spelled(names[0]) if names else None
    if NUMBER in edits:
        numbers = _words(edits[NUMBER])
    if URL in edits:
        urls = _words(edits[URL])
        if any(not url.lower().startswith(("https://", "http://")) for url in urls):
            return "A tracking link has to begin with https://."
    elif numbers != live.numbers or company != live.company or is_known(company):
        urls = ()  # it was that of another parcel, or one that Shopify builds anew
    if urls and not numbers:
        return "Shopify takes no tracking link without a tracking number."
    return Parcels(company, numbers, urls)


def _words(edit: Edit) -> tuple[str, ...]:
    return () if edit.sheet.strip().lower() == cells.CLEAR else _listed(edit.sheet)


def _listed(cell: str) -> tuple[str, ...]:
    """What stands in a cell of several values, with commas or line breaks between."""
    return tuple(part for piece in cell.split("\n") for one in piece.split(",") if (part := one.strip()))


class Track(Action):
    name: ClassVar[str] = "track"
    reversible: ClassVar[bool] = True
    facets: ClassVar[frozenset[Facet]] = frozenset({Facet.FULFILLMENTS})
    reversed_by: ClassVar[str | None] = "track"
    points: ClassVar[int] = 50  # recorded since 2026-06 (shopify-api.md 3.1)

    def reads(self, edits: OrderEdits, preferences: Preferences) -> tuple[frozenset[Facet], frozenset[Facet]]:
        return (self.facets if any(_rows(edits)) else frozenset()), frozenset()

    def wanted(self, edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
        for row in _rows(edits):
            yield from _row(row, edits, order, preferences)

    def satisfied_by(self, change: Change, order: Order) -> bool:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None:
            return False
        live, sent = Parcels.of(fulfillment.tracking), change.args["tracking"]
        asked_urls = tuple(sent["urls"])
        return (
            (live.company or "") == (sent["company"] or "")
            and live.numbers == tuple(sent["numbers"])
            and (not asked_urls or live.urls == asked_urls)
        )

    def blocked_by(self, change: Change, order: Order) -> Obstacle | None:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None:
            return Obstacle("Shopify would refuse: Fulfillment does not exist.", "Export again.")
        if not fulfillment.active:
            status = "cancelled" if fulfillment.status == "CANCELLED" else "without success"
            return Obstacle(
                f"Nobody follows the parcel of {fulfillment.name} once it is {status}.",
                "Put back its tracking cells, or fulfill the order anew.",
            )
        return None

    def depends_on(self, change: Change, order: Order) -> Mapping[str, Any]:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        shown = Parcels.of(fulfillment.tracking).shown() if fulfillment else {}
        return {"fulfillment": fulfillment.status if fulfillment else None, "tracking": shown}

    def perhaps_written_over(self, change: Change, order: Order) -> bool:
        return bool(self.depends_on(change, order)["tracking"] != change.fingerprint.get("tracking"))

    def after(self, change: Change, order: Order) -> Order:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is None:
            return order
        return order.with_fulfillment(replace(fulfillment, tracking=rows_of(change.args["tracking"])))

    def reversal(self, change: Change, order: Order, preferences: Preferences) -> Reversal:
        fulfillment = order.fulfillment(change.args["fulfillment"])
        if fulfillment is not None:
            live, was = Parcels.of(fulfillment.tracking), parcels_of(change.args["was"])
            yield _change(order, fulfillment, change.row, live, was, None)

    def mutation(self, change: Change, marker: str) -> Mutation:
        variables: dict[str, Any] = {
            "id": change.args["fulfillment"],
            "tracking": parcels_of(change.args["tracking"]).request(),
        }
        if change.args["notify"] is not None:
            variables["notify"] = change.args["notify"]
        return Mutation("fulfillmentTrackingInfoUpdate", variables)

    def repeatable(self, change: Change) -> bool:
        return not change.args["notify"]  # it would be mailed twice

    def confirmed_by(self, change: Change, payload: Mapping[str, Any]) -> bool:
        fulfillment = payload.get("fulfillment") or {}
        numbers = [info.get("number") for info in fulfillment.get("trackingInfo") or () if info.get("number")]
        return fulfillment.get("id") == change.args["fulfillment"] and numbers == list(
            change.args["tracking"]["numbers"]
        )


def parcels_of(args: Mapping[str, Any]) -> Parcels:
    """The tracking in a change's `args`."""
    return Parcels(args["company"], tuple(args["numbers"]), tuple(args["urls"]))


def as_args(parcels: Parcels) -> dict[str, Any]:
    return {"company": parcels.company, "numbers": list(parcels.numbers), "urls": list(parcels.urls)}


def rows_of(args: Mapping[str, Any]) -> tuple[Tracking, ...]:
    """The tracking in a change's `args`, as an order shows it."""
    parcels = parcels_of(args)
    urls = [*parcels.urls, *[None] * len(parcels.numbers)]
    if not parcels.numbers:
        return (Tracking(parcels.company, None, None),) if parcels.company else ()
    return tuple(Tracking(parcels.company, number, url) for number, url in zip(parcels.numbers, urls, strict=False))


def _rows(edits: OrderEdits) -> Iterator[dict[str, Edit]]:
    """The tracking cells of every row that is about a fulfillment, or about none and does not fulfill either."""
    fulfilling = edits.fulfilling_rows()
    by_row: dict[int, dict[str, Edit]] = {}
    for edit in edits.edits:
        if edit.column in HEADERS and edit.row not in fulfilling:
            by_row.setdefault(edit.row, {})[edit.column] = edit
    yield from by_row.values()


def _row(found: dict[str, Edit], edits: OrderEdits, order: Order, preferences: Preferences) -> Wanted:
    first = next(iter(found.values()))
    if first.fulfillment is None:
        fix = "Fill in its Fulfillment: ID; or to fulfill the order with it, write success in Fulfillment: Status."
        yield blocked(order, first.row, "track", "The row does not say whose tracking that is.", fix)
        return
    fulfillment = order.fulfillment(first.fulfillment)
    if fulfillment is None:
        reason = f"{order.name} has no fulfillment {first.fulfillment.rsplit('/', 1)[-1]}."
        yield blocked(order, first.row, "track", reason, "Export again: cells may have moved between rows.")
        return
    yield from _judged(found, edits, order, fulfillment, preferences)


def _judged(
    found: dict[str, Edit], edits: OrderEdits, order: Order, fulfillment: Fulfillment, preferences: Preferences
) -> Iterator[Change | Conflict | Blocked]:
    live = Parcels.of(fulfillment.tracking)
    taken: dict[str, Edit] = {}
    for header, edit in found.items():
        shown = _cell(fulfillment, header)
        if _says_the_same(edit, shown):
            continue  # as the shop has it, in its own spelling: an old name is not respelled because it was exported
        judged = value_conflict(edit, order, shown, preferences)
        if isinstance(judged, Conflict) and written({header: edit}, live) != live:
            yield judged
        elif judged is None:
            taken[header] = edit
    wanted = written(taken, live)
    row = min(edit.row for edit in found.values())
    if isinstance(wanted, str):
        yield blocked(order, row, "track", wanted, "Correct the row's tracking cells.")
    elif taken:
        yield _change(order, fulfillment, row, live, wanted, _notify(edits, row))


def _says_the_same(edit: Edit, shown: str) -> bool:
    """The cell is what an export would show, however its values are set apart."""
    return same_text(edit.sheet, shown) or (bool(shown) and _words(edit) == _listed(shown))


def _cell(fulfillment: Fulfillment, header: str) -> str:
    """What an export would show."""
    part = {COMPANY: "company", NUMBER: "number", URL: "url"}[header]
    return ", ".join(filter(None, (getattr(info, part) for info in fulfillment.tracking)))


def _notify(edits: OrderEdits, row: int) -> bool | None:
    edit = next((e for e in edits.of(RECEIPT) if e.row == row), None)
    return cells.boolean(edit.sheet) if edit else None


def _change(
    order: Order, fulfillment: Fulfillment, row: int, live: Parcels, wanted: Parcels, notify: bool | None
) -> Change:
    was, becomes = live.shown(), wanted.shown()
    if not wanted.urls and wanted.numbers and is_known(wanted.company):
        becomes[URL] = was[URL] if wanted.numbers == live.numbers and wanted.company == live.company else "by Shopify"
    changed = [header for header in HEADERS if was[header] != becomes[header]]
    after: dict[str, Any] = {header: becomes[header] or None for header in changed}
    if notify:
        after["E-mail"] = "yes"
    return Change(
        order=order.id,
        name=order.name,
        row=row,
        action="track",
        reversible=True,
        before={header: was[header] or None for header in changed},
        after=after,
        args={
            "fulfillment": fulfillment.id,
            "name": fulfillment.name,
            "tracking": as_args(wanted),
            "notify": notify,
            "was": as_args(live),
        },
        warnings=tuple(_warnings(order, wanted, notify)),
        emails=1 if notify and order.can_notify else 0,
    )


def _warnings(order: Order, wanted: Parcels, notify: bool | None) -> Iterator[str]:
    if wanted.company and wanted.numbers and not wanted.urls and not is_known(wanted.company):
        yield f"Shopify knows no carrier {wanted.company!r}, so customers get no link: fill in {URL}."
    if notify and not order.can_notify:
        yield "Nobody can be told: the order has no e-mail address."
