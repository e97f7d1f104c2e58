"""Several shops in one file: side by side, one report, and a shop that fails stops none of the others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.conftest import Shell, _shell
from world import shipped

from bulk_orders.devstore import TOKEN, DevStore, running
from bulk_orders.devstore import Settings as StoreSettings
from bulk_orders.devstore.model.order import Order
from bulk_orders.storage.lock import ShopLock

POLICY = """
[actions]
archive = "do"
[metrics]
textfile = "all.prom"
[[rules]]
name = "done"
do = "archive"
when = { fulfillment = "fulfilled", payment = "paid" }
"""


@pytest.fixture
def south() -> Iterator[tuple[DevStore, str]]:
    store = DevStore.seeded(60, 8, settings=StoreSettings(job_seconds=0.1, bulk_seconds=0.1))
    store.shop.myshopify_domain = "south.myshopify.com"
    with running(store) as url:
        yield store, url


@pytest.fixture
def both(
    south: tuple[DevStore, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    store = DevStore.seeded(60, 7, settings=StoreSettings(job_seconds=0.1, bulk_seconds=0.1))
    store.shop.myshopify_domain = "north.myshopify.com"
    with running(store) as url:
        sh = _shell(store, url, tmp_path, monkeypatch, capsys)
        monkeypatch.delenv("SHOPIFY_SHOP")
        monkeypatch.delenv("SHOPIFY_ACCESS_TOKEN")
        monkeypatch.setenv("NORTH_TOKEN", TOKEN)
        sh.write("south.token", TOKEN)
        (tmp_path / "south.token").chmod(0o600)
        sh.write("policy.toml", POLICY)
        sh.write(
            "bulk_orders.toml",
            f'[shops.north]\nshop = "{url}"\ntoken_env = "NORTH_TOKEN"\n'
            f'[shops.south]\nshop = "{south[1]}"\ntoken_file = "south.token"\n',
        )
        yield sh


def closed(store: DevStore) -> int:
    return sum(e.kind == "orderClose" for e in store.effects)


def test_all_shops_have_their_night_and_one_page(both: Shell, south: tuple[DevStore, str]) -> None:
    done = both("reconcile", "--all-shops", "--policy", "policy.toml")
    assert done.code == 0, done.err
    assert "[north]" in done.out
    assert "[south]" in done.out
    assert done.out.splitlines()[-1].startswith("2 shops, all well: ")
    assert closed(both.store) > 0
    assert closed(south[0]) > 0
    page = Path(done.out.splitlines()[-1].rpartition(": ")[2])
    text = page.read_text()
    assert "all well" in text
    for link in (part.split('"')[0] for part in text.split('<a href="')[1:]):
        assert (page.parent / link).is_file()
    figures = (both.folder / "all.prom").read_text()
    assert 'shop="north.myshopify.com"' in figures
    assert 'shop="south.myshopify.com"' in figures


def test_two_entries_that_turn_out_to_be_one_shop_do_not_run_at_once(both: Shell, south: tuple[DevStore, str]) -> None:
    """As a shop has that was renamed: its old address and its new one lead to it."""
    south[0].shop.myshopify_domain = "north.myshopify.com"
    with ShopLock(Path(os.environ["BULK_ORDERS_HOME"]), "north.myshopify.com"):
        done = both("reconcile", "--all-shops", "--policy", "policy.toml")
        assert done.code == 5, done.out
    assert (closed(both.store), closed(south[0])) == (0, 0)
    both("reconcile", "--all-shops", "--policy", "policy.toml")
    series = [line.rpartition(" ")[0] for line in (both.folder / "all.prom").read_text().splitlines() if line[0] != "#"]
    assert len(series) == len(set(series))


def test_what_waits_for_a_person_is_applied_with_the_shops_own_token(
    both: Shell, south: tuple[DevStore, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both.write("policy.toml", POLICY.replace('archive = "do"', 'archive = "wait"'))
    told = both("reconcile", "--all-shops", "--policy", "policy.toml", "--json").json
    night = told["shops"]["south"]["night"]
    waiting = Path(night["folder"]) / night["parts"][0]["waiting"]
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "another-shops-token")
    before = len(south[0].requests)
    for command in (("apply", str(waiting), "--yes"), ("verify", str(waiting)), ("undo", str(waiting))):
        done = both(*command)
        assert done.code == 0, done.err
    assert closed(south[0]) == night["waiting"]
    assert len(south[0].requests) > before
    monkeypatch.delenv("NORTH_TOKEN")
    night = told["shops"]["north"]["night"]
    done = both("apply", str(Path(night["folder"]) / night["parts"][0]["waiting"]), "--yes")
    assert done.code == 2
    assert "NORTH_TOKEN, the token of north, is not set." in done.err
    assert closed(both.store) == 0


def test_a_shop_of_several_is_named_by_its_name(both: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    done = both("reconcile", "--shop", "south", "--policy", "policy.toml", "--explain", "#1001")
    assert done.code == 0, done.err
    assert "#1001" in done.out
    assert "Did you mean south?" in both("doctor", "--shop", "suoth").err
    assert "Did you mean" not in both("doctor", "--shop", "south.myshopify.com").err
    monkeypatch.setenv("SHOPIFY_SHOP", "north")
    assert both("doctor").code == 0
    monkeypatch.setenv("SHOPIFY_ACCESS_TOKEN", "set-together-with-the-shop")
    assert both("overview", "-o", "look").code == 1, "the pair of the environment goes before the file"


@pytest.mark.parametrize("fault", ["revoked", "unset", "unreachable", "policy"])
def test_a_shop_that_fails_stops_none_of_the_others(
    both: Shell, south: tuple[DevStore, str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    text = (both.folder / "bulk_orders.toml").read_text()
    if fault == "revoked":
        monkeypatch.setenv("NORTH_TOKEN", "no-longer-good")
    elif fault == "unset":
        monkeypatch.delenv("NORTH_TOKEN")
    elif fault == "policy":
        both.write("wrong.toml", '[actions]\narchve = "do"\n')
        both.write("bulk_orders.toml", text.replace('"NORTH_TOKEN"\n', '"NORTH_TOKEN"\npolicy = "wrong.toml"\n'))
    else:
        north = text.split('shop = "')[1].split('"')[0]
        both.write("bulk_orders.toml", text.replace(north, "http://127.0.0.1:9"))
    done = both("reconcile", "--all-shops", "--policy", "policy.toml", "--json")
    assert done.code == {"revoked": 1, "unset": 2, "unreachable": 1, "policy": 2}[fault]
    told = done.json
    assert told["shops"]["south"]["night"]["outcomes"]["applied"] == closed(south[0]) > 0
    assert told["shops"]["north"]["exit_code"] == done.code
    assert closed(both.store) == 0
    assert "1 shop needs a look" in Path(told["report"]).read_text()
    assert "no-longer-good" not in done.out + done.err


def test_a_shop_can_have_its_own_policy_and_sheet(both: Shell, south: tuple[DevStore, str]) -> None:
    order: Order = both.world.some(shipped, 1)[0]
    both.write("in-north.csv", f"ID,Action\n{order.id},archive\n")
    both.write("north.toml", '[actions]\narchive = "do"\n')
    text = (both.folder / "bulk_orders.toml").read_text()
    own = '"NORTH_TOKEN"\npolicy = "north.toml"\nsheet = "in-north.csv"\n'
    both.write("bulk_orders.toml", text.replace('"NORTH_TOKEN"\n', own))
    told = both("reconcile", "--all-shops", "--policy", "policy.toml", "--json").json
    assert [part["kind"] for part in told["shops"]["north"]["night"]["parts"]] == ["sheet"]
    assert [part["kind"] for part in told["shops"]["south"]["night"]["parts"]] == ["rules"]
    assert closed(both.store) == 1


def test_an_overview_of_all_shops(both: Shell, south: tuple[DevStore, str], monkeypatch: pytest.MonkeyPatch) -> None:
    done = both("overview", "--all-shops", "-o", "look")
    assert done.code == 0, done.err
    assert "[north] north.myshopify.com: 60 orders; needs a look: " in done.out
    for path in ("look/overview.html", "look/north/overview.html", "look/south/overview.html", "look/north/orders.csv"):
        assert (both.folder / path).is_file()
    assert 'href="north/overview.html"' in (both.folder / "look" / "overview.html").read_text()
    monkeypatch.setenv("NORTH_TOKEN", "no-longer-good")
    again = both("overview", "--all-shops", "-o", "again", "--json")
    assert again.code == 1
    assert not (both.folder / "again" / "north").exists(), "a shop of which nothing is known leaves no folder"
    assert again.json["shops"]["north"]["error"]["code"] == "access_denied"
    assert again.json["shops"]["south"]["orders"] == 60
    assert both.mutations() == 0


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "has no [shops]"),
        ('[shops.north]\nshop = "a.myshopify.com"', "must say where its token stands"),
        ('[shops.north]\nshop = "a.myshopify.com"\ntoken = "shpat_x"', "shops.north.token"),
        ('[shops.north]\ntoken_env = "A"', "shops.north.shop is missing"),
        ('[shops.North]\nshop = "a.myshopify.com"\ntoken_env = "A"', "no name for a shop"),
        ('[shops.a]\nshop = "a.myshopify.com"\ntoken_env = "a token"', "no name of a variable"),
        (
            (
                '[shops.a]\nshop = "a.myshopify.com"\ntoken_env = "A"\n'
                '[shops.b]\nshop = "A.myshopify.com"\ntoken_env = "B"'
            ),
            "are one shop",
        ),
    ],
)
def test_shops_that_make_no_sense(sh: Shell, table: str, says: str) -> None:
    sh.write("bulk_orders.toml", table)
    sh.write("policy.toml", POLICY)
    done = sh("reconcile", "--all-shops", "--policy", "policy.toml")
    assert done.code == 2
    assert says in " ".join(done.err.split())


def test_all_shops_and_one_are_too_many(sh: Shell) -> None:
    sh.write("policy.toml", POLICY)
    assert sh("reconcile", "--all-shops", "--policy", "policy.toml", "--explain", "#1001").code == 2
    assert sh("overview", "orders.csv", "--all-shops").code == 2
    assert json.dumps(sh("schedule", "cron", "--json", "--", "reconcile", "--all-shops").json).count("token-file") == 0
