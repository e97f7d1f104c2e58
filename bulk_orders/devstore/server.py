"""Running a devstore as a server of its own, for a person, a bench, or tests of other processes.

Its one rule: it listens on 127.0.0.1 only, prints nothing, and stops at SIGINT or SIGTERM after the
requests that are under way.
"""

import contextlib
import gc
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from bulk_orders.devstore.http.app import create_app
from bulk_orders.devstore.settings import Settings
from bulk_orders.devstore.store import DevStore

HOST: Final = "127.0.0.1"
GRACE_SECONDS: Final = 5


class _Server(uvicorn.Server):
    """A server that says when it listens, and leaves its process alive when it is told to stop."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Like the original, but without raising the signals again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def _config(store: DevStore) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(store),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # the application sends the store's own date
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _bound(port: int) -> tuple[socket.socket, str]:
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY) instead of after 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound, f"http://{HOST}:{bound.getsockname()[1]}"


def serve(
    port: int = 0,
    orders: int = 200,
    seed: int = 7,
    *,
    plan: str = "standard",
    latency: float = 0.0,
    store: DevStore | None = None,
    on_ready: Callable[[str], Any] | None = None,
) -> None:
    """Serves a seeded store, or the given one as it is, until it is told to stop; port 0 takes a free one.

    `plan` decides the rate limit, `latency` is how many seconds every answer takes. `on_ready` is called
    with the URL once connections are accepted.
    """
    settings = Settings(plan=plan, latency_seconds=latency)
    store = store or DevStore.seeded(orders, seed, settings=settings)
    gc.collect()
    gc.freeze()  # the shop stays: looking through it again and again would stop the server for moments
    bound, url = _bound(port)
    with bound:
        _Server(_config(store), lambda: on_ready(url) if on_ready else None).run(sockets=[bound])


@contextlib.contextmanager
def running(store: DevStore) -> Iterator[str]:
    """Serves a store in a thread and gives its URL; for tests that need a real connection."""
    bound, url = _bound(0)
    ready = threading.Event()
    server = _Server(_config(store), ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    with bound:
        thread.start()
        while not ready.wait(0.05) and thread.is_alive():
            pass
        try:
            yield url
        finally:
            server.should_exit = True
            deadline = time.monotonic() + GRACE_SECONDS + 1
            thread.join(deadline - time.monotonic())
