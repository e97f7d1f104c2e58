"""Changes that go in bulk: the same outcomes as one by one, by another sender."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults.stage import finished, holds, journal_of, planned
from world import Applied, World, open_paid, open_unpaid, results, shipped

from bulk_orders.core.events import Waiting
from bulk_orders.core.places import Place
from bulk_orders.devstore import Deeds, Faults, Rule, Script
from bulk_orders.shopify import transport
from bulk_orders.shopify.throttle import Bucket, ThrottleStatus


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.settings = replace(made.settings, transport="bulk")
    return made


def harmless(world: World, each: int = 10) -> int:
    """A plan of everything that may go in bulk, several steps of one order among it; how many changes it has."""
    world.export()
    orders = world.some(open_paid, 3 * each)
    world.edit(
        {
            **{o.name: {"Tags": ", ".join([*o.tags, f"bulk-{n}"])} for n, o in enumerate(orders[:each])},
            **{o.name: {"Note": f"note {n}"} for n, o in enumerate(orders[each : 2 * each])},
            **{o.name: {"Tags": "only", "Note": "both", "Action": "archive"} for o in orders[2 * each :]},
        }
    )
    return len(world.plan().changes)


def operations(world: World) -> list[Any]:
    return [operation for operation in world.store.bulk.all if operation.type == "MUTATION"]


def singles(world: World) -> list[str]:
    """The mutations that went one by one."""
    return [r.root for r in world.store.requests if r.mutation and not r.root.startswith(("bulk", "staged"))]


def _same_as_one_by_one(world: World, done: Applied) -> None:
    plan = world.plan_path()
    told = {row["Name"]: row["Outcome"] for row in results(plan.with_suffix(".results.csv"))}
    assert set(told.values()) == {"applied"}
    assert done.summary.exit_code == 0


def test_everything_harmless_goes_in_bulk(world: World) -> None:
    changes = harmless(world)
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert singles(world) == []
    run = len(operations(world))
    assert run <= 7, "one for each kind of mutation, and again for the orders that come to it later"
    _same_as_one_by_one(world, done)
    holds(world, done)
    finished(world)
    assert len(operations(world)) == run, "applied once is applied for good"


def test_one_by_one_is_what_it_was(world: World) -> None:
    world.settings = replace(world.settings, transport="single")
    changes = harmless(world)
    assert world.apply().outcomes == {"applied": changes}
    assert operations(world) == []
    assert len(singles(world)) == changes


def test_what_mails_moves_money_or_cannot_be_repeated_never_goes_in_bulk(world: World) -> None:
    changes = planned(world, 2)
    done = world.apply()
    assert sum(done.outcomes.values()) == changes
    assert done.summary.exit_code == 0
    sent = Counter(singles(world))
    assert set(sent) == {"orderCancel", "fulfillmentCancel"}
    run = {operation.query.split("(")[0].split("_")[0] for operation in operations(world)}
    assert run == {"mutation BulkOrdersUpdate", "mutation BulkOrdersArchive", "mutation BulkOrdersTagsAdd",
                   "mutation BulkOrdersTagsRemove"} & run  # fmt: skip
    assert "mutation BulkOrdersUpdate" in run
    finished(world)


def test_the_steps_of_an_order_keep_their_order(world: World) -> None:
    """Tagged in bulk, then cancelled by a request of its own, on the order as it is by then."""
    world.export()
    orders = world.some(open_unpaid, 6)
    world.edit({o.name: {"Tags": ", ".join([*o.tags, "gone"]), "Action": "cancel"} for o in orders})
    changes = len(world.plan().changes)
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    for order in orders:
        mine = [e.kind for e in world.effects() if e.order == order.id and e.kind in ("tagsAdd", "orderCancel")]
        assert mine == ["tagsAdd", "orderCancel"]
    holds(world, done)


def test_an_order_that_changes_while_its_first_step_is_in_bulk_is_left_alone_at_the_next(world: World) -> None:
    world.export()
    orders = world.some(shipped, 3)
    world.edit({o.name: {"Tags": "x", "Action": "unfulfill"} for o in orders})
    world.plan(allow_delivered=True)

    def deed(store: Any) -> None:
        store.people.request_return(orders[0].id)

    world.store.faults = Deeds({1: deed}, kind="upload", inner=Faults())
    done = world.apply()
    told = {(c.name, c.action): c.outcome for c in done.changes()}
    assert told[(orders[0].name, "unfulfill")] == "drifted"
    assert told[(orders[1].name, "unfulfill")] == "applied"
    holds(world, done)


def test_what_was_changed_since_the_plan_drifts_and_is_not_in_the_file(world: World) -> None:
    world.export()
    orders = world.some(open_paid, 5)
    world.edit({o.name: {"Note": "ours"} for o in orders})
    world.plan()
    world.store.people.edit_order(orders[0].id, note="somebody's")
    done = world.apply()
    assert done.outcomes == {"applied": 4, "drifted": 1}
    (operation,) = operations(world)
    assert operation.root_object_count == 4
    assert world.named(orders[0].name).note == "somebody's"


def test_a_line_that_shopify_refuses_is_refused_with_its_words(world: World) -> None:
    """Among others that are applied: an operation that completes is no success of its lines."""
    world.export()
    orders = world.some(open_unpaid, 6)
    world.edit({o.name: {"Tags": ", ".join([*o.tags, "x"])} for o in orders})
    world.plan()
    world.store.faults = Deeds({1: lambda store: store.people.delete(orders[2].id)}, kind="upload", inner=Faults())
    done = world.apply()
    told = {c.name: (c.outcome, c.reason) for c in done.changes()}
    outcome, reason = told.pop(orders[2].name)
    assert outcome == "refused"
    assert "Order does not exist" in str(reason)
    assert {outcome for outcome, _ in told.values()} == {"applied"}


def test_more_lines_than_fit_go_in_several_operations_side_by_side(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST", 4)
    monkeypatch.setattr(transport, "FEWEST", 1)
    world.store.settings.bulk_seconds = 30.0
    world.export()
    orders = world.some(open_paid, 30)
    world.edit({o.name: {"Tags": ", ".join([*o.tags, "x"])} for o in orders})
    world.plan()
    done = world.apply()
    assert done.outcomes == {"applied": 30}
    run = operations(world)
    assert len(run) >= 8
    assert all(operation.root_object_count <= 4 for operation in run)
    at_once = max(sum(a.started_at <= b.started_at < a.finish_at for a in run) for b in run)
    assert at_once == 5
    holds(world, done)


def test_a_file_stays_under_the_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulk_orders.flows.bulk_sender.MOST_BYTES", 4_000)
    monkeypatch.setattr("bulk_orders.shopify.upload.MOST_BYTES", 4_000)
    world.export()
    world.edit({o.name: {"Note": "n" * 900} for o in world.some(open_paid, 10)})
    world.plan()
    assert world.apply().outcomes == {"applied": 10}
    assert len(operations(world)) >= 3
    assert all(len(content) < 4_000 for content in world.store.bulk.uploads.values())


def test_the_run_says_what_it_waits_for(world: World) -> None:
    world.store.settings.bulk_seconds = 60.0
    harmless(world)
    waits = [e for e in world.apply().events if isinstance(e, Waiting) and e.reason == "bulk"]
    assert waits
    assert all(w.changes for w in waits)
    assert any(w.detail.startswith("for a bulk operation (") for w in waits)


def test_upload_and_results_get_no_token_and_tell_no_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    import logging

    harmless(world)
    with caplog.at_level(logging.DEBUG, logger="bulk_orders"):
        world.apply()
    assert world.store.leaks == []
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bulk_orders"))
    assert "Signature" not in told
    assert "staged-uploads" not in told
    assert "goog" not in told


def test_the_journal_tells_where_each_change_went(world: World) -> None:
    import sqlite3

    harmless(world)
    world.apply()
    with sqlite3.connect(journal_of(world)) as connection:
        written = [Place.read(text) for (text,) in connection.execute("SELECT job_id FROM changes")]
    connection.close()
    by_operation = Counter(place.operation for place in written if place is not None)
    assert set(by_operation) == {operation.id for operation in operations(world)}
    for place in written:
        assert place is not None
        assert place.of == by_operation[place.operation]


# --- when it is chosen ------------------------------------------------------------------------------------------------


def _bucket(rate: float) -> Bucket:
    bucket = Bucket()
    bucket.reserve(1, 0.0)
    bucket.learn(1, 1, ThrottleStatus(20 * rate, 20 * rate, rate), 0.0)
    return bucket


@pytest.mark.parametrize(
    ("rate", "changes", "expected"),
    [
        (100.0, {"tag_add": 50}, set()),
        (100.0, {"tag_add": 299}, set()),
        (100.0, {"tag_add": 2_000}, {"tag_add"}),
        (100.0, {"tag_add": 20_000, "archive": 3}, {"tag_add"}),
        (1_000.0, {"tag_add": 2_000}, set()),
        (1_000.0, {"tag_add": 50_000}, set()),
        (2_000.0, {"tag_add": 50_000}, set()),
    ],
)
def test_auto_takes_bulk_only_where_it_is_clearly_faster(
    rate: float, changes: dict[str, int], expected: set[str]
) -> None:
    assert transport.in_bulk("auto", changes, _bucket(rate)) == expected
    assert transport.in_bulk("single", changes, _bucket(rate)) == set()
    assert transport.in_bulk("bulk", changes, _bucket(rate)) == set(changes)


def test_a_small_plan_goes_one_by_one(world: World) -> None:
    world.settings = replace(world.settings, transport="auto")
    changes = harmless(world)
    assert world.apply().outcomes == {"applied": changes}
    assert operations(world) == []


def test_a_large_plan_of_a_slow_shop_goes_in_bulk(tmp_path: Path) -> None:
    world = World(tmp_path, orders=700)
    world.store.settings.bucket_size, world.store.settings.restore_rate = 400.0, 20.0
    world.export(columns=["Tags"])
    world.edit({o.name: {"Tags": ", ".join([*o.tags, "all"])} for o in world.store.orders.values()})
    changes = len(world.plan().changes)
    began = world.passed
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert operations(world)
    assert world.passed - began < changes * 10 / 20 / 2, "less than half of what one by one takes"
    holds(world, done)


# --- what stands in the way of bulk: one by one it goes ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "kind", "root"),
    [
        ("500", "upload", ""),
        ("403", "upload", ""),
        ("redirect", "upload", ""),
        ("connection lost before", "upload", ""),
        ("access denied", "mutation", "stagedUploadsCreate"),
        ("html", "mutation", "stagedUploadsCreate"),
        ("access denied", "mutation", "bulkOperationRunMutation"),
        ("400", "mutation", "stagedUploadsCreate"),
    ],
)
def test_where_it_cannot_be_it_goes_one_by_one(world: World, trouble: str, kind: str, root: str) -> None:
    changes = harmless(world, 3)
    world.store.faults = script = Script(Rule(trouble, kinds=(kind,), roots=(root,) if root else ()))
    done = world.apply()
    assert script.struck[trouble] >= 1
    assert done.outcomes == {"applied": changes}
    assert operations(world) == []
    assert any("went one by one" in notice for notice in done.summary.notices)
    holds(world, done)


@pytest.mark.parametrize("address", ["https://evil.example.com/", "http://shopify-staged-uploads.storage.googleapis.com/",
                                     "http://[broken", "ftp://127.0.0.1/"])  # fmt: skip
def test_an_upload_to_anywhere_else_is_refused(world: World, address: str) -> None:
    changes = harmless(world, 2)

    class Elsewhere(Faults):
        def after(self, store: Any, call: Any, reply: Any) -> Any:
            if "stagedUploadsCreate" not in call.roots:
                return reply
            said = json.loads(reply.body)
            said["data"]["stagedUploadsCreate"]["stagedTargets"][0]["url"] = address
            return replace(reply, body=json.dumps(said).encode())

    world.store.faults = Elsewhere()
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert operations(world) == []
    assert world.store.bulk.uploads == {}


def test_places_that_others_hold_are_waited_for_and_not_for_ever(world: World) -> None:
    changes = harmless(world, 3)
    world.store.settings.bulk_seconds = math.inf
    query = "mutation($id: ID!) { orderOpen(input: {id: $id}) { order { id } userErrors { message } } }"
    from bulk_orders.devstore.bulk.operation import Output

    for _ in range(5):
        world.store.bulk.start("MUTATION", query, Output(), iter(()))
    done = world.apply()
    assert done.outcomes == {"applied": changes}
    assert len(operations(world)) == 5
    holds(world, done)
