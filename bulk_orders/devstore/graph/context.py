"""What a running request carries: the store, the granted scopes, errors and search notes.

Its one rule: one context per request; nothing in it outlives the answer.
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

from bulk_orders.devstore.changes.errors import TopLevelError
from bulk_orders.devstore.graph.errors import field_error
from bulk_orders.devstore.graph.registry import Registry
from bulk_orders.devstore.search.matching import Search
from bulk_orders.devstore.store import DevStore


class NullBubble(Exception):
    """A null where none may be: its nearest nullable ancestor becomes null."""


@dataclass(slots=True)
class Context:
    """One request on its way."""

    store: DevStore
    registry: Registry
    scopes: frozenset[str]
    version: str
    base_url: str
    debug_search: bool = False
    errors: list[dict[str, Any]] = field(default_factory=list)
    searches: list[dict[str, Any]] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    refused: bool | None = None  # of the last mutation that ran; None if none did

    def payload(self, payload: Any) -> Any:
        """Notes whether a mutation that ran was refused, whatever of it the client selected."""
        self.refused = bool(payload.user_errors)
        return payload

    def report(self, error: TopLevelError, node: FieldNode, path: list[str | int]) -> None:
        """Notes an error of a field."""
        self.errors.append(field_error(error.message, node, path, error.extensions))

    def note(self, search: Search) -> None:
        """Notes a search, if there is something to say about it or the client wants every parse."""
        if search.warnings or (self.debug_search and search.query):
            self.searches.append(search.extension(list(self.path)))
