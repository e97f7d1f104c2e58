"""The download of a result: resumed where it was cut, whole or not at all, from Shopify's storage only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from virtual import VirtualClock, run

from bulk_orders.errors import Refused, Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.bulk import BulkResult
from bulk_orders.shopify.download import UrlExpired, check_result_url, download

WHOLE = bytes(range(256)) * 40
SHOP = ShopAddress.parse("box.myshopify.com")
URL = "https://storage.googleapis.com/shopify-tiers-assets-prod-us-east1/bulk/x?Expires=1&Signature=s"


class _Cut(httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self._data
        raise httpx.ReadError("cut")


def _get(target: Path, answer: Callable[[httpx.Request], httpx.Response], size: int = len(WHOLE)) -> list[str]:
    """Download; the Range headers that were sent."""
    ranges: list[str] = []

    def served(request: httpx.Request) -> httpx.Response:
        assert "x-shopify-access-token" not in request.headers
        ranges.append(request.headers.get("range", ""))
        return answer(request)

    async def work() -> None:
        await download(
            BulkResult("gid://b/1", URL, 1, 1, size),
            target,
            address=SHOP,
            clock=VirtualClock(),
            transport=httpx.MockTransport(served),
        )

    run(work())
    return ranges


def _serve(request: httpx.Request, *, cut: int | None = None, etag: str = '"a"') -> httpx.Response:
    """A faithful server, whose body may break off after `cut` bytes."""
    start = int(request.headers["range"].split("=")[1].rstrip("-")) if "range" in request.headers else 0
    if request.headers.get("if-range", etag) != etag:
        start = 0
    body = WHOLE[start:]
    headers = {"etag": etag}
    if start:
        headers["content-range"] = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
    status = 206 if start else 200
    if cut is not None and cut < len(body):
        return httpx.Response(status, headers=headers, stream=_Cut(body[:cut]))
    return httpx.Response(status, headers=headers, content=body)


def test_a_whole_file_in_one_go(tmp_path: Path) -> None:
    assert _get(tmp_path / "f", _serve) == [""]
    assert (tmp_path / "f").read_bytes() == WHOLE
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.999])
def test_it_goes_on_where_it_was_cut(tmp_path: Path, share: float) -> None:
    cut = int(len(WHOLE) * share)
    asked = iter([cut, None])
    ranges = _get(tmp_path / "f", lambda request: _serve(request, cut=next(asked)))
    assert ranges == ["", f"bytes={cut}-" if cut else ""]
    assert (tmp_path / "f").read_bytes() == WHOLE


def test_a_server_that_ignores_the_range_starts_it_anew(tmp_path: Path) -> None:
    answers = iter(
        [
            httpx.Response(200, headers={"etag": '"a"'}, stream=_Cut(WHOLE[:100])),
            httpx.Response(200, headers={"etag": '"a"'}, content=WHOLE),
        ]
    )
    _get(tmp_path / "f", lambda request: next(answers))
    assert (tmp_path / "f").read_bytes() == WHOLE


def test_another_file_under_the_same_name_starts_it_anew(tmp_path: Path) -> None:
    first = iter([True, False])
    _get(
        tmp_path / "f",
        lambda request: _serve(request, cut=100, etag='"old"') if next(first) else _serve(request, etag='"new"'),
    )
    assert (tmp_path / "f").read_bytes() == WHOLE


@pytest.mark.parametrize("stated", [len(WHOLE) + 1, len(WHOLE) - 1, 1])
def test_a_size_that_is_not_the_stated_one_is_no_result(tmp_path: Path, stated: int) -> None:
    with pytest.raises(Unreachable, match="bytes came"):
        _get(tmp_path / "f", _serve, stated)


@pytest.mark.parametrize("status", [403, 404, 500, 302])
def test_an_answer_that_is_no_file_is_no_result(tmp_path: Path, status: int) -> None:
    with pytest.raises(UrlExpired if status in (403, 404) else Unreachable):
        _get(tmp_path / "f", lambda request: httpx.Response(status, headers={"location": "https://evil.example.com"}))


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.googleapis.com/shopify-tiers-assets-x/y",
        "https://storage.googleapis.com.evil.example.com/shopify-tiers-assets-x/y",
        "https://evil.example.com/shopify-tiers-assets-x/y",
        "https://storage.googleapis.com/other-bucket/y",
        "https://user@storage.googleapis.com/shopify-tiers-assets-x/y",
        "https://storage.googleapis.com:8443/shopify-tiers-assets-x/y",
        "file:///etc/passwd",
        "http://127.0.0.1/x",
        "",
    ],
)
def test_results_are_fetched_from_shopifys_storage_only(url: str) -> None:
    with pytest.raises(Refused):
        check_result_url(url, SHOP)


def test_a_loopback_shop_keeps_its_results_on_loopback() -> None:
    box = ShopAddress.parse("http://127.0.0.1:1")
    for url in ("http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:5/x"):
        check_result_url(url, box)
    for url in ("https://127.0.0.1/x", "http://10.0.0.1/x", URL):
        with pytest.raises(Refused):
            check_result_url(url, box)
    check_result_url(URL, SHOP)


def test_the_rest_of_another_file_is_never_appended(tmp_path: Path) -> None:
    """A 206 that ignores If-Range and has another ETag: the piece is thrown away, and it begins again."""
    asked = 0

    def serve(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 2:
            headers = {"etag": '"b"', "content-range": f"bytes 5000-{len(WHOLE) - 1}/{len(WHOLE)}"}
            return httpx.Response(206, headers=headers, content=b"#" * (len(WHOLE) - 5000))
        return _serve(request, cut=5000) if asked == 1 else _serve(request, etag='"b"')

    assert _get(tmp_path / "f", serve) == ["", "bytes=5000-", ""]
    assert (tmp_path / "f").read_bytes() == WHOLE
