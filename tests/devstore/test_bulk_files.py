"""Result files: signed URLs, ranges, expiry, and tokens that leak."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bulk_orders.devstore import CLIENT_SECRET, TOKEN
from devstore.box import Box
from devstore.documents import BULK, POLL


@pytest.fixture
def url(box: Box) -> str:
    for _ in range(5):
        box.order()
    operation = box.one(BULK, q="{ orders { edges { node { id } } } }")["bulkOperation"]["id"]
    box.later(10)
    found: str = box.one(POLL, id=operation)["url"]
    return found


def test_the_whole_file(box: Box, url: str) -> None:
    response = box.request("GET", url)
    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Type"] == "application/jsonl"
    assert "bulk-" in response.headers["Content-Disposition"]
    assert response.headers["ETag"] == f'"{hashlib.md5(response.content).hexdigest()}"'
    head = box.request("HEAD", url)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (
        200,
        b"",
        response.headers["Content-Length"],
    )
    assert box.store.leaks == []


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=3-99999", 3, None)],
)
def test_parts(box: Box, url: str, asked: str, start: int, end: int | None) -> None:
    whole = box.request("GET", url).content
    part = box.request("GET", url, headers={"Range": asked})
    assert (part.status_code, part.content) == (206, whole[start:end])
    first = whole.index(part.content)
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"
    assert part.headers["Content-Length"] == str(len(part.content))


@pytest.mark.parametrize("asked", ["bytes=100000-", "bytes=5-3", "bytes=-0"])
def test_parts_that_are_not_there(box: Box, url: str, asked: str) -> None:
    whole = box.request("GET", url).content
    response = box.request("GET", url, headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=0-1", "bytes=a-b"])
def test_ranges_that_are_not_understood(box: Box, url: str, asked: str) -> None:
    assert box.request("GET", url, headers={"Range": asked}).status_code == 200


def test_only_if_it_is_still_the_same(box: Box, url: str) -> None:
    etag = box.request("GET", url).headers["ETag"]
    same = {"Range": "bytes=5-", "If-Range": etag}
    assert box.request("GET", url, headers=same).status_code == 206
    assert box.request("GET", url, headers=same | {"If-Range": '"other"'}).status_code == 200


def test_the_url_expires(box: Box, url: str) -> None:
    box.later(7 * 86_400 - 20)
    assert box.request("GET", url).status_code == 200
    box.later(20)
    response = box.request("GET", url)
    assert (response.status_code, "ExpiredToken" in response.text) == (400, True)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [("Expires=", "Expires=9", 403), ("Signature=", "Signature=0", 403), ("-final", "-fin", 403)],
)
def test_the_url_is_signed(box: Box, url: str, old: str, new: str, status: int) -> None:
    response = box.request("GET", url.replace(old, new))
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/xml; charset=UTF-8")


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ({"X-Shopify-Access-Token": TOKEN}, ["x-shopify-access-token"]),
        ({"X-Shopify-Access-Token": "another"}, ["x-shopify-access-token"]),
        ({"Authorization": "Bearer x"}, ["authorization"]),
        ({"X-Other": f"key {CLIENT_SECRET}"}, ["x-other"]),
        ({}, []),
    ],
)
def test_a_token_that_is_sent_along_has_leaked(box: Box, url: str, headers: dict[str, str], names: list[str]) -> None:
    assert box.request("GET", url, headers=headers).status_code == 200
    assert [leak.header for leak in box.store.leaks] == names
    assert [leak["header"] for leak in box.request("GET", "/devstore/leaks").json()["leaks"]] == names


def test_a_token_in_the_url_has_leaked_too(box: Box, url: str) -> None:
    box.request("GET", f"{url}&token={TOKEN}")
    assert [leak.header for leak in box.store.leaks] == ["query"]


def test_no_token_is_needed(box: Box, url: str) -> None:
    box.store.tokens.revoke()
    response: Any = box.request("GET", url)
    assert response.status_code == 200
