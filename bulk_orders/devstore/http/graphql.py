"""POST /admin/api/{version}/graphql.json: auth, the bucket, the document, the answer.

Its one rule: nothing runs that the bucket does not hold, and whatever ran is in the request log with its
verdict, one entry for every root field.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from graphql import FieldNode, Undefined, value_from_ast_untyped

from bulk_orders.devstore.changes.errors import GaveUp
from bulk_orders.devstore.faults import Reply
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.engine import Outcome, Prepared, prepare, run
from bulk_orders.devstore.graph.resolvers import registry
from bulk_orders.devstore.http.message import Incoming, json_reply
from bulk_orders.devstore.log import Request
from bulk_orders.devstore.store import DevStore

MAX_COST: Final = 1000
TOKEN_HEADER: Final = "x-shopify-access-token"  # noqa: S105 - a header's name
UNAUTHORIZED: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_LIMITS: Final = "https://shopify.dev/api/usage/rate-limits"
_TOO_COSTLY: Final = """Query cost is {cost}, which exceeds the single query max cost limit ({limit}).

See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the
cost of a query is calculated.

To query larger amounts of data with fewer limits, bulk operations should be used instead.
See https://shopify.dev/tutorials/perform-bulk-operations-with-admin-api for usage details.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request body asks for."""

    document: str
    variables: dict[str, Any]
    operation: str | None


def asked(incoming: Incoming) -> Asked | None:
    """The document and its variables; None for a body that has none."""
    if incoming.headers.get("content-type", "").startswith("application/graphql"):
        return Asked(incoming.body.decode("utf-8", "replace"), {}, None)
    try:
        fields = json.loads(incoming.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("query"), str) or not fields["query"]:
        return None
    variables = fields.get("variables")
    name = fields.get("operationName")
    return Asked(fields["query"], variables if isinstance(variables, dict) else {}, name or None)


class Endpoint:
    """The GraphQL endpoint of one store."""

    def __init__(self, store: DevStore) -> None:
        self.store = store

    def prepared(self, question: Asked | None, version: str) -> tuple[Prepared | None, list[dict[str, Any]]]:
        """The operation of a request; parsing is cached, so asking twice costs little."""
        if question is None:
            return None, []
        return prepare(question.document, question.variables, question.operation, self.store.settings.version(version))

    async def answer(self, incoming: Incoming, version: str) -> Reply:
        """The answer, with the header that says which version gave it."""
        headers = {"X-Shopify-API-Version": self.store.settings.version(version)}
        token = incoming.headers.get(TOKEN_HEADER)
        if not self.store.tokens.good(token, self.store.clock()):
            self._log(incoming, "unauthorized")
            return json_reply(401, {"errors": UNAUTHORIZED}, headers)
        question = asked(incoming)
        if question is None:
            self._log(incoming, "invalid")
            return json_reply(400, {"errors": {"query": "Required parameter missing or invalid"}}, headers)  # [INFER]
        found, errors = self.prepared(question, version)
        if found is None:
            self._log(incoming, "invalid")
            return json_reply(200, {"errors": errors}, headers)
        try:
            return json_reply(200, await self._run(incoming, question, found, token or "", version), headers)
        except GaveUp:
            self._log(incoming, "unanswered", found)
            return Reply(504, headers, b"")

    async def _run(
        self, incoming: Incoming, question: Asked, found: Prepared, token: str, version: str
    ) -> dict[str, Any]:
        store, requested = self.store, found.cost.requested()
        if requested > MAX_COST:
            self._log(incoming, "too_costly", found, requested)
            return {"errors": [_too_costly(requested)]}
        if not store.buckets.take(token, requested, store.clock()):
            self._log(incoming, "throttled", found, requested)
            return {"errors": [_throttled()], "extensions": {"cost": self._cost(token, requested, None)}}
        await self._past(found)
        context = self._context(incoming, version)
        data, outcomes = run(found, context)
        actual = found.cost.actual(data)
        store.buckets.give_back(token, requested - actual, store.clock())
        self._log(incoming, "accepted", found, requested, outcomes)
        extensions: dict[str, Any] = {"cost": self._cost(token, requested, actual)}
        if context.searches:
            extensions["search"] = context.searches
        errors = {"errors": context.errors} if context.errors else {}
        return {**errors, "data": data, "extensions": extensions}

    async def _past(self, found: Prepared) -> None:
        """Lets the past happen first; the long reading of bulk operations only where it could be noticed."""
        if not found.touches_bulk():
            self.store.advance_until(self.store.clock())
            return
        for _ in self.store.advancing():
            await asyncio.sleep(0)

    def _context(self, incoming: Incoming, version: str) -> Context:
        settings = self.store.settings
        return Context(
            store=self.store,
            registry=registry(),
            scopes=frozenset(settings.scopes),
            version=settings.version(version),
            base_url=incoming.base_url,
            debug_search=incoming.headers.get("shopify-search-query-debug") == "1",
        )

    def _cost(self, token: str, requested: int, actual: int | None) -> dict[str, Any]:
        status = self.store.buckets.status(token, self.store.clock())
        return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}

    def _log(
        self,
        incoming: Incoming,
        verdict: str,
        found: Prepared | None = None,
        cost: int | None = None,
        outcomes: list[Outcome] | None = None,
    ) -> None:
        verdicts = {outcome.key: outcome.verdict for outcome in outcomes or []}
        roots = found.roots() if found else {"": None}
        for key, node in roots.items():
            entry = Request(
                seq=len(self.store.requests) + 1,
                at=self.store.clock(),
                request_id=incoming.request_id,
                operation=found.name if found else "",
                root=node.name.value if node else "",
                id=_id_of(found, node) if found and node else None,
                outcome=verdicts.get(key, verdict),
                cost=cost,
                mutation=bool(found and found.mutation),
            )
            self.store.requests.append(entry)


def _id_of(found: Prepared, node: FieldNode) -> str | None:
    """The record that a root field is about, wherever its arguments say so."""
    variables = found.collector.variables.coerced
    arguments = {a.name.value: value_from_ast_untyped(a.value, variables) for a in node.arguments or ()}
    return _first_id({key: value for key, value in arguments.items() if value is not Undefined})


def _first_id(value: Any) -> str | None:
    if isinstance(value, list):
        return _first_id(value[0]) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    for name in ("id", "orderId", "fulfillmentId", "fulfillmentOrderId"):
        if isinstance(value.get(name), str):
            return str(value[name])
    return next((found for inner in value.values() if (found := _first_id(inner))), None)


def _throttled() -> dict[str, Any]:
    return {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": _LIMITS}}


def _too_costly(cost: int) -> dict[str, Any]:
    message = _TOO_COSTLY.format(cost=cost, limit=MAX_COST)
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MAX_COST, "documentation": _LIMITS}
    return {"message": message, "extensions": extensions}
