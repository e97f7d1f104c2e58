"""The box answers as the real store did: every recording is replayed and compared field by field."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, print_ast

from bulk_orders.devstore.model.shop import Product
from devstore.box import Box, bare
from devstore.replay import Replay, body_of, build, load

TRACKING_COST_THEN = 11  # recorded on 2026-05-06; every later recording has 50 (shopify-api.md 3.1)


def _replay(shared: Path, name: str, **settings: Any) -> tuple[Replay, dict[str, Any]]:
    recorded = load(shared, name)
    return Replay(bare(**settings), recorded.get("apiVersion", "2026-04")), recorded


def _order_selection(document: str) -> str:
    operation = next(d for d in parse(document).definitions if isinstance(d, OperationDefinitionNode))
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    assert node.selection_set is not None
    return print_ast(node.selection_set)


def _simple_order(replay: Replay, hydrate: dict[str, Any]) -> None:
    """An order as the first read of a recording shows it."""
    shown = body_of(hydrate)["data"]["order"]
    total = shown["currentTotalPriceSet"]["shopMoney"]
    line = {"title": "Thing", "quantity": 1, "priceSet": {"shopMoney": total}, "requiresShipping": False}
    wanted = {"lineItems": [line], "email": shown["customer"] and shown["customer"]["email"]}
    wanted["transactions"] = shown["transactions"]
    order = build(replay.box, wanted, shown["name"])
    replay.ids[shown["id"]] = order.id
    if shown["closed"]:
        order.closed_at = replay.box.clock.time


def test_closing(shared: Path) -> None:
    replay, recorded = _replay(shared, "orderClose-parity")
    hydrate = recorded["upstreamCalls"][0]
    _simple_order(replay, hydrate)
    replay.step(hydrate)
    fields = _order_selection(hydrate["query"])
    payload = f"{{ order {fields} userErrors {{ field message }} }}"
    close = f"mutation($input: OrderCloseInput!) {{ orderClose(input: $input) {payload} }}"
    replay.step(recorded["mutation"], close, recorded["variables"])
    replay.step(recorded["downstreamRead"], hydrate["query"])


def test_closing_again(shared: Path) -> None:
    replay, recorded = _replay(shared, "orderClose-noop-on-already-closed")
    hydrate = recorded["upstreamCalls"][0]
    _simple_order(replay, hydrate)
    replay.step(hydrate)
    close = (
        "mutation($input: OrderCloseInput!) { orderClose(input: $input) "
        "{ order { id closed closedAt updatedAt } userErrors { field message } } }"
    )
    replay.step(recorded["mutation"], close, recorded["variables"])
    assert replay.box.kinds() == []


def test_cancelling(shared: Path) -> None:
    replay, recorded = _replay(shared, "orderCancel-parity")
    hydrate = recorded["upstreamCalls"][0]
    _simple_order(replay, hydrate)
    replay.step(hydrate)
    cancel = (
        "mutation($orderId: ID!, $restock: Boolean!, $reason: OrderCancelReason!, $notifyCustomer: Boolean, "
        "$staffNote: String) { orderCancel(orderId: $orderId, restock: $restock, reason: $reason, "
        "notifyCustomer: $notifyCustomer, staffNote: $staffNote) { orderCancelUserErrors { field message code } } }"
    )
    replay.step(recorded["mutation"], cancel, recorded["variables"])
    replay.box.later(5)
    replay.step(recorded["downstreamRead"], hydrate["query"])


def test_refused_cancellations(shared: Path) -> None:
    replay, recorded = _replay(shared, "orderCancel-error-messages")
    setup = recorded["setup"]
    replay.create(setup["freshOrderCreate"])
    replay.create(setup["cancelledOrderCreate"])
    replay.step(setup["setupCancel"])
    replay.box.later(5)
    replay.step(setup["cancelledOrderRead"])
    for entry in recorded["expected"].values():
        replay.step(entry)
    replay.step(recorded["cleanup"]["freshOrderCancel"])


def test_cancelling_a_fulfillment(shared: Path) -> None:
    replay, recorded = _replay(shared, "fulfillment-cancel-parity", auto_archive_seconds=1)
    setup = recorded["setup"]
    replay.create(setup["orderCreate"])
    replay.step(setup["fulfillmentCreate"])
    replay.box.later(1)
    update = setup["fulfillmentTrackingInfoUpdate"]
    assert body_of(update)["extensions"]["cost"]["requestedQueryCost"] == TRACKING_COST_THEN
    replay.step(update, cost=51)
    replay.step(setup["hydrateBeforeCancel"])
    replay.step(recorded["mutation"], recorded["query"], recorded["variables"])
    replay.step(recorded["downstreamRead"])
    replay.step(recorded["cleanup"])


def test_holding_a_part(shared: Path) -> None:
    replay, recorded = _replay(shared, "fulfillment-order-hold-multi-line")
    box, setup = replay.box, recorded["setup"]
    box.place.name = recorded["workflow"]["hold"]["response"]["payload"]["data"]["fulfillmentOrderHold"][
        "fulfillmentOrder"
    ]["assignedLocation"]["name"]
    _earlier_orders(box, setup["preflightCleanup"][0])
    replay.step(setup["preflightCleanup"][0])
    replay.create(setup["orderCreate"])
    hold = recorded["workflow"]["hold"]
    replay.step(hold, "\n" + hold["query"])  # the recorded line numbers count a line that its text has lost
    replay.step(recorded["cleanup"]["releaseHold"])
    replay.step(recorded["cleanup"]["orderCancel"])


def _earlier_orders(box: Box, search: dict[str, Any]) -> None:
    line = {"title": "Thing", "quantity": 1, "requiresShipping": True}
    line["priceSet"] = {"shopMoney": {"amount": "20.00", "currencyCode": "USD"}}
    wanted = {"lineItems": [line], "tags": ["fulfillment-order-move-hold-multi-line"]}
    for shown in reversed(body_of(search)["data"]["orders"]["nodes"]):
        build(box, wanted, shown["name"], cancelled_at=box.clock.time, closed_at=box.clock.time)
        box.later(1)


def test_deleting(shared: Path) -> None:
    replay, recorded = _replay(shared, "order-delete-snapshot-staging", index_lag_seconds=60)
    for entry in recorded["operations"].values():
        if "orderCreate" in body_of(entry)["data"]:
            replay.create(entry)
        else:
            replay.step(entry)


def test_updating(shared: Path) -> None:
    replay, recorded = _replay(shared, "orderUpdate-input-validation")
    setup = recorded["setup"]
    replay.create(setup["orderCreate"])
    replay.step(setup["beforeRead"])
    replay.step(recorded["mutation"], recorded["document"], recorded["variables"])
    replay.step(recorded["downstreamRead"], setup["beforeRead"]["document"])
    replay.step(recorded["cleanup"])


VALIDATIONS = (
    "nodesInsteadOfEdges",
    "ordersNodesInsteadOfEdges",
    "topLevelNode",
    "depthThreeNesting",
    "sixConnections",
    "nestedWithoutParentId",
    "invalidOperationType",
    "connectionWithinList",
)


@pytest.mark.parametrize("name", VALIDATIONS)
def test_refused_bulk_queries(shared: Path, name: str) -> None:
    replay, recorded = _replay(shared, "bulk-operation-run-query-validators")
    assert set(recorded["validations"]) == set(VALIDATIONS)
    replay.step(recorded["validations"][name])


def test_five_bulk_queries_at_once(shared: Path) -> None:
    replay, recorded = _replay(shared, "bulk-operation-run-query-concurrency-limit", bulk_seconds=10)
    box = replay.box
    for number in range(1, 1452):
        product = Product(f"gid://shopify/Product/{number}", number, "P", "p", "V")
        box.store.products.append(product)
        box.store.register(product)
    for entry in recorded["successfulRuns"]:
        replay.step(entry)
    replay.step(recorded["sixthRun"])
    box.later(9)  # everything is counted, the file is not there yet
    for entry in recorded["cancelAttempts"]:
        replay.step(entry)


@pytest.fixture
def bulk_mutations(shared: Path) -> tuple[Replay, dict[str, Any]]:
    return _replay(shared, "bulk-operation-run-mutation-allowed-roots", bulk_seconds=1)


def test_staged_uploads(bulk_mutations: tuple[Replay, dict[str, Any]]) -> None:
    replay, recorded = bulk_mutations
    for case in recorded["cases"].values():
        staged = case["success"]["stagedUpload"]
        was = body_of(staged)["data"]["stagedUploadsCreate"]["stagedTargets"][0]
        answer = replay.box.ask(staged["query"], **staged["variables"])
        now = answer["data"]["stagedUploadsCreate"]["stagedTargets"][0]
        assert [p["name"] for p in now["parameters"]] == [p["name"] for p in was["parameters"]]
        fixed = ("Content-Type", "success_action_status", "acl", "x-goog-algorithm")
        then, today = ({p["name"]: p["value"] for p in t["parameters"]} for t in (was, now))
        assert {n: today[n] for n in fixed} == {n: then[n] for n in fixed}
        assert today["key"].split("/")[::2] == ["tmp", "bulk", then["key"].rsplit("/", 1)[1]]
        assert _policy(today) == _policy(then)
        cost = answer["extensions"]["cost"]["requestedQueryCost"]
        assert cost == body_of(staged)["extensions"]["cost"]["requestedQueryCost"]


def _policy(parameters: dict[str, str]) -> list[Any]:
    policy = json.loads(base64.b64decode(parameters["policy"]))
    assert set(policy) == {"conditions", "expiration"}
    return [c if isinstance(c, list) else list(c) for c in policy["conditions"]]


def test_a_bulk_mutation_without_its_file(bulk_mutations: tuple[Replay, dict[str, Any]]) -> None:
    """The recorded roots are not part of this box: another mutation stands in, the answer is the same."""
    replay, recorded = bulk_mutations
    for case in recorded["cases"].values():
        run = case["missingUpload"]["run"]
        replay.step(run, variables=run["variables"] | {"mutation": ADD})


ADD = (
    "mutation($id: ID!, $tags: [String!]!) "
    "{ tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } } }"
)


def test_a_bulk_mutation(bulk_mutations: tuple[Replay, dict[str, Any]]) -> None:
    replay, recorded = bulk_mutations
    box, case = replay.box, recorded["cases"]["customerCreate"]["success"]
    order = box.order()
    line = json.dumps({"id": order.id, "tags": ["bulk"]})
    target = box.data(case["stagedUpload"]["query"], **case["stagedUpload"]["variables"])["stagedUploadsCreate"]
    parameters = {p["name"]: p["value"] for p in target["stagedTargets"][0]["parameters"]}
    uploaded = box.request(
        "POST", target["stagedTargets"][0]["url"], data=parameters, files={"file": ("x.jsonl", line.encode())}
    )
    assert uploaded.status_code == case["upload"]["status"]
    assert _tags(uploaded.text) == _tags(case["upload"]["body"])
    original = case["run"]["variables"]["mutation"]
    stand_in = json.loads(json.dumps(case).replace(json.dumps(original)[1:-1], ADD))
    replay.step(stand_in["run"], variables={"mutation": ADD, "path": parameters["key"]})
    replay.step(stand_in["currentAfterRun"])
    box.later(2)
    poll = stand_in["statusPolls"][-1]
    shown = box.data(poll["query"], **replay.ours(poll["variables"]))["bulkOperation"]
    was = body_of(poll)["data"]["bulkOperation"]
    assert list(shown) == list(was)
    assert {k: shown[k] for k in ("status", "type", "errorCode", "objectCount", "rootObjectCount", "query")} == {
        k: was[k] for k in ("status", "type", "errorCode", "objectCount", "rootObjectCount", "query")
    }
    result = box.request("GET", shown["url"])
    assert len(result.content) == int(shown["fileSize"])
    assert "\\/" in result.text
    assert list(json.loads(result.text)) == list(json.loads(case["result"]["body"])) == ["data", "__lineNumber"]
    assert order.tags == ["bulk"]


def _tags(xml: str) -> list[str]:
    return [part.split(">")[0] for part in xml.split("<")[1:]]


def test_every_recording_is_replayed(shared: Path) -> None:
    names = {path.stem for path in (shared / "shopify" / "captures").glob("*.json")}
    source = Path(__file__).read_text("utf-8")
    assert {name for name in names if f'"{name}"' not in source} == set()
