"""What requests cost, and the bucket that they are taken from."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.devstore import TOKEN
from devstore.box import Box, bare
from devstore.documents import CLOSE

ID = "gid://shopify/Order/1"


def _cost(box: Box, document: str, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = box.ask(document, **variables)["extensions"]["cost"]
    return found


COSTS = [
    ("{ shop { id } }", 1),
    ("{ shop { id plan { shopifyPlus } } }", 2),
    ("{ __typename }", 0),
    ("{ orders(first: 1) { nodes { id } } }", 3),
    ("{ orders(first: 2) { nodes { id } } }", 3),
    ("{ orders(first: 5) { nodes { id } } }", 5),
    ("{ orders(first: 10) { nodes { id } } }", 6),
    ("{ orders(first: 20) { nodes { id } } }", 7),
    ("{ orders(first: 250) { nodes { id } } }", 13),
    ("{ orders(last: 250) { edges { node { id } } pageInfo { hasNextPage } } }", 13),
    ("{ orders(first: 10) { nodes { id customer { id } } } }", 10),
    ("{ orders(first: 10) { nodes { lineItems(first: 5) { nodes { id } } } } }", 26),
    ("{ orders(first: 10) { nodes { totalPriceSet { shopMoney { amount } } tags } } }", 6),
    ("{ ordersCount { count } }", 10),
    ("{ publicApiVersions { handle } }", 1),
    (f'{{ nodes(ids: ["{ID}"]) {{ id }} }}', 1),
    (f'{{ nodes(ids: ["{ID}", "{ID}", "{ID}"]) {{ ... on Order {{ customer {{ id }} }} }} }}', 2),
    (f'{{ node(id: "{ID}") {{ ... on Order {{ customer {{ id }} app {{ id }} }} ... on Fulfillment {{ id }} }} }}', 3),
    (f'{{ a: order(id: "{ID}") {{ id }} b: order(id: "{ID}") {{ id }} }}', 2),
    (f'{{ order(id: "{ID}") {{ id @skip(if: true) customer @skip(if: true) {{ id }} }} }}', 1),
    (f'mutation {{ orderClose(input: {{id: "{ID}"}}) {{ order {{ id }} userErrors {{ message }} }} }}', 10),
    (f'mutation {{ orderClose(input: {{id: "{ID}"}}) {{ order {{ customer {{ id }} }} }} }}', 11),
    (
        f"""mutation {{ a: tagsAdd(id: "{ID}", tags: []) {{ userErrors {{ message }} }}
          b: tagsAdd(id: "{ID}", tags: []) {{ userErrors {{ message }} }} }}""",
        20,
    ),
]


@pytest.mark.parametrize(("document", "cost"), COSTS)
def test_requested_costs(box: Box, document: str, cost: int) -> None:
    assert _cost(box, document)["requestedQueryCost"] == cost


def test_actual_costs_are_never_more(box: Box) -> None:
    for _ in range(3):
        box.order(1, 1)
    cost = _cost(box, "{ orders(first: 50) { nodes { customer { id } lineItems(first: 20) { nodes { id } } } } }")
    assert cost["actualQueryCost"] < cost["requestedQueryCost"]


def test_actual_costs_of_edges_and_nodes_are_the_same(box: Box) -> None:
    for _ in range(3):
        box.order(1, 1, customer=box.customer())
    edges = "{ orders(first: 50) { edges { node { customer { id } } } } }"
    nodes = "{ orders(first: 50) { nodes { customer { id } } } }"
    assert _cost(box, edges)["actualQueryCost"] == _cost(box, nodes)["actualQueryCost"]


# -- the bucket ---------------------------------------------------------------------------------------


def test_every_answer_says_what_is_left(box: Box) -> None:
    status = _cost(box, "{ ordersCount { count } }")["throttleStatus"]
    assert status == {"maximumAvailable": 2000, "currentlyAvailable": 1990, "restoreRate": 100}
    assert _cost(box, "{ ordersCount { count } }")["throttleStatus"]["currentlyAvailable"] == 1980
    box.later(0.1)
    assert _cost(box, "{ ordersCount { count } }")["throttleStatus"]["currentlyAvailable"] == 1980
    box.later(100)
    assert _cost(box, "{ ordersCount { count } }")["throttleStatus"]["currentlyAvailable"] == 1990


def test_what_was_not_used_comes_back(box: Box) -> None:
    box.order()
    cost = _cost(box, "{ orders(first: 250) { nodes { id } } }")
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (13, 3)
    assert cost["throttleStatus"]["currentlyAvailable"] == 1997


def test_a_throttled_request_is_not_executed(box: Box) -> None:
    order = box.order()
    box.store.buckets.drain(TOKEN, 1995, box.clock.time)
    response = box.post(CLOSE, {"id": order.id})
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 10,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 5, "restoreRate": 100},
            }
        },
    }
    assert order.closed_at is None
    assert [r.outcome for r in box.store.requests] == ["throttled"]
    box.later(0.05)
    assert box.one(CLOSE, id=order.id)["userErrors"] == []


def test_a_query_beyond_a_thousand(box: Box) -> None:
    big = " ".join(f"a{n}: ordersCount {{ count }}" for n in range(101))
    answer = box.ask(f"{{ {big} }}")
    assert list(answer) == ["errors"]
    [error] = answer["errors"]
    assert error["message"].startswith(
        "Query cost is 1010, which exceeds the single query max cost limit (1000).\n\nSee "
    )
    assert {k: error["extensions"][k] for k in ("code", "cost", "maxCost")} == {
        "code": "MAX_COST_EXCEEDED",
        "cost": 1010,
        "maxCost": 1000,
    }
    assert box.store.requests[-1].outcome == "too_costly"


@pytest.mark.parametrize(
    ("plan", "rate", "size"),
    [("standard", 100, 2000), ("advanced", 200, 4000), ("plus", 1000, 20000), ("enterprise", 2000, 40000)],
)
def test_plans(plan: str, rate: int, size: int) -> None:
    status = _cost(bare(plan=plan), "{ shop { id } }")["throttleStatus"]
    assert (status["restoreRate"], status["maximumAvailable"]) == (rate, size)


def test_every_token_has_a_bucket_of_its_own(box: Box) -> None:
    box.store.buckets.drain(TOKEN, 2000, box.clock.time)
    other = box.store.tokens.grant(box.clock.time)
    assert "errors" in box.ask("{ shop { id } }")
    assert "errors" not in box.post("{ shop { id } }", X_Shopify_Access_Token=other).json()


def test_a_smaller_bucket_while_it_runs(box: Box) -> None:
    box.ask("{ shop { id } }")
    box.store.settings.bucket_size = 15
    box.store.settings.restore_rate = 2.5
    status = _cost(box, "{ ordersCount { count } }")["throttleStatus"]
    assert status == {"maximumAvailable": 15, "currentlyAvailable": 5, "restoreRate": 2.5}
