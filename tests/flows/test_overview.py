"""The overview of a shop: read through an export, found again in its sheets, acted on, compared."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from virtual import START
from world import Applied, Wire, World, open_paid, open_unpaid, shipped

from bulk_orders.core.ages import DEFAULT_HOURS
from bulk_orders.core.overview import Overview
from bulk_orders.core.plan import Plan
from bulk_orders.core.search import Filters
from bulk_orders.devstore import create_app
from bulk_orders.errors import Misused, SheetInvalid
from bulk_orders.flows.overview import (
    Orders,
    earlier_orders,
    kept_orders,
    live_orders,
    overview_of,
    own_folder,
    refuse_filled,
    write_findings,
)
from bulk_orders.storage.bases import new_export_id

_DAY = 24 * 3600


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def look(world: World, name: str = "look", **filters: Any) -> Orders:
    """What `bulk-orders overview` reads."""
    folder = world.folder / name
    folder.mkdir()

    async def work() -> Orders:
        async with world.shop() as shop:
            return await live_orders(
                shop,
                folder,
                filters=Filters(**filters),
                home=world.home,
                clock=world.clock,
                export_id=new_export_id(world.clock.now(), f"{len(name):06x}", "vm"),
                progress=lambda _: None,
            )

    return world.run(work())


def seen(world: World, name: str = "look", **filters: Any) -> Overview:
    return overview_of(look(world, name, **filters), {}, None)


def count(overview: Overview, key: str) -> int:
    return next(found.count for found in overview.findings if found.finding.key == key)


# --- figures ----------------------------------------------------------------------------------------------------------


def test_its_figures_are_those_of_the_export(world: World) -> None:
    overview = seen(world)
    with (world.folder / "look" / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        heads = [row for row in csv.DictReader(file) if row["Top Row"] == "TRUE"]
    assert overview.total == len(heads) == len(world.store.orders)
    for name, header in (("payment", "Payment: Status"), ("fulfillment", "Order Fulfillment Status")):
        assert overview.counts[name] == Counter(row[header].upper() or "NONE" for row in heads)
    assert overview.counts["return"] == Counter(row["Return: Status"].upper() for row in heads)
    assert overview.cancellations.total == sum(bool(row["Cancelled At"]) for row in heads)


def test_its_figures_are_those_of_the_shop(world: World) -> None:
    overview = seen(world)
    orders = list(world.store.orders.values())
    assert overview.counts["state"] == {
        "OPEN": sum(o.closed_at is None for o in orders),
        "ARCHIVED": sum(o.closed_at is not None and o.cancelled_at is None for o in orders),
        "CANCELLED": sum(o.cancelled_at is not None for o in orders),
    }
    products = overview.cancellations.by_product
    assert products is not None
    cancelled = [o for o in orders if o.cancelled_at is not None]
    theirs = Counter(title for o in cancelled for title in {line.title for line in o.line_items})
    told: Counter[str] = Counter()
    for product, _, number in products.iter_rows():
        told[product] += number
    assert len(theirs) <= 20, "fewer products than are listed at most"
    assert told == theirs
    assert world.mutations() == 0


def test_a_filter_narrows_everything(world: World) -> None:
    overview = seen(world, status="cancelled")
    assert set(overview.counts["state"]) == {"CANCELLED"}
    assert overview.cancellations.by_product is not None
    assert not overview.cancellations.by_product.is_empty()
    assert count(overview, "on_hold") == 0
    open_ones = seen(world, "open", status="open")
    assert open_ones.cancellations.total == 0


def test_what_the_token_may_not_read_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwilling(Wire):
        """A shop whose API has no fulfillment orders for us."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            body = request.content.replace(b"fulfillAt", b"fulfillAtSecret")
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            return await super().handle_async_request(
                httpx.Request(request.method, request.url, headers=headers, content=body)
            )

    monkeypatch.setattr(world, "wire", lambda: Unwilling(httpx.ASGITransport(create_app(world.store))))
    overview = seen(world)
    assert [found.finding.key for found in overview.findings if not found.told] == ["scheduled_overdue"]
    assert any("Holds and schedules could not be read" in notice for notice in overview.notices)
    assert count(overview, "on_hold") > 0, "the order's own status still tells of holds"


def test_a_return_waits_since_it_began_whatever_happened_to_the_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = world.some(shipped, 2)
    world.store.people.request_return(old.name)
    world.later(8 * _DAY)
    world.store.people.edit_order(old.name, note="asked again")
    world.store.people.tag(new.name, "return-waiting")
    world.store.people.request_return(new.name)
    found = next(f for f in seen(world).findings if f.finding.key == "return_waiting")
    mine = found.orders.filter(pl.col("name").is_in([old.name, new.name]))
    assert mine["name"].to_list() == [old.name], "touched since, and in it; an older tag counts nothing"
    assert START + timedelta(seconds=world.passed) - mine["since"][0] >= timedelta(days=8)

    class Unwilling(Wire):
        """A shop that keeps its returns from us."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            body = request.content.replace(b"returns", b"returnsSecret")
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            return await super().handle_async_request(
                httpx.Request(request.method, request.url, headers=headers, content=body)
            )

    monkeypatch.setattr(world, "wire", lambda: Unwilling(httpx.ASGITransport(create_app(world.store))))
    told = seen(world, "second")
    assert any("When returns began could not be read" in notice for notice in told.notices)
    found = next(f for f in told.findings if f.finding.key == "return_waiting")
    assert found.orders.filter(pl.col("name") == old.name).is_empty(), "its last touch is all that is known then"


def test_an_empty_shop(tmp_path: Path) -> None:
    world = World(tmp_path, orders=5)
    overview = seen(world, query="name:9999999")
    assert overview.total == 0


# --- from finding to apply --------------------------------------------------------------------------------------------


def _held(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.store.people.hold(order.name, other_app=False, handle="warehouse")
    world.later(8 * _DAY)
    return order.name


def _held_by_another(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.store.people.hold(order.name)
    world.later(8 * _DAY)
    return order.name


def _overdue(world: World) -> str:
    (order,) = world.some(lambda o: any(f.status == "SCHEDULED" for f in o.fulfillment_orders), 1)
    for part in order.fulfillment_orders:
        part.fulfill_at = START.timestamp() - 60
    return order.name


def _labelled(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.store.people.fulfill(order.name)
    world.store.people.carrier_event(order.name, "LABEL_PURCHASED")
    world.later(4 * _DAY)
    return order.name


def _delivered(world: World) -> str:
    (order,) = world.some(shipped, 1)
    world.store.people.carrier_event(order.name, "DELIVERED")
    world.later(15 * _DAY)
    return order.name


def _kept_money(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.store.people.cancel(order.name, refund=False)
    world.later(2 * _DAY)
    return order.name


def _refunded(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.store.people.fulfill(order.name)
    world.store.people.carrier_event(order.name, "LABEL_PRINTED")
    world.store.people.refund(order.name)
    return order.name


def _reserved(world: World) -> str:
    (order,) = world.some(lambda o: [t.kind for t in o.transactions] == ["AUTHORIZATION"] and not o.cancelled_at, 1)
    return order.name


def _sent_back(world: World) -> str:
    (order,) = world.some(shipped, 1)
    world.store.people.request_return(order.name)
    world.later(8 * _DAY)
    return order.name


def _waiting(world: World) -> str:
    (order,) = world.some(open_paid, 1)
    world.later(3 * _DAY)
    return order.name


STORIES = [
    ("paid_unfulfilled", _waiting, ["tag_add"]),
    ("on_hold", _held, ["release", "tag_add"]),
    ("on_hold", _held_by_another, ["tag_add"]),
    ("scheduled_overdue", _overdue, ["tag_add"]),
    ("no_movement", _labelled, ["tag_add"]),
    ("delivered_open", _delivered, ["archive"]),
    ("cancelled_unrefunded", _kept_money, ["tag_add"]),
    ("refunded_fulfilled", _refunded, ["tag_add", "unfulfill"]),
    ("authorization_expiring", _reserved, ["tag_add"]),
    ("return_waiting", _sent_back, ["tag_add"]),
]


def _acted(world: World, sheet: str, name: str, actions: list[str]) -> tuple[Plan, Applied]:
    plan = world.plan(sheet)
    assert plan.conflicts == ()
    assert [b for b in plan.blocked if b.name == name] == []
    assert sorted(c.action for c in plan.changes if c.name == name) == actions
    return plan, world.apply(sheet)


@pytest.mark.parametrize(("key", "story", "actions"), STORIES, ids=lambda value: getattr(value, "__name__", None))
def test_a_finding_becomes_a_sheet_a_plan_and_done(world: World, key: str, story: Any, actions: list[str]) -> None:
    name = story(world)
    orders = look(world)
    overview = overview_of(orders, {}, None)
    sheets = write_findings(overview, orders.base, world.folder / "look")
    (found,) = (found for found in overview.findings if found.finding.key == key)
    assert name in found.orders["name"].to_list()
    plan, done = _acted(world, str(sheets[key].relative_to(world.folder)), name, actions)
    assert done.outcomes == {"applied": len(plan.changes)}
    order = world.named(name)
    if "tag_add" in actions:
        assert key.replace("_", "-") in order.tags
    if "archive" in actions:
        assert order.closed_at is not None
    if "unfulfill" in actions:
        assert [f.status for f in order.fulfillments] == ["CANCELLED"]
    if "release" in actions:
        assert not any(part.fulfillment_holds for part in order.fulfillment_orders)


def test_every_finding_has_its_story() -> None:
    assert {key for key, _, _ in STORIES} == set(DEFAULT_HOURS)


def test_a_sheet_without_a_base_finds_and_acts_too(world: World) -> None:
    """A sheet from elsewhere: the finding's sheet is a recipe, which may tag without a base."""
    name = _waiting(world)
    world.export()
    frame = world.sheet().drop("Export: ID")
    frame.write_csv(world.folder / "theirs.csv")
    now = START + timedelta(seconds=world.passed)
    overview = overview_of(kept_orders(str(world.folder / "theirs.csv"), world.home, now), {}, None)
    assert "so ages count to now" in overview.notices[0]
    sheets = write_findings(overview, None, world.folder / "found")
    assert world.sheet("found/paid-unfulfilled.csv").columns == ["ID", "Name", "Action", "Tags", "Tags Command"]
    plan, done = _acted(world, "found/paid-unfulfilled.csv", name, ["tag_add"])
    assert done.outcomes == {"applied": len(plan.changes)}
    assert "scheduled_overdue" not in sheets


def test_an_order_that_moved_on_since_the_overview_is_left_as_it_is(world: World) -> None:
    name = _delivered(world)
    orders = look(world)
    write_findings(overview_of(orders, {}, None), orders.base, world.folder / "look")
    world.store.people.archive(name)
    plan = world.plan("look/delivered-open.csv")
    assert name not in {change.name for change in plan.changes}


# --- from what is there already ---------------------------------------------------------------------------------------


def test_a_sheet_of_ours_is_taken_as_it_was_exported(world: World) -> None:
    done = world.export()
    (order,) = world.some(open_paid, 1)
    world.edit({order.name: {"Cancelled At": "2026-11-22", "Action": "archive"}})
    sheet = overview_of(kept_orders(str(world.folder / "orders.csv"), world.home, START), {}, None)
    base = overview_of(kept_orders(done.export_id, world.home, START), {}, None)
    assert sheet.counts == base.counts
    assert sheet.source.at == base.source.at < START + timedelta(minutes=1)
    assert sheet.source.shop == base.source.shop == "devstore.myshopify.com"


def test_orders_that_the_sheets_export_did_not_have_are_told_of(world: World) -> None:
    world.export()
    frame = world.sheet()
    strange = frame.head(2).with_columns(ID=pl.Series(["gid://shopify/Order/1", "gid://shopify/Order/2"]))
    pl.concat([frame, strange]).write_csv(world.folder / "more.csv")
    orders = kept_orders(str(world.folder / "more.csv"), world.home, START)
    assert [notice.split(" are not in")[0] for notice in orders.notices] == ["2 orders of the sheet"]


def test_rows_of_a_sheet_that_were_deleted_are_not_in_its_overview(world: World) -> None:
    world.export()
    frame = world.sheet().head(10)
    frame.write_csv(world.folder / "some.csv")
    overview = overview_of(kept_orders(str(world.folder / "some.csv"), world.home, START), {}, None)
    assert overview.total == frame["Name"].n_unique() < len(world.store.orders)


def test_what_changed_since_the_last_export(world: World) -> None:
    one, other = world.some(open_paid, 2)
    look(world, "monday")
    world.later(_DAY)
    world.store.people.archive(one.name)
    world.store.people.fulfill(other.name)
    world.store.people.delete(world.some(lambda o: open_unpaid(o) and not o.transactions, 1)[0].name)
    orders = look(world, "today")
    now = START + timedelta(seconds=world.passed)
    changed = overview_of(orders, {}, earlier_orders("last", orders, world.home, now)).changed
    assert changed is not None
    assert changed.gone.height == 1
    moved = {(name, what, now) for name, what, now in changed.orders.select("name", "dimension", "now").iter_rows()}
    assert {(one.name, "state", "ARCHIVED"), (other.name, "fulfillment", "FULFILLED")} <= moved
    assert {name for name, *_ in moved} == {one.name, other.name}


def test_an_export_whose_base_is_elsewhere_says_by_its_id_when_it_was_made(world: World, tmp_path: Path) -> None:
    seen(world)
    now = START + timedelta(days=3)
    elsewhere = kept_orders(str(world.folder / "look" / "orders.csv"), tmp_path / "another-home", now)
    assert elsewhere.source.at < START + timedelta(days=1)
    assert elsewhere.notices == ()
    world.recipe({"ID": world.some(shipped, 1)[0].id, "Note": "x"}, name="plain.csv")
    plain = kept_orders(str(world.folder / "plain.csv"), tmp_path / "another-home", now)
    assert plain.source.at == now
    assert plain.notices == ("plain.csv does not say when it was made, so ages count to now.",)


def test_with_no_earlier_export_there_is_nothing_to_compare_with(world: World) -> None:
    orders = look(world)
    assert earlier_orders("last", orders, world.home, START) is None
    world.later(_DAY)
    look(world, "tomorrow")
    assert earlier_orders("last", orders, world.home, START) is None, "a later one is not earlier"


def test_exports_of_two_shops_are_not_compared(world: World) -> None:
    done = world.export()
    world.store.shop.myshopify_domain = "other.myshopify.com"
    orders = look(world)
    with pytest.raises(Misused, match="not of other"):
        earlier_orders(done.export_id, orders, world.home, START)


def test_an_export_that_is_not_there(world: World) -> None:
    with pytest.raises(Misused, match="There is no export x-20261122-100000-abcdef-vm"):
        kept_orders("x-20261122-100000-abcdef-vm", world.home, START)


def test_a_sheet_with_a_bad_header_is_refused(world: World) -> None:
    (world.folder / "bad.csv").write_text("ID,Paiment\n1,paid\n", encoding="utf-8")
    with pytest.raises(SheetInvalid):
        kept_orders(str(world.folder / "bad.csv"), world.home, START)


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    refuse_filled(tmp_path / "mine")
    (tmp_path / "mine" / "on-hold.csv").write_text("edited", encoding="utf-8")
    with pytest.raises(Misused, match="no empty folder"):
        refuse_filled(tmp_path / "mine")
    with pytest.raises(Misused, match="There is no folder"):
        refuse_filled(tmp_path / "no" / "where")


def test_two_overviews_of_one_second_have_a_folder_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        with own_folder(None, START) as folder:
            (folder / "overview.html").touch()
    assert {path.name for path in tmp_path.iterdir()} == {
        "overview-20261122-100000",
        "overview-20261122-100000-2",
        "overview-20261122-100000-3",
    }


def test_a_folder_of_which_nothing_came_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    for named in (None, Path("new"), Path("there")):
        with pytest.raises(Misused), own_folder(named, START):
            raise Misused("No.")
    assert [path.name for path in tmp_path.iterdir()] == ["there"], "an empty one that was there already stays"
