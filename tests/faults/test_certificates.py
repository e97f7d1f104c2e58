"""F23: whoever answers without a certificate that proves to be the shop gets nothing, and is named as what it is.

A real process, a real TLS server on loopback, and a proxy of the environment that leads every address there: the shop
setting takes nothing but Shopify's own host names, and nobody may lower that for a test.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, Self, TypeVar

import pytest

from bulk_orders.devstore import CLIENT_ID, CLIENT_SECRET, TOKEN
from faults.process import HANG, environment

pytestmark = pytest.mark.needs("openssl")
T = TypeVar("T")
HOST = "box.myshopify.com"


class Impostor:
    """A proxy that leads every address to one TLS server of its own, and what that server heard."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self.asked: list[str] = []
        self.heard = b""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(HANG)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(HANG)

    async def _finish(self) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.start_tls(self._tls)
            self.heard += await reader.read(65536)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _certificate(folder: Path, name: str, days: int) -> tuple[Path, Path]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", str(days),
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def self_signed(folder: Path) -> tuple[Path, Path]:
    return _certificate(folder, HOST, 30)


@pytest.fixture(scope="module")
def of_another(folder: Path) -> tuple[Path, Path]:
    return _certificate(folder, "other.myshopify.com", 30)


@pytest.fixture
def impostor(request: pytest.FixtureRequest) -> Iterator[Impostor]:
    with Impostor(*request.getfixturevalue(request.param)) as made:
        yield made


TOKENS = {
    "token": {"SHOPIFY_ACCESS_TOKEN": TOKEN},
    "client": {"SHOPIFY_ACCESS_TOKEN": "", "SHOPIFY_CLIENT_ID": CLIENT_ID, "SHOPIFY_CLIENT_SECRET": CLIENT_SECRET},
}


@pytest.mark.parametrize(
    ("impostor", "trusted", "says"),
    [("self_signed", False, "self-signed certificate"), ("of_another", True, "not valid for 'box.myshopify.com'")],
    indirect=["impostor"],
)
@pytest.mark.parametrize("way", TOKENS)
def test_f23_a_bad_certificate(
    impostor: Impostor, trusted: bool, says: str, way: str, tmp_path: Path, of_another: tuple[Path, Path]
) -> None:
    """Refused at once, named as what it is; the token and the request never left."""
    env = environment(tmp_path / "state", HOST, HTTPS_PROXY=impostor.url, **TOKENS[way])
    if trusted:  # signed by one whom the machine believes, but for another host
        env["SSL_CERT_FILE"] = str(of_another[0])
    ran = subprocess.run(
        [sys.executable, "-m", "bulk_orders", "export", "-o", "orders.csv", "--json"],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=HANG, check=False,
    )  # fmt: skip
    error = json.loads(ran.stdout)["error"]
    assert (ran.returncode, error["code"]) == (1, "unreachable"), ran.stdout + ran.stderr
    assert says in error["what"].replace("self signed", "self-signed")
    assert "token was not sent" in error["fix"]
    assert impostor.asked == [f"CONNECT {HOST}:443 HTTP/1.1"], "it was asked for once, and not again"
    assert impostor.heard == b""
    assert not (tmp_path / "orders.csv").exists()


@pytest.mark.parametrize("impostor", ["self_signed"], indirect=True)
def test_the_impostor_is_reached_where_it_is_believed(
    impostor: Impostor, tmp_path: Path, self_signed: tuple[Path, Path]
) -> None:
    """What makes the others refuse is the certificate, and nothing else on the way."""
    env = environment(tmp_path / "state", HOST, HTTPS_PROXY=impostor.url, SSL_CERT_FILE=str(self_signed[0]))
    process = subprocess.Popen(
        [sys.executable, "-m", "bulk_orders", "export", "-o", "orders.csv"],
        cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        while not impostor.heard and process.poll() is None:
            pass
    finally:
        process.kill()
        process.communicate(timeout=HANG)
    assert impostor.heard.startswith(b"POST /admin/api/")
