"""One request as the endpoints see it, and helpers for their replies.

Its one rule: endpoints never touch the wire; they are given bytes and give a Reply.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulk_orders.devstore.faults import Reply


@dataclass(frozen=True, slots=True)
class Incoming:
    """One HTTP request. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    request_id: str


def json_reply(status: int, value: Any, headers: dict[str, str] | None = None) -> Reply:
    """A JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Reply(status, {"Content-Type": "application/json; charset=utf-8"} | (headers or {}), body)


def text_reply(status: int, text: str, content_type: str, headers: dict[str, str] | None = None) -> Reply:
    """Any other text."""
    return Reply(status, {"Content-Type": content_type} | (headers or {}), text.encode())


def xml_error(status: int, code: str, message: str) -> Reply:
    """An error of the file storage."""
    text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return text_reply(status, text, "application/xml; charset=UTF-8")


def not_found() -> Reply:
    """Any path that is none of ours."""
    return json_reply(404, {"errors": "Not Found"})


def not_allowed(*methods: str) -> Reply:
    """A path of ours with another method [INFER: not recorded]."""
    return json_reply(405, {"errors": "Method Not Allowed"}, {"Allow": ", ".join(methods)})
