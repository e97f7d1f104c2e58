"""Export, edit, plan, apply: the corridor, end to end, judged by the store's own log of effects."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from world import Wire, World, open_paid, open_unpaid, read_in_bulk, results, shipped

from bulk_orders.devstore import create_app
from bulk_orders.errors import PlanUsedUp, SheetInvalid, WrongShop


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx", "orders.parquet"])
@pytest.mark.parametrize("rows", ["orders", "fulfillments", "lines"])
def test_an_untouched_export_plans_to_no_changes(world: World, name: str, rows: str) -> None:
    done = world.export(name, rows=rows)
    assert done.orders == 160
    plan = world.plan(name)
    assert plan.changes == ()
    assert (plan.blocked, plan.conflicts) == ((), ())
    assert plan.rows["unchanged"] == done.rows


def test_exactly_the_edited_orders_change(world: World) -> None:
    world.export()
    archived, unpaid, paid = ([o.name for o in world.some(kind, 2)] for kind in (shipped, open_unpaid, open_paid))
    world.edit(
        {
            **{name: {"Action": "archive"} for name in archived},
            **{name: {"Action": "cancel", "Cancel: Reason": "customer"} for name in unpaid},
            **{name: {"Action": "cancel", "Cancel: Refund": "TRUE"} for name in paid},
        }
    )
    plan = world.plan()
    assert {c.name: c.action for c in plan.changes} == {
        **dict.fromkeys(archived, "archive"),
        **dict.fromkeys([*unpaid, *paid], "cancel"),
    }
    assert world.mutations() == 0, "a dry run sends no mutation"
    done = world.apply()
    assert done.outcomes == {"applied": 6}
    assert done.summary.exit_code == 0
    touched = {effect.order for effect in world.effects("orderCancel", "orderClose")}
    assert touched == {world.named(name).id for name in (*archived, *unpaid, *paid)}
    assert {e.order for e in world.effects("refund")} == {world.named(name).id for name in paid}


def test_a_second_apply_is_refused_and_sends_nothing(world: World) -> None:
    world.export()
    world.edit({world.some(shipped, 1)[0].name: {"Action": "archive"}})
    world.plan()
    world.apply()
    before = len(world.store.requests)
    with pytest.raises(PlanUsedUp):
        world.apply()
    assert len(world.store.requests) == before


def test_planned_again_after_apply_nothing_is_left_to_do(world: World) -> None:
    world.export()
    first, second = world.some(open_unpaid, 2)
    world.edit({first.name: {"Action": "cancel", "Note": "gone"}, second.name: {"Tags": "late", "Action": "archive"}})
    assert {c.name for c in world.plan().changes} == {first.name, second.name}
    world.apply()
    assert world.plan().changes == ()


def test_unfulfill_cancel_and_archive_in_one_go(world: World) -> None:
    world.export()
    (order,) = world.some(shipped, 1)
    world.edit({order.name: {"Action": "archive, cancel, unfulfill", "Cancel: Refund": "TRUE"}})
    plan = world.plan(allow_delivered=True)
    assert [c.action for c in plan.changes] == ["unfulfill", "cancel", "archive"]
    done = world.apply()
    assert [(c.action, c.outcome) for c in done.changes()] == [
        ("unfulfill", "applied"),
        ("cancel", "applied"),
        ("archive", "already"),
    ]
    kinds = [e.kind for e in world.effects() if e.order == order.id]
    assert kinds.index("fulfillmentCancel") < kinds.index("orderCancel")
    assert world.named(order.name).closed_at is not None


def test_a_fulfilled_order_that_is_only_cancelled_is_blocked_with_the_fix(world: World) -> None:
    world.export()
    (order,) = world.some(shipped, 1)
    world.edit({order.name: {"Action": "cancel", "Cancel: Refund": "TRUE"}})
    plan = world.plan()
    assert plan.changes == ()
    (blocked,) = plan.blocked
    assert (blocked.name, blocked.action) == (order.name, "cancel")
    assert "outstanding fulfillments" in blocked.reason
    assert blocked.fix == "Write unfulfill, cancel in Action."
    assert plan.rows["blocked"] == 1


def test_values_are_compared_three_ways(world: World) -> None:
    world.export()
    mine, both, theirs = world.some(open_unpaid, 3)
    world.edit({mine.name: {"Note": "mine"}, both.name: {"Note": "mine too"}})
    for order in (both, theirs):
        world.store.people.edit_order(order.name, note="theirs")
    plan = world.plan()
    assert [(c.name, c.after) for c in plan.changes] == [(mine.name, {"Note": "mine"})]
    assert [(c.name, c.sheet, c.live) for c in plan.conflicts] == [(both.name, "mine too", "theirs")]
    world.apply()
    assert world.named(theirs.name).note == "theirs", "what nobody edited is left alone, however far live has moved"


def test_tags_are_added_and_removed_without_touching_others(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    world.store.people.edit_order(order.name, tags=["old", "Red"])
    world.export()
    world.edit({order.name: {"Tags": "Red, new"}})
    world.store.people.tag(order.name, "theirs")
    plan = world.plan()
    assert [c.action for c in plan.changes] == ["tag_remove", "tag_add"]
    assert world.apply().outcomes == {"applied": 2}
    assert sorted(world.named(order.name).tags) == ["Red", "new", "theirs"]


def test_a_change_that_drifted_is_left_alone(world: World) -> None:
    world.export()
    cancelled, noted = world.some(open_unpaid, 2)
    world.edit({cancelled.name: {"Action": "cancel"}, noted.name: {"Note": "mine"}})
    world.plan()
    world.store.people.fulfill(cancelled.name)
    world.store.people.edit_order(noted.name, note="theirs")
    done = world.apply()
    assert done.outcomes == {"drifted": 2}
    assert done.summary.exit_code == 3
    assert world.named(noted.name).note == "theirs"
    assert world.effects("orderCancel") == []


def test_what_somebody_did_already_is_already(world: World) -> None:
    world.export()
    (order,) = world.some(shipped, 1)
    world.edit({order.name: {"Action": "archive"}})
    world.plan()
    world.store.people.archive(order.name)
    assert world.apply().outcomes == {"already": 1}
    assert world.mutations() == 0


def test_an_order_that_was_deleted_meanwhile_has_drifted(world: World) -> None:
    (order,) = world.some(lambda o: open_unpaid(o) and not o.transactions, 1)
    world.export()
    world.edit({order.name: {"Action": "cancel, archive"}})
    world.plan()
    world.store.people.delete(order.name)
    done = world.apply()
    assert [(c.action, c.outcome) for c in done.changes()] == [("cancel", "drifted"), ("archive", "not_attempted")]


def test_a_refusal_stops_the_steps_of_its_order_only(world: World) -> None:
    """Shopify refuses what the plan could not see: the rest of that order is not tried, other orders go on."""
    world.export()
    refused, fine = world.some(open_unpaid, 2)
    world.edit({name: {"Action": "cancel, archive"} for name in (refused.name, fine.name)})
    world.plan()

    class Late:
        """Ships the order between our last look and our request."""

        def before(self, store: object, call: object) -> None:
            cancels = "orderCancel" in getattr(call, "roots", ()) and refused.id in getattr(call, "body", "")
            if cancels and not refused.fulfillments:
                world.store.people.fulfill(refused.name)

        def after(self, store: object, call: object, reply: object) -> object:
            return reply

    world.store.faults = Late()  # type: ignore[assignment]
    done = world.apply()
    outcomes = {(c.name, c.action): c.outcome for c in done.changes()}
    assert outcomes[refused.name, "cancel"] == "drifted"  # with what Shopify said
    assert outcomes[refused.name, "archive"] == "not_attempted"
    assert outcomes[fine.name, "cancel"] == "applied"
    reason = next(c.reason for c in done.changes() if c.name == refused.name and c.action == "cancel")
    assert "outstanding fulfillments" in str(reason)


# --- sheets from elsewhere --------------------------------------------------------------------------------------------


def test_a_recipe_with_only_names_is_taken_for_the_orders_that_are_called_so(world: World) -> None:
    orders = world.some(open_unpaid, 3)
    name = world.recipe(*({"Name": o.name, "Cancelled At": "2026-01-01", "Cancel: Reason": "fraud"} for o in orders))
    plan = world.plan(name)
    assert [(c.order, c.action) for c in plan.changes] == [(o.id, "cancel") for o in orders]
    assert world.apply(name).outcomes == {"applied": 3}


def test_matrixifys_recipe_for_unfulfilling(world: World) -> None:
    (order,) = world.some(shipped, 1)
    name = world.recipe(
        {
            "ID": order.id.rsplit("/", 1)[-1],
            "Command": "UPDATE",
            "Line: Type": "Fulfillment Line",
            "Fulfillment: ID": order.fulfillments[0].id.rsplit("/", 1)[-1],
            "Fulfillment: Status": "cancelled",
        }
    )
    assert [c.args["fulfillment"] for c in world.plan(name, allow_delivered=True).changes] == [order.fulfillments[0].id]
    assert world.apply(name).outcomes == {"applied": 1}
    assert world.named(order.name).fulfillments[0].status == "CANCELLED"


def test_an_order_that_is_not_there_is_a_blocked_row(world: World) -> None:
    (order,) = world.some(open_unpaid, 1)
    name = world.recipe(
        {"ID": order.id, "Action": "archive"},
        {"ID": "gid://shopify/Order/4242424242", "Action": "archive"},
        {"ID": "0", "Action": "archive"},
    )
    plan = world.plan(name)
    assert [c.order for c in plan.changes] == [order.id]
    assert [(b.row, b.reason) for b in plan.blocked] == [(row, "There is no such order in the shop.") for row in (3, 4)]


def test_an_id_beside_another_name_is_a_blocked_row(world: World) -> None:
    one, other = world.some(open_unpaid, 2)
    plan = world.plan(world.recipe({"ID": one.id, "Name": other.name, "Action": "archive"}))
    assert plan.changes == ()
    assert ["ID and Name disagree" in b.reason for b in plan.blocked] == [True]


def test_a_name_of_two_orders_is_a_blocked_row(world: World) -> None:
    one, other = world.some(open_unpaid, 2)
    world.store.people.edit_order(other.name, name=one.name)
    world.later(60)
    plan = world.plan(world.recipe({"Name": one.name, "Action": "archive"}))
    assert plan.changes == ()
    assert [b.reason for b in plan.blocked] == [f"2 orders are called {one.name}."]


def test_rows_to_ignore_and_columns_nobody_edits(world: World) -> None:
    one, other = world.some(open_unpaid, 2)
    plan = world.plan(
        world.recipe(
            {"ID": one.id, "Command": "IGNORE", "Action": "archive"},
            {"ID": other.id, "Command": "update", "Action": "archive"},
        )
    )
    assert [c.order for c in plan.changes] == [other.id]
    assert plan.rows == {"changed": 1, "blocked": 0, "conflict": 0, "unchanged": 0, "ignored": 1}


def test_many_orders_are_read_by_bulk_operations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_bulk(monkeypatch)
    monkeypatch.setattr("bulk_orders.shopify.bulk.MOST_QUERY_BYTES", 900)
    world = World(tmp_path, orders=120)
    everything = list(world.store.orders.values())
    name = world.recipe(*({"ID": order.id, "Action": "archive"} for order in everything))
    plan = world.plan(name)
    asked = sum(request.root == "bulkOperationRunQuery" for request in world.store.requests)
    assert asked > 5, "several, five at a time"
    open_ones = [o for o in everything if o.closed_at is None]
    assert len(plan.changes) + len(plan.blocked) == len(open_ones)


def test_an_order_that_a_bulk_read_leaves_out_is_asked_for_by_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in_bulk(monkeypatch)
    world = World(tmp_path, orders=60)
    orders = world.some(lambda o: o.closed_at is None, 12)
    forgotten = orders[4].id.rsplit("/", 1)[-1]

    class Forgetful(Wire):
        """Shopify's search does not find one of the ids."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            body = request.content.replace(f"id:{forgotten} OR ".encode(), b"")
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            return await super().handle_async_request(
                httpx.Request(request.method, request.url, headers=headers, content=body)
            )

    monkeypatch.setattr(world, "wire", lambda: Forgetful(httpx.ASGITransport(create_app(world.store))))
    plan = world.plan(world.recipe(*({"ID": order.id, "Action": "archive"} for order in orders)))
    assert {c.order for c in plan.changes} == {order.id for order in orders}


# --- the base ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["orders.csv", "orders.xlsx"])
def test_what_the_shop_says_itself_is_nobodys_mistake(world: World, name: str) -> None:
    """A cell that the export wrote is no problem of the sheet, however Shopify came to it."""
    order = world.some(lambda o: o.cancelled_at is not None, 1)[0]
    order.staff_note = "x" * 255
    order.cancel_reason = "SOMETHING_NEW"
    world.export(name)
    plan = world.plan(name)
    assert (plan.changes, plan.blocked, plan.conflicts) == ((), (), ())
    if name.endswith("csv"):
        world.edit({order.name: {"Cancel: Staff Note": "y" * 241}}, name)
        with pytest.raises(SheetInvalid) as caught:
            world.plan(name)
        assert {problem.column for problem in caught.value.problems} == {"Cancel: Staff Note"}


def test_an_archive_after_an_unfulfill_shows_what_it_changes(world: World) -> None:
    """Unfulfilling takes an order out of the archive, so archiving it again is a change."""
    (order,) = world.some(lambda o: bool(o.closed_at and not o.cancelled_at and o.fulfillments), 1)
    plan = world.plan(world.recipe({"ID": order.id, "Action": "unfulfill, archive"}), allow_delivered=True)
    assert [c.action for c in plan.changes] == ["unfulfill", "archive"]
    assert (plan.changes[1].before, plan.changes[1].after) == ({"Status": "open"}, {"Status": "archived"})


def test_a_sheet_whose_base_is_elsewhere_says_where(world: World) -> None:
    done = world.export()
    done.base.unlink()
    with pytest.raises(SheetInvalid) as caught:
        world.plan()
    (problem,) = caught.value.problems
    assert problem.column == "Export: ID"
    assert "it was made 2026-11-22 10:00 UTC on " in problem.what


def test_a_sheet_of_another_shop_is_refused(world: World) -> None:
    world.export()
    world.store.shop.myshopify_domain = "other.myshopify.com"
    with pytest.raises(WrongShop):
        world.plan()


def test_only_some_columns_keep_their_base(world: World) -> None:
    world.export(columns=["Note"])
    (order,) = world.some(open_unpaid, 1)
    header = world.sheet().columns
    assert header == ["ID", "Name", "Note", "Row #", "Top Row", "Fulfillment: ID", "Export: ID"]
    world.edit({order.name: {"Note": "new"}})
    plan = world.plan()
    assert [c.after for c in plan.changes] == [{"Note": "new"}]


# --- results ----------------------------------------------------------------------------------------------------------


def test_the_results_sheet_tells_of_every_changed_row(world: World) -> None:
    world.export()
    fine, drifting = world.some(open_unpaid, 2)
    world.edit({fine.name: {"Note": "=new"}, drifting.name: {"Note": "mine"}})
    world.plan()
    world.store.people.edit_order(drifting.name, note="theirs")
    done = world.apply()
    assert done.summary.results == str(world.folder / "orders.results.csv")
    rows = {row["Name"]: row for row in results(world.folder / "orders.results.csv")}
    assert set(rows) == {fine.name, drifting.name}
    told = rows[fine.name]
    assert (told["Import Result"], told["Outcome"], told["Note"]) == ("OK", "applied", "'=new")
    assert told["Import Comment"] == "update: applied"
    assert told["Request ID"]
    assert rows[drifting.name]["Import Result"] == "Failed"
    assert "theirs" in rows[drifting.name]["Reason"]
