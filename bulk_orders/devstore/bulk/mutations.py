"""Bulk mutations: one mutation, run once for every line of an uploaded file.

Its one rule: lines are not run in their order (shopify-api.md 2), and every line gets an answer with its
0-based `__lineNumber`; a failing line does not fail the operation.
"""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from graphql import DocumentNode, GraphQLSyntaxError, OperationDefinitionNode, parse

from bulk_orders.devstore.bulk import uploads
from bulk_orders.devstore.bulk.operation import BulkOperation, Output
from bulk_orders.devstore.bulk.rules import MAX_BYTES, connections_of
from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.graph.context import Context, NullBubble
from bulk_orders.devstore.graph.fields import Collector, fragments_of
from bulk_orders.devstore.graph.plan import Compiler
from bulk_orders.devstore.graph.schema import schema
from bulk_orders.devstore.graph.validation import validation_errors
from bulk_orders.devstore.graph.variables import coerce

FORBIDDEN: Final = frozenset({"bulkOperationRunMutation", "bulkOperationRunQuery"})
MAX_CONNECTIONS: Final = 1
Checked = tuple[DocumentNode, OperationDefinitionNode]


def run(arguments: dict[str, Any], context: Context) -> tuple[BulkOperation | None, list[UserError]]:
    """Starts a bulk mutation, or says why not; the file is checked before the places (recorded)."""
    checked = _check(arguments["mutation"], context.version)
    if isinstance(checked, UserError):
        return None, [checked]
    bulk = context.store.bulk
    content = bulk.uploads.get(arguments["stagedUploadPath"])
    error = _bad_identifier(arguments.get("clientIdentifier")) or _bad_file(content) or bulk.in_progress("MUTATION")
    if error is not None or content is None:
        return None, [error] if error else []
    output = Output()
    work = _run_lines(checked, content, context, output)
    operation = bulk.start("MUTATION", arguments["mutation"], output, work)
    operation.client_identifier = arguments.get("clientIdentifier")
    return operation, []


def _check(mutation: str, version: str) -> Checked | UserError:
    size = len(mutation.encode())
    if size > MAX_BYTES:
        words = f"Mutation is too large ({size} bytes; maximum is {MAX_BYTES} bytes)"
        return UserError(("mutation",), words, "INVALID_MUTATION")
    try:
        document = parse(mutation)
    except GraphQLSyntaxError as error:
        words = "syntax error, unexpected end of file" if "<EOF>" in error.message else error.message
        return UserError(None, f"Failed to parse the mutation - {words}", "INVALID_MUTATION")
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    roots = [s for d in operations if d.operation.value == "mutation" for s in d.selection_set.selections]
    if len(roots) != 1 or len(operations) != 1:
        return UserError(("mutation",), "You must specify a single top level mutation.")
    if getattr(getattr(roots[0], "name", None), "value", "") in FORBIDDEN:
        return UserError(("mutation",), "You must use an allowed mutation name.")
    if errors := validation_errors(schema(), document, version):
        return UserError(("mutation",), errors[0]["message"], "INVALID_MUTATION")  # words [INFER]
    if connections_of(document, operations[0], schema()) > MAX_CONNECTIONS:
        return UserError(("mutation",), f"Bulk mutations cannot contain more than {MAX_CONNECTIONS} connection.")
    return document, operations[0]


def _bad_identifier(identifier: str | None) -> UserError | None:
    if identifier is None or 10 <= len(identifier) <= 255:
        return None
    words = (
        "is too short (minimum is 10 characters)" if len(identifier) < 10 else "is too long (maximum is 255 characters)"
    )
    return UserError(("clientIdentifier",), words, "INVALID_MUTATION")


def _bad_file(content: bytes | None) -> UserError | None:
    if content is None:
        words = (
            "The JSONL file could not be found. Try uploading the file again, and check that you've entered "
            "the URL correctly for the stagedUploadPath mutation argument."
        )
        return UserError(None, words, "NO_SUCH_FILE")
    if not content:
        return UserError(None, "The input file is empty.", "INVALID_STAGED_UPLOAD_FILE")
    if len(content) > uploads.MAX_BYTES:
        words = "The input file size exceeds the maximum allowed size of 100 MB."
        return UserError(None, words, "INVALID_STAGED_UPLOAD_FILE")
    return None


def _run_lines(checked: Checked, content: bytes, context: Context, output: Output) -> Iterator[float]:
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
    order = list(range(len(lines)))
    random.Random(len(content)).shuffle(order)  # noqa: S311 - a reproducible disorder
    for count, number in enumerate(order, 1):
        answer = _run_line(checked, lines[number], context) | {"__lineNumber": number}
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        output.lines.append(text)
        output.roots += 1
        yield count / len(order)


def _run_line(checked: Checked, line: str, context: Context) -> dict[str, Any]:
    document, operation = checked
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        return {"errors": [{"message": f"Failed to parse the line - {error.msg}"}]}  # words [INFER]
    variables, errors = coerce(schema(), operation, values if isinstance(values, dict) else {})
    if variables is None:
        return {"errors": errors}
    collector = Collector(schema(), fragments_of(document), variables)
    own = Context(context.store, context.registry, context.scopes, context.version, context.base_url)
    root = schema().mutation_type
    assert root is not None
    data: dict[str, Any] | None
    try:
        data = Compiler(collector, own).selection(root, [operation.selection_set])(None, own)
    except NullBubble:
        data = None
    return {"data": data} | ({"errors": own.errors} if own.errors else {})
