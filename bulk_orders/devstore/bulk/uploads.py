"""Staged uploads: where a client may put the file of a bulk mutation.

Its one rule: the target looks as recorded ([LIVE bulk-operation-run-mutation-allowed-roots]); a POST needs
every parameter as a form field with the file last, and answers 201.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from bulk_orders.devstore.state import State
from bulk_orders.devstore.times import DAY, iso

PATH: Final = "/staged-uploads/"
BUCKET: Final = "shopify-staged-uploads"
MAX_BYTES: Final = 104_857_600


@dataclass(frozen=True, slots=True)
class Parameter:
    """One form field."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where to upload, and with what."""

    url: str
    resource_url: str
    parameters: list[Parameter]


def sign(key: str) -> str:
    """What makes a form valid for one key."""
    return hashlib.sha256(f"devstore:{key}".encode()).hexdigest()


def issued(state: State, key: str) -> bool:
    """Whether this shop gave out that key."""
    return key in state.upload_keys


def target(state: State, entry: dict[str, Any], base_url: str) -> Target:
    """A place for one file; a PUT target has its parameters in the URL [INFER]."""
    shop = state.shop.id.rsplit("/", 1)[-1]
    key = f"tmp/{shop}/bulk/{state.ids.uuid()}/{entry['filename']}"
    state.upload_keys.add(key)
    url = f"{base_url}{PATH}"
    if entry["httpMethod"] == "PUT":
        return Target(f"{url}{key}", f"{url}{key}", [Parameter("content_type", entry["mimeType"])])
    return Target(url, url, _parameters(state, key, entry["mimeType"]))


def _parameters(state: State, key: str, mime_type: str) -> list[Parameter]:
    """As recorded, in the recorded order; the policy lists them all and the size that is allowed."""
    now = state.now()
    stamp = iso(now).replace("-", "").replace(":", "")
    given = {
        "Content-Type": mime_type,
        "success_action_status": "201",
        "acl": "private",
        "key": key,
        "x-goog-date": stamp,
        "x-goog-credential": f"devstore@example.com/{stamp[:8]}/auto/storage/goog4_request",
        "x-goog-algorithm": "GOOG4-RSA-SHA256",
    }
    conditions: list[Any] = [{name: value} for name, value in given.items()]
    conditions[3:3] = [["content-length-range", 1, MAX_BYTES], {"bucket": BUCKET}]
    policy = json.dumps({"conditions": conditions, "expiration": iso(now + DAY)})
    signed = {"x-goog-signature": sign(key), "policy": base64.b64encode(policy.encode()).decode()}
    return [Parameter(name, value) for name, value in (given | signed).items()]


def receipt(key: str, content: bytes) -> str:
    """The XML that answers an upload."""
    etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return (
        "<?xml version='1.0' encoding='UTF-8'?><PostResponse>"
        f"<Location>https://storage.googleapis.com/{BUCKET}/{key}</Location>"
        f'<Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>"{etag}"</ETag></PostResponse>'
    )
