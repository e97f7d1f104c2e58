"""The security list of the guarantees, line by line; the scan for the token over everything is in the conftest."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from pathlib import Path

import httpx
import pytest
from world import World

from bulk_orders.cli.console import Console
from bulk_orders.devstore import TOKEN, Rule, Script
from bulk_orders.errors import BulkOrdersError, Misused
from bulk_orders.settings import ShopAddress, load
from bulk_orders.storage.lock import slug
from bulk_orders.tokens import Secret
from faults.process import Theatre
from faults.stage import planned

SECRET = "shpat_0123456789abcdef0123456789abcdef"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, orders=60)


def test_a_token_shows_itself_to_nobody() -> None:
    secret = Secret(SECRET)
    assert SECRET not in f"{secret!r} {secret!s} {secret} {[secret]} {vars(type(secret))}"
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copying(secret)


def test_a_token_is_in_no_traceback_and_no_settings(tmp_path: Path) -> None:
    settings = load({"SHOPIFY_ACCESS_TOKEN": SECRET, "SHOPIFY_SHOP": "a.myshopify.com"}, tmp_path)
    try:
        raise ValueError(settings)
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert SECRET not in told
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o644])
def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(mode)
    with pytest.raises(Misused, match="can be read by others"):
        load({}, tmp_path, token_file=str(path))
    path.chmod(0o600)
    token = load({}, tmp_path, token_file=str(path)).credentials.token
    assert token is not None
    assert token.reveal() == SECRET


@pytest.mark.parametrize(
    "shop",
    ["evil.example.com", "a.myshopify.com.evil.example.com", "http://a.myshopify.com", "https://evil.example.com/a.myshopify.com",
     "a.myshopify.com@evil.example.com", "a.myshopify.com:8443", "-a.myshopify.com", "A_b.myshopify.com", "http://10.0.0.1:80",
     "http://127.0.0.1.evil.example.com", "http://user@127.0.0.1", "a.myshopify.com\nHost: evil"],
)  # fmt: skip
def test_a_shop_is_a_shop_or_loopback(shop: str) -> None:
    with pytest.raises(Misused):
        ShopAddress.parse(shop)


def test_the_token_goes_to_the_shop_alone(world: World) -> None:
    """The file storage gets none; a redirect is not followed."""
    world.export()
    assert world.store.leaks == []
    world.store.faults = Script(Rule("redirect", kinds=("query",)))
    with pytest.raises(BulkOrdersError, match="redirect"):
        world.export("b.csv")
    world.store.faults = Script(Rule("redirect", kinds=("file",)))
    with pytest.raises(BulkOrdersError):
        world.export("c.csv")
    assert world.store.leaks == []


def test_logs_carry_ids_and_never_names_tokens_or_signed_addresses(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "bulk_orders"):  # a command in the same process may have set it
        world.store.faults = Script(Rule("cut at 50 %", kinds=("file",), most=1))
        planned(world)
        world.store.faults = Script(Rule("answer lost", most=2))
        world.apply()
    told = "\n".join(
        f"{record.name} {record.getMessage()}" for record in caplog.records if record.name.startswith("bulk")
    )
    assert told
    assert TOKEN not in told
    assert "Signature=" not in told
    people = {order.customer.first_name for order in world.store.orders.values() if order.customer}
    assert not [name for name in people if name and len(name) > 3 and name in told]


def test_httpx_itself_does_not_log_signed_addresses(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Its own INFO line has the whole URL: -vv must not bring it to the screen."""
    from bulk_orders.cli.options import _log

    root = logging.getLogger()
    before = list(root.handlers)
    _log(2)
    assert root.handlers == before, "only our own logger gets a handler"
    assert logging.getLogger("httpx").handlers == []
    logging.getLogger("bulk_orders").handlers.clear()


def test_everything_on_disk_is_for_its_owner_alone(world: World) -> None:
    planned(world)
    world.apply()
    for path in world.home.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    for name in ("orders.plan", "orders.results.csv"):
        assert (world.folder / name).stat().st_mode & 0o777 == 0o600, name


def test_no_link_is_followed(world: World, tmp_path: Path) -> None:
    victim = tmp_path / "victim.csv"
    victim.write_text("mine")
    (world.folder / "orders.csv").symlink_to(victim)
    with pytest.raises(BulkOrdersError, match="symbolic link"):
        world.export()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "..", "x" * 500, "a\x00b", "Ä ö"])
def test_no_path_is_built_from_a_name(name: str) -> None:
    safe = slug(name)
    assert safe
    assert "/" not in safe
    assert not safe.startswith(".")
    assert len(safe) <= 80
    assert safe.isascii()


def test_a_crash_report_has_no_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BULK_ORDERS_HOME", str(tmp_path))

    def breaks(token: str) -> None:
        raise RuntimeError(f"{token} https://storage.googleapis.com/x?Signature=abc")

    try:
        breaks(SECRET)
    except RuntimeError as error:
        Console().crash(error)
    (report,) = (tmp_path / "crashes").iterdir()
    told = report.read_text() + capsys.readouterr().err
    assert SECRET not in told
    assert "Signature" not in told
    assert report.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_ever_an_argument(tmp_path: Path) -> None:
    """What `ps` shows of a run is the command that was typed."""
    theatre = Theatre(tmp_path, 3, latency_seconds=0.05)
    with theatre.case() as case:
        process = case.start("apply", "orders.plan", "--confirm", "devstore", "--json")
        assert process.stdout is not None
        process.stdout.readline()
        seen = Path(f"/proc/{process.pid}/cmdline")
        if seen.exists():
            assert TOKEN.encode() not in seen.read_bytes()
        process.communicate(timeout=180)


def test_a_proxy_of_the_environment_is_not_used_for_loopback(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil.example.com:1")
    monkeypatch.setenv("ALL_PROXY", "http://evil.example.com:1")
    shop = world.shop()
    assert isinstance(shop.client._http, httpx.AsyncClient)
    assert shop.client._http.trust_env is False
