"""The seam for faults: one object that is asked before and after every HTTP request.

Its one rule: the box itself never misbehaves; whoever wants a fault replaces `store.faults` with an
object that answers a `Reply`, drops the connection, waits, or does something to the store. The default
does nothing.
"""

from dataclasses import dataclass, field
from typing import Any


class ConnectionDropped(Exception):
    """Ends a request without an answer, as a lost connection does."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request as a fault sees it.

    `kind` is query, mutation, token, file, upload or other; `roots` are the GraphQL root fields;
    `ordinal` counts requests from 1, `kind_ordinal` those of the same kind.
    """

    kind: str
    ordinal: int
    kind_ordinal: int
    path: str
    roots: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `cut` sends only that many bytes of the body and then drops the connection; with a
    Transfer-Encoding among the headers there is no Content-Length. `drip` is how many seconds each byte takes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    delay: float = 0.0
    drip: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Executes, but only after so many seconds."""

    seconds: float


class Faults:
    """The default: no fault. Both methods may raise ConnectionDropped or change the store."""

    def before(self, store: Any, call: Call) -> Reply | Wait | None:
        """Asked before anything is executed; a Reply is sent instead of executing."""
        return None

    def after(self, store: Any, call: Call, reply: Reply) -> Reply:
        """Asked after execution; what it returns is sent, what it raises loses the answer."""
        return reply
