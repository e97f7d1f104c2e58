"""Result files of bulk operations and staged uploads, as the file storage serves and takes them.

Its one rule: a signed URL is all it takes. A token that comes along has leaked and is written down.
"""

import hashlib
import re
from typing import Final

from bulk_orders.devstore.bulk import uploads
from bulk_orders.devstore.bulk.operations import signature
from bulk_orders.devstore.faults import Reply
from bulk_orders.devstore.http.message import Incoming, not_allowed, text_reply, xml_error
from bulk_orders.devstore.http.multipart import parts
from bulk_orders.devstore.log import Leak
from bulk_orders.devstore.store import DevStore

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def note_leaks(store: DevStore, incoming: Incoming) -> None:
    """Writes down every header that carries a token or a login to where it does not belong."""
    for name, value in incoming.headers.items():
        if name in {"x-shopify-access-token", "authorization", "cookie"} or store.tokens.known(value):
            store.leaks.append(Leak(store.clock(), incoming.path, name))
    if any(store.tokens.known(value) for value in incoming.query.values()):
        store.leaks.append(Leak(store.clock(), incoming.path, "query"))


# -- results -------------------------------------------------------------------------------------------


def result(store: DevStore, incoming: Incoming, name: str) -> Reply:
    """A result file, whole or in part."""
    note_leaks(store, incoming)
    if incoming.method not in {"GET", "HEAD"}:
        return not_allowed("GET", "HEAD")
    expires = incoming.query.get("Expires", "")
    if not expires.isdecimal() or incoming.query.get("Signature") != signature(name, int(expires)):
        return xml_error(403, "SignatureDoesNotMatch", "Access denied.")
    if store.clock() >= int(expires):
        return xml_error(400, "ExpiredToken", "Invalid argument.")
    content = store.bulk.file(name)
    if content is None:
        return xml_error(404, "NoSuchKey", "The specified key does not exist.")
    return _ranged(incoming, content)


def _ranged(incoming: Incoming, content: bytes) -> Reply:
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    headers = {
        "Content-Type": incoming.query.get("response-content-type", "application/jsonl"),
        "Content-Disposition": incoming.query.get("response-content-disposition", "attachment"),
        "ETag": etag,
        "Accept-Ranges": "bytes",
    }
    asked = _RANGE.fullmatch(incoming.headers.get("range", "").strip())
    if asked is None or incoming.headers.get("if-range", etag) != etag:
        return Reply(200, headers, content)
    window = _window(asked, len(content))
    if window is None:
        return Reply(416, headers | {"Content-Range": f"bytes */{len(content)}"})
    start, end = window
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
    return Reply(206, headers, content[start:end])


def _window(asked: re.Match[str], size: int) -> tuple[int, int] | None:
    first, last = asked[1], asked[2]
    if not first:
        return (max(0, size - int(last)), size) if last and int(last) else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


# -- uploads -------------------------------------------------------------------------------------------


def upload(store: DevStore, incoming: Incoming, key: str) -> Reply:
    """Takes a file in: a POST form with every parameter and the file last, or a PUT of the bare file."""
    note_leaks(store, incoming)
    if incoming.method == "PUT":
        return _store(store, key, incoming.body, 200)
    if incoming.method != "POST":
        return not_allowed("POST", "PUT")
    fields = parts(incoming.headers.get("content-type", ""), incoming.body)
    if not fields or fields[-1].name != "file":  # whatever follows the file is not read
        return xml_error(400, "InvalidPolicyDocument", "The file must be the last field of the form.")
    given = {field.name: field.content.decode("utf-8", "replace") for field in fields[:-1]}
    key = given.get("key", "")
    if given.get("x-goog-signature") != uploads.sign(key) or not given.get("policy"):
        return xml_error(403, "SignatureDoesNotMatch", "Access denied.")
    return _store(store, key, fields[-1].content, int(given.get("success_action_status", "204")))


def _store(store: DevStore, key: str, content: bytes, status: int) -> Reply:
    if not uploads.issued(store, key):
        return xml_error(403, "AccessDenied", "Access denied.")
    if len(content) > uploads.MAX_BYTES:
        return xml_error(400, "EntityTooLarge", "Your proposed upload is larger than the maximum allowed size.")
    store.bulk.uploads[key] = content
    return text_reply(status, uploads.receipt(key, content) if status == 201 else "", "application/xml")
