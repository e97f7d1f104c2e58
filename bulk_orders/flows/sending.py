"""How a change leaves for the shop: what a sender is given, what it answers, and what else may come of it.

There are two senders: one by one (here) and in bulk (bulk_sender). Whoever decides whether a change may be sent, and
learns what became of it, is the same for both (step, settle).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bulk_orders.core.changes import Change
from bulk_orders.shopify.client import AdminClient
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.replies import UserErrors, payload_of

FRESH_FOR = 30.0
"""Seconds for which a reading of an order is good enough to send on; what waits longer for its points reads again."""
MOST_READINGS = 3
"""Readings in a row that may grow old before a change is sent all the same: the shop is that slow."""


class KeptBack(Exception):
    """The run is stopping, so the request did not leave."""


class GrownOld(Exception):
    """The order was read too long ago to send on it, so the request did not leave."""


class OneByOne(Exception):
    """Surely not sent, and in bulk it cannot be: one by one it may."""


class LeftOpen(Exception):
    """It is under way in a bulk operation of which this run does not see the end; the next one goes on from there."""


class WrittenDown(Exception):
    """It is applied, and the journal says so already."""


@dataclass(slots=True)
class Reading:
    """When the order was read that a send is decided on, and how often such a reading has grown old."""

    at: float
    grown_old: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """One change on its way.

    `leaving` is called right before the request leaves, `waiting` again and again before that: what they raise
    (KeptBack, GrownOld, StorageError) keeps it back. A sender in bulk writes its intents itself, all in one commit.
    """

    change: Change
    document: Document
    variables: Mapping[str, Any]
    leaving: Callable[[], None]
    waiting: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop says of a change: the payload of its mutation, or why not."""

    said: Mapping[str, Any] | UserErrors
    request_id: str | None


class Sender(Protocol):
    """Changes that go together."""

    def takes(self, change: Change) -> bool:
        """It goes this way."""
        ...

    async def send(self, sending: Sending) -> Answer:
        """Send it; raises Ambiguous and all of the above."""
        ...

    async def adopt(self, change: Change) -> Answer:
        """What became of one that an earlier run has sent; raises as `send` does."""
        ...


async def one_by_one(client: AdminClient, sending: Sending) -> Answer:
    """A request of its own. Raises as AdminClient.send and payload_of do."""
    reply = await client.send(sending.document, sending.variables, leaving=sending.leaving, waiting=sending.waiting)
    return Answer(payload_of(reply, sending.document), reply.request_id)
