"""The shapes of top-level errors, as recorded.

Its one rule: a static error has its path before its extensions and no `data`; an error of a field that
ran has its path last and stands beside `data`.
"""

from typing import Any

from graphql import GraphQLError, Node


def location(node: Node | None) -> list[dict[str, int]]:
    """Where in the document a node begins."""
    if node is None or node.loc is None:
        return []
    token = node.loc.start_token
    return [{"line": token.line, "column": token.column}]


def static_error(message: str, node: Node | None, path: list[str | int], **extensions: Any) -> dict[str, Any]:
    """An error that the document or its arguments have, whatever the data."""
    return {"message": message, "locations": location(node), "path": path, "extensions": extensions}


def field_error(message: str, node: Node, path: list[str | int], extensions: dict[str, Any]) -> dict[str, Any]:
    """An error of a field that was executed."""
    return {"message": message, "locations": location(node), "extensions": extensions, "path": path}


def syntax_error(error: GraphQLError) -> dict[str, Any]:
    """A document that does not parse; the words up to the place are Shopify's parser's [INFER]."""
    place = error.locations[0] if error.locations else None
    message = error.message.removeprefix("Syntax Error: ")
    words = "syntax error, unexpected end of file" if "<EOF>" in message else f"syntax error, {message}"
    if place is not None:
        words += f" at [{place.line}, {place.column}]"
    entry: dict[str, Any] = {"message": words}
    if place is not None:
        entry["locations"] = [{"line": place.line, "column": place.column}]
    return entry
