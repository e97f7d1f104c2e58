"""The body of a mutation on its way out: what is said of it before it leaves is said at the last moment there is.

Its one rule: of all mutations one at a time stands between "it is about to be sent" and the wire, so that a process
that dies leaves one at the most of which it said so and that nobody has ever seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from bulk_orders import failpoints


class Departure:
    """What httpx asks for the body once the connection is there and the headers are through.

    Headers alone are executed by nobody, so a request whose body was not asked for was surely not sent. `door` is
    shared by all; `leaving` may raise, and the body stays.
    """

    def __init__(self, body: bytes, door: asyncio.Lock, leaving: Callable[[], None]) -> None:
        self._body = body
        self._door = door
        self._leaving = leaving
        self.begun = False
        """From here on it may be executed."""

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, in one piece; the next one may leave once this one is written."""
        async with self._door:
            self._leaving()
            failpoints.passing("send.before")
            self.begun = True
            yield self._body
