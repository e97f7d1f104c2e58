"""Root fields around bulk operations and staged uploads, and the fields of a BulkOperation."""

from types import SimpleNamespace
from typing import Any, Final

from bulk_orders.devstore.bulk import mutations, rules, uploads
from bulk_orders.devstore.bulk.lines import write
from bulk_orders.devstore.bulk.operation import BulkOperation, Output
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.graph.connections import Listing, bad_request
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call, Getter
from bulk_orders.devstore.graph.resolvers.mutations import expect
from bulk_orders.devstore.graph.resolvers.queries import wrong_type
from bulk_orders.devstore.graph.schema import schema
from bulk_orders.devstore.search.matching import Field, prepare
from bulk_orders.devstore.search.syntax import terms
from bulk_orders.devstore.times import iso, parse_time

Payload = SimpleNamespace

_FIELDS: Final = {
    "created_at": Field("time"),
    "id": Field("id"),
    "operation_type": Field("enum", frozenset({"query", "mutation"})),
    "status": Field("enum", frozenset({"canceled", "canceling", "completed", "created", "failed", "running"})),
}


def own_context(context: Context) -> Context:
    """A context that outlives the request: errors of the operation are not the request's."""
    return Context(context.store, context.registry, context.scopes, context.version, context.base_url)


def _run_query(_root: Any, arguments: dict[str, Any], context: Context) -> Payload:
    query, errors = rules.check(arguments["query"], schema(), context.version)
    if query is None:
        return Payload(bulk_operation=None, user_errors=errors)
    if (busy := context.store.bulk.in_progress("QUERY")) is not None:
        return Payload(bulk_operation=None, user_errors=[busy])
    output, seed = Output(), context.store.ids.number("BulkOperationSeed")
    work = write(query, own_context(context), output, grouped=arguments["groupObjects"], seed=seed)
    operation = context.store.bulk.start("QUERY", arguments["query"], output, work)
    return Payload(bulk_operation=operation, user_errors=[])


def _run_mutation(_root: Any, arguments: dict[str, Any], context: Context) -> Payload:
    operation, errors = mutations.run(arguments, own_context(context))
    return Payload(bulk_operation=operation, user_errors=errors)


def _cancel(_root: Any, arguments: dict[str, Any], context: Context) -> Payload:
    expect(arguments["id"], "BulkOperation")
    operation, errors = context.store.bulk.cancel(arguments["id"])
    return Payload(bulk_operation=operation, user_errors=errors)


def _staged(_root: Any, arguments: dict[str, Any], context: Context) -> Payload:
    targets = [uploads.target(context.store, entry, context.base_url) for entry in arguments["input"]]
    return Payload(staged_targets=targets, user_errors=[])


def _operation(_root: Any, arguments: dict[str, Any], context: Context) -> BulkOperation | None:
    if split_gid(arguments["id"])[0] != "BulkOperation":
        raise wrong_type(arguments["id"])
    return context.store.bulk.find(arguments["id"])


def _current(_root: Any, arguments: dict[str, Any], context: Context) -> BulkOperation | None:
    return context.store.bulk.latest(arguments["type"])


def _operations(_root: Any, arguments: dict[str, Any], context: Context) -> Listing:
    """Newest first; `reverse` turns it round ([SCHEMA]; [LIVE bulk-operation-status-catalog-cancel])."""
    search = prepare(arguments.get("query"), _FIELDS, context.store.now())
    for term in terms(search.node):
        if term.field == "created_at" and parse_time(term.value) is None:
            raise bad_request("Invalid timestamp for query filter `created_at`.")
    context.note(search)
    found = [op for op in context.store.bulk.all if search.matches(_view(op))]
    key = _completed if arguments["sortKey"] == "COMPLETED_AT" else _created
    ended = [op for op in found if key(op) is not None]
    ended.sort(key=lambda op: (key(op), op.id), reverse=not arguments["reverse"])
    ended += [op for op in found if key(op) is None]
    return Listing(ended, lambda op: (int(split_gid(op.id)[1]), iso(op.created_at)), sorted=True)


def _created(operation: BulkOperation) -> float | None:
    return operation.started_at


def _completed(operation: BulkOperation) -> float | None:
    return operation.completed_at


def _view(operation: BulkOperation) -> Any:
    values = {
        "created_at": operation.created_at,
        "id": int(split_gid(operation.id)[1]),
        "operation_type": operation.type.lower(),
        "status": operation.status.lower(),
    }
    return values.get


def _url(operation: BulkOperation, _arguments: dict[str, Any], context: Context) -> str | None:
    return context.store.bulk.url(operation, context.base_url, partial=False)


def _partial_url(operation: BulkOperation, _arguments: dict[str, Any], context: Context) -> str | None:
    return context.store.bulk.url(operation, context.base_url, partial=True)


GETTERS: Final[dict[str, dict[str, Getter]]] = {}
CALLS: Final[dict[str, dict[str, Call]]] = {
    "Mutation": {
        "bulkOperationCancel": _cancel,
        "bulkOperationRunMutation": _run_mutation,
        "bulkOperationRunQuery": _run_query,
        "stagedUploadsCreate": _staged,
    },
    "QueryRoot": {
        "bulkOperation": _operation,
        "bulkOperations": _operations,
        "currentBulkOperation": _current,
    },
    "BulkOperation": {"partialDataUrl": _partial_url, "url": _url},
}
