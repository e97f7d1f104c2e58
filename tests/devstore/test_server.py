"""The real server: it listens on loopback, stops when told, loses connections, and serves many at once."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bulk_orders.devstore import TOKEN, Call, ConnectionDropped, DevStore, Faults, Reply, Settings, running
from bulk_orders.devstore.server import HOST, _bound, serve
from devstore.box import NOW
from devstore.documents import BULK, CLOSE, POLL

HEADERS = {"X-Shopify-Access-Token": TOKEN}
SCRIPT = """
import json, sys
from bulk_orders.devstore import serve
serve(0, orders=5, seed=3, plan="plus", on_ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


def _ask(url: str, document: str, **variables: Any) -> Any:
    answer = httpx.post(
        f"{url}/admin/api/2026-10/graphql.json", json={"query": document, "variables": variables}, headers=HEADERS
    )
    return answer.json()["data"]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_process_of_its_own(told: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url.startswith(f"http://{HOST}:")
    data = _ask(url, "{ ordersCount { count } shop { plan { shopifyPlus } } }")
    assert data == {"ordersCount": {"count": 5}, "shop": {"plan": {"shopifyPlus": True}}}
    process.send_signal(told)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "ended\n", "")


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            serve(taken.getsockname()[1], orders=0)


def test_small_answers_leave_at_once() -> None:
    """asyncio sets TCP_NODELAY only where the socket names its protocol; without it each answer takes 40 ms."""
    bound, _ = _bound(0)
    with bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_its_dates_are_the_stores() -> None:
    store = DevStore.seeded(3, now=NOW, clock=lambda: NOW)
    with running(store) as url:
        response = httpx.get(f"{url}/devstore/effects")
    assert response.headers.get_list("date") == ["Mon, 21 Sep 2026 14:13:20 GMT"]
    assert "server" not in response.headers


class Losing(Faults):
    """Loses the answer to the first mutation, before or after it was carried out, or in the middle."""

    def __init__(self, how: str) -> None:
        self.how = how

    def before(self, store: Any, call: Call) -> None:
        if self.how == "before" and call.kind == "mutation" and call.kind_ordinal == 1:
            raise ConnectionDropped

    def after(self, store: Any, call: Call, reply: Reply) -> Reply:
        if call.kind != "mutation" or call.kind_ordinal > 1:
            return reply
        if self.how == "after":
            raise ConnectionDropped
        return Reply(reply.status, reply.headers, reply.body, cut=10 if self.how == "cut" else None)


@pytest.mark.parametrize(("how", "closed"), [("before", False), ("after", True), ("cut", True)])
def test_connections_that_are_lost(how: str, closed: bool) -> None:
    store = DevStore.seeded(5, now=NOW, clock=lambda: NOW)
    order = next(o for o in store.orders.values() if o.closed_at is None)
    store.faults = Losing(how)
    with running(store) as url:
        with pytest.raises(httpx.RemoteProtocolError if how == "cut" else httpx.TransportError):
            _ask(url, CLOSE, id=order.id)
        assert (order.closed_at is not None) is closed
        assert _ask(url, CLOSE, id=order.id)["orderClose"]["userErrors"] == []
    assert store.effects.counts("orderClose") == {order.id: 1}


def test_many_at_once() -> None:
    store = DevStore.seeded(60, now=NOW, clock=lambda: NOW)
    open_ones = [o.id for o in store.orders.values() if o.closed_at is None]
    with running(store) as url, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda order: _ask(url, CLOSE, id=order), open_ones))
    assert [a["orderClose"]["order"]["id"] for a in answers] == open_ones
    assert store.effects.counts("orderClose") == dict.fromkeys(open_ones, 1)


def test_a_bulk_query_does_not_hold_up_the_others() -> None:
    settings = Settings(bulk_seconds=0.01, bucket_size=1e6)
    store = DevStore.seeded(800, now=NOW, settings=settings)
    lines = "lineItems { edges { node { id sku title quantity } } } transactions { id kind gateway }"
    query = f"{{ orders {{ edges {{ node {{ id name note tags email {lines} }} }} }} }}"
    slowest = 0.0
    with running(store) as url, ThreadPoolExecutor(1) as pool:
        operation = _ask(url, BULK, q=query)["bulkOperationRunQuery"]["bulkOperation"]["id"]
        time.sleep(0.05)
        reading = pool.submit(_ask, url, POLL, id=operation)
        while not reading.done():
            began = time.perf_counter()
            _ask(url, "{ shop { id } }")
            slowest = max(slowest, time.perf_counter() - began)
        assert reading.result()["bulkOperation"]["status"] == "COMPLETED"
    assert slowest < 1.0


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, bulk_orders; print([m for m in sys.modules if 'devstore' in m or m == 'graphql'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    script = "import sys, bulk_orders.devstore; print('graphql' in sys.modules, 'uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_the_public_face_has_what_it_names() -> None:
    import bulk_orders.devstore as devstore

    for name in devstore.__all__:
        assert getattr(devstore, name) is not None
    with pytest.raises(AttributeError):
        _ = devstore.nonsense
